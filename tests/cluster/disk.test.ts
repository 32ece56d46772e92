import { expect, test } from 'vitest';
import { eventually } from '../support/eventually';
import { SmallDisk } from '../support/small-disk';
import { onCluster, times } from './case';

if (!SmallDisk.possible) test.skip('a full disk: this machine lets nobody make a small one', () => undefined);
else {
  const underFaults = onCluster({ disk: 160 });

  underFaults("PostgreSQL's disk is full", async (trial, { postgres, disk, log }) => {
    const heads = () => Promise.all(trial.crowd.documents.map(async (d) => (await log.read(d)).head));
    for (let round = 0; round < times(1, 10); round += 1) {
      await trial.progress();
      await disk?.fill();
      trial.faults += 1;
      // It goes on for as long as what it has open has room.
      let before: number[] = [];
      await eventually('the log to stand still', async () => {
        const now = await heads();
        const still = now.join() === before.join();
        before = now;
        return still;
      });
      await trial.audit();
      await disk?.free();
      await trial.progress();
    }
    void [postgres, expect];
  });
}
