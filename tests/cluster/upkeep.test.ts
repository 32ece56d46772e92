import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { eventually } from '../support/eventually';
import { LONG, onCluster } from './case';
import type { Cluster, Instance } from './cluster';
import type { Trial } from './trial';

const underFaults = onCluster();
const size = { documents: 2, each: 2 };
/** Longer than any client waits for a sign of life. */
const PATIENCE_MS = 40_000;

/** Comes true when this hub asks PostgreSQL for such a thing; `at` is called in that moment. */
function asks(instance: Instance, what: RegExp, at: () => void = () => undefined): Promise<void> {
  return new Promise((resolve) => {
    instance.asks = (statement) => {
      if (!what.test(statement)) return;
      instance.asks = () => undefined;
      at();
      resolve();
    };
  });
}

/** A hub stops in the moment in which it asks for this, and goes on when `meanwhile` is over. */
async function standStill(
  trial: Trial,
  { avoided, instances, chance }: Cluster,
  at: RegExp,
  meanwhile: () => Promise<unknown>,
): Promise<Instance> {
  const instance = chance.pick(instances);
  const { hub } = instance;
  await asks(instance, at, () => hub.pause());
  avoided.add(hub);
  trial.faults += 1;
  await meanwhile();
  if (LONG) await pause(PATIENCE_MS);
  hub.resume();
  avoided.delete(hub);
  return instance;
}

underFaults(
  'a hub stands still while it reads what to fold, and goes on when others have folded more',
  async (trial, cluster) => {
    const folded = () =>
      Promise.all(trial.crowd.documents.map(async (document) => (await cluster.log.opened(document)).folded));
    await trial.progress();
    let newer: number[] = [];
    const instance = await standStill(trial, cluster, /FROM snapshots/, async () => {
      const before = await folded();
      newer = await eventually('the others to fold', folded, (seqs) =>
        seqs.every((seq, at) => seq > (before[at] ?? 0)),
      );
    });
    await asks(instance, /UPDATE snapshots/);
    await trial.progress();
    for (const [at, seq] of (await folded()).entries()) expect(seq).toBeGreaterThanOrEqual(newer[at] ?? 0);
  },
  { size, again: 5 },
);

underFaults(
  'a hub stands still while it writes what it has folded',
  async (trial, cluster) => {
    await standStill(trial, cluster, /UPDATE snapshots/, () => trial.progressSomewhere());
    await trial.progress();
  },
  { size, again: 5 },
);

underFaults(
  'a hub stands still in the middle of a commit, and the others get on',
  async (trial, cluster) => {
    await standStill(trial, cluster, /INTO updates/, () => trial.progressSomewhere());
    await trial.progress();
  },
  { size, again: 5 },
);

underFaults('all hubs are restarted one after the other', async (trial, { hubs }) => {
  for (const hub of hubs) {
    await trial.progress(1);
    expect(await hub.stop()).toBe(0);
    trial.faults += 1;
    await hub.run();
    await trial.allLive();
  }
});
