/**
 * One open bridge for each team of the account: made, renamed and removed as membership says, and joined to the
 * session that carries all of them over one socket.
 *
 * Rules it keeps: changes of membership are carried out one after the other; a bridge is left (its native folder
 * removed) only when the hub has said that the team is not the account's any more, and closed, with everything kept,
 * in every other case.
 */

import type { Hint } from '../browser/bookmarks';
import type { Slot } from '../hub/credentials';
import type { Team } from '../hub/rest';
import type { Errand } from '../hub/socket';
import type { TeamId } from '../model/ids';
import type { Effect, Progress, Session } from '../sync/session';
import type { Bridge, BridgeState } from './bridge';
import type { Seat } from './state';

/** What of a bridge is needed here. */
export type TeamBridge = Pick<
  Bridge,
  | 'state'
  | 'tree'
  | 'nativeOf'
  | 'stateVector'
  | 'missing'
  | 'receive'
  | 'synced'
  | 'touched'
  | 'setName'
  | 'setAccess'
  | 'refused'
  | 'resolveHeld'
  | 'keepCopy'
  | 'clearPutBack'
  | 'close'
  | 'leave'
>;

export type OpenBridge = (options: {
  team: TeamId;
  name: string;
  canWrite: boolean;
  send(update: Uint8Array): void;
  changed(state: BridgeState): void;
}) => Promise<TeamBridge>;

export interface TeamsOptions {
  open: OpenBridge;
  session: Session;
  /** Carries out what the session wants. */
  perform(effects: readonly Effect[]): void;
  /** How many edits of each team were not acknowledged when the worker last ended. */
  waiting: Slot<Record<string, number>>;
  changed(): void;
}

interface Entry {
  team: Team;
  bridge: TeamBridge | null;
  state: BridgeState | null;
  /** Updates made before the session knew the document. */
  early: number;
  failed: boolean;
  revision: number;
}

export class Teams {
  readonly #entries = new Map<string, Entry>();
  #work: Promise<void> = Promise.resolve();
  /** As the slot has it; null until it was read. */
  #waiting: Readonly<Record<string, number>> | null = null;

  constructor(private readonly options: TeamsOptions) {}

