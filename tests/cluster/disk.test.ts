import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { Chance } from '../support/chance';
import { eventually } from '../support/eventually';
import { Hub } from '../support/hub';
import { SmallDisk } from '../support/small-disk';
import { onCluster } from './case';
import { Crowd } from './crowd';
import { HocuspocusClient } from './hocuspocus';

/** These hubs say of themselves that nothing can be stored. */
function unableToStore(hubs: readonly Hub[]): Promise<unknown> {
  const states = () =>
    Promise.all(
      hubs.map(async (hub) => {
        const ready = await fetch(`${hub.address}/readyz`);
        return ((await ready.json()) as { parts: { log: string } }).parts.log;
      }),
    );
  return eventually('the hubs to notice', states, (logs) => logs.every((log) => log === 'degraded'));
}

if (SmallDisk.possible) {
  const underFaults = onCluster({ disk: 160 });

  underFaults("PostgreSQL's disk is full", async (trial, { hubs, disk }) => {
    for (let round = 0; round < 2; round += 1) {
      await trial.progress();
      await disk?.fill();
      trial.faults += 1;
      await unableToStore(hubs);
      await trial.audit();
      await disk?.free();
      await trial.progress();
    }
  });
} else {
  test.skip("PostgreSQL's disk is full: this machine lets nobody make a small disk", () => undefined);
}

test.skipIf(!SmallDisk.possible)("SQLite's disk is full, and then the power goes", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'teammarks-disk-'));
  const disk = await SmallDisk.make(folder, 8);
  const hub = await Hub.start({ dataFolder: folder, prefix: disk.prefix });
  const size = { documents: 2, each: 1 };
  const crowd = await Crowd.gather(hub, hub.socketAddress, new Chance(1), size);
  await eventually('everybody to be live', () => crowd.live);
  crowd.write();
  for (let round = 0; round < 2; round += 1) {
    const goal = crowd.acknowledged + 100;
    await eventually('edits to be acknowledged', () => crowd.acknowledged >= goal);
    await disk.fill();
    await unableToStore([hub]);
    if (round % 2 === 0) await disk.free();
  }
  await crowd.rest();
  expect(crowd.complaints).toEqual([]);
  const promised = new Map(crowd.documents.map((document) => [document, crowd.promised(document)]));
  crowd.close();
  await hub.kill();
  await disk.free();
  await hub.run();

  const late = new HocuspocusClient('late', crowd.documents, hub.socketAddress, () => crowd.person.token);
  await eventually('the newcomer to be live', () => late.writers.every((writer) => writer.live));
  for (const writer of late.writers) {
    const shown = Y.decodeStateVector(writer.stateVector());
    const lost = promised.get(writer.document)?.filter(({ client, end }) => (shown.get(client) ?? 0) < end);
    expect(lost).toEqual([]);
  }
  late.close();
  await hub.kill();
  await disk.close();
  await rm(folder, { recursive: true });
});
