/**
 * One team's bridge between its native folder and its document: the shell that does what `plan` decides.
 *
 * A cycle reads the folder, plans, stores document and shadow in one transaction, then sends, then writes; and cycles
 * follow one another until there is nothing left to do. Rules it keeps: everything runs in one queue; nothing is sent
 * before it is stored, or a killed worker would make the same edit twice; nothing is read from events but that it is
 * time to look.
 */
import type { Bookmarks } from '../browser/bookmarks';
import type { NativeId, NodeId, Random, TeamId } from '../model/ids';
import { type NativeNode, nativePreOrder } from '../model/native';
import type { Policy } from '../model/policy';
import type { Tree } from '../model/tree';
import type { Unshared } from '../sync/diff';
import { TeamDocument } from '../sync/document';
import { ERA_MS, ended, FIRST_ERA, inDoubt, restarted } from '../sync/eras';
import { Fit } from '../sync/fit';
import type { Held } from '../sync/guard';
import { type Choice, type Plan, type PutBackItem, plan } from '../sync/plan';
import { refusedEdits } from '../sync/refusal';
import { type Row, Shadow, settled } from '../sync/shadow';
import { createFolder, type Folders, findFolder, moveOut } from './folders';
import { Patching, writeKey } from './patching';
import type { Batch, Binding, Store, Stored } from './store';

export type { Choice, PutBackItem } from '../sync/plan';

export type Problem =
  /** The browser's policy forbids every change of bookmarks. */
  | 'bookmarks-locked'
  /** The hub has refused our edits although it lets us write; nothing more is sent until access is given anew. */
  | 'edits-refused'
  /** The folder was written by a later version: shown as it was, changed no more. */
  | 'update-needed'
  /** This browser cannot store, or has no place for, the team's folder. */
  | 'storage'
  | 'no-bookmarks-root';

export interface BridgeState {
  /** Bookmarks in the team's folder, shown in this browser or not. */
  readonly bookmarks: number;
  readonly folder: NativeId | null;
  readonly busy: { readonly done: number; readonly total: number } | null;
  readonly held: Held | null;
  /** A reader's undone edits, and edits the hub refused, until cleared. */
  readonly putBack: readonly PutBackItem[];
  readonly unshared: readonly Unshared[];
  readonly problem: Problem | null;
}

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
const SETTLE_MS = 200;
/** In an endless stream of them, a look at least so often: an import of 10 000 then takes no more than 20 updates. */
const LOOK_ANYWAY_MS = 5_000;
const CREATIONS_PER_UPDATE = 1_000;
/** The folder is read again after so many writes, so that the user's edits do not wait for a long catch-up. */
const WRITES_PER_CYCLE = 500;
/** Fewer writes than this are done before anyone could look at a progress bar. */
const WORTH_SHOWING = 25;
/** A write is tried so often, and one that was done has to be done again so often, before we let it be. */
const PATIENCE = 3;
const UPDATES_BEFORE_COMPACTION = 100;
const MOST_PUT_BACK = 1_000;

