import * as encoding from 'lib0/encoding';
import { beforeEach, describe, expect, test } from 'vitest';
import { App, type Directories, type Pasted } from '../src/background/app';
import type { BridgeState } from '../src/background/bridge';
import type { OpenBridge, TeamBridge } from '../src/background/teams';
import type { SessionAnswer, Tokens } from '../src/hub/credentials';
import type { Team } from '../src/hub/rest';
import * as frames from '../src/sync/frames';
import { FakeWire } from './fake-wire';
import { MemorySlot } from './memory-slot';
import { World } from './world';

const QUIET: BridgeState = {
  bookmarks: 0,
  folder: null,
  edition: 0,
  busy: null,
  held: null,
  putBack: [],
  unshared: [],
  problem: null,
};

/** A bridge that only writes down what it is told. */
class FakeBridge {
  readonly told: string[] = [];
  readonly tree = undefined as unknown as TeamBridge['tree'];
  state = QUIET;
  nativeOf = () => null;

  constructor(readonly options: Parameters<OpenBridge>[0]) {}

  stateVector = () => Uint8Array.of(0);
  missing = async () => Uint8Array.of(0, 0);
  receive = () => void this.told.push('receive');
  synced = () => void this.told.push('synced');
  touched = () => void this.told.push('touched');
  setName = (name: string) => void this.told.push(`name ${name}`);
  setAccess = (canWrite: boolean) => void this.told.push(`write ${canWrite}`);
  resolveHeld = async () => undefined;
  refused = async () => void this.told.push('refused');
  keepCopy = async () => undefined;
  clearPutBack = async () => undefined;
  close = async () => void this.told.push('close');
  leave = async () => void this.told.push('leave');
}

/** What a hub would answer; null: it is away. */
interface Hub {
  teams: Team[];
  asked: number;
}

function team(id: string, change: Partial<Team> = {}): Team {
  const rights = { can_read: true, can_write: true, is_manager: false };
  return { id, name: id, organization: { id: 'o', name: 'Acme' }, ...rights, ...change };
}

function answer(account: string): SessionAnswer {
  return {
    access_token: 'access',
    expires_in: 600,
    refresh_token: 'refresh',
    session: { id: 's', device: 'tests' },
    account: { id: account, email: `${account}@example.com`, display_name: account },
  };
}

let world: World;
let hub: Hub | null;
let slots: ReturnType<typeof emptySlots>;
let wires: FakeWire[];
let bridges: FakeBridge[];
let app: App;

function emptySlots() {
  return {
    hub: new MemorySlot<string>('http://hub'),
    tokens: new MemorySlot<Tokens>(),
    directories: new MemorySlot<Directories>(),
    waiting: new MemorySlot<Record<string, number>>(),
    pasted: new MemorySlot<Pasted>(),
    sessionEnded: new MemorySlot<boolean>(),
  };
}

/** A worker starts: memory is empty, the slots are as they were left. */
async function startWorker(): Promise<void> {
  bridges = [];
  wires = [];
  app = new App({
    version: '0',
    slots,
    fetch: async (url) => {
      if (hub === null) throw new TypeError('Failed to fetch');
      hub.asked += url.includes('/me/teams') ? 1 : 0;
      if (url.endsWith('/sessions/current')) return new Response(null, { status: 204 });
      const items = url.includes('/me/teams') ? hub.teams : [];
      return Response.json({ items, next_cursor: null });
    },
    dial: (url) => {
      const wire = new FakeWire(url);
      wires.push(wire);
      return wire;
    },
    openBridge: async (options) => {
      const bridge = new FakeBridge(options);
      bridges.push(bridge);
      return bridge;
    },
    timers: { after: world.after },
    now: () => world.now,
    random: () => 0,
    beat: () => undefined,
    changed: () => undefined,
    keepWaking: () => undefined,
  });
  await app.start();
  await world.pass(0);
}

const open = () => bridges.map(({ options }) => options.team);
const last = () => wires.at(-1) as FakeWire;
const first = () => bridges[0] as FakeBridge;

async function connect(): Promise<void> {
  last().onopen?.();
  await world.pass(0);
}

