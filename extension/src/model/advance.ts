/**
 * What a tree becomes when some keys of its maps have changed: the same as `materialise` of all of them, for the price
 * of what has changed.
 *
 * It gives up, and everything is read again, wherever a change may reach further than its own node and the folders it
 * stood and stands in: at cycles, at folders that others were waiting for, at nodes born twice.
 */
import { Change } from './change';
import { readBirth } from './encoding';
import { isNodeId, type NodeId, ROOT, type TrashId } from './ids';
import type { ShownTree } from './shown';
import { readTrash } from './trash';
import { type RawTree, readWritten } from './tree';

/** The keys that have changed, map by map. */
export type ChangedKeys = { readonly [Name in keyof RawTree]: ReadonlySet<string> };

/** With more changed keys than this share of the nodes (and a few), reading everything again costs no more. */
const SHARE = 1 / 8;
const FEW = 64;

/** A node of which something written has changed, and what is written of it now. */
type Written = ReturnType<typeof readWritten>;

/** The tree, and the folders in which something is not as it was; `null`: read everything again. */
export function advance(
  tree: ShownTree,
  raw: RawTree,
  keys: ChangedKeys,
): { tree: ShownTree; folders: Set<NodeId> } | null {
  const count = keys.n.size + keys.p.size + keys.t.size + keys.u.size + keys.x.size;
  if (count > FEW + tree.nodes.size * SHARE) return null;
  const written = readChanged(tree, raw, keys);
  if (written === null) return null;
  const change = new Change(tree);
  const folders = place(change, written);
  if (folders === null) return null;
  const judged = new Set<NodeId>(written.keys());
  for (const key of keys.x) {
    if (!isNodeId(key)) continue;
    const trash = key as string as TrashId;
    for (const id of change.putRecord(trash, readTrash(raw.x.get(key)) ?? null)) judged.add(id);
  }
  change.stateChanged(judged);
  for (const id of folders) change.reveal(id);
  return tree.with(change);
}

function readChanged(
  tree: ShownTree,
  raw: RawTree,
  { n, p, t, u }: ChangedKeys,
): Map<NodeId, Written> | null {
  const written = new Map<NodeId, Written>();
  for (const id of new Set([...n, ...p, ...t, ...u])) {
    if (!isNodeId(id)) continue;
    const known = tree.get(id) !== undefined;
    // A birth is written once; what waited for this folder goes to it; what stood in a cycle may set others free.
    if (n.has(id) && (known || tree.awaited.has(id))) return null;
    if (tree.tangled.has(id)) return null;
    const birth = readBirth(raw.n.get(id));
    if (birth !== undefined) written.set(id, readWritten(raw, id, birth));
  }
  return written;
}

/** Puts every node where it is shown now. Returns all that may have to be shown or hidden; `null` at a cycle. */
function place(change: Change, written: ReadonlyMap<NodeId, Written>): Set<NodeId> | null {
  const { tree } = change;
  for (const { place: _, ...node } of written.values()) {
    if (tree.get(node.id) === undefined) change.create({ ...node, parent: ROOT });
  }
  const elsewhere = new Map<NodeId, NodeId>();
  const moved: NodeId[] = [];
  const touched = new Set<NodeId>();
  for (const { id, pos, place } of written.values()) {
    const before = tree.get(id);
    const parent = shownParent(change, id, place.parents);
    if (before?.parent !== parent) elsewhere.set(id, parent);
    if (before !== undefined && before.parent === parent && before.pos === pos) continue;
    touched.add(id).add(parent);
    if (before !== undefined) touched.add(before.parent);
    if (before?.visible) {
      change.takeOut(id);
      moved.push(id);
    }
  }
  for (const { place: _, ...node } of written.values()) Object.assign(change.change(node.id), node);
  for (const [id, parent] of elsewhere) change.change(id).parent = parent;
  if (!allReachRoot(change, elsewhere.keys())) return null;
  for (const id of moved) change.putIn(id);
  return touched;
}

/** The first parent that is a folder; the others that are none are noted as awaited. */
function shownParent(change: Change, id: NodeId, parents: readonly NodeId[]): NodeId {
  let shown: NodeId | null = null;
  for (const parent of parents) {
    if (parent !== ROOT && change.get(parent)?.kind !== 'f') change.awaited.add(parent);
    else if (parent !== id) shown ??= parent;
  }
  return shown ?? ROOT;
}

/** Whether the way up from each of these leads to the root, past nothing that stood in a cycle. */
function allReachRoot(change: Change, ids: Iterable<NodeId>): boolean {
  const safe = new Set<NodeId>([ROOT]);
  for (const id of ids) {
    const way = new Set<NodeId>();
    for (let at = id; !safe.has(at); at = change.at(at).parent) {
      if (way.has(at) || change.tree.tangled.has(at)) return false;
      way.add(at);
    }
    for (const passed of way) safe.add(passed);
  }
  return true;
}
