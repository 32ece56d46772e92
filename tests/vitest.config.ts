import { defineConfig } from 'vitest/config';
import { Table } from './cluster/table.ts';

// Everything here runs against a real hub: a test may take a while, and two files at a time are what two cores bear.
const patient = { testTimeout: 400_000, hookTimeout: 240_000, fileParallelism: true, maxWorkers: 2 };
// Half of a scenario's time is waiting that nothing more happens, so that four files share two cores well.
const scenarios = { ...patient, maxWorkers: 4, sequence: { groupOrder: 1 } };

// Three hubs and their servers are company enough for one another.
const cluster = { ...patient, testTimeout: 3_600_000, sequence: { groupOrder: 2 } };

/** Who comes first, who second: every scenario is told both ways round. */
const people = (first: 'chromium' | 'firefox', second: 'chromium' | 'firefox') => ({
  test: {
    ...scenarios,
    name: `browsers: ${first}, ${second}`,
    include: ['together', 'recovery', 'apart', 'values', 'access', 'first-run'].map(
      (name) => `browsers/${name}.test.ts`,
    ),
    provide: { browsers: [first, second] as const },
  },
});

export default defineConfig({
  test: {
    ...patient,
    reporters: ['default', new Table()],
    projects: [
      { test: { ...patient, name: 'tree', include: ['tree/**/*.test.ts'] } },
      { test: { ...patient, name: 'clients', include: ['clients/**/*.test.ts'] } },
      {
        test: {
          ...scenarios,
          name: 'browsers',
          include: ['popup', 'barriers', 'settings', 'dialects', 'letters', 'docs'].map(
            (name) => `browsers/${name}.test.ts`,
          ),
        },
      },
      {
        test: { ...cluster, name: 'cluster', include: ['cluster/**/*.test.ts'] },
        resolve: { dedupe: ['yjs'] },
      },
      people('chromium', 'firefox'),
      people('firefox', 'chromium'),
    ],
  },
});