async function hear(address: string, type: number, ...body: (number | string)[]): Promise<void> {
  last().say(
    encoding.encode((encoder) => {
      encoding.writeVarString(encoder, address);
      encoding.writeVarUint(encoder, type);
      for (const part of body) {
        if (typeof part === 'number') encoding.writeVarUint(encoder, part);
        else encoding.writeVarString(encoder, part);
      }
    }),
  );
  await world.pass(0);
}

/** Frames about a document since the last look, by their kind. */
function sent(address: string): string[] {
  return last()
    .sent.splice(0)
    .map(frames.read)
    .filter((frame) => frame !== null && 'address' in frame && frame.address === address)
    .map((frame) => frame?.type ?? '');
}

beforeEach(async () => {
  world = new World(1);
  hub = { teams: [team('design'), team('ops')], asked: 0 };
  slots = emptySlots();
  await startWorker();
  await app.loggedIn(answer('ann'));
});

describe('membership', () => {
  test('every team of the account has its bridge', () => {
    expect(open()).toEqual(['design', 'ops']);
  });

  test('a worker without a hub opens the teams it knows', async () => {
    hub = null;
    await startWorker();
    expect(open()).toEqual(['design', 'ops']);
  });

  test('a team the hub no longer lists is left, the others are not', async () => {
    hub = { teams: [team('ops')], asked: 0 };
    await app.refresh();
    expect(bridges.map(({ told }) => told)).toEqual([['leave'], []]);
  });

  test('a team that was lost while the worker slept is left when the hub says so', async () => {
    hub = null;
    await startWorker();
    hub = { teams: [team('ops')], asked: 0 };
    await app.refresh();
    expect(first().told).toEqual(['leave']);
  });

  test('a hub that cannot be reached takes no team away', async () => {
    hub = null;
    await app.refresh().catch(() => undefined);
    expect(bridges.map(({ told }) => told)).toEqual([[], []]);
  });

  test('a membership without the right to read has no folder', async () => {
    hub = { teams: [team('design', { can_read: false }), team('ops')], asked: 0 };
    await app.refresh();
    expect(first().told).toEqual(['leave']);
  });

  test('a new name reaches the bridge', async () => {
    hub = { teams: [team('design', { name: 'Product' }), team('ops')], asked: 0 };
    await app.refresh();
    expect(first().told).toEqual(['name Product']);
  });

  test('a changed access is told once, whichever way it is heard of first', async () => {
    await connect();
    await hear('design', 2, 2, 'readonly');
    hub = { teams: [team('design', { can_write: false }), team('ops')], asked: 0 };
    await app.refresh();
    expect(first().told).toEqual(['write false']);
  });

  test('a notice has the list of teams read again', async () => {
    await connect();
    await hear('@me', 2, 2, 'readonly');
    hub = { teams: [team('design'), team('ops'), team('new')], asked: 0 };
    await hear('@me', 5, '{"kind":"membership"}');
    expect(open()).toContain('new');
  });

  test('what a lost notice would have told is read after a while', async () => {
    hub = { teams: [team('design')], asked: 0 };
    await world.pass(31 * 60_000);
    await app.wake();
    expect(bridges[1]?.told).toEqual(['leave']);
  });
});

describe('a worker that was killed', () => {
  test('in the middle of a log-in starts logged in, and nobody is told of the session before', async () => {
    slots.sessionEnded.value = true;
    await startWorker();
    expect(app.state()).toMatchObject({ account: { id: 'ann' }, sessionEnded: false });
  });

  test('after the hub ended the session still says so', async () => {
    slots.tokens.value = undefined;
    slots.sessionEnded.value = true;
    await startWorker();
    expect(app.state()).toMatchObject({ account: null, sessionEnded: true });
  });
});

describe('a hub that has moved', () => {
  test('is followed without another log-in, and no team is left', async () => {
    await connect();
    await app.useHub('http://hub.new');
    await world.pass(0);
    expect({ address: last().url, account: app.account?.id }).toEqual({
      address: 'ws://hub.new/sync',
      account: 'ann',
    });
    await connect();
    expect(bridges.map(({ told }) => told)).toEqual([[], []]);
  });

  test('and was entered anew is met with the teams of the old address', async () => {
    await app.forgetHub();
    await app.useHub('http://hub.new');
    hub = null;
    bridges = [];
    await app.loggedIn(answer('ann'));
    expect(open()).toEqual(['design', 'ops']);
  });
});

