/**
 * The tree during one user action: what `materialise` would show after each write so far, without reading everything
 * again. An action of 10 000 edits costs about what one does, times 10 000.
 *
 * It knows what a write changes, not which writes are wise; those rules are `writer.ts`. Nothing below it is changed:
 * the tree it starts from stays as it is, and the writes are handed out at the end.
 */
import { type Birth, formatPlace, type Place, readBirth, readPlace } from './encoding';
import { type NodeId, ROOT, type TrashId } from './ids';
import { formatTrash, lists, type TrashRecord } from './trash';
import { byPlace, materialise, type RawTree, seen, type Tree, type TreeNode } from './tree';

/** What is to be written, map by map; in `x`, `null` deletes the key. */
export interface Writes {
  readonly n: Map<NodeId, string[]>;
  readonly p: Map<NodeId, string>;
  readonly t: Map<NodeId, string>;
  readonly u: Map<NodeId, string>;
  readonly x: Map<TrashId, string | null>;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface OwnRecord extends Writable<TrashRecord> {
  readonly entries: Map<string, readonly string[]>;
}

export class View {
  private readonly writes: Writes = { n: new Map(), p: new Map(), t: new Map(), u: new Map(), x: new Map() };
  /** Nodes and child lists that differ from the tree's. */
  private changed = new Map<NodeId, Writable<TreeNode>>();
  private childLists = new Map<NodeId, NodeId[]>();
  private records: Map<TrashId, TrashRecord>;
  private ownRecords = new Map<TrashId, OwnRecord>();
  private rewritten = new Set<TrashId>();
  /** Which records name a node. */
  private naming: Map<string, Set<TrashId>>;
  private created = 0;

  constructor(
    private readonly raw: RawTree,
    private tree: Tree,
  ) {
    this.records = new Map(tree.trash);
    this.naming = namesIn(this.records);
  }

  get size(): number {
    return this.tree.nodes.size + this.created;
  }

  get(id: NodeId): TreeNode | undefined {
    return this.changed.get(id) ?? this.tree.get(id);
  }

  /** The ids of the visible children, in order. Not to be kept across a write. */
  childIds(id: NodeId): readonly NodeId[] {
    return this.childLists.get(id) ?? this.tree.children(id).map((node) => node.id);
  }

