import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import * as Y from 'yjs';
import { eventually } from '../support/eventually';
import { Hub, type Person, type Team } from '../support/hub';
import { Raw, step1, token, update } from './raw';
import { closeAll, Hocuspocus, socket } from './stock';

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

const open = (person: Person, doc?: Y.Doc): Hocuspocus =>
  new Hocuspocus(socket(hub), team.id, () => person.token, doc);

test('an edit of one arrives at the other, and is acknowledged', async () => {
  const here = open(ann);
  const there = open(bob);
  here.nodes.set('k', 'v');
  await eventually('the edit', () => there.nodes.get('k') === 'v');
  await eventually('the acknowledgement', () => here.settled);
});

test('frames that arrive together with the token are answered in their order', async () => {
  const early = open(ann);
  early.nodes.set('k', 'v');
  await eventually('storage', () => early.settled);
  const raw = await Raw.connect(hub);
  const edit = new Y.Doc();
  edit.getMap('n').set('pipelined', true);
  const edits = Y.encodeStateAsUpdate(edit);
  raw.send(token(team.id, ann.token), step1(team.id, Uint8Array.of(0)), update(team.id, edits));
  await eventually('the status', () => raw.about(team.id, 8).length === 1);
  const kinds = raw.frames.map((frame) => [...frame.subarray(37, 39)].join());
  // Presence comes when it comes.
  expect(kinds.filter((kind) => !kind.startsWith('1,'))).toEqual(['2,2', '0,1', '0,0', '8,1']);
  await eventually('the edit', () => early.nodes.get('pipelined') === true);
  raw.end();
});

test('what was there before comes with step 2, and what the client has is asked for with step 1', async () => {
  const first = open(ann);
  first.nodes.set('before', 1);
  await eventually('storage', () => first.settled);
  const late = new Y.Doc();
  late.getMap('n').set('brought along', 2);
  const second = open(bob, late);
  await eventually('both at the newcomer', () => second.nodes.get('before') === 1 && second.settled);
  await eventually('both at the first', () => first.nodes.get('brought along') === 2);
});

test('each step 2 and each update gets exactly one status', async () => {
  const here = open(ann);
  await eventually('being settled', () => here.settled);
  expect(here.statuses).toEqual([true]);
  for (let count = 1; count <= 100; count += 1) here.nodes.set(`k${count}`, count);
  await eventually('all to be acknowledged', () => here.settled);
  expect(here.statuses).toEqual(Array(101).fill(true));
});

test('our own count tells which frames are acknowledged', async () => {
  const raw = await Raw.connect(hub);
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (bytes: Uint8Array) => updates.push(bytes));
  for (let key = 0; key < 5; key += 1) doc.getMap('n').set(`${key}`, key);
  raw.send(token(team.id, ann.token), ...updates.map((bytes) => update(team.id, bytes)));
  const statuses = await eventually(
    'five statuses',
    () => raw.about(team.id, 8),
    ({ length }) => length === 5,
  );
  expect(statuses.map((status) => [...status])).toEqual([1, 2, 3, 4, 5].map((k) => [8, 1, k, k]));
  raw.end();
});

test('edits made offline arrive when the connection is back', async () => {
  const here = open(ann);
  const there = open(bob);
  await eventually('being settled', () => here.settled && there.settled);
  here.socket.disconnect();
  here.nodes.set('offline', 'here');
  there.nodes.set('meanwhile', 'there');
  await eventually('storage', () => there.settled);
  await here.socket.connect();
  await eventually('the offline edit', () => there.nodes.get('offline') === 'here');
  await eventually('what happened meanwhile', () => here.nodes.get('meanwhile') === 'there');
  await eventually('being settled again', () => here.settled);
});

test('edits made while the hub is away arrive when it is back', async () => {
  const here = open(ann);
  const there = open(bob);
  await eventually('being settled', () => here.settled && there.settled);
  await hub.stop('SIGKILL');
  here.nodes.set('while away', 1);
  await hub.run();
  await eventually('the edit', () => there.nodes.get('while away') === 1);
  await eventually('being settled again', () => here.settled);
});

test('updates in any order, some of them twice, end the same for everyone', async () => {
  const watcher = open(bob);
  await eventually('being settled', () => watcher.settled);
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (bytes: Uint8Array) => updates.push(bytes));
  const nodes = doc.getMap('n');
  for (let count = 0; count < 30; count += 1) {
    nodes.set(`k${count % 7}`, count);
    if (count % 5 === 4) nodes.delete(`k${count % 7}`);
  }
  const raw = await Raw.connect(hub);
  const odd = updates.filter((_, at) => at % 2 === 1);
  const even = updates.filter((_, at) => at % 2 === 0);
  const shuffled = [...odd.reverse(), ...even.reverse(), ...updates];
  raw.send(token(team.id, ann.token), ...shuffled.map((bytes) => update(team.id, bytes)));
  await eventually('all statuses', () => raw.about(team.id, 8, 1).length === shuffled.length);
  await eventually('the same at the watcher', () => JSON.stringify(watcher.nodes) === JSON.stringify(nodes));
  const newcomer = open(ann);
  await eventually('the newcomer', () => newcomer.settled);
  expect(newcomer.nodes.toJSON()).toEqual(nodes.toJSON());
  raw.end();
});

test('a late joiner receives everything written before it, though the hub was killed in between', async () => {
  const here = open(ann);
  for (let count = 0; count < 300; count += 1) here.nodes.set(`k${count}`, count);
  await eventually('all to be acknowledged', () => here.settled);
  closeAll();
  await hub.stop('SIGKILL');
  await hub.run();
  const late = open(bob);
  await eventually('everything', () => late.nodes.size === 300);
});

test('many documents share one socket', async () => {
  const other = await ann.addTeam(team.organizationId, 'Runbooks');
  const shared = socket(hub);
  const one = new Hocuspocus(shared, team.id, ann.token);
  const two = new Hocuspocus(shared, other.id, ann.token);
  one.nodes.set('k', 1);
  two.nodes.set('k', 2);
  await eventually('both to be settled', () => one.settled && two.settled);
  const check = open(bob);
  await eventually('the first', () => check.nodes.get('k') === 1);
});

test('presence of one is seen by the other, and goes with it', async () => {
  const here = open(ann);
  const there = open(bob);
  await eventually('being settled', () => here.settled && there.settled);
  here.provider.setAwarenessField('looking at', 'toolbar');
  const seen = () => there.provider.awareness?.getStates().get(here.doc.clientID)?.['looking at'];
  await eventually('presence', () => seen() === 'toolbar');
  const late = open(ann);
  await eventually('presence for one who comes later', () =>
    late.provider.awareness?.getStates().has(here.doc.clientID),
  );
  here.socket.destroy();
  await eventually('absence', () => seen() === undefined);
});

test('one who leaves a document keeps the others on the socket', async () => {
  const other = await ann.addTeam(team.organizationId, 'Runbooks');
  const shared = socket(hub);
  const leaves = new Hocuspocus(shared, team.id, ann.token);
  const stays = new Hocuspocus(shared, other.id, ann.token);
  await eventually('both to be settled', () => leaves.settled && stays.settled);
  leaves.provider.destroy();
  const writer = open(bob);
  writer.nodes.set('unheard', true);
  await eventually('storage', () => writer.settled);
  stays.nodes.set('k', 'v');
  await eventually('the other document to go on', () => stays.settled);
  expect(leaves.nodes.get('unheard')).toBeUndefined();
});
