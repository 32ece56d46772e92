/** Inviting people by address; without a mail server their links are shown here, once. */

import { useState } from 'preact/hooks';
import { Button, Choice, TextArea } from '../components/controls';
import { Callout } from '../components/parts';
import { t } from '../components/text';
import type { Access, Answer, TeamState } from '../messages';
import { useCommand } from './background';
import { CopyBox } from './copy-box';
import { Form } from './form';
import { useNavigation } from './navigation';
import { Screen } from './shell';
import { accessChoices, addressesIn, problemText } from './words';

export function InviteScreen({ team }: { team: TeamState }) {
  const { back } = useNavigation();
  const [typed, setTyped] = useState('');
  const [access, setAccess] = useState<Access>('edit');
  const [answers, setAnswers] = useState<Answer<'invite'> | null>(null);
  const { run, busy, problem } = useCommand('invite');
  const invite = async () => {
    const outcome = await run({ team: team.id, emails: addressesIn(typed), access });
    if (outcome.ok) setAnswers(outcome.value);
  };
  const another = () => {
    // Those that were refused are there to be put right.
    setTyped((answers ?? []).flatMap(({ email, problem }) => (problem ? [email] : [])).join('\n'));
    setAnswers(null);
  };
  return (
    <Screen title={t('inviteTitle', team.name)} back={back}>
      {answers ? (
        <div class="form">
          {answers.map((answer) => (
            <Invited key={answer.email} answer={answer} />
          ))}
          <div class="form-more">
            <Button kind="link" onPress={another}>
              {t('inviteAnother')}
            </Button>
            <Button kind="link" onPress={back}>
              {t('done')}
            </Button>
          </div>
        </div>
      ) : (
        <Form action={t('makeInvitation')} busy={busy} problem={problem} onSubmit={() => void invite()}>
          <TextArea label={t('emails')} hint={t('inviteHint')} value={typed} onInput={setTyped} />
          <Choice label={t('access')} value={access} options={accessChoices()} onChoose={setAccess} />
        </Form>
      )}
    </Screen>
  );
}

function Invited({ answer: { email, link, problem } }: { answer: Answer<'invite'>[number] }) {
  if (problem)
    return (
      <Callout tone="error">
        <strong>{email}</strong>
        <p>{problem.code === 'invalid' ? t('addressInvalid') : problemText(problem)}</p>
      </Callout>
    );
  return (
    <div class="field">
      <strong>{t('inviteReady', email)}</strong>
      <p class="lead">{t(link === null ? 'inviteSent' : 'inviteReadyLead')}</p>
      {link !== null && <CopyBox label={t('acceptLink')} text={link} />}
    </div>
  );
}
