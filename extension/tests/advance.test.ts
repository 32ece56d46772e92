/** A tree that is taken further by what has changed, against the same tree read anew; on documents full of rubbish. */

import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { advance } from '../src/model/advance';
import type { ShownTree } from '../src/model/shown';
import { materialise, type RawTree } from '../src/model/tree';
import { numbers } from './history';
import { junk } from './junk';
import { raw, whole } from './tree-of';

const MAPS = ['n', 'p', 't', 'u', 'x'] as const;
const STEPS = 40;

type Maps = Record<keyof RawTree, Map<string, unknown>>;

function mapsOf(seed: number): Maps {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, junk(seed));
  return Object.fromEntries(MAPS.map((name) => [name, new Map(doc.getMap(name).entries())])) as Maps;
}

test('is the same tree, whatever has changed', () => {
  let advanced = 0;
  let cycles = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const next = numbers(seed);
    const documents = [1, 2, 3, 4].map((n) => mapsOf(seed * 4 + n));
    const maps = mapsOf(seed * 4);
    // Nodes that are there already are rarely born again.
    const births = new Set(maps.n.keys());
    let tree: ShownTree = materialise(maps);
    for (let step = 0; step < STEPS; step++) {
      const keys = {
        n: new Set<string>(),
        p: new Set<string>(),
        t: new Set<string>(),
        u: new Set<string>(),
        x: new Set<string>(),
      };
      for (let changes = 1 + (next() % 3); changes > 0; changes--) {
        const name = MAPS[next() % MAPS.length] as keyof RawTree;
        const from = documents[next() % documents.length]?.[name] as Map<string, unknown>;
        const key = [...from.keys()][next() % Math.max(1, from.size)];
        if (key === undefined || (name === 'n' && births.has(key) && next() % 8 > 0)) continue;
        if (name === 'n') births.add(key);
        if (next() % 5 === 0 && name !== 'n') maps[name].delete(key);
        else maps[name].set(key, from.get(key));
        keys[name].add(key);
      }
      const anew = materialise(maps);
      const further = advance(tree, maps, keys);
      if (further !== null) {
        advanced++;
        cycles += anew.tangled.size > 0 ? 1 : 0;
        expect(whole(further.tree)).toEqual(whole(anew));
        for (const id of anew.awaited) expect(further.tree.awaited).toContain(id);
        expect(new Set(changedFolders(tree, anew).filter((id) => !further.folders.has(id as never)))).toEqual(
          new Set(),
        );
      }
      tree = further?.tree ?? anew;
    }
  }
  expect(advanced).toBeGreaterThan(1_000);
  expect(cycles).toBeGreaterThan(100);
});

/** Folders whose children are not what they were, or stand elsewhere. */
function changedFolders(before: ShownTree, after: ShownTree): string[] {
  const folders = new Set<string>();
  for (const id of new Set([...before.nodes.keys(), ...after.nodes.keys()])) {
    const [was, is] = [before.get(id), after.get(id)];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    for (const node of [was, is]) if (node !== undefined) folders.add(node.parent);
  }
  return [...folders];
}

test('of a large document, one rename leaves all other nodes the very same', () => {
  const n = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, i) => [
      `node_${String(i).padStart(8, '0')}`,
      ['b', `a${i}x root`, 'T', ''],
    ]),
  );
  const maps = raw({ n });
  const tree = materialise(maps);
  const none = new Set<string>();
  const renamed = { ...maps, t: new Map([['node_00000005', 'new']]) };
  const further = advance(tree, renamed, {
    n: none,
    p: none,
    t: new Set(['node_00000005']),
    u: none,
    x: none,
  });
  const same = [...tree.nodes.values()].filter((node) => further?.tree.get(node.id) === node);
  expect(same).toHaveLength(999);
  expect([...(further?.folders ?? [])]).toEqual(['root']);
});