test('an invitation goes with the hub it is from', async () => {
  const offer = { id: 'i', email: '', organization: { id: 'o', name: 'Acme' }, teams: [], expires_at: '' };
  await app.setPasted({ token: 't', invitation: { ...offer, invited_by: { display_name: 'Ann' } } });
  await app.forgetHub();
  expect({ hub: slots.hub.value, pasted: slots.pasted.value }).toEqual({ hub: undefined, pasted: undefined });
});

describe('logging out', () => {
  test('closes the bridges, and leaves none', async () => {
    await app.logOut();
    expect(bridges.map(({ told }) => told)).toEqual([['close'], ['close']]);
  });

  test('works without a hub', async () => {
    hub = null;
    await app.logOut();
    expect({ account: app.account, tokens: slots.tokens.value }).toEqual({
      account: null,
      tokens: undefined,
    });
  });

  test('and in again as the same account takes up the same teams', async () => {
    await app.logOut();
    bridges = [];
    await app.loggedIn(answer('ann'));
    expect(open()).toEqual(['design', 'ops']);
  });

  test('and in again as another leaves each the teams of its own', async () => {
    await app.logOut();
    hub = { teams: [team('ops')], asked: 0 };
    await app.loggedIn(answer('bob'));
    await app.logOut();
    hub = null;
    bridges = [];
    await app.loggedIn(answer('ann'));
    expect(open()).toEqual(['design', 'ops']);
  });

  test('and in again after another: a team it was taken from meanwhile is left', async () => {
    await app.logOut();
    hub = { teams: [team('ops')], asked: 0 };
    await app.loggedIn(answer('bob'));
    await app.logOut();
    bridges = [];
    await app.loggedIn(answer('ann'));
    expect(bridges.map(({ options, told }) => [options.team, told])).toEqual([
      ['design', ['leave']],
      ['ops', []],
    ]);
  });

  test('and in as somebody else leaves what it does not share alone', async () => {
    await app.logOut();
    const before = bridges.length;
    hub = { teams: [team('ops')], asked: 0 };
    await app.loggedIn(answer('bob'));
    expect(bridges.slice(before).map(({ options }) => options.team)).toEqual(['ops']);
    expect(bridges.some(({ told }) => told.includes('leave'))).toBe(false);
  });
});

describe('documents', () => {
  test('an edit before the hub is reached is counted as waiting', () => {
    first().options.send(Uint8Array.of(1));
    expect(app.state().teams[0]).toMatchObject({ waiting: 1 });
  });

  test('waiting edits are still counted by the next worker', async () => {
    first().options.send(Uint8Array.of(1));
    await app.teams.rememberWaiting();
    hub = null;
    await startWorker();
    expect(app.state().teams[0]).toMatchObject({ waiting: 1 });
  });

  test('waiting edits are still counted after logging out and in again', async () => {
    first().options.send(Uint8Array.of(1));
    await app.teams.rememberWaiting();
    await app.logOut();
    await app.teams.rememberWaiting();
    await app.loggedIn(answer('ann'));
    expect(app.state().teams[0]).toMatchObject({ waiting: 1 });
  });

  test('a refused edit has the document emptied and entered again', async () => {
    await connect();
    await hear('design', 2, 2, 'read-write');
    sent('design');
    await hear('design', 8, 0, 1);
    expect(first().told).toEqual(['refused']);
    expect(sent('design')).toEqual(['close', 'token-wanted', 'step1']);
  });

  test('one that was put out is asked for again when the worker is woken, not in a loop', async () => {
    await connect();
    await hear('design', 2, 1, 'not-found');
    sent('design');
    await world.pass(0);
    expect(sent('design')).toEqual([]);
    await app.wake();
    expect(sent('design')).toEqual(['token-wanted', 'step1']);
  });
});
