/**
 * The browser's bookmarks: the only code that calls `browser.bookmarks`.
 *
 * Speaks of final places, whatever the browser counts; writes go one after the other across all teams, because Firefox
 * loses the order of writes that overlap; an event is passed on as a hint that it is time to look and where, and nothing
 * more, since both browsers report places that no longer hold.
 */
import type { Kind } from '../model/encoding';
import type { NativeId } from '../model/ids';
import type { NativeNode } from '../model/native';
import { wellFormed } from '../model/text';
import type { BrowserDialect } from './dialects';

export type { NativeNode } from '../model/native';

/** A node as the API gives it; Firefox adds `type`. */
export interface ApiNode {
  readonly id: string;
  readonly parentId?: string;
  readonly index?: number;
  readonly dateAdded?: number;
  readonly title: string;
  readonly url?: string;
  readonly type?: string;
  readonly folderType?: string;
  readonly syncing?: boolean;
  readonly children?: readonly ApiNode[];
}

interface ApiEvent<A extends unknown[]> {
  addListener(listener: (...args: A) => void): void;
}

/** Where something has changed: in the lists of these folders, or in title or address of these nodes. */
export interface Hint {
  readonly folders: readonly NativeId[];
  readonly nodes: readonly NativeId[];
}

/** What is used of `browser.bookmarks`. */
export interface BookmarksApi {
  get(ids: [string, ...string[]]): Promise<ApiNode[]>;
  getChildren(id: string): Promise<ApiNode[]>;
  getSubTree(id: string): Promise<ApiNode[]>;
  create(node: {
    parentId: string;
    index: number;
    title?: string;
    url?: string;
    type?: 'bookmark' | 'folder' | 'separator';
  }): Promise<ApiNode>;
  move(id: string, to: { parentId: string; index: number }): Promise<ApiNode>;
  update(id: string, change: { title?: string; url?: string }): Promise<ApiNode>;
  remove(id: string): Promise<void>;
  removeTree(id: string): Promise<void>;
  readonly onCreated: ApiEvent<[id: string, node: ApiNode]>;
  readonly onChanged: ApiEvent<[id: string]>;
  readonly onMoved: ApiEvent<[id: string, info: { parentId: string; oldParentId: string }]>;
  readonly onRemoved: ApiEvent<[id: string, info: { parentId: string }]>;
  /** Chromium only, as the next. */
  readonly onChildrenReordered?: ApiEvent<[id: string]>;
  readonly onImportEnded?: ApiEvent<[]>;
}

/** A node with its place, without what is in it. */
export interface Placed extends NativeNode {
  readonly index: number;
}

/** A folder of the browser's own, under which a team's folder may stand. */
export interface NativeRoot {
  readonly id: NativeId;
  readonly place: 'bar' | 'other' | 'menu' | 'mobile';
  /** Whether the browser's own sync carries it to the user's other machines. */
  readonly syncing: boolean;
}

/** A write that did not happen. `locked`: the user's organization forbids all of them. */
export class BookmarkError extends Error {
  constructor(
    readonly code: 'refused' | 'locked',
    cause: unknown,
  ) {
    super(`bookmark write ${code}`, { cause });
  }
}

const TREE_ROOT = { chromium: '0', firefox: 'root________' } as const;
/** For browsers too old, or too different, to say `folderType`. */
const KNOWN_ROOTS: Readonly<Record<string, NativeRoot['place']>> = {
  'bookmarks-bar': 'bar',
  other: 'other',
  mobile: 'mobile',
  '1': 'bar',
  '2': 'other',
  '3': 'mobile',
  toolbar_____: 'bar',
  unfiled_____: 'other',
  menu________: 'menu',
  mobile______: 'mobile',
};
const PREFERENCE = ['bar', 'other', 'menu', 'mobile'];

