/**
 * One team's document: bytes in, tree out, and edits as updates. The only module that knows Yjs.
 *
 * Rules it keeps: one user action is one transaction and one update; nothing is read twice, because the maps are kept
 * current from what each change says it touched; the client id is fresh in every process and never stored, for two that
 * share one would destroy each other's edits.
 */
import * as Y from 'yjs';
import { advance } from '../model/advance';
import type { NodeId, Random } from '../model/ids';
import type { ShownTree } from '../model/shown';
import { materialise, type Tree } from '../model/tree';
import { type Editor, WriterError, write } from '../model/writer';

/** The version of the tree's maps that this code writes. */
const SCHEMA = 1;
const MAPS = ['n', 'p', 't', 'u', 'x', 'meta'] as const;
type MapName = (typeof MAPS)[number];

/** Bytes that are no Yjs update or state vector. The document is as it was. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

export class TeamDocument {
  private readonly doc = new Y.Doc();
  private readonly raw: Record<MapName, Map<string, unknown>> = {
    n: new Map(),
    p: new Map(),
    t: new Map(),
    u: new Map(),
    x: new Map(),
    meta: new Map(),
  };
  private current: ShownTree | null = null;
  /** Keys that have changed since the tree was read. */
  private changed: Record<MapName, Set<string>> | null = null;
  /** Folders that have changed since somebody asked; `null`: any may have. */
  private folders: Set<NodeId> | null = null;
  private edited = false;

  /** `state`: an update, as `state()` gives it. Throws `DocumentError` when it is none. */
  constructor(state?: Uint8Array) {
    for (const name of MAPS) this.follow(name);
    if (state !== undefined) this.apply([state]);
  }

  /** Read once, then kept current. One that was given out stays as it is. */
  get tree(): Tree {
    if (this.current !== null && this.changed === null) return this.current;
    const advanced = this.current && this.changed && advance(this.current, this.raw, this.changed);
    for (const folder of advanced?.folders ?? []) this.folders?.add(folder);
    if (!advanced) this.folders = null;
    this.current = advanced?.tree ?? materialise(this.raw);
    this.changed = null;
    return this.current;
  }

  /** The folders whose contents have changed since this was last asked; `null`: any of them. */
  takeChangedFolders(): ReadonlySet<NodeId> | null {
    void this.tree;
    const { folders } = this;
    this.folders = new Set();
    return folders;
  }

  /** Written by a later version: to be shown, not edited. */
  get schemaTooNew(): boolean {
    const schema = this.raw.meta.get('schema');
    return typeof schema === 'string' && /^\d+$/.test(schema) && Number(schema) > SCHEMA;
  }

  /** Updates from elsewhere, in any order, more than once if need be. Throws `DocumentError`: then none is applied. */
  apply(updates: readonly Uint8Array[]): void {
    for (const update of updates) attempt(() => examine(update));
    this.doc.transact(() => {
      for (const update of updates) attempt(() => Y.applyUpdate(this.doc, update));
    });
  }

  /**
   * One user action. Returns its update, `null` when it changed nothing. Throws `WriterError` for a document of a later
   * version, and whatever the action throws; then nothing is written. `meta` is `"<created ms, base36> <user id>"`.
   */
  edit(action: (editor: Editor) => void, random: Random, meta?: string): Uint8Array | null {
    if (this.schemaTooNew) throw new WriterError('schema-too-new');
    const writes = write(this.raw, this.tree, action, random, meta);
    if (!this.edited) this.doc.clientID = newClientId(random);
    this.edited = true;
    let made: Uint8Array | null = null;
    const keep = (update: Uint8Array) => {
      made = update;
    };
    this.doc.on('update', keep);
    this.doc.transact(() => {
      for (const name of ['n', 'p', 't', 'u', 'x'] as const) {
        const map = this.doc.getMap(name);
        for (const [key, value] of writes[name]) {
          if (value === null) map.delete(key);
          else if (this.raw[name].get(key) !== value) map.set(key, value);
        }
      }
    });
    this.doc.off('update', keep);
    return made;
  }

  stateVector(): Uint8Array {
    return Y.encodeStateVector(this.doc);
  }

  /** What the owner of this state vector lacks. Throws `DocumentError` when it is none. */
  missing(stateVector: Uint8Array): Uint8Array {
    return attempt(() => Y.encodeStateAsUpdate(this.doc, stateVector));
  }

  /** The whole document as one update, with what still waits for its predecessors. */
  state(): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc);
  }

  destroy(): void {
    this.doc.destroy();
  }

  private follow(name: MapName): void {
    const map = this.doc.getMap(name);
    const raw = this.raw[name];
    map.observe(({ keysChanged }) => {
      this.changed ??= {
        n: new Set(),
        p: new Set(),
        t: new Set(),
        u: new Set(),
        x: new Set(),
        meta: new Set(),
      };
      const { changed } = this;
      for (const key of keysChanged as Set<string>) {
        if (map.has(key)) raw.set(key, valueAt(map, key));
        else raw.delete(key);
        changed[name].add(key);
      }
    });
  }
}

/** 32 bits, drawn anew by every replica that edits and never kept: two with the same would destroy each other's edits. */
function newClientId(random: Random): number {
  return new DataView(random(new Uint8Array(4)).buffer).getUint32(0);
}

/** The value as the hub reads it too: no honest writer puts a run of text under a key, and Yjs would give its last unit. */
function valueAt(map: Y.Map<unknown>, key: string): unknown {
  const content = map._map.get(key)?.content;
  return content instanceof Y.ContentString ? content.str : map.get(key);
}

/**
 * Throws for what Yjs would choke on halfway through, when it is too late to leave the document as it was: bytes that
 * are no update, an item that refers to itself or to a later one of its author, a deletion of nothing or beyond all
 * numbers.
 */
function examine(update: Uint8Array): void {
  const { structs, ds } = Y.decodeUpdate(update);
  for (const struct of structs) {
    if (!(struct instanceof Y.Item)) continue;
    const { id, origin, rightOrigin, parent } = struct;
    for (const reference of [origin, rightOrigin, parent]) {
      if (reference instanceof Y.ID && reference.client === id.client && reference.clock >= id.clock) {
        throw new Error('an item refers to what did not exist before it');
      }
    }
  }
  for (const deletes of ds.clients.values()) {
    const sound = deletes.every(({ clock, len }) => len > 0 && Number.isSafeInteger(clock + len));
    if (!sound) throw new Error('a deletion of nothing, or beyond all numbers');
  }
}

function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new DocumentError('expected a Yjs update or state vector, got other bytes', { cause });
  }
}
