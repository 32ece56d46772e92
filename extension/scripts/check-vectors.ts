/**
 * Checks files of tree vectors with the extension's implementation: `npx tsx scripts/check-vectors.ts FILE…`
 *
 * Ends with 0 when all cases pass, 1 when one fails, 2 for a file that cannot be used.
 */
import { type Case, failure, NoVectors, readVectors } from './vectors';

function main(paths: readonly string[]): number {
  if (paths.length === 0) {
    process.stderr.write('expected a file of tree vectors\n');
    return 2;
  }
  const cases: Case[] = [];
  for (const path of paths) {
    try {
      cases.push(...readVectors(path));
    } catch (error) {
      if (!(error instanceof NoVectors)) throw error;
      process.stderr.write(`${path} ${error.message}\n`);
      return 2;
    }
  }
  let failed = 0;
  for (const candidate of cases) {
    const why = failure(candidate);
    if (why === null) continue;
    failed++;
    // A name is shown on one line, whatever it holds.
    process.stdout.write(`FAILED ${JSON.stringify(candidate.name).slice(1, -1)}: ${why}\n`);
  }
  process.stdout.write(`typescript: ${cases.length - failed} passed, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
