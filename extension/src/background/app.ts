/**
 * The background as a whole: who is logged in where, and what follows from it.
 *
 * It may be started and killed at any moment, so that everything it must not forget is in a slot before it is acted
 * upon. Logging out stops the sync and keeps the native folders as they are; logging in again as the same account
 * takes them up where they were, and what was edited in between is then sent. Another account does not touch folders
 * of teams it does not share.
 */

import { type HubAddress, syncAddress } from '../hub/address';
import { type Account, Credentials, type SessionAnswer, type Slot, type Tokens } from '../hub/credentials';
import { type Fetch, HubError } from '../hub/http';
import { type Invitation, type Organization, Rest, type Team } from '../hub/rest';
import { type Errand, HubSocket, type Timers, type Wire } from '../hub/socket';
import type { AppState } from '../messages';
import { ME } from '../sync/frames';
import { Session } from '../sync/session';
import { invitationState, mayCreateTeams, teamState } from './state';
import { type OpenBridge, Teams } from './teams';

/** What the hub last told about an account, so that a browser without a connection knows its teams. */
export interface Directory {
  teams: Team[];
  organizations: Organization[];
  invitations: Invitation[];
}

/**
 * One for each account that has logged in in this browser, by its id: each finds the teams it had, so that it leaves
 * those that it was taken from while somebody else was logged in, or while its hub moved.
 */
export type Directories = Readonly<Record<string, Directory>>;

/** An invitation whose link was pasted, with the secret that answers it. */
export interface Pasted {
  token: string;
  invitation: Invitation;
}

export interface Slots {
  hub: Slot<HubAddress>;
  tokens: Slot<Tokens>;
  directories: Slot<Directories>;
  waiting: Slot<Record<string, number>>;
  pasted: Slot<Pasted>;
  sessionEnded: Slot<boolean>;
}

export interface AppOptions {
  version: string;
  slots: Slots;
  fetch: Fetch;
  dial(url: string): Wire;
  openBridge: OpenBridge;
  timers: Timers;
  now(): number;
  random(): number;
  beat(): void;
  /** The state may be different now. */
  changed(): void;
  /** Whether the browser should wake the worker from time to time. */
  keepWaking(wanted: boolean): void;
}

/** Notices tell of every change at once, and each connection begins with a look; this is for a notice that got lost. */
const DIRECTORY_AGE_MS = 30 * 60_000;
/** An empty Yjs document. */
const EMPTY_STATE_VECTOR = Uint8Array.of(0);

export class App {
  readonly credentials: Credentials;
  readonly rest: Rest;
  readonly teams: Teams;
  readonly #session = new Session();
  readonly #socket: HubSocket;
  #hub: HubAddress | null = null;
  #account: Account | null = null;
  #directory: Directory | null = null;
  #pasted: Pasted | null = null;
  #sessionEnded = false;
  #started: Promise<void> | null = null;
  #refreshing: Promise<void> | null = null;
  #refreshAgain = false;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #wasOnline = false;

  constructor(private readonly options: AppOptions) {
    const { slots, fetch, timers, now } = options;
    this.credentials = new Credentials(slots.tokens, fetch, this.#hubOrFail, now, () => void this.#end(true));
    this.rest = new Rest(fetch, this.#hubOrFail, this.credentials);
    this.#socket = new HubSocket({
      session: this.#session,
      dial: options.dial,
      token: (refused) => this.credentials.token(refused),
      run: (errand) => this.#run(errand),
      changed: () => this.#moved(),
      beat: options.beat,
      timers,
      now,
      random: options.random,
    });
    this.teams = new Teams({
      open: options.openBridge,
      session: this.#session,
      perform: (effects) => this.#socket.perform(effects),
      waiting: slots.waiting,
      changed: () => options.changed(),
    });
  }

  get hub(): HubAddress | null {
    return this.#hub;
  }

  get account(): Account | null {
    return this.#account;
  }

  now(): number {
    return this.options.now();
  }

  get pasted(): Pasted | null {
    return this.#pasted;
  }

