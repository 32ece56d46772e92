import './english';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { InvitationState, TeamState } from '../src/messages';
import {
  accessWord,
  addressesIn,
  hubName,
  invitationHeading,
  invitationLine,
  problemText,
  teamLine,
  teamStatus,
  timeAgo,
} from '../src/popup/words';
import { messages } from './english';

function team(change: Partial<TeamState> = {}): TeamState {
  return {
    id: 't',
    name: 'Design',
    organization: { id: 'o', name: 'Acme' },
    canWrite: true,
    isManager: false,
    bookmarks: 128,
    sync: 'synced',
    waiting: 0,
    busy: null,
    held: null,
    putBack: [],
    unshared: [],
    problem: null,
    revision: 0,
    ...change,
  };
}

describe('a team’s status is the one thing that matters most', () => {
  const said = (change: Partial<TeamState>) => teamStatus(team(change)).text;

  test('synced', () => expect(said({})).toBe('Synced'));
  test('read-only', () => expect(said({ canWrite: false })).toBe('Read-only'));
  test('one edit waiting offline', () =>
    expect(said({ sync: 'offline', waiting: 1 })).toBe('1 edit waiting'));
  test('many edits waiting offline', () =>
    expect(said({ sync: 'offline', waiting: 1_200 })).toBe('1,200 edits waiting'));
  test('offline', () => expect(said({ sync: 'offline' })).toBe('Offline'));
  test('progress', () => expect(said({ sync: 'syncing', busy: { done: 12, total: 300 } })).toBe('12 of 300'));
  test('held, whatever else', () =>
    expect(said({ sync: 'offline', waiting: 3, held: { reason: 'mass-deletion', count: 140 } })).toBe(
      'Needs you',
    ));
});

test('a team’s second line says how much is in it and whose it is', () => {
  expect(teamLine(team())).toBe('128 bookmarks · Acme');
  expect(teamLine(team({ bookmarks: 1 }))).toBe('1 bookmark · Acme');
});

describe('an invitation', () => {
  const invitation = (teams: InvitationState['teams']): InvitationState => ({
    id: 'i',
    email: 'bob@example.com',
    needsApproval: false,
    organization: 'Acme',
    teams,
    invitedBy: 'Ann',
  });

  test('to one team', () => {
    const to = invitation([{ name: 'Design', access: 'edit' }]);
    expect(`${invitationHeading(to)}; ${invitationLine(to)}`).toBe(
      'Join Design at Acme; You can edit. Invited by Ann.',
    );
  });

  test('to several, with different access', () => {
    const to = invitation([
      { name: 'Design', access: 'edit' },
      { name: 'Ops', access: 'view' },
    ]);
    expect(invitationHeading(to)).toBe('Join Design and Ops at Acme');
    expect(invitationLine(to)).toBe('Design: can edit. Ops: can view. Invited by Ann.');
  });

  test('to an organization alone', () => {
    expect(invitationHeading(invitation([]))).toBe('Join Acme');
  });
});

describe('a problem', () => {
  test('we know is said in our words', () => {
    expect(problemText({ code: 'credentials-wrong', detail: 'x' })).toBe('E-mail or password is wrong.');
  });

  test('that passes says when', () => {
    const tooMany = (retryAfterS: number) => problemText({ code: 'rate-limited', detail: '', retryAfterS });
    expect(tooMany(1)).toBe('Too many tries. Try again in 1 second.');
    expect(tooMany(90)).toBe('Too many tries. Try again in 90 seconds.');
    expect(tooMany(121)).toBe('Too many tries. Try again in 3 minutes.');
  });

  test('we do not know is said in the hub’s words', () => {
    expect(problemText({ code: 'invalid', detail: 'That is no address.' })).toBe('That is no address.');
  });

  test('nobody has words for still says something', () => {
    expect(problemText({ code: 'x', detail: '' })).toBe('That did not work. Try again.');
  });
});

test('addresses are found however they are pasted, each once', () => {
  expect(addressesIn('')).toEqual([]);
  expect(addressesIn('a@x.org, b@x.org;c@x.org\n a@x.org ')).toEqual(['a@x.org', 'b@x.org', 'c@x.org']);
  expect(addressesIn('a@x.org b@x.org, gustav at example')).toEqual([
    'a@x.org',
    'b@x.org',
    'gustav at example',
  ]);
  expect(addressesIn('Ann Lee <ann@x.org>, "Bob, B." <bob@x.org>')).toEqual(['ann@x.org', 'bob@x.org']);
});

test('a device’s last use is said in the largest unit that fits', () => {
  const ago = (minutes: number) => timeAgo(0, minutes * 60_000);
  expect([ago(0), ago(59), ago(120), ago(60 * 24 * 3)]).toEqual([
    'Last used this minute',
    'Last used 59 minutes ago',
    'Last used 2 hours ago',
    'Last used 3 days ago',
  ]);
});

test('access and hubs are named for people', () => {
  expect(accessWord('manage')).toBe('can manage');
  expect(hubName('https://hub.example.org')).toBe('hub.example.org');
});

test('every text is used somewhere, and every counted one has its forms', () => {
  const source = ['popup', 'components', 'entrypoints'].flatMap((folder) =>
    readdirSync(new URL(`../src/${folder}`, import.meta.url), { recursive: true, withFileTypes: true })
      .filter((entry) => /\.tsx?$/.test(entry.name))
      .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8')),
  );
  const config = readFileSync(new URL('../wxt.config.ts', import.meta.url), 'utf8');
  const all = [...source, config].join('\n');
  const unused = Object.keys(messages).filter((key) => {
    const name = key.replace(/_(one|other)$/, '');
    return !all.includes(`'${name}'`) && !all.includes(`__MSG_${name}__`);
  });
  expect(unused).toEqual([]);
  for (const key of Object.keys(messages).filter((name) => name.endsWith('_one')))
    expect(messages).toHaveProperty([key.replace(/_one$/, '_other')]);
});
