/**
 * The fewest native writes that make the browser's folder show the document: parents before children, each folder put
 * in order around a longest run that may stay where it is, removals last and only at the topmost.
 *
 * A place is addressed by its left neighbour, never by an index, because the user may be at work in the same folder.
 */
import { type NativeId, type NodeId, ROOT } from '../model/ids';
import { type NativeNode, nativePreOrder } from '../model/native';
import type { Tree, TreeNode } from '../model/tree';
import type { Fit } from './fit';
import { type Natives, withAll } from './scope';
import { longestRising } from './sequence';
import { NOWHERE, type Row, type Shadow, settled } from './shadow';

export type Write =
  | { readonly do: 'create'; readonly node: TreeNode; readonly after: NodeId | null }
  /** `was`: as it was read; a node that is not so any more has been edited by the user, and is left to them. */
  | { readonly do: 'move'; readonly node: TreeNode; readonly after: NodeId | null; readonly was: NativeNode }
  | {
      readonly do: 'update';
      readonly node: TreeNode;
      readonly was: NativeNode;
      readonly title?: string;
      readonly url?: string;
    }
  /** `going`: everything that is to go, here or by another removal; nothing else may be lost with it. */
  | {
      readonly do: 'remove';
      readonly was: NativeNode;
      readonly going: ReadonlyMap<NativeId, NativeNode>;
    };

export interface PatchSides {
  readonly natives: Natives;
  /** Folders, by node, whose contents are brought to the browser; null: all. */
  readonly folders: ReadonlySet<NodeId> | null;
  readonly shadow: Shadow;
  readonly tree: Tree;
  readonly fit: Fit;
  readonly foreign: ReadonlySet<NativeId>;
  /** Native nodes that belong to no document node: a reader's additions go, what a writer cannot share stays. */
  readonly removesUnknown: boolean;
  /** Native nodes whose address stays their user's own. */
  readonly unshared: ReadonlySet<NativeId>;
}

/** Also takes over into the shadow what already is as the document has it. */
export function patch(sides: PatchSides): Write[] {
  const { natives, folders, shadow, tree, fit } = sides;
  const { byId } = natives;
  const passed = folders && withAll(folders, (id) => tree.get(id)?.parent);
  // A row without a native node is held: nothing is written there before the user has decided.
  const isWanted = (node: TreeNode) => {
    const row = shadow.get(node.id);
    return fit.wants(node, row) && (row === undefined || byId.has(row.native));
  };

  const writes: Write[] = [];
  const kept = new Set<NativeId>([natives.folder.id]);
  const open: { readonly id: NodeId; readonly native: NativeNode | undefined }[] = [
    { id: ROOT, native: natives.folder },
  ];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const patched = folders === null || folders.has(at.id);
    const wanted = tree.children(at.id).filter((node) => (patched || passed?.has(node.id)) && isWanted(node));
    if (patched) writes.push(...patchFolder(at.native, wanted, kept, sides));
    const inside = wanted.filter((node) => node.kind === 'f' && (passed === null || passed.has(node.id)));
    for (const { id } of inside.toReversed()) {
      const row = shadow.get(id);
      open.push({ id, native: row && byId.get(row.native) });
    }
  }
  writes.push(...removals(kept, sides));
  return writes;
}

function patchFolder(
  folder: NativeNode | undefined,
  wanted: readonly TreeNode[],
  kept: Set<NativeId>,
  sides: PatchSides,
): Write[] {
  const { natives, shadow, fit } = sides;
  const writes: Write[] = [];
  const staying = stayingInPlace(folder, wanted, shadow);
  let after: NodeId | null = null;
  for (const node of wanted) {
    const row = shadow.get(node.id);
    const native = row && natives.byId.get(row.native);
    if (row === undefined || native === undefined) {
      writes.push({ do: 'create', node, after });
    } else {
      kept.add(native.id);
      if (staying.has(node.id)) settle(shadow, row, node);
      else if (!fit.refuses('move', node)) writes.push({ do: 'move', node, after, was: native });
      const update = textUpdate(native, node, shadow.get(node.id) ?? row, sides);
      if (update !== null) writes.push(update);
    }
    after = node.id;
  }
  return writes;
}

