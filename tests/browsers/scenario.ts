/** What many scenarios begin with: a shared folder with some bookmarks, made by hand. */
import type { Bookmark, Shape } from './profile';
import type { Member, SharedFolder, World } from './world';

export const page = (title: string) => ({ title, url: `https://example.com/${encodeURIComponent(title)}` });

/** Adds bookmarks by hand, one after the other. */
export async function add(member: Member, parentId: string, ...names: string[]): Promise<Bookmark[]> {
  const made: Bookmark[] = [];
  for (const name of names) made.push(await member.profile.create({ parentId, ...page(name) }));
  return made;
}

/** A new folder of these members with bookmarks that the first of them added. */
export async function shareWith(
  world: World,
  name: string,
  members: [Member, ...Member[]],
  names: readonly string[],
): Promise<SharedFolder> {
  const folder = await world.share(name, members);
  await add(members[0], (await folder.native(members[0])).id, ...names);
  await folder.converge('the first bookmarks', (shape) => shape.length === names.length);
  return folder;
}

/** How many there are, on all levels. */
export function count(shape: readonly Shape[]): number {
  return shape.reduce((sum, [, , children]) => sum + 1 + count(children), 0);
}
