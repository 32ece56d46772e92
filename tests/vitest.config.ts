import { defineConfig } from 'vitest/config';

// Everything here runs against a real hub: a test may take a while, and two files at a time are what two cores bear.
const patient = { testTimeout: 240_000, hookTimeout: 120_000, fileParallelism: true, maxWorkers: 2 };
// Half of a scenario's time is waiting that nothing more happens, so that three files share two cores well.
const scenarios = { ...patient, maxWorkers: 3, sequence: { groupOrder: 1 } };

/** Who comes first, who second: every scenario is told both ways round. */
const people = (first: 'chromium' | 'firefox', second: 'chromium' | 'firefox') => ({
  test: {
    ...scenarios,
    name: `browsers: ${first}, ${second}`,
    include: ['together', 'access', 'recovery', 'first-run'].map((name) => `browsers/${name}.test.ts`),
    provide: { browsers: [first, second] as const },
  },
});

export default defineConfig({
  test: {
    ...patient,
    projects: [
      { test: { ...patient, name: 'tree', include: ['tree/**/*.test.ts'] } },
      { test: { ...patient, name: 'clients', include: ['clients/**/*.test.ts'] } },
      {
        test: {
          ...scenarios,
          name: 'browsers',
          include: ['popup', 'dialects'].map((name) => `browsers/${name}.test.ts`),
        },
      },
      people('chromium', 'firefox'),
      people('firefox', 'chromium'),
    ],
  },
});
