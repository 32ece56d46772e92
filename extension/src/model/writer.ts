/**
 * What a user may do to the shared tree, and how it is written. The only writers; reading never writes.
 *
 * Rules they keep: what changes nothing is not written; a move moves only what the user moved; whoever brings a node
 * back to the state somebody once deleted means it to live; a delete names exactly what the deleter saw.
 */
import type { Kind, Place } from './encoding';
import { type NodeId, newNodeId, type Random, ROOT, type TrashId } from './ids';
import { fits, keyBetween, keyInRun, LONG_KEY, spread } from './position';
import { cut, wellFormed } from './text';
import { lists } from './trash';
import { type RawTree, seen, type Tree, type TreeNode } from './tree';
import { View, type Writes } from './view';

/** UTF-16 units. Firefox keeps no more of either. */
export const MAX_TITLE = 4_096;
export const MAX_URL = 65_536;
/** Nodes of one document, those in the trash included. */
export const MAX_NODES = 100_000;

export interface NewNode {
  readonly kind: Kind;
  /** Any existing folder, also one that is deleted or not shown. */
  readonly parent: NodeId;
  /** The left neighbour; `null` = first. One that is no longer there stands for where it was, else for the end. */
  readonly after: NodeId | null;
  readonly title?: string;
  readonly url?: string;
  readonly id?: NodeId;
}

export type Refusal =
  | 'url-too-long'
  | 'too-many-nodes'
  | 'unknown-folder'
  | 'unknown-node'
  | 'id-taken'
  | 'schema-too-new';

/** An edit that must not be written. Nothing of its action is. */
export class WriterError extends Error {
  override readonly name = 'WriterError';

  constructor(readonly code: Refusal) {
    super(code);
  }
}

/** One user action. Every method sees what the ones before it did; all throw `WriterError`. */
export interface Editor {
  /** The node as this action has it so far. */
  get(id: NodeId): TreeNode | undefined;
  /** The visible children as this action has them so far, in order. */
  children(id: NodeId): readonly TreeNode[];
  create(node: NewNode): NodeId;
  rename(id: NodeId, title: string): void;
  setUrl(id: NodeId, url: string): void;
  /** False when refused: into itself or below itself. `after` as in `NewNode`. */
  move(id: NodeId, parent: NodeId, after: NodeId | null): boolean;
  /** `saw`: exactly what the deleter saw; by default everything shown at and under the node. Null when that is nothing. */
  remove(id: NodeId, saw?: ReadonlyMap<NodeId, string>): TrashId | null;
  /** What the record lists returns in place; with no such record, nothing happens. */
  restore(trash: TrashId): void;
  /** This node returns and nothing else. */
  restoreOne(id: NodeId): void;
}

/** The title as it will be written: at most `MAX_TITLE` units, well-formed. */
export function writtenTitle(title: string): string {
  return wellFormed(cut(title, MAX_TITLE));
}

/** Runs one action. Throws what it throws, `WriterError` included; `meta` goes into births and deletes, one line. */
export function write(
  raw: RawTree,
  tree: Tree,
  action: (editor: Editor) => void,
  random: Random,
  meta = '',
): Writes {
  const view = new View(raw, tree);
  action(new Action(view, random, meta));
  return view.finish();
}

/** A batch of neighbours placed one after the other. */
interface Run {
  readonly prefix: string;
  readonly length: number;
  /** The last key given. */
  readonly pos: string;
}

class Action implements Editor {
  private runs = new Map<NodeId, Run>();

  constructor(
    private readonly view: View,
    private readonly random: Random,
    private readonly meta: string,
  ) {}

  get(id: NodeId): TreeNode | undefined {
    return this.view.get(id);
  }

  children(id: NodeId): readonly TreeNode[] {
    return this.view.childIds(id).map((child) => this.node(child));
  }

  create({ kind, parent, after, title = '', url = '', id = newNodeId(this.random) }: NewNode): NodeId {
    this.folder(parent);
    if (this.view.isTaken(id)) throw new WriterError('id-taken');
    if (this.view.size >= MAX_NODES) throw new WriterError('too-many-nodes');
    const fields = { f: [writtenTitle(title)], b: [writtenTitle(title), writtenUrl(url)], s: [] }[kind];
    const pos = this.takePosition(id, parent, after);
    this.place(this.pins(this.wayUp(parent)));
    const record = [kind, `${pos} ${parent}`, ...fields];
    if (this.meta !== '') while (record.length < 4) record.push('');
    this.view.writeBirth(id, this.meta === '' ? record : [...record, this.meta]);
    this.stand(id, after);
    return id;
  }

