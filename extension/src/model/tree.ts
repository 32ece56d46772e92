/** The shared tree: the same for the same bytes, in every browser and on the hub (twin: `hub/tree.py`). */
import type { NodeId, TrashId } from './ids';
import type { TrashRecord } from './trash';

/** Folder, bookmark, separator. */
export type Kind = 'f' | 'b' | 's';

/** The document's maps as they are, junk included. Anything that is not a plain string or array counts as absent. */
export interface RawTree {
  readonly n: ReadonlyMap<string, unknown>;
  readonly p: ReadonlyMap<string, unknown>;
  readonly t: ReadonlyMap<string, unknown>;
  readonly u: ReadonlyMap<string, unknown>;
  readonly x: ReadonlyMap<string, unknown>;
}

export interface TreeNode {
  readonly id: NodeId;
  readonly kind: Kind;
  /** Empty for a separator. */
  readonly title: string;
  /** Empty unless a bookmark. */
  readonly url: string;
  /** Where it is shown. */
  readonly parent: NodeId;
  /** Where its last writer put it; differs from `parent` when that is missing or closes a cycle. */
  readonly writtenParent: NodeId;
  readonly pos: string;
  /** Deleted as it is now. A dead folder is still shown while something living is inside it. */
  readonly dead: boolean;
  readonly visible: boolean;
}

export interface Tree {
  /** Every valid node, dead and invisible ones too. */
  readonly nodes: ReadonlyMap<NodeId, TreeNode>;
  /** Every valid trash record, whether or not it still has an effect. */
  readonly trash: ReadonlyMap<TrashId, TrashRecord>;
  get(id: NodeId): TreeNode | undefined;
  /** The visible children, in order. */
  children(id: NodeId): readonly TreeNode[];
}

export type CanonicalRow = readonly [depth: number, id: string, kind: Kind, title: string, url: string];

export declare function materialise(raw: RawTree): Tree;
export declare function canonical(tree: Tree): CanonicalRow[];
/** What a deleter saw of a node: eight hexadecimal digits. */
export declare function seen(node: Pick<TreeNode, 'kind' | 'writtenParent' | 'title' | 'url'>): string;
