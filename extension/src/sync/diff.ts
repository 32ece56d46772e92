/**
 * What the user did in the browser: the native folder compared with the shadow and the document it shadows.
 *
 * Rules it keeps: what equals the shadow, or what the shadow was about to become, is nobody's edit. What the document
 * wants and the browser cannot hold is not missing. A node that stands where the document has already moved it from,
 * or to, was not moved by the user.
 */
import { type NativeId, type NodeId, ROOT } from '../model/ids';
import { type NativeNode, nativePreOrder } from '../model/native';
import { seen, type Tree, type TreeNode } from '../model/tree';
import { MAX_NODES, MAX_URL, type NewNode } from '../model/writer';
import { adopt, type Identities } from './adopt';
import type { Fit } from './fit';
import { longestRising } from './sequence';
import { type Row, type Shadow, seenNatively, settled, UNCONFIRMED } from './shadow';

export type Edit =
  | { readonly do: 'create'; readonly node: NewNode & { readonly id: NodeId }; readonly native: NativeNode }
  | { readonly do: 'move'; readonly id: NodeId; readonly parent: NodeId; readonly after: NodeId | null }
  | { readonly do: 'rename'; readonly id: NodeId; readonly native: NativeNode }
  | { readonly do: 'readdress'; readonly id: NodeId; readonly native: NativeNode };

/** Native nodes that stay this user's own, and why. */
export interface Unshared {
  readonly native: NativeId;
  readonly title: string;
  readonly reason: 'url-too-long' | 'too-many-nodes' | 'folder-gone';
}

export interface Difference {
  /** Parents before children, each folder from left to right. */
  readonly edits: readonly Edit[];
  /** In the shadow and wanted by the document, but gone from the browser. */
  readonly vanished: ReadonlySet<NodeId>;
  readonly unshared: readonly Unshared[];
}

export interface Sides {
  readonly native: NativeNode;
  readonly shadow: Shadow;
  readonly tree: Tree;
  readonly fit: Fit;
  /** Folders of other teams, which are none of ours even when dragged in here. */
  readonly foreign: ReadonlySet<NativeId>;
  /** The browser may have lost what it was last told of this node. */
  doubted(row: Row): boolean;
  /** The folder has only now been found: nothing that is absent from it was deleted. */
  readonly found: boolean;
  /** Nodes we put into a folder that its user was just then taking out of the team's: they were not taken out. */
  readonly strays: ReadonlySet<NodeId>;
  /** Nodes may have been created in the browser that the shadow does not know of. */
  readonly interrupted: boolean;
  newId(): NodeId;
}

/** Also takes over into the shadow what turns out to be our own finished work, and what is adopted. */
export function diff(sides: Sides): Difference {
  const { native: folder, shadow, tree, fit } = sides;
  const enters = (node: NativeNode) => node === folder || !sides.foreign.has(node.id);
  const identities: Identities = new Map([[folder.id, ROOT]]);
  const present = new Set<NodeId>();
  for (const native of nativePreOrder(folder, enters)) {
    const row = shadow.of(native.id) ?? shadow.exhume(native, sides.doubted);
    if (row === undefined) continue;
    if (row.added !== native.added) {
      if (sides.doubted(row)) shadow.drop(row.id);
      else shadow.unbind(row);
      continue;
    }
    identities.set(native.id, row.id);
    present.add(row.id);
  }
  const absent = new Map<NodeId, TreeNode>();
  for (const node of tree.nodes.values()) {
    if (node.visible && !present.has(node.id)) absent.set(node.id, node);
  }
  adopt(folder, identities, absent, {
    shadow,
    tree,
    fit,
    anywhere: sides.found || sides.interrupted,
    enters,
  });

  const edits: Edit[] = [];
  const unshared: Unshared[] = [];
  let nodes = tree.nodes.size;
  const born = new Set<NodeId>();

  for (const native of nativePreOrder(folder, enters)) {
    const parent = identities.get(native.id);
    if (parent === undefined || (native.kind !== 'f' && native !== folder)) continue;
    const inOrder = keptInOrder(native, parent, identities, sides);
    let left: NodeId | null = null;
    for (const child of native.children) {
      if (!enters(child)) continue;
      const id = identities.get(child.id);
      if (id === undefined) {
        const reason = unsharable(
          child,
          nodes,
          parent === ROOT || born.has(parent) || tree.get(parent) !== undefined,
        );
        if (reason !== null) {
          unshared.push({ native: child.id, title: child.title, reason });
          continue;
        }
        const newId = sides.newId();
        const { kind, title, url } = child;
        edits.push({
          do: 'create',
          node: { id: newId, kind, parent, after: left, title, url },
          native: child,
        });
        identities.set(child.id, newId);
        born.add(newId);
        nodes++;
        left = newId;
        continue;
      }
      const node = tree.get(id);
      const row = shadow.get(id);
      if (node === undefined || row === undefined) continue;
      if (inOrder.has(id)) left = id;
      else if (movedByUser(row, node, parent, sides)) {
        edits.push({ do: 'move', id, parent, after: left });
        left = id;
      }
      compareText(child, node, shadow.get(id) ?? row, sides, edits, unshared);
    }
  }
  return { edits, vanished: findVanished(identities, sides), unshared };
}

