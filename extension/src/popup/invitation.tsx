/** Joining: paste a link, see what it offers, accept or not. */

import { useState } from 'preact/hooks';
import { Button, Callout, Empty, Field } from '../components/parts';
import { t } from '../components/text';
import type { InvitationState } from '../messages';
import { useCommand } from './background';
import { Form } from './form';
import { useNavigation } from './navigation';
import { Screen } from './shell';
import { invitationHeading, invitationLine, problemText } from './words';

export function PasteInvitation({ onBack, onRead }: { onBack: () => void; onRead: () => void }) {
  const [pasted, setPasted] = useState('');
  const { run, busy, problem } = useCommand('readInvitation');
  const read = async () => {
    if ((await run({ pasted })).ok) onRead();
  };
  return (
    <Screen title={t('pasteTitle')} back={onBack}>
      <Form action={t('continue')} busy={busy} problem={problem} onSubmit={() => void read()}>
        <Field
          label={t('invitationLink')}
          hint={t('invitationHint')}
          value={pasted}
          onInput={setPasted}
          autofocus
        />
      </Form>
    </Screen>
  );
}

/** An invitation that the hub says is waiting: what it offers, and how to take it up. */
export function WaitingInvitation({ invitation }: { invitation: InvitationState }) {
  const { back, open } = useNavigation();
  return (
    <Screen title={t('invitationTitle')} back={back}>
      <Empty icon="mail" title={invitationHeading(invitation)} lead={invitationLine(invitation)}>
        <p>{t('waitingHint')}</p>
        <Button onPress={() => open({ at: 'paste-invitation' })}>{t('pasteTitle')}</Button>
      </Empty>
    </Screen>
  );
}

/** The offer of a link that was pasted. `email` is whose browser this is. */
export function PastedInvitation({ invitation, email }: { invitation: InvitationState; email: string }) {
  const { reset, say } = useNavigation();
  const accept = useCommand('acceptInvitation');
  const decline = useCommand('declineInvitation');
  const forget = useCommand('forgetInvitation');
  const busy = accept.busy || decline.busy;
  const problem = accept.problem ?? decline.problem;
  const forOther = invitation.email !== '' && invitation.email.toLowerCase() !== email.toLowerCase();
  const home = () => {
    void forget.run({});
    reset({ at: 'teams' });
  };
  return (
    <Screen title={t('invitationTitle')} back={home}>
      <Empty icon="mail" title={invitationHeading(invitation)} lead={invitationLine(invitation)}>
        {forOther && (
          <Callout tone="warning">
            <p>{t('invitationForOther', invitation.email, email)}</p>
          </Callout>
        )}
        {problem && (
          <Callout tone="error">
            <p>{problemText(problem)}</p>
          </Callout>
        )}
        <Button
          busy={busy}
          onPress={async () => {
            if (!(await accept.run({})).ok) return;
            reset({ at: 'teams' });
            say(t('joined'));
          }}
        >
          {t('join')}
        </Button>
        <Button
          kind="link"
          busy={busy}
          onPress={async () => {
            if (!(await decline.run({})).ok) return;
            reset({ at: 'teams' });
            say(t('declined'));
          }}
        >
          {t('decline')}
        </Button>
      </Empty>
    </Screen>
  );
}