function stayingInPlace(
  native: NativeNode | undefined,
  wanted: readonly TreeNode[],
  shadow: Shadow,
): Set<NodeId> {
  if (native === undefined) return new Set();
  const rank = new Map(wanted.map((node, at) => [node.id, at]));
  const here: { id: NodeId; rank: number }[] = [];
  for (const child of native.children) {
    const id = shadow.of(child.id)?.id;
    const at = id === undefined ? undefined : rank.get(id);
    if (id !== undefined && at !== undefined) here.push({ id, rank: at });
  }
  const run = longestRising(here.map((child) => child.rank));
  return new Set(here.filter((_, at) => run.has(at)).map((child) => child.id));
}

function settle(shadow: Shadow, row: Row, node: TreeNode): void {
  if (settled(row, node)) return;
  shadow.put({ ...row, parent: node.parent, writtenParent: node.writtenParent, pos: node.pos });
}

/** Null when the browser already shows the node's title and address, or never will. */
function textUpdate(native: NativeNode, node: TreeNode, row: Row, sides: PatchSides): Write | null {
  const { shadow, fit } = sides;
  if (node.kind === 's') return null;
  const change: { title?: string; url?: string } = {};
  let now = row;
  if (row.title !== node.title || native.title !== row.nativeTitle) {
    if (native.title !== fit.title(node.title)) change.title = node.title;
    else now = { ...now, title: node.title, nativeTitle: native.title };
  }
  const readdressed = row.url !== node.url || native.url !== row.nativeUrl;
  const url = readdressed && node.kind === 'b' && !sides.unshared.has(native.id) ? fit.url(node.url) : null;
  if (url !== null) {
    if (native.url !== url) change.url = node.url;
    else now = { ...now, url: node.url, nativeUrl: native.url };
  }
  if (now !== row) shadow.put(now);
  const nothing = change.title === undefined && change.url === undefined;
  return nothing || fit.refuses('update', node) ? null : { do: 'update', node, was: native, ...change };
}

/** The topmost natives to remove, none with anything inside that stays. */
function removals(kept: ReadonlySet<NativeId>, sides: PatchSides): Write[] {
  const { natives, folders, shadow, tree, fit, foreign, removesUnknown } = sides;
  const going = new Map<NativeId, NativeNode>();
  const parents = new Map<NativeId, NativeNode>();
  const needed = new Set<NativeId>();
  const need = (native: NativeNode) => {
    for (let up = parents.get(native.id); up && !needed.has(up.id); up = parents.get(up.id))
      needed.add(up.id);
  };
  const goes = (native: NativeNode) => {
    if (foreign.has(native.id)) return false;
    const row = shadow.of(native.id);
    if (row === undefined) return removesUnknown && !sides.unshared.has(native.id);
    const node = tree.get(row.id);
    // One that is wanted in a folder that is held, and so not there, waits where it is.
    return node === undefined || !fit.wants(node, row);
  };
  const stays = (native: NativeNode) => {
    if (kept.has(native.id) || folders === null) return kept.has(native.id);
    // What is in folders that are not patched agrees with the document.
    const row = shadow.of(native.id);
    const node = row && tree.get(row.id);
    return node !== undefined && !folders.has(node.parent) && fit.wants(node, row);
  };
  const enter = (native: NativeNode) => {
    for (const child of native.children) parents.set(child.id, native);
    if (stays(native)) return true; // moved out beforehand, if it stands in a folder that goes
    if (goes(native)) going.set(native.id, native);
    else need(native);
    return !foreign.has(native.id);
  };
  if (folders === null) for (const _ of nativePreOrder(natives.folder, enter));
  for (const id of folders ?? []) {
    const native = natives.byId.get(id === ROOT ? natives.folder.id : (shadow.get(id)?.native ?? NOWHERE));
    for (const child of native?.children ?? []) {
      if (native !== undefined) parents.set(child.id, native);
      if (kept.has(child.id) || going.has(child.id) || !goes(child)) continue;
      for (const _ of nativePreOrder(child, enter));
    }
  }

  const removable = (native: NativeNode | undefined) =>
    native !== undefined && going.has(native.id) && !needed.has(native.id);
  const writes: Write[] = [];
  for (const native of going.values()) {
    if (removable(native) && !removable(parents.get(native.id)))
      writes.push({ do: 'remove', was: native, going });
  }
  return writes;
}
