/** A real hub in a process of its own, with its data in a folder of its own, and people on it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from './wire';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const TEAMMARKS = join(REPOSITORY, '.venv/bin/teammarks');

/** A hub's REST API at an address. Several hubs behind one are as good as one. */
export class Entrance {
  constructor(readonly address: string) {}

  /** A new account with this name, logged in. */
  async person(name: string): Promise<Person> {
    const email = `${name.toLowerCase()}.${Math.random().toString(36).slice(2, 8)}@example.com`;
    const password = `correct horse ${name} staple`;
    await this.call('POST', '/accounts', { email, password, display_name: name });
    return this.logIn(name, email, password);
  }

  async logIn(name: string, email: string, password: string): Promise<Person> {
    const session = await this.call<Session>('POST', '/sessions', { email, password, device: 'tests' });
    return new Person(this, name, email, password, session);
  }

  /** One REST call below /api/v1. Throws RestError on anything but success. */
  async call<T = unknown>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
    const response = await fetch(`${this.address}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new RestError(response.status, text);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

export class Hub extends Entrance {
  private process: ChildProcess | null = null;
  /** What the process has said on stderr so far; tests look for what must not be there. */
  log = '';

  private constructor(
    readonly port: number,
    readonly dataFolder: string,
    private readonly ours: boolean,
    private readonly settings: Record<string, string>,
    private readonly prefix: readonly string[],
  ) {
    super(`http://127.0.0.1:${port}`);
  }

  /** `prefix`: a command that runs the one behind it, in a place of its own. */
  static async start(
    options: {
      dataFolder?: string;
      port?: number;
      settings?: Record<string, string>;
      prefix?: readonly string[];
    } = {},
  ): Promise<Hub> {
    const folder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'teammarks-hub-')));
    const hub = new Hub(
      options.port ?? (await freePort()),
      folder,
      options.dataFolder === undefined,
      options.settings ?? {},
      options.prefix ?? [],
    );
    await hub.run();
    return hub;
  }

  get socketAddress(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Starts the process again, on the same port and data. */
  async run(): Promise<void> {
    const [command = TEAMMARKS, ...rest] = [...this.prefix, TEAMMARKS, 'serve'];
    const child = spawn(command, rest, {
      env: {
        PATH: process.env.PATH ?? '',
        TEAMMARKS_PORT: String(this.port),
        TEAMMARKS_DATA_DIR: this.dataFolder,
        // All the people of a test are on one network.
        TEAMMARKS_LIMIT_REGISTRATIONS_PER_NETWORK: 'none',
        TEAMMARKS_LIMIT_LOG_INS_PER_ACCOUNT_AND_NETWORK: 'none',
        TEAMMARKS_LIMIT_REFRESHES_PER_SESSION: 'none',
        ...Object.fromEntries(
          Object.entries(this.settings).map(([name, value]) => [`TEAMMARKS_${name}`, value]),
        ),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    child.stderr.on('data', (chunk: Buffer) => {
      this.log += chunk.toString();
    });
    // The hub prints its address once its listener is open, so whoever reads that line can connect.
    const lines = createInterface({ input: child.stdout });
    await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(() => {
        throw new Error(`the hub did not start:\n${this.log}`);
      }),
    ]);
  }

  /** Returns its exit status; null where it did not exit by itself. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    return child.exitCode;
  }

  async kill(): Promise<void> {
    await this.stop('SIGKILL');
  }

  /** It stands still, with all its connections, until `resume`. */
  pause(): void {
    this.process?.kill('SIGSTOP');
  }

  resume(): void {
    this.process?.kill('SIGCONT');
  }

  /** It runs, whether it was killed, paused or neither. */
  async recover(): Promise<void> {
    if (this.process) this.resume();
    else await this.run();
  }

  /** As if nobody had given their password for a year: its clock is not ours to turn. */
  async forgetProofs(): Promise<void> {
    const statement = "UPDATE sessions SET proved_at = datetime('now', '-1 year')";
    const code = 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()';
    const python = join(REPOSITORY, '.venv/bin/python');
    await promisify(execFile)(python, ['-c', code, join(this.dataFolder, 'teammarks.sqlite3'), statement]);
  }

  /** Stops it for good and forgets its data. */
  async close(): Promise<void> {
    await this.stop();
    if (this.ours) await rm(this.dataFolder, { recursive: true, force: true });
  }
}

export class RestError extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`${status} ${body}`);
  }
}

interface Session {
  access_token: string;
  refresh_token: string;
  account: { id: string };
}

export interface Team {
  id: string;
  name: string;
  organizationId: string;
}

export class Person {
  constructor(
    readonly hub: Entrance,
    readonly name: string,
    readonly email: string,
    readonly password: string,
    private session: Session,
  ) {}

  get id(): string {
    return this.session.account.id;
  }

  get token(): string {
    return this.session.access_token;
  }

  call<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    return this.hub.call<T>(method, path, body, this.token);
  }

  /** A fresh access token of the same session. */
  async refresh(): Promise<string> {
    this.session = await this.hub.call<Session>('POST', '/sessions/refresh', {
      refresh_token: this.session.refresh_token,
    });
    return this.token;
  }

  async createTeam(name: string, organizationName = `${this.name}'s organization`): Promise<Team> {
    const organization = await this.call<{ id: string }>('POST', '/organizations', {
      name: organizationName,
    });
    return this.addTeam(organization.id, name);
  }

  async addTeam(organizationId: string, name: string): Promise<Team> {
    const team = await this.call<{ id: string }>('POST', `/organizations/${organizationId}/teams`, { name });
    return { id: team.id, name, organizationId };
  }

  /** Invites, and accepts in the other's name. */
  async share(team: Team, other: Person, access: 'read' | 'write' = 'write'): Promise<void> {
    const invitation = await this.call<{ accept_url: string }>(
      'POST',
      `/organizations/${team.organizationId}/invitations`,
      {
        email: other.email,
        role: 'member',
        teams: [{ team_id: team.id, can_write: access === 'write', is_manager: false }],
      },
    );
    await other.call('POST', '/invitations/accept', { token: new URL(invitation.accept_url).hash.slice(1) });
  }

  async setAccess(team: Team, other: Person, access: 'read' | 'write'): Promise<void> {
    await this.call('PUT', `/teams/${team.id}/members/${other.id}`, {
      can_read: true,
      can_write: access === 'write',
      is_manager: false,
    });
  }

  async removeFrom(team: Team, other: Person): Promise<void> {
    await this.call('DELETE', `/teams/${team.id}/members/${other.id}`);
  }
}
