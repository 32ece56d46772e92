import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import * as Y from 'yjs';
import { Chance } from '../support/chance';
import { eventually } from '../support/eventually';
import { Hub, type Person, type Team } from '../support/hub';
import { bareSocket, heardUntilClosed, short } from './bare';
import { ofType, Raw, step1, token, update } from './raw';
import { closeAll, Hocuspocus, socket } from './stock';

let hub: Hub;
let ann: Person;
let bob: Person;
let team: Team;
let witness: Hocuspocus;

beforeAll(async () => {
  hub = await Hub.start({ settings: { LIMIT_AUTHENTICATION_S: '3' } });
  [ann, bob] = await Promise.all([hub.person('Ann'), hub.person('Bob')]);
});
beforeEach(async () => {
  team = await ann.createTeam('Service endpoints');
  await ann.share(team, bob);
  witness = new Hocuspocus(socket(hub), team.id, ann.token);
  await eventually('the witness', () => witness.settled);
});
afterEach(async () => {
  // Other members never notice: the same connection goes on.
  witness.nodes.set('still', 'here');
  await eventually('the witness to be settled', () => witness.settled);
  expect(witness.closes).toEqual([]);
  closeAll();
});
afterAll(async () => {
  await hub.close();
  expect(hub.log).not.toContain('Traceback');
});

async function member(): Promise<Raw> {
  const raw = await Raw.connect(hub);
  raw.send(token(team.id, bob.token), step1(team.id, Uint8Array.of(0)));
  await eventually('admission', () => raw.about(team.id, 0, 1).length === 1);
  return raw;
}

/** A value in the root map "n", as an update of a client that has done nothing before. */
function edit(value: unknown): Uint8Array {
  const doc = new Y.Doc();
  doc.getMap('n').set('k', value);
  return Y.encodeStateAsUpdate(doc);
}

const deep = Buffer.concat([
  Buffer.from('010101000801016e01', 'hex'),
  Buffer.from('7501'.repeat(1_000_000), 'hex'),
  Buffer.from('7e00', 'hex'),
]);

test.each<[string, number, () => Uint8Array | string]>([
  ['no bytes at all', 4400, () => Uint8Array.of()],
  ['bytes that are no frame', 4400, () => Uint8Array.of(0xff, 0xff, 0xff)],
  ['text', 4400, () => 'hello'],
  ['an update that no browser could read', 4400, () => update(team.id, Uint8Array.of(0, 1, 1, 1, 0, 0))],
  ['a frame cut short', 4400, () => update(team.id, edit('v')).slice(0, -3)],
  ['an unknown type', 4400, () => ofType(team.id, 42)],
  ['a message that only a hub sends', 4400, () => ofType(team.id, 6, 1, 65)],
  ['an update that is none', 4400, () => update(team.id, Uint8Array.of(1, 2, 3))],
  ['a state vector that is none', 4400, () => step1(team.id, Uint8Array.of(0xff))],
  [
    'a state vector that announces far too much',
    4400,
    () => step1(team.id, Uint8Array.of(0x80, 0x80, 0x89, 0x77)),
  ],
  [
    'an update that announces far too much',
    4400,
    () => update(team.id, Uint8Array.of(0x80, 0x80, 0x89, 0x77)),
  ],
  ['a value nested a million deep', 4400, () => update(team.id, deep)],
  ['presence that is none', 4400, () => ofType(team.id, 1, 2, 1, 1)],
  ['an update larger than the limit', 4413, () => update(team.id, edit('x'.repeat(15_000_000)))],
])('%s closes the socket with %i and a reason', async (_, code, frame) => {
  const raw = await member();
  raw.send(frame());
  const closing = await raw.closed();
  expect(closing.code).toBe(code);
  expect(closing.reason).not.toBe('');
});

test('whatever bytes a member sends, the hub answers or hangs up', async () => {
  const chance = new Chance(20_261_123);
  for (let round = 0; round < 100; round += 1) {
    const raw = await Raw.connect(hub);
    raw.send(token(team.id, bob.token));
    const good = update(team.id, edit(round));
    for (let count = 0; count < 5; count += 1) {
      const bad = Uint8Array.from(good);
      for (let change = 0; change < 3; change += 1) bad[chance.below(bad.length)] = chance.below(256);
      raw.send(bad);
    }
    raw.send(Uint8Array.of(9));
    await eventually('an answer', () => raw.closing !== null || raw.frames.some((f) => f.length === 1));
    raw.end();
  }
});

test('a stranger who sends too much before authentication is refused', async () => {
  const raw = await Raw.connect(hub);
  for (let count = 0; count < 6; count += 1) raw.send(update(team.id, new Uint8Array(1_000_000)));
  expect((await raw.closed()).code).toBe(4413);
});

test('a stranger who says nothing is sent away in time', async () => {
  const raw = await Raw.connect(hub);
  expect(await raw.closed()).toEqual({ code: 4408, reason: 'Nothing was authenticated in time.' });
});

test('a stranger who keeps talking is sent away in time too', async () => {
  const raw = await Raw.connect(hub);
  const talk = setInterval(() => raw.send(Uint8Array.of(9)), 100);
  expect((await raw.closed()).code).toBe(4408);
  clearInterval(talk);
});

test('a member who does not read is sent away, and nobody waits for it', async () => {
  const deaf = await bareSocket(hub, `/yjs/${team.id}`, `teammarks, bearer.${bob.token}`);
  deaf.pause();
  for (let count = 0; count < 20; count += 1) {
    witness.nodes.set('large', 'x'.repeat(5_000_000 + count));
    await eventually('the witness to be settled', () => witness.settled);
  }
  // It never reads: that the connection has ended shows when it sends.
  const gone = once(deaf, 'error');
  const talk = setInterval(() => deaf.write(short(0x82, 0x03)), 100);
  await gone;
  clearInterval(talk);
});

test('text that is not UTF-8 closes the socket with 4400 too', async () => {
  const bare = await bareSocket(hub, '/sync');
  bare.write(short(0x81, 0xff, 0xfe));
  const code = Buffer.of(4400 >> 8, 4400 & 0xff);
  expect((await heardUntilClosed(bare)).includes(code)).toBe(true);
});

test('a message in countless pieces is refused', async () => {
  const bare = await bareSocket(hub, '/sync');
  bare.write(short(0x02));
  bare.write(Buffer.concat(Array.from({ length: 10_000 }, () => short(0x00))));
  expect((await heardUntilClosed(bare)).toString()).toContain('too many fragments');
});

test('an address that the hub does not serve is refused before it becomes a socket', async () => {
  const lost = new WebSocket(`${hub.socketAddress}/elsewhere`);
  const [error] = (await once(lost, 'error')) as [Error];
  expect(error.message).toContain('403');
});
