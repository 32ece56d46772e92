/** Scenarios: readers, members who come and go, and what a browser must not or cannot hold. */
import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { ROOT } from '../src/model/ids';
import { Policy } from '../src/model/policy';
import { MemoryStore } from './memory-store';
import { pages, Scenario } from './scenario';
import { Member } from './team';

const CR = { dialect: 'chromium' } as const;
const FX = { dialect: 'firefox' } as const;

function everyone(scenario: Scenario): [Member, Member] {
  return scenario.members as [Member, Member];
}

test.each([CR, FX])(
  'T48 a reader’s edits in %o are put back within two seconds, told of, and never sent',
  async (dialect) => {
    const scenario = await Scenario.of({ ...dialect, canWrite: false }, CR);
    const [reader, ann] = everyone(scenario);
    const folder = ann.browser.userCreate(ann.folder, { title: 'tools' });
    ann.browser.userImport(folder, pages(5));
    scenario.add(ann, ...pages(3, 'top'));
    await scenario.soon();
    const before = scenario.shown(reader);
    const messages = scenario.hub.received.length;

    const { browser } = reader;
    browser.userCreate(reader.folder, { title: 'mine', url: 'https://mine.example/' }, 0);
    const pasted = browser.userCopy(scenario.child(reader, 'tools'), reader.folder);
    browser.userUpdate(scenario.child(reader, 'top 0'), { title: 'other title' });
    browser.userMove(scenario.child(reader, 'top 1'), scenario.child(reader, 'tools'), 0);
    browser.userRemove(scenario.child(reader, 'top 2'));
    await scenario.world.pass(2_000);
    expect(scenario.shown(reader)).toEqual(before);
    expect(browser.exists(pasted)).toBe(false);
    expect(scenario.hub.received).toHaveLength(messages);
    const told = reader.state?.putBack.map(({ what, title }) => `${what} ${title}`);
    expect(told).toEqual(
      expect.arrayContaining(['added mine', 'changed other title', 'moved top 1', 'removed top 2']),
    );
    await scenario.converged();
  },
);

test('T48 a reader’s week offline is put back, a deleted team folder included', async () => {
  const scenario = await Scenario.of({ ...CR, canWrite: false }, CR);
  const [reader, ann] = everyone(scenario);
  scenario.add(ann, ...pages(30));
  await scenario.soon();
  reader.offline();
  reader.killWorker();
  reader.browser.userRemove(reader.folder);
  await scenario.world.pass(7 * 86_400_000);
  reader.start();
  await scenario.soon();
  expect(scenario.titles(reader)).toHaveLength(30);
  expect(reader.state?.held).toBeNull();
  reader.online();
  await scenario.converged();
});

test('T48 what a reader added can be kept in their own bookmarks', async () => {
  const scenario = await Scenario.of({ ...CR, canWrite: false });
  const [reader] = everyone(scenario);
  scenario.add(reader, { title: 'mine', url: 'https://mine.example/' });
  await scenario.soon();
  reader.killWorker();
  reader.start();
  await scenario.soon();
  const items = reader.state?.putBack ?? [];
  expect(items).toHaveLength(1);
  void reader.bridge?.keepCopy(items);
  await scenario.soon();
  expect(reader.browser.childrenOf(reader.browser.other)).toMatchObject([
    { title: 'mine', url: 'https://mine.example/' },
  ]);
  expect(reader.state?.putBack).toEqual([]);
  expect(scenario.document).toEqual([]);
});

