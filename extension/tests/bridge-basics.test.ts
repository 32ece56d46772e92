/** Scenarios: one edit at a time, and what browsers make of what they are given. */
import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { ROOT } from '../src/model/ids';
import { wellFormed } from '../src/model/text';
import { pages, Scenario } from './scenario';
import type { Member } from './team';

const CR = { dialect: 'chromium' } as const;
const FX = { dialect: 'firefox' } as const;

async function two(
  a: typeof CR | typeof FX = CR,
  b: typeof CR | typeof FX = FX,
): Promise<[Scenario, Member, Member]> {
  const scenario = await Scenario.of(a, b);
  const [ann, bob] = scenario.members as [Member, Member];
  return [scenario, ann, bob];
}

test('T01 a bookmark added in one browser stands once, at the same place, in the other', async () => {
  const [scenario, ann, bob] = await two();
  scenario.add(ann, { title: 'b', url: 'https://b.example/' });
  ann.browser.userCreate(ann.folder, { title: 'a', url: 'https://a.example/' }, 0);
  await scenario.world.pass(1_000);
  expect(scenario.shown(bob)).toEqual(['b a https://a.example/', 'b b https://b.example/']);
  await scenario.converged();
});

test('T02 title and address changed in one dialog go out in at most two updates, and nothing comes back', async () => {
  const [scenario, ann, bob] = await two();
  const [id = ''] = scenario.add(ann, { title: 'x', url: 'https://x.example/' });
  await scenario.soon();
  const messages = scenario.hub.received.length;
  const writes = ann.browser.writes.length;
  ann.browser.userUpdate(id, { title: 'y', url: 'https://y.example/' });
  await scenario.soon();
  expect(scenario.hub.received.length - messages).toBeLessThanOrEqual(2);
  expect(ann.browser.writes.length).toBe(writes);
  expect(scenario.shown(bob)).toEqual(['b y https://y.example/']);
  await scenario.converged();
});

test.each([
  ['T03', CR, FX],
  ['T04', FX, CR],
])(
  '%s every move of three bookmarks gives the same order in a browser that counts differently',
  async (_, a, b) => {
    const [scenario, ann, bob] = await two(a, b);
    scenario.add(ann, { title: 'a' }, { title: 'b' }, { title: 'c' });
    await scenario.soon();
    const moves: [string, number, string[]][] = [
      ['a', 2, ['b', 'c', 'a']],
      ['c', 0, ['c', 'b', 'a']],
      ['b', 1, ['c', 'b', 'a']],
      ['c', 1, ['b', 'c', 'a']],
      ['a', 0, ['a', 'b', 'c']],
    ];
    for (const [title, index, order] of moves) {
      ann.browser.userMove(scenario.child(ann, title), ann.folder, index);
      await scenario.soon();
      expect(scenario.titles(ann)).toEqual(order);
      expect(scenario.titles(bob)).toEqual(order);
    }
    await scenario.converged();
  },
);

test('T06 a large folder that its owner deletes for everyone goes by one removal and comes back as it was', async () => {
  const [scenario, ann, bob] = await two(CR, CR);
  const folder = ann.browser.userCreate(ann.folder, { title: 'large' });
  scenario.add(ann, { title: 'stays', url: 'https://stays.example/' });
  ann.browser.userImport(folder, pages(500));
  await scenario.world.pass(20_000);
  const before = scenario.shown(bob);
  expect(before).toHaveLength(502);

  ann.browser.userRemove(folder);
  await scenario.soon();
  expect(ann.state?.held).toEqual({ reason: 'mass-deletion', count: 501 });
  expect(scenario.shown(bob)).toEqual(before);
  bob.browser.writes = [];
  void ann.bridge?.resolveHeld('remove');
  await scenario.soon();
  expect(bob.browser.writes).toEqual(['removeTree']);
  expect(scenario.shown(bob)).toEqual(['b stays https://stays.example/']);
  await scenario.converged();

  const [record] = [...scenario.hub.document.tree.trash.keys()];
  scenario.hub.edit((editor) => record !== undefined && editor.restore(record));
  await scenario.world.pass(20_000);
  expect(scenario.shown(bob)).toEqual(before);
  await scenario.converged();
});

