/**
 * What the user did in the browser: the native folder compared with the shadow and the document it shadows.
 *
 * Rules it keeps: what equals the shadow, or what the shadow was about to become, is nobody's edit. What the document
 * wants and the browser cannot hold is not missing. A node that stands where the document has already moved it from,
 * or to, was not moved by the user.
 */
import { type NativeId, type NodeId, ROOT } from '../model/ids';
import type { NativeNode } from '../model/native';
import type { Tree, TreeNode } from '../model/tree';
import { MAX_NODES, MAX_URL, type NewNode } from '../model/writer';
import { adopt, type Identities } from './adopt';
import type { Fit } from './fit';
import { type Natives, nativeFolders, type Scope } from './scope';
import { longestRising } from './sequence';
import { type Row, type Shadow, settled, UNCONFIRMED } from './shadow';

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
  /** The folders that were compared; among them some that turned out to be known. */
  readonly folders: ReadonlySet<NodeId>;
}

export interface Sides {
  readonly natives: Natives;
  readonly scope: Scope | null;
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
  const { shadow, tree } = sides;
  const folders = nativeFolders(sides.natives, sides.scope, shadow, isOurs(sides));
  const identities = identify(folders, sides);
  const edits: Edit[] = [];
  const unshared: Unshared[] = [];
  const born = new Set<NodeId>();

  for (const native of folders) {
    const parent = identities.get(native.id);
    if (parent === undefined) continue;
    const isFolder = parent === ROOT || born.has(parent) || tree.get(parent) !== undefined;
    const inOrder = keptInOrder(native, parent, identities, sides);
    let left: NodeId | null = null;
    for (const child of native.children.filter(isOurs(sides))) {
      const known = identities.get(child.id);
      if (known === undefined) {
        const reason = isFolder ? unsharable(child, tree.nodes.size + born.size) : 'folder-gone';
        if (reason !== null) {
          unshared.push({ native: child.id, title: child.title, reason });
          continue;
        }
        const { kind, title, url } = child;
        const id = sides.newId();
        edits.push({ do: 'create', node: { id, kind, parent, after: left, title, url }, native: child });
        identities.set(child.id, id);
        born.add(id);
        left = id;
        continue;
      }
      const node = tree.get(known);
      const row = shadow.get(known);
      if (node === undefined || row === undefined) continue;
      if (inOrder.has(known) || standsInDoubt(row, node, parent, sides)) left = known;
      else if (movedByUser(row, node, parent, sides)) {
        edits.push({ do: 'move', id: known, parent, after: left });
        left = known;
      }
      compareText(child, node, shadow.get(known) ?? row, sides, edits, unshared);
    }
  }
  const compared = folders.map(({ id }) => identities.get(id)).filter((id) => id !== undefined);
  return { edits, vanished: findVanished(identities, sides), unshared, folders: new Set(compared) };
}

/** Not another team's folder, dragged in here. */
function isOurs({ natives: { folder }, foreign }: Sides): (native: NativeNode) => boolean {
  return (native) => native === folder || !foreign.has(native.id);
}

/** Which node each native node in these folders is, as far as it is one: by the shadow, or adopted. */
function identify(folders: readonly NativeNode[], sides: Sides): Identities {
  const { natives, shadow, tree, fit, doubted } = sides;
  const ours = isOurs(sides);
  const identities: Identities = new Map([[natives.folder.id, ROOT]]);
  const recognise = (native: NativeNode) => {
    if (identities.has(native.id)) return;
    const row = shadow.of(native.id) ?? shadow.exhume(native, doubted);
    if (row === undefined) return;
    if (row.added === native.added) identities.set(native.id, row.id);
    else if (doubted(row)) shadow.drop(row.id);
    else shadow.unbind(row);
  };
  for (const folder of folders) {
    recognise(folder);
    for (const child of folder.children) if (ours(child)) recognise(child);
  }
  const anywhere = sides.found || sides.interrupted;
  const absent = findAbsent(folders, identities, sides);
  adopt(folders, identities, absent, { shadow, tree, fit, anywhere, isOurs: ours });
  return identities;
}

/** What the document shows, in these folders, and the browser does not have. */
function findAbsent(
  folders: readonly NativeNode[],
  identities: Identities,
  { natives, scope, shadow, tree }: Sides,
): Map<NodeId, TreeNode> {
  const absent = new Map<NodeId, TreeNode>();
  if (scope === null) {
    const present = new Set(identities.values());
    for (const node of tree.nodes.values()) {
      if (node.visible && !present.has(node.id)) absent.set(node.id, node);
    }
    return absent;
  }
  const open = folders.map((folder) => identities.get(folder.id)).filter((id) => id !== undefined);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const node of tree.children(at)) {
      const row = shadow.get(node.id);
      if (row !== undefined && natives.byId.has(row.native)) continue;
      absent.set(node.id, node);
      if (node.kind === 'f') open.push(node.id);
    }
  }
  return absent;
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

/** It is in both, and in which order is not sure; what is new beside it was put beside it all the same. */
function standsInDoubt(row: Row, node: TreeNode, parent: NodeId, { doubted }: Sides): boolean {
  const unsure = row.pos === UNCONFIRMED || doubted(row);
  return unsure && node.visible && row.parent === parent && node.parent === parent;
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

function unsharable(native: NativeNode, nodes: number): Unshared['reason'] | null {
  if (native.url.length > MAX_URL) return 'url-too-long';
  return nodes >= MAX_NODES ? 'too-many-nodes' : null;
}

function findVanished(
  identities: Identities,
  { scope, shadow, tree, fit, doubted, found, strays }: Sides,
): Set<NodeId> {
  const present = new Set(identities.values());
  const vanished = new Set<NodeId>();
  for (const row of scope === null ? [...shadow.rows()] : shadow.ofAll(scope.lost)) {
    if (present.has(row.id)) continue;
    const node = tree.get(row.id);
    if (node === undefined || !fit.wants(node, row)) shadow.bury(row.id);
    else if (found || doubted(row) || strays.has(row.id)) shadow.bury(row.id);
    else vanished.add(row.id);
  }
  return vanished;
}
