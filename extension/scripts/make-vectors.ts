/**
 * Writes random histories made by the extension's implementation, for both to check:
 * `npx tsx scripts/make-vectors.ts > ../tests/vectors/histories-typescript.json`. The same on every run.
 */
import { History, randomSteps } from '../tests/history';
import { formatVectors } from './vectors';

const COUNT = 200;

const cases = Array.from({ length: COUNT }, (_, i) => {
  const seed = i + 1;
  const { replicas, steps } = randomSteps(seed);
  const history = new History(replicas, seed).play(steps);
  const tree = history.settle();
  return { name: `typescript-history-${seed}`, updates: history.updates, tree };
});
process.stdout.write(formatVectors(cases));
