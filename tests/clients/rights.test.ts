import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import * as Y from 'yjs';
import { eventually } from '../support/eventually';
import { Hub, type Person, type Team } from '../support/hub';
import { Raw, step1, step2, token, update } from './raw';
import { closeAll, Hocuspocus, socket } from './stock';
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

const open = (person: Person, doc?: Y.Doc): Hocuspocus =>
  new Hocuspocus(socket(hub), team.id, () => person.token, doc);

test('a reader is told so, and follows what writers do', async () => {
  await ann.setAccess(team, bob, 'read');
  const reader = open(bob);
  const writer = open(ann);
  writer.nodes.set('k', 'v');
  await eventually('the edit', () => reader.nodes.get('k') === 'v');
  expect([writer.provider.authorizedScope, reader.provider.authorizedScope]).toEqual([
    'read-write',
    'readonly',
  ]);
});

test("a reader's edit is refused with a status and reaches nobody", async () => {
  await ann.setAccess(team, bob, 'read');
  const reader = open(bob);
  const writer = open(ann);
  await eventually('being settled', () => reader.settled && writer.settled);
  reader.nodes.set('not allowed', true);
  await eventually('the refusal', () => reader.statuses.includes(false));
  expect(reader.statuses).toEqual([true, false]);
  writer.nodes.set('allowed', true);
  await eventually('the allowed edit', () => reader.nodes.get('allowed') === true);
  expect(writer.nodes.has('not allowed')).toBe(false);
});

test("a reader's nonsense is refused like an edit, for nobody reads it", async () => {
  await ann.setAccess(team, bob, 'read');
  const raw = await Raw.connect(hub);
  raw.send(token(team.id, bob.token), update(team.id, new Uint8Array(1000).fill(0xff)));
  const [status] = await eventually(
    'the status',
    () => raw.about(team.id, 8),
    ({ length }) => length > 0,
  );
  expect([...(status ?? [])].slice(0, 3)).toEqual([8, 0, 1]);
  expect(raw.closing).toBeNull();
  raw.end();
});

test('a reader who brings nothing new is settled, though much was deleted', async () => {
  const writer = open(ann);
  for (let key = 0; key < 20; key += 1) writer.nodes.set(`${key}`, 'v'.repeat(key));
  for (let key = 0; key < 20; key += 2) writer.nodes.delete(`${key}`);
  await eventually('storage', () => writer.settled);
  await ann.setAccess(team, bob, 'read');
  const kept = new Y.Doc();
  Y.applyUpdate(kept, Y.encodeStateAsUpdate(writer.doc));
  const reader = open(bob, kept);
  await eventually('being settled', () => reader.settled);
  expect(reader.statuses).toEqual([true]);
});

test("a reader's deletion made offline is refused", async () => {
  const writer = open(ann);
  writer.nodes.set('k', 'v');
  await eventually('storage', () => writer.settled);
  await ann.setAccess(team, bob, 'read');
  const kept = new Y.Doc();
  Y.applyUpdate(kept, Y.encodeStateAsUpdate(writer.doc));
  kept.getMap('n').delete('k');
  const raw = await Raw.connect(hub);
  const theirs = Y.encodeStateAsUpdate(kept, Y.encodeStateVector(writer.doc));
  raw.send(token(team.id, bob.token), step1(team.id, Y.encodeStateVector(kept)), step2(team.id, theirs));
  const [status] = await eventually(
    'the status',
    () => raw.about(team.id, 8),
    ({ length }) => length > 0,
  );
  expect([...(status ?? [])].slice(0, 3)).toEqual([8, 0, 1]);
  expect(writer.nodes.get('k')).toBe('v');
  raw.end();
});

test('a downgrade in mid-session is told, and holds', async () => {
  const member = open(bob);
  await eventually('being settled', () => member.settled);
  await ann.setAccess(team, bob, 'read');
  await eventually('the news', () => member.provider.authorizedScope === 'readonly');
  member.nodes.set('not allowed', true);
  await eventually('the refusal', () => member.statuses.includes(false));
});

test('an upgrade in mid-session is told, and holds', async () => {
  await ann.setAccess(team, bob, 'read');
  const member = open(bob);
  await eventually('being settled', () => member.settled);
  await ann.setAccess(team, bob, 'write');
  await eventually('the news', () => member.provider.authorizedScope === 'read-write');
  member.nodes.set('allowed now', true);
  const other = open(ann);
  await eventually('the edit', () => other.nodes.get('allowed now') === true);
});

test('a removed member is put out of that document, and keeps the socket for the others', async () => {
  const other = await ann.addTeam(team.organizationId, 'Runbooks');
  await ann.call('PUT', `/teams/${other.id}/members/${bob.id}`, {
    can_read: true,
    can_write: true,
    is_manager: false,
  });
  const shared = socket(hub);
  const lost = new Hocuspocus(shared, team.id, bob.token);
  const kept = new Hocuspocus(shared, other.id, bob.token);
  await eventually('being settled', () => lost.settled && kept.settled);
  await ann.removeFrom(team, bob);
  await eventually('being put out', () => lost.closes.length > 0);
  expect(lost.closes).toEqual(['forbidden']);
  const writer = open(ann);
  writer.nodes.set('secret', true);
  lost.nodes.set('from outside', true);
  await eventually('storage', () => writer.settled);
  kept.nodes.set('k', 'v');
  await eventually('the other document to go on', () => kept.settled);
  expect(lost.nodes.has('secret')).toBe(false);
  expect(writer.nodes.has('from outside')).toBe(false);
});

