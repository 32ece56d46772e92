/** A link by which whoever holds it joins; it is shown here, once. */

import { useState } from 'preact/hooks';
import { Button, Choice, Switch } from '../components/controls';
import { counted, t } from '../components/text';
import type { Access, TeamState } from '../messages';
import { useCommand } from './background';
import { CopyBox } from './copy-box';
import { Form } from './form';
import { useNavigation } from './navigation';
import { Screen } from './shell';
import { accessChoices } from './words';

/** How many people a link may bring in. */
const USES = [1, 5, 10, 25, 100];

export function InviteLinkScreen({ team }: { team: TeamState }) {
  const { back } = useNavigation();
  const [access, setAccess] = useState<Access>('edit');
  const [maxUses, setMaxUses] = useState(10);
  const [needsApproval, setNeedsApproval] = useState(true);
  const [link, setLink] = useState<string | null>(null);
  const { run, busy, problem } = useCommand('makeLink');
  const make = async () => {
    const outcome = await run({ team: team.id, access, maxUses, needsApproval });
    if (outcome.ok) setLink(outcome.value.link);
  };
  return (
    <Screen title={t('inviteTitle', team.name)} back={back}>
      {link === null ? (
        <Form action={t('makeLink')} busy={busy} problem={problem} onSubmit={() => void make()}>
          <Choice label={t('access')} value={access} options={accessChoices()} onChoose={setAccess} />
          <Choice
            label={t('linkUses')}
            value={`${maxUses}`}
            options={USES.map((uses) => ({ value: `${uses}`, text: counted('people', uses) }))}
            onChoose={(uses) => setMaxUses(Number(uses))}
          />
          <Switch
            label={t('linkApproval')}
            hint={t('linkApprovalHint')}
            on={needsApproval}
            onChange={setNeedsApproval}
          />
        </Form>
      ) : (
        <div class="form">
          <div>
            <strong>{t('linkReady', team.name)}</strong>
            <p class="lead">{t('inviteReadyLead')}</p>
          </div>
          <CopyBox label={t('acceptLink')} text={link} />
          <div class="form-more">
            <Button kind="link" onPress={back}>
              {t('done')}
            </Button>
          </div>
        </div>
      )}
    </Screen>
  );
}
