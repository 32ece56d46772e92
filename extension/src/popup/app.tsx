/** Which screen is shown, for whom: everything the popup and the options page have in common. */

import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { needsPerson } from '../background/state';
import { onPreferences, type Preferences, preferences } from '../browser/preferences';
import { Skeleton } from '../components/parts';
import { t } from '../components/text';
import type { AppState, TeamState } from '../messages';
import { AboutScreen } from './about';
import { AccountScreen } from './account';
import { AddBookmarkScreen, NewFolderScreen } from './add';
import { AppearanceScreen, PreferencesContext, wear } from './appearance';
import { useAppState } from './background';
import { NewOrganizationScreen, NewTeamScreen } from './create';
import { DevicesScreen } from './devices';
import { FirstRun } from './first-run';
import { PastedInvitation, PasteInvitation, WaitingInvitation } from './invitation';
import { InviteScreen } from './invite';
import { InviteLinkScreen } from './invite-link';
import { MembersScreen } from './members';
import { type Navigation, NavigationContext, useNavigation, useViews, type View } from './navigation';
import { PasswordScreen } from './password';
import { ProveContext, useProof } from './proof';
import { SecondFactorScreen } from './second-factor';
import { SettingsScreen } from './settings';
import { Tabs } from './shell';
import { TeamScreen } from './team';
import { TeamsScreen } from './teams';

/** Long enough to read, short enough not to be in the way. */
const SAID_FOR_MS = 5_000;

function App({ first }: { first: View }) {
  const state = useAppState();
  const [views, setViews] = useViews(first);
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => setSaid(''), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [said]);

  const stack = views ?? [first];
  const view = stack.at(-1) ?? first;
  const tab = stack[0]?.at === 'settings' ? 'settings' : 'teams';
  const go = (next: readonly View[]) => {
    // What was said was about the screen before.
    setSaid('');
    setViews(next);
  };
  const navigation: Navigation = {
    view,
    open: (next) => {
      // A screen on the way here is gone back to, so that the arrow never leads deeper.
      const known = stack.findIndex((one) => JSON.stringify(one) === JSON.stringify(next));
      go(known < 0 ? [...stack, next] : stack.slice(0, known + 1));
    },
    replace: (next) => go([...stack.slice(0, -1), next]),
    back: () => go(stack.length > 1 ? stack.slice(0, -1) : [{ at: tab }]),
    reset: (next) => go([next]),
    say: setSaid,
  };
  const { prove, dialog } = useProof();
  const loggedIn = state?.account != null;
  return (
    <NavigationContext.Provider value={navigation}>
      <div class="shell">
        <div class="screen">
          {state === null || views === null ? (
            <main class="middle">
              <Skeleton rows={3} />
            </main>
          ) : loggedIn ? (
            <ProveContext.Provider value={prove}>
              <LoggedIn state={state} view={view} />
              {dialog}
            </ProveContext.Provider>
          ) : (
            <FirstRun state={state} />
          )}
        </div>
        {loggedIn && <Tabs current={tab} dots={new Set(needsPerson(state) ? ['teams'] : [])} />}
        <div class="toast" role="status" aria-live="polite">
          {said !== '' && <span>{said}</span>}
        </div>
      </div>
    </NavigationContext.Provider>
  );
}

/** Says so when the team that is looked at goes: one was removed, has left, or it was deleted. */
function useFarewell(state: AppState, view: View): void {
  const { reset, say } = useNavigation();
  const last = useRef<TeamState | undefined>(undefined);
  const team = 'team' in view ? state.teams.find(({ id }) => id === view.team) : undefined;
  useEffect(() => {
    const gone = last.current;
    last.current = team;
    if (team || !gone || !('team' in view) || view.team !== gone.id) return;
    reset({ at: 'teams' });
    say(t('teamGone', gone.name));
  });
}

function LoggedIn({ state, view }: { state: AppState; view: View }) {
  const { back, reset } = useNavigation();
  useFarewell(state, view);
  // An invitation that was pasted comes before everything, once there is somebody to accept it.
  if (state.pasted && state.account)
    return <PastedInvitation invitation={state.pasted} email={state.account.email} />;
  switch (view.at) {
    case 'settings':
      return <SettingsScreen state={state} />;
    case 'account':
      if (state.account) return <AccountScreen account={state.account} />;
      break;
    case 'devices':
      return <DevicesScreen />;
    case 'password':
      return <PasswordScreen />;
    case 'second-factor':
      return <SecondFactorScreen />;
    case 'about':
      return <AboutScreen state={state} />;
    case 'appearance':
      return <AppearanceScreen />;
    case 'new-team':
      return <NewTeamScreen state={state} />;
    case 'new-organization':
      return <NewOrganizationScreen />;
    case 'paste-invitation':
      return <PasteInvitation onBack={back} onRead={() => reset({ at: 'teams' })} />;
    case 'invitation': {
      const invitation = state.invitations.find(({ id }) => id === view.invitation);
      if (invitation) return <WaitingInvitation invitation={invitation} />;
      break;
    }
    case 'team':
    case 'add-bookmark':
    case 'new-folder':
    case 'members':
    case 'invite':
    case 'invite-link': {
      const team = state.teams.find(({ id }) => id === view.team);
      if (team && view.at === 'team') return <TeamScreen key={team.id} team={team} folder={view.folder} />;
      if (team && view.at === 'add-bookmark') return <AddBookmarkScreen team={team} folder={view.folder} />;
      if (team && view.at === 'new-folder') return <NewFolderScreen team={team} folder={view.folder} />;
      if (team && view.at === 'members') return <MembersScreen team={team} />;
      if (team && view.at === 'invite') return <InviteScreen team={team} />;
      if (team && view.at === 'invite-link') return <InviteLinkScreen team={team} />;
      break;
    }
    case 'teams':
      break;
  }
  // Also where a team or an invitation is gone while it was looked at.
  return <TeamsScreen state={state} />;
}

/** Shows the page, and shows it anew when the person prefers another look or language. */
export async function start(first: View): Promise<void> {
  const root = document.getElementById('app');
  if (!root) return;
  const show = async (preferred: Preferences) => {
    await wear(preferred);
    render(
      <PreferencesContext.Provider value={preferred}>
        <App first={first} />
      </PreferencesContext.Provider>,
      root,
    );
  };
  onPreferences(show);
  await show(await preferences());
}
