/** What is written of a deletion: exactly what its user saw go. */
import type { NodeId } from '../model/ids';
import { seen, type Tree } from '../model/tree';
import type { Fit } from './fit';
import { type Shadow, seenNatively } from './shadow';

/**
 * The topmost of the vanished nodes, each with everything that went with it, as its deleter saw it.
 *
 * What stood below but could not be shown in this browser goes too: whoever deletes a folder means all of it.
 */
export function deletions(
  vanished: ReadonlySet<NodeId>,
  { shadow, tree, fit }: { readonly shadow: Shadow; readonly tree: Tree; readonly fit: Fit },
): Map<NodeId, Map<NodeId, string>> {
  const tops = new Map<NodeId, NodeId>();
  const topOf = (id: NodeId): NodeId => {
    const path: NodeId[] = [];
    let at = id;
    for (let up = shadow.get(at)?.parent; up !== undefined && vanished.has(up); up = shadow.get(at)?.parent) {
      const known = tops.get(at);
      if (known !== undefined) {
        at = known;
        break;
      }
      path.push(at);
      at = up;
    }
    for (const below of path) tops.set(below, at);
    return at;
  };
  const saw = new Map<NodeId, Map<NodeId, string>>();
  for (const id of vanished) {
    const row = shadow.get(id);
    const node = tree.get(id);
    if (row === undefined || node === undefined) continue;
    const top = topOf(id);
    const list = saw.get(top) ?? new Map<NodeId, string>();
    saw.set(top, list);
    list.set(id, seenNatively(row, node));
    const hidden = node.kind === 'f' ? [id] : [];
    for (let under = hidden.pop(); under !== undefined; under = hidden.pop()) {
      for (const child of tree.children(under)) {
        if (shadow.get(child.id) !== undefined || fit.wants(child, undefined)) continue;
        list.set(child.id, seen(child));
        hidden.push(child.id);
      }
    }
  }
  return saw;
}
