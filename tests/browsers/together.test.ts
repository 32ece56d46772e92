/** Two people in one folder, each at a browser: what one does natively, the other has natively. */
import { describe, expect } from 'vitest';
import { eventually } from '../support/eventually';
import { it } from './case';
import { add, count, numbered, page } from './scenario';
import { titles } from './world';

describe('basics', () => {
  it('T01 a bookmark stands in the other browser at the same place, once', async ({ ann, start }) => {
    const folder = await start('T01', 'first', 'last');
    const parentId = (await folder.native(ann)).id;
    await ann.profile.create({ parentId, index: 1, ...page('between') });
    const { shape } = await folder.converge('the new bookmark', (s) => s.length === 3);
    expect(titles(shape)).toEqual(['first', 'between', 'last']);
    await folder.quiet();
  });

  it('T02 title and address edited in one dialog arrive together, in two updates at most', async ({
    ann,
    start,
  }) => {
    const folder = await start('T02', 'old');
    const before = folder.updates;
    await ann.profile.update((await folder.find(ann, 'old')).id, page('new'));
    await folder.converge('both fields', ([first]) => first?.[0] === 'new' && first[1] === page('new').url);
    await folder.quiet();
    expect(folder.updates - before).toBeLessThanOrEqual(2);
  });

  it.for(['Ann', 'Bob'])(
    'T03 T04 what %s moves to the end, the front and the middle is there in both',
    async (name, { world, start }) => {
      const folder = await start(`T03 ${name}`, 'a', 'b', 'c');
      const member = world.member(name);
      for (const [title, index, wanted] of [
        ['a', 2, 'bca'],
        ['c', 0, 'cba'],
        ['c', 1, 'bca'],
      ] as const) {
        await member.profile.move((await folder.find(member, title)).id, { index });
        await folder.converge(`the order ${wanted}`, (s) => titles(s).join('') === wanted);
      }
      await folder.quiet();
    },
  );

  it('T06 a folder of 500 goes in one removal when its author means it, and comes back as it was', async ({
    ann,
    bob,
    start,
  }) => {
    const folder = await start('T06', 'stays');
    const parentId = (await folder.native(ann)).id;
    const big = await ann.profile.create({ parentId, title: 'big' });
    await add(ann, big.id, ...numbered('b', 500));
    const full = await folder.converge('all 500', (s) => count(s) === 502);
    const ids = folder.tree().children(folder.node('big').id);

    await ann.profile.remove(big.id);
    const held = await eventually(
      'Ann to be asked',
      async () => (await ann.profile.state()).teams.find((t) => t.id === folder.team.id)?.held,
    );
    expect(held).toEqual({ reason: 'mass-deletion', count: 501 });
    expect(count(folder.shape())).toBe(502);

    const before = (await bob.profile.changes()).length;
    await ann.profile.ask('resolveHeld', { team: folder.team.id, choice: 'remove' });
    await folder.converge('the removal', (s) => s.length === 1);
    await folder.quiet();
    expect((await bob.profile.changes()).length - before).toBe(1);

    const trash = folder.trash();
    expect(trash).toHaveLength(1);
    expect(trash[0]?.[1].split('\n').slice(2)).toHaveLength(501);
    folder.document.getMap('x').delete(trash[0]?.[0] ?? '');
    const back = await folder.converge('the restored folder', (s) => count(s) === 502);
    expect(back.shape).toEqual(full.shape);
    expect(folder.tree().children(folder.node('big').id)).toEqual(ids);
    await folder.quiet();
  });

  it('T12 what a person does while 300 bookmarks pour in survives at both', async ({ ann, bob, start }) => {
    const folder = await start('T12', ...numbered('old', 12));
    await bob.wire.cut();
    await add(ann, (await folder.native(ann)).id, ...numbered('new', 300));
    const mine = await folder.native(bob);
    const old = mine.children ?? [];
    await bob.wire.mend();
    await eventually('the pouring to begin', async () => (await folder.contents(bob)).length > 12);
    for (let i = 0; i < 4; i += 1) {
      await bob.profile.create({ parentId: mine.id, index: i * 2, ...page(`mine${i}`) });
      await bob.profile.update(old[i]?.id ?? '', { title: `renamed${i}` });
      await bob.profile.remove(old[i + 4]?.id ?? '');
    }
    const { shape } = await folder.converge('everything', (s) => s.length === 312);
    const seen = new Set(titles(shape));
    for (let i = 0; i < 4; i += 1) {
      expect(seen).toContain(`mine${i}`);
      expect(seen).toContain(`renamed${i}`);
      expect(seen).not.toContain(`old${i + 4}`);
    }
    for (let i = 0; i < 300; i += 1) expect(seen).toContain(`new${i}`);
    await folder.quiet();
  });
});

