/**
 * One team's bridge between its native folder and its document: the shell that does what `plan` decides.
 *
 * A cycle reads the folder, plans, stores document and shadow in one transaction, then sends, then writes; and cycles
 * follow one another until there is nothing left to do. Rules it keeps: everything runs in one queue; nothing is sent
 * before it is stored, or a killed worker would make the same edit twice; nothing is read from events but that it is
 * time to look.
 */
import { BookmarkError, type Bookmarks, type Hint } from '../browser/bookmarks';
import { type NativeId, type NodeId, type Random, ROOT, type TeamId } from '../model/ids';
import type { Policy } from '../model/policy';
import type { Tree } from '../model/tree';
import { ERA_MS } from '../sync/eras';
import { Fit } from '../sync/fit';
import type { Choice, PutBackItem } from '../sync/plan';
import type { BridgeState } from './bridge-state';
import { Cycle, type Rest } from './cycle';
import type { Folders } from './folders';
import { Home } from './home';
import { differ, Ledger } from './ledger';
import { copyOut, withoutItems } from './put-back';
import type { Store } from './store';

export type { Choice, PutBackItem } from '../sync/plan';
export type { BridgeState, Problem } from './bridge-state';

export interface BridgeOptions {
  readonly team: TeamId;
  readonly name: string;
  readonly canWrite: boolean;
  /** Any text that is the same until the browser is started anew, e.g. kept in `browser.storage.session`. */
  readonly browserRun: string;
  readonly bookmarks: Bookmarks;
  readonly folders: Folders;
  readonly store: Store;
  readonly policy: Policy;
  readonly random: Random;
  /** Unix time in milliseconds. */
  now(): number;
  /** Runs once, `ms` from now, unless the returned function is called first. */
  delay(ms: number, run: () => void): () => void;
  /** Takes an edit that is stored. */
  send(update: Uint8Array): void;
  changed(state: BridgeState): void;
}

