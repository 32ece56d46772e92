/** Scenarios: much at once, and several at once. */
import { expect, test } from 'vitest';
import { ROOT } from '../src/model/ids';
import { MemoryStore } from './memory-store';
import { pages, Scenario } from './scenario';
import type { Member } from './team';

const CR = { dialect: 'chromium' } as const;
const FX = { dialect: 'firefox' } as const;

function everyone(scenario: Scenario): [Member, Member, Member] {
  return scenario.members as [Member, Member, Member];
}

test.each([CR, FX])(
  'T16 an import of 10 000 bookmarks in %o goes out in at most 20 updates and arrives',
  async (dialect) => {
    const scenario = await Scenario.of(dialect, CR);
    const [ann, bob] = everyone(scenario);
    const folders = Array.from({ length: 10 }, (_, at) =>
      ann.browser.userCreate(ann.folder, { title: `f${at}` }),
    );
    for (const [at, folder] of folders.entries()) ann.browser.userImport(folder, pages(1_000, `p${at}`));
    const seen: number[] = [];
    for (let n = 0; n < 60; n++) {
      await scenario.world.pass(1_000);
      if (bob.state?.busy) seen.push(bob.state.busy.done);
    }
    expect(scenario.hub.received.length).toBeLessThanOrEqual(20);
    expect(scenario.document).toHaveLength(10_010);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    await scenario.converged();
  },
);

test('T16 an import is taken up where it was when its worker is killed half-way', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  ann.browser.userImport(ann.folder, pages(3_500));
  for (let n = 0; n < 6; n++) {
    await scenario.world.pass(230);
    ann.killWorker();
    bob.killWorker();
    ann.start();
    bob.start();
  }
  await scenario.world.pass(60_000);
  expect(new Set(scenario.titles(bob)).size).toBe(3_500);
  expect(scenario.titles(bob)).toHaveLength(3_500);
  await scenario.converged();
});

test('one edit in a folder of 10 000 stores one row and sends one small update', async () => {
  const store = new MemoryStore();
  const scenario = await Scenario.of({ ...CR, store }, CR);
  const [ann, bob] = everyone(scenario);
  ann.browser.userImport(ann.folder, pages(10_000));
  await scenario.world.pass(90_000);
  for (const change of [
    () => ann.browser.userUpdate(scenario.child(ann, 'page 5000'), { title: 'renamed' }),
    () => ann.browser.userMove(scenario.child(ann, 'page 9000'), ann.folder, 3),
    () => void ann.browser.userCreate(ann.folder, { title: 'new', url: 'https://new.example/' }, 4_000),
  ]) {
    const [rows, messages] = [store.rowsPut, scenario.hub.received.length];
    change();
    await scenario.soon();
    expect(store.rowsPut - rows).toBe(1);
    expect(scenario.hub.received).toHaveLength(messages + 1);
    expect(scenario.hub.received.at(-1)?.length).toBeLessThan(200);
  }
  expect(scenario.titles(bob)).toEqual(scenario.titles(ann));
});

test.each([CR, FX])(
  'T17 "sort by name" in %o gives the same order elsewhere, by no more moves than needed',
  async (dialect) => {
    const scenario = await Scenario.of(dialect, FX);
    const [ann, bob] = everyone(scenario);
    const nodes = pages(200).map((node, at) => ({ ...node, title: `t${(at * 77) % 200}` }));
    scenario.add(ann, ...nodes);
    await scenario.world.pass(10_000);
    ann.browser.userSort(ann.folder);
    bob.browser.writes = [];
    await scenario.world.pass(10_000);
    const sorted = nodes.map(({ title }) => title).sort();
    expect(scenario.titles(ann)).toEqual(sorted);
    expect(scenario.titles(bob)).toEqual(sorted);
    expect(new Set(bob.browser.writes)).toEqual(new Set(['move']));
    expect(bob.browser.writes.length).toBeLessThan(200);
    await scenario.converged();
  },
);