test('edits that a removed member made offline reach nobody', async () => {
  const member = open(bob);
  await eventually('being settled', () => member.settled);
  member.socket.disconnect();
  member.nodes.set('too late', true);
  await ann.removeFrom(team, bob);
  await member.socket.connect();
  await eventually('the refusal', () => member.failures.length > 0);
  expect(member.failures[0]).toBe('not-found');
  const other = open(ann);
  await eventually('being settled', () => other.settled);
  expect(other.nodes.has('too late')).toBe(false);
});

test('a session that ends takes its sockets with it', async () => {
  const laptop = await hub.logIn('Bob', bob.email, bob.password);
  const onLaptop = new Hocuspocus(socket(hub), team.id, laptop.token);
  const elsewhere = open(bob);
  await eventually('being settled', () => onLaptop.settled && elsewhere.settled);
  await laptop.call('DELETE', '/sessions/current');
  await eventually('being put out', () => onLaptop.closes.length > 0);
  expect(onLaptop.closes[0]).toBe('session-ended');
  elsewhere.nodes.set('k', 'v');
  await eventually('the other session to go on', () => elsewhere.settled);
});

test('a token is renewed in mid-session before it ends', async () => {
  let asked = 0;
  const brief = async () => {
    asked += 1;
    return asked === 1 ? tokenEndingIn(4, hub, ann) : ann.token;
  };
  const here = new Hocuspocus(socket(hub), team.id, brief);
  await eventually('being settled', () => here.settled);
  await eventually('the hub to ask again', () => here.scopes.length === 2);
  expect(asked).toBe(2);
  expect(here.closes).toEqual([]);
});

test('a token that is not renewed puts the document out when it ends', async () => {
  const fixed = await tokenEndingIn(2, hub, ann);
  const here = new Hocuspocus(socket(hub), team.id, fixed);
  await eventually('being settled', () => here.settled);
  // At its last moment either the renewal comes too late, or none.
  await eventually('being put out', () => [...here.closes, ...here.failures].includes('token-expired'));
});

test('an expired token is refused by name', async () => {
  const here = new Hocuspocus(socket(hub), team.id, await tokenEndingIn(-5, hub, ann));
  await eventually('the refusal', () => here.failures.length > 0);
  expect(here.failures[0]).toBe('token-expired');
});

test('an unknown document and a document of others are refused alike', async () => {
  const stranger = await hub.person('Stranger');
  const shared = socket(hub);
  const theirs = new Hocuspocus(shared, team.id, stranger.token);
  const none = new Hocuspocus(shared, '0198a000-0000-7000-8000-000000000000', stranger.token);
  await eventually('both refusals', () => theirs.failures.length > 0 && none.failures.length > 0);
  expect([theirs.failures[0], none.failures[0]]).toEqual(['not-found', 'not-found']);
});

test.each([
  ['the account’s own address', () => '%40me'],
  ['capitals', (id: string) => id.toUpperCase()],
  ['a space', (id: string) => `${id}%20`],
  ['a NUL', (id: string) => `${id}%00`],
  ['a line break', (id: string) => `${id}%0a`],
  ['other digits', (id: string) => id.replaceAll('0', '%EF%BC%90')],
  ['half of it', (id: string) => id.slice(0, 18)],
  ['too much', (id: string) => id.repeat(50)],
])('no folder is found by %s in its path', async (_, disguised) => {
  const raw = await Raw.connect(hub, `/yjs/${disguised(team.id)}`, ['teammarks', `bearer.${ann.token}`]);
  expect((await raw.closed()).code).toBeOneOf([4404, 4400]);
  expect(raw.frames).toEqual([]);
});

test('notices reach every session of the account they concern, and nobody else', async () => {
  const toBob = new Hocuspocus(socket(hub), '@me', bob.token);
  const toAnn = new Hocuspocus(socket(hub), '@me', ann.token);
  await eventually('being settled', () => toBob.settled && toAnn.settled);
  // What was changed before may still be on its way, and comes before what is changed now.
  await ann.setAccess(team, bob, 'read');
  await eventually('a notice', () => toBob.notices.length > 0);
  const before = [toBob.notices.length, toAnn.notices.length];
  await ann.setAccess(team, bob, 'write');
  await eventually('the notice', () => toBob.notices.length > (before[0] ?? 0));
  expect(toBob.notices.slice(before[0]).map((notice) => JSON.parse(notice))).toEqual([
    { kind: 'membership', team_id: team.id },
  ]);
  expect(toAnn.notices.slice(before[1])).toEqual([]);
});

test('nothing of a member who is removed while writing lands after the removal', async () => {
  const raw = await Raw.connect(hub);
  raw.send(token(team.id, bob.token));
  await eventually('admission', () => raw.about(team.id, 2, 2).length === 1);
  let writing = true;
  const flood = (async () => {
    for (let count = 0; writing; count += 1) {
      const doc = new Y.Doc();
      doc.getMap('n').set(`k${count}`, count);
      raw.send(update(team.id, Y.encodeStateAsUpdate(doc)));
      await new Promise(setImmediate);
    }
  })();
  await eventually('some to be stored', () => raw.about(team.id, 8, 1).length > 20);
  await ann.removeFrom(team, bob);
  const atRemoval = open(ann);
  await eventually('being settled', () => atRemoval.settled);
  const stored = atRemoval.nodes.size;
  await eventually('being put out', () => raw.about(team.id, 7).length === 1);
  const statuses = raw.about(team.id, 8, 1).length;
  writing = false;
  await flood;
  const later = open(ann);
  await eventually('being settled', () => later.settled);
  expect(later.nodes.size).toBe(stored);
  expect(statuses).toBeLessThanOrEqual(stored);
  raw.end();
});
