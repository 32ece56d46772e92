/**
 * One case: a crowd writes all the while, things go wrong, and at the end four checks hold, the same in every case.
 *
 * 1. Everything acknowledged is in the log, as PostgreSQL itself has it.  2. All replicas are equal, and equal to the
 * log.  3. Nothing is doubled: no number, no edit, no node.  4. The system is quiet: nobody writes or reconnects.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import * as Y from 'yjs';
import { canonical } from '../../extension/src/model/tree';
import { TeamDocument } from '../../extension/src/sync/document';
import type { Backend } from '../support/backend';
import { eventually } from '../support/eventually';
import type { Hub } from '../support/hub';
import { Wire } from '../support/wire';
import type { Cluster } from './cluster';
import { Crowd, type Size } from './crowd';
import type { Writer } from './writer';

const PATIENCE_MS = 180_000;

export class Trial {
  kills = 0;
  /** Anything else that was made go wrong, but for what the weather struck. */
  faults = 0;
  lost = 0;
  private readonly wires: Wire[] = [];

  private constructor(
    readonly cluster: Cluster,
    readonly crowd: Crowd,
  ) {}

  /** With everybody connected and writing. */
  static async begin(cluster: Cluster, size: Size): Promise<Trial> {
    const crowd = await Crowd.gather(cluster.entrance, cluster.socketAddress, cluster.chance, size);
    const trial = new Trial(cluster, crowd);
    await trial.allLive();
    crowd.write();
    return trial;
  }

  allLive(): Promise<unknown> {
    return eventually(
      'everybody to be live',
      () => {
        this.crowd.nudge();
        return this.crowd.writers.filter((writer) => !writer.live).map(({ name }) => name);
      },
      (missing) => missing.length === 0,
      PATIENCE_MS,
    );
  }

  /** All of these have made some edits from now on, and heard that they are stored if they hear such things. */
  progress(edits = 3, writers = this.crowd.writers): Promise<unknown> {
    return this.beyond(
      'everybody to get on',
      writers.map((writer) => [writer]),
      edits,
    );
  }

  /** In every document somebody hears of ten more that they are stored. */
  progressSomewhere(edits = 10): Promise<unknown> {
    const hearing = this.crowd.writers.filter(({ kind }) => kind !== 'y-websocket');
    const groups = this.crowd.documents.map((id) => hearing.filter(({ document }) => document === id));
    return this.beyond('somebody to get on', groups, edits);
  }

  private beyond(what: string, groups: Writer[][], edits: number): Promise<unknown> {
    const goals = groups.map((group) => [group, answered(group) + edits] as const);
    return eventually(
      what,
      () => {
        this.crowd.nudge();
        return goals.filter(([group, goal]) => answered(group) < goal).map(([[writer]]) => writer?.name);
      },
      (stuck) => stuck.length === 0,
      PATIENCE_MS,
    );
  }

  /**
   * Cuts the power of all these at once, and looks into the log before anybody can say anything again. They stay down,
   * but for PostgreSQL, without which nobody could look.
   */
  async kill(...victims: (Hub | Backend)[]): Promise<void> {
    const { cluster } = this;
    cluster.balancer.hold();
    await Promise.all(victims.map((victim) => victim.kill()));
    this.kills += victims.length;
    const hubs = cluster.hubs.filter((hub) => victims.includes(hub));
    await eventually(
      'their connections to end',
      () => hubs.flatMap((hub) => cluster.linksTo(hub)).length,
      (open) => open === 0,
    );
    if (victims.includes(cluster.postgres)) await cluster.postgres.run();
    await this.audit();
    cluster.balancer.release();
  }

  /** The first check: what has been promised up to now is in the log now. */
  async audit(): Promise<void> {
    for (const document of this.crowd.documents) {
      const promised = this.crowd.promised(document);
      const logged = await this.cluster.log.read(document);
      const lost = promised.filter(({ client, end }) => !logged.holds(client, end));
      this.lost += lost.length;
      expect(
        lost.map(({ what }) => what),
        'promised, and not in the log',
      ).toEqual([]);
    }
  }

  /** All four checks. */
  async check(): Promise<void> {
    const { crowd, cluster } = this;
    await crowd.rest();
    await this.allLive();
    await eventually(
      'everybody to be settled',
      () => crowd.writers.filter((writer) => !writer.settled).map(({ name }) => name),
      (waiting) => waiting.length === 0,
      PATIENCE_MS,
    );
    await this.audit();
    await this.converged();
    await this.nothingDoubled();
    await this.quiet();
    expect(crowd.complaints).toEqual([]);
    for (const hub of cluster.hubs) expect(hub.log).not.toContain('Traceback');
  }

  async converged(): Promise<void> {
    for (const document of this.crowd.documents) {
      await eventually(
        'all replicas to be as the log',
        async () => {
          const { doc } = await this.cluster.log.read(document);
          return this.crowd
            .of(document)
            .filter((writer) => !same(load(writer), doc))
            .map(({ name }) => name);
        },
        (different) => different.length === 0,
        PATIENCE_MS,
      );
    }
  }

  private async nothingDoubled(): Promise<void> {
    for (const document of this.crowd.documents) {
      const { doc } = await this.cluster.log.read(document);
      const opened = await this.cluster.log.opened(document);
      expect(same(opened.doc, doc), 'snapshot and tail hold what all rows hold').toBe(true);
      const [plain, ours] = [true, false].map((stock) =>
        this.crowd
          .of(document)
          .filter(({ kind }) => (kind !== 'teammarks') === stock)
          .flatMap(({ edits }) => edits.map(({ text }) => text))
          .sort(),
      );
      for (const writer of this.crowd.of(document)) {
        const replica = load(writer);
        expect(replica.getArray<string>('list').toArray().sort()).toEqual(plain);
        expect([...replica.getMap('edits').keys()].sort()).toEqual(plain);
        const tree = new TeamDocument(writer.state()).tree;
        expect(
          canonical(tree)
            .map(([, , , title]) => title)
            .sort(),
        ).toEqual(ours);
        expect(replica.getArray('list').toJSON()).toEqual(doc.getArray('list').toJSON());
      }
    }
  }

  /**
   * Everybody makes one more edit. When all have all of them, the log has grown by just so many rows, and nobody had to
   * connect again; and so it is still after a while. A slow machine makes this easier to pass, never harder.
   *
   * It begins when the log has come to rest: a hub that stood still has yet to read what its sockets held, edits that
   * their clients have long brought to another hub, and it stores them again.
   */
  private async quiet(): Promise<void> {
    const { crowd, cluster } = this;
    const rows = async () => {
      const heads = [];
      for (const document of crowd.documents) heads.push((await cluster.log.read(document)).head);
      return heads;
    };
    const before = await eventually(
      'the log to be at rest',
      async () => {
        const seen = [await rows(), crowd.connections];
        await pause(1_000);
        return { heads: await rows(), rested: isDeepStrictEqual(seen, [await rows(), crowd.connections]) };
      },
      ({ rested }) => rested,
      PATIENCE_MS,
    );
    const connections = crowd.connections;
    for (const writer of crowd.writers) writer.edit();
    await eventually('everybody to be settled', () => crowd.settled);
    await this.converged();
    const expected = crowd.documents.map(
      (document, at) => (before.heads[at] ?? 0) + crowd.of(document).length,
    );
    expect(await rows()).toEqual(expected);
    await pause(500);
    expect(await rows()).toEqual(expected);
    expect(crowd.connections).toBe(connections);
  }

  /** A wire of its own to the hubs, for a client whose network should differ from that of the others. */
  async wire(): Promise<Wire> {
    const wire = await Wire.to(this.cluster.balancer.port);
    this.wires.push(wire);
    return wire;
  }

  async close(): Promise<void> {
    this.crowd.close();
    await Promise.all(this.wires.map((wire) => wire.cut()));
  }
}

/** Edits that were acknowledged; those of a writer that hears none, while it is live. */
function answered(writers: Writer[]): number {
  return writers.reduce((sum, { kind, live, edits }) => {
    if (kind === 'y-websocket') return sum + (live ? edits.length : 0);
    return sum + edits.filter(({ acknowledged }) => acknowledged).length;
  }, 0);
}

function load(writer: Writer): Y.Doc {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, writer.state());
  return doc;
}

/** The same operations and the same deletions, and none that waits for others. */
function same(one: Y.Doc, other: Y.Doc): boolean {
  const whole = ({ store }: Y.Doc) => !store.pendingStructs && !store.pendingDs;
  return whole(one) && whole(other) && Y.equalSnapshots(Y.snapshot(one), Y.snapshot(other));
}