test('T19 a pasted copy of a folder is one new folder, and the original stays as it is', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  const original = ann.browser.userCreate(ann.folder, { title: 'tools' });
  const inner = ann.browser.userCreate(original, { title: 'inner' });
  ann.browser.userImport(inner, pages(100));
  await scenario.soon();
  const before = [...scenario.hub.document.tree.nodes.keys()];
  ann.browser.userCopy(original, ann.folder);
  await scenario.world.pass(10_000);
  const after = [...scenario.hub.document.tree.nodes.keys()];
  expect(after).toHaveLength(2 * before.length);
  expect(after).toEqual(expect.arrayContaining(before));
  expect(scenario.titles(bob)).toEqual(['tools', 'tools']);
  await scenario.converged();
});

test('T20 sixty tabs bookmarked at once are all there, in order', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  for (const tab of pages(60)) {
    ann.browser.userCreate(ann.folder, tab);
    await scenario.world.pass(7);
  }
  await scenario.soon();
  expect(scenario.titles(bob)).toEqual(pages(60).map(({ title }) => title));
  await scenario.converged();
});

test('T21 what is added to a folder while another deletes it survives, in that folder alone', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  const folder = ann.browser.userCreate(ann.folder, { title: 'F' });
  ann.browser.userCreate(folder, { title: 'old', url: 'https://old.example/' });
  await scenario.soon();
  ann.offline();
  ann.browser.userRemove(folder);
  bob.browser.userCreate(scenario.child(bob, 'F'), { title: 'x', url: 'https://x.example/' });
  await scenario.soon();
  ann.online();
  await scenario.soon();
  expect(scenario.shown(ann)).toEqual(['f F ', '  b x https://x.example/']);
  await scenario.converged();
});

test('T22 two folders each moved into the other lose no child and form no ring', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  for (const title of ['P', 'C']) {
    const folder = ann.browser.userCreate(ann.folder, { title });
    ann.browser.userCreate(folder, { title: `in ${title}`, url: 'https://example.com/' });
  }
  await scenario.soon();
  ann.offline();
  bob.offline();
  ann.browser.userMove(scenario.child(ann, 'P'), scenario.child(ann, 'C'));
  bob.browser.userMove(scenario.child(bob, 'C'), scenario.child(bob, 'P'));
  await scenario.soon();
  ann.online();
  bob.online();
  await scenario.soon();
  const titles = scenario.shown(ann).map((line) => line.trim().split(' ').slice(1).join(' ').trim());
  expect(titles.map((title) => title.replace(' https://example.com/', '')).sort()).toEqual([
    'C',
    'P',
    'in C',
    'in P',
  ]);
  await scenario.converged();
});

test('T23 a ring closed by three people is broken the same way everywhere', async () => {
  const scenario = await Scenario.of(CR, FX, CR);
  const members = everyone(scenario);
  scenario.add(members[0], { title: 'A' }, { title: 'B' }, { title: 'C' });
  await scenario.soon();
  for (const member of members) member.offline();
  const into: [string, string][] = [
    ['A', 'B'],
    ['B', 'C'],
    ['C', 'A'],
  ];
  for (const [at, [what, where]] of into.entries()) {
    const member = members[at] as Member;
    member.browser.userMove(scenario.child(member, what), scenario.child(member, where));
  }
  await scenario.soon();
  for (const member of members) member.online();
  await scenario.soon();
  expect(scenario.shown(members[0])).toHaveLength(3);
  await scenario.converged();
});

test('T25 a bookmark moved to two folders at once is in one of them', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, { title: 'F1' }, { title: 'F2' }, { title: 'n', url: 'https://n.example/' });
  await scenario.soon();
  ann.offline();
  ann.browser.userMove(scenario.child(ann, 'n'), scenario.child(ann, 'F1'));
  bob.browser.userMove(scenario.child(bob, 'n'), scenario.child(bob, 'F2'));
  await scenario.soon();
  ann.online();
  await scenario.soon();
  expect(scenario.shown(ann).filter((line) => line.includes('n.example'))).toHaveLength(1);
  await scenario.converged();
});

