import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { eventually } from '../support/eventually';
import { onCluster } from './case';
import { HocuspocusWriter } from './hocuspocus';

const MIB = 1024 * 1024;
/** Small, so that a slow reader's outbox is full soon. */
const settings = {
  LIMIT_DOCUMENT_BYTES: String(8 * MIB),
  LIMIT_FRAME_BYTES: String(4 * MIB),
  LIMIT_OUTBOX_BYTES: String(12 * MIB),
};
/** Of 2 MiB each: an outbox, and the buffers of all sockets on the way. */
const MORE_THAN_FITS = 24;
const underFaults = onCluster({ settings });

underFaults('clients die in the middle of a frame', async (trial, { weather }) => {
  weather.frames = 10;
  for (let round = 0; round < 3; round += 1) await trial.progress(5);
  weather.clear();
  expect(weather.struck).toBeGreaterThan(0);
});

underFaults('connections end, half end, and are slow', async (trial, { balancer, chance }) => {
  for (let round = 0; round < 4; round += 1) {
    balancer.delayMs = chance.below(100);
    balancer.bytesPerSecond = 100_000;
    for (const link of balancer.links) {
      if (chance.percent(60)) continue;
      if (chance.percent(50)) link.halfClose();
      else link.end();
      trial.faults += 1;
    }
    await trial.progress();
  }
  await balancer.mend();
});

underFaults('a client that does not read is sent away, and catches up', async (trial) => {
  const [document = ''] = trial.crowd.documents;
  const others = [...trial.crowd.writers];
  const wire = await trial.wire();
  const deaf = trial.crowd.addYWebsocket('deaf', document, `ws://127.0.0.1:${wire.port}`);
  await trial.allLive();
  wire.stall();
  trial.faults += 1;
  const bulk = trial.crowd.of(document).find((writer) => writer instanceof HocuspocusWriter);
  for (let written = 0; written < MORE_THAN_FITS; written += 1) {
    bulk?.doc.getMap('bulk').set('large', new Uint8Array(2 * MIB).fill(written));
    await eventually('the bulk to be stored', () => bulk?.settled);
  }
  await trial.progress(3, others);
  wire.resume();
  await eventually(
    'it to come back',
    () => ({ connections: deaf.connections, live: deaf.live }),
    ({ connections, live }) => connections > 1 && live,
  );
  await trial.crowd.rest();
  await trial.converged();
});

underFaults('hubs cannot be reached, and their clients do not know', async (trial, { balancer, chance }) => {
  for (let round = 0; round < 2; round += 1) {
    balancer.stall();
    trial.faults += 1;
    await pause(chance.below(1_000));
    balancer.resume();
    await trial.progress();
  }
});
