/** What waits for a letter: an address that is to be confirmed, and a password that was forgotten. */

import { useState } from 'preact/hooks';
import { Button, Field } from '../components/controls';
import { Callout } from '../components/parts';
import { t } from '../components/text';
import { useCommand } from './background';
import { Form } from './form';
import { Front, OnHub } from './front';
import { useLogIn } from './log-in';
import type { StepProps } from './steps';
import { problemText } from './words';

export function CheckMail(props: StepProps) {
  const { email, onStep } = props;
  const { logIn, busy, problem } = useLogIn(props);
  const letter = useCommand('sendVerification');
  const [sent, setSent] = useState(false);
  const sendAgain = async () => setSent((await letter.run({ email })).ok);
  // Not to have opened the link yet is no mistake.
  const wrong = problem?.code === 'unverified' ? null : problem;
  return (
    <Front title={t('checkMailTitle')} lead={<OnHub {...props} />}>
      <Form
        action={t('addressConfirmed')}
        busy={busy}
        problem={wrong ?? letter.problem}
        onSubmit={() => void logIn()}
        more={
          <>
            <Button kind="link" busy={letter.busy} onPress={() => void sendAgain()}>
              {t('sendAnotherLink')}
            </Button>
            <Button kind="link" onPress={() => onStep('log-in')}>
              {t('back')}
            </Button>
          </>
        }
      >
        <p class="lead">{t('checkMailLead', email)}</p>
        {problem?.code === 'unverified' && !sent && (
          <Callout tone="warning">
            <p>{problemText(problem)}</p>
          </Callout>
        )}
        {sent && (
          <Callout tone="info">
            <p>{t('linkSent')}</p>
          </Callout>
        )}
      </Form>
    </Front>
  );
}

export function ForgottenPassword(props: StepProps) {
  const { email, onEmail, onStep } = props;
  const { run, busy, problem } = useCommand('sendReset');
  const [sent, setSent] = useState(false);
  const back = () => onStep('log-in');
  return (
    <Front title={t('forgottenTitle')} lead={<OnHub {...props} />}>
      {sent ? (
        <Form action={t('backToLogIn')} busy={false} problem={null} onSubmit={back}>
          <p class="lead" role="status">
            {t('resetSent', email)}
          </p>
        </Form>
      ) : (
        <Form
          action={t('sendLink')}
          busy={busy}
          problem={problem}
          onSubmit={async () => setSent((await run({ email })).ok)}
          more={
            <Button kind="link" onPress={back}>
              {t('back')}
            </Button>
          }
        >
          <Field
            label={t('email')}
            hint={t('forgottenHint')}
            type="email"
            autocomplete="username"
            value={email}
            onInput={onEmail}
            autofocus
          />
        </Form>
      )}
    </Front>
  );
}