test('T27 a folder of fifty reordered by two people offline keeps all fifty, once, in one order', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, ...pages(50));
  await scenario.world.pass(5_000);
  ann.offline();
  bob.offline();
  ann.browser.userSort(ann.folder);
  for (let at = 0; at < 25; at++)
    bob.browser.userMove(scenario.child(bob, `page ${at}`), bob.folder, 49 - at);
  await scenario.soon();
  ann.online();
  bob.online();
  await scenario.world.pass(5_000);
  expect(scenario.titles(ann).toSorted()).toEqual(
    pages(50)
      .map(({ title }) => title)
      .toSorted(),
  );
  await scenario.converged();
});

test('T28 the same folder made by two people offline stands twice, and grows no more', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  for (const member of [ann, bob]) {
    member.offline();
    const docs = member.browser.userCreate(member.folder, { title: 'Docs' });
    member.browser.userCreate(docs, { title: 'same', url: 'https://same.example/' });
  }
  await scenario.soon();
  for (let n = 0; n < 4; n++) {
    for (const member of [ann, bob]) member.online();
    await scenario.soon();
    for (const member of [ann, bob]) {
      member.offline();
      member.killWorker();
      member.start();
    }
    await scenario.soon();
  }
  for (const member of [ann, bob]) member.online();
  await scenario.soon();
  expect(scenario.titles(ann)).toEqual(['Docs', 'Docs']);
  expect(scenario.document).toHaveLength(4);
  await scenario.converged();
});

test('T29 after weeks offline 4 000 remote edits arrive, nothing is held, and the own ones are kept', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  for (let f = 0; f < 20; f++) {
    const folder = ann.browser.userCreate(ann.folder, { title: `folder ${f}` });
    ann.browser.userImport(folder, pages(40, `f${f}`));
  }
  await scenario.world.pass(20_000);
  bob.offline();
  bob.killBrowser();
  const { chance } = scenario.world;
  for (let day = 0; day < 100; day++) {
    scenario.hub.edit((editor) => {
      for (let n = day * 40; n < (day + 1) * 40; n++) {
        const live = editor.children(ROOT).filter(({ kind }) => kind === 'f');
        const folder = chance.pick(live);
        const inside = editor.children(folder.id);
        if (n % 97 === 0) editor.rename(folder.id, `renamed ${n}`);
        else if (n % 89 === 0 && live.length > 12) editor.move(folder.id, chance.pick(live).id, null);
        else if (n % 3 === 0 || inside.length === 0) {
          editor.create({
            kind: 'b',
            parent: folder.id,
            after: null,
            title: `n${n}`,
            url: `https://n.example/${n}`,
          });
        } else if (n % 3 === 1) editor.remove(chance.pick(inside).id);
        else editor.move(chance.pick(inside).id, chance.pick(live).id, null);
      }
    });
  }
  const own = Array.from({ length: 30 }, (_, at) => `own ${at}`);
  for (const title of own) bob.browser.userCreate(bob.folder, { title, url: 'https://own.example/' });
  await scenario.world.pass(60_000);
  bob.start();
  bob.online();
  await scenario.world.pass(60_000);
  expect(bob.state?.held).toBeNull();
  expect(scenario.titles(ann)).toEqual(expect.arrayContaining(own));
  await scenario.converged();
});

test('T30 a hub set back to an old backup gets back what it lacks, once', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, ...pages(5, 'before'));
  await scenario.soon();
  const backup = scenario.hub.backup();
  scenario.add(ann, ...pages(5, 'between'));
  await scenario.soon();
  for (const member of [ann, bob]) member.offline();
  scenario.add(ann, ...pages(2, 'by ann'));
  bob.browser.userRemove(scenario.child(bob, 'before 0'));
  await scenario.soon();
  scenario.hub.restore(backup);
  for (const member of [ann, bob]) member.online();
  await scenario.soon();
  expect(scenario.titles(bob)).toHaveLength(11);
  expect(new Set(scenario.titles(bob)).size).toBe(11);
  await scenario.converged();
});
