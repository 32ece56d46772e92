/** Scenarios: workers and browsers that end, folders that go, move or are lost track of. On a real IndexedDB interface. */
import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { IndexedDbStore } from '../src/background/store';
import { ROOT, type TeamId } from '../src/model/ids';
import { pages, Scenario } from './scenario';
import { Hub, Member } from './team';

const CR = { dialect: 'chromium' } as const;
const FX = { dialect: 'firefox' } as const;
let databases = 0;

async function stored() {
  return { store: await IndexedDbStore.open(`database ${databases++}`) };
}

function everyone(scenario: Scenario): [Member, Member] {
  return scenario.members as [Member, Member];
}

test.each([CR, FX])(
  'T31 a browser killed twenty times while it writes 1 000 bookmarks ends with each of them once',
  async (dialect) => {
    const scenario = await Scenario.of({ ...dialect, ...(await stored()) }, FX);
    const [bob, ann] = everyone(scenario);
    bob.offline();
    ann.browser.userImport(ann.folder, pages(1_000));
    await scenario.world.pass(20_000);
    bob.online();
    for (let kill = 0; kill < 20; kill++) {
      await scenario.world.pass(scenario.world.chance.below(600));
      bob.killBrowser();
      await scenario.world.pass(scenario.world.chance.below(50));
      bob.start();
    }
    await scenario.world.pass(30_000);
    expect(scenario.titles(bob)).toEqual(pages(1_000).map(({ title }) => title));
    await scenario.converged();
  },
);

test('T31 at no moment are there more than twenty native bookmarks that a new worker would have to know again', async () => {
  const scenario = await Scenario.of(CR, FX);
  const [bob, ann] = everyone(scenario);
  ann.browser.userImport(ann.folder, pages(300));
  let most = 0;
  while (scenario.titles(bob).length < 300) {
    await scenario.world.pass(1);
    const { rows } = await bob.store.load(scenario.hub.team);
    const known = new Set<string>(rows.map(({ native }) => native));
    const unknown = bob.browser.childrenOf(bob.folder).filter(({ id }) => !known.has(id));
    most = Math.max(most, unknown.length);
  }
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(20);
  await scenario.converged();
});

test('T31 what a killed browser has forgotten is not taken for deleted, moved or renamed by its user', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, ...pages(6));
  await scenario.world.pass(60_000);
  ann.browser.userUpdate(scenario.child(ann, 'page 0'), { title: 'renamed' });
  ann.browser.userMove(scenario.child(ann, 'page 5'), ann.folder, 0);
  ann.browser.userRemove(scenario.child(ann, 'page 2'));
  scenario.add(ann, { title: 'new', url: 'https://new.example/' });
  bob.browser.userRemove(scenario.child(bob, 'page 3'));
  await scenario.world.pass(1_500);
  const before = scenario.titles(bob);
  expect(before).toEqual(['page 5', 'renamed', 'page 1', 'page 4', 'new']);
  ann.killBrowser();
  expect(scenario.titles(ann)).toHaveLength(6);
  ann.start();
  await scenario.soon();
  expect(scenario.titles(ann)).toEqual(before);
  expect(scenario.titles(bob)).toEqual(before);
  await scenario.converged();
});

test.each([CR, FX])('what is added when $dialect is just back stands where it was put', async (dialect) => {
  const scenario = await Scenario.of({ ...dialect, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, ...pages(3));
  // On the disk, but not for so long that we could be sure of it.
  await scenario.world.pass(5_000);
  ann.killBrowser();
  scenario.add(ann, { title: 'last', url: 'https://last.example/' });
  ann.browser.userCreate(ann.folder, { title: 'second', url: 'https://second.example/' }, 1);
  const wanted = ['page 0', 'second', 'page 1', 'page 2', 'last'];
  expect(scenario.titles(ann)).toEqual(wanted);
  ann.start();
  await scenario.soon();
  expect(scenario.titles(bob)).toEqual(wanted);
  expect(scenario.titles(ann)).toEqual(wanted);
  await scenario.converged();
});

test('T31 a folder that its browser forgot when it was killed is made again', async () => {
  const scenario = await Scenario.of(FX);
  const ann = new Member(scenario.hub, { ...CR, ...(await stored()) });
  scenario.add(scenario.members[0] as Member, ...pages(30));
  await scenario.soon();
  ann.start();
  ann.online();
  await scenario.world.pass(400);
  expect(scenario.titles(ann)).toHaveLength(30);
  ann.killBrowser();
  expect(() => ann.folder).toThrow();
  ann.start();
  await scenario.soon();
  expect(ann.state?.held).toBeNull();
  expect(scenario.titles(ann)).toHaveLength(30);
  await scenario.quiet();
});

test('T32 an edit made while the worker sleeps is sent when it wakes', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, ...pages(3));
  await scenario.soon();
  ann.killWorker();
  ann.browser.wake = () => ann.start();
  ann.browser.userUpdate(scenario.child(ann, 'page 1'), { title: 'while asleep' });
  await scenario.soon();
  expect(scenario.titles(bob)).toEqual(['page 0', 'while asleep', 'page 2']);
  await scenario.converged();
});

