/** Another password; every other device is logged out by it. */

import { useState } from 'preact/hooks';
import { Field } from '../components/controls';
import { t } from '../components/text';
import { useCommand } from './background';
import { Form } from './form';
import { useNavigation } from './navigation';
import { Screen } from './shell';

export function PasswordScreen() {
  const { back, say } = useNavigation();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const { run, busy, problem } = useCommand('changePassword');
  const change = async () => {
    if (!(await run({ current, next })).ok) return;
    back();
    say(t('passwordChanged'));
  };
  return (
    <Screen title={t('changePassword')} back={back}>
      <Form action={t('changePassword')} busy={busy} problem={problem} onSubmit={() => void change()}>
        <Field
          label={t('currentPassword')}
          type="password"
          autocomplete="current-password"
          value={current}
          onInput={setCurrent}
          autofocus
        />
        <Field
          label={t('newPassword')}
          hint={t('passwordHint')}
          type="password"
          autocomplete="new-password"
          minLength={8}
          value={next}
          onInput={setNext}
        />
        <p class="lead">{t('passwordLead')}</p>
      </Form>
    </Screen>
  );
}
