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
import { type NativeId, type NodeId, ROOT } from '../model/ids';
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

/** A row that is no more, kept until the browser has surely stored that its node went. */
export interface Grave extends Row {
  readonly gone: true;
}

export interface ShadowChanges {
  readonly put: (Row | Grave)[];
  readonly drop: NodeId[];
}

export class Shadow {
  readonly #rows = new Map<NodeId, Row>();
  readonly #graves = new Map<NodeId, Grave>();
  readonly #byNative = new Map<NativeId, NodeId>();
  readonly #changed = new Set<NodeId>();

  /** `era` is given to every row written from now on. */
  constructor(
    stored: Iterable<Row | Grave>,
    public era: number,
  ) {
    for (const row of stored) {
      if ('gone' in row) this.#graves.set(row.id, row);
      else this.#keep(row);
    }
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

  put(row: Omit<Row, 'era'>): void {
    const old = this.#rows.get(row.id);
    if (old !== undefined) this.#byNative.delete(old.native);
    this.#graves.delete(row.id);
    this.#keep({ ...row, era: this.era });
    this.#changed.add(row.id);
  }

  /** Forgets that the node is in the browser; if the document still has it, it will be made again. */
  drop(id: NodeId): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#rows.delete(id);
    if (this.#byNative.get(row.native) === id) this.#byNative.delete(row.native);
    this.#changed.add(id);
  }

  /** It has gone from the browser and nobody wants it back. */
  bury(id: NodeId): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.drop(id);
    this.#graves.set(id, { ...row, era: this.era, gone: true });
  }

  /** The browser may have forgotten that these nodes went: they are known again, should they have come back. */
  exhume(doubted: (row: Row) => boolean): void {
    for (const { gone: _, ...row } of this.#graves.values()) {
      if (!doubted(row) || this.#byNative.has(row.native)) continue;
      this.#graves.delete(row.id);
      this.#keep(row);
      this.#changed.add(row.id);
    }
  }

  /** Removes the graves of eras up to `era`. */
  clearGraves(era: number): void {
    for (const grave of this.#graves.values()) {
      if (grave.era > era) continue;
      this.#graves.delete(grave.id);
      this.#changed.add(grave.id);
    }
  }

  /** What has to be stored since this was last called. */
  takeChanges(): ShadowChanges {
    const changes: ShadowChanges = { put: [], drop: [] };
    for (const id of this.#changed) {
      const row = this.#rows.get(id) ?? this.#graves.get(id);
      if (row === undefined) changes.drop.push(id);
      else changes.put.push(row);
    }
    this.#changed.clear();
    return changes;
  }

  #keep(row: Row): void {
    this.#rows.set(row.id, row);
    this.#byNative.set(row.native, row.id);
  }
}

/** The node stands in the browser where the document has it, as far as we know. */
export function settled(row: Row, node: TreeNode): boolean {
  return row.parent === node.parent && row.pos === node.pos && row.writtenParent === node.writtenParent;
}

/** What a user who looked at the browser saw of the node, for a delete record. */
export function seenNatively(row: Row, node: TreeNode): string {
  return seen({ kind: node.kind, writtenParent: row.writtenParent, title: row.title, url: row.url });
}

/** The team's folder itself has no row: where it stands and what it is called is its owner's own affair. */
export function idOf(shadow: Shadow, native: NativeId, folder: NativeId): NodeId | undefined {
  return native === folder ? ROOT : shadow.of(native)?.id;
}
