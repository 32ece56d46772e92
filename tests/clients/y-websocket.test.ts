import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually';
import { Hub, type Person, type Team } from '../support/hub';
import { Raw } from './raw';
import { closeAll, Hocuspocus, socket, YWebsocket } from './stock';
import { tokenEndingIn } from './tokens';

let hub: Hub;
let ann: Person;
let bob: Person;
let team: Team;

beforeAll(async () => {
  hub = await Hub.start();
  [ann, bob] = await Promise.all([hub.person('Ann'), hub.person('Bob')]);
});
beforeEach(async () => {
  team = await ann.createTeam('Service endpoints');
  await ann.share(team, bob);
});
afterEach(closeAll);
afterAll(async () => {
  await hub.close();
  expect(hub.log).not.toContain('Traceback');
});

test('both clients share one room', async () => {
  const old = new YWebsocket(hub, team.id, bob.token);
  const current = new Hocuspocus(socket(hub), team.id, ann.token);
  await eventually('being synced', () => current.settled && old.provider.synced);
  current.nodes.set('from hocuspocus', 1);
  old.nodes.set('from y-websocket', 2);
  await eventually('either edit', () => current.nodes.get('from y-websocket') === 2);
  await eventually('the other edit', () => old.nodes.get('from hocuspocus') === 1);
});

test('edits made offline arrive when the connection is back', async () => {
  const here = new YWebsocket(hub, team.id, ann.token);
  const there = new YWebsocket(hub, team.id, bob.token);
  await eventually('being synced', () => here.provider.synced && there.provider.synced);
  here.provider.disconnect();
  here.nodes.set('offline', 1);
  here.provider.connect();
  await eventually('the edit', () => there.nodes.get('offline') === 1);
});

test('both see each other present', async () => {
  const old = new YWebsocket(hub, team.id, bob.token);
  const current = new Hocuspocus(socket(hub), team.id, ann.token);
  old.provider.awareness.setLocalStateField('name', 'Bob');
  await eventually(
    'presence',
    () => current.provider.awareness?.getStates().get(old.doc.clientID)?.name === 'Bob',
  );
});

test('one repeats the presence of a full room and is not sent away for it', async () => {
  const others = Array.from({ length: 20 }, () => new Hocuspocus(socket(hub), team.id, ann.token));
  // A state that was never set has clock 0, which other clients pass over.
  for (const other of others) other.provider.awareness?.setLocalStateField('name', 'Ann');
  const old = new YWebsocket(hub, team.id, bob.token);
  const present = () => old.provider.awareness.getStates().size;
  await eventually('everyone', () => present() === others.length + 1);
  old.nodes.set('still', 'here');
  await eventually('the edit', () => others.every((other) => other.nodes.get('still') === 'here'));
  old.provider.destroy();
  const next = new Hocuspocus(socket(hub), team.id, ann.token);
  next.provider.awareness?.setLocalStateField('name', 'Ann');
  await eventually('those who stayed', () => next.provider.awareness?.getStates().size === others.length + 1);
});

test('the token is not echoed', async () => {
  const raw = await Raw.connect(hub, `/yjs/${team.id}`, ['teammarks', `bearer.${ann.token}`]);
  expect(raw.protocol).toBe('teammarks');
  raw.end();
});

test.each([
  ['no token', 4401, () => undefined],
  ['a token that is none', 4401, () => 'nonsense'],
  ['an expired token', 4401, () => tokenEndingIn(-5, hub, ann)],
])('%s closes the socket with %i', async (_, code, token) => {
  const given = await token();
  const protocols = given === undefined ? ['teammarks'] : ['teammarks', `bearer.${given}`];
  const raw = await Raw.connect(hub, `/yjs/${team.id}`, protocols);
  expect((await raw.closed()).code).toBe(code);
});

test('an unknown document closes the socket for good', async () => {
  const lost = new YWebsocket(hub, '0198a000-0000-7000-8000-000000000000', ann.token);
  await eventually('the end', () => lost.closes.length > 0);
  expect(lost.closes).toEqual([4404]);
  expect(lost.provider.shouldConnect).toBe(false);
});

test("a stranger's document is as unknown as one that never was", async () => {
  const stranger = await hub.person('Stranger');
  const lost = new YWebsocket(hub, team.id, stranger.token);
  await eventually('the end', () => lost.closes.length > 0);
  expect(lost.closes).toEqual([4404]);
});

test('a removed member is put out for good', async () => {
  const member = new YWebsocket(hub, team.id, bob.token);
  await eventually('being synced', () => member.provider.synced);
  await ann.removeFrom(team, bob);
  await eventually('the end', () => member.closes.length > 0);
  expect(member.closes).toEqual([4403]);
});

test("a reader's edit reaches nobody", async () => {
  await ann.setAccess(team, bob, 'read');
  const reader = new YWebsocket(hub, team.id, bob.token);
  const writer = new Hocuspocus(socket(hub), team.id, ann.token);
  await eventually('being synced', () => reader.provider.synced && writer.settled);
  reader.nodes.set('not allowed', true);
  writer.nodes.set('allowed', true);
  await eventually('the allowed edit', () => reader.nodes.get('allowed') === true);
  expect(writer.nodes.has('not allowed')).toBe(false);
});
