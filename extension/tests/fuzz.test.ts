/** TEAMMARKS_FUZZ_HISTORIES says how many are played; TEAMMARKS_FUZZ_SEED plays one again. */
import { expect, test, vi } from 'vitest';
import { History } from './fuzz';
import { found, watchMirrors } from './oracle';

vi.mock('../src/sync/plan', async (original) => {
  const module = await original<typeof import('../src/sync/plan')>();
  const oracle = await import('./oracle');
  return { ...module, plan: oracle.checked(module.plan) };
});
watchMirrors();

const HISTORIES = Number(process.env.TEAMMARKS_FUZZ_HISTORIES ?? 60);
const SEED = process.env.TEAMMARKS_FUZZ_SEED;
const PER_TEST = 50;

const seeds = SEED === undefined ? Array.from({ length: HISTORIES }, (_, at) => at + 1) : [Number(SEED)];

for (let at = 0; at < seeds.length; at += PER_TEST) {
  const some = seeds.slice(at, at + PER_TEST);
  test(`histories ${some[0]} to ${some.at(-1)} end with one tree everywhere, nothing lost and nothing twice`, async () => {
    for (const seed of some) {
      const problems = await new History(seed).play();
      expect([...problems, ...found.breaches.splice(0)], `TEAMMARKS_FUZZ_SEED=${seed}`).toEqual([]);
    }
  });
}

test.skipIf(SEED !== undefined)('and many comparisons in them were of a few folders', () => {
  expect(found.partial).toBeGreaterThan(found.full / 2);
});
