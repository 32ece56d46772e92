/** What the screens say about a thing, as pure functions: a state in, words out. */

import type { IconName } from '../components/icon';
import { counted, locale, type Text, t } from '../components/text';
import type { Access, InvitationState, Problem, SentInvitationState, TeamState } from '../messages';

export interface Status {
  text: string;
  tone: 'good' | 'busy' | 'quiet' | 'needed';
  icon: IconName;
}

/** The one thing about a team's folder that matters most now. */
export function teamStatus(team: TeamState): Status {
  if (team.held || team.problem !== null)
    return { text: t('statusNeedsYou'), tone: 'needed', icon: 'warning' };
  if (team.sync === 'starting') return { text: t('statusStarting'), tone: 'busy', icon: 'sync' };
  if (team.sync === 'offline') {
    const text = team.waiting > 0 ? counted('waiting', team.waiting) : t('statusOffline');
    return { text, tone: 'quiet', icon: 'cloudOff' };
  }
  if (team.sync === 'syncing') {
    if (team.busy)
      return { text: t('progress', `${team.busy.done}`, `${team.busy.total}`), tone: 'busy', icon: 'sync' };
    const text = team.waiting > 0 ? counted('waiting', team.waiting) : t('statusSyncing');
    return { text, tone: 'busy', icon: 'sync' };
  }
  if (!team.canWrite) return { text: t('statusReadOnly'), tone: 'quiet', icon: 'eye' };
  return { text: t('statusSynced'), tone: 'good', icon: 'check' };
}

export function teamLine(team: TeamState): string {
  return `${counted('bookmarks', team.bookmarks)} · ${team.organization.name}`;
}

const ACCESS: Record<Access, { short: Text; sentence: Text }> = {
  view: { short: 'canView', sentence: 'youCanView' },
  edit: { short: 'canEdit', sentence: 'youCanEdit' },
  manage: { short: 'canManage', sentence: 'youCanManage' },
};

export function accessWord(access: Access): string {
  return t(ACCESS[access].short);
}

export const accessChoices = (): { value: Access; text: string }[] =>
  (['view', 'edit', 'manage'] as const).map((value) => ({ value, text: accessWord(value) }));

/** "Link, 2 of 10 used". */
export function linkTitle(link: NonNullable<SentInvitationState['link']>): string {
  const used = [link.uses, link.maxUses].map((n) => new Intl.NumberFormat(locale()).format(n));
  return t('linkTitle', ...used);
}

/** Addresses as people type and paste them: in lines, with commas, as `Ann <ann@example.com>`. Each once. */
export function addressesIn(typed: string): string[] {
  const bare = typed.replace(/"[^"]*"/g, '').replace(/[^,;\n<]*<([^>\n]*)>/g, ' $1 ');
  const found = bare.split(/[,;\n]/).flatMap((part) => {
    const words = part.trim().split(/\s+/);
    // What is no row of addresses is one, mistyped.
    return words.every((word) => word.includes('@')) ? words : [part.trim()];
  });
  return [...new Set(found.filter((address) => address !== ''))];
}

/** "Join Design at Acme"; without a team, "Join Acme". */
export function invitationHeading({ teams, organization }: InvitationState): string {
  if (teams.length === 0) return t('joinOrganization', organization);
  return t('joinHeading', listed(teams.map(({ name }) => name)), organization);
}

/** "You can edit. Invited by Ann." */
export function invitationLine({ teams, invitedBy }: InvitationState): string {
  const accesses = new Set(teams.map(({ access }) => access));
  const rights =
    accesses.size > 1
      ? teams.map(({ name, access }) => `${name}: ${accessWord(access)}.`)
      : [...accesses].map((access) => t(ACCESS[access].sentence));
  return [...rights, t('invitedBy', invitedBy)].join(' ');
}

function listed(names: string[]): string {
  return new Intl.ListFormat(locale(), { type: 'conjunction' }).format(names);
}

const PROBLEMS: Record<string, Text> = {
  offline: 'problemOffline',
  'address-invalid': 'problemAddress',
  'not-a-hub': 'problemNotAHub',
  'not-openable': 'notOpenable',
  'hub-open-to-others': 'hubOpenToOthers',
  'invitation-unreadable': 'problemInvitation',
  'invitation-of-other-hub': 'problemOtherHub',
  'invitation-without-hub': 'problemInvitationWithoutHub',
  'credentials-wrong': 'problemCredentials',
  'second-factor-required': 'problemOtpNeeded',
  'second-factor-wrong': 'problemOtpWrong',
  unverified: 'problemUnverified',
  'account-disabled': 'problemDisabled',
  'registration-closed': 'problemClosed',
  'recent-login-required': 'problemProof',
  'account-exists': 'problemAccountExists',
  'rate-limited': 'problemTooMany',
  unavailable: 'problemUnavailable',
  restarting: 'problemUnavailable',
  storage: 'problemUnavailable',
  unauthenticated: 'problemLoggedOut',
  'session-ended': 'problemLoggedOut',
};

/** Codes with many reasons, of which the hub's sentence tells the one. */
const MANY_REASONS: Record<string, Text> = {
  'not-found': 'problemNotFound',
  forbidden: 'problemForbidden',
  gone: 'problemGone',
  conflict: 'problemConflict',
};

/** In the person's language where the code says all; else the hub's own sentence, which knows more than we do. */
export function problemText({ code, detail, retryAfterS }: Problem): string {
  if (code === 'rate-limited' && retryAfterS !== undefined) return comeBackIn(retryAfterS);
  const known = PROBLEMS[code];
  return known ? t(known) : detail || t(MANY_REASONS[code] ?? 'problemOther');
}

/** Minutes are rounded up: who comes back too early would be refused again. */
function comeBackIn(seconds: number): string {
  if (seconds <= 90) return counted('tooManySeconds', seconds);
  return counted('tooManyMinutes', Math.ceil(seconds / 60));
}

/** "Last used 3 hours ago". */
export function timeAgo(then: number, now: number = Date.now()): string {
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  const minutes = Math.round(Math.min(then - now, 0) / 60_000);
  if (minutes > -60) return t('lastUsed', format.format(minutes, 'minute'));
  const hours = Math.round(minutes / 60);
  if (hours > -24) return t('lastUsed', format.format(hours, 'hour'));
  return t('lastUsed', format.format(Math.round(hours / 24), 'day'));
}

/** `hub.example.org`, for people. */
export function hubName(hub: string): string {
  return hub.replace(/^https?:\/\//, '');
}
