/** The second factor: told whether there is one, turned on in two steps, and off again. */

import { useState } from 'preact/hooks';
import { Button, Field } from '../components/controls';
import { Confirm } from '../components/dialog';
import { Callout, Empty, Skeleton } from '../components/parts';
import { counted, t } from '../components/text';
import type { Answer, Problem } from '../messages';
import { useAnswer } from './background';
import { CopyBox } from './copy-box';
import { Form } from './form';
import { useNavigation } from './navigation';
import { useGuardedCommand } from './proof';
import { Screen } from './shell';
import { problemText } from './words';

type Authenticator = Answer<'beginSecondFactor'>;

export function SecondFactorScreen() {
  const { back } = useNavigation();
  const { value: state, problem, again } = useAnswer('secondFactor', {}, []);
  const [begun, setBegun] = useState<Authenticator | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const keep = (recoveryCodes: string[]) => {
    setCodes(recoveryCodes);
    setBegun(null);
    again();
  };
  const body = () => {
    if (codes) return <RecoveryCodes codes={codes} onDone={() => setCodes(null)} />;
    if (begun) return <Confirmation authenticator={begun} onConfirmed={keep} />;
    if (!state) return problem ? <Trouble problem={problem} /> : <Skeleton rows={2} />;
    return state.enabled ? (
      <Enabled left={state.recoveryCodesLeft} onCodes={keep} onRemoved={again} />
    ) : (
      <Disabled onBegun={setBegun} />
    );
  };
  return (
    <Screen title={t('secondFactorTitle')} back={back}>
      {body()}
    </Screen>
  );
}

function Trouble({ problem }: { problem: Problem | null }) {
  if (!problem) return null;
  return (
    <Callout tone="error">
      <p>{problemText(problem)}</p>
    </Callout>
  );
}

function Disabled({ onBegun }: { onBegun: (authenticator: Authenticator) => void }) {
  const { run, busy, problem } = useGuardedCommand('beginSecondFactor');
  const begin = async () => {
    const outcome = await run({});
    if (outcome.ok) onBegun(outcome.value);
  };
  return (
    <Empty icon="shield" title={t('secondFactorOff')} lead={t('secondFactorOffLead')}>
      <Trouble problem={problem} />
      <Button busy={busy} onPress={() => void begin()}>
        {t('turnOn')}
      </Button>
    </Empty>
  );
}

function Confirmation(props: { authenticator: Authenticator; onConfirmed: (codes: string[]) => void }) {
  const { authenticator, onConfirmed } = props;
  const [otp, setOtp] = useState('');
  const { run, busy, problem } = useGuardedCommand('confirmSecondFactor');
  const confirm = async () => {
    const outcome = await run({ otp });
    if (outcome.ok) onConfirmed(outcome.value.recoveryCodes);
  };
  return (
    <Form action={t('turnOn')} busy={busy} problem={problem} onSubmit={() => void confirm()}>
      <p class="lead">{t('authenticatorLead')}</p>
      <CopyBox label={t('authenticatorSecret')} text={authenticator.secret} />
      <a class="button link" href={authenticator.uri}>
        {t('openAuthenticator')}
      </a>
      <Field
        label={t('otp')}
        hint={t('firstCodeHint')}
        autocomplete="one-time-code"
        maxLength={20}
        value={otp}
        onInput={setOtp}
        autofocus
      />
    </Form>
  );
}

function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { say } = useNavigation();
  const copy = async () => {
    await navigator.clipboard.writeText(codes.join('\n'));
    say(t('copied'));
  };
  return (
    <div class="form">
      <div>
        <strong>{t('recoveryCodes')}</strong>
        <p class="lead">{t('recoveryCodesLead')}</p>
      </div>
      <ol class="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <Button onPress={() => void copy()}>{t('copy')}</Button>
      <div class="form-more">
        <Button kind="link" onPress={onDone}>
          {t('recoveryCodesKept')}
        </Button>
      </div>
    </div>
  );
}

function Enabled(props: { left: number; onCodes: (codes: string[]) => void; onRemoved: () => void }) {
  const { left, onCodes, onRemoved } = props;
  const { say } = useNavigation();
  const renew = useGuardedCommand('newRecoveryCodes');
  const remove = useGuardedCommand('removeSecondFactor');
  const [asking, setAsking] = useState(false);
  const newCodes = async () => {
    const outcome = await renew.run({});
    if (outcome.ok) onCodes(outcome.value.recoveryCodes);
  };
  return (
    <>
      <Empty icon="shield" title={t('secondFactorOn')} lead={counted('recoveryCodesLeft', left)}>
        <Trouble problem={renew.problem ?? remove.problem} />
        <Button kind="plain" busy={renew.busy} onPress={() => void newCodes()}>
          {t('newRecoveryCodes')}
        </Button>
        <Button kind="link" busy={remove.busy} onPress={() => setAsking(true)}>
          {t('turnOff')}
        </Button>
      </Empty>
      {asking && (
        <Confirm
          title={t('turnOffHeading')}
          lead={t('turnOffLead')}
          action={t('turnOff')}
          onCancel={() => setAsking(false)}
          onConfirm={async () => {
            setAsking(false);
            if (!(await remove.run({})).ok) return;
            say(t('secondFactorRemoved'));
            onRemoved();
          }}
        />
      )}
    </>
  );
}