describe('many at once', () => {
  it('T17 a folder sorted by its name is in that order in both', async ({ ann, start }) => {
    const sorted = Array.from({ length: 40 }, (_, i) => `page ${i + 10}`);
    const folder = await start('T17', ...sorted.toReversed());
    await ann.profile.sortByName((await folder.native(ann)).id);
    const { shape } = await folder.converge('the order', (s) => s[0]?.[0] === sorted[0]);
    expect(titles(shape)).toEqual(sorted);
    await folder.quiet();
  });

  it('a folder whose removal is taken back is there again, once, with all that was in it', async ({
    ann,
    start,
  }) => {
    const folder = await start('Undo', 'before');
    const inner = await ann.profile.create({ parentId: (await folder.native(ann)).id, title: 'inner' });
    await add(ann, inner.id, 'a', 'b', 'c');
    const full = await folder.converge('all of it', (s) => count(s) === 5);
    await ann.profile.remove(inner.id);
    await folder.converge('the removal', (s) => count(s) === 1);
    await ann.profile.undo();
    const { shape } = await folder.converge('all of it again', (s) => count(s) === 5);
    expect(shape).toEqual(full.shape);
    await folder.quiet();
  });

  it('T43 a team folder that Bob keeps somewhere else is still the team’s', async ({ ann, bob, start }) => {
    const folder = await start('T43', 'a');
    const { id } = await folder.native(bob);
    await bob.profile.move(id, { parentId: bob.profile.other });
    await add(ann, (await folder.native(ann)).id, 'b');
    await folder.converge('b at both', (s) => s.length === 2);
    await folder.quiet();
    expect((await folder.native(bob)).id).toBe(id);
  });

  it('T19 a pasted copy of a folder is new nodes, and the original stays', async ({ ann, start }) => {
    const folder = await start('T19');
    const parentId = (await folder.native(ann)).id;
    const original = await ann.profile.create({ parentId, title: 'original' });
    const inner = await ann.profile.create({ parentId: original.id, title: 'inner' });
    await add(ann, original.id, ...numbered('a', 49));
    await add(ann, inner.id, ...numbered('b', 49));
    await folder.converge('the original', (s) => count(s) === 100);
    const ids = new Set(folder.tree().nodes.keys());
    await ann.profile.paste([original.id], parentId);
    const { shape } = await folder.converge('the copy', (s) => count(s) === 200);
    expect(shape).toHaveLength(2);
    const now = [...folder.tree().nodes.values()];
    expect(now.filter((n) => ids.has(n.id) && n.visible)).toHaveLength(100);
    expect(now.filter((n) => !ids.has(n.id))).toHaveLength(100);
    await folder.quiet();
  });

  it('T20 sixty tabs bookmarked at once arrive in order', async ({ ann, start }) => {
    const folder = await start('T20', 'before');
    const parentId = (await folder.native(ann)).id;
    const tabs = numbered('tab', 60);
    const session = await ann.profile.create({ parentId, title: 'tabs' });
    await Promise.all(tabs.map((tab) => ann.profile.create({ parentId: session.id, ...page(tab) })));
    const wanted = titles(
      (await ann.profile.subtree(session.id)).children?.map((c) => [c.title, null, []]) ?? [],
    );
    const { shape } = await folder.converge('all tabs', (s) => count(s) === 62);
    expect(titles(shape[1]?.[2] ?? [])).toEqual(wanted);
    expect(wanted).toHaveLength(60);
    await folder.quiet();
  });
});
