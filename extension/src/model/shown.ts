/**
 * A tree as it is kept in memory: looked up by node, by folder and by trash record.
 *
 * It never changes: `with` gives another, which costs the copying of the maps and no look at what is in them.
 */
import type { NodeId, TrashId } from './ids';
import { byPlace, type TreeNode } from './node';
import type { TrashRecord } from './trash';
import type { Tree } from './tree';

const NONE: ReadonlySet<TrashId> = new Set();

/** What is different in another tree. */
export interface Difference {
  readonly nodes: ReadonlyMap<NodeId, TreeNode>;
  /** The visible children, in order, of folders where not the same stand in the same order. */
  readonly lists: ReadonlyMap<NodeId, readonly NodeId[]>;
  /** `null`: the record is gone. */
  readonly records: ReadonlyMap<TrashId, TrashRecord | null>;
  /** Which records name a node now. */
  readonly naming: ReadonlyMap<string, ReadonlySet<TrashId>>;
  readonly awaited: ReadonlySet<NodeId>;
}

export class ShownTree implements Tree {
  private constructor(
    readonly nodes: ReadonlyMap<NodeId, TreeNode>,
    readonly trash: ReadonlyMap<TrashId, TrashRecord>,
    readonly tangled: ReadonlySet<NodeId>,
    readonly awaited: ReadonlySet<NodeId>,
    readonly bookmarks: number,
    private readonly shown: ReadonlyMap<NodeId, readonly TreeNode[]>,
    private readonly names: ReadonlyMap<string, ReadonlySet<TrashId>>,
  ) {}

  static of(
    nodes: ReadonlyMap<NodeId, TreeNode>,
    trash: ReadonlyMap<TrashId, TrashRecord>,
    tangled: ReadonlySet<NodeId>,
    awaited: ReadonlySet<NodeId>,
  ): ShownTree {
    let bookmarks = 0;
    const shown = new Map<NodeId, TreeNode[]>();
    for (const node of nodes.values()) {
      if (!node.visible) continue;
      if (node.kind === 'b') bookmarks++;
      const siblings = shown.get(node.parent);
      if (siblings === undefined) shown.set(node.parent, [node]);
      else siblings.push(node);
    }
    for (const siblings of shown.values()) siblings.sort(byPlace);
    const names = new Map<string, Set<TrashId>>();
    for (const [key, record] of trash) {
      for (const id of record.entries.keys()) names.set(id, (names.get(id) ?? new Set()).add(key));
    }
    return new ShownTree(nodes, trash, tangled, awaited, bookmarks, shown, names);
  }

  get(id: NodeId): TreeNode | undefined {
    return this.nodes.get(id);
  }

  children(id: NodeId): readonly TreeNode[] {
    return this.shown.get(id) ?? [];
  }

  naming(id: string): ReadonlySet<TrashId> {
    return this.names.get(id) ?? NONE;
  }

  /** The tree with this difference, and the folders in which something is not as it was. */
  with(difference: Difference): { tree: ShownTree; folders: Set<NodeId> } {
    const { lists } = difference;
    const folders = new Set<NodeId>(lists.keys());
    const nodes = new Map(this.nodes);
    let { bookmarks } = this;
    for (const [id, node] of difference.nodes) {
      const before = nodes.get(id);
      if (before !== undefined) folders.add(before.parent);
      folders.add(node.parent);
      if (node.kind === 'b') bookmarks += Number(node.visible) - Number(before?.visible ?? false);
      nodes.set(id, node);
    }
    const shown = new Map(this.shown);
    for (const folder of folders) {
      const ids = lists.get(folder) ?? this.children(folder).map(({ id }) => id);
      if (ids.length === 0) shown.delete(folder);
      else
        shown.set(
          folder,
          Array.from(ids, (id) => nodes.get(id) as TreeNode),
        );
    }
    const tree = new ShownTree(
      nodes,
      changed(this.trash, difference.records, (record) => record === null),
      this.tangled,
      difference.awaited.size === 0 ? this.awaited : new Set([...this.awaited, ...difference.awaited]),
      bookmarks,
      shown,
      changed(this.names, difference.naming, (keys) => keys.size === 0),
    );
    return { tree, folders };
  }
}

/** The map with these entries; those that are `gone` are left out. */
function changed<K, V, D extends V | null>(
  map: ReadonlyMap<K, V>,
  difference: ReadonlyMap<K, D>,
  gone: (value: D) => boolean,
): ReadonlyMap<K, V> {
  if (difference.size === 0) return map;
  const result = new Map(map);
  for (const [key, value] of difference) {
    if (gone(value)) result.delete(key);
    else result.set(key, value as V);
  }
  return result;
}
