/**
 * A faithful fake of `browser.bookmarks`, in the dialects of Chromium 156 and Firefox 153 as they were measured.
 *
 * Every call takes its time before and after it has its effect, so that whoever shares the world's clock (a user, a
 * kill) can come in between. Events are told before the call that caused them is answered. What is not on the disk yet
 * is lost when the browser is killed.
 */
import type { ApiNode, BookmarksApi } from '../src/browser/bookmarks';
import type { World } from './world';

type Dialect = 'chromium' | 'firefox';

interface Node {
  id: string;
  parentId: string;
  type: 'bookmark' | 'folder' | 'separator';
  title: string;
  url: string;
  dateAdded: number;
  children: string[];
}

export interface NewBookmark {
  title?: string;
  url?: string;
  /** Only where the dialect has them. */
  separator?: boolean;
}

type Listener = (...args: never[]) => void;
const EVENTS = [
  'onCreated',
  'onChanged',
  'onMoved',
  'onRemoved',
  'onChildrenReordered',
  'onImportEnded',
] as const;
type EventName = (typeof EVENTS)[number];

const CHROMIUM_SAVES_AFTER_MS = 2_500;
const FIREFOX_MAX_URL = 65_536;
const FIREFOX_MAX_TITLE = 4_096;

const ROOTS = {
  chromium: { top: '0', bar: '1', other: '2', others: [] as string[] },
  firefox: {
    top: 'root________',
    bar: 'toolbar_____',
    other: 'unfiled_____',
    others: ['menu________', 'mobile______'],
  },
};
const FOLDER_TYPES: Record<string, string> = { '1': 'bookmarks-bar', '2': 'other' };

/** One worker's connection to the browser; it dies with the worker. */
export class Connection {
  alive = true;
  readonly api: BookmarksApi;
  readonly listeners = new Map<EventName, Listener[]>();

  constructor(browser: FakeBookmarks) {
    const event = (name: EventName) => ({
      addListener: (listener: Listener) =>
        void this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]),
    });
    const call =
      <A extends unknown[], R>(effect: (...args: A) => R) =>
      (...args: A): Promise<R> =>
        browser.call(this, () => effect(...args));
    const chromium = browser.dialect === 'chromium';
    this.api = {
      get: call((ids: string[]) => ids.map((id) => browser.node(id))),
      getChildren: call((id: string) => browser.childrenOf(id)),
      getSubTree: call((id: string) => [browser.read(id)]),
      create: call((node) => browser.create(node)),
      move: call((id: string, to) => browser.move(id, to)),
      update: call((id: string, change) => browser.update(id, change)),
      remove: call((id: string) => browser.remove(id)),
      removeTree: call((id: string) => browser.removeTree(id)),
      onCreated: event('onCreated'),
      onChanged: event('onChanged'),
      onMoved: event('onMoved'),
      onRemoved: event('onRemoved'),
      ...(chromium
        ? { onChildrenReordered: event('onChildrenReordered'), onImportEnded: event('onImportEnded') }
        : {}),
    } as BookmarksApi;
  }
}

export class FakeBookmarks {
  readonly bar: string;
  readonly other: string;
  /** Writes that had an effect, told by name, for tests that count them. */
  writes: string[] = [];
  /** As with the policy EditBookmarksEnabled=false. Chromium only. */
  locked = false;
  /** What a call made the browser do, seen by the history that is being checked. */
  onRemoval: (gone: readonly Node[]) => void = () => undefined;
  /** The user is at work, not a worker. */
  byUser = false;
  /** What each subtree held when a worker last read it. */
  readonly lastRead = new Map<string, ReadonlySet<string>>();
  /** A worker's call has arrived, and again when it is answered. */
  onCall: () => void = () => undefined;
  /** An event came and no worker was there to hear it: the browser starts one. */
  wake: () => void = () => undefined;
  #nodes = new Map<string, Node>();
  #saved: Map<string, Node>;
  #saving: (() => void) | null = null;
  #undo: { parentId: string; index: number; nodes: Node[] }[] = [];
  #nextId = 100;
  #run = 1;
  #connections = new Set<Connection>();

  constructor(
    readonly dialect: Dialect,
    private readonly world: World,
  ) {
    const { top, bar, other, others } = ROOTS[dialect];
    this.bar = bar;
    this.other = other;
    const folder = (id: string, parentId: string, children: string[]) =>
      this.#nodes.set(id, { id, parentId, type: 'folder', title: id, url: '', dateAdded: 0, children });
    folder(top, '', [bar, other, ...others]);
    for (const id of [bar, other, ...others]) folder(id, top, []);
    this.#saved = structuredClone(this.#nodes);
  }

  // ---- what happens to the worker

  connect(): Connection {
    const connection = new Connection(this);
    this.#connections.add(connection);
    return connection;
  }

