/** Inviting a person by address; without a mail server the link is shown here, once. */

import { useRef, useState } from 'preact/hooks';
import { Button, Choice, Field } from '../components/controls';
import { t } from '../components/text';
import type { Access, TeamState } from '../messages';
import { useCommand } from './background';
import { Form } from './form';
import { useNavigation } from './navigation';
import { Screen } from './shell';
import { accessChoices } from './words';

export function InviteScreen({ team }: { team: TeamState }) {
  const { back } = useNavigation();
  const [email, setEmail] = useState('');
  const [access, setAccess] = useState<Access>('edit');
  const [link, setLink] = useState<string | null>();
  const { run, busy, problem } = useCommand('invite');
  const invite = async () => {
    const outcome = await run({ team: team.id, email, access });
    if (outcome.ok) setLink(outcome.value.link);
  };
  const another = () => {
    setEmail('');
    setLink(undefined);
  };
  return (
    <Screen title={t('inviteTitle', team.name)} back={back}>
      {link === undefined ? (
        <Form action={t('makeInvitation')} busy={busy} problem={problem} onSubmit={() => void invite()}>
          <Field
            label={t('email')}
            hint={t('inviteHint')}
            type="email"
            autocomplete="off"
            value={email}
            onInput={setEmail}
            autofocus
          />
          <Choice label={t('access')} value={access} options={accessChoices()} onChoose={setAccess} />
        </Form>
      ) : (
        <div class="form">
          <div>
            <strong>{t('inviteReady', email)}</strong>
            <p class="lead">{t(link === null ? 'inviteSent' : 'inviteReadyLead')}</p>
          </div>
          {link !== null && <Link link={link} />}
          <div class="form-more">
            <Button kind="link" onPress={another}>
              {t('inviteAnother')}
            </Button>
            <Button kind="link" onPress={back}>
              {t('done')}
            </Button>
          </div>
        </div>
      )}
    </Screen>
  );
}

function Link({ link }: { link: string }) {
  const { say } = useNavigation();
  const input = useRef<HTMLInputElement>(null);
  const copy = async () => {
    input.current?.select();
    await navigator.clipboard.writeText(link);
    say(t('copied'));
  };
  return (
    <>
      <div class="field-box">
        <input
          ref={input}
          readOnly
          value={link}
          aria-label={t('acceptLink')}
          onFocus={(event) => event.currentTarget.select()}
        />
      </div>
      <Button onPress={() => void copy()}>{t('copy')}</Button>
    </>
  );
}
