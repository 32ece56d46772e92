import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { onCluster } from './case';

const underFaults = onCluster();

underFaults('answers to COMMIT are lost: stored, and nobody knows', async (trial, { weather }) => {
  weather.commits = 5;
  for (let round = 0; round < 3; round += 1) await trial.progress(10);
  weather.clear();
  expect(weather.struck).toBeGreaterThan(0);
});

underFaults(
  'one hub is cut off from PostgreSQL while the others live',
  async (trial, { instances, chance }) => {
    for (let round = 0; round < 3; round += 1) {
      const { postgres } = chance.pick(instances);
      await postgres.cut();
      trial.faults += 1;
      await pause(200);
      await postgres.mend();
      await trial.progress();
    }
  },
);

underFaults('one hub hears nothing from PostgreSQL for a while', async (trial, { instances, chance }) => {
  for (let round = 0; round < 2; round += 1) {
    const { postgres } = chance.pick(instances);
    postgres.stall();
    trial.faults += 1;
    await pause(1_000);
    postgres.resume();
    await trial.progress();
  }
});

underFaults('PostgreSQL stands still', async (trial, { postgres }) => {
  for (let round = 0; round < 2; round += 1) {
    await postgres.pause();
    trial.faults += 1;
    await pause(1_000);
    await postgres.resume();
    await trial.progress();
  }
});
