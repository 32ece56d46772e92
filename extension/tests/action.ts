/** One action on a document by hand: what it writes, and what it then shows. */
import { expect } from 'vitest';
import type { NodeId, TrashId } from '../src/model/ids';
import { canonical, materialise, type RawTree } from '../src/model/tree';
import { type Editor, write } from '../src/model/writer';
import { rowsOf, seeded } from './history';
import { drawn, hash, id, type Maps, raw, treeOf } from './tree-of';

export const [A, B, C, D, E, F] = [id('A'), id('B'), id('C'), id('D'), id('E'), id('F')];
export const KEY = 'a_trash_record' as string as TrashId;

/** What an action on these maps writes. */
export function writes(maps: Maps, action: (editor: Editor) => void, meta?: string) {
  const before = raw(maps);
  const { n, p, t, u, x } = write(before, materialise(before), action, seeded(1), meta);
  const plain = (map: ReadonlyMap<string, unknown>) => Object.fromEntries(map);
  return { n: plain(n), p: plain(p), t: plain(t), u: plain(u), x: plain(x) };
}

/** What these maps show after an action; asserts that the action saw the same. */
export function edited(maps: Maps, action: (editor: Editor) => void): RawTree {
  const before = raw(maps);
  let expected: unknown;
  const written = write(
    before,
    materialise(before),
    (editor) => {
      action(editor);
      expected = rowsOf(editor);
    },
    seeded(1),
  );
  const merged = (name: keyof RawTree) => {
    const map = new Map<string, unknown>([...before[name], ...written[name]]);
    for (const [key, value] of map) if (value === null) map.delete(key);
    return map;
  };
  const result = { n: merged('n'), p: merged('p'), t: merged('t'), u: merged('u'), x: merged('x') };
  expect(canonical(materialise(result))).toEqual(expected);
  return result;
}

export const shows = (maps: Maps, action: (editor: Editor) => void) =>
  drawn(materialise(edited(maps, action)));
export const folder = (place = 'a1 root', title = '') => ['f', place, title];
export const bookmark = (place: string, title = '', url = '') => ['b', place, title, url];
export const nothing = { n: {}, p: {}, t: {}, u: {}, x: {} };

/** A trash record of these nodes as they are in these maps; the first is its root. */
export function deleted(maps: Maps, ...ids: NodeId[]): Maps {
  const tree = treeOf(maps);
  return {
    ...maps,
    x: { ...maps.x, [KEY]: [ids[0], '', ...ids.map((node) => `${node} ${hash(tree, node)}`)].join('\n') },
  };
}
