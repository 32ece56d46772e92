/**
 * How long clients are away when their hub dies or is restarted, and how long an edit takes from a client of one hub to a client of
 * another, with Redis and with Redis gone.
 *
 * All of it runs on this machine and reads one clock. Clients have the pauses that they have in life, and come through a
 * balancer that leads them to the next hub at once.
 */
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Chance } from '../support/chance';
import { eventually } from '../support/eventually';
import { Cluster } from './cluster';
import { Crowd } from './crowd';
import { HocuspocusClient, type HocuspocusWriter } from './hocuspocus';
import type { Writer } from './writer';

const DEATHS = 15;
const LOOK_MS = 2;
const EDITS = 500;
/** Each of them waits until hubs look into the log of themselves, some seconds. */
const EDITS_WITHOUT_REDIS = 40;

const cluster = await Cluster.start(new Chance(Date.now()), { direct: true });
try {
  process.stdout.write(`three hubs, ${cpus().length} cores\n`);
  await failover();
  await fanOut('one hub', 0, EDITS);
  await fanOut('between hubs', 1, EDITS);
  await cluster.valkey.kill();
  await fanOut('between hubs, Redis gone', 1, EDITS_WITHOUT_REDIS);
} finally {
  await cluster.close();
}

async function failover(): Promise<void> {
  const { entrance, socketAddress, chance, hubs } = cluster;
  const crowd = await Crowd.gather(entrance, socketAddress, chance, { documents: 2, each: 0 });
  for (let count = 0; count < 3; count += 1) {
    crowd.addHocuspocus(`h${count}`, crowd.documents, {});
    crowd.addTeammarks(`t${count}`);
    for (const document of crowd.documents) crowd.addYWebsocket(`y${count}`, document);
  }
  await eventually('everybody to be live', () => crowd.live);
  const died = await absences(crowd, async () => {
    for (let death = 0; death < DEATHS; death += 1) {
      const hub = chance.pick(hubs);
      await hub.kill();
      await eventually('everybody to notice', () => cluster.linksTo(hub).length === 0);
      await eventually('everybody to be live', () => crowd.live);
      await hub.run();
    }
  });
  for (const [kind, took] of died) say(`live elsewhere after a hub was killed, ${kind}`, took);
  const restarted = await absences(crowd, async () => {
    for (const hub of hubs) {
      await hub.stop();
      await hub.run();
      await eventually('everybody to be live', () => crowd.live);
    }
  });
  for (const [kind, took] of restarted) say(`away in a rolling restart, ${kind}`, took);
  crowd.close();
}

/** How long each writer was away, each time, while this was done; by kind of client. */
async function absences(crowd: Crowd, action: () => Promise<void>): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(crowd.writers.map(({ kind }) => [kind, []]));
  const since = new Map<Writer, number>();
  const look = setInterval(() => {
    const now = performance.now();
    for (const writer of crowd.writers) {
      const left = since.get(writer);
      if (!writer.live) since.set(writer, left ?? now);
      else if (left !== undefined) {
        times.get(writer.kind)?.push(now - left);
        since.delete(writer);
      }
    }
  }, LOOK_MS);
  await action();
  clearInterval(look);
  return times;
}

async function fanOut(name: string, apart: number, edits: number): Promise<void> {
  const [one, other] = [cluster.hubs[0], cluster.hubs[apart]];
  if (!one || !other) throw new Error('expected hubs');
  const person = await cluster.entrance.person('Ann');
  const team = await person.createTeam('Latency');
  const clients = [one, other].map(
    (hub) => new HocuspocusClient('f', [team.id], hub.socketAddress, () => person.token),
  );
  const [from, to] = clients.flatMap(({ writers }) => writers) as [HocuspocusWriter, HocuspocusWriter];
  await eventually('both to be live', () => from.live && to.live);
  const took: number[] = [];
  for (let count = 0; count < edits; count += 1) {
    await pause(cluster.chance.below(40));
    const arrived = new Promise<number>((resolve) => to.doc.once('update', () => resolve(performance.now())));
    const made = performance.now();
    from.edit();
    took.push((await arrived) - made);
  }
  for (const client of clients) client.close();
  say(`edit → other client, ${name}`, took);
}

function say(what: string, times: number[]): void {
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1);
  process.stdout.write(
    `${what}: ${times.length} times, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms\n`,
  );
}