  /** The worker is gone: it hears and is answered nothing more, but what it has asked for is done. */
  disconnect(connection: Connection): void {
    connection.alive = false;
    this.#connections.delete(connection);
  }

  /** The browser is killed and started anew. */
  crash(): void {
    for (const connection of this.#connections) this.disconnect(connection);
    this.#run++;
    this.#saving?.();
    this.#saving = null;
    if (this.dialect === 'firefox') return; // its database is written with every change
    this.#nodes = structuredClone(this.#saved);
    this.#undo = [];
    this.#nextId = Math.max(99, ...[...this.#nodes.keys()].map(Number)) + 1;
  }

  async call<R>(connection: Connection, effect: () => R): Promise<R> {
    const never = new Promise<R>(() => undefined);
    if (!connection.alive) return never;
    const run = this.#run;
    await this.world.turn();
    if (connection.alive) this.onCall();
    if (run !== this.#run) return never;
    let answer: { value: R } | { error: unknown };
    try {
      answer = { value: effect() };
    } catch (error) {
      answer = { error };
    }
    await this.world.turn();
    if (connection.alive) this.onCall();
    if (!connection.alive) return never;
    if ('error' in answer) throw answer.error;
    return answer.value;
  }

  // ---- reading

  node(id: string, index?: number): ApiNode {
    const { parentId, title, type, url, dateAdded } = this.#get(id);
    const parent = this.#nodes.get(parentId);
    const folderType = FOLDER_TYPES[id];
    return {
      id,
      title,
      dateAdded,
      ...(parent === undefined ? {} : { parentId, index: index ?? parent.children.indexOf(id) }),
      ...{ bookmark: { url }, separator: { url: 'data:' }, folder: {} }[type],
      ...(this.dialect === 'firefox' ? { type } : { syncing: false }),
      ...(this.dialect === 'firefox' || folderType === undefined ? {} : { folderType }),
    };
  }

  childrenOf(id: string): ApiNode[] {
    return this.#get(id).children.map((child, index) => this.node(child, index));
  }

  tree(id: string, index?: number): ApiNode {
    const { type, children } = this.#get(id);
    if (type !== 'folder') return this.node(id, index);
    return { ...this.node(id, index), children: children.map((child, at) => this.tree(child, at)) };
  }

  #get(id: string): Node {
    const node = this.#nodes.get(id);
    if (node === undefined) {
      throw new Error(this.dialect === 'chromium' ? "Can't find bookmark for id." : 'Bookmark not found');
    }
    return node;
  }

  exists(id: string): boolean {
    return this.#nodes.has(id);
  }

  read(id: string): ApiNode {
    const tree = this.tree(id);
    const ids = new Set<string>();
    const open = [tree];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      ids.add(node.id);
      open.push(...(node.children ?? []));
    }
    this.lastRead.set(id, ids);
    return tree;
  }

  // ---- the API's writes

