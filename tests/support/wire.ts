/**
 * The wire between clients and a server, and all that can go wrong with it.
 *
 * It takes connections on a port of its own and carries their bytes. Cutting it ends every connection at once and
 * refuses new ones, as a laptop without a network sees it; nobody at its ends can tell the difference, and nothing
 * inside them has to be told to pretend.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What is carried on of a chunk, in pieces; at `cut` the connection ends. */
export type Filter = (chunk: Buffer) => readonly (Buffer | 'cut')[];

export interface Ends {
  /** A connection to the server, open. */
  dial(): Promise<Socket>;
  /** For each connection anew: what becomes of the bytes towards the server, and of those that come from it. */
  up?(): Filter;
  down?(): Filter;
}

const unchanged: Filter = (chunk) => [chunk];

/** A connection to a local port, open. Fails where nobody listens. */
export async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** One connection through a wire. */
export class Link {
  constructor(
    readonly client: Socket,
    readonly server: Socket,
  ) {}

  end(): void {
    this.client.destroy();
    this.server.destroy();
  }

  /** The client seems to have said its last word, and still listens. */
  halfClose(): void {
    this.server.end();
  }
}

export class Wire {
  readonly links = new Set<Link>();
  /** How long everything is under way, in each direction. */
  delayMs = 0;
  /** Of each connection, in each direction. */
  bytesPerSecond = Number.POSITIVE_INFINITY;
  private server: Server | null = null;
  private flowing: Promise<void> = Promise.resolve();
  private taking: Promise<void> = Promise.resolve();
  private flow: () => void = () => undefined;
  private take: () => void = () => undefined;

  private constructor(
    private readonly ends: Ends,
    readonly port: number,
  ) {}

  /** To a local port, or to where `ends` say. */
  static async to(ends: number | Ends): Promise<Wire> {
    const wire = new Wire(typeof ends === 'number' ? { dial: () => dial(ends) } : ends, await freePort());
    await wire.mend();
    return wire;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async cut(): Promise<void> {
    const server = this.server;
    this.server = null;
    this.reset();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async mend(): Promise<void> {
    this.delayMs = 0;
    this.bytesPerSecond = Number.POSITIVE_INFINITY;
    this.resume();
    this.release();
    if (this.server) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void this.carry(client));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
  }

  /** Ends every connection; new ones are taken. */
  reset(): void {
    for (const link of this.links) link.end();
  }

  /** Nothing arrives any more, and nobody is told: packets are lost, until `resume`. */
  stall(): void {
    this.flow();
    this.flowing = new Promise((resolve) => {
      this.flow = resolve;
    });
  }

  resume(): void {
    this.flow();
    this.flowing = Promise.resolve();
  }

  /** Who comes now is taken, and led on only after `release`. */
  hold(): void {
    this.take();
    this.taking = new Promise((resolve) => {
      this.take = resolve;
    });
  }

  release(): void {
    this.take();
    this.taking = Promise.resolve();
  }

  private async carry(client: Socket): Promise<void> {
    client.on('error', () => undefined);
    let server: Socket;
    try {
      await this.taking;
      server = await this.ends.dial();
    } catch {
      // There is nobody to report it to: whoever wanted to connect sees it.
      client.destroy();
      return;
    }
    const link = new Link(client, server);
    if (client.destroyed || !this.server) return link.end();
    this.links.add(link);
    server.on('error', () => undefined);
    client.on('close', () => server.destroy());
    server.on('close', () => {
      client.destroy();
      this.links.delete(link);
    });
    void this.pump(client, server, this.ends.up?.() ?? unchanged).catch(() => link.end());
    void this.pump(server, client, this.ends.down?.() ?? unchanged).catch(() => link.end());
  }

  private async pump(from: Socket, to: Socket, filter: Filter): Promise<void> {
    for await (const chunk of from) {
      for (const piece of filter(chunk as Buffer)) {
        if (piece === 'cut') throw new Error('cut');
        if (this.delayMs > 0) await pause(this.delayMs);
        if (Number.isFinite(this.bytesPerSecond)) await pause((1000 * piece.length) / this.bytesPerSecond);
        await this.flowing;
        if (!to.write(piece)) await once(to, 'drain');
      }
    }
    to.end();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return address.port;
}
