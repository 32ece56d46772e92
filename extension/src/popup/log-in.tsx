/** Logging in: address and password, then the code of a second factor where the account has one. */

import { useState } from 'preact/hooks';
import { Button, Field } from '../components/controls';
import { t } from '../components/text';
import { useCommand } from './background';
import { Form } from './form';
import { Front, OnHub, Reason } from './front';
import { type StepProps, stepAfter } from './steps';

/** The log-in with what was typed; it goes on to the step that is still wanted. */
export function useLogIn({ email, password, onStep }: Pick<StepProps, 'email' | 'password' | 'onStep'>) {
  const { run, busy, problem } = useCommand('logIn');
  const logIn = async (otp?: string) => {
    const outcome = await run({ email, password, ...(otp === undefined ? {} : { otp }) });
    const next = outcome.ok ? null : stepAfter(outcome.problem);
    if (next) onStep(next);
  };
  return { logIn, busy, problem };
}

export function LogIn(props: StepProps) {
  const { state, email, password, onEmail, onPassword, onStep } = props;
  // As it is at first: typing must not move the focus on.
  const [isNobody] = useState(email === '');
  const { logIn, busy, problem } = useLogIn(props);
  return (
    <Front title={t('logInTitle')} lead={<OnHub {...props} />}>
      <Form
        action={t('logIn')}
        busy={busy}
        problem={problem}
        onSubmit={() => void logIn()}
        more={
          <>
            <Button kind="link" onPress={() => onStep('create-account')}>
              {t('createAccount')}
            </Button>
            {!state.pasted && (
              <Button kind="link" onPress={() => onStep('paste-invitation')}>
                {t('haveInvitation')}
              </Button>
            )}
            <Button kind="link" onPress={() => onStep('forgotten-password')}>
              {t('forgottenPassword')}
            </Button>
          </>
        }
      >
        <Reason state={state} />
        <Field
          label={t('email')}
          type="email"
          autocomplete="username"
          value={email}
          onInput={onEmail}
          autofocus={isNobody}
        />
        <Field
          label={t('password')}
          type="password"
          autocomplete="current-password"
          value={password}
          onInput={onPassword}
          autofocus={!isNobody}
        />
      </Form>
    </Front>
  );
}

export function SecondFactor(props: StepProps) {
  const { onPassword, onStep } = props;
  const [otp, setOtp] = useState('');
  const { logIn, busy, problem } = useLogIn(props);
  const back = () => {
    onPassword('');
    onStep('log-in');
  };
  return (
    <Front title={t('secondFactorTitle')} lead={<OnHub {...props} />}>
      <Form
        action={t('logIn')}
        busy={busy}
        problem={problem}
        onSubmit={() => void logIn(otp)}
        more={
          <Button kind="link" onPress={back}>
            {t('back')}
          </Button>
        }
      >
        <Field
          label={t('otp')}
          hint={t('otpHint')}
          autocomplete="one-time-code"
          maxLength={40}
          value={otp}
          onInput={setOtp}
          autofocus
        />
      </Form>
    </Front>
  );
}
