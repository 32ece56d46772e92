/**
 * Adopt before create: a native node nobody knows that is the same as a document node this browser does not have is
 * that node. So a write whose reply was lost, ids changed by the browser's own sync, and a folder kept while everything
 * stored about it was lost double nothing.
 */
import { type NativeId, type NodeId, ROOT } from '../model/ids';
import { type NativeNode, nativePreOrder } from '../model/native';
import type { Tree, TreeNode } from '../model/tree';
import type { Fit } from './fit';
import { type Shadow, UNCONFIRMED } from './shadow';

/** Which node each native node is; grows while unknown ones are adopted and created. */
export type Identities = Map<NativeId, NodeId>;

/**
 * Adopts in these folders, parents first, what matches in place: same parent, kind, title and address. With `anywhere`, what is left is matched inside
 * the whole folder: for a folder found again whose members were moved or renamed in the meantime. The document's
 * place, title and address then win.
 */
export function adopt(
  folders: readonly NativeNode[],
  identities: Identities,
  absent: ReadonlyMap<NodeId, TreeNode>,
  world: {
    readonly shadow: Shadow;
    readonly tree: Tree;
    readonly fit: Fit;
    readonly anywhere: boolean;
    isOurs(node: NativeNode): boolean;
  },
): void {
  const left = new Map(absent);
  if (left.size === 0) return;
  const { shadow, tree, fit } = world;

  const take = (native: NativeNode, node: TreeNode) => {
    left.delete(node.id);
    identities.set(native.id, node.id);
    const parent = identities.get(native.parent) ?? node.parent;
    const moved = parent !== node.parent;
    const known = shadow.get(node.id) ?? node;
    const { title, url } = formOf(shadow, fit, node);
    shadow.put({
      id: node.id,
      native: native.id,
      added: native.added,
      parent,
      writtenParent: moved ? parent : node.writtenParent,
      pos: UNCONFIRMED,
      title: title === native.title ? known.title : native.title,
      url: url === native.url ? known.url : native.url,
      nativeTitle: native.title,
      nativeUrl: native.url,
    });
  };

  const inPlace = (compared: Iterable<NativeNode>) => {
    for (const native of compared) {
      const id = identities.get(native.id);
      if (id === undefined || native.children.every((child) => identities.has(child.id))) continue;
      const wanted = new Map<string, TreeNode[]>();
      for (const node of tree.children(id)) {
        if (!left.has(node.id)) continue;
        const { title, url } = formOf(shadow, fit, node);
        const key = likeness(node.kind, title, url);
        wanted.set(key, [...(wanted.get(key) ?? []), node]);
      }
      for (const child of native.children) {
        if (identities.has(child.id) || !world.isOurs(child)) continue;
        const node = wanted.get(likeness(child.kind, child.title, child.url))?.shift();
        if (node !== undefined) take(child, node);
      }
    }
  };

  inPlace(folders);
  if (!world.anywhere) return;

  const byContent = new Map<string, TreeNode[]>();
  const byAddress = new Map<string, TreeNode[]>();
  const list = (index: Map<string, TreeNode[]>, key: string, node: TreeNode) => {
    const there = index.get(key);
    if (there === undefined) index.set(key, [node]);
    else there.push(node);
  };
  for (const node of left.values()) {
    if (node.kind === 's') continue;
    const { title, url } = formOf(shadow, fit, node);
    list(byContent, likeness(node.kind, title, url), node);
    if (node.kind === 'b') list(byAddress, `${node.parent} ${url}`, node);
  }
  const firstLeft = (nodes: TreeNode[] | undefined) => nodes?.find((node) => left.has(node.id));
  for (const native of folders.flatMap(({ children }) => children)) {
    if (identities.has(native.id) || native.kind === 's' || !world.isOurs(native)) continue;
    const here = identities.get(native.parent) ?? ROOT;
    const node =
      firstLeft(byContent.get(likeness(native.kind, native.title, native.url))) ??
      (native.kind === 'b' ? firstLeft(byAddress.get(`${here} ${native.url}`)) : undefined);
    if (node === undefined) continue;
    take(native, node);
    if (native.kind === 'f') inPlace(nativePreOrder(native, world.isOurs));
  }
}

/** As the browser has it, where it ever had it; else as it will have it. */
function formOf(shadow: Shadow, fit: Fit, node: TreeNode): { title: string; url: string } {
  const row = shadow.get(node.id);
  if (row !== undefined) return { title: row.nativeTitle, url: row.nativeUrl };
  return { title: fit.title(node.title), url: fit.form(node.url) };
}

function likeness(kind: string, title: string, url: string): string {
  return kind === 's' ? kind : `${kind} ${url}\n${title}`;
}
