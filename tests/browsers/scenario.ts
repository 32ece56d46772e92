/** Bookmarks as scenarios make them by hand, and count them. */
import type { Bookmark, Shape } from './profile';
import type { Member } from './world';

export const page = (title: string) => ({ title, url: `https://example.com/${encodeURIComponent(title)}` });

/** Titles, from 0 on. */
export const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}`);

/** Adds bookmarks by hand, one after the other. */
export async function add(member: Member, parentId: string, ...names: string[]): Promise<Bookmark[]> {
  const made: Bookmark[] = [];
  for (const name of names) made.push(await member.profile.create({ parentId, ...page(name) }));
  return made;
}

/** How many there are, on all levels. */
export function count(shape: readonly Shape[]): number {
  return shape.reduce((sum, [, , children]) => sum + 1 + count(children), 0);
}
