/** What a reader and a removed member may not do, seen in three real browsers. */
import { expect } from 'vitest';
import { eventually } from '../support/eventually';
import { it as atTwo } from './case';
import { add } from './scenario';
import { titles } from './world';

const it = atTwo.extend('rita', { scope: 'file' }, ({ world, browsers: [, second] }) =>
  world.join('Rita', second),
);

it('T48 a reader may change nothing: all is put back, and a copy can be kept', async ({
  world,
  ann,
  bob,
  rita,
}) => {
  const folder = await world.share('T48', [ann, bob], [rita]);
  await add(ann, (await folder.native(ann)).id, 'one', 'two', 'three');
  await folder.converge('the bookmarks', (s) => s.length === 3);
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

it('T50 a removed member’s folder disappears, and nobody else notices', async ({ ann, bob, start }) => {
  const folder = await start('T50', 'one', 'two', 'three');
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
