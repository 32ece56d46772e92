/** Before anybody is logged in: which hub, and who. Two fields at a time. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Button, Field } from '../components/controls';
import { Callout } from '../components/parts';
import { t } from '../components/text';
import type { AppState } from '../messages';
import { useCommand, useHubCommand } from './background';
import { Form } from './form';
import { PasteInvitation } from './invitation';
import { hubName, invitationHeading } from './words';

/** A hub that somebody tries on the same machine; everybody else types their own. */
const HUB_ON_THIS_MACHINE = 'http://127.0.0.1:8000';

type Step = 'log-in' | 'create-account' | 'paste-invitation';

export function FirstRun({ state }: { state: AppState }) {
  const [step, setStep] = useState<Step>(state.pasted ? 'create-account' : 'log-in');
  const [typed, setTyped] = useState<string | null>(null);
  // Whom an invitation is for is told later than that there is one.
  const email = typed ?? state.pasted?.email ?? '';
  if (step === 'paste-invitation')
    return <PasteInvitation onBack={() => setStep('log-in')} onRead={() => setStep('create-account')} />;
  if (state.hub === null) return <ChooseHub onInvitation={() => setStep('paste-invitation')} />;
  const StepScreen = step === 'log-in' ? LogIn : CreateAccount;
  return <StepScreen state={state} hub={state.hub} email={email} onEmail={setTyped} onStep={setStep} />;
}

function Brand({ children }: { children: ComponentChildren }) {
  return (
    <div class="brand">
      <img src="/icon/128.png" alt="" />
      {children}
    </div>
  );
}

function ChooseHub({ onInvitation }: { onInvitation: () => void }) {
  const [typed, setTyped] = useState(HUB_ON_THIS_MACHINE);
  const { run, busy, problem, action } = useHubCommand('useHub');
  return (
    <main class="middle">
      <Brand>
        <h1>{t('welcomeTitle')}</h1>
        <p class="lead">{t('welcomeLead')}</p>
      </Brand>
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
        <Field
          label={t('hubAddress')}
          hint={t('hubHint')}
          type="text"
          value={typed}
          onInput={setTyped}
          autofocus
        />
      </Form>
    </main>
  );
}

interface StepProps {
  state: AppState;
  hub: string;
  email: string;
  onEmail: (email: string) => void;
  onStep: (step: Step) => void;
}

function OnHub({ hub }: { hub: string }) {
  const { run } = useCommand('forgetHub');
  return (
    <p class="on-hub">
      {t('onHub', hubName(hub))}
      <Button kind="link" onPress={() => void run({})}>
        {t('changeHub')}
      </Button>
    </p>
  );
}

/** Why one is here: an invitation that waits, or a session that the hub ended. */
function Reason({ state: { pasted, sessionEnded } }: { state: AppState }) {
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

function LogIn({ state, hub, email, onEmail, onStep }: StepProps) {
  const [password, setPassword] = useState('');
  // As it is at first: typing must not move the focus on.
  const [isNobody] = useState(email === '');
  const { run, busy, problem } = useCommand('logIn');
  return (
    <main class="middle">
      <Brand>
        <h1>{t('logInTitle')}</h1>
        <OnHub hub={hub} />
      </Brand>
      <Form
        action={t('logIn')}
        busy={busy}
        problem={problem}
        onSubmit={() => void run({ email, password })}
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
          onInput={setPassword}
          autofocus={!isNobody}
        />
      </Form>
    </main>
  );
}

function CreateAccount({ state, hub, email, onEmail, onStep }: StepProps) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [named, setNamed] = useState(false);
  const { run, busy, problem } = useCommand('register');
  return (
    <main class="middle">
      <Brand>
        <h1>{t('createAccountTitle')}</h1>
        <OnHub hub={hub} />
      </Brand>
      <Form
        action={named ? t('createAccount') : t('continue')}
        busy={busy}
        problem={problem}
        onSubmit={() => (named ? void run({ name, email, password }) : setNamed(true))}
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
              onInput={setPassword}
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
    </main>
  );
}
