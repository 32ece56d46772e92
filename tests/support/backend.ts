/** A real PostgreSQL or Valkey in a process of its own, whose power can be cut. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { freePort } from './wire';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const PYTHON = join(REPOSITORY, '.venv/bin/python');

export class Backend {
  private child: ChildProcess | null = null;
  private lines: Interface | null = null;
  private said = '';

  private constructor(
    private readonly kind: 'postgres' | 'valkey',
    readonly folder: string,
    readonly port: number,
    private readonly prefix: readonly string[],
  ) {}

  /** `prefix`: a command that runs the one behind it, in a place of its own. */
  static async start(
    kind: 'postgres' | 'valkey',
    folder: string,
    prefix: readonly string[] = [],
  ): Promise<Backend> {
    const backend = new Backend(kind, folder, await freePort(), prefix);
    await backend.run();
    return backend;
  }

  get url(): string {
    return this.urlAt(this.port);
  }

  /** Its address as it is behind a wire with this port. */
  urlAt(port: number): string {
    return this.kind === 'postgres'
      ? `postgresql://teammarks@127.0.0.1:${port}/teammarks`
      : `redis://127.0.0.1:${port}/0`;
  }

  /** Starts it again, on the same port and data. */
  async run(): Promise<void> {
    const ours = [PYTHON, '-m', 'loadtest.backends', this.kind, this.folder, String(this.port)];
    const [command = PYTHON, ...rest] = [...this.prefix, ...ours];
    const child = spawn(command, rest, { cwd: REPOSITORY, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    this.said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      this.said += chunk.toString();
    });
    this.lines = createInterface({ input: child.stdout });
    await this.answer();
  }

  /** As if the power went. */
  async kill(): Promise<void> {
    if (!this.child) return;
    await this.order('kill');
    await this.end();
  }

  pause(): Promise<void> {
    return this.order('pause');
  }

  resume(): Promise<void> {
    return this.order('resume');
  }

  /** It runs, whether it was killed, paused or neither. */
  recover(): Promise<void> {
    return this.child ? this.resume() : this.run();
  }

  private async order(order: 'kill' | 'pause' | 'resume'): Promise<void> {
    this.child?.stdin?.write(`${order}\n`);
    await this.answer();
  }

  private async end(): Promise<void> {
    const child = this.child;
    if (!child) return;
    this.child = null;
    const gone = once(child, 'exit');
    child.stdin?.end();
    await gone;
  }

  private async answer(): Promise<void> {
    const { child, lines } = this;
    if (!child || !lines) throw new Error(`${this.kind} is not running`);
    const ended = new AbortController();
    await Promise.race([
      once(lines, 'line', { signal: ended.signal }),
      once(child, 'exit', { signal: ended.signal }).then(() => {
        throw new Error(`${this.kind} ended:\n${this.said}`);
      }),
    ]).finally(() => ended.abort());
  }
}
