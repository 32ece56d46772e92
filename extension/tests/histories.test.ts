/** The laws of the shared tree, over random histories of three to five replicas. What they are: `history.ts`. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type NodeId, ROOT } from '../src/model/ids';
import { canonical, type Tree } from '../src/model/tree';
import { TeamDocument } from '../src/sync/document';
import { History, type Op, randomSteps, type Step, seeded, VERBS } from './history';

const number = fc.nat();
const op: fc.Arbitrary<Op> = fc.record({
  verb: fc.constantFrom(...VERBS, 'move', 'remove'),
  a: number,
  b: number,
  c: number,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('act'),
      replica: number,
      ops: fc.array(op, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sync'), from: number, to: number }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reload'), replica: number }) },
);
const history = fc.record({
  replicas: fc.integer({ min: 3, max: 5 }),
  seed: fc.integer(),
  steps: fc.array(step, { maxLength: 40 }),
});

/** The children of each folder, in order. */
function foldersWithout(ignored: ReadonlySet<NodeId>, tree: Tree): Map<NodeId, NodeId[]> {
  const folders = new Map<NodeId, NodeId[]>();
  for (const parent of [ROOT, ...tree.nodes.keys()]) {
    const children = tree
      .children(parent)
      .map(({ id }) => id)
      .filter((id) => !ignored.has(id));
    if (children.length > 0) folders.set(parent, children);
  }
  return folders;
}

describe('a history', () => {
  test('ends with one tree for all, in which nothing is lost', () => {
    fc.assert(
      fc.property(history, ({ replicas, seed, steps }) => {
        new History(replicas, seed).play(steps).settle();
      }),
      { numRuns: 500 },
    );
  });

  test('shows the same in whatever order its updates arrive', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(number), ({ replicas, seed, steps }, dice) => {
        const played = new History(replicas, seed).play(steps);
        const rows = played.settle();
        const shuffled = played.updates
          .map((update) => ({ update, at: dice.next().value }))
          .sort((a, b) => a.at - b.at);
        const document = new TeamDocument();
        for (const { update } of shuffled) document.apply([update, ...(update.length % 3 ? [] : [update])]);
        expect(canonical(document.tree)).toEqual(rows);
      }),
      { numRuns: 200 },
    );
  });

  test('leaves where it is, when one node is moved, every other that stood in no cycle', () => {
    fc.assert(
      fc.property(history, fc.tuple(number, number, number, number), ({ replicas, seed, steps }, picks) => {
        const played = new History(replicas, seed).play(steps);
        const pick = <T>(from: readonly T[], at: 0 | 1 | 2 | 3) => from[picks[at] % from.length] as T;
        const document = pick(played.replicas, 0);
        const before = document.tree;
        const shown = [...before.nodes.values()].filter((node) => node.visible);
        fc.pre(shown.length > 0);
        const { id } = pick(shown, 1);
        const parent = pick([ROOT, ...shown.filter(({ kind }) => kind === 'f').map((node) => node.id)], 2);
        const after = pick([null, ...before.children(parent).map((node) => node.id)], 3);
        document.edit((editor) => void editor.move(id, parent, after), seeded(seed));

        // A ghost is there for what is in it, and no longer than that.
        const ghosts = [before, document.tree].flatMap(({ nodes }) =>
          [...nodes.values()].filter(({ dead }) => dead),
        );
        const ignored = new Set([id, ...before.tangled, ...ghosts.map((node) => node.id)]);
        expect(foldersWithout(ignored, document.tree)).toEqual(foldersWithout(ignored, before));
      }),
      { numRuns: 300 },
    );
  });

  test('with cycles is among those that the seeds give', () => {
    let cycles = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const { replicas, steps } = randomSteps(seed);
      const played = new History(replicas, seed).play(steps);
      played.settle();
      cycles += played.cycles > 0 ? 1 : 0;
    }
    expect(cycles).toBeGreaterThan(10);
  });
});
