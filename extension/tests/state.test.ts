import { describe, expect, test } from 'vitest';
import type { BridgeState } from '../src/background/bridge';
import { accessOf, badge, invitationState, rightsOf, type Seat, teamState } from '../src/background/state';
import type { AppState, TeamState } from '../src/messages';

const BRIDGE: BridgeState = {
  bookmarks: 7,
  folder: null,
  edition: 0,
  busy: null,
  held: null,
  putBack: [],
  unshared: [],
  problem: null,
};

function seat(change: Partial<Seat> = {}): Seat {
  return {
    team: {
      id: 't',
      name: 'Design',
      organization: { id: 'o', name: 'Acme' },
      can_read: true,
      can_write: true,
      is_manager: false,
    },
    bridge: BRIDGE,
    progress: { settled: true, waiting: 0 },
    failed: false,
    revision: 0,
    ...change,
  };
}

function app(teams: TeamState[], change: Partial<AppState> = {}): AppState {
  return {
    version: '0',
    hub: 'http://hub',
    account: { id: 'a', email: 'ann@example.com', name: 'Ann' },
    sessionEnded: false,
    connection: 'online',
    listed: true,
    teams,
    organizations: [],
    invitations: [],
    pasted: null,
    ...change,
  };
}

describe('a team is said to be synced', () => {
  const sync = (change: Partial<Seat>, connection: Parameters<typeof teamState>[1] = 'online') =>
    teamState(seat(change), connection).sync;

  test('when the hub has stored everything and the folder is as the document says', () => {
    expect(sync({})).toBe('synced');
  });

  test('not while an edit is not acknowledged', () => {
    expect(sync({ progress: { settled: false, waiting: 1 } })).toBe('syncing');
  });

  test('not while bookmarks are still being written', () => {
    expect(sync({ bridge: { ...BRIDGE, busy: { done: 3, total: 10 } } })).toBe('syncing');
  });

  test('not without a connection, however settled it was', () => {
    expect(sync({}, 'offline')).toBe('offline');
  });

  test('not before its folder is open', () => {
    expect(sync({ bridge: null })).toBe('starting');
  });
});

test('a team that could not be opened says so', () => {
  expect(teamState(seat({ bridge: null, failed: true }), 'online').problem).toBe('storage');
});

describe('the badge', () => {
  const team = (change: Partial<BridgeState> = {}) =>
    teamState(seat({ bridge: { ...BRIDGE, ...change } }), 'online');

  test('is empty when all is well', () => {
    expect(badge(app([team()]))).toBeNull();
  });

  test('calls when removals are held', () => {
    const held = { reason: 'mass-deletion', count: 140 } as const;
    expect(badge(app([team({ held })]))?.text).toBe('!');
  });

  test('calls when the hub ended the session', () => {
    expect(badge(app([], { sessionEnded: true, account: null, connection: 'off' }))?.tone).toBe('needed');
  });

  test('calls when a folder cannot be kept right', () => {
    expect(badge(app([team({ problem: 'bookmarks-locked' })]))?.tone).toBe('needed');
  });

  test('is grey while the hub is away', () => {
    expect(badge(app([team()], { connection: 'offline' }))?.tone).toBe('away');
  });

  test('calls for the person even while the hub is away', () => {
    const held = { reason: 'folder-vanished', count: 9 } as const;
    expect(badge(app([team({ held })], { connection: 'offline' }))?.tone).toBe('needed');
  });

  test('is empty for somebody who is not logged in', () => {
    expect(badge(app([], { account: null, connection: 'off' }))).toBeNull();
  });
});

test('access in words and rights on the hub mean the same', () => {
  for (const access of ['view', 'edit', 'manage'] as const) expect(accessOf(rightsOf(access))).toBe(access);
});

test('a link is for whoever holds it, and may ask for approval', () => {
  const link = {
    id: 'i',
    email: null,
    link: { needs_approval: true },
    organization: { id: 'o', name: 'Acme' },
    teams: [],
    invited_by: { display_name: 'Ann' },
    expires_at: '',
  };
  expect(invitationState(link)).toMatchObject({ email: '', needsApproval: true });
});
