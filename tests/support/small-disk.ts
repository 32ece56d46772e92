/**
 * A disk so small that it can be filled: a tmpfs in a mount namespace of its own, which needs no rights on this machine.
 *
 * Whoever should see it is started with its prefix; to everybody else the folder is empty.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

const PIECE = Buffer.alloc(64 * 1024);
const NAMESPACES = ['--user', '--map-root-user', '--mount'];

export class SmallDisk {
  private constructor(
    readonly folder: string,
    private readonly holder: ChildProcess,
  ) {}

  /** Whether this machine lets us make one. */
  static readonly possible = spawnSync('unshare', [...NAMESPACES, 'true']).status === 0;

  /** In this folder, which is made, and stays until `close`. */
  static async make(folder: string, megabytes: number): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    const script = `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && echo ready && exec cat`;
    const holder = spawn('unshare', [...NAMESPACES, 'sh', '-c', script, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await Promise.race([
      once(holder.stdout, 'data'),
      once(holder, 'exit').then(() => {
        throw new Error('a small disk could not be made');
      }),
    ]);
    return new SmallDisk(folder, holder);
  }

  /** A command that runs the one behind it where the disk is. */
  get prefix(): string[] {
    return [
      'nsenter',
      '--target',
      String(this.holder.pid),
      '--user',
      '--mount',
      '--preserve-credentials',
      '--',
    ];
  }

  /** Until there is no byte left. */
  async fill(): Promise<void> {
    const file = await open(this.ballast, 'w');
    try {
      for (;;) await file.write(PIECE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  async free(): Promise<void> {
    await rm(this.ballast);
  }

  async close(): Promise<void> {
    const gone = once(this.holder, 'exit');
    this.holder.stdin?.end();
    await gone;
  }

  private get ballast(): string {
    return join(`/proc/${this.holder.pid}/root`, this.folder, 'ballast');
  }
}
