/**
 * A tree that differs from another in a few nodes. What shows, what is dead and in which order things stand is worked
 * out where it changes, and nowhere else; the tree it starts from stays as it is.
 *
 * Rule it keeps: a child list holds exactly the visible children, in order. Who takes a node out of its list, changes its
 * place and puts it in again calls `reveal` for both folders.
 */
import { type NodeId, ROOT, type TrashId } from './ids';
import { byPlace, seen, type TreeNode, type Writable } from './node';
import type { Difference } from './shown';
import { lists, type TrashRecord } from './trash';
import type { Tree } from './tree';

export class Change implements Difference {
  readonly nodes = new Map<NodeId, Writable<TreeNode>>();
  readonly lists = new Map<NodeId, NodeId[]>();
  readonly records = new Map<TrashId, TrashRecord | null>();
  readonly naming = new Map<string, Set<TrashId>>();
  readonly awaited = new Set<NodeId>();
  /** Hostile documents have one enormous node deleted thousands of times. */
  readonly #hashes = new Map<NodeId, string>();
  #created = 0;

  constructor(readonly tree: Tree) {}

  get size(): number {
    return this.tree.nodes.size + this.#created;
  }

  get(id: NodeId): TreeNode | undefined {
    return this.nodes.get(id) ?? this.tree.get(id);
  }

  at(id: NodeId): TreeNode {
    const node = this.get(id);
    if (node === undefined) throw new Error('expected a node of the tree');
    return node;
  }

  /** The node, to be altered. */
  change(id: NodeId): Writable<TreeNode> {
    const own = this.nodes.get(id) ?? { ...this.at(id) };
    this.nodes.set(id, own);
    this.#hashes.delete(id);
    return own;
  }

  /** A new node, in no list yet. */
  create(node: Omit<TreeNode, 'dead' | 'visible'>): void {
    this.nodes.set(node.id, { ...node, dead: false, visible: false });
    this.#created++;
  }

  // ---- which children are shown

  /** The ids of the visible children, in order. Not to be kept across a change. */
  childIds(id: NodeId): readonly NodeId[] {
    return this.lists.get(id) ?? this.tree.children(id).map((node) => node.id);
  }

  /** Where among the visible children this place is or would be. */
  indexOf(parent: NodeId, place: Pick<TreeNode, 'pos' | 'id'>): number {
    const ids = this.lists.get(parent);
    const nodes = this.tree.children(parent);
    let [low, high] = [0, (ids ?? nodes).length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const id = ids?.[middle] ?? (nodes[middle] as TreeNode).id;
      if (byPlace(this.at(id), place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  takeOut(id: NodeId): void {
    const node = this.at(id);
    this.#list(node.parent).splice(this.indexOf(node.parent, node), 1);
  }

  putIn(id: NodeId): void {
    const node = this.at(id);
    this.#list(node.parent).splice(this.indexOf(node.parent, node), 0, id);
  }

  /** Shows or hides a node, and then whatever above it was hidden or shown only for it. */
  reveal(id: NodeId): void {
    for (let at = id; at !== ROOT; at = this.at(at).parent) {
      const node = this.at(at);
      const visible = !node.dead || (this.lists.get(at) ?? this.tree.children(at)).length > 0;
      if (visible === node.visible) return;
      this.change(at).visible = visible;
      if (visible) this.putIn(at);
      else this.takeOut(at);
    }
  }

  #list(parent: NodeId): NodeId[] {
    const own = this.lists.get(parent) ?? this.tree.children(parent).map((node) => node.id);
    this.lists.set(parent, own);
    return own;
  }

  // ---- what is dead

  record(key: TrashId): TrashRecord | undefined {
    const own = this.records.get(key);
    return own === undefined ? this.tree.trash.get(key) : (own ?? undefined);
  }

  /** The records that name a node. */
  recordsNaming(id: string): [TrashId, TrashRecord][] {
    const keys = this.naming.get(id) ?? this.tree.naming(id);
    return Array.from(keys, (key) => [key, this.record(key) as TrashRecord]);
  }

  isNamed(id: string): boolean {
    return (this.naming.get(id) ?? this.tree.naming(id)).size > 0;
  }

  /** Puts a record, or with `null` takes one away. Returns the nodes to be judged anew. */
  putRecord(key: TrashId, record: TrashRecord | null): Set<NodeId> {
    const named = new Set<string>();
    for (const id of this.record(key)?.entries.keys() ?? []) {
      this.unname(id, key);
      named.add(id);
    }
    for (const id of record?.entries.keys() ?? []) {
      this.#keysNaming(id).add(key);
      named.add(id);
    }
    this.records.set(key, record);
    return named as Set<NodeId>;
  }

  unname(id: string, key: TrashId): void {
    this.#keysNaming(id).delete(key);
  }

  /** Whether a record still deletes: its root is where it was when it was deleted. */
  inForce(record: TrashRecord): boolean {
    if (record.root === null) return true;
    return this.get(record.root) !== undefined && lists(record, record.root, this.#hash(record.root));
  }

  /** These are no longer, or again, what a deleter saw; and a record one of them is the root of goes with it. */
  stateChanged(ids: Iterable<NodeId>): void {
    const all = new Set(ids);
    for (const id of [...all]) {
      for (const [, record] of this.recordsNaming(id)) {
        if (record.root === id) for (const other of record.entries.keys()) all.add(other as NodeId);
      }
    }
    this.judge(all);
  }

  /** Which of these are dead now. */
  judge(ids: Iterable<NodeId>): void {
    for (const id of ids) {
      const node = this.get(id);
      if (node === undefined) continue;
      const naming = this.recordsNaming(id);
      const hash = naming.length === 0 ? '' : this.#hash(id);
      const dead = naming.some(([, record]) => lists(record, id, hash) && this.inForce(record));
      if (dead === node.dead) continue;
      this.change(id).dead = dead;
      this.reveal(id);
    }
  }

  #keysNaming(id: string): Set<TrashId> {
    const own = this.naming.get(id) ?? new Set(this.tree.naming(id));
    this.naming.set(id, own);
    return own;
  }

  #hash(id: NodeId): string {
    const hash = this.#hashes.get(id) ?? seen(this.at(id));
    this.#hashes.set(id, hash);
    return hash;
  }
}
