/** Two people who edited one folder without each other, and then meet again. */
import { expect } from 'vitest';
import { it as atTwo } from './case';
import type { Shape } from './profile';
import { add, count, numbered } from './scenario';
import { type Member, type SharedFolder, titles } from './world';

const it = atTwo
  .extend('apart', ({ ann, bob }) => async (act: () => Promise<void>) => {
    await Promise.all([ann.wire.cut(), bob.wire.cut()]);
    await act();
    await Promise.all([ann.wire.mend(), bob.wire.mend()]);
  })
  .extend('folders', ({ ann }) => async (folder: SharedFolder, ...names: string[]) => {
    const parentId = (await folder.native(ann)).id;
    for (const title of names) await ann.profile.create({ parentId, title });
    await folder.converge('the folders', (s) => names.every((n) => titles(s).includes(n)));
  });

it('T21 what Bob adds to a folder that Ann deletes is kept, and the folder with it', async ({
  ann,
  bob,
  start,
  apart,
  folders,
}) => {
  const folder = await start('T21', 'other');
  await folders(folder, 'F');
  await add(ann, (await folder.find(ann, 'F')).id, 'inside');
  await folder.converge('the inside', (s) => count(s) === 3);
  await apart(async () => {
    await ann.profile.remove((await folder.find(ann, 'F')).id);
    await add(bob, (await folder.find(bob, 'F')).id, 'x');
  });
  const { shape } = await folder.converge('x in F', (s) => count(s) === 3);
  expect(shape.map(([title, , children]) => [title, titles(children)])).toEqual([
    ['other', []],
    ['F', ['x']],
  ]);
  await folder.quiet();
});

it('T22 two folders moved into each other make no cycle and lose no child', async ({
  ann,
  bob,
  start,
  apart,
  folders,
}) => {
  const folder = await start('T22');
  await folders(folder, 'P', 'C');
  await add(ann, (await folder.find(ann, 'P')).id, 'in P');
  await add(ann, (await folder.find(ann, 'C')).id, 'in C');
  await folder.converge('the children', (s) => count(s) === 4);
  await apart(async () => {
    const [p, c] = [await folder.find(ann, 'P'), await folder.find(ann, 'C')];
    await ann.profile.move(p.id, { parentId: c.id });
    const [p2, c2] = [await folder.find(bob, 'P'), await folder.find(bob, 'C')];
    await bob.profile.move(c2.id, { parentId: p2.id });
  });
  const { shape } = await folder.converge('one inside the other', (s) => s.length === 1 && count(s) === 4);
  const [outer] = shape;
  const within = outer?.[0] === 'P' ? 'C' : 'P';
  expect(titles(outer?.[2] ?? []).sort()).toEqual([within, `in ${outer?.[0]}`].sort());
  await folder.quiet();
});

it('T25 a bookmark moved to two places is in one of them', async ({ ann, bob, start, apart, folders }) => {
  const folder = await start('T25', 'n');
  await folders(folder, 'F1', 'F2');
  await apart(async () => {
    await ann.profile.move((await folder.find(ann, 'n')).id, {
      parentId: (await folder.find(ann, 'F1')).id,
    });
    await bob.profile.move((await folder.find(bob, 'n')).id, {
      parentId: (await folder.find(bob, 'F2')).id,
    });
  });
  const { shape } = await folder.converge('n in a folder', (s) => s.length === 2 && count(s) === 3);
  expect(shape.flatMap(([, , children]) => titles(children))).toEqual(['n']);
  await folder.quiet();
});

it('T27 a folder that both put into another order holds each bookmark once, in one order', async ({
  ann,
  bob,
  start,
  apart,
}) => {
  const names = numbered('n', 10);
  const folder = await start('T27', ...names);
  const front = async (member: Member, title: string) =>
    member.profile.move((await folder.find(member, title)).id, { index: 0 });
  await apart(async () => {
    for (const title of ['n3', 'n7', 'n5']) await front(ann, title);
    for (const title of ['n5', 'n9', 'n7']) await front(bob, title);
  });
  const { shape } = await folder.converge('both orders in one', (s) => s.every(([, , c]) => c.length === 0));
  expect(titles(shape).sort()).toEqual(names);
  await folder.quiet();
});

it('T28 a folder that both made stands twice, and grows no more when they come back again', async ({
  ann,
  bob,
  start,
  apart,
}) => {
  const folder = await start('T28');
  await apart(async () => {
    for (const member of [ann, bob]) {
      const docs = await member.profile.create({
        parentId: (await folder.native(member)).id,
        title: 'Docs',
      });
      await add(member, docs.id, 'same');
    }
  });
  const both = (s: readonly Shape[]) => s.length === 2 && count(s) === 4;
  await folder.converge('both folders', both);
  await apart(async () => undefined);
  await folder.quiet();
  await folder.converge('still both', both);
});
