/** Home: invitations that wait, the teams and how they are, and one search over all of them. */

import { useState } from 'preact/hooks';
import { Button, Search } from '../components/controls';
import { Icon } from '../components/icon';
import { Avatar, Empty, Skeleton } from '../components/parts';
import { t } from '../components/text';
import type { AppState, TeamState } from '../messages';
import { ROOT } from '../model/ids';
import { Hits } from './hits';
import { useNavigation } from './navigation';
import { TeamNotices } from './notices';
import { Menu, Screen } from './shell';
import { invitationHeading, teamLine, teamStatus } from './words';

export function TeamsScreen({ state }: { state: AppState }) {
  const { open } = useNavigation();
  const [query, setQuery] = useState('');
  const { teams } = state;
  const add = (
    <Menu
      icon="add"
      label={t('add')}
      items={[
        { icon: 'folder', text: t('newTeam'), onPress: () => open({ at: 'new-team' }) },
        { icon: 'people', text: t('newOrganization'), onPress: () => open({ at: 'new-organization' }) },
        { icon: 'link', text: t('joinWithLink'), onPress: () => open({ at: 'paste-invitation' }) },
      ]}
    />
  );
  const search = teams.length > 0 && <Search label={t('searchAll')} value={query} onInput={setQuery} />;
  return (
    <Screen title={t('teamsTitle')} actions={add} under={search}>
      {state.connection === 'offline' && <p class="banner">{t('offlineBanner')}</p>}
      {query.trim() === '' ? <Home state={state} /> : <Hits query={query} teams={teams} team={null} />}
    </Screen>
  );
}

function Home({ state }: { state: AppState }) {
  const { open } = useNavigation();
  const { teams, invitations, listed } = state;
  return (
    <>
      {teams.map((team) => (
        <TeamNotices key={team.id} team={team} urgentOnly />
      ))}
      {invitations.length > 0 && (
        <>
          <h2 class="section">{t('invitations')}</h2>
          <ul class="list">
            {invitations.map((invitation) => (
              <li key={invitation.id}>
                <button
                  type="button"
                  class="row"
                  onClick={() => open({ at: 'invitation', invitation: invitation.id })}
                >
                  <Icon name="mail" />
                  <span class="row-text">
                    <span class="row-title">{invitationHeading(invitation)}</span>
                    <span class="row-more">{t('invitedBy', invitation.invitedBy)}</span>
                  </span>
                  <Icon name="chevron" />
                </button>
              </li>
            ))}
          </ul>
          {teams.length > 0 && <h2 class="section">{t('teamsTitle')}</h2>}
        </>
      )}
      {!listed && <Skeleton rows={3} />}
      {listed && teams.length === 0 && (
        <Empty icon="folder" title={t('noTeamTitle')} lead={t('noTeamLead')}>
          <Button onPress={() => open({ at: 'new-team' })}>{t('newTeam')}</Button>
        </Empty>
      )}
      {teams.length > 0 && (
        <ul class="list" aria-label={t('teamsTitle')}>
          {teams.map((team) => (
            <li key={team.id}>
              <TeamRow team={team} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function TeamRow({ team }: { team: TeamState }) {
  const { open } = useNavigation();
  return (
    <button type="button" class="row" onClick={() => open({ at: 'team', team: team.id, folder: ROOT })}>
      <Avatar id={team.id} name={team.name} />
      <span class="row-text">
        <span class="row-title">{team.name}</span>
        {team.busy ? (
          <progress
            class="meter"
            value={team.busy.done}
            max={team.busy.total}
            aria-label={t('statusSyncing')}
          />
        ) : (
          <span class="row-more">{teamLine(team)}</span>
        )}
      </span>
      <StatusChip team={team} />
    </button>
  );
}

export function StatusChip({ team }: { team: TeamState }) {
  const { text, tone, icon } = teamStatus(team);
  return (
    <span class={`status ${tone}`} title={text}>
      <Icon name={icon} />
      <span class={tone === 'good' ? 'unseen' : ''}>{text}</span>
    </span>
  );
}
