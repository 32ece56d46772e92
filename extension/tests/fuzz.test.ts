/** TEAMMARKS_FUZZ_HISTORIES says how many are played; TEAMMARKS_FUZZ_SEED plays one again. */
import { expect, test } from 'vitest';
import { History } from './fuzz';

const HISTORIES = Number(process.env.TEAMMARKS_FUZZ_HISTORIES ?? 60);
const SEED = process.env.TEAMMARKS_FUZZ_SEED;
const PER_TEST = 50;

const seeds = SEED === undefined ? Array.from({ length: HISTORIES }, (_, at) => at + 1) : [Number(SEED)];

for (let at = 0; at < seeds.length; at += PER_TEST) {
  const some = seeds.slice(at, at + PER_TEST);
  test(`histories ${some[0]} to ${some.at(-1)} end with one tree everywhere, nothing lost and nothing twice`, async () => {
    for (const seed of some) {
      expect(await new History(seed).play(), `TEAMMARKS_FUZZ_SEED=${seed}`).toEqual([]);
    }
  });
}