export class Bookmarks {
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly api: BookmarksApi,
    readonly dialect: BrowserDialect,
  ) {}

  /** The folder with everything in it; null when it is no more. */
  async subtree(id: NativeId): Promise<NativeNode | null> {
    const [top] = await this.api.getSubTree(id).catch(() => []);
    return top === undefined ? null : copyDeep(top);
  }

  /** Null unless all of them are there. */
  async get(...ids: [NativeId, ...NativeId[]]): Promise<Placed[] | null> {
    const nodes = await this.api.get(ids).catch(() => null);
    return nodes?.map((node) => placed(node)) ?? null;
  }

  /** What stands directly in a folder; empty when it is no more. */
  async children(id: NativeId): Promise<Placed[]> {
    return (await this.contents(id)) ?? [];
  }

  /** What stands directly in a folder; null when it is no more. */
  async contents(id: NativeId): Promise<Placed[] | null> {
    return this.api.getChildren(id).then(
      (nodes) => nodes.map(placed),
      () => null,
    );
  }

  create(node: { parent: NativeId; index: number; kind: Kind; title: string; url: string }): Promise<Placed> {
    const { parent, index, kind, title, url } = node;
    const place = { parentId: parent, index };
    return this.#write(async () => {
      if (kind === 's') return placed(await this.api.create({ ...place, type: 'separator' }));
      return placed(await this.api.create(kind === 'b' ? { ...place, title, url } : { ...place, title }));
    });
  }

  /** `index`: where it is to stand when all is done. `from`: where it stands now. */
  move(
    id: NativeId,
    from: { parent: NativeId; index: number },
    parent: NativeId,
    index: number,
  ): Promise<Placed> {
    const down = from.parent === parent && index > from.index;
    const counted = down && this.dialect.countsBeforeRemoval ? index + 1 : index;
    return this.#write(async () => placed(await this.api.move(id, { parentId: parent, index: counted })));
  }

  update(id: NativeId, change: { title?: string; url?: string }): Promise<Placed> {
    return this.#write(async () => placed(await this.api.update(id, change)));
  }

  /** `tree`: a folder with everything in it. */
  remove(id: NativeId, tree: boolean): Promise<void> {
    return this.#write(() => (tree ? this.api.removeTree(id) : this.api.remove(id)));
  }

  /** The best place for a team's folder first: rather one that the browser does not sync, rather the bar. */
  async roots(): Promise<NativeRoot[]> {
    const roots: NativeRoot[] = [];
    for (const node of await this.api.getChildren(TREE_ROOT[this.dialect.name])) {
      const place = KNOWN_ROOTS[node.folderType ?? node.id];
      if (place !== undefined) roots.push({ id: node.id as NativeId, place, syncing: node.syncing ?? false });
    }
    const rank = (root: NativeRoot) => (root.syncing ? 10 : 0) + PREFERENCE.indexOf(root.place);
    return roots.sort((a, b) => rank(a) - rank(b));
  }

  /**
   * Something has changed somewhere. Must be called while the background starts, or the browser will not wake it.
   *
   * Where is passed on as a hint of where to look, and not what: neither holds any more when it is heard, and the
   * browser's own sync gives nodes other ids without a word. Null: it may be anywhere.
   */
  onTouched(listener: (hint: Hint | null) => void): void {
    const { onCreated, onChanged, onMoved, onRemoved, onChildrenReordered, onImportEnded } = this.api;
    const inFolders = (...ids: (string | undefined)[]) =>
      listener({ folders: ids.filter((id) => id !== undefined) as NativeId[], nodes: [] });
    onCreated.addListener((_, { parentId }) => inFolders(parentId));
    onChanged.addListener((id) => listener({ folders: [], nodes: [id as NativeId] }));
    onMoved.addListener((_, { parentId, oldParentId }) => inFolders(parentId, oldParentId));
    onRemoved.addListener((_, { parentId }) => inFolders(parentId));
    onChildrenReordered?.addListener((id) => inFolders(id));
    onImportEnded?.addListener(() => listener(null));
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    const done = this.#lastWrite.then(write).catch((error: unknown) => {
      const locked = error instanceof Error && error.message.includes('editing is disabled');
      throw new BookmarkError(locked ? 'locked' : 'refused', error);
    });
    this.#lastWrite = done.catch(() => undefined);
    return done;
  }
}

function kindOf(node: ApiNode): Kind {
  if (node.type === 'separator') return 's';
  return node.url === undefined ? 'f' : 'b';
}

function placed(node: ApiNode): Placed {
  const kind = kindOf(node);
  return {
    id: node.id as NativeId,
    parent: (node.parentId ?? '') as NativeId,
    kind,
    // Firefox may cut a title through the middle of a character, and tells of half of it until it is read again.
    title: kind === 's' ? '' : wellFormed(node.title),
    url: kind === 'b' ? (node.url ?? '') : '',
    // Firefox adds `type`, and may bring the date forward when it syncs.
    added: node.type === undefined ? (node.dateAdded ?? 0) : 0,
    children: [],
    index: node.index ?? 0,
  };
}

function copyDeep(top: ApiNode): NativeNode {
  const copy = (node: ApiNode): NativeNode & { children: NativeNode[] } => ({
    ...placed(node),
    children: [],
  });
  const root = copy(top);
  const open = [{ from: top, to: root }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const child of at.from.children ?? []) {
      const to = copy(child);
      at.to.children.push(to);
      open.push({ from: child, to });
    }
  }
  return root;
}
