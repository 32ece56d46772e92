/**
 * One look at a team's native folder, and what follows from it: read, plan, store, send, write.
 *
 * The order is the rule: nothing is sent or written before what led to it is stored.
 */
import { BookmarkError, type Bookmarks } from '../browser/bookmarks';
import type { NodeId, Random } from '../model/ids';
import type { Tree } from '../model/tree';
import { TeamDocument } from '../sync/document';
import type { Fit } from '../sync/fit';
import { type Plan, plan, takeIn } from '../sync/plan';
import { refusedEdits } from '../sync/refusal';
import type { Scope } from '../sync/scope';
import { settled } from '../sync/shadow';
import type { BridgeState } from './bridge-state';
import type { Home } from './home';
import type { Ledger } from './ledger';
import { Patching, writeKey } from './patching';
import { withItems } from './put-back';
import { Survey } from './survey';

const CREATIONS_PER_UPDATE = 2_000;
/**
 * The folder is looked at again after so many writes, so that the user's edits do not wait for a long catch-up; but not
 * before they have taken so many times as long as the look did, so that what takes the time is writing.
 */
const WRITES_PER_CYCLE = 500;
const WRITING_TO_LOOKING = 10;
/**
 * What so many writes have done is stored together, while the next ones are on their way: a killed worker's successor
 * has to know again twice as many at most.
 */
const WRITES_PER_BATCH = 10;
/** Fewer writes than this are done before anyone could look at a progress bar. */
const WORTH_SHOWING = 25;
/** A write that fails is tried so often, and one that changes nothing is done so often, before we let it be. */
const PATIENCE = 3;

const NOTHING: ReadonlySet<NodeId> = new Set();

/** What a cycle leaves: more to do, nothing, or something that cannot be done now. */
export type Rest = 'more' | 'nothing' | 'stuck';

export interface CycleOptions {
  readonly ledger: Ledger;
  readonly home: Home;
  readonly bookmarks: Bookmarks;
  readonly fit: Fit;
  /** Collects the writes that the browser refuses for good. */
  readonly refused: Set<string>;
  readonly random: Random;
  now(): number;
  send(update: Uint8Array): void;
  state(): BridgeState;
  show(change: Partial<BridgeState>): void;
  /** No more is to be written. */
  closed(): boolean;
}

/** What the hub says of the team and our part in it. */
export interface Standing {
  readonly name: string;
  readonly canWrite: boolean;
  /** False while the hub refuses edits that it should take. */
  readonly mayAuthor: boolean;
}

export class Cycle {
  /** What has come from the hub and is not in the document yet. */
  inbox: Uint8Array[] = [];
  readonly survey: Survey;
  readonly #ledger: Ledger;
  #standing: Standing | null = null;

  constructor(private readonly options: CycleOptions) {
    this.#ledger = options.ledger;
    this.survey = new Survey(options.bookmarks, options.ledger.shadow);
  }

  /** `tries`: how often each write was tried since all was quiet. */
  async run(standing: Standing, tries: Map<string, number>): Promise<Rest> {
    const start = this.options.now();
    try {
      const folder = await this.options.home.find(standing.name, standing.canWrite, () => this.#foreseen());
      if (typeof folder === 'string') return await this.#withoutFolder(folder);
      const isPlain = this.#isPlain(standing);
      this.#standing = standing;
      const scope = await this.survey.read(folder.id, {
        inPart: isPlain,
        foreign: this.options.home.foreign,
      });
      if (scope === 'gone') return 'more';
      if (scope !== null && scope.folders.size + scope.lost.size + this.inbox.length === 0) {
        this.survey.leave(NOTHING);
        return 'nothing';
      }
      const planned = this.#plan(scope, await this.#strays(scope), standing);
      await this.#keep(planned);
      if (planned.update !== null) this.options.send(planned.update);
      this.#showPlan(planned);
      if (planned.unfinished) return 'more';
      const rest = await this.#write(planned, tries, this.options.now() - start);
      const made = planned.writes.flatMap((write) => (write.do === 'create' ? write.node.id : []));
      if (rest === 'more') this.survey.leave(planned.open, made);
      else if (rest === 'nothing' && isPlain) this.survey.leave(NOTHING);
      return rest;
    } catch (error) {
      if (!(error instanceof BookmarkError)) throw error;
      this.survey.doubt();
      if (error.code === 'locked') this.options.show({ problem: 'bookmarks-locked' });
      return 'stuck';
    }
  }

  /** Nothing out of the ordinary is going on: what a comparison finds to agree, agrees. */
  #isPlain(standing: Standing): boolean {
    const { binding, document } = this.#ledger;
    const { found, creating, held, choice, refused, doubt, synced } = binding;
    return (
      synced &&
      !(found || creating || held || document.schemaTooNew) &&
      choice === null &&
      refused === null &&
      doubt === null &&
      this.options.refused.size === 0 &&
      this.options.state().unshared.length === 0 &&
      this.#standing !== null &&
      standing.canWrite === this.#standing.canWrite &&
      standing.mayAuthor === this.#standing.mayAuthor
    );
  }