  /** Where among the visible children this place is or would be. */
  indexOf(parent: NodeId, place: Pick<TreeNode, 'pos' | 'id'>): number {
    const ids = this.list(parent);
    let [low, high] = [0, ids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byPlace(this.at(ids[middle] as NodeId), place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Everything placed in a folder, shown or not, in order. Reads the whole tree. */
  placedIn(parent: NodeId): TreeNode[] {
    const placed: TreeNode[] = [];
    for (const node of this.tree.nodes.values()) {
      if (!this.changed.has(node.id) && node.parent === parent) placed.push(node);
    }
    for (const node of this.changed.values()) if (node.parent === parent) placed.push(node);
    return placed.sort(byPlace);
  }

  birth(id: NodeId): Birth {
    const birth = readBirth(this.writes.n.get(id) ?? this.raw.n.get(id));
    if (birth === undefined) throw new Error('a node of the tree has a birth record');
    return birth;
  }

  hasRecord(key: TrashId): boolean {
    return this.records.has(key);
  }

  isTaken(id: NodeId): boolean {
    return this.writes.n.has(id) || this.raw.n.has(id);
  }

  /** The records that name a node. */
  recordsNaming(id: NodeId): [TrashId, TrashRecord][] {
    return [...(this.naming.get(id) ?? [])].map((key) => [key, this.records.get(key) as TrashRecord]);
  }

  /** Whether a record still deletes: its root is where it was when it was deleted. */
  inForce(record: TrashRecord): boolean {
    if (record.root === null) return true;
    const root = this.get(record.root);
    return root !== undefined && lists(record, root.id, seen(root));
  }

  writeBirth(id: NodeId, record: string[]): void {
    const known =
      [this.raw.p, this.raw.t, this.raw.u].some((map) => map.has(id)) || this.recordsNaming(id).length > 0;
    this.writes.n.set(id, record);
    if (known || this.tree.awaited.has(id)) {
      this.readAgain();
      return;
    }
    const { kind, place, title, url } = this.birth(id);
    const parent = place.parents[0];
    this.created++;
    const node = { id, kind, title, url, parent, writtenParent: parent, pos: place.pos };
    this.changed.set(id, { ...node, dead: false, visible: false });
    this.reveal(id);
  }

  /** Every new parent must be a folder, and neither the node nor below it once all are written. */
  writePlaces(places: ReadonlyMap<NodeId, Place>): void {
    for (const [id, place] of places) this.writes.p.set(id, formatPlace(place));
    // A node outside every cycle disturbs no other by moving, as long as it does not move below itself.
    if ([...places.keys()].some((id) => this.tree.tangled.has(id))) this.readAgain();
    else for (const [id, place] of places) this.putElsewhere(id, place);
  }

  /** Another position under the same parents, shown and written. */
  writePosition(id: NodeId, pos: string): void {
    const place = readPlace(this.writes.p.get(id) ?? this.raw.p.get(id)) ?? this.birth(id).place;
    this.writes.p.set(id, formatPlace({ ...place, pos }));
    const { visible } = this.at(id);
    if (visible) this.takeOut(id);
    this.change(id).pos = pos;
    if (visible) this.putIn(id);
  }

  writeTitle(id: NodeId, title: string): void {
    this.writes.t.set(id, title);
    const node = this.change(id);
    node.title = title;
    if (node.kind === 'b') this.stateChanged(id);
  }

  writeUrl(id: NodeId, url: string): void {
    this.writes.u.set(id, url);
    this.change(id).url = url;
    this.stateChanged(id);
  }

  addRecord(key: TrashId, record: TrashRecord): void {
    this.records.set(key, record);
    this.rewritten.add(key);
    for (const id of record.entries.keys()) this.naming.set(id, (this.naming.get(id) ?? new Set()).add(key));
    for (const id of record.entries.keys()) this.judge(id as NodeId);
  }

  dropRecord(key: TrashId): void {
    const ids = [...(this.records.get(key)?.entries.keys() ?? [])];
    this.records.delete(key);
    this.rewritten.add(key);
    for (const id of ids) this.naming.get(id)?.delete(key);
    for (const id of ids) this.judge(id as NodeId);
  }

  /** Takes a node that is not its root out of a record. */
  strike(key: TrashId, id: NodeId): void {
    const record = this.ownRecord(key);
    record.entries.delete(id);
    if (record.entries.size === 0) this.records.delete(key);
    this.naming.get(id)?.delete(key);
    this.judge(id);
  }

  /** Keeps a record in force whatever becomes of its root. */
  unroot(key: TrashId): void {
    this.ownRecord(key).root = null;
  }

  /** All that is to be written. */
  finish(): Writes {
    for (const key of this.rewritten) {
      const record = this.records.get(key);
      this.writes.x.set(key, record === undefined ? null : formatTrash(record));
    }
    return this.writes;
  }

  private ownRecord(key: TrashId): OwnRecord {
    const own = this.ownRecords.get(key) ?? copyOf(this.records.get(key));
    this.ownRecords.set(key, own);
    this.records.set(key, own);
    this.rewritten.add(key);
    return own;
  }

  private at(id: NodeId): TreeNode {
    const node = this.get(id);
    if (node === undefined) throw new Error('expected a node of the tree');
    return node;
  }

  private change(id: NodeId): Writable<TreeNode> {
    const own = this.changed.get(id) ?? { ...this.at(id) };
    this.changed.set(id, own);
    return own;
  }

  private list(parent: NodeId): NodeId[] {
    const own = this.childLists.get(parent) ?? this.tree.children(parent).map((node) => node.id);
    this.childLists.set(parent, own);
    return own;
  }

  private putElsewhere(id: NodeId, place: Place): void {
    const { parent: oldParent, visible } = this.at(id);
    const [parent] = place.parents;
    if (visible) this.takeOut(id);
    const node = this.change(id);
    node.pos = place.pos;
    node.parent = parent;
    node.writtenParent = parent;
    if (visible) this.putIn(id);
    this.reveal(oldParent);
    this.reveal(parent);
    this.stateChanged(id);
  }

  private takeOut(id: NodeId): void {
    const node = this.at(id);
    this.list(node.parent).splice(this.indexOf(node.parent, node), 1);
  }

  private putIn(id: NodeId): void {
    const node = this.at(id);
    this.list(node.parent).splice(this.indexOf(node.parent, node), 0, id);
  }

  /** The node is no longer, or again, what a deleter saw; and a record it is the root of goes with it. */
  private stateChanged(id: NodeId): void {
    this.judge(id);
    for (const [, record] of this.recordsNaming(id)) {
      if (record.root !== id) continue;
      for (const other of record.entries.keys()) this.judge(other as NodeId);
    }
  }

  /** Whether a node is dead now. */
  private judge(id: NodeId): void {
    const node = this.get(id);
    if (node === undefined) return;
    const naming = this.recordsNaming(id);
    const hash = naming.length === 0 ? '' : seen(node);
    const dead = naming.some(([, record]) => lists(record, id, hash) && this.inForce(record));
    if (dead === node.dead) return;
    this.change(id).dead = dead;
    this.reveal(id);
  }

  /** Shows or hides a node, and then whatever above it was hidden or shown only for it. */
  private reveal(id: NodeId): void {
    for (let at = id; at !== ROOT; at = this.at(at).parent) {
      const node = this.at(at);
      const visible = !node.dead || this.list(at).length > 0;
      if (visible === node.visible) return;
      this.change(at).visible = visible;
      if (visible) this.putIn(at);
      else this.takeOut(at);
    }
  }

  /** For the rare write that may move nodes it does not name. */
  private readAgain(): void {
    const { n, p, t, u, x } = this.raw;
    const writes = this.finish();
    this.tree = materialise({
      n: new Map<string, unknown>([...n, ...writes.n]),
      p: new Map<string, unknown>([...p, ...writes.p]),
      t: new Map<string, unknown>([...t, ...writes.t]),
      u: new Map<string, unknown>([...u, ...writes.u]),
      x: new Map<string, unknown>([...x, ...writes.x]),
    });
    this.changed = new Map();
    this.childLists = new Map();
    this.records = new Map(this.tree.trash);
    this.ownRecords = new Map();
    this.rewritten = new Set();
    this.naming = namesIn(this.records);
    this.created = 0;
  }
}

function copyOf(record: TrashRecord | undefined): OwnRecord {
  if (record === undefined) throw new Error('expected a trash record of this document');
  return { ...record, entries: new Map(record.entries) };
}

function namesIn(records: ReadonlyMap<TrashId, TrashRecord>): Map<string, Set<TrashId>> {
  const naming = new Map<string, Set<TrashId>>();
  for (const [key, record] of records) {
    for (const id of record.entries.keys()) naming.set(id, (naming.get(id) ?? new Set()).add(key));
  }
  return naming;
}
