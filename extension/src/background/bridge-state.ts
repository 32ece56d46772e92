/** What a bridge shows of itself. */
import type { NativeId } from '../model/ids';
import type { Unshared } from '../sync/diff';
import type { Held } from '../sync/guard';
import type { PutBackItem } from '../sync/plan';

export type Problem =
  /** The browser's policy forbids every change of bookmarks. */
  | 'bookmarks-locked'
  /** The hub has refused our edits although it lets us write; nothing more is sent until access is given anew. */
  | 'edits-refused'
  /** The folder was written by a later version: shown as it was, changed no more. */
  | 'update-needed'
  /** Something failed that should not: nothing more is done until the worker starts again. */
  | 'storage'
  /** The browser has no place for the team's folder. */
  | 'no-bookmarks-root';

export interface BridgeState {
  /** Bookmarks in the team's folder, shown in this browser or not. */
  readonly bookmarks: number;
  readonly folder: NativeId | null;
  /** Grows with every change of the document: also one that leaves all else here as it was is told of. */
  readonly edition: number;
  readonly busy: { readonly done: number; readonly total: number } | null;
  readonly held: Held | null;
  /** A reader's undone edits, and edits the hub refused, until cleared. */
  readonly putBack: readonly PutBackItem[];
  readonly unshared: readonly Unshared[];
  readonly problem: Problem | null;
}
