/** Two people in one folder, each at a browser: what one does natively, the other has natively. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually';
import type { Bookmark, Shape } from './profile';
import { type Member, type SharedFolder, titles, World } from './world';

let world: World;
let ann: Member;
let bob: Member;

beforeAll(async () => {
  const [first, second] = inject('browsers');
  world = await World.open({ Ann: first, Bob: second });
  ann = world.member('Ann');
  bob = world.member('Bob');
});

afterAll(() => world?.close());

const page = (title: string) => ({ title, url: `https://example.com/${encodeURIComponent(title)}` });

/** Adds bookmarks by hand, one after the other. */
async function add(member: Member, parentId: string, ...names: string[]): Promise<Bookmark[]> {
  const made: Bookmark[] = [];
  for (const name of names) made.push(await member.profile.create({ parentId, ...page(name) }));
  return made;
}

async function start(name: string, ...names: string[]): Promise<SharedFolder> {
  const folder = await world.share(name, [ann, bob]);
  await add(ann, (await folder.native(ann)).id, ...names);
  await folder.converge('the first bookmarks', (shape) => shape.length === names.length);
  return folder;
}

function count(shape: readonly Shape[]): number {
  return shape.reduce((sum, [, , children]) => sum + 1 + count(children), 0);
}

describe('basics', () => {
  it('T01 a bookmark stands in the other browser at the same place, once', async () => {
    const folder = await start('T01', 'first', 'last');
    const parentId = (await folder.native(ann)).id;
    await ann.profile.create({ parentId, index: 1, ...page('between') });
    const { shape } = await folder.converge('the new bookmark', (s) => s.length === 3);
    expect(titles(shape)).toEqual(['first', 'between', 'last']);
    await folder.quiet();
  });

  it('T02 title and address edited in one dialog arrive together, in two updates at most', async () => {
    const folder = await start('T02', 'old');
    const before = folder.updates;
    await ann.profile.update((await folder.find(ann, 'old')).id, page('new'));
    await folder.converge('both fields', ([first]) => first?.[0] === 'new' && first[1] === page('new').url);
    await folder.quiet();
    expect(folder.updates - before).toBeLessThanOrEqual(2);
  });

  it('T06 a folder of 500 goes in one removal when its author means it, and comes back as it was', async () => {
    const folder = await start('T06', 'stays');
    const parentId = (await folder.native(ann)).id;
    const big = await ann.profile.create({ parentId, title: 'big' });
    await add(ann, big.id, ...Array.from({ length: 500 }, (_, i) => `b${i}`));
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

  it('T08 titles of every kind arrive byte for byte', async () => {
    const folder = await start('T08');
    const parentId = (await folder.native(ann)).id;
    const odd = ['', 'naïve café', 'שלום עולם', '🗂️ 𝒯eam', '👩‍👩‍👧‍👦 family', '  spaces  ', '‮reversed'];
    for (const [i, title] of odd.entries())
      await ann.profile.create({ parentId, title, url: `https://example.com/${i}` });
    const { shape } = await folder.converge('all titles', (s) => s.length === odd.length);
    expect(titles(shape)).toEqual(odd);
    await folder.quiet();
  });

  it('T09 what a browser normalises is never written back', async () => {
    const folder = await start('T09');
    const written = ['b', 'a1 root', 'a\tb\nc', 'HTTP://EXAMPLE.com:80'];
    folder.document.getMap('n').set('fromTheWeb01', written);
    for (const member of [ann, bob])
      expect(
        await eventually(
          'the native bookmark',
          async () => (await folder.contents(member))[0],
          (s) => s !== undefined,
        ),
      ).toEqual([member.profile.browser === 'firefox' ? 'a\tb\nc' : 'a b c', 'http://example.com/', []]);
    await folder.quiet();
    expect(folder.document.getMap('n').get('fromTheWeb01')).toEqual(written);
    expect(folder.document.getMap('t').size + folder.document.getMap('u').size).toBe(0);
  });

  it('T12 what a person does while 300 bookmarks pour in survives at both', async () => {
    const folder = await start('T12', ...Array.from({ length: 12 }, (_, i) => `old${i}`));
    await bob.wire.cut();
    await add(ann, (await folder.native(ann)).id, ...Array.from({ length: 300 }, (_, i) => `new${i}`));
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
  it('T19 a pasted copy of a folder is new nodes, and the original stays', async () => {
    const folder = await start('T19');
    const parentId = (await folder.native(ann)).id;
    const original = await ann.profile.create({ parentId, title: 'original' });
    const inner = await ann.profile.create({ parentId: original.id, title: 'inner' });
    await add(ann, original.id, ...Array.from({ length: 49 }, (_, i) => `a${i}`));
    await add(ann, inner.id, ...Array.from({ length: 49 }, (_, i) => `b${i}`));
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

  it('T20 sixty tabs bookmarked at once arrive in order', async () => {
    const folder = await start('T20', 'before');
    const parentId = (await folder.native(ann)).id;
    const tabs = Array.from({ length: 60 }, (_, i) => `tab${i}`);
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

describe('apart, then together', () => {
  const apart = async (act: () => Promise<void>) => {
    await Promise.all([ann.wire.cut(), bob.wire.cut()]);
    await act();
    await Promise.all([ann.wire.mend(), bob.wire.mend()]);
  };

  const folders = async (folder: SharedFolder, ...names: string[]) => {
    const parentId = (await folder.native(ann)).id;
    for (const title of names) await ann.profile.create({ parentId, title });
    await folder.converge('the folders', (s) => names.every((n) => titles(s).includes(n)));
  };

  it('T21 what Bob adds to a folder that Ann deletes is kept, and the folder with it', async () => {
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

  it('T22 two folders moved into each other make no cycle and lose no child', async () => {
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

  it('T25 a bookmark moved to two places is in one of them', async () => {
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
});