test('an edit made offline is kept by a killed worker and sent once', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  ann.offline();
  scenario.add(ann, { title: 'offline', url: 'https://offline.example/' });
  await scenario.soon();
  ann.killWorker();
  ann.start();
  await scenario.soon();
  ann.online();
  await scenario.soon();
  expect(scenario.titles(bob)).toEqual(['offline']);
  await scenario.converged();
});

test('T36 a folder kept while everything stored was lost is taken up again, with nothing twice', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  const tools = ann.browser.userCreate(ann.folder, { title: 'tools' });
  ann.browser.userImport(tools, pages(40));
  scenario.add(ann, ...pages(10, 'top'));
  await scenario.world.pass(10_000);
  ann.killWorker();
  ann.store = (await stored()).store;
  ann.browser.userCreate(ann.folder, { title: 'meanwhile', url: 'https://meanwhile.example/' }, 2);
  bob.browser.userMove(scenario.child(bob, 'top 3'), scenario.child(bob, 'tools'), 0);
  bob.browser.userUpdate(scenario.child(bob, 'top 4'), { title: 'renamed' });
  await scenario.soon();
  const [folder, bar] = [ann.folder, ann.browser.childrenOf(ann.browser.bar).length];
  ann.start();
  await scenario.world.pass(10_000);
  expect(ann.folder).toBe(folder);
  expect(ann.browser.childrenOf(ann.browser.bar)).toHaveLength(bar);
  expect(scenario.document).toHaveLength(52);
  expect(new Set(scenario.document).size).toBe(52);
  await scenario.converged();
});

test('T36 without its marker the folder is known by its title and content', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann] = everyone(scenario);
  scenario.add(ann, ...pages(10));
  await scenario.soon();
  const folder = ann.folder;
  ann.killWorker();
  ann.store = (await stored()).store;
  ann.markers.value = {};
  ann.start();
  await scenario.soon();
  expect(ann.folder).toBe(folder);
  expect(scenario.document).toHaveLength(10);
  await scenario.converged();
});

test('a folder of the same title with other bookmarks in it is not taken for the team’s', async () => {
  const scenario = await Scenario.of(FX);
  const ann = new Member(scenario.hub, CR);
  const mine = ann.browser.userCreate(ann.browser.bar, { title: ann.name });
  ann.browser.userImport(mine, pages(5, 'private'));
  scenario.add(scenario.members[0] as Member, ...pages(5));
  ann.start();
  ann.online();
  await scenario.soon();
  expect(ann.folder).not.toBe(mine);
  expect(scenario.document).toHaveLength(5);
});

test('T37 T44 a deleted team folder is held: put back here by default, untouched for the others', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, ...pages(5));
  await scenario.soon();
  const before = scenario.shown(bob);
  ann.browser.userRemove(ann.folder);
  await scenario.soon();
  expect(ann.state?.held).toEqual({ reason: 'folder-vanished', count: 5 });
  await scenario.quiet();
  ann.killWorker();
  ann.start();
  bob.browser.userCreate(bob.folder, { title: 'later', url: 'https://later.example/' });
  await scenario.soon();
  expect(ann.state?.held?.reason).toBe('folder-vanished');
  void ann.bridge?.resolveHeld('put-back');
  await scenario.soon();
  expect(ann.state?.held).toBeNull();
  expect(scenario.shown(ann)).toEqual([...before, 'b later https://later.example/']);
  await scenario.converged();
});

test('T44 a deleted team folder is emptied for everyone only by its deleter’s word', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, ...pages(5));
  await scenario.soon();
  ann.browser.userRemove(ann.folder);
  bob.browser.userCreate(bob.folder, { title: 'unseen', url: 'https://unseen.example/' });
  await scenario.soon();
  void ann.bridge?.resolveHeld('remove');
  await scenario.soon();
  expect(scenario.shown(bob)).toEqual(['b unseen https://unseen.example/']);
  await scenario.converged();
});

