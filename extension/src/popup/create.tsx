/** A new team or a new organization. Who has no organization yet makes both at once. */

import { useState } from 'preact/hooks';
import { Choice, Field } from '../components/controls';
import { t } from '../components/text';
import type { AppState } from '../messages';
import { useCommand } from './background';
import { Form } from './form';
import { useNavigation } from './navigation';
import { Screen } from './shell';

export function NewTeamScreen({ state }: { state: AppState }) {
  const { back, say } = useNavigation();
  const organizations = state.organizations.filter(({ mayCreateTeams }) => mayCreateTeams);
  const [organization, setOrganization] = useState(organizations[0]?.id ?? null);
  const [organizationName, setOrganizationName] = useState('');
  const [name, setName] = useState('');
  const createOrganization = useCommand('createOrganization');
  const createTeam = useCommand('createTeam');
  const create = async () => {
    let owner = organization;
    if (owner === null) {
      const made = await createOrganization.run({ name: organizationName });
      if (!made.ok) return;
      owner = made.value.id;
      // The team may still fail; a second try must not make a second organization.
      setOrganization(owner);
    }
    const made = await createTeam.run({ organization: owner, name });
    if (!made.ok) return;
    back();
    say(t('teamCreated', name));
  };
  return (
    <Screen title={t('newTeam')} back={back}>
      <Form
        action={t('createTeam')}
        busy={createOrganization.busy || createTeam.busy}
        problem={createOrganization.problem ?? createTeam.problem}
        onSubmit={() => void create()}
      >
        <Field label={t('teamName')} value={name} onInput={setName} maxLength={100} autofocus />
        {organization === null && (
          <Field
            label={t('organizationName')}
            hint={t('organizationHint')}
            value={organizationName}
            onInput={setOrganizationName}
            maxLength={100}
          />
        )}
        {organization !== null && organizations.length > 1 && (
          <Choice
            label={t('organization')}
            value={organization}
            options={organizations.map((of) => ({ value: of.id, text: of.name }))}
            onChoose={setOrganization}
          />
        )}
        {organization !== null && organizations.length === 1 && (
          <p class="lead">{t('inOrganization', organizations[0]?.name ?? '')}</p>
        )}
      </Form>
    </Screen>
  );
}

export function NewOrganizationScreen() {
  const { back, replace, say } = useNavigation();
  const [name, setName] = useState('');
  const { run, busy, problem } = useCommand('createOrganization');
  const create = async () => {
    if (!(await run({ name })).ok) return;
    replace({ at: 'new-team' });
    say(t('organizationCreated', name));
  };
  return (
    <Screen title={t('newOrganization')} back={back}>
      <Form action={t('createOrganization')} busy={busy} problem={problem} onSubmit={() => void create()}>
        <Field
          label={t('organizationName')}
          hint={t('organizationHint')}
          value={name}
          onInput={setName}
          maxLength={100}
          autofocus
        />
      </Form>
    </Screen>
  );
}
