/**
 * The team's native folder as it was last read, kept current folder by folder.
 *
 * An event says where to look and is believed in nothing else. Rules this keeps, because several reads are not one
 * moment as the reading of everything is: reading goes on until no event has come in between; a node that is missing
 * where it was is asked for by its id before it counts as gone; and wherever that leaves a doubt, everything is read.
 */
import type { Bookmarks } from '../browser/bookmarks';
import type { NativeId } from '../model/ids';
import { type NativeNode, nativePreOrder } from '../model/native';
import type { Natives } from '../sync/scope';
import type { Hints } from './hints';

type Mirrored = { -readonly [K in keyof Omit<NativeNode, 'children'>]: NativeNode[K] } & {
  children: Mirrored[];
};

/** Reading that is overtaken by events so often is a storm. */
const ROUNDS = 8;
/** More missing nodes than this are not asked for one by one. */
const MANY = 50;

export interface Refreshed {
  /** Folders whose contents were read, or have changed. */
  readonly folders: ReadonlySet<NativeId>;
  /** Natives that were here and are no more. */
  readonly lost: ReadonlySet<NativeId>;
}

export class Mirror implements Natives {
  #folder: Mirrored | null = null;
  #byId = new Map<NativeId, Mirrored>();

  constructor(readonly bookmarks: Bookmarks) {}