test('T44 a new folder that is given the id of the deleted one is not taken for the team’s', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann] = everyone(scenario);
  scenario.add(ann, ...pages(3));
  await scenario.soon();
  const folder = ann.folder;
  ann.browser.userRemove(folder);
  await scenario.world.pass(60_000);
  ann.killBrowser();
  const mine = ann.browser.userCreate(ann.browser.bar, { title: 'mine' });
  expect(mine).toBe(folder);
  ann.browser.userCreate(mine, { title: 'private', url: 'https://private.example/' });
  ann.start();
  await scenario.soon();
  expect(ann.state?.held?.reason).toBe('folder-vanished');
  expect(ann.browser.childrenOf(mine)).toHaveLength(1);
  expect(scenario.document).toHaveLength(3);
  await scenario.quiet();
});

test('a new bookmark that is given the id of a deleted one is another bookmark', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  const [id] = scenario.add(ann, ...pages(1), { title: 'old', url: 'https://old.example/' }).slice(-1);
  await scenario.world.pass(60_000);
  const node = scenario.hub.document.tree.children(ROOT).find(({ title }) => title === 'old')?.id;
  ann.killWorker();
  ann.browser.userRemove(id ?? '');
  await scenario.world.pass(60_000);
  ann.killBrowser();
  expect(ann.browser.userCreate(ann.folder, { title: 'new', url: 'https://new.example/' })).toBe(id);
  ann.start();
  await scenario.soon();
  expect(scenario.titles(bob)).toEqual(['page 0', 'new']);
  expect(scenario.hub.document.tree.children(ROOT).map(({ id }) => id)).not.toContain(node);
  await scenario.converged();
});

test('T44 a deleted team folder that its user brings back is held no more', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann] = everyone(scenario);
  scenario.add(ann, ...pages(30));
  await scenario.soon();
  ann.browser.userRemove(ann.folder);
  await scenario.soon();
  ann.browser.userUndo();
  await scenario.soon();
  expect(ann.state?.held).toBeNull();
  expect(scenario.document).toHaveLength(30);
  await scenario.converged();
});

test('many bookmarks deleted at once are held while everything else goes on', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  const folder = ann.browser.userCreate(ann.folder, { title: 'gone' });
  ann.browser.userImport(folder, pages(25));
  scenario.add(ann, { title: 'a', url: 'https://a.example/' }, { title: 'b', url: 'https://b.example/' });
  await scenario.soon();
  ann.browser.userRemove(folder);
  ann.browser.userUpdate(scenario.child(ann, 'a'), { title: 'renamed' });
  bob.browser.userUpdate(scenario.child(bob, 'b'), { title: 'theirs' });
  bob.browser.userCreate(scenario.child(bob, 'gone'), { title: 'inside', url: 'https://inside.example/' });
  await scenario.soon();
  expect(ann.state?.held).toEqual({ reason: 'mass-deletion', count: 26 });
  expect(scenario.titles(ann)).toEqual(['renamed', 'theirs']);
  expect(scenario.titles(bob)).toEqual(['gone', 'renamed', 'theirs']);
  await scenario.quiet();
  ann.browser.userRemove(scenario.child(ann, 'renamed'));
  await scenario.soon();
  expect(ann.state?.held?.count).toBe(27);
  void ann.bridge?.resolveHeld('remove');
  await scenario.soon();
  expect(scenario.shown(ann)).toEqual([
    'f gone ',
    '  b inside https://inside.example/',
    'b theirs https://b.example/',
  ]);
  await scenario.converged();
});

test('what others move into a held folder stays where it is, and lives whatever is decided', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  const folder = ann.browser.userCreate(ann.folder, { title: 'gone' });
  ann.browser.userImport(folder, pages(25));
  scenario.add(ann, { title: 'a', url: 'https://a.example/' });
  await scenario.soon();
  ann.browser.userRemove(folder);
  await scenario.soon();
  bob.browser.userMove(scenario.child(bob, 'a'), scenario.child(bob, 'gone'));
  await scenario.soon();
  expect(scenario.titles(ann)).toEqual(['a']);
  await scenario.quiet();
  void ann.bridge?.resolveHeld('remove');
  await scenario.soon();
  expect(scenario.shown(ann)).toEqual(['f gone ', '  b a https://a.example/']);
  await scenario.converged();
});

