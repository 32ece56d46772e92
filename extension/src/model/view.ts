/**
 * The tree during one user action: what `materialise` would show after each write so far, without reading everything
 * again. An action of 10 000 edits costs about what one does, times 10 000.
 *
 * It knows what a write changes, not which writes are wise; those rules are `writer.ts`. Nothing below it is changed:
 * the tree it starts from stays as it is, and the writes are handed out at the end.
 */
import { Change } from './change';
import { type Birth, formatPlace, type Place, readBirth, readPlace } from './encoding';
import type { NodeId, TrashId } from './ids';
import { byPlace, type TreeNode, type Writable } from './node';
import { formatTrash, type TrashRecord } from './trash';
import { materialise, type RawTree, type Tree } from './tree';

/** What is to be written, map by map; in `x`, `null` deletes the key. */
export interface Writes {
  readonly n: Map<NodeId, string[]>;
  readonly p: Map<NodeId, string>;
  readonly t: Map<NodeId, string>;
  readonly u: Map<NodeId, string>;
  readonly x: Map<TrashId, string | null>;
}

interface OwnRecord extends Writable<TrashRecord> {
  readonly entries: Map<string, readonly string[]>;
}

export class View {
  private readonly writes: Writes = { n: new Map(), p: new Map(), t: new Map(), u: new Map(), x: new Map() };
  private change: Change;
  /** Records that are ours to alter. */
  private ownRecords = new Map<TrashId, OwnRecord>();

  constructor(
    private readonly raw: RawTree,
    tree: Tree,
  ) {
    this.change = new Change(tree);
  }

  get size(): number {
    return this.change.size;
  }

  get(id: NodeId): TreeNode | undefined {
    return this.change.get(id);
  }

  /** The ids of the visible children, in order. Not to be kept across a write. */
  childIds(id: NodeId): readonly NodeId[] {
    return this.change.childIds(id);
  }

  /** Where among the visible children this place is or would be. */
  indexOf(parent: NodeId, place: Pick<TreeNode, 'pos' | 'id'>): number {
    return this.change.indexOf(parent, place);
  }

  /** Everything placed in a folder, shown or not, in order. Reads the whole tree. */
  placedIn(parent: NodeId): TreeNode[] {
    const { nodes, tree } = this.change;
    const placed: TreeNode[] = [];
    for (const node of tree.nodes.values()) {
      if (!nodes.has(node.id) && node.parent === parent) placed.push(node);
    }
    for (const node of nodes.values()) if (node.parent === parent) placed.push(node);
    return placed.sort(byPlace);
  }

  birth(id: NodeId): Birth {
    const birth = readBirth(this.writes.n.get(id) ?? this.raw.n.get(id));
    if (birth === undefined) throw new Error('a node of the tree has a birth record');
    return birth;
  }

  hasRecord(key: TrashId): boolean {
    return this.change.record(key) !== undefined;
  }

  isTaken(id: NodeId): boolean {
    return this.writes.n.has(id) || this.raw.n.has(id);
  }

  /** The records that name a node. */
  recordsNaming(id: NodeId): [TrashId, TrashRecord][] {
    return this.change.recordsNaming(id);
  }

  /** Whether a record still deletes: its root is where it was when it was deleted. */
  inForce(record: TrashRecord): boolean {
    return this.change.inForce(record);
  }

  writeBirth(id: NodeId, record: string[]): void {
    const known = [this.raw.p, this.raw.t, this.raw.u].some((map) => map.has(id)) || this.change.isNamed(id);
    this.writes.n.set(id, record);
    if (known || this.change.tree.awaited.has(id)) {
      this.readAgain();
      return;
    }
    const { kind, place, title, url } = this.birth(id);
    const [parent] = place.parents;
    this.change.create({ id, kind, title, url, parent, writtenParent: parent, pos: place.pos });
    this.change.reveal(id);
  }

  /** Every new parent must be a folder, and neither the node nor below it once all are written. */
  writePlaces(places: ReadonlyMap<NodeId, Place>): void {
    for (const [id, place] of places) this.writes.p.set(id, formatPlace(place));
    // A node outside every cycle disturbs no other by moving, as long as it does not move below itself.
    if ([...places.keys()].some((id) => this.change.tree.tangled.has(id))) this.readAgain();
    else for (const [id, place] of places) this.putElsewhere(id, place);
  }

  /** Another position under the same parents, shown and written. */
  writePosition(id: NodeId, pos: string): void {
    const place = readPlace(this.writes.p.get(id) ?? this.raw.p.get(id)) ?? this.birth(id).place;
    this.writes.p.set(id, formatPlace({ ...place, pos }));
    const { visible } = this.change.at(id);
    if (visible) this.change.takeOut(id);
    this.change.change(id).pos = pos;
    if (visible) this.change.putIn(id);
  }

  writeTitle(id: NodeId, title: string): void {
    this.writes.t.set(id, title);
    const node = this.change.change(id);
    node.title = title;
    if (node.kind === 'b') this.change.stateChanged([id]);
  }

  writeUrl(id: NodeId, url: string): void {
    this.writes.u.set(id, url);
    this.change.change(id).url = url;
    this.change.stateChanged([id]);
  }

  addRecord(key: TrashId, record: TrashRecord): void {
    this.change.judge(this.change.putRecord(key, record));
  }

  dropRecord(key: TrashId): void {
    this.change.judge(this.change.putRecord(key, null));
  }

  /** Takes a node that is not its root out of a record. */
  strike(key: TrashId, id: NodeId): void {
    const record = this.ownRecord(key);
    record.entries.delete(id);
    if (record.entries.size === 0) this.change.records.set(key, null);
    this.change.unname(id, key);
    this.change.judge([id]);
  }

  /** Keeps a record in force whatever becomes of its root. */
  unroot(key: TrashId): void {
    this.ownRecord(key).root = null;
  }

  /** All that is to be written. */
  finish(): Writes {
    for (const [key, record] of this.change.records) {
      this.writes.x.set(key, record === null ? null : formatTrash(record));
    }
    return this.writes;
  }

  private ownRecord(key: TrashId): OwnRecord {
    const own = this.ownRecords.get(key) ?? copyOf(this.change.record(key));
    this.ownRecords.set(key, own);
    this.change.records.set(key, own);
    return own;
  }

  private putElsewhere(id: NodeId, place: Place): void {
    const { change } = this;
    const { parent: oldParent, visible } = change.at(id);
    const [parent] = place.parents;
    if (visible) change.takeOut(id);
    const node = change.change(id);
    node.pos = place.pos;
    node.parent = parent;
    node.writtenParent = parent;
    if (visible) change.putIn(id);
    change.reveal(oldParent);
    change.reveal(parent);
    change.stateChanged([id]);
  }

  /** For the rare write that may move nodes it does not name. */
  private readAgain(): void {
    const { n, p, t, u, x } = this.raw;
    const writes = this.finish();
    const tree = materialise({
      n: new Map<string, unknown>([...n, ...writes.n]),
      p: new Map<string, unknown>([...p, ...writes.p]),
      t: new Map<string, unknown>([...t, ...writes.t]),
      u: new Map<string, unknown>([...u, ...writes.u]),
      x: new Map<string, unknown>([...x, ...writes.x]),
    });
    this.change = new Change(tree);
    this.ownRecords = new Map();
  }
}

function copyOf(record: TrashRecord | undefined): OwnRecord {
  if (record === undefined) throw new Error('expected a trash record of this document');
  return { ...record, entries: new Map(record.entries) };
}
