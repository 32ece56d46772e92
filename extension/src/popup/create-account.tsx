/** A new account: who one is, then a password; and straight on to logging in. */

import { useState } from 'preact/hooks';
import { Button, Field } from '../components/controls';
import { t } from '../components/text';
import { useCommand } from './background';
import { Form } from './form';
import { Front, OnHub, Reason } from './front';
import { type StepProps, stepAfter } from './steps';

export function CreateAccount(props: StepProps) {
  const { state, email, password, onEmail, onPassword, onStep } = props;
  const [name, setName] = useState('');
  const [named, setNamed] = useState(false);
  const { run, busy, problem } = useCommand('register');
  const register = async () => {
    const outcome = await run({ name, email, password });
    const next = outcome.ok ? null : stepAfter(outcome.problem);
    if (next) onStep(next);
  };
  return (
    <Front title={t('createAccountTitle')} lead={<OnHub {...props} />}>
      <Form
        action={named ? t('createAccount') : t('continue')}
        busy={busy}
        problem={problem}
        onSubmit={() => (named ? void register() : setNamed(true))}
        more={
          <>
            {named && (
              <Button kind="link" onPress={() => setNamed(false)}>
                {t('back')}
              </Button>
            )}
            <Button kind="link" onPress={() => onStep('log-in')}>
              {t('haveAccount')}
            </Button>
          </>
        }
      >
        {named ? (
          <>
            <p class="lead">{t('choosePassword', email)}</p>
            <Field
              key="password"
              label={t('password')}
              hint={t('passwordHint')}
              type="password"
              autocomplete="new-password"
              minLength={8}
              value={password}
              onInput={onPassword}
              autofocus
            />
          </>
        ) : (
          <>
            <Reason state={state} />
            <Field
              label={t('yourName')}
              hint={t('yourNameHint')}
              autocomplete="name"
              value={name}
              onInput={setName}
              maxLength={100}
              autofocus
            />
            <Field label={t('email')} type="email" autocomplete="username" value={email} onInput={onEmail} />
          </>
        )}
      </Form>
    </Front>
  );
}
