/** A bookmark folder as one browser holds it, and what that browser makes of what it is given. */
import type { Kind } from './encoding';
import type { NativeId } from './ids';

/** Titles and addresses are the browser's own: it may have rewritten what it was given. */
export interface NativeNode {
  readonly id: NativeId;
  readonly parent: NativeId;
  readonly kind: Kind;
  readonly title: string;
  /** Empty unless a bookmark. */
  readonly url: string;
  /**
   * Tells it from another that was given its id: Chromium counts on, when it starts, from the highest it finds. There
   * it is the time it was made, Unix milliseconds; 0 in Firefox, whose ids are given once.
   */
  readonly added: number;
  /** In order; empty unless a folder. */
  readonly children: readonly NativeNode[];
}

/** What a browser will make of a title or an address, so that it is known again after the reply was lost. */
export interface Dialect {
  readonly separators: boolean;
  title(title: string): string;
  /** Null when the browser refuses it. */
  url(url: string): string | null;
}

/** The nodes at and under `top`, every parent before its children. Does not recurse: a user may nest without bound. */
export function* nativePreOrder(
  top: NativeNode,
  enter: (node: NativeNode) => boolean = () => true,
): Generator<NativeNode> {
  const open = [top];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!enter(node)) continue;
    yield node;
    for (let i = node.children.length - 1; i >= 0; i--) open.push(node.children[i] as NativeNode);
  }
}
