/**
 * Where there is to look: where events point, and where the last comparison has left something to do; or everywhere.
 *
 * Rule it keeps: a part is enough only after a comparison of everything has found browser, shadow and document to agree
 * outside that part, and nothing out of the ordinary has happened since. All of this is in memory alone, so that a new
 * worker begins with everything.
 */
import type { Bookmarks } from '../browser/bookmarks';
import { type NativeId, type NodeId, ROOT } from '../model/ids';
import type { Scope } from '../sync/scope';
import type { Shadow } from '../sync/shadow';
import { Hints } from './hints';
import { Mirror } from './mirror';

export class Survey {
  /** Where bookmarks have changed since they were last read. */
  readonly hints = new Hints();
  /** The team's folder as it was last read. */
  readonly mirror: Mirror;
  /** Folders in which browser, shadow and document may differ; null: anywhere. */
  #open: ReadonlySet<NodeId> | null = null;
  /** Made by us, and not read back yet. */
  #made: readonly NodeId[] = [];
  #unverified = false;

  constructor(
    bookmarks: Bookmarks,
    private readonly shadow: Shadow,
  ) {
    this.mirror = new Mirror(bookmarks);
  }

  /** Since everything was read, parts of it were compared without. */
  get unverified(): boolean {
    return this.#unverified;
  }

  /** The next look is at everything. */
  doubt(): void {
    this.#open = null;
  }

  /**
   * Reads what is to be compared: a part, or with null everything. From then on everything is in doubt, until `leave` says
   * what the comparison has left. `foreign`: the folders of other teams.
   */
  async read(
    folder: NativeId,
    { inPart, foreign }: { inPart: boolean; foreign: ReadonlySet<NativeId> },
  ): Promise<Scope | null | 'gone'> {
    const knows = this.#open !== null && this.shadow.size > 0 && this.mirror.folder.id === folder;
    const apart = [...foreign].every((id) => !this.mirror.byId.has(id));
    const scope = inPart && knows && apart ? await this.#readPart(new Set(this.#open)) : null;
    this.#open = null;
    if (scope !== null) {
      this.#unverified ||= scope.folders.size > 0;
      return scope;
    }
    this.#unverified = false;
    this.hints.take();
    return (await this.mirror.readAll(folder)) ? null : 'gone';
  }

  /** Where there may be something to do yet, null being anywhere; and what was made there. */
  leave(open: ReadonlySet<NodeId> | null, made: readonly NodeId[] = []): void {
    this.#open = open;
    this.#made = made;
  }

  async #readPart(folders: Set<NodeId>): Promise<Scope | null> {
    const { mirror, shadow } = this;
    const top = mirror.folder.id;
    const natives: NativeId[] = [];
    for (const id of folders) {
      const native = id === ROOT ? top : shadow.get(id)?.native;
      if (native !== undefined) natives.push(native);
    }
    const refreshed = await mirror.refresh(this.hints, natives);
    if (refreshed === null) return null;
    for (const native of refreshed.folders) {
      const id = native === top ? ROOT : shadow.of(native)?.id;
      // One that nobody knows is new, and is compared with the folder it is in.
      if (id !== undefined) folders.add(id);
    }
    const lost = new Set(refreshed.lost);
    for (const id of this.#made) {
      const native = shadow.get(id)?.native;
      if (native !== undefined && !mirror.byId.has(native)) lost.add(native);
    }
    // What was lost with a folder may have to be made again.
    for (const { id } of shadow.ofAll(lost)) folders.add(id);
    return { folders, lost };
  }
}
