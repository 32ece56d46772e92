/**
 * What the popup and the pages say to the background, and what it tells them: the whole vocabulary between the two.
 *
 * The state is pushed over a port, whole, whenever it changes; commands are asked one at a time and answered with a
 * value or a problem. Nothing here is a secret: tokens never leave the background.
 */

import type { Problem as FolderProblem } from './background/bridge';
import type { Authenticator, Proof } from './hub/guards';
import type { Connection } from './hub/socket';
import type { Kind } from './model/tree';
import type { Unshared } from './sync/diff';
import type { Held } from './sync/guard';
import type { Choice, PutBackItem } from './sync/plan';

export const STATE_PORT = 'state';

export interface AppState {
  version: string;
  /** Base address of the hub; null on first run. */
  hub: string | null;
  account: { id: string; email: string; name: string } | null;
  /** The hub ended the session; the person did not log out. */
  sessionEnded: boolean;
  connection: Connection;
  /** False until the hub has told once who is in what: an empty list of teams means nothing before. */
  listed: boolean;
  teams: TeamState[];
  organizations: OrganizationState[];
  /** Invitations that the hub lists for this account's address. To answer one, its link has to be pasted. */
  invitations: InvitationState[];
  /** An invitation whose link the person pasted, not answered yet. */
  pasted: InvitationState | null;
}

export interface OrganizationState {
  id: string;
  name: string;
  mayCreateTeams: boolean;
}

export interface TeamState {
  id: string;
  name: string;
  organization: { id: string; name: string };
  canWrite: boolean;
  isManager: boolean;
  bookmarks: number;
  /** `starting`: not yet opened. `synced` means that the hub has stored everything and nothing is on its way. */
  sync: 'starting' | 'synced' | 'syncing' | 'offline';
  /** Edits made here that the hub has not stored yet. */
  waiting: number;
  busy: { done: number; total: number } | null;
  held: Held | null;
  /** Edits of a reader that were undone, and edits the hub refused. */
  putBack: Pick<PutBackItem, 'what' | 'title' | 'url'>[];
  /** Native bookmarks that stay on this machine, and why. */
  unshared: Pick<Unshared, 'title' | 'reason'>[];
  /** What keeps the folder from being right; null when nothing does. */
  problem: FolderProblem | null;
  /** Grows with every change of the folder's content, so that an open view reads it again. */
  revision: number;
}

export interface InvitationState {
  id: string;
  /** Empty for a link: it is for whoever holds it. */
  email: string;
  /** Who accepts it joins once somebody has approved. */
  needsApproval: boolean;
  organization: string;
  teams: { name: string; access: Access }[];
  invitedBy: string;
}

/** What one person may do in a team, as the members screen says it. Managing includes editing. */
export type Access = 'view' | 'edit' | 'manage';

export interface MemberState {
  account: string;
  name: string;
  email: string;
  access: Access;
  isMe: boolean;
}

export interface SentInvitationState {
  id: string;
  /** Empty for a link. */
  email: string;
  link: { uses: number; maxUses: number; needsApproval: boolean } | null;
  access: Access;
  /** It can be sent again, but not accepted any more. */
  isOver: boolean;
}

/** Somebody who came by a link and waits to be let in. */
export interface RequestState {
  id: string;
  account: string;
  name: string;
  email: string;
}

/** A browser or app in which the account is logged in. */
export interface DeviceState {
  id: string;
  name: string;
  /** Milliseconds since the epoch. */
  lastUsedAt: number;
  isThis: boolean;
}

export interface FolderView {
  /** From the team's own folder (with an empty title) down to this one. */
  path: { id: string; title: string }[];
  items: ItemView[];
}

export interface ItemView {
  id: string;
  kind: Kind;
  title: string;
  url: string;
  /** The address is one that may be opened; a folder may always be. */
  opens: boolean;
  /** Of a folder: how many nodes it holds directly. */
  size: number;
}

export interface Hit extends ItemView {
  team: string;
  /** Titles of the folders above it, the team's own left out. */
  where: string[];
}

/** The commands: what each asks for, and what it answers. */
export interface Commands {
  useHub(ask: { typed: string; evenIfOpen: boolean }): { hub: string };
  forgetHub(ask: object): null;
  register(ask: { name: string; email: string; password: string }): null;
  /** `otp`: a code of the second factor or a recovery code, for an account that has one. */
  logIn(ask: { email: string; password: string; otp?: string }): null;
  /** Sends the letter again by which an address is confirmed. */
  sendVerification(ask: { email: string }): null;
  /** Sends a letter by which a forgotten password is replaced. */
  sendReset(ask: { email: string }): null;
  logOut(ask: object): null;
  /** That it is still the account's owner, for what the hub asks a fresh proof for. */
  prove(ask: Proof): null;
  devices(ask: object): DeviceState[];
  endDevice(ask: { device: string }): null;
  endOtherDevices(ask: object): null;
  changePassword(ask: { current: string; next: string }): null;
  secondFactor(ask: object): { enabled: boolean; recoveryCodesLeft: number };
  beginSecondFactor(ask: object): Authenticator;
  confirmSecondFactor(ask: { otp: string }): { recoveryCodes: string[] };
  removeSecondFactor(ask: object): null;
  newRecoveryCodes(ask: object): { recoveryCodes: string[] };
  readInvitation(ask: { typed: string; evenIfOpen: boolean }): null;
  forgetInvitation(ask: object): null;
  /** The one that was pasted: only the secret of its link proves that it is meant for this person. */
  acceptInvitation(ask: object): null;
  declineInvitation(ask: object): null;
  createOrganization(ask: { name: string }): { id: string };
  createTeam(ask: { organization: string; name: string }): { id: string };
  members(ask: { team: string }): {
    members: MemberState[];
    invited: SentInvitationState[];
    requests: RequestState[];
  };
  setAccess(ask: { team: string; account: string; access: Access }): null;
  removeMember(ask: { team: string; account: string }): null;
  /** For each address its own answer; `link` is null where the hub has mailed it. */
  invite(ask: {
    team: string;
    emails: string[];
    access: Access;
  }): { email: string; link: string | null; problem: Problem | null }[];
  makeLink(ask: { team: string; access: Access; maxUses: number; needsApproval: boolean }): { link: string };
  sendAgain(ask: { team: string; invitation: string }): { link: string | null };
  withdrawInvitation(ask: { team: string; invitation: string }): null;
  decide(ask: { team: string; request: string; decision: 'approve' | 'refuse' }): null;
  folder(ask: { team: string; node: string }): FolderView | null;
  /** Into one of the team's folders, at its end. `url`: null for a folder. */
  add(ask: { team: string; folder: string; title: string; url: string | null }): null;
  search(ask: { query: string; team: string | null }): Hit[];
  resolveHeld(ask: { team: string; choice: Choice }): null;
  keepCopy(ask: { team: string }): null;
  dismissPutBack(ask: { team: string }): null;
  /** Where the native folder is, from the root down; empty where there is none. Opens it where the browser lets us. */
  showFolder(ask: { team: string }): { path: string[] };
  diagnostics(ask: object): { report: string };
}

export type CommandName = keyof Commands;
export type Ask<Name extends CommandName> = Parameters<Commands[Name]>[0];
export type Answer<Name extends CommandName> = ReturnType<Commands[Name]>;

/** Why a command failed: a stable code, and the hub's own sentence where it gave one. */
export interface Problem {
  code: string;
  detail: string;
  /** Seconds from now after which it may be tried again, where the hub said so. */
  retryAfterS?: number;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export interface CommandMessage<Name extends CommandName = CommandName> {
  command: Name;
  ask: Ask<Name>;
}
