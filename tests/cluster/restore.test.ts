import { expect } from 'vitest';
import type { Backend } from '../support/backend';
import type { Hub } from '../support/hub';
import { onCluster } from './case';
import type { Cluster } from './cluster';
import type { Trial } from './trial';

const underFaults = onCluster();

/** The database becomes what it was twenty edits ago, while these have no power. */
async function setBack(trial: Trial, cluster: Cluster, victims: (Hub | Backend)[]): Promise<void> {
  const { postgres, balancer, log } = cluster;
  const heads = () =>
    Promise.all(trial.crowd.documents.map(async (document) => (await log.read(document)).head));
  await trial.progress();
  await postgres.kill();
  await cluster.backUp('backup');
  await postgres.run();
  await trial.progress(20);
  const before = await heads();
  balancer.hold();
  await Promise.all(victims.map((victim) => victim.kill()));
  trial.kills += victims.length;
  await cluster.restore('backup');
  await postgres.run();
  for (const [at, head] of (await heads()).entries()) expect(head).toBeLessThan(before[at] ?? 0);
  trial.faults += 1;
  await Promise.all(victims.filter((victim) => victim !== postgres).map((victim) => victim.run()));
  balancer.release();
  await trial.allLive();
}

underFaults(
  'a database restored from an older backup is repaired by those who reconnect',
  async (trial, cluster) => {
    await setBack(trial, cluster, [...cluster.hubs, cluster.postgres, cluster.valkey]);
  },
);

underFaults('it is repaired too where hubs that know better go on', async (trial, cluster) => {
  await setBack(trial, cluster, [cluster.postgres]);
});
