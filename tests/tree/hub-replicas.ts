/** Replicas of the hub's implementation, in one Python process for a whole test file. Twin: `replica.py`. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Edit, Write } from './edits';

const REPOSITORY = resolve(import.meta.dirname, '../..');

type Request = {
  do: 'start' | 'act' | 'reload' | 'apply' | 'vector' | 'missing' | 'text' | 'read' | 'writes';
} & Record<string, string | number | Edit>;

export class HubReplicas {
  private readonly process: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;
  private readonly lines: Interface;

  constructor() {
    this.process = spawn(join(REPOSITORY, '.venv/bin/python'), ['-m', 'tests.tree.replica'], {
      cwd: REPOSITORY,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.lines = createInterface(this.process.stdout);
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  async start(name: string, seed: number): Promise<void> {
    await this.ask({ do: 'start', name, seed });
  }

  /** One random edit by the hub's writer. */
  async act(name: string, seed: number): Promise<void> {
    await this.ask({ do: 'act', name, seed });
  }

  async reload(name: string, seed: number): Promise<void> {
    await this.ask({ do: 'reload', name, seed });
  }

  async apply(name: string, update: Uint8Array): Promise<void> {
    await this.ask({ do: 'apply', name, update: toBase64(update) });
  }

  async vector(name: string): Promise<Uint8Array> {
    return fromBase64(await this.ask({ do: 'vector', name }));
  }

  async missing(name: string, vector: Uint8Array): Promise<Uint8Array> {
    return fromBase64(await this.ask({ do: 'missing', name, vector: toBase64(vector) }));
  }

  /** The canonical text. */
  async text(name: string): Promise<string> {
    return this.ask({ do: 'text', name });
  }

  /** The canonical text of a document of this update alone. */
  async read(update: Uint8Array): Promise<string> {
    return this.ask({ do: 'read', update: toBase64(update) });
  }

  /** What the hub's writer would write for an edit of a document of this update. */
  async writes(update: Uint8Array, edit: Edit, seed: number): Promise<Write[]> {
    return JSON.parse(await this.ask({ do: 'writes', update: toBase64(update), edit, seed }));
  }

  async close(): Promise<void> {
    this.process.stdin.end();
    await once(this.process, 'exit');
  }

  private async ask(request: Request): Promise<string> {
    this.process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error('the Python process ended; what it said is above');
    return JSON.parse(value);
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
