import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { LONG, onCluster, times } from './case';
import type { Cluster, Instance } from './cluster';
import type { Trial } from './trial';

const underFaults = onCluster();
const size = { documents: 2, each: 2 };
/** Longer than any client waits for a sign of life. */
const PATIENCE_MS = 40_000;

/** The hub stops in the moment in which it asks PostgreSQL for this, and goes on when others have got on. */
async function standStill(trial: Trial, cluster: Cluster, instance: Instance, at: RegExp): Promise<void> {
  await new Promise<void>((resolve) => {
    instance.asks = (statement) => {
      if (!at.test(statement)) return;
      instance.asks = () => undefined;
      instance.hub.pause();
      resolve();
    };
  });
  cluster.avoided.add(instance.hub);
  trial.faults += 1;
  await trial.progressSomewhere();
  if (LONG) await pause(PATIENCE_MS);
  instance.hub.resume();
  cluster.avoided.delete(instance.hub);
  await trial.progress();
}

underFaults(
  'a hub stands still while it folds the log',
  async (trial, cluster) => {
    for (let round = 0; round < times(2, 10); round += 1)
      await standStill(trial, cluster, cluster.chance.pick(cluster.instances), /(INTO|UPDATE) snapshots/);
  },
  size,
);

underFaults(
  'a hub stands still in the middle of a commit',
  async (trial, cluster) => {
    for (let round = 0; round < times(2, 10); round += 1)
      await standStill(trial, cluster, cluster.chance.pick(cluster.instances), /INTO updates/);
  },
  size,
);

underFaults('all hubs are restarted one after the other', async (trial, { hubs }) => {
  for (let round = 0; round < times(1, 10); round += 1) {
    for (const hub of hubs) {
      await trial.progress(1);
      expect(await hub.stop()).toBe(0);
      trial.faults += 1;
      await hub.run();
      await trial.allLive();
    }
  }
});
