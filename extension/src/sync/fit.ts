/** What of a document this browser is to hold, and in which form. What does not fit stays in the document, untouched. */
import type { Dialect } from '../model/native';
import type { Policy } from '../model/policy';
import type { TreeNode } from '../model/tree';
import type { Row } from './shadow';

export class Fit {
  /** `refused`: writes the browser has refused for good, by `refusalKey`. */
  constructor(
    private readonly dialect: Dialect,
    private readonly policy: Policy,
    private readonly refused: ReadonlySet<string>,
  ) {}

  title(title: string): string {
    return this.dialect.title(title);
  }

  /** What an address looks like in this browser, whether or not we would put it there. */
  form(url: string): string {
    return this.dialect.url(url) ?? url;
  }

  /** The browser's form of an address, or null when it must not or cannot hold it. */
  url(url: string): string | null {
    const native = this.dialect.url(url);
    return native !== null && this.policy.allows(native) ? native : null;
  }

  /**
   * Whether the node is to be in the browser.
   *
   * A bookmark its own user made with an address we would not hand to others stays, as long as nobody gives it another
   * such address.
   */
  wants(node: TreeNode, row: Row | undefined): boolean {
    if (!node.visible) return false;
    switch (node.kind) {
      case 's':
        return this.dialect.separators && !this.refuses('create', node);
      case 'f':
        return row !== undefined || !this.refuses('create', node);
      case 'b':
        if (row !== undefined && row.url === node.url) return true;
        return this.url(node.url) !== null && !this.refuses(row === undefined ? 'create' : 'update', node);
    }
  }

  refuses(write: 'create' | 'update' | 'move', node: TreeNode): boolean {
    return this.refused.size > 0 && this.refused.has(refusalKey(write, node));
  }
}

/** A write that may be tried again only when what it would write is different. */
export function refusalKey(
  write: 'create' | 'update' | 'move',
  node: Pick<TreeNode, 'id' | 'parent' | 'title' | 'url'>,
): string {
  const value = write === 'move' ? node.parent : `${node.title}\n${node.url}`;
  return `${write} ${node.id} ${value}`;
}
