/** Before anybody is logged in: which hub, and who. Two fields at a time. */

import { useState } from 'preact/hooks';
import { Button, Field } from '../components/controls';
import { t } from '../components/text';
import type { AppState } from '../messages';
import { useHubCommand } from './background';
import { CreateAccount } from './create-account';
import { Form } from './form';
import { Front } from './front';
import { PasteInvitation } from './invitation';
import { CheckMail, ForgottenPassword } from './letters';
import { LogIn, SecondFactor } from './log-in';
import type { Step } from './steps';

/** A hub that somebody tries on the same machine; everybody else types their own. */
const HUB_ON_THIS_MACHINE = 'http://127.0.0.1:8000';

const SCREENS = {
  'log-in': LogIn,
  'second-factor': SecondFactor,
  'create-account': CreateAccount,
  'check-mail': CheckMail,
  'forgotten-password': ForgottenPassword,
};

export function FirstRun({ state }: { state: AppState }) {
  const [step, setStep] = useState<Step>(state.pasted ? 'create-account' : 'log-in');
  const [typed, setTyped] = useState<string | null>(null);
  const [password, setPassword] = useState('');
  // Whom an invitation is for is told later than that there is one.
  const email = typed ?? state.pasted?.email ?? '';
  if (step === 'paste-invitation')
    return <PasteInvitation onBack={() => setStep('log-in')} onRead={() => setStep('create-account')} />;
  if (state.hub === null) return <ChooseHub onInvitation={() => setStep('paste-invitation')} />;
  const StepScreen = SCREENS[step];
  return (
    <StepScreen
      state={state}
      hub={state.hub}
      email={email}
      password={password}
      onEmail={setTyped}
      onPassword={setPassword}
      onStep={setStep}
    />
  );
}

function ChooseHub({ onInvitation }: { onInvitation: () => void }) {
  const [typed, setTyped] = useState(HUB_ON_THIS_MACHINE);
  const { run, busy, problem, action } = useHubCommand('useHub');
  return (
    <Front title={t('welcomeTitle')} lead={<p class="lead">{t('welcomeLead')}</p>}>
      <Form
        action={action(typed)}
        busy={busy}
        problem={problem}
        onSubmit={() => void run(typed)}
        more={
          <Button kind="link" onPress={onInvitation}>
            {t('haveInvitation')}
          </Button>
        }
      >
        <Field label={t('hubAddress')} hint={t('hubHint')} value={typed} onInput={setTyped} autofocus />
      </Form>
    </Front>
  );
}
