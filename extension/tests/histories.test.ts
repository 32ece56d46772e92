/** The laws of the shared tree, over random histories of three to five replicas. What they are: `history.ts`. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../src/model/tree';
import { TeamDocument } from '../src/sync/document';
import { History, type Op, randomSteps, type Step, VERBS } from './history';

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
