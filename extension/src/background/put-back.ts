/** The list of undone edits that is kept for the user, and the copy they may make of them. */
import { BookmarkError, type Bookmarks } from '../browser/bookmarks';
import type { PutBackItem } from '../sync/plan';

const MOST_KEPT = 1_000;

/** An undoing that was interrupted is seen twice, and listed once. */
export function withItems(
  known: readonly PutBackItem[],
  more: readonly PutBackItem[],
): readonly PutBackItem[] {
  if (more.length === 0) return known;
  return [...known, ...withoutItems(more, known)].slice(-MOST_KEPT);
}

export function withoutItems(
  known: readonly PutBackItem[],
  some: readonly PutBackItem[],
): readonly PutBackItem[] {
  const keys = new Set(some.map(key));
  return known.filter((item) => !keys.has(key(item)));
}

/** Copies the bookmarks among the items into the user's own; returns those it could not. */
export async function copyOut(
  bookmarks: Bookmarks,
  items: readonly PutBackItem[],
): Promise<readonly PutBackItem[]> {
  const roots = await bookmarks.roots();
  const root = roots.find(({ place }) => place === 'other') ?? roots[0];
  if (root === undefined) return items;
  let index = (await bookmarks.children(root.id)).length;
  const left: PutBackItem[] = [];
  for (const item of items) {
    const { title, url } = item;
    if (url === '') continue;
    try {
      await bookmarks.create({ parent: root.id, index, kind: 'b', title, url });
      index += 1;
    } catch (error) {
      if (!(error instanceof BookmarkError)) throw error;
      left.push(item);
    }
  }
  return left;
}

function key({ what, title, url }: PutBackItem): string {
  return `${what} ${url}\n${title}`;
}
