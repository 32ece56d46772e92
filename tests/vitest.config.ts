import { defineConfig } from 'vitest/config';

// Everything here runs against a real hub: a test may take a while, and two files at a time are what two cores bear.
const patient = { testTimeout: 240_000, hookTimeout: 120_000, fileParallelism: true, maxWorkers: 2 };

export default defineConfig({
  test: {
    ...patient,
    projects: [
      { test: { ...patient, name: 'tree', include: ['tree/**/*.test.ts'] } },
      { test: { ...patient, name: 'clients', include: ['clients/**/*.test.ts'] } },
      { test: { ...patient, name: 'browsers', include: ['browsers/**/*.test.ts'] } },
    ],
  },
});
