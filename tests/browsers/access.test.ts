/** What a reader and a removed member may not do, seen in three real browsers. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually';
import { add } from './scenario';
import { type Member, type SharedFolder, titles, World } from './world';

let world: World;
let ann: Member;
let bob: Member;
let rita: Member;

beforeAll(async () => {
  const [first, second] = inject('browsers');
  world = await World.open({ Ann: first, Bob: second, Rita: second });
  [ann, bob, rita] = [world.member('Ann'), world.member('Bob'), world.member('Rita')];
});

afterAll(() => world?.close());

async function share(name: string, readers: Member[]): Promise<SharedFolder> {
  const folder = await world.share(name, [ann, bob], readers);
  await add(ann, (await folder.native(ann)).id, 'one', 'two', 'three');
  await folder.converge('the bookmarks', (s) => s.length === 3);
  return folder;
}

it('T48 a reader may change nothing: all is put back, and a copy can be kept', async () => {
  const folder = await share('T48', [rita]);
  const edit = async (round: string) => {
    const native = await folder.native(rita);
    const [one, two, three] = native.children ?? [];
    if (!one || !two || !three) throw new Error('expected three bookmarks');
    await add(rita, native.id, `mine ${round}`);
    await rita.profile.update(one.id, { title: 'changed' });
    await rita.profile.move(two.id, { index: 0 });
    await rita.profile.remove(three.id);
  };
  const before = folder.updates;
  await edit('online');
  const { shape } = await folder.converge('everything put back', (s) => s.length === 3);
  expect(titles(shape)).toEqual(['one', 'two', 'three']);

  await rita.wire.cut();
  await edit('offline');
  await rita.wire.mend();
  await folder.converge('everything put back again', (s) => s.length === 3);
  await folder.quiet();
  expect(folder.updates).toBe(before);

  const notice = await eventually(
    'the notice',
    async () => (await rita.profile.state()).teams.find((t) => t.id === folder.team.id)?.putBack ?? [],
    (items) => items.length > 0,
  );
  expect(notice.map((n) => n.title)).toEqual(expect.arrayContaining(['mine online', 'mine offline']));
  await rita.profile.ask('keepCopy', { team: folder.team.id });
  const kept = await eventually(
    'the copy',
    () => rita.profile.search('mine offline'),
    (found) => found.length > 0,
  );
  expect(kept.every((b) => b.parentId !== undefined)).toBe(true);
  await folder.converge('the folder untouched by the copy', (s) => s.length === 3);
});

it('T50 a removed member’s folder disappears, and nobody else notices', async () => {
  const folder = await share('T50', []);
  await ann.person.removeFrom(folder.team, bob.person);
  await eventually(
    'the folder to go',
    () => bob.profile.folders('T50'),
    (found) => found.length === 0,
  );
  folder.members = [ann];
  await add(ann, (await folder.native(ann)).id, 'after');
  const { shape } = await folder.converge('Ann’s next bookmark', (s) => s.length === 4);
  expect(titles(shape)).toEqual(['one', 'two', 'three', 'after']);
  await folder.quiet([ann, bob]);
  expect(await bob.profile.folders('T50')).toEqual([]);
});
