/**
 * Which native folder is which team's.
 *
 * A marker outside IndexedDB keeps the id, so that the folder is found again when everything else is lost; without it
 * the folder is known by its title and its content. No native id is ever two teams' at once: browsers use ids again.
 */
import type { Bookmarks } from '../browser/bookmarks';
import type { NativeId, TeamId } from '../model/ids';
import { type NativeNode, nativePreOrder } from '../model/native';
import type { Tree } from '../model/tree';
import type { Fit } from '../sync/fit';

type Mark = Pick<NativeNode, 'id' | 'added'>;

/** A small record kept apart from IndexedDB, e.g. one key of `browser.storage.local`. */
export interface Markers {
  read(): Promise<Readonly<Record<string, string>>>;
  write(markers: Readonly<Record<string, string>>): Promise<void>;
}

export class Folders {
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly markers: Markers,
    private readonly byTeam: Map<TeamId, Mark>,
  ) {}

  static async open(markers: Markers): Promise<Folders> {
    const byTeam = new Map<TeamId, Mark>();
    for (const [team, marker] of Object.entries(await markers.read())) {
      const [id = '', added = ''] = marker.split(' ');
      byTeam.set(team as TeamId, { id: id as NativeId, added: Number(added) });
    }
    return new Folders(markers, byTeam);
  }

  of(team: TeamId): NativeId | null {
    return this.byTeam.get(team)?.id ?? null;
  }

  /** Not another folder that was given the same id. */
  isOf(team: TeamId, folder: NativeNode): boolean {
    const mark = this.byTeam.get(team);
    return mark?.id === folder.id && mark.added === folder.added;
  }

  /** The folders of all teams but this one. */
  others(team: TeamId): Set<NativeId> {
    const others = new Set<NativeId>();
    for (const [other, { id }] of this.byTeam) if (other !== team) others.add(id);
    return others;
  }

  async claim(team: TeamId, { id, added }: NativeNode): Promise<void> {
    for (const [other, mark] of this.byTeam) if (mark.id === id) this.byTeam.delete(other);
    this.byTeam.set(team, { id, added });
    await this.#write();
  }

  async release(team: TeamId): Promise<void> {
    if (this.byTeam.delete(team)) await this.#write();
  }

  #write(): Promise<void> {
    const markers = [...this.byTeam].map(([team, { id, added }]) => [team, `${id} ${added}`]);
    const writing = this.#writing.then(() => this.markers.write(Object.fromEntries(markers)));
    this.#writing = writing.catch(() => undefined);
    return writing;
  }
}

/**
 * A folder of this title directly under one of the browser's own, of whose bookmarks most are the document's.
 *
 * `orEmpty`: an empty one will do as well, as we leave behind when killed right after making it.
 */
export async function findFolder(
  bookmarks: Bookmarks,
  {
    title,
    tree,
    fit,
    taken,
    orEmpty,
  }: {
    title: string;
    tree: () => Tree;
    fit: Fit;
    taken: ReadonlySet<NativeId>;
    orEmpty: boolean;
  },
): Promise<NativeNode | null> {
  const candidates: NativeNode[] = [];
  for (const root of await bookmarks.roots()) {
    for (const child of await bookmarks.children(root.id)) {
      if (child.kind !== 'f' || taken.has(child.id) || child.title !== fit.title(title)) continue;
      const folder = await bookmarks.subtree(child.id);
      if (folder !== null) candidates.push(folder);
    }
  }
  if (candidates.length === 0) return null; // a large document takes a while to read
  const urls = new Set<string>();
  for (const node of tree().nodes.values())
    if (node.visible && node.kind === 'b') urls.add(fit.form(node.url));
  const known = candidates.find((folder) => {
    const found = [...nativePreOrder(folder)].filter((node) => node.kind === 'b');
    const shared = found.filter((node) => urls.has(node.url)).length;
    return shared > 0 && shared * 2 >= found.length;
  });
  const empty = candidates.find((folder) => folder.children.length === 0);
  return known ?? (orEmpty ? empty : undefined) ?? null;
}

/** An empty folder at the end of the best root. Throws BookmarkError, or an Error where the browser has no root. */
export async function createFolder(bookmarks: Bookmarks, title: string): Promise<NativeNode> {
  const [root] = await bookmarks.roots();
  if (root === undefined) throw new Error('expected a root for bookmarks, got none');
  const index = (await bookmarks.children(root.id)).length;
  return bookmarks.create({ parent: root.id, index, kind: 'f', title, url: '' });
}

/** Out of another team's folder, where its owner dragged it. */
export async function moveOut(
  bookmarks: Bookmarks,
  folder: NativeNode,
  others: ReadonlySet<NativeId>,
): Promise<void> {
  let at: NativeId = folder.parent;
  for (let up = await bookmarks.get(at); up?.[0] !== undefined; up = await bookmarks.get(at)) {
    if (others.has(at)) {
      const [now] = (await bookmarks.get(folder.id)) ?? [];
      const [root] = await bookmarks.roots();
      if (now === undefined || root === undefined) return;
      await bookmarks.move(folder.id, now, root.id, (await bookmarks.children(root.id)).length);
      return;
    }
    if (up[0].parent === '') return;
    at = up[0].parent;
  }
}
