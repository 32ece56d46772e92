/** Where bookmarks have changed since somebody last looked, as far as events tell. */
import type { Hint } from '../browser/bookmarks';
import type { NativeId } from '../model/ids';

/** More than this is a storm: everything is looked at. */
const MOST = 200;

export class Hints {
  #folders = new Set<NativeId>();
  #nodes = new Set<NativeId>();
  #anywhere = false;

  /** Null: it may be anywhere. */
  add(hint: Hint | null): void {
    for (const id of hint?.folders ?? []) this.#folders.add(id);
    for (const id of hint?.nodes ?? []) this.#nodes.add(id);
    if (hint === null || this.#folders.size + this.#nodes.size > MOST) this.#anywhere = true;
  }

  get any(): boolean {
    return this.#anywhere || this.#folders.size + this.#nodes.size > 0;
  }

  /** What has gathered, or null where it may be anything; then it is forgotten. */
  take(): { folders: ReadonlySet<NativeId>; nodes: ReadonlySet<NativeId> } | null {
    const taken = this.#anywhere ? null : { folders: this.#folders, nodes: this.#nodes };
    this.#folders = new Set();
    this.#nodes = new Set();
    this.#anywhere = false;
    return taken;
  }
}