test('T07 a separator stays where it is in browsers that have them, whatever is reordered where there are none', async () => {
  const scenario = await Scenario.of(FX, FX, CR);
  const [ann, bob, cid] = scenario.members as [Member, Member, Member];
  scenario.add(ann, { title: 'x' }, { separator: true }, { title: 'y' });
  await scenario.soon();
  expect(scenario.shown(bob)).toEqual(['f x ', 's  ', 'f y ']);
  expect(scenario.shown(cid)).toEqual(['f x ', 'f y ']);
  cid.browser.userCreate(cid.folder, { title: 'z' }, 0);
  cid.browser.userMove(scenario.child(cid, 'y'), cid.folder, 0);
  await scenario.soon();
  expect(scenario.shown(cid)).toEqual(['f y ', 'f z ', 'f x ']);
  expect(scenario.shown(bob)).toEqual(['f y ', 'f z ', 'f x ', 's  ']);
  await scenario.sameDocument();
  await scenario.quiet();
});

test('T07 a folder deleted where its separators cannot be shown does not come back for their sake', async () => {
  const [scenario, ann, bob] = await two(FX, CR);
  const folder = ann.browser.userCreate(ann.folder, { title: 'links' });
  ann.browser.userCreate(folder, { title: 'a', url: 'https://a.example/' });
  ann.browser.userCreate(folder, { separator: true });
  await scenario.soon();
  bob.browser.userRemove(scenario.child(bob, 'links'));
  await scenario.soon();
  expect(scenario.shown(ann)).toEqual([]);
  await scenario.converged();
});

test('T08 empty, right-to-left, four-byte and joined titles travel unchanged', async () => {
  const [scenario, ann, bob] = await two();
  const titles = ['', 'مرحبا ‮abc', '𠜎𠜱', '👩‍👩‍👧‍👦', ' spaces '];
  scenario.add(ann, ...titles.map((title, at) => ({ title, url: `https://example.com/${at}` })));
  await scenario.soon();
  expect(scenario.titles(bob)).toEqual(titles);
  await scenario.converged();
});