  rename(id: NodeId, title: string): void {
    const node = this.node(id);
    const written = writtenTitle(title);
    if (node.kind === 's' || written === node.title) return;
    this.view.writeTitle(id, written);
    if (node.kind === 'b') this.keepAlive(id);
  }

  setUrl(id: NodeId, url: string): void {
    const node = this.node(id);
    const written = writtenUrl(url);
    if (node.kind !== 'b' || written === node.url) return;
    this.view.writeUrl(id, written);
    this.keepAlive(id);
  }

  move(id: NodeId, parent: NodeId, after: NodeId | null): boolean {
    const { parent: shownParent, writtenParent, visible, dead } = this.node(id);
    this.folder(parent);
    const way = this.wayUp(parent);
    if (way.some((folder) => folder.id === id)) return false;
    if (visible && shownParent === parent && (after === id || after === this.leftOf(id))) return true;
    const loose = way.filter((folder) => folder.dead && folder.parent !== folder.writtenParent);
    const elsewhere = parent !== shownParent || parent !== writtenParent;
    if (elsewhere && dead && visible) this.leaveContentsBehind(id);
    const pos = this.takePosition(id, parent, after);
    const home = this.view.birth(id).place.parents[0];
    const before = shownParent === parent || shownParent === home ? [] : [shownParent];
    const pins = this.pins([...way, ...this.wayUp(shownParent)]);
    this.place([...pins, [id, { pos, parents: [parent, ...before] }]]);
    if (elsewhere) this.keepAlive(id);
    if (this.node(id).parent !== parent) this.hold(loose);
    this.stand(id, after);
    return true;
  }

  remove(id: NodeId, saw: ReadonlyMap<NodeId, string> = this.shownUnder(id)): TrashId | null {
    if (saw.size === 0) return null;
    const key = newNodeId(this.random) as string as TrashId;
    const entries = new Map([...saw].map(([seenId, hash]) => [seenId, [`${seenId} ${hash}`]]));
    this.view.addRecord(key, { root: saw.has(id) ? id : null, meta: this.meta, entries });
    return key;
  }

  restore(trash: TrashId): void {
    if (this.view.hasRecord(trash)) this.view.dropRecord(trash);
  }

  restoreOne(id: NodeId): void {
    const node = this.view.get(id);
    if (!node?.dead) return;
    const hash = seen(node);
    for (const [key, record] of this.view.recordsNaming(id)) {
      if (!lists(record, id, hash)) continue;
      // Without its root's line a record is void, and everything it lists would return.
      if (record.root === id) this.view.unroot(key);
      this.view.strike(key, id);
    }
  }

  private node(id: NodeId): TreeNode {
    const node = this.view.get(id);
    if (node === undefined) throw new WriterError('unknown-node');
    return node;
  }

  private folder(id: NodeId): void {
    if (id !== ROOT && this.view.get(id)?.kind !== 'f') throw new WriterError('unknown-folder');
  }

  /** The visible neighbour; `null` = none. */
  private leftOf(id: NodeId): NodeId | null {
    const node = this.node(id);
    const index = this.view.indexOf(node.parent, node);
    return this.view.childIds(node.parent)[index - 1] ?? null;
  }

  /** The folder and all it is shown in, upwards. */
  private wayUp(folder: NodeId): TreeNode[] {
    const way: TreeNode[] = [];
    for (let at = folder; at !== ROOT; at = this.node(at).parent) way.push({ ...this.node(at) });
    return way;
  }

  /**
   * The places at which the living among these folders are shown. They may be there only because a cycle was broken, and
   * would jump when the edit takes that cycle away.
   */
  private pins(folders: readonly TreeNode[]): [NodeId, Place][] {
    const living = folders.filter((folder) => !folder.dead && folder.parent !== folder.writtenParent);
    return living.map(({ id, parent }) => [id, { pos: this.node(id).pos, parents: [parent] }]);
  }

  /** For deleted folders whose jump has carried off what was moved into them: they live again, each alone, where they were. */
  private hold(folders: readonly TreeNode[]): void {
    for (const { id } of folders) this.leaveContentsBehind(id);
    this.place(folders.map(({ id, parent }) => [id, { pos: this.node(id).pos, parents: [parent] }]));
  }

  /** Before a deleted folder comes back: what was deleted with it stays in the trash. */
  private leaveContentsBehind(id: NodeId): void {
    for (const [key, record] of this.view.recordsNaming(id)) {
      // A record that is already void must not come into force again.
      if (record.root === id && this.view.inForce(record)) this.view.unroot(key);
    }
  }

