/**
 * The wire between one client and the hub, which a test can cut and mend.
 *
 * Cutting ends every connection at once and refuses new ones, as a laptop without a network sees it; a browser
 * cannot tell the difference, and nothing inside it has to be told to pretend.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Wire {
  private readonly open = new Set<Socket>();
  private server: Server | null = null;

  private constructor(
    private readonly hubPort: number,
    readonly port: number,
  ) {}

  static async to(hubPort: number): Promise<Wire> {
    const port = await freePort();
    const wire = new Wire(hubPort, port);
    await wire.mend();
    return wire;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async cut(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = null;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  async mend(): Promise<void> {
    if (this.server) return;
    const server = createServer((client) => {
      const hub = connect(this.hubPort, '127.0.0.1');
      for (const socket of [client, hub]) {
        this.open.add(socket);
        socket.on('close', () => this.open.delete(socket));
        // A reset on either side ends both; there is nobody to report it to.
        socket.on('error', () => undefined);
      }
      client.pipe(hub).pipe(client);
      client.on('close', () => hub.destroy());
      hub.on('close', () => client.destroy());
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
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