test.each([CR, FX])('T09 what %o rewrites is not written back', async (dialect) => {
  const scenario = await Scenario.of(dialect, dialect);
  scenario.hub.edit((editor) => {
    const after = editor.create({
      kind: 'b',
      parent: ROOT,
      after: null,
      title: 'a\tb\nc',
      url: 'HTTP://EXAMPLE.com:80',
    });
    editor.create({ kind: 'b', parent: ROOT, after, title: 'x', url: 'https://1.2.3/%7e ü' });
  });
  await scenario.soon();
  expect(scenario.shown(scenario.members[0] as Member)[0]).toMatch(/http:\/\/example\.com\//);
  for (const member of scenario.members) member.killBrowser();
  for (const member of scenario.members) member.start();
  await scenario.soon();
  expect(scenario.hub.received).toEqual([]);
  expect(scenario.document[0]).toBe('b a\tb\\nc HTTP://EXAMPLE.com:80');
  await scenario.converged();
});

test.each([CR, FX])(
  "T10 a user's own bookmarklet is in %o once, however often it is restarted",
  async (dialect) => {
    const scenario = await Scenario.of(dialect, CR);
    const [ann, bob] = scenario.members as [Member, Member];
    const url = `javascript:alert("a %22 \`b\` ' c")`;
    scenario.add(ann, { title: 'mark', url });
    await scenario.soon();
    for (let n = 0; n < 3; n++) {
      ann.killWorker();
      await scenario.world.pass(5_000);
      ann.start();
      await scenario.soon();
    }
    expect(scenario.shown(ann)).toEqual([`b mark ${new URL(url).href}`]);
    expect(scenario.shown(bob)).toEqual([]);
    expect(scenario.document).toHaveLength(1);
    await scenario.quiet();
  },
);

test('T11 a remote value that the browser already has is not written', async () => {
  const [scenario, ann, bob] = await two();
  scenario.add(ann, { title: 'x', url: 'https://x.example/' });
  await scenario.soon();
  bob.browser.writes = [];
  const [node] = scenario.hub.document.tree.children(ROOT);
  if (node === undefined) throw new Error('expected a node');
  bob.offline();
  scenario.hub.edit((editor) => editor.setUrl(node.id, 'HTTPS://x.example'));
  bob.browser.userUpdate(scenario.child(bob, 'x'), { title: 'y' });
  bob.online();
  await scenario.soon();
  expect(bob.browser.writes).toEqual([]);
  await scenario.converged();
});

test('T12 edits made while 300 remote bookmarks arrive in the same folder all survive', async () => {
  const [scenario, ann, bob] = await two();
  scenario.add(
    bob,
    { title: 'rename me', url: 'https://r.example/' },
    { title: 'delete me', url: 'https://d.example/' },
  );
  await scenario.soon();
  const ids = scenario.add(ann, ...pages(300));
  while (scenario.titles(bob).length < 100) await scenario.world.pass(10);
  const { browser } = bob;
  browser.userCreate(bob.folder, { title: 'mine', url: 'https://mine.example/' }, 5);
  browser.userUpdate(scenario.child(bob, 'rename me'), { title: 'renamed' });
  browser.userRemove(scenario.child(bob, 'delete me'));
  browser.userRemove(scenario.child(bob, 'page 3'));
  browser.userUpdate(scenario.child(bob, 'page 7'), { title: 'page seven' });
  expect(scenario.titles(bob).length).toBeLessThan(300);
  await scenario.world.pass(10_000);
  const titles = scenario.titles(ann);
  expect(titles).toHaveLength(ids.length + 1);
  expect(titles).toContain('mine');
  expect(titles).toContain('renamed');
  expect(titles).toContain('page seven');
  expect(titles).not.toContain('delete me');
  expect(titles).not.toContain('page 3');
  await scenario.converged();
});

test('T12 what was misplaced because its user inserted bookmarks meanwhile is put right, not taken for moved', async () => {
  const [scenario, ann, bob] = await two();
  scenario.add(ann, ...pages(300));
  for (let n = 0; n < 20; n++) {
    while (scenario.titles(bob).length < 14 * (n + 1)) await scenario.world.pass(1);
    bob.browser.userCreate(bob.folder, { title: `mine ${n}`, url: 'https://mine.example/' }, n % 3);
  }
  await scenario.world.pass(10_000);
  const titles = scenario.titles(ann);
  expect(titles.filter((title) => title.startsWith('page'))).toEqual(pages(300).map(({ title }) => title));
  expect(titles).toHaveLength(320);
  await scenario.converged();
});

test('T12 what is added among bookmarks that are still arriving stands where it was put', async () => {
  const [scenario, ann, bob] = await two();
  scenario.add(ann, ...pages(300));
  while (scenario.titles(bob).length < 100) await scenario.world.pass(1);
  const before = scenario.titles(bob)[49];
  bob.browser.userCreate(bob.folder, { title: 'mine', url: 'https://mine.example/' }, 50);
  await scenario.world.pass(10_000);
  const titles = scenario.titles(ann);
  expect(titles[titles.indexOf('mine') - 1]).toBe(before);
  await scenario.converged();
});

test('T13 two renames of one bookmark end with one title and no swinging', async () => {
  const [scenario, ann, bob] = await two();
  scenario.add(ann, { title: 'x', url: 'https://x.example/' });
  await scenario.soon();
  ann.browser.userUpdate(scenario.child(ann, 'x'), { title: 'by ann' });
  bob.browser.userUpdate(scenario.child(bob, 'x'), { title: 'by bob' });
  await scenario.soon();
  expect(['by ann', 'by bob']).toContain(scenario.titles(ann)[0]);
  expect(scenario.hub.received).toHaveLength(3);
  await scenario.converged();
});

test.each([
  ['long '.repeat(1_000)],
  // Firefox cuts through the picture, tells of the half that is left, and then reads a replacement character.
  [`${'x'.repeat(4_095)}👩 and more`],
])("T14 a browser's cut of a title that the document keeps whole is never written back", async (title) => {
  const [scenario, ann, bob] = await two();
  const elsewhere = new Y.Doc();
  elsewhere.getMap('n').set('bookmark-one', ['b', 'a0V root', title, 'https://x.example/']);
  scenario.hub.hear(Y.encodeStateAsUpdate(elsewhere));
  await scenario.soon();
  expect(scenario.titles(ann)).toEqual([title]);
  expect(scenario.titles(bob)).toEqual([wellFormed(title.slice(0, 4_096))]);
  for (const member of [ann, bob]) {
    member.killBrowser();
    member.start();
  }
  await scenario.soon();
  expect(scenario.hub.received).toEqual([]);
  await scenario.sameDocument();
  await scenario.quiet();
});

test('T14 a title longer than the document may hold stays whole where it was written', async () => {
  const [scenario, ann, bob] = await two(CR, CR);
  const title = 'long '.repeat(1_000);
  scenario.add(ann, { title, url: 'https://x.example/' });
  await scenario.soon();
  expect(scenario.titles(ann)).toEqual([title]);
  expect(scenario.titles(bob)).toEqual([title.slice(0, 4_096)]);
  await scenario.quiet();
});

test('T15 an address of 70 000 characters stays native, is told of once, and is not tried again', async () => {
  const [scenario, ann, bob] = await two(CR, CR);
  const url = `https://example.com/${'x'.repeat(70_000)}`;
  const [id = ''] = scenario.add(ann, { title: 'huge', url });
  await scenario.soon();
  expect(scenario.shown(ann)).toEqual([`b huge ${url}`]);
  expect(scenario.shown(bob)).toEqual([]);
  expect(scenario.document).toEqual([]);
  expect(ann.state?.unshared).toEqual([{ native: id, title: 'huge', reason: 'url-too-long' }]);
  await scenario.quiet();
  ann.browser.userUpdate(id, { url: 'https://short.example/' });
  await scenario.soon();
  expect(scenario.shown(bob)).toEqual(['b huge https://short.example/']);
  expect(ann.state?.unshared).toEqual([]);
  await scenario.converged();
});

test('T15 an address changed to one of 70 000 characters stays that user own, and the team keeps the old', async () => {
  const [scenario, ann, bob] = await two(CR, CR);
  const [id = ''] = scenario.add(ann, { title: 'x', url: 'https://x.example/' });
  await scenario.soon();
  ann.browser.userUpdate(id, { url: `https://example.com/${'x'.repeat(70_000)}` });
  await scenario.soon();
  expect(ann.browser.node(id).url).toHaveLength(70_020);
  expect(scenario.shown(bob)).toEqual(['b x https://x.example/']);
  expect(ann.state?.unshared).toHaveLength(1);
  await scenario.quiet();
});

test('whoever looks at a folder is told of each change, also of one that leaves its size as it was', async () => {
  const [scenario, ann, bob] = await two();
  const [id = ''] = scenario.add(ann, { title: 'x' });
  await scenario.soon();
  for (const change of [
    () => ann.browser.userUpdate(id, { title: 'y' }),
    () => ann.browser.userCreate(ann.folder, { title: 'a folder' }),
  ]) {
    const before = [ann.state?.edition, bob.state?.edition];
    change();
    await scenario.soon();
    expect(ann.state?.edition).not.toBe(before[0]);
    expect(bob.state?.edition).not.toBe(before[1]);
  }
});
