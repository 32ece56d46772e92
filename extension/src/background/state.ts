/**
 * What the popup, the pages and the toolbar show, as pure functions of what is so.
 *
 * The rule: it is always true. `synced` is said only when the hub has stored everything and nothing is on its way.
 */

import type { HubError } from '../hub/http';
import type { Invitation, Organization, Access as Rights, Team } from '../hub/rest';
import type { Connection } from '../hub/socket';
import type { Access, AppState, InvitationState, Problem, TeamState } from '../messages';
import type { Progress } from '../sync/session';
import type { BridgeState } from './bridge';

/** What Teams knows of one team. `bridge` is null until it is open. */
export interface Seat {
  team: Team;
  bridge: BridgeState | null;
  progress: Progress;
  /** It could not be opened. */
  failed: boolean;
  revision: number;
}

export function teamState(seat: Seat, connection: Connection): TeamState {
  const { team, bridge, progress } = seat;
  return {
    id: team.id,
    name: team.name,
    organization: team.organization,
    canWrite: team.can_write,
    isManager: team.is_manager,
    bookmarks: bridge?.bookmarks ?? 0,
    sync: syncState(seat, connection),
    waiting: progress.waiting,
    busy: bridge?.busy ?? null,
    held: bridge?.held ?? null,
    putBack: bridge?.putBack.map(({ what, title, url }) => ({ what, title, url })) ?? [],
    unshared: bridge?.unshared.map(({ title, reason }) => ({ title, reason })) ?? [],
    problem: seat.failed ? 'storage' : (bridge?.problem ?? null),
    revision: seat.revision,
  };
}

function syncState({ bridge, progress }: Seat, connection: Connection): TeamState['sync'] {
  if (!bridge) return 'starting';
  if (connection === 'offline' || connection === 'off') return 'offline';
  return progress.settled && !bridge.busy ? 'synced' : 'syncing';
}

export function invitationState(invitation: Invitation): InvitationState {
  return {
    id: invitation.id,
    email: invitation.email ?? '',
    needsApproval: invitation.link?.needs_approval ?? false,
    organization: invitation.organization.name,
    teams: invitation.teams.map((team) => ({
      name: team.name,
      access: accessOf({ can_read: true, ...team }),
    })),
    invitedBy: invitation.invited_by.display_name,
  };
}

export function mayCreateTeams(organization: Organization): boolean {
  return organization.role === 'owner' || organization.role === 'admin';
}

export function accessOf(rights: Rights): Access {
  if (rights.is_manager) return 'manage';
  return rights.can_write ? 'edit' : 'view';
}

export function rightsOf(access: Access): Rights {
  return { can_read: true, can_write: access !== 'view', is_manager: access === 'manage' };
}

export function problemOf({ code, detail, retryAfterS }: HubError): Problem {
  return { code, detail, ...(retryAfterS === null ? {} : { retryAfterS }) };
}

export interface Badge {
  text: string;
  tone: 'needed' | 'away';
}

/** Nothing when all is well; `!` when the person is needed; grey dots while the hub is away. */
export function badge(state: AppState): Badge | null {
  if (state.sessionEnded || needsPerson(state)) return { text: '!', tone: 'needed' };
  return state.connection === 'offline' ? { text: '…', tone: 'away' } : null;
}

/** Something waits for the person's word. */
export function needsPerson(state: AppState): boolean {
  return (
    state.invitations.length > 0 || state.teams.some(({ held, problem }) => held !== null || problem !== null)
  );
}
