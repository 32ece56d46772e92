/** One node of the shared tree as it is shown, and what is compared of two. */
import { crc32 } from './crc32';
import type { Kind } from './encoding';
import type { NodeId } from './ids';

export interface TreeNode {
  readonly id: NodeId;
  readonly kind: Kind;
  /** Empty for a separator. */
  readonly title: string;
  /** Empty unless a bookmark. */
  readonly url: string;
  /** Where it is shown. */
  readonly parent: NodeId;
  /** Where its last writer put it; differs from `parent` when that is no folder, or would close a cycle. */
  readonly writtenParent: NodeId;
  readonly pos: string;
  /** Deleted as it is now. A dead folder is still shown while something living is inside it. */
  readonly dead: boolean;
  readonly visible: boolean;
}

export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The order of siblings: position, then id, both by code unit. */
export function byPlace(a: Pick<TreeNode, 'pos' | 'id'>, b: Pick<TreeNode, 'pos' | 'id'>): number {
  if (a.pos !== b.pos) return a.pos < b.pos ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * What a deleter saw of a node. The written parent counts, not the shown one, so that a cycle elsewhere revives nothing;
 * the position does not, so that a reorder does not either.
 */
export function seen(node: Pick<TreeNode, 'kind' | 'writtenParent' | 'title' | 'url'>): string {
  if (node.kind !== 'b') return crc32(node.writtenParent);
  return crc32(`${node.writtenParent}\n${node.title}\n${node.url}`);
}
