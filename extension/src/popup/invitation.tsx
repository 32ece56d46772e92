/** Joining: paste a link, see what it offers, accept or not. */

import { useState } from 'preact/hooks';
import { Button, Field } from '../components/controls';
import { Callout, Empty } from '../components/parts';
import { t } from '../components/text';
import type { InvitationState } from '../messages';
import { useCommand, useHubCommand } from './background';
import { Form } from './form';
import { useNavigation } from './navigation';
import { Screen } from './shell';
import { invitationHeading, invitationLine, problemText } from './words';

export function PasteInvitation({ onBack, onRead }: { onBack: () => void; onRead: () => void }) {
  const [typed, setTyped] = useState('');
  const { run, busy, problem, action } = useHubCommand('readInvitation');
  const read = async () => {
    if ((await run(typed)).ok) onRead();
  };
  return (
    <Screen title={t('pasteTitle')} back={onBack}>
      <Form action={action(typed)} busy={busy} problem={problem} onSubmit={() => void read()}>
        <Field
          label={t('invitationLink')}
          hint={t('invitationHint')}
          value={typed}
          onInput={setTyped}
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
  const logOut = useCommand('logOut');
  const busy = accept.busy || decline.busy;
  const problem = accept.problem ?? decline.problem;
  const forOther = invitation.email !== '' && invitation.email.toLowerCase() !== email.toLowerCase();
  const answer = async (command: typeof accept | typeof decline, done: string) => {
    if (!(await command.run({})).ok) return;
    reset({ at: 'teams' });
    say(done);
  };
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
        {forOther ? (
          // The hub takes no answer but from whom it is for; the invitation waits for whoever logs in.
          <Button busy={logOut.busy} onPress={() => void logOut.run({})}>
            {t('logOut')}
          </Button>
        ) : (
          <>
            <Button
              busy={busy}
              onPress={() => void answer(accept, t(invitation.needsApproval ? 'askedToJoin' : 'joined'))}
            >
              {t('join')}
            </Button>
            <Button kind="link" busy={busy} onPress={() => void answer(decline, t('declined'))}>
              {t('decline')}
            </Button>
          </>
        )}
      </Empty>
    </Screen>
  );
}
