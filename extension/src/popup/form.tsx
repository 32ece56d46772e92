/** A form with one main action: fields, the problem where there is one, the button, and what else one may do. */

import type { ComponentChildren } from 'preact';
import { Button } from '../components/controls';
import { Callout } from '../components/parts';
import type { Problem } from '../messages';
import { problemText } from './words';

export function Form(props: {
  children: ComponentChildren;
  action: string;
  busy: boolean;
  problem: Problem | null;
  onSubmit: () => void;
  /** Other ways out, below the button. */
  more?: ComponentChildren;
}) {
  const { children, action, busy, problem, onSubmit, more } = props;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) onSubmit();
      }}
    >
      {children}
      {problem && (
        <Callout tone="error">
          <p>{problemText(problem)}</p>
        </Callout>
      )}
      <Button submit busy={busy}>
        {action}
      </Button>
      {more && <div class="form-more">{more}</div>}
    </form>
  );
}
