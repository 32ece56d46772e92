import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { failure, readVectors } from '../scripts/vectors';

const folder = fileURLToPath(new URL('../../tests/vectors/', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

test.each(files)('every case of %s shows its tree, in listed and in reverse order', (file) => {
  const cases = readVectors(`${folder}${file}`);
  expect(cases.length).toBeGreaterThan(0);
  const failures = cases.flatMap((candidate) => {
    const why = failure(candidate);
    return why === null ? [] : `${candidate.name}: ${why}`;
  });
  expect(failures).toEqual([]);
});
