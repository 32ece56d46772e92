/** Positions as documents get them: what stays together, and what happens where there is no room. */
import { expect, test } from 'vitest';
import { type NodeId, ROOT } from '../src/model/ids';
import { LONG_KEY } from '../src/model/position';
import { materialise } from '../src/model/tree';
import type { Editor } from '../src/model/writer';
import { TeamDocument } from '../src/sync/document';
import { A, B, C, D, deleted, E, edited, F, folder, shows } from './action';
import { seeded } from './history';
import { drawn } from './tree-of';

const two = () => {
  const first = new TeamDocument();
  first.edit(
    (editor) => void editor.create({ kind: 'f', parent: ROOT, after: null, id: A, title: 'A' }),
    seeded(1),
  );
  return [first, new TeamDocument(first.state())] as const;
};
const titles = (document: TeamDocument) => document.tree.children(ROOT).map((node) => node.title);
const batch = (name: string, size: number) => (editor: Editor) => {
  let last: NodeId = A;
  for (let i = 0; i < size; i++)
    last = editor.create({ kind: 'b', parent: ROOT, after: last, title: `${name}${i}` });
};
const named = (name: string, size: number) => Array.from({ length: size }, (_, i) => `${name}${i}`);

test('two batches put down at the same spot at once do not interleave', () => {
  const [ann, bob] = two();
  const forBob = ann.edit(batch('ann', 70), seeded(2)) as Uint8Array;
  const forAnn = bob.edit(batch('bob', 70), seeded(3)) as Uint8Array;
  ann.apply([forAnn]);
  bob.apply([forBob]);
  expect(titles(ann)).toEqual(titles(bob));
  const [first, second] = titles(ann)[1] === 'ann0' ? ['ann', 'bob'] : ['bob', 'ann'];
  expect(titles(ann)).toEqual(['A', ...named(first as string, 70), ...named(second as string, 70)]);
});

test('two batches that were moved to the same spot at once do not interleave either', () => {
  const [ann] = two();
  ann.edit((editor) => {
    for (const name of ['x', 'y']) {
      for (let i = 0; i < 20; i++) editor.create({ kind: 'b', parent: ROOT, after: A, title: `${name}${i}` });
    }
  }, seeded(2));
  const bob = new TeamDocument(ann.state());
  const dragAll = (name: string) => (editor: Editor) => {
    let last: NodeId | null = null;
    for (const node of editor.children(ROOT).filter(({ title }) => title.startsWith(name))) {
      editor.move(node.id, A, last);
      last = node.id;
    }
  };
  const forBob = ann.edit(dragAll('x'), seeded(4)) as Uint8Array;
  bob.edit(dragAll('y'), seeded(5));
  bob.apply([forBob]);
  const order = bob.tree
    .children(A)
    .map(({ title }) => title[0])
    .join('');
  expect(['x'.repeat(20) + 'y'.repeat(20), 'y'.repeat(20) + 'x'.repeat(20)]).toContain(order);
});

test('positions between equal neighbours are made by moving the equal ones to the right', () => {
  const n = Object.fromEntries([A, B, C, D].map((node) => [node, folder('a1 root')]));
  const maps = { n: { ...n, [E]: folder('a2 root') } };
  expect(shows(maps, (editor) => void editor.create({ kind: 's', parent: ROOT, after: B, id: F }))).toEqual([
    'f A',
    'f B',
    's F',
    'f C',
    'f D',
    'f E',
  ]);
  expect(shows(maps, (editor) => void editor.move(A, ROOT, C))).toEqual(['f B', 'f C', 'f A', 'f D', 'f E']);
});

test('positions that grow too long are made short for the whole folder, the deleted in it included', () => {
  const long = (i: number) => `a1${'0'.repeat(LONG_KEY)}${i} root`;
  const maps = deleted(
    { n: { [A]: folder(long(1)), [B]: folder(long(2)), [C]: folder(long(3)), [D]: folder('a2 root') } },
    B,
  );
  const result = edited(maps, (editor) => void editor.move(D, ROOT, A));
  expect(drawn(materialise(result))).toEqual(['f A', 'f D', 'f C']);
  expect([...materialise(result).nodes.values()].every((node) => node.pos.length < 10)).toBe(true);
  (result.x as Map<string, unknown>).clear();
  expect(drawn(materialise(result))).toEqual(['f A', 'f D', 'f B', 'f C']);
});

test('positions always in the same middle stay within the limit', () => {
  const [document] = two();
  document.edit((editor) => {
    for (let i = 0; i < 2_000; i++) editor.create({ kind: 'b', parent: ROOT, after: A, title: String(i) });
  }, seeded(9));
  expect(titles(document)).toEqual(['A', ...Array.from({ length: 2_000 }, (_, i) => String(1_999 - i))]);
  for (const node of document.tree.nodes.values()) expect(node.pos.length).toBeLessThanOrEqual(LONG_KEY);
});

test('positions beside a neighbour with the longest position a reader accepts are still found', () => {
  const maps = { n: { [A]: folder(`${'z'.repeat(256)} root`), [B]: folder(`${'0'.repeat(255)}1 root`) } };
  expect(shows(maps, (editor) => void editor.create({ kind: 's', parent: ROOT, after: A, id: C }))).toEqual([
    'f B',
    'f A',
    's C',
  ]);
  expect(
    shows(maps, (editor) => void editor.create({ kind: 's', parent: ROOT, after: null, id: C })),
  ).toEqual(['s C', 'f B', 'f A']);
});