  private place(places: readonly (readonly [NodeId, Place])[]): void {
    if (places.length === 0) return;
    const moved = places.filter(([id, place]) => place.parents[0] !== this.node(id).writtenParent);
    this.view.writePlaces(new Map(places));
    for (const [id] of moved) this.keepAlive(id);
  }

  /** A node that has been brought back to a state in which it was once deleted is meant to live. */
  private keepAlive(id: NodeId): void {
    const naming = this.view.recordsNaming(id);
    if (naming.length === 0) return;
    const hash = seen(this.node(id));
    for (const [key, record] of naming) {
      if (!lists(record, id, hash)) continue;
      if (record.root === id) this.view.dropRecord(key);
      else this.view.strike(key, id);
    }
  }

  private shownUnder(id: NodeId): Map<NodeId, string> {
    const saw = new Map<NodeId, string>();
    if (!this.view.get(id)?.visible) return saw;
    const open = [id];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      saw.set(at, seen(this.node(at)));
      for (const child of this.view.childIds(at)) open.push(child);
    }
    return saw;
  }

  /** Puts a node right of its neighbour again where a cycle that ended has let others in between. */
  private stand(id: NodeId, after: NodeId | null): void {
    const { visible, parent } = this.node(id);
    const beside = after === null ? null : this.view.get(after);
    const there = beside === null || (beside?.visible && beside.parent === parent);
    if (visible && there && this.leftOf(id) !== after) {
      this.view.writePosition(id, this.takePosition(id, parent, after));
    }
  }

  /** A position for `id` right of `after`; makes room where there is none. */
  private takePosition(id: NodeId, parent: NodeId, after: NodeId | null): string {
    const { left, right } = this.neighbours(id, parent, after);
    if (left !== null && right !== null && left.pos === right.pos) this.partEquals(id, parent, right);
    const [low, high] = [left?.pos ?? null, right && this.node(right.id).pos];

    const run = after === null ? undefined : this.runs.get(after);
    if (run !== undefined && run.pos === low) {
      const pos = keyInRun(run.prefix, run.length);
      if (fits(low, pos, high) && pos.length <= LONG_KEY) {
        this.runs.set(id, { prefix: run.prefix, length: run.length + 1, pos });
        return pos;
      }
    }
    const pos = keyBetween(low, high, this.random);
    const taken = pos.length <= LONG_KEY ? pos : this.spreadOut(id, parent, left);
    this.runs.set(id, { prefix: taken, length: 1, pos: taken });
    return taken;
  }

  /** Who will stand next to `id`, by the children that are shown. */
  private neighbours(id: NodeId, parent: NodeId, after: NodeId | null) {
    const ids = this.view.childIds(parent);
    const was = after === null ? undefined : this.view.get(after);
    let index = 0;
    if (was?.parent === parent) index = this.view.indexOf(parent, was) + (was.visible ? 1 : 0);
    else if (after !== null) index = ids.length;
    const [l, r] = [ids[index - 1] === id ? index - 2 : index - 1, ids[index] === id ? index + 1 : index];
    const at = (i: number) => (ids[i] === undefined ? null : this.node(ids[i]));
    return { left: at(l), right: at(r) };
  }

  /** Gives `first` and those after it that share its position positions of their own. */
  private partEquals(moving: NodeId, parent: NodeId, first: TreeNode): void {
    const siblings = this.children(parent).filter((node) => node.id !== moving);
    const from = siblings.findIndex((node) => node.id === first.id);
    const end = siblings.findIndex((node, i) => i > from && node.pos !== first.pos);
    const equal = siblings.slice(from, end === -1 ? undefined : end);
    const prefix = keyBetween(first.pos, siblings[from + equal.length]?.pos ?? null, this.random);
    // From the last on: the order holds at every moment.
    for (let i = equal.length - 1; i >= 0; i--) {
      this.view.writePosition((equal[i] as TreeNode).id, i === 0 ? prefix : keyInRun(prefix, i));
    }
  }

  /** Gives all children of a folder, the deleted ones too, short positions again; returns the one right of `left`. */
  private spreadOut(id: NodeId, parent: NodeId, left: TreeNode | null): string {
    const siblings = this.view.placedIn(parent).filter((node) => node.id !== id);
    const mine = left === null ? 0 : siblings.findIndex((node) => node.id === left.id) + 1;
    const keys = spread(siblings.length + 1, this.random);
    const [pos] = keys.splice(mine, 1) as [string];
    siblings.forEach((node, i) => {
      this.view.writePosition(node.id, keys[i] as string);
    });
    this.runs.clear();
    return pos;
  }
}

function writtenUrl(url: string): string {
  if (url.length > MAX_URL) throw new WriterError('url-too-long');
  return wellFormed(url);
}