  create(node: { parentId: string; index?: number; title?: string; url?: string; type?: string }): ApiNode {
    this.#unlocked();
    const { parentId, title = '', url } = node;
    if (this.dialect === 'chromium' && node.type !== undefined)
      throw new TypeError("Unexpected property: 'type'.");
    const parent = this.#nodes.get(parentId);
    if (parent === undefined) throw new Error("Can't find parent bookmark for id.");
    if (parentId === ROOTS[this.dialect].top) throw new Error("Can't modify the root bookmark folders.");
    if (parent.type !== 'folder' && this.dialect === 'chromium') {
      throw new Error("Parameter 'parentId' does not specify a folder.");
    }
    const index = this.#index(node.index ?? parent.children.length, parent.children.length);
    const separator = node.type === 'separator';
    let type: Node['type'] = separator ? 'separator' : 'folder';
    let address = '';
    if (!separator && url !== undefined && !(url === '' && this.dialect === 'chromium')) {
      type = 'bookmark';
      address = this.#url(url);
    }
    const id = this.dialect === 'chromium' ? String(this.#nextId++) : this.#guid();
    const made: Node = {
      id,
      parentId,
      type,
      title: separator ? '' : this.#title(title),
      url: address,
      dateAdded: this.world.now,
      children: [],
    };
    this.#insert(made, index);
    this.#did('create');
    return this.node(id);
  }

  move(id: string, to: { parentId?: string; index?: number }): ApiNode {
    this.#unlocked();
    const node = this.#movable(id);
    const parentId = to.parentId ?? node.parentId;
    const parent = this.#get(parentId);
    if (parent.type !== 'folder') throw new Error("Parameter 'parentId' does not specify a folder.");
    for (let up: Node | undefined = parent; up; up = this.#nodes.get(up.parentId)) {
      if (up === node) throw new Error("Can't move a folder to itself or its descendant.");
    }
    const same = parentId === node.parentId;
    const from = this.#get(node.parentId).children.indexOf(id);
    const length = parent.children.length;
    let index = this.#index(to.index ?? length, length);
    // Chromium counts before the node is taken out; Firefox says where it will be.
    if (same && this.dialect === 'chromium' && index > from) index--;
    if (same) index = Math.min(index, length - 1);
    this.#place(node, parentId, index);
    this.#did('move');
    return this.node(id);
  }

  update(id: string, change: { title?: string; url?: string }): ApiNode {
    this.#unlocked();
    const node = this.#get(id);
    if (this.#isRoot(id)) {
      if (this.dialect === 'chromium') throw new Error("Can't modify the root bookmark folders.");
      return this.node(id);
    }
    if (change.url !== undefined && node.type !== 'bookmark')
      throw new Error('Cannot set the URL of a folder.');
    const url = change.url === undefined ? node.url : this.#url(change.url);
    const title = change.title === undefined ? node.title : this.#title(change.title);
    const changes: { title?: string; url?: string }[] = [];
    if (title !== node.title)
      changes.push({ title, ...(this.dialect === 'chromium' ? { url: node.url } : {}) });
    if (url !== node.url) changes.push(this.dialect === 'chromium' ? { title, url } : { url });
    node.title = title;
    node.url = url;
    for (const told of changes) this.#tell('onChanged', id, told);
    this.#did('update');
    return this.node(id);
  }

  remove(id: string): void {
    this.#unlocked();
    if (this.#movable(id).children.length > 0)
      throw new Error("Can't remove non-empty folder (use recursive to force).");
    this.#take(id);
    this.#did('remove');
  }

  removeTree(id: string): void {
    this.#unlocked();
    this.#movable(id);
    this.#take(id);
    this.#did('removeTree');
  }

  // ---- what a user does; the same effects, at once and not counted as ours

  userCreate(parentId: string, node: NewBookmark, index?: number): string {
    return this.#asUser(() => {
      const made = this.create({
        parentId,
        ...(index === undefined ? {} : { index: Math.min(index, this.#get(parentId).children.length) }),
        ...(node.separator ? { type: 'separator' } : { title: node.title ?? '' }),
        ...(node.url === undefined ? {} : { url: node.url }),
      });
      return made.id;
    });
  }

  /** `index`: where it stands afterwards. */
  userMove(id: string, parentId: string, index = Number.MAX_SAFE_INTEGER): void {
    this.#asUser(() => {
      const node = this.#get(id);
      for (let up: Node | undefined = this.#get(parentId); up; up = this.#nodes.get(up.parentId)) {
        if (up === node) return;
      }
      const room = this.#get(parentId).children.length - (node.parentId === parentId ? 1 : 0);
      this.#place(node, parentId, Math.min(index, room));
    });
  }

  userUpdate(id: string, change: { title?: string; url?: string }): void {
    this.#asUser(() => this.update(id, change));
  }

  userRemove(id: string): void {
    this.#asUser(() => this.#take(id));
  }

  /** The same ids come back, parents first; returns them. */
  userUndo(): string[] {
    const undone = this.#undo.pop();
    if (undone === undefined || !this.#nodes.has(undone.parentId)) return [];
    this.#asUser(() => {
      const [top, ...rest] = undone.nodes;
      if (top === undefined) return;
      const children = new Map(undone.nodes.map((node) => [node.id, node.children]));
      this.#insert(
        { ...top, children: [] },
        Math.min(undone.index, this.#get(undone.parentId).children.length),
      );
      for (const node of rest) {
        const at = children.get(node.parentId)?.indexOf(node.id) ?? 0;
        this.#insert({ ...node, children: [] }, at);
      }
    });
    return undone.nodes.map(({ id }) => id);
  }