const UNBOUND: Binding = {
  synced: false,
  found: false,
  creating: false,
  held: false,
  choice: null,
  putBack: [],
  refused: null,
  folderTitle: null,
  browserRun: '',
  ...FIRST_ERA,
};

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #refused = new Set<string>();
  readonly #fit: Fit;
  #document: TeamDocument;
  #shadow: Shadow;
  #binding: Binding;
  #name: string;
  #canWrite: boolean;
  #mayAuthor = true;
  #stored: number;
  #vector: Uint8Array;
  #state: BridgeState;

  #inbox: Uint8Array[] = [];
  /** The hub's side has arrived on some connection since this worker started. */
  #syncedNow = false;
  #dirtySince: number | null = null;
  #cancelLook: (() => void) | null = null;
  #cancelEra: (() => void) | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #committing: Promise<void> | null = null;
  #scheduled = false;
  #looking = false;
  #closed = false;

  private constructor(options: BridgeOptions, stored: Stored) {
    this.#options = options;
    const { name, canWrite, browserRun, bookmarks, policy } = options;
    this.#fit = new Fit(bookmarks.dialect, policy, this.#refused);
    this.#name = name;
    this.#canWrite = canWrite;
    const binding = stored.binding ?? { ...UNBOUND, browserRun };
    this.#binding =
      binding.browserRun === browserRun ? binding : { ...binding, ...restarted(binding), browserRun };
    this.#shadow = new Shadow(stored.rows, this.#binding.era);
    this.#document = new TeamDocument();
    this.#document.apply(stored.updates);
    this.#stored = stored.updates.length;
    this.#vector = this.#document.stateVector();
    this.#state = {
      bookmarks: countBookmarks(this.#document.tree),
      folder: options.folders.of(options.team),
      busy: null,
      held: null,
      putBack: this.#binding.putBack,
      unshared: [],
      problem: null,
    };
  }

  /** Takes up the team's folder where it was left, online or not. */
  static async open(options: BridgeOptions): Promise<Bridge> {
    const bridge = new Bridge(options, await options.store.load(options.team));
    // Before anything is written in this run of the browser, that there is doubt about the last one must be stored.
    await bridge.#commit({ binding: bridge.#binding });
    bridge.#watchEra();
    bridge.#look();
    return bridge;
  }

  get state(): BridgeState {
    return this.#state;
  }

  /** The document, for whoever shows it. */
  get tree(): Tree {
    return this.#document.tree;
  }

  /** What is stored here; never tells of an edit that is not. */
  stateVector(): Uint8Array {
    return this.#vector;
  }

  /** What is stored here and lacks there. */
  async missing(stateVector: Uint8Array): Promise<Uint8Array> {
    while (this.#committing !== null) await this.#committing;
    return this.#document.missing(stateVector);
  }

  receive(update: Uint8Array): void {
    this.#inbox.push(update);
    this.#look();
  }

  synced(): void {
    this.#syncedNow = true;
    this.#look();
  }

  /** A bookmark has changed, here or elsewhere in the browser. */
  touched(): void {
    if (this.#closed) return;
    const now = this.#options.now();
    this.#dirtySince ??= now;
    if (!this.#looking) this.#lookSoon(now);
  }

  setName(name: string): void {
    this.#name = name;
    this.#look();
  }

  setAccess(canWrite: boolean): void {
    this.#canWrite = canWrite;
    this.#mayAuthor = true;
    if (this.#state.problem === 'edits-refused') this.#show({ problem: null });
    this.#look();
  }

  /** Resolves when the user's word about the held deletions has been carried out. */
  async resolveHeld(choice: Choice): Promise<void> {
    await this.#next(async () => {
      if (this.#state.held !== null) await this.#commit({ binding: { ...this.#binding, choice } });
    });
    this.#look();
    await this.#queue;
  }

  /**
   * The hub has refused an edit: the document is emptied, to be received anew without it.
   *
   * The caller must then enter the document on the wire again, with this bridge's new state vector.
   */
  async refused(): Promise<void> {
    await this.#next(async () => {
      const mine = this.#document.state();
      this.#document.destroy();
      this.#document = new TeamDocument();
      this.#inbox = [];
      this.#syncedNow = false;
      if (this.#canWrite) {
        this.#mayAuthor = false;
        this.#show({ problem: 'edits-refused' });
      }
      const refused = this.#binding.refused ?? mine;
      await this.#commit({
        state: this.#document.state(),
        binding: { ...this.#binding, synced: false, refused },
      });
    });
  }

  /** Copies into the user's own bookmarks; what was copied is then no longer offered. */
  keepCopy(items: readonly PutBackItem[]): Promise<void> {
    return this.#next(async () => {
      const { bookmarks } = this.#options;
      const roots = await bookmarks.roots();
      const root = roots.find(({ place }) => place === 'other') ?? roots[0];
      if (root === undefined) return;
      for (const { title, url } of items) {
        const index = (await bookmarks.children(root.id)).length;
        if (url !== '') await bookmarks.create({ parent: root.id, index, kind: 'b', title, url });
      }
      const kept = new Set(items.map(itemKey));
      await this.#setPutBack(this.#binding.putBack.filter((item) => !kept.has(itemKey(item))));
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
    await this.#queue;
  }

  /** The membership is over: native folder, shadow and document go. */
  async leave(): Promise<void> {
    await this.close();
    const { bookmarks, folders, store, team } = this.#options;
    const folder = folders.of(team);
    if (folder !== null && (await bookmarks.subtree(folder)) !== null) await bookmarks.remove(folder, true);
    await store.forget(team);
    await folders.release(team);
    this.#show({ folder: null, bookmarks: 0, busy: null, held: null, putBack: [], unshared: [] });
  }

  readonly #doubted = (row: Row): boolean => inDoubt(this.#binding, row);

  // ---- when to look

  #lookSoon(now: number): void {
    this.#cancelLook?.();
    const latest = (this.#dirtySince ?? now) + LOOK_ANYWAY_MS;
    this.#cancelLook = this.#options.delay(Math.max(0, Math.min(SETTLE_MS, latest - now)), () =>
      this.#look(),
    );
  }

  #look(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    void this.#next(() => this.#lookUntilQuiet());
  }

  /** One after the other; a job that fails stops the bridge, because memory and store may differ from then on. */
  #next(job: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(async () => {
      if (this.#closed) return;
      try {
        await job();
      } catch (error) {
        this.#closed = true;
        this.#show({ problem: 'storage', busy: null });
        console.error('Teammarks: a team folder has stopped', error);
      }
    });
    this.#queue = done;
    return done;
  }

  async #lookUntilQuiet(): Promise<void> {
    this.#scheduled = false;
    if (!this.#binding.synced && !this.#syncedNow) return;
    this.#looking = true;
    const tries = new Map<string, number>();
    let again = true;
    while (again && !this.#closed) {
      // Events of all our writes so far have arrived; whatever comes from now on is not in what we read next.
      this.#dirtySince = null;
      this.#cancelLook?.();
      again = (await this.#cycle(tries)) || this.#inbox.length > 0;
    }
    this.#looking = false;
    this.#show({ busy: null });
    if (!this.#closed && this.#binding.doubt !== null && this.#state.held === null) {
      await this.#commit({ binding: { ...this.#binding, doubt: null } });
    }
    if (this.#dirtySince !== null) this.#lookSoon(this.#options.now());
  }

  // ---- one cycle

  /** True when there is, or may be, more to do. */
  async #cycle(tries: Map<string, number>): Promise<boolean> {
    const native = await this.#folder();
    if (native === null) {
      await this.#takeInOnly();
      return false;
    }
    const strays = await this.#strays(native);
    const inbox = this.#inbox;
    const fresh = !this.#binding.synced;
    const { folders, team, random, now } = this.#options;
    const planned = plan({
      document: this.#document,
      shadow: this.#shadow,
      native,
      inbox,
      fresh,
      found: this.#binding.found,
      strays,
      interrupted: this.#binding.creating,
      canWrite: this.#canWrite && this.#mayAuthor,
      wasHeld: this.#binding.held,
      choice: this.#binding.choice,
      fit: this.#fit,
      foreign: folders.others(team),
      doubted: this.#doubted,
      batch: CREATIONS_PER_UPDATE,
      random,
      now: now(),
    });
    if (fresh || !planned.unfinished) this.#inbox = [];
    await this.#store(planned);
    if (planned.update !== null) this.#options.send(planned.update);
    this.#showPlan(planned, native);
    if (planned.unfinished) return true;
    return this.#write(planned, native, tries);
  }

  /**
   * What we have put into a folder that the user was taking away from us at that moment, and all below it.
   *
   * It is gone from the team's folder although nobody has removed it: had it been removed, it would be nowhere.
   */
  async #strays(folder: NativeNode): Promise<ReadonlySet<NodeId>> {
    const inside = new Set<NativeId>();
    for (const { id } of nativePreOrder(folder)) inside.add(id);
    const missing = [...this.#shadow.rows()].filter((row) => !inside.has(row.native));
    const strays = new Set<NodeId>();
    for (const row of missing) {
      const node = this.#document.tree.get(row.id);
      const placed = node === undefined || settled(row, node);
      if (!placed && (await this.#options.bookmarks.get(row.native)) !== null) strays.add(row.id);
    }
    for (let before = -1; before !== strays.size; ) {
      before = strays.size;
      for (const row of strays.size > 0 ? missing : []) if (strays.has(row.parent)) strays.add(row.id);
    }
    return strays;
  }

  #store(planned: Plan): Promise<void> {
    const { held, unfinished } = planned;
    const putBack = [...planned.putBack];
    let binding: Binding = { ...this.#binding, synced: true, held: held !== null };
    const creating = planned.writes.some((write) => write.do === 'create');
    if (!unfinished) binding = { ...binding, found: false, creating, choice: null };
    if (binding.refused !== null) {
      const mine = new TeamDocument();
      mine.apply([this.#document.state(), binding.refused]);
      putBack.push(...refusedEdits(this.#document.tree, mine.tree, this.#options.now()));
      mine.destroy();
      binding = { ...binding, refused: null };
    }
    if (putBack.length > 0) binding = { ...binding, putBack: merged(binding.putBack, putBack) };
    const updates = [...(planned.update === null ? [] : [planned.update]), ...planned.received];
    return this.#commit({ updates, ...(same(binding, this.#binding) ? {} : { binding }) });
  }

  /** Does the planned writes, or the first of them; true when the result has to be looked at. */
  async #write({ writes }: Plan, folder: NativeNode, tries: Map<string, number>): Promise<boolean> {
    const patching = new Patching(this.#options.bookmarks, this.#shadow, folder.id);
    const slice = writes.slice(0, WRITES_PER_CYCLE);
    const before = this.#state.busy?.done ?? 0;
    let worthwhile = false;
    let saving = Promise.resolve();
    for (const [at, write] of slice.entries()) {
      if (this.#closed) break;
      const key = writeKey(write);
      const tried = (tries.get(key) ?? 0) + 1;
      tries.set(key, tried);
      const outcome = await patching.carryOut(write);
      if (outcome === 'locked') {
        this.#show({ problem: 'bookmarks-locked' });
        await saving;
        return false;
      }
      if (outcome === 'refused' && tried >= PATIENCE) this.#refused.add(key);
      if (outcome !== 'overtaken' ? tried <= PATIENCE : tried <= PATIENCE * PATIENCE) worthwhile = true;
      // What was written is stored while the next write is on its way: never more than two are unknown to a new worker.
      await saving;
      saving = this.#commit({});
      if (writes.length >= WORTH_SHOWING && (at + 1) % WORTH_SHOWING === 0) {
        this.#show({ busy: { done: before + at + 1, total: before + writes.length } });
      }
    }
    await saving;
    await this.#commit(this.#binding.creating ? { binding: { ...this.#binding, creating: false } } : {});
    if (slice.length > 0 && this.#state.problem === 'bookmarks-locked') this.#show({ problem: null });
    return worthwhile;
  }

  /** While there is no native folder, the document goes on. */
  async #takeInOnly(): Promise<void> {
    const updates = this.#inbox;
    this.#inbox = [];
    if (updates.length === 0) return;
    this.#document.apply(updates);
    await this.#commit({ updates });
    this.#show({ bookmarks: countBookmarks(this.#document.tree) });
  }

  // ---- the native folder

  /** The team's folder as it is now, found, made or moved back as need be; null while it is held or has no place. */
  async #folder(): Promise<NativeNode | null> {
    const { bookmarks, folders, team } = this.#options;
    const known = folders.of(team);
    let native = known === null ? null : await bookmarks.subtree(known);
    if (native === null) native = await this.#establish(known);
    if (native === null) return null;
    if (await moveOut(bookmarks, native, folders.others(team))) native = await bookmarks.subtree(native.id);
    if (native !== null) await this.#title(native);
    return native;
  }

  async #establish(known: NativeId | null): Promise<NativeNode | null> {
    const { bookmarks, folders, team } = this.#options;
    // A first bind needs to know what is the team's.
    if (!this.#binding.synced) this.#takeInEarly();
    const found = await findFolder(bookmarks, {
      title: this.#name,
      tree: this.#document.tree,
      fit: this.#fit,
      taken: folders.others(team),
      orEmpty: this.#shadow.size === 0,
    });
    const lost = found === null && this.#shadow.size > 0;
    const forgotten = known === null || [...this.#shadow.rows()].every(this.#doubted);
    if (
      lost &&
      this.#canWrite &&
      this.#binding.choice === null &&
      !(forgotten && this.#binding.doubt !== null)
    ) {
      if (!this.#binding.held) await this.#commit({ binding: { ...this.#binding, held: true } });
      this.#show({ held: { reason: 'folder-vanished', count: this.#shadow.size }, folder: null });
      return null;
    }
    // Stored before the folder is ours: an empty one must not look like one its user has emptied.
    if (this.#binding.choice !== 'remove') await this.#commit({ binding: { ...this.#binding, found: true } });
    let native = found;
    if (native === null) {
      const [root] = await bookmarks.roots();
      if (root === undefined) {
        this.#show({ problem: 'no-bookmarks-root' });
        return null;
      }
      native = await createFolder(bookmarks, this.#name);
    }
    await folders.claim(team, native.id);
    await this.#commit({ binding: { ...this.#binding, folderTitle: native.title } });
    this.#show({ folder: native.id, problem: null });
    return native;
  }

  /** The team's name, as long as the folder's owner has not given it one of their own. */
  async #title(native: NativeNode): Promise<void> {
    const { folderTitle } = this.#binding;
    const wanted = this.#fit.title(this.#name);
    if (native.title === wanted) {
      if (folderTitle !== wanted) await this.#commit({ binding: { ...this.#binding, folderTitle: wanted } });
    } else if (native.title === folderTitle) {
      const { title } = await this.#options.bookmarks.update(native.id, { title: this.#name });
      await this.#commit({ binding: { ...this.#binding, folderTitle: title } });
    }
  }

  // ---- what is stored and shown

  #takeInEarly(): void {
    this.#document.apply(this.#inbox);
  }

  /** Stores the batch with everything that has changed in the shadow. */
  async #commit(batch: Omit<Batch, 'rows' | 'state'> & { state?: Uint8Array }): Promise<void> {
    const rows = this.#shadow.takeChanges();
    const updates = batch.updates ?? [];
    const nothing = updates.length + rows.put.size + rows.drop.length === 0;
    if (nothing && batch.binding === undefined && batch.state === undefined) return;
    this.#stored += updates.length;
    const compact = batch.state === undefined && this.#stored > UPDATES_BEFORE_COMPACTION;
    const state = compact ? this.#document.state() : batch.state;
    if (state !== undefined) this.#stored = 1;
    if (batch.binding !== undefined) this.#binding = batch.binding;
    const { store, team } = this.#options;
    this.#committing = store.commit(team, { ...batch, rows, ...(state === undefined ? {} : { state }) });
    await this.#committing;
    this.#committing = null;
    this.#vector = this.#document.stateVector();
    if (rows.put.size > 0) this.#watchEra();
  }

  /** While rows are written that the browser may not have stored, counts the eras on. */
  #watchEra(): void {
    const unsafe = () => [...this.#shadow.rows()].some((row) => row.era > this.#binding.safe);
    if (this.#cancelEra !== null || this.#closed || !unsafe()) return;
    this.#cancelEra = this.#options.delay(ERA_MS, () => {
      this.#cancelEra = null;
      void this.#next(async () => {
        const binding = { ...this.#binding, ...ended(this.#binding) };
        this.#shadow.era = binding.era;
        this.#shadow.clearGraves(binding.safe);
        await this.#commit({ binding });
        this.#watchEra();
      });
    });
  }

  async #setPutBack(putBack: readonly PutBackItem[]): Promise<void> {
    await this.#commit({ binding: { ...this.#binding, putBack } });
    this.#show({ putBack });
  }

  #showPlan({ held, unshared, writes, unfinished }: Plan, native: NativeNode): void {
    const problem = this.#document.schemaTooNew ? 'update-needed' : this.#state.problem;
    const bookmarks = countBookmarks(this.#document.tree);
    const total = (this.#state.busy?.done ?? 0) + writes.length;
    const busy = this.#state.busy ?? { done: 0, total };
    this.#show({
      bookmarks,
      folder: native.id,
      held,
      unshared,
      problem,
      putBack: this.#binding.putBack,
      busy: unfinished || writes.length >= WORTH_SHOWING ? { ...busy, total } : this.#state.busy,
    });
  }

  #show(change: Partial<BridgeState>): void {
    const state = { ...this.#state, ...change };
    if (same(state, this.#state)) return;
    this.#state = state;
    this.#options.changed(state);
  }
}

function countBookmarks(tree: Tree): number {
  let count = 0;
  for (const node of tree.nodes.values()) if (node.visible && node.kind === 'b') count++;
  return count;
}

function same<T extends object>(a: T, b: T): boolean {
  const keys = Object.keys(a) as (keyof T)[];
  return keys.every((key) => a[key] === b[key] || JSON.stringify(a[key]) === JSON.stringify(b[key]));
}

function itemKey({ what, title, url }: PutBackItem): string {
  return `${what} ${url}\n${title}`;
}

/** An undoing that was interrupted is seen twice, and listed once. */
function merged(known: readonly PutBackItem[], more: readonly PutBackItem[]): PutBackItem[] {
  const keys = new Set(known.map(itemKey));
  return [...known, ...more.filter((item) => !keys.has(itemKey(item)))].slice(-MOST_PUT_BACK);
}