  get folder(): NativeNode {
    if (this.#folder === null) throw new Error('expected a folder that was read');
    return this.#folder;
  }

  get byId(): ReadonlyMap<NativeId, NativeNode> {
    return this.#byId;
  }

  /** False: it is gone. */
  async readAll(folder: NativeId): Promise<boolean> {
    this.#folder = (await this.bookmarks.subtree(folder)) as Mirrored | null;
    this.#byId = new Map();
    if (this.#folder === null) return false;
    for (const node of nativePreOrder(this.#folder)) this.#byId.set(node.id, node as Mirrored);
    return true;
  }

  /** Reads these folders, and wherever events point meanwhile. Null: everything has to be read. */
  async refresh(hints: Hints, folders: Iterable<NativeId>): Promise<Refreshed | null> {
    const reading = new Reading(this.bookmarks, this.#byId, this.folder.id);
    for (const id of folders) reading.due.add(id);
    for (let round = 0; hints.any || reading.unfinished; round++) {
      const hinted = hints.take();
      if (hinted === null || round === ROUNDS) return null;
      if (!(await reading.round(hinted))) return null;
    }
    return reading;
  }
}

/** One refreshing of a mirror. */
class Reading implements Refreshed {
  readonly folders = new Set<NativeId>();
  readonly lost = new Set<NativeId>();
  due = new Set<NativeId>();
  /** No more where they were, and not seen elsewhere yet. */
  readonly #missing = new Map<NativeId, Mirrored>();

  constructor(
    private readonly bookmarks: Bookmarks,
    private readonly byId: Map<NativeId, Mirrored>,
    private readonly top: NativeId,
  ) {}

  get unfinished(): boolean {
    return this.due.size + this.#missing.size > 0;
  }

  /** False: there is a doubt. */
  async round(hinted: { folders: ReadonlySet<NativeId>; nodes: ReadonlySet<NativeId> }): Promise<boolean> {
    const strangers = new Set<NativeId>();
    for (const id of hinted.nodes) {
      if (!(await this.#readNode(id))) strangers.add(id);
    }
    for (const id of hinted.folders) {
      if (this.byId.has(id)) this.due.add(id);
      else strangers.add(id);
    }
    const { due } = this;
    this.due = new Set();
    for (const id of due) if (!(await this.#readFolder(id))) return false;
    // What is new in a folder of ours is known by now.
    for (const id of strangers) if (!this.byId.has(id) && (await this.#isInside(id))) return false;
    // What has changed elsewhere may be that the team's folder is no more.
    if (strangers.size > 0 && (await this.bookmarks.get(this.top)) === null) return false;
    return this.#seekMissing();
  }

  /** False: it is not known here. */
  async #readNode(id: NativeId): Promise<boolean> {
    const node = this.byId.get(id);
    if (node === undefined) return false;
    if (id === this.top) return true; // its name is its owner's affair
    const now = (await this.bookmarks.get(id))?.[0];
    this.folders.add(node.parent);
    if (now === undefined || now.parent !== node.parent || now.added !== node.added)
      this.due.add(node.parent);
    else Object.assign(node, { title: now.title, url: now.url });
    return true;
  }

  async #readFolder(id: NativeId): Promise<boolean> {
    const folder = this.byId.get(id);
    if (folder === undefined) return true; // gone with what it stood in
    const now = await this.bookmarks.contents(id);
    if (now === null) {
      this.due.add(folder.parent);
      return id !== this.top;
    }
    const children: Mirrored[] = [];
    for (const child of now) {
      const node = this.byId.has(child.id) ? this.#known(child, folder) : await this.#new(child, id);
      if (node === 'doubtful') return false;
      if (node !== null) children.push(node);
    }
    const here = new Set(children);
    for (const child of folder.children) if (!here.has(child)) this.#missing.set(child.id, child);
    folder.children = children;
    this.folders.add(id);
    return true;
  }

  /** A node that is known, here or from another folder. */
  #known(now: NativeNode, folder: Mirrored): Mirrored | 'doubtful' {
    const node = this.byId.get(now.id) as Mirrored;
    if (node.added !== now.added || node.kind !== now.kind) return 'doubtful'; // the id was given anew
    if (node.parent !== folder.id) this.#leave(node);
    Object.assign(node, { parent: folder.id, title: now.title, url: now.url });
    this.#missing.delete(node.id);
    return node;
  }

  /** Where a node stood before it was seen elsewhere. */
  #leave(node: Mirrored): void {
    const folder = this.byId.get(node.parent);
    if (folder === undefined) return;
    folder.children = folder.children.filter((child) => child !== node);
    if (!this.folders.has(folder.id)) this.due.add(folder.id);
    this.folders.add(folder.id);
  }

  /** A node that was never seen, with everything in it; null when it is gone again, of which there was an event. */
  async #new(now: NativeNode, folder: NativeId): Promise<Mirrored | 'doubtful' | null> {
    const top = now.kind === 'f' ? await this.bookmarks.subtree(now.id) : now;
    if (top === null) return null;
    const nodes = [...nativePreOrder({ ...top, parent: folder })] as Mirrored[];
    if (nodes.some(({ id }) => this.byId.has(id))) return 'doubtful';
    for (const node of nodes) {
      this.byId.set(node.id, node);
      this.lost.delete(node.id);
      // One that we have just made may hold already what its user has put there.
      if (node.kind === 'f') this.folders.add(node.id);
    }
    return nodes[0] ?? null;
  }

  /** Asks for what is missing. False: it is somewhere in the team's folder where nobody has looked. */
  async #seekMissing(): Promise<boolean> {
    if (this.#missing.size > MANY) return false;
    for (const node of [...this.#missing.values()]) {
      const now = (await this.bookmarks.get(node.id))?.[0];
      if (now !== undefined && this.byId.has(now.parent)) {
        this.due.add(now.parent);
        continue;
      }
      if (now !== undefined && (await this.#isInside(now.parent))) return false;
      this.#missing.delete(node.id);
      for (const { id } of nativePreOrder(node)) {
        this.byId.delete(id);
        this.lost.add(id);
      }
    }
    return true;
  }

  /** Whether an unknown node stands somewhere in the team's folder. */
  async #isInside(id: NativeId): Promise<boolean> {
    let at = (await this.bookmarks.get(id))?.[0];
    while (at !== undefined && at.parent !== '') {
      if (this.byId.has(at.parent)) return true;
      at = (await this.bookmarks.get(at.parent))?.[0];
    }
    return false;
  }
}