  /** Once per life of the worker; whoever calls first starts it, all wait for the same. */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  /** An alarm, a start of the browser, somebody looking: see that we are connected and know what is so. */
  async wake(): Promise<void> {
    await this.start();
    this.#socket.nudge();
    // Here and not where a document was put out, so that a hub that keeps doing so is not asked in a loop.
    this.teams.enterAgain();
    if (this.#account && this.options.now() - this.#refreshedAt > DIRECTORY_AGE_MS)
      await this.#refreshQuietly();
  }

  /** Whoever is logged in stays so: it may be the same hub, moved. One that does not know them ends their session. */
  async useHub(hub: HubAddress): Promise<void> {
    await this.options.slots.hub.write(hub);
    this.#hub = hub;
    if (this.#account) this.#socket.start(syncAddress(hub));
    this.options.changed();
  }

  async forgetHub(): Promise<void> {
    await this.#end(false);
    await this.setPasted(null);
    await this.options.slots.hub.write(undefined);
    this.#hub = null;
    this.options.changed();
  }

  async loggedIn(answer: SessionAnswer): Promise<void> {
    await this.credentials.keep(answer);
    await this.#setSessionEnded(false);
    await this.#enter(answer.account);
    await this.#refreshQuietly();
  }

  async logOut(): Promise<void> {
    // The hub may be away: then the session ends there by its own expiry, and here now.
    await this.rest.logOut().catch(() => undefined);
    await this.#end(false);
  }

  async setPasted(pasted: Pasted | null): Promise<void> {
    await this.options.slots.pasted.write(pasted ?? undefined);
    this.#pasted = pasted;
    this.options.changed();
  }

  /** Reads again who is in what, and follows it. Throws HubError. */
  async refresh(): Promise<void> {
    if (this.#refreshing) {
      // What is being read may be older than what the caller knows of.
      this.#refreshAgain = true;
      return this.#refreshing;
    }
    this.#refreshing = (async () => {
      try {
        do {
          this.#refreshAgain = false;
          await this.#readDirectory();
        } while (this.#refreshAgain);
      } finally {
        this.#refreshing = null;
      }
    })();
    return this.#refreshing;
  }

  state(): AppState {
    const connection = this.#socket.connection;
    const directory = this.#directory;
    return {
      version: this.options.version,
      hub: this.#hub,
      account: this.#account && {
        id: this.#account.id,
        email: this.#account.email,
        name: this.#account.display_name,
      },
      sessionEnded: this.#sessionEnded,
      connection,
      listed: directory !== null,
      teams: this.teams.seats.map((seat) => teamState(seat, connection)),
      organizations: (directory?.organizations ?? []).map((organization) => ({
        id: organization.id,
        name: organization.name,
        mayCreateTeams: mayCreateTeams(organization),
      })),
      invitations: (directory?.invitations ?? []).map(invitationState),
      pasted: this.#pasted && invitationState(this.#pasted.invitation),
    };
  }

  readonly #hubOrFail = (): HubAddress => {
    if (this.#hub === null) throw new HubError('no-hub', '', 0);
    return this.#hub;
  };

  async #start(): Promise<void> {
    const { slots } = this.options;
    this.#hub = (await slots.hub.read()) ?? null;
    this.#pasted = (await slots.pasted.read()) ?? null;
    const account = this.#hub === null ? null : await this.credentials.account();
    // A worker may be killed between a log-in and forgetting that the session before was ended.
    this.#sessionEnded = account === null && ((await slots.sessionEnded.read()) ?? false);
    if (account) await this.#enter(account);
    else this.options.keepWaking(false);
    this.options.changed();
  }

  /** An account is logged in: its teams open, known ones at once and without the hub. */
  async #enter(account: Account): Promise<void> {
    const hub = this.#hubOrFail();
    this.#account = account;
    const known = await this.options.slots.directories.read();
    this.#directory = known?.[account.id] ?? null;
    this.options.keepWaking(true);
    this.#session.open(ME, () => EMPTY_STATE_VECTOR);
    this.#socket.start(syncAddress(hub));
    if (this.#directory) await this.teams.follow(this.#directory.teams);
    this.options.changed();
  }

  /** Nobody is logged in any more. */
  async #end(byHub: boolean): Promise<void> {
    this.#account = null;
    this.#directory = null;
    this.#socket.stop();
    this.#session.close(ME);
    this.options.keepWaking(false);
    await this.credentials.forget();
    await this.#setSessionEnded(byHub);
    await this.teams.close();
    this.options.changed();
  }

  async #setSessionEnded(ended: boolean): Promise<void> {
    await this.options.slots.sessionEnded.write(ended || undefined);
    this.#sessionEnded = ended;
  }

  async #readDirectory(): Promise<void> {
    const account = this.#account;
    if (!account) return;
    const [teams, organizations, invitations] = await Promise.all([
      this.rest.myTeams(),
      this.rest.organizations(),
      this.rest.myInvitations(),
    ]);
    // Logged out, or in as somebody else, while the hub was answering.
    if (this.#account !== account) return;
    this.#refreshedAt = this.options.now();
    const directory: Directory = {
      teams: teams.filter((team) => team.can_read),
      organizations,
      invitations,
    };
    // Folders first: a worker killed in between finds the old list, and leaves the same teams again.
    await this.teams.follow(directory.teams);
    if (this.#account !== account) return;
    const { directories } = this.options.slots;
    await directories.write({
      ...(await directories.read()),
      [account.id]: directory,
    });
    this.#directory = directory;
    this.options.changed();
  }

  /** Where nobody waits for the answer. The next notice, connection or alarm tries again. */
  async #refreshQuietly(): Promise<void> {
    await this.refresh().catch(() => {
      this.#refreshedAt = Number.NEGATIVE_INFINITY;
    });
  }

  #run(errand: Errand): void {
    if (errand.do === 'notice' || errand.do === 'shut-out') void this.#refreshQuietly();
    this.teams.run(errand);
  }

  #moved(): void {
    const online = this.#socket.connection === 'online';
    if (online && !this.#wasOnline) void this.#refreshQuietly();
    this.#wasOnline = online;
    this.options.changed();
  }
}