test('T49 edits the hub refuses are shown, and the folder becomes the team’s again', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(bob, ...pages(30));
  await scenario.soon();
  ann.offline();
  for (let n = 0; n < 17; n++) scenario.add(ann, { title: `refused ${n}`, url: 'https://refused.example/' });
  ann.browser.userUpdate(scenario.child(ann, 'page 0'), { title: 'refused title' });
  ann.browser.userMove(scenario.child(ann, 'page 1'), ann.folder, 9);
  ann.browser.userRemove(scenario.child(ann, 'page 2'));
  await scenario.soon();
  bob.browser.userUpdate(scenario.child(bob, 'page 5'), { title: 'by bob' });
  await scenario.soon();
  const messages = scenario.hub.received.length;
  ann.refusedByHub = true;
  ann.bridge?.setAccess(false);
  ann.canWrite = false;
  ann.online();
  await scenario.world.pass(5_000);
  expect(scenario.shown(ann)).toEqual(scenario.shown(bob));
  expect(scenario.document).toHaveLength(30);
  expect(scenario.hub.received.length).toBeLessThanOrEqual(messages + 1);
  const items = ann.state?.putBack ?? [];
  expect(items.filter(({ what }) => what === 'added')).toHaveLength(17);
  expect(
    items
      .filter(({ what }) => what !== 'added')
      .map(({ what, title }) => `${what} ${title}`)
      .sort(),
  ).toEqual(['changed refused title', 'moved page 1', 'removed page 2']);
  await scenario.converged();
});

test('T49 when the hub refuses edits it had allowed, no more are made until access is given anew', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(bob, ...pages(3));
  await scenario.soon();
  ann.refusedByHub = true;
  scenario.add(ann, { title: 'refused', url: 'https://refused.example/' });
  await scenario.world.pass(5_000);
  expect(ann.state?.problem).toBe('edits-refused');
  expect(ann.state?.putBack).toHaveLength(1);
  const messages = scenario.hub.received.length;
  scenario.add(ann, { title: 'again', url: 'https://again.example/' });
  await scenario.soon();
  expect(scenario.hub.received).toHaveLength(messages);
  ann.refusedByHub = false;
  ann.bridge?.setAccess(true);
  scenario.add(ann, { title: 'allowed', url: 'https://allowed.example/' });
  await scenario.soon();
  expect(scenario.titles(bob)).toEqual(['page 0', 'page 1', 'page 2', 'allowed']);
  expect(ann.state?.problem).toBeNull();
  await scenario.converged();
});

test('T50 T51 a membership that ends takes the folder with it, and a new one brings one folder', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, ...pages(5));
  await scenario.soon();
  const folder = ann.folder;
  ann.offline();
  void ann.bridge?.leave();
  await scenario.soon();
  expect(ann.browser.exists(folder)).toBe(false);
  expect(ann.marked).toBeNull();
  expect(await ann.store.load(scenario.hub.team)).toEqual({ updates: [], rows: [], binding: null });
  expect(scenario.titles(bob)).toHaveLength(5);
  ann.killWorker();
  ann.start();
  ann.online();
  await scenario.soon();
  expect(ann.browser.childrenOf(ann.browser.bar)).toHaveLength(1);
  await scenario.converged();
});

test('nothing is written, here or there, before the document has been in step with the hub once', async () => {
  const scenario = await Scenario.of(FX);
  scenario.add(scenario.members[0] as Member, ...pages(3));
  await scenario.soon();
  const ann = new Member(scenario.hub, CR);
  ann.start();
  await scenario.soon();
  expect(ann.browser.childrenOf(ann.browser.bar)).toEqual([]);
  expect(ann.bridge?.state.folder).toBeNull();
  ann.online();
  await scenario.soon();
  expect(scenario.titles(ann)).toHaveLength(3);
});

test('T53 a page of the browser’s own stays where its user has it, and is no one else’s', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, { title: 'flags', url: 'chrome://flags' }, ...pages(2));
  scenario.add(bob, { title: 'config', url: 'about:config' });
  await scenario.soon();
  expect(scenario.titles(ann)).toEqual(['flags', 'page 0', 'page 1']);
  expect(scenario.titles(bob).toSorted()).toEqual(['config', 'page 0', 'page 1']);
  expect(scenario.document).toHaveLength(4);
  await scenario.sameDocument();
  await scenario.quiet();
  ann.browser.userRemove(scenario.child(ann, 'flags'));
  await scenario.soon();
  expect(scenario.document).toHaveLength(3);
});