  #plan(scope: Scope | null, strays: ReadonlySet<NodeId>, { canWrite, mayAuthor }: Standing): Plan {
    const { document, shadow, binding, doubted } = this.#ledger;
    const fresh = !binding.synced;
    const planned = plan({
      document,
      shadow,
      natives: this.survey.mirror,
      scope,
      inbox: this.inbox,
      fresh,
      found: binding.found || shadow.size === 0,
      strays,
      interrupted: binding.creating,
      canWrite: canWrite && mayAuthor,
      wasHeld: binding.held,
      choice: binding.choice,
      fit: this.options.fit,
      foreign: this.options.home.foreign,
      doubted,
      batch: CREATIONS_PER_UPDATE,
      random: this.options.random,
      now: this.options.now(),
    });
    if (fresh || !planned.unfinished) this.inbox = [];
    return planned;
  }

  #keep({ update, received, unfinished, writes, held, putBack }: Plan): Promise<void> {
    const { document, binding } = this.#ledger;
    const items = [...putBack];
    if (binding.refused !== null) {
      const mine = new TeamDocument();
      mine.apply([document.state(), binding.refused]);
      items.push(...refusedEdits(document.tree, mine.tree, this.options.now()));
      mine.destroy();
    }
    const creating = writes.some((write) => write.do === 'create');
    return this.#ledger.commit({
      updates: update === null ? received : [update, ...received],
      binding: {
        synced: true,
        held: held !== null || (binding.held && document.schemaTooNew),
        refused: null,
        putBack: withItems(binding.putBack, items),
        ...(unfinished || document.schemaTooNew ? {} : { found: false, choice: null, creating }),
      },
    });
  }

  /** Does the planned writes, or the first of them. */
  async #write({ writes }: Plan, tries: Map<string, number>, lookedFor: number): Promise<Rest> {
    const patching = new Patching(this.options.bookmarks, this.#ledger.shadow, this.survey.mirror.folder.id);
    const before = this.options.state().busy?.done ?? 0;
    let worthwhile = writes.length === 0;
    let saving = Promise.resolve();
    const start = this.options.now();
    for (const [at, write] of writes.entries()) {
      const isLong = this.options.now() - start >= lookedFor * WRITING_TO_LOOKING;
      if (this.options.closed() || (at >= WRITES_PER_CYCLE && isLong)) break;
      const key = writeKey(write);
      const tried = (tries.get(key) ?? 0) + 1;
      tries.set(key, tried);
      const outcome = await patching.carryOut(write);
      if ((at + 1) % WRITES_PER_BATCH === 0 || outcome === 'locked') {
        await saving;
        saving = this.#ledger.commit();
        saving.catch(() => undefined); // heard of where it is awaited
      }
      if (outcome === 'locked') {
        await saving;
        throw new BookmarkError('locked', null);
      }
      if (outcome === 'refused' && tried >= PATIENCE) this.options.refused.add(key);
      if (tried <= (outcome === 'overtaken' ? PATIENCE * PATIENCE : PATIENCE)) worthwhile = true;
      if (writes.length >= WORTH_SHOWING && (at + 1) % WORTH_SHOWING === 0) {
        this.options.show({ busy: { done: before + at + 1, total: before + writes.length } });
      }
    }
    await saving;
    await this.#ledger.commit({ binding: { creating: false } });
    if (this.options.state().problem === 'bookmarks-locked' && writes.length > 0)
      this.options.show({ problem: null });
    if (writes.length === 0) return 'nothing';
    return worthwhile ? 'more' : 'stuck';
  }

  /** The document goes on meanwhile. */
  async #withoutFolder(reason: 'vanished' | 'no-root'): Promise<Rest> {
    const updates = takeIn(this.#ledger.document, this.inbox);
    this.inbox = [];
    this.survey.doubt();
    await this.#ledger.commit({ updates });
    this.options.show({
      bookmarks: this.#ledger.document.tree.bookmarks,
      folder: null,
      ...(reason === 'no-root'
        ? { problem: 'no-bookmarks-root' }
        : { held: { reason: 'folder-vanished', count: this.#ledger.shadow.size } }),
    });
    return 'stuck';
  }

  /** What the tree will be once the inbox is in it. */
  #foreseen(): Tree {
    if (this.inbox.length === 0) return this.#ledger.document.tree;
    const document = new TeamDocument(this.#ledger.document.state());
    takeIn(document, this.inbox);
    const { tree } = document;
    document.destroy();
    return tree;
  }

  /**
   * What we have put into a folder that the user was taking away from us at that moment, and all below it.
   *
   * It is gone from the team's folder although nobody has removed it: had it been removed, it would be nowhere.
   */
  async #strays(scope: Scope | null): Promise<ReadonlySet<NodeId>> {
    const { shadow, document } = this.#ledger;
    const rows = scope === null ? [...shadow.rows()] : shadow.ofAll(scope.lost);
    const missing = rows.filter((row) => !this.survey.mirror.byId.has(row.native));
    const strays = new Set<NodeId>();
    for (const row of missing) {
      const node = document.tree.get(row.id);
      const placed = node === undefined || settled(row, node);
      if (!placed && (await this.options.bookmarks.get(row.native)) !== null) strays.add(row.id);
    }
    for (let before = -1; before !== strays.size; ) {
      before = strays.size;
      for (const row of strays.size > 0 ? missing : []) if (strays.has(row.parent)) strays.add(row.id);
    }
    return strays;
  }

  #showPlan({ held, unshared, writes, unfinished }: Plan): void {
    const { document, shadow, binding } = this.#ledger;
    const { busy, problem } = this.options.state();
    const done = unfinished ? shadow.size : (busy?.done ?? 0);
    this.options.show({
      bookmarks: document.tree.bookmarks,
      folder: this.survey.mirror.folder.id,
      edition: this.#ledger.edition,
      held,
      unshared,
      putBack: binding.putBack,
      problem: document.schemaTooNew ? 'update-needed' : problem === 'no-bookmarks-root' ? null : problem,
      ...(unfinished ? { busy: { done, total: this.survey.mirror.byId.size - 1 } } : {}),
      ...(!unfinished && writes.length >= WORTH_SHOWING
        ? { busy: { done, total: done + writes.length } }
        : {}),
    });
  }
}
