/**
 * The team's native folder: found, made, moved back out of another team's, and named; or gone, and then held.
 *
 * Rule it keeps: whenever a folder becomes the team's anew, that is stored first, so that what it lacks is never taken
 * for deleted. Where it stands and what it is called is its owner's own affair.
 */
import type { Bookmarks } from '../browser/bookmarks';
import type { NativeId, TeamId } from '../model/ids';
import type { NativeNode } from '../model/native';
import type { Tree } from '../model/tree';
import type { Fit } from '../sync/fit';
import { createFolder, type Folders, findFolder, moveOut } from './folders';
import type { Ledger } from './ledger';

export class Home {
  constructor(
    private readonly team: TeamId,
    private readonly bookmarks: Bookmarks,
    private readonly folders: Folders,
    private readonly ledger: Ledger,
    private readonly fit: Fit,
  ) {}

  get id(): NativeId | null {
    return this.folders.of(this.team);
  }

  /** The folders of all other teams. */
  get foreign(): ReadonlySet<NativeId> {
    return this.folders.others(this.team);
  }

  /**
   * The folder as it stands now, without what is in it. `vanished`: its user has removed it and not said yet what that
   * means; `no-root`: the browser has no place for it. `tree`: what is known of the team's bookmarks, to know the folder
   * by.
   *
   * Throws BookmarkError.
   */
  async find(
    name: string,
    canWrite: boolean,
    tree: () => Tree,
  ): Promise<NativeNode | 'vanished' | 'no-root'> {
    let native: NativeNode | null = await this.#known();
    if (native === null) {
      const established = await this.#establish(name, canWrite, tree);
      if (typeof established === 'string') return established;
      native = established;
    }
    await moveOut(this.bookmarks, native, this.foreign);
    await this.#call(native, name);
    return native;
  }

  /** The membership is over. */
  async remove(): Promise<void> {
    const native = await this.#known();
    if (native !== null) await this.bookmarks.remove(native.id, true);
  }

  /** The folder that is marked as the team's, if it is there. */
  async #known(): Promise<NativeNode | null> {
    const native = this.id === null ? undefined : (await this.bookmarks.get(this.id))?.[0];
    return native !== undefined && this.folders.isOf(this.team, native) ? native : null;
  }

  async #establish(
    name: string,
    canWrite: boolean,
    tree: () => Tree,
  ): Promise<NativeNode | 'vanished' | 'no-root'> {
    const { bookmarks, ledger, fit } = this;
    const { choice } = ledger.binding;
    const orEmpty = ledger.shadow.size === 0;
    const found = await findFolder(bookmarks, { title: name, tree, fit, taken: this.foreign, orEmpty });
    if (found === null && this.#removedByUser && canWrite && choice === null) {
      await ledger.commit({ binding: { held: true } });
      return 'vanished';
    }
    if (found === null && (await bookmarks.roots()).length === 0) return 'no-root';
    if (choice !== 'remove') await ledger.commit({ binding: { found: true } });
    const native = found ?? (await createFolder(bookmarks, name));
    await this.folders.claim(this.team, native);
    await ledger.commit({ binding: { folderTitle: native.title } });
    return native;
  }

  /** It was there, and it is not the browser that has forgotten it when it was killed. */
  get #removedByUser(): boolean {
    for (const row of this.ledger.shadow.rows()) if (!this.ledger.doubted(row)) return true;
    return false;
  }

  /** By the team's name, as long as the folder's owner has not given it one of their own. */
  async #call(native: NativeNode, name: string): Promise<void> {
    const { folderTitle } = this.ledger.binding;
    const wanted = this.fit.title(name);
    if (native.title === wanted) await this.ledger.commit({ binding: { folderTitle: wanted } });
    else if (native.title === folderTitle) {
      const { title } = await this.bookmarks.update(native.id, { title: name });
      await this.ledger.commit({ binding: { folderTitle: title } });
    }
  }
}
