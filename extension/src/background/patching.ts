/**
 * Carries out native writes, one at a time, and notes in the shadow what the browser answered.
 *
 * Before a node is moved, changed or removed it is read once more: if the user has been there since it was compared,
 * it is left as it is, and the next comparison will see their edit.
 */
import { BookmarkError, type Bookmarks } from '../browser/bookmarks';
import { type NativeId, type NodeId, ROOT } from '../model/ids';
import { type NativeNode, nativePreOrder } from '../model/native';
import type { TreeNode } from '../model/tree';
import { refusalKey } from '../sync/fit';
import type { Write } from '../sync/patch';
import { type Shadow, UNCONFIRMED } from '../sync/shadow';

/** `overtaken`: the user, or another write that was not done, was there first. */
export type Outcome = 'done' | 'overtaken' | 'refused' | 'locked';

export class Patching {
  /** Where the last created or moved node stands: a run of siblings needs no look-up between them. */
  #last: { id: NativeId; parent: NativeId; index: number } | null = null;

  constructor(
    private readonly bookmarks: Bookmarks,
    private readonly shadow: Shadow,
    private readonly folder: NativeId,
  ) {}

  async carryOut(write: Write): Promise<Outcome> {
    try {
      switch (write.do) {
        case 'create':
          return await this.#create(write.node, write.after);
        case 'move':
          return await this.#move(write.node, write.after, write.was);
        case 'update':
          return await this.#update(write);
        case 'remove':
          return await this.#remove(write.was, write.going);
      }
    } catch (error) {
      if (!(error instanceof BookmarkError)) throw error;
      this.#last = null;
      return error.code;
    }
  }

  async #create(node: TreeNode, after: NodeId | null): Promise<Outcome> {
    const place = await this.#place(node.parent, after);
    if (place === null) return 'overtaken';
    const { kind, title, url } = node;
    const made = await this.bookmarks.create({ ...place, kind, title, url });
    this.#last = made;
    this.shadow.put({
      id: node.id,
      native: made.id,
      added: made.added,
      parent: node.parent,
      writtenParent: node.writtenParent,
      pos: UNCONFIRMED,
      title,
      url,
      nativeTitle: made.title,
      nativeUrl: made.url,
    });
    return 'done';
  }

  async #move(node: TreeNode, after: NodeId | null, was: NativeNode): Promise<Outcome> {
    const place = await this.#place(node.parent, after);
    const now = (await this.bookmarks.get(was.id))?.[0];
    if (place === null || now === undefined || now.parent !== was.parent) return 'overtaken';
    // Taking it out from before its left neighbour moves that one place up.
    const up = now.parent === place.parent && now.index < place.index ? 1 : 0;
    this.#last = await this.bookmarks.move(was.id, now, place.parent, place.index - up);
    return 'done';
  }

  async #update({ node, was, title, url }: Write & { do: 'update' }): Promise<Outcome> {
    const now = (await this.bookmarks.get(was.id))?.[0];
    if (now === undefined || now.title !== was.title || now.url !== was.url) return 'overtaken';
    const answer = await this.bookmarks.update(was.id, {
      ...(title === undefined ? {} : { title }),
      ...(url === undefined ? {} : { url }),
    });
    const row = this.shadow.get(node.id);
    if (row === undefined) return 'done';
    this.shadow.put({
      ...row,
      ...(title === undefined ? {} : { title, nativeTitle: answer.title }),
      ...(url === undefined ? {} : { url, nativeUrl: answer.url }),
    });
    return 'done';
  }

  async #remove(was: NativeNode, going: ReadonlyMap<NativeId, NativeNode>): Promise<Outcome> {
    const now = await this.bookmarks.subtree(was.id);
    if (now === null || now.parent !== was.parent) return 'overtaken';
    for (const node of nativePreOrder(now)) {
      const expected = going.get(node.id);
      if (expected === undefined || expected.title !== node.title || expected.url !== node.url)
        return 'overtaken';
    }
    // Without `tree` the browser itself refuses a folder that is not empty any more.
    await this.bookmarks.remove(was.id, now.children.length > 0);
    this.#last = null;
    return 'done';
  }

  /** Right of the node, as the browser has it at this moment; null when the user has taken one of them away. */
  async #place(parent: NodeId, after: NodeId | null): Promise<{ parent: NativeId; index: number } | null> {
    const folder = parent === ROOT ? this.folder : this.shadow.get(parent)?.native;
    if (folder === undefined) return null;
    if (after === null) return { parent: folder, index: 0 };
    const left = this.shadow.get(after)?.native;
    if (left === undefined) return null;
    const known = this.#last?.id === left && this.#last.parent === folder ? this.#last : null;
    const at = known ?? (await this.bookmarks.get(left))?.[0];
    return at === undefined || at.parent !== folder ? null : { parent: folder, index: at.index + 1 };
  }
}

/** Names a write, so that one that failed or was in vain is known again. */
export function writeKey(write: Write): string {
  return write.do === 'remove' ? `remove ${write.was.id}` : refusalKey(write.do, write.node);
}