/** The known children that stand in the document's order: a longest such run of those the browser was brought to. */
function keptInOrder(
  native: NativeNode,
  parent: NodeId,
  identities: Identities,
  { shadow, tree, doubted }: Sides,
): Set<NodeId> {
  const standing = new Set<NodeId>();
  for (const child of native.children) {
    const id = identities.get(child.id);
    const row = id === undefined ? undefined : shadow.get(id);
    const node = id === undefined ? undefined : tree.get(id);
    if (row === undefined || node === undefined || row.parent !== parent) continue;
    if (node.visible && settled(row, node) && !doubted(row)) standing.add(node.id);
  }
  const rank = new Map<NodeId, number>();
  for (const { id } of tree.children(parent)) if (standing.has(id)) rank.set(id, rank.size);
  const ids = [...standing];
  const run = longestRising(ids.map((id) => rank.get(id) ?? 0));
  return new Set(ids.filter((_, at) => run.has(at)));
}

function movedByUser(row: Row, node: TreeNode, parent: NodeId, { shadow, doubted }: Sides): boolean {
  if (row.parent === parent) return node.visible && settled(row, node) && !doubted(row);
  if (node.parent !== parent) return !doubted(row);
  shadow.put({ ...row, parent, writtenParent: node.writtenParent, pos: UNCONFIRMED });
  return false;
}

function compareText(
  native: NativeNode,
  node: TreeNode,
  row: Row,
  { shadow, fit, doubted }: Sides,
  edits: Edit[],
  unshared: Unshared[],
): void {
  let now = row;
  if (row.title !== node.title && native.title === fit.title(node.title)) {
    now = { ...now, title: node.title, nativeTitle: native.title };
  } else if (native.title !== row.nativeTitle && node.kind !== 's' && !doubted(row)) {
    edits.push({ do: 'rename', id: row.id, native });
  }
  if (row.url !== node.url && native.url === fit.url(node.url)) {
    now = { ...now, url: node.url, nativeUrl: native.url };
  } else if (native.url !== row.nativeUrl && node.kind === 'b' && !doubted(row)) {
    if (native.url.length > MAX_URL) {
      unshared.push({ native: native.id, title: native.title, reason: 'url-too-long' });
    } else edits.push({ do: 'readdress', id: row.id, native });
  }
  if (now !== row) shadow.put(now);
}

function unsharable(native: NativeNode, nodes: number, hasFolder: boolean): Unshared['reason'] | null {
  if (native.url.length > MAX_URL) return 'url-too-long';
  if (nodes >= MAX_NODES) return 'too-many-nodes';
  return hasFolder ? null : 'folder-gone';
}

function findVanished(
  identities: Identities,
  { shadow, tree, fit, doubted, found, strays }: Sides,
): Set<NodeId> {
  const present = new Set(identities.values());
  const vanished = new Set<NodeId>();
  for (const row of [...shadow.rows()]) {
    if (present.has(row.id)) continue;
    const node = tree.get(row.id);
    if (node === undefined || !fit.wants(node, row)) shadow.bury(row.id);
    else if (found || doubted(row) || strays.has(row.id)) shadow.bury(row.id);
    else vanished.add(row.id);
  }
  return vanished;
}

/**
 * The topmost of the vanished nodes, each with everything that went with it, as its deleter saw it.
 *
 * What stood below but could not be shown in this browser goes too: whoever deletes a folder means all of it.
 */
export function deletions(
  vanished: ReadonlySet<NodeId>,
  { shadow, tree, fit }: Pick<Sides, 'shadow' | 'tree' | 'fit'>,
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
