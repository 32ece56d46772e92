/**
 * The shadow: the document as far as the browser is known to show it, node by node.
 *
 * It is what makes the comparison three-sided. A native value that differs from its row was changed by the user; a
 * document value that differs from its row has still to be brought to the browser; and where both are so, a native
 * value equal to either the old or the coming one is our own write, done or not. So a worker killed between any two
 * writes needs no journal, and our own writes need no echo flags.
 *
 * A row changes only when its node does, so that one edit in a folder of ten thousand stores one row.
 */
import type { NativeId, NodeId } from '../model/ids';
import type { NativeNode } from '../model/native';
import { seen, type TreeNode } from '../model/tree';

export interface Row {
  readonly id: NodeId;
  readonly native: NativeId;
  readonly added: number;
  /** The node whose native folder holds it. */
  readonly parent: NodeId;
  /** As the document had it written when it came to this place: part of what a deleter has seen. */
  readonly writtenParent: NodeId;
  /** Its position in the document; UNCONFIRMED until the browser has been read and stood in that order. */
  readonly pos: string;
  /** The document's title and address, of which the native ones are the browser's form. */
  readonly title: string;
  readonly url: string;
  readonly nativeTitle: string;
  readonly nativeUrl: string;
  /** When it was last written, counted as in `Eras`. */
  readonly era: number;
}

export const UNCONFIRMED = '';

/** No native node's id. */
export const NOWHERE = '' as NativeId;

/** A native node that is no more, kept until the browser has surely stored that it went. */
export interface Grave extends Row {
  readonly gone: true;
}

/** Rows have their node's id for a key; graves their native id, behind a blank that no node id has. */
export interface ShadowChanges {
  readonly put: ReadonlyMap<string, Row | Grave>;
  readonly drop: readonly string[];
}

export class Shadow {
  readonly #rows = new Map<NodeId, Row>();
  readonly #graves = new Map<NativeId, Grave>();
  readonly #byNative = new Map<NativeId, NodeId>();
  readonly #changed = new Set<string>();
  /** The era of the row, there or gone, that was written last. */
  newest = 0;

  /** `era` is given to every row written from now on. */
  constructor(
    stored: Iterable<Row | Grave>,
    public era: number,
  ) {
    for (const row of stored) {
      if ('gone' in row) this.#graves.set(row.native, row);
      else this.#keep(row);
    }
    this.#changed.clear();
  }

  get size(): number {
    return this.#rows.size;
  }

  rows(): Iterable<Row> {
    return this.#rows.values();
  }

  get(id: NodeId): Row | undefined {
    return this.#rows.get(id);
  }

  of(native: NativeId): Row | undefined {
    const id = this.#byNative.get(native);
    return id === undefined ? undefined : this.#rows.get(id);
  }

  /** The rows of those of these natives that have one. */
  ofAll(natives: Iterable<NativeId>): Row[] {
    return Array.from(natives, (native) => this.of(native)).filter((row) => row !== undefined);
  }

  put(row: Omit<Row, 'era'>): void {
    const old = this.#rows.get(row.id);
    if (old !== undefined) this.#byNative.delete(old.native);
    this.#keep({ ...row, era: this.era });
  }

  /** Its native node is gone, and another has been given its id. */
  unbind(row: Row): void {
    this.drop(row.id);
    this.#keep({ ...row, native: NOWHERE });
  }

  /** Forgets the node. */
  drop(id: NodeId): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#rows.delete(id);
    if (this.#byNative.get(row.native) === id) this.#byNative.delete(row.native);
    this.#changed.add(id);
  }

  /** Its native node is gone; if the document still wants it, it will be made again. */
  bury(id: NodeId): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.drop(id);
    if (row.native === NOWHERE) return;
    this.#graves.set(row.native, { ...row, era: this.era, gone: true });
    this.#changed.add(graveKey(row.native));
  }

  /** Knows a native node again that was gone, and that the browser has forgotten to have lost. */
  exhume(native: NativeNode, doubted: (row: Row) => boolean): Row | undefined {
    const grave = this.#graves.get(native.id);
    if (grave === undefined || !doubted(grave) || grave.added !== native.added) return undefined;
    const { gone: _, ...row } = grave;
    const other = this.#rows.get(row.id);
    if (other !== undefined) this.#byNative.delete(other.native);
    this.#keep(row);
    this.#graves.delete(native.id);
    this.#changed.add(graveKey(native.id));
    return row;
  }

  /** Removes the graves of eras up to `era`. */
  clearGraves(era: number): void {
    for (const grave of this.#graves.values()) {
      if (grave.era > era) continue;
      this.#graves.delete(grave.native);
      this.#changed.add(graveKey(grave.native));
    }
  }

  /** What has to be stored since this was last called. */
  takeChanges(): ShadowChanges {
    const put = new Map<string, Row | Grave>();
    const drop: string[] = [];
    for (const key of this.#changed) {
      const row = this.#rows.get(key as NodeId) ?? this.#graves.get(key.slice(1) as NativeId);
      if (row === undefined) drop.push(key);
      else put.set(key, row);
    }
    this.#changed.clear();
    return { put, drop };
  }

  #keep(row: Row): void {
    this.#rows.set(row.id, row);
    this.#changed.add(row.id);
    this.newest = Math.max(this.newest, row.era);
    if (row.native !== NOWHERE) this.#byNative.set(row.native, row.id);
  }
}

function graveKey(native: NativeId): string {
  return ` ${native}`;
}

/** The node stands in the browser where the document has it, as far as we know. */
export function settled(row: Row, node: TreeNode): boolean {
  return row.parent === node.parent && row.pos === node.pos && row.writtenParent === node.writtenParent;
}

/** What a user who looked at the browser saw of the node, for a delete record. */
export function seenNatively(row: Row, node: TreeNode): string {
  return seen({ kind: node.kind, writtenParent: row.writtenParent, title: row.title, url: row.url });
}
