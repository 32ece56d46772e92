import { expect } from 'vitest';
import { onCluster, times } from './case';

const underFaults = onCluster();

underFaults(
  'a database restored from an older backup is repaired by those who reconnect',
  async (trial, cluster) => {
    const { hubs, postgres } = cluster;
    for (let round = 0; round < times(1, 10); round += 1) {
      await trial.progress();
      await postgres.kill();
      await cluster.backUp('backup');
      await postgres.run();
      await trial.progress(20);
      await Promise.all([...hubs, postgres].map((victim) => victim.kill()));
      await cluster.restore('backup');
      await postgres.run();
      trial.faults += 1;
      const before = await cluster.log.read(trial.crowd.documents[0] ?? '');
      expect(before.head).toBeGreaterThan(0);
      await Promise.all(hubs.map((hub) => hub.run()));
      await trial.allLive();
    }
  },
);