/** Hints within this time of each other are one look. */
const SETTLE_MS = 150;
/** In an endless stream of them, a look at least so often: an import of 10 000 then takes no more than 20 updates. */
const LOOK_ANYWAY_MS = 5_000;
/** So long after a look at only some folders, everything is compared: an event may not have come. */
const VERIFY_MS = 5 * 60_000;

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #ledger: Ledger;
  readonly #home: Home;
  readonly #cycle: Cycle;
  #name: string;
  #canWrite: boolean;
  #mayAuthor = true;
  #state: BridgeState;

  /** The hub's side has arrived on some connection since this worker started. */
  #syncedNow = false;
  #hintedAt: number | null = null;
  #cancelLook: (() => void) | null = null;
  #cancelEra: (() => void) | null = null;
  #cancelVerify: (() => void) | null = null;
  #queue: Promise<void> = Promise.resolve();
  #scheduled = false;
  #looking = false;
  #closed = false;

  private constructor(options: BridgeOptions, ledger: Ledger) {
    const { team, name, canWrite, bookmarks, folders, policy, random, now, send } = options;
    const refused = new Set<string>();
    const fit = new Fit(bookmarks.dialect, policy, refused);
    this.#options = options;
    this.#ledger = ledger;
    this.#home = new Home(team, bookmarks, folders, ledger, fit);
    this.#cycle = new Cycle({
      ledger,
      home: this.#home,
      bookmarks,
      fit,
      refused,
      random,
      now,
      send,
      state: () => this.#state,
      show: (change) => this.#show(change),
      closed: () => this.#closed,
    });
    this.#name = name;
    this.#canWrite = canWrite;
    this.#state = {
      bookmarks: ledger.document.tree.bookmarks,
      folder: this.#home.id,
      edition: ledger.edition,
      busy: null,
      held: null,
      putBack: ledger.binding.putBack,
      unshared: [],
      problem: null,
    };
  }

  /** Takes up the team's folder where it was left, online or not. */
  static async open(options: BridgeOptions): Promise<Bridge> {
    const ledger = await Ledger.open(options.store, options.team, options.browserRun);
    const bridge = new Bridge(options, ledger);
    bridge.#watchEra();
    bridge.#look();
    return bridge;
  }

  get state(): BridgeState {
    return this.#state;
  }

  /** The document, for whoever shows it. */
  get tree(): Tree {
    return this.#ledger.document.tree;
  }

  /** The native folder that shows this one of the document's; null where there is none. */
  nativeOf(folder: NodeId): NativeId | null {
    return folder === ROOT ? this.#home.id : (this.#ledger.shadow.get(folder)?.native ?? null);
  }

  /**
   * What is stored here, for a connection that begins; never tells of an edit that is not.
   *
   * What an earlier connection brought and is not stored yet counts as not received: the hub sends it again. Kept, it
   * would be news to a hub set back to a backup, and be missing from what is told to it.
   */
  stateVector(): Uint8Array {
    this.#cycle.inbox = [];
    return this.#ledger.vector;
  }

  /** What is stored here and lacks there. Throws DocumentError for bytes that are no state vector. */
  async missing(stateVector: Uint8Array): Promise<Uint8Array> {
    await this.#ledger.quiet();
    return this.#ledger.document.missing(stateVector);
  }

  /** An update from the hub. */
  receive(update: Uint8Array): void {
    this.#cycle.inbox.push(update);
    this.#look();
  }

  /** The hub's first answer on this connection has been received: from the first time on, the folder may be edited. */
  synced(): void {
    this.#syncedNow = true;
    this.#look();
  }

  /** A bookmark has changed, here or elsewhere in the browser; null: it may be anywhere. */
  touched(hint: Hint | null): void {
    if (this.#closed) return;
    this.#cycle.survey.hints.add(hint);
    this.#hintedAt ??= this.#options.now();
    if (!this.#looking) this.#lookSoon(this.#hintedAt);
  }

  setName(name: string): void {
    this.#name = name;
    this.#look();
  }

  /** Also gives leave to try again after the hub has refused edits. */
  setAccess(canWrite: boolean): void {
    this.#canWrite = canWrite;
    this.#mayAuthor = true;
    if (this.#state.problem === 'edits-refused') this.#show({ problem: null });
    this.#look();
  }

  /** Resolves when the user's word about the held deletions has been carried out. */
  async resolveHeld(choice: Choice): Promise<void> {
    await this.#next(async () => {
      if (this.#state.held !== null) await this.#ledger.commit({ binding: { choice } });
    });
    this.#look();
    await this.#queue;
  }

  /**
   * The hub has refused an edit: the document is emptied, to be received anew without it.
   *
   * The caller must then enter the document on the wire again, with this bridge's new state vector.
   */
  refused(): Promise<void> {
    return this.#next(async () => {
      this.#cycle.inbox = [];
      this.#syncedNow = false;
      if (this.#canWrite) {
        this.#mayAuthor = false;
        this.#show({ problem: 'edits-refused' });
      }
      await this.#ledger.startOver();
    });
  }

  /** Copies into the user's own bookmarks; what was copied is then no longer offered. */
  keepCopy(items: readonly PutBackItem[]): Promise<void> {
    return this.#next(async () => {
      const left = await copyOut(this.#options.bookmarks, items);
      const copied = withoutItems(items, left);
      await this.#setPutBack(withoutItems(this.#ledger.binding.putBack, copied));
    });
  }

  clearPutBack(): Promise<void> {
    return this.#next(() => this.#setPutBack([]));
  }

  /** Stops and keeps everything. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLook?.();
    this.#cancelEra?.();
    this.#cancelVerify?.();
    await this.#queue;
  }

  /** The membership is over: native folder, shadow and document go. */
  async leave(): Promise<void> {
    await this.close();
    const { folders, store, team } = this.#options;
    await this.#home.remove().catch((error: unknown) => {
      // A folder that the browser will not give up stays, as its user's own.
      if (!(error instanceof BookmarkError)) throw error;
    });
    await store.forget(team);
    await folders.release(team);
    this.#show({ folder: null, bookmarks: 0, busy: null, held: null, putBack: [], unshared: [] });
  }

  // ---- when to look

  #lookSoon(since: number): void {
    this.#cancelLook?.();
    const waited = this.#options.now() - since;
    const ms = Math.max(0, Math.min(SETTLE_MS, LOOK_ANYWAY_MS - waited));
    this.#cancelLook = this.#options.delay(ms, () => this.#look());
  }

  #look(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    void this.#next(() => this.#lookUntilQuiet());
  }

  /** One after the other; a job that fails stops the bridge, because memory and store may differ from then on. */
  #next(job: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      if (this.#closed) return;
      try {
        await job();
      } catch (error) {
        this.#closed = true;
        this.#show({ problem: 'storage', busy: null });
        console.error('Teammarks: a team folder has stopped', error);
      }
    });
    return this.#queue;
  }

  async #lookUntilQuiet(): Promise<void> {
    this.#scheduled = false;
    if (!this.#ledger.binding.synced && !this.#syncedNow) return;
    this.#looking = true;
    const tries = new Map<string, number>();
    let rest: Rest = 'more';
    while (!this.#closed && (rest === 'more' || this.#cycle.inbox.length > 0)) {
      // Events of all our writes so far have arrived; whatever comes from now on is not in what we read next.
      this.#hintedAt = null;
      this.#cancelLook?.();
      const standing = { name: this.#name, canWrite: this.#canWrite, mayAuthor: this.#mayAuthor };
      rest = await this.#cycle.run(standing, tries);
    }
    this.#looking = false;
    this.#show({ busy: null });
    if (rest === 'nothing') await this.#ledger.commit({ binding: { doubt: null } });
    this.#watchEra();
    this.#verifyLater();
    if (this.#hintedAt !== null) this.#lookSoon(this.#hintedAt);
  }

  #verifyLater(): void {
    if (this.#cancelVerify !== null || this.#closed || !this.#cycle.survey.unverified) return;
    this.#cancelVerify = this.#options.delay(VERIFY_MS, () => {
      this.#cancelVerify = null;
      this.#cycle.survey.doubt();
      this.#look();
    });
  }

  /** While there are rows that the browser may not have stored, counts the eras on. */
  #watchEra(): void {
    if (this.#cancelEra !== null || this.#closed || !this.#ledger.unsafe) return;
    this.#cancelEra = this.#options.delay(ERA_MS, () => {
      this.#cancelEra = null;
      void this.#next(async () => {
        await this.#ledger.endEra();
        this.#watchEra();
      });
    });
  }

  // ---- what is shown

  async #setPutBack(putBack: readonly PutBackItem[]): Promise<void> {
    await this.#ledger.commit({ binding: { putBack } });
    this.#show({ putBack });
  }

  #show(change: Partial<BridgeState>): void {
    const state = { ...this.#state, ...change };
    if (!differ(state, this.#state)) return;
    this.#state = state;
    this.#options.changed(state);
  }
}