test('T41 ids that the browser renews in silence change nothing', async () => {
  const scenario = await Scenario.of({ ...FX, ...(await stored()) }, CR);
  const [ann, bob] = everyone(scenario);
  const folder = ann.browser.userCreate(ann.folder, { title: 'tools' });
  ann.browser.userImport(folder, pages(40));
  scenario.add(ann, ...pages(3, 'top'));
  await scenario.soon();
  const messages = scenario.hub.received.length;
  for (const child of ann.browser.childrenOf(ann.folder)) ann.browser.renewIds(child.id);
  bob.browser.userUpdate(scenario.child(bob, 'top 1'), { title: 'renamed' });
  await scenario.soon();
  expect(scenario.hub.received).toHaveLength(messages + 1);
  expect(scenario.titles(ann)).toContain('renamed');
  await scenario.converged();
});

test('T41 a team folder whose own id was renewed is found again', async () => {
  const scenario = await Scenario.of({ ...FX, ...(await stored()) }, CR);
  const [ann] = everyone(scenario);
  scenario.add(ann, ...pages(30));
  await scenario.soon();
  const renewed = ann.browser.renewIds(ann.folder);
  ann.killWorker();
  ann.start();
  await scenario.soon();
  expect(ann.folder).toBe(renewed);
  expect(ann.state?.held).toBeNull();
  expect(scenario.document).toHaveLength(30);
  await scenario.converged();
});

test('T43 the team folder may be moved and renamed: that is its owner’s affair, and the sync goes on', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann, bob] = everyone(scenario);
  scenario.add(ann, ...pages(3));
  await scenario.soon();
  const mine = ann.browser.userCreate(ann.browser.other, { title: 'work' });
  ann.browser.userMove(ann.folder, mine);
  ann.browser.userUpdate(ann.folder, { title: 'My own name' });
  await scenario.soon();
  scenario.add(ann, { title: 'after', url: 'https://after.example/' });
  for (const member of [ann, bob]) member.bridge?.setName('New name');
  await scenario.soon();
  expect(ann.browser.node(ann.folder)).toMatchObject({ title: 'My own name', parentId: mine });
  expect(bob.browser.node(bob.folder).title).toBe('New name');
  expect(scenario.titles(bob)).toContain('after');
  await scenario.converged();
});

test('T45 a team folder dragged into another team’s is moved back out, and nothing of it leaks', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann] = everyone(scenario);
  const other = new Hub(scenario.world, 'team-2' as TeamId);
  const annToo = new Member(other, { shares: ann, name: 'Other', ...(await stored()) });
  annToo.start();
  annToo.online();
  await scenario.soon();
  scenario.add(ann, ...pages(3, 'secret'));
  annToo.browser.userCreate(annToo.folder, { title: 'public', url: 'https://public.example/' });
  await scenario.soon();
  ann.browser.userMove(ann.folder, annToo.folder, 0);
  await scenario.soon();
  expect(ann.browser.node(ann.folder).parentId).toBe(ann.browser.bar);
  expect(other.text).toBe('b public https://public.example/');
  expect(scenario.document).toHaveLength(3);
  await scenario.converged();
});

test('a bookmark dragged to another team’s folder leaves the one and comes to the other', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [ann] = everyone(scenario);
  const other = new Hub(scenario.world, 'team-2' as TeamId);
  const annToo = new Member(other, { shares: ann, name: 'Other', ...(await stored()) });
  annToo.start();
  annToo.online();
  scenario.add(ann, ...pages(3));
  await scenario.soon();
  ann.browser.userMove(scenario.child(ann, 'page 1'), annToo.folder);
  await scenario.soon();
  expect(scenario.document).toEqual([
    'b page 0 https://example.com/page/0',
    'b page 2 https://example.com/page/2',
  ]);
  expect(other.text).toBe('b page 1 https://example.com/page/1');
  await scenario.converged();
});

test('what arrives in a folder while its user takes it out of the team’s is not deleted for the others', async () => {
  const scenario = await Scenario.of({ ...CR, ...(await stored()) }, FX);
  const [bob, ann] = everyone(scenario);
  const folder = ann.browser.userCreate(ann.folder, { title: 'F' });
  ann.browser.userCreate(folder, { title: 'old', url: 'https://old.example/' });
  await scenario.soon();
  ann.browser.userImport(folder, pages(60));
  const mine = scenario.child(bob, 'F');
  while (bob.browser.childrenOf(mine).length < 10) await scenario.world.pass(1);
  bob.browser.userMove(mine, bob.browser.other);
  await scenario.world.pass(10_000);
  expect(scenario.titles(ann)).toEqual(['F']);
  expect(ann.browser.childrenOf(scenario.child(ann, 'F')).map(({ title }) => title)).toEqual(
    pages(60).map(({ title }) => title),
  );
  await scenario.converged();
});