  get seats(): Seat[] {
    return [...this.#entries.values()].map((entry) => ({
      team: entry.team,
      bridge: entry.state,
      progress: this.#progress(entry),
      failed: entry.failed,
      revision: entry.revision,
    }));
  }

  bridge(team: string): TeamBridge | null {
    return this.#entries.get(team)?.bridge ?? null;
  }

  team(team: string): Team | null {
    return this.#entries.get(team)?.team ?? null;
  }

  /**
   * Opens the teams of this list, follows their names and access, and leaves those that are not in it.
   *
   * The list must be the whole of what the hub said, or of what it last said.
   */
  follow(teams: readonly Team[]): Promise<void> {
    return this.#next(async () => {
      const listed = new Set(teams.map((team) => team.id));
      for (const id of this.#entries.keys()) if (!listed.has(id)) await this.#leave(id);
      await Promise.all(teams.map((team) => this.#follow(team)));
    });
  }

  /** Asks again for documents that the hub has put out; sends nothing about the others. */
  enterAgain(): void {
    for (const [id, entry] of this.#entries) this.#enter(id, entry);
  }

  /** Stops every bridge and keeps everything, native folders too. */
  close(): Promise<void> {
    return this.#next(async () => {
      for (const [id, entry] of this.#entries) {
        this.options.session.close(id);
        await entry.bridge?.close();
      }
      this.#entries.clear();
      this.options.changed();
    });
  }

  /** A bookmark has changed in the browser: whose folder it was in, each bridge sees for itself. */
  touched(hint: Hint | null): void {
    for (const { bridge } of this.#entries.values()) bridge?.touched(hint);
  }

  run(errand: Errand): void {
    if (errand.do === 'notice') return;
    const entry = this.#entries.get(errand.address);
    const bridge = entry?.bridge;
    if (!bridge) return;
    switch (errand.do) {
      case 'apply':
        bridge.receive(errand.update);
        break;
      case 'caught-up':
        bridge.synced();
        break;
      case 'access':
        this.#setAccess(entry, errand.canWrite);
        break;
      case 'refused':
        void this.#startOver(entry, bridge);
        break;
      case 'answer':
        void this.#answer(bridge, errand);
        break;
      case 'shut-out':
        break;
    }
  }

  /** Keeps the numbers of waiting edits for the next life of the worker, where they changed. */
  async rememberWaiting(): Promise<void> {
    if (this.#waiting === null) return;
    // Teams that are closed keep what they had.
    const now = { ...this.#waiting };
    for (const [id, entry] of this.#entries) {
      const { waiting } = this.#progress(entry);
      if (waiting > 0) now[id] = waiting;
      else delete now[id];
    }
    if (JSON.stringify(now) === JSON.stringify(this.#waiting)) return;
    this.#waiting = now;
    await this.options.waiting.write(now);
  }

  #progress({ team, early }: Entry): Progress {
    const { session } = this.options;
    return session.knows(team.id) ? session.progress(team.id) : { settled: false, waiting: early };
  }

  async #follow(team: Team): Promise<void> {
    const entry = this.#entries.get(team.id);
    if (!entry || entry.failed) return this.#open(team);
    const known = entry.team;
    entry.team = { ...team, can_write: known.can_write };
    if (known.name !== team.name) entry.bridge?.setName(team.name);
    this.#setAccess(entry, team.can_write);
    this.options.changed();
  }

  async #open(team: Team): Promise<void> {
    const { open, session, perform, changed } = this.options;
    this.#waiting ??= (await this.options.waiting.read()) ?? {};
    const id = team.id as TeamId;
    const entry: Entry = {
      team,
      bridge: null,
      state: null,
      early: this.#waiting[team.id] ?? 0,
      failed: false,
      revision: 0,
    };
    this.#entries.set(team.id, entry);
    changed();
    try {
      entry.bridge = await open({
        team: id,
        name: team.name,
        canWrite: team.can_write,
        send: (update) => {
          if (session.knows(id)) perform(session.update(id, update));
          else entry.early += 1;
        },
        changed: (state) => {
          entry.state = state;
          entry.revision += 1;
          changed();
        },
      });
    } catch (error) {
      console.error('Teammarks: a team could not be opened', error);
      entry.failed = true;
      changed();
      return;
    }
    entry.state = entry.bridge.state;
    this.#enter(team.id, entry);
    changed();
  }

  async #answer(
    bridge: TeamBridge,
    { address, stateVector, connection }: Errand & { do: 'answer' },
  ): Promise<void> {
    try {
      const missing = await bridge.missing(stateVector);
      this.options.perform(this.options.session.reply(address, connection, missing));
    } catch (error) {
      // No state vector: the hub lacks nothing that it could name, and the document stays unsettled.
      console.error('Teammarks: a hub asked for what no document has', error);
    }
  }

  /** Told to the bridge only when it is different: it takes that for leave to try refused edits again. */
  #setAccess(entry: Entry, canWrite: boolean): void {
    if (entry.team.can_write === canWrite) return;
    entry.team = { ...entry.team, can_write: canWrite };
    entry.bridge?.setAccess(canWrite);
  }

  /** The hub did not take an edit: the document is received anew, without it. */
  async #startOver(entry: Entry, bridge: TeamBridge): Promise<void> {
    const { session, perform } = this.options;
    const { id } = entry.team;
    perform(session.close(id));
    entry.early = 0;
    await bridge.refused();
    if (this.#entries.get(id) === entry) this.#enter(id, entry);
  }

  #enter(id: string, { bridge, early }: Entry): void {
    if (bridge) this.options.perform(this.options.session.open(id, () => bridge.stateVector(), early));
  }

  async #leave(id: string): Promise<void> {
    const bridge = this.#entries.get(id)?.bridge;
    this.options.perform(this.options.session.close(id));
    this.#entries.delete(id);
    await bridge?.leave();
    this.options.changed();
  }

  #next(job: () => Promise<void>): Promise<void> {
    const done = this.#work.then(job);
    // One failed job must not stop those after it; its own caller hears of it.
    this.#work = done.catch(() => undefined);
    return done;
  }
}
