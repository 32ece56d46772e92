/**
 * Three hubs, a PostgreSQL and a Valkey as processes of their own, and a wire of ours at every joint: clients reach the
 * hubs through a balancer, and each hub reaches the two servers through wires that are its own.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Backend } from '../support/backend';
import type { Chance } from '../support/chance';
import { Entrance, Hub } from '../support/hub';
import { SmallDisk } from '../support/small-disk';
import { dial, Wire } from '../support/wire';
import { Log } from './log';
import { answered, asked } from './statements';
import { Weather } from './weather';

const TEAMMARKS = resolve(import.meta.dirname, '../../.venv/bin/teammarks');

export interface Options {
  hubs?: number;
  /** Of every hub, by their names without the prefix. */
  settings?: Record<string, string>;
  /** Without wires between hubs and servers, which cost time. */
  direct?: boolean;
  /** The size of PostgreSQL's disk in MB, where it should be one that can be filled. */
  disk?: number;
}

/** A hub and its own wires. */
export interface Instance {
  readonly hub: Hub;
  readonly postgres: Wire;
  readonly valkey: Wire;
  /** Called with each statement as this hub has it carried out. */
  asks: (statement: string) => void;
}

export class Cluster {
  readonly instances: Instance[] = [];
  /** Hubs that get no newcomers, as if their health check had failed. */
  readonly avoided = new Set<Hub>();
  readonly weather: Weather;
  balancer!: Wire;
  entrance!: Entrance;
  private turn = 0;

  private constructor(
    private readonly folder: string,
    readonly disk: SmallDisk | null,
    readonly postgres: Backend,
    readonly valkey: Backend,
    readonly log: Log,
    readonly chance: Chance,
  ) {
    this.weather = new Weather(chance);
  }

  static async start(chance: Chance, options: Options = {}): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), 'teammarks-cluster-'));
    const data = join(folder, 'postgres');
    const disk = options.disk === undefined ? null : await SmallDisk.make(data, options.disk);
    const [postgres, valkey] = await Promise.all([
      Backend.start('postgres', data, disk?.prefix),
      Backend.start('valkey', join(folder, 'valkey')),
    ]);
    const cluster = new Cluster(folder, disk, postgres, valkey, Log.open(postgres.url), chance);
    await promisify(execFile)(TEAMMARKS, ['migrate'], {
      env: { PATH: process.env.PATH ?? '', TEAMMARKS_DATABASE_URL: postgres.url },
    });
    cluster.balancer = await Wire.to({ dial: () => cluster.dialHub(), up: cluster.weather.onFrames });
    cluster.entrance = new Entrance(cluster.balancer.address);
    await Promise.all(Array.from({ length: options.hubs ?? 3 }, () => cluster.add(options)));
    return cluster;
  }

  get hubs(): Hub[] {
    return this.instances.map(({ hub }) => hub);
  }

  get socketAddress(): string {
    return `ws://127.0.0.1:${this.balancer.port}`;
  }

  /** The connections of clients to this hub. */
  linksTo(hub: Hub) {
    return [...this.balancer.links].filter(({ server }) => server.remotePort === hub.port);
  }

  /** Copies the database, which must not be running. */
  async backUp(name: string): Promise<void> {
    await cp(this.postgres.folder, join(this.folder, name), { recursive: true });
  }

  /** Sets the database, which must not be running, back to what it was then. */
  async restore(name: string): Promise<void> {
    await rm(this.postgres.folder, { recursive: true });
    await cp(join(this.folder, name), this.postgres.folder, { recursive: true });
    this.log.forget();
  }

  /** Everything is up and well again, whatever a case has left behind. */
  async recover(): Promise<void> {
    const wires = this.instances.flatMap(({ postgres, valkey }) => [postgres, valkey]);
    this.weather.clear();
    this.avoided.clear();
    await Promise.all([this.balancer, ...wires].map((wire) => wire.mend()));
    await Promise.all([this.postgres, this.valkey].map((backend) => backend.recover()));
    await Promise.all(this.hubs.map((hub) => hub.recover()));
  }

  async close(): Promise<void> {
    await this.log.close();
    await Promise.all(this.hubs.map((hub) => hub.stop('SIGKILL')));
    const wires = [this.balancer, ...this.instances.flatMap(({ postgres, valkey }) => [postgres, valkey])];
    await Promise.all(wires.map((wire) => wire.cut()));
    await Promise.all([this.postgres.kill(), this.valkey.kill()]);
    await this.disk?.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async add({ settings, direct = false }: Options): Promise<void> {
    let instance: Instance | null = null;
    const postgres = await Wire.to({
      dial: () => dial(this.postgres.port),
      up: () => asked((statement) => instance?.asks(statement)),
      down: () => answered((tag) => this.weather.onAnswer(tag)),
    });
    const valkey = await Wire.to({ dial: () => dial(this.valkey.port), down: this.weather.onMessages });
    const hub = await Hub.start({
      dataFolder: join(this.folder, 'data'),
      settings: {
        DATABASE_URL: direct ? this.postgres.url : this.postgres.urlAt(postgres.port),
        REDIS_URL: direct ? this.valkey.url : this.valkey.urlAt(valkey.port),
        PUBLIC_URL: this.balancer.address,
        ...settings,
      },
    });
    instance = { hub, postgres, valkey, asks: () => undefined };
    this.instances.push(instance);
  }

  /** To the next hub that takes connections, one after the other. */
  private async dialHub(): Promise<Socket> {
    for (let tried = 0; tried < this.instances.length; tried += 1) {
      this.turn = (this.turn + 1) % this.instances.length;
      const hub = this.instances[this.turn]?.hub;
      if (!hub || this.avoided.has(hub)) continue;
      try {
        return await dial(hub.port);
      } catch {
        // It is down. The next one, as any balancer would.
      }
    }
    throw new Error('no hub takes connections');
  }
}
