/** A team's folder as the popup looks at it: one level at a time, and by search. Pure. */

import type { FolderView, ItemView } from '../messages';
import { type NodeId, ROOT } from '../model/ids';
import type { Tree, TreeNode } from '../model/tree';

/** How many hits one search answers with: more than anyone reads, few enough to draw at once. */
const MOST_HITS = 60;

/** Null where the folder is not (or no longer) there. */
export function folderView(tree: Tree, id: NodeId, opens: (url: string) => boolean): FolderView | null {
  if (id !== ROOT) {
    const folder = tree.get(id);
    if (!folder?.visible || folder.kind !== 'f') return null;
  }
  const path = [...ancestors(tree, id)].map((folder) => ({ id: folder.id as string, title: folder.title }));
  return {
    path: [{ id: ROOT, title: '' }, ...path],
    items: tree.children(id).map((node) => item(tree, node, opens)),
  };
}

/** Everything whose title or address holds all words of the query, whatever their case; titles first. */
export function search(
  tree: Tree,
  query: string,
  opens: (url: string) => boolean,
): (ItemView & { where: string[] })[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const byTitle: TreeNode[] = [];
  const byUrl: TreeNode[] = [];
  for (const node of tree.nodes.values()) {
    if (!node.visible || node.kind === 's') continue;
    const title = node.title.toLocaleLowerCase();
    if (words.every((word) => title.includes(word))) byTitle.push(node);
    else if (words.every((word) => title.includes(word) || node.url.toLocaleLowerCase().includes(word)))
      byUrl.push(node);
    if (byTitle.length >= MOST_HITS) break;
  }
  return [...byTitle, ...byUrl].slice(0, MOST_HITS).map((node) => ({
    ...item(tree, node, opens),
    where: ancestors(tree, node.parent).map((folder) => folder.title),
  }));
}

function item(tree: Tree, node: TreeNode, opens: (url: string) => boolean): ItemView {
  const { id, kind, title, url } = node;
  const size = kind === 'f' ? tree.children(id).length : 0;
  return { id, kind, title, url, opens: kind === 'f' || (kind === 'b' && opens(url)), size };
}

/** The folders from the one below the root down to `id` itself. */
function ancestors(tree: Tree, id: NodeId): TreeNode[] {
  const path: TreeNode[] = [];
  for (let node = tree.get(id); node && node.id !== ROOT; node = tree.get(node.parent)) path.unshift(node);
  return path;
}
