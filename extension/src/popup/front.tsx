/** The frame of all there is before anybody is logged in: the sign, what is done here, and on which hub. */

import type { ComponentChildren } from 'preact';
import { Button } from '../components/controls';
import { Callout } from '../components/parts';
import { t } from '../components/text';
import type { AppState } from '../messages';
import { useCommand } from './background';
import type { StepProps } from './steps';
import { hubName, invitationHeading } from './words';

export function Front({
  title,
  lead,
  children,
}: {
  title: string;
  /** Below the title. */
  lead?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <main class="middle">
      <div class="brand">
        <img src="/icon/128.png" alt="" />
        <h1>{title}</h1>
        {lead}
      </div>
      {children}
    </main>
  );
}

export function OnHub({ hub, onPassword, onStep }: StepProps) {
  const { run } = useCommand('forgetHub');
  const change = () => {
    // Whatever was under way was under way there, and no other hub learns the password.
    onPassword('');
    onStep('log-in');
    void run({});
  };
  return (
    <p class="on-hub">
      {t('onHub', hubName(hub))}
      <Button kind="link" onPress={change}>
        {t('changeHub')}
      </Button>
    </p>
  );
}

/** Why one is here: an invitation that waits, or a session that the hub ended. */
export function Reason({ state: { pasted, sessionEnded } }: { state: AppState }) {
  if (pasted)
    return (
      <Callout tone="info">
        <strong>{invitationHeading(pasted)}</strong>
        {pasted.email !== '' && <p>{t('invitationContinue', pasted.email)}</p>}
      </Callout>
    );
  return sessionEnded ? (
    <Callout tone="warning">
      <p>{t('sessionEnded')}</p>
    </Callout>
  ) : null;
}