test('T54 an address changed to code goes from the other browsers and comes back when it is changed again', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  const [id = ''] = scenario.add(ann, { title: 'x', url: 'https://x.example/' });
  await scenario.soon();
  ann.browser.userUpdate(id, { url: 'javascript:alert(1)' });
  await scenario.soon();
  expect(scenario.titles(bob)).toEqual([]);
  expect(scenario.titles(ann)).toEqual(['x']);
  await scenario.quiet();
  ann.browser.userUpdate(id, { url: 'https://y.example/' });
  await scenario.soon();
  expect(scenario.shown(bob)).toEqual(['b x https://y.example/']);
  await scenario.converged();
});

test('T54 an organization may add schemes', async () => {
  const scenario = await Scenario.of({ ...CR, policy: new Policy(['mailto']) }, FX);
  const [ann, bob] = everyone(scenario);
  scenario.hub.edit(
    (editor) =>
      void editor.create({ kind: 'b', parent: ROOT, after: null, title: 'm', url: 'mailto:a@b.example' }),
  );
  await scenario.soon();
  expect(scenario.shown(ann)).toEqual(['b m mailto:a@b.example']);
  expect(scenario.shown(bob)).toEqual([]);
});

test.each([
  'javascript:alert(1)',
  'JAVA\tSCRIPT:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,x',
  'not a url',
  '',
])('the address %j never becomes a native bookmark', async (url) => {
  const scenario = await Scenario.of(CR, FX);
  scenario.hub.edit(
    (editor) => void editor.create({ kind: 'b', parent: ROOT, after: null, title: 'm', url }),
  );
  await scenario.soon();
  for (const member of scenario.members) expect(scenario.shown(member)).toEqual([]);
  await scenario.quiet();
});

test('T55 where a policy forbids every change, that is said, and not tried again and again', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  ann.browser.locked = true;
  let calls = 0;
  ann.browser.onCall = () => calls++;
  scenario.add(bob, ...pages(20));
  await scenario.soon();
  expect(ann.state?.problem).toBe('bookmarks-locked');
  const before = calls;
  await scenario.quiet();
  expect(calls).toBe(before);
  ann.browser.locked = false;
  scenario.add(bob, { title: 'later', url: 'https://later.example/' });
  await scenario.soon();
  expect(ann.state?.problem).toBeNull();
  await scenario.converged();
});

test('a write the browser refuses for good is given up, and everything else arrives', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  const { create } = ann.browser;
  ann.browser.create = (node) => {
    if (node.title === 'page 1') throw new Error('No.');
    return create.call(ann.browser, node);
  };
  scenario.add(bob, ...pages(3));
  await scenario.soon();
  expect(scenario.titles(ann)).toEqual(['page 0', 'page 2']);
  expect(scenario.titles(bob)).toHaveLength(3);
  await scenario.sameDocument();
  await scenario.quiet();
});

test('a folder written by a later version is shown as it was and changed no more', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, ...pages(2));
  await scenario.soon();
  const later = new Y.Doc();
  later.getMap('meta').set('schema', '99');
  scenario.hub.hear(Y.encodeStateAsUpdate(later));
  await scenario.soon();
  const messages = scenario.hub.received.length;
  scenario.add(ann, { title: 'not sent', url: 'https://example.com/' });
  await scenario.soon();
  for (const member of [ann, bob]) expect(member.state?.problem).toBe('update-needed');
  expect(scenario.hub.received).toHaveLength(messages);
  expect(scenario.titles(ann)).toContain('not sent');
  await scenario.quiet();
});

test('after many edits what is stored is compacted, and opens as the same folder', async () => {
  const store = new MemoryStore();
  const scenario = await Scenario.of({ ...CR, store }, FX);
  const [ann, bob] = everyone(scenario);
  const [id = ''] = scenario.add(bob, { title: 'x', url: 'https://x.example/' });
  for (let n = 0; n < 150; n++) {
    bob.browser.userUpdate(id, { title: `x ${n}` });
    await scenario.world.pass(400);
  }
  expect((await store.load(scenario.hub.team)).updates.length).toBeLessThan(110);
  ann.killWorker();
  ann.start();
  await scenario.soon();
  expect(scenario.titles(ann)).toEqual(['x 149']);
  await scenario.converged();
});
