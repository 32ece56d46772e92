/** What a user may do to the shared tree. Reading never writes; these rules are the only writers. */
import type { NodeId, TrashId } from './ids';
import type { Kind, TreeNode } from './tree';

export const MAX_TITLE = 4_096;
export const MAX_URL = 65_536;
export const MAX_NODES = 100_000;

export interface NewNode {
  readonly kind: Kind;
  readonly parent: NodeId;
  /** The left neighbour; `null` = first. */
  readonly after: NodeId | null;
  readonly title?: string;
  readonly url?: string;
  readonly id?: NodeId;
}

export type Refusal = 'url-too-long' | 'too-many-nodes' | 'unknown-folder' | 'unknown-node' | 'id-taken';

/** An edit that must not be written. Nothing of its action is. */
export class WriterError extends Error {
  constructor(readonly code: Refusal) {
    super(code);
  }
}

/** One user action. Every method sees what the ones before it did. */
export interface Editor {
  /** The node as this action has it so far. */
  get(id: NodeId): TreeNode | undefined;
  /** The visible children as this action has them so far, in order. */
  children(id: NodeId): readonly TreeNode[];
  /** Throws `WriterError`: `unknown-folder`, `url-too-long`, `too-many-nodes`, `id-taken`. */
  create(node: NewNode): NodeId;
  rename(id: NodeId, title: string): void;
  setUrl(id: NodeId, url: string): void;
  /** False when refused: into itself or below itself. */
  move(id: NodeId, parent: NodeId, after: NodeId | null): boolean;
  /** `saw`: exactly what the deleter saw; by default everything shown at and under the node. Null when that is nothing. */
  remove(id: NodeId, saw?: ReadonlyMap<NodeId, string>): TrashId | null;
  restore(trash: TrashId): void;
  restoreOne(id: NodeId): void;
}

/** The title as it will be written: at most `MAX_TITLE` UTF-16 units, well-formed. */
export declare function writtenTitle(title: string): string;