  /** Chromium tells of it in one event, Firefox of every child. */
  userSort(folder: string): void {
    this.#asUser(() => {
      const parent = this.#get(folder);
      const before = [...parent.children];
      const title = (id: string) => this.#get(id).title;
      parent.children.sort((a, b) => (title(a) < title(b) ? -1 : title(a) > title(b) ? 1 : 0));
      if (this.dialect === 'chromium') {
        this.#tell('onChildrenReordered', folder, { childIds: [...parent.children] });
        return;
      }
      for (const [index, id] of parent.children.entries()) {
        const oldIndex = before.indexOf(id);
        this.#tell('onMoved', id, { parentId: folder, oldParentId: folder, index, oldIndex });
      }
    });
  }

  /** As a paste of a copied folder does: new ids, one event for each node. */
  userCopy(id: string, parentId: string): string {
    const source = this.#get(id);
    const copy = this.userCreate(parentId, {
      title: source.title,
      ...(source.type === 'bookmark' ? { url: source.url } : {}),
      ...(source.type === 'separator' ? { separator: true } : {}),
    });
    for (const child of [...source.children]) this.userCopy(child, copy);
    return copy;
  }

  /** Many at once, then, in Chromium, the word that it is over. */
  userImport(parentId: string, nodes: readonly NewBookmark[]): void {
    for (const node of nodes) this.userCreate(parentId, node);
    if (this.dialect === 'chromium') this.#tell('onImportEnded');
  }

  /** The browser's own sync gives every node below (and it) another id, without a word. */
  renewIds(id: string): string {
    const node = this.#get(id);
    for (const child of [...node.children]) this.renewIds(child);
    const renewed = this.dialect === 'chromium' ? String(this.#nextId++) : this.#guid();
    this.#nodes.delete(id);
    node.id = renewed;
    this.#nodes.set(renewed, node);
    const parent = this.#get(node.parentId);
    parent.children[parent.children.indexOf(id)] = renewed;
    for (const child of node.children) this.#get(child).parentId = renewed;
    this.#save();
    return renewed;
  }

  // ---- inside

  #asUser<R>(action: () => R): R {
    const { writes, locked, byUser } = this;
    this.writes = [];
    this.locked = false;
    this.byUser = true;
    try {
      return action();
    } finally {
      this.byUser = byUser;
      this.writes = writes;
      this.locked = locked;
    }
  }

  #unlocked(): void {
    if (this.locked) throw new Error('Bookmark editing is disabled.');
  }

  #did(write: string): void {
    this.writes.push(write);
  }

  #index(index: number, length: number): number {
    if (index <= length) return index;
    if (this.dialect === 'chromium') throw new Error('Index out of bounds.');
    return length;
  }

  #isRoot(id: string): boolean {
    const { top } = ROOTS[this.dialect];
    return id === top || this.#nodes.get(id)?.parentId === top;
  }

  #movable(id: string): Node {
    const node = this.#get(id);
    if (this.#isRoot(id)) throw new Error("Can't modify the root bookmark folders.");
    return node;
  }

  #url(url: string): string {
    const wrong = this.dialect === 'chromium' ? 'Invalid URL.' : 'Invalid bookmark: {}';
    if (!URL.canParse(url)) throw new Error(wrong);
    const { href } = new URL(url);
    if (this.dialect === 'firefox') {
      if (href.length > FIREFOX_MAX_URL) throw new Error(wrong);
      return href;
    }
    if (href.startsWith('tel:')) return `http://${href}/`;
    return href.startsWith('about:') && href !== 'about:blank' ? `chrome://${href.slice(6)}/` : href;
  }

  #title(title: string): string {
    if (this.dialect === 'firefox') return title.slice(0, FIREFOX_MAX_TITLE);
    return title.replace(/[\n\r\t\u2028\u2029]/g, ' ');
  }

  #guid(): string {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return [...this.world.chance.bytes(new Uint8Array(12))].map((byte) => letters[byte & 63]).join('');
  }

  #insert(node: Node, index: number): void {
    this.#nodes.set(node.id, node);
    this.#get(node.parentId).children.splice(index, 0, node.id);
    this.#tell('onCreated', node.id, this.node(node.id));
  }

  #place(node: Node, parentId: string, index: number): void {
    const old = this.#get(node.parentId);
    const oldIndex = old.children.indexOf(node.id);
    if (old.id === parentId && oldIndex === index) return;
    old.children.splice(oldIndex, 1);
    const oldParentId = old.id;
    node.parentId = parentId;
    this.#get(parentId).children.splice(index, 0, node.id);
    this.#tell('onMoved', node.id, { parentId, index, oldParentId, oldIndex });
  }

  #take(id: string): void {
    const node = this.#get(id);
    const parent = this.#get(node.parentId);
    const index = parent.children.indexOf(id);
    const told = this.dialect === 'chromium' ? this.tree(id) : this.node(id);
    const gone: Node[] = [];
    const open = [node];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      gone.push(structuredClone(at));
      this.#nodes.delete(at.id);
      open.push(...at.children.toReversed().map((child) => this.#get(child)));
    }
    parent.children.splice(index, 1);
    this.onRemoval(gone);
    if (this.byUser) this.#undo.push({ parentId: parent.id, index, nodes: gone });
    this.#tell('onRemoved', id, { parentId: parent.id, index, node: told });
  }

  #tell(event: EventName, ...args: unknown[]): void {
    this.#save();
    if (this.#connections.size === 0) this.wake();
    for (const connection of this.#connections) {
      for (const listener of connection.listeners.get(event) ?? [])
        (listener as (...args: unknown[]) => void)(...args);
    }
  }

  #save(): void {
    if (this.dialect === 'firefox') return;
    this.#saving ??= this.world.after(CHROMIUM_SAVES_AFTER_MS, () => {
      this.#saving = null;
      this.#saved = structuredClone(this.#nodes);
    });
  }
}
