/**
 * A browser's bookmarks as it keeps them: nodes, ids, what it makes of titles and addresses, who is told of what, and
 * what of it is on the disk. In the dialects of Chromium 156 and Firefox 153 as they were measured.
 */
import type { ApiNode } from '../src/browser/bookmarks';
import type { World } from './world';

export type Dialect = 'chromium' | 'firefox';

export interface Node {
  id: string;
  parentId: string;
  type: 'bookmark' | 'folder' | 'separator';
  title: string;
  url: string;
  dateAdded: number;
  children: string[];
}

export type Listener = (...args: never[]) => void;
export type EventName =
  | 'onCreated'
  | 'onChanged'
  | 'onMoved'
  | 'onRemoved'
  | 'onChildrenReordered'
  | 'onImportEnded';

const CHROMIUM_SAVES_AFTER_MS = 2_500;
const FIREFOX_MAX_URL = 65_536;
const FIREFOX_MAX_TITLE = 4_096;

export const ROOTS = {
  chromium: { top: '0', bar: '1', other: '2', all: ['1', '2'] },
  firefox: {
    top: 'root________',
    bar: 'toolbar_____',
    other: 'unfiled_____',
    all: ['menu________', 'toolbar_____', 'unfiled_____', 'mobile______'],
  },
};
const FOLDER_TYPES: Record<string, string> = { '1': 'bookmarks-bar', '2': 'other' };

/** Whoever hears events, until its worker dies. */
export interface Listening {
  alive: boolean;
  readonly listeners: ReadonlyMap<EventName, readonly Listener[]>;
}

export class FakeTree {
  readonly bar: string;
  readonly other: string;
  /** Writes that had an effect, told by name, for tests that count them. */
  writes: string[] = [];
  /** As with the policy EditBookmarksEnabled=false. Chromium only. */
  locked = false;
  /** What a call made the browser do, seen by the history that is being checked. */
  onRemoval: (gone: readonly Node[]) => void = () => undefined;
  /** Something has changed of which no event told. */
  silent = false;
  /** The user is at work, not a worker. */
  byUser = false;
  /** What each subtree held when a worker last read it. */
  readonly lastRead = new Map<string, ReadonlySet<string>>();
  /** A worker's call has arrived, and again when it is answered. */
  onCall: () => void = () => undefined;
  /** An event came and no worker was there to hear it: the browser starts one. */
  wake: () => void = () => undefined;
  protected nodes = new Map<string, Node>();
  #saved: Map<string, Node>;
  #saving: (() => void) | null = null;
  protected undo: { parentId: string; index: number; nodes: Node[] }[] = [];
  protected nextId = 100;
  protected run = 1;
  protected readonly connections = new Set<Listening>();

  constructor(
    readonly dialect: Dialect,
    protected readonly world: World,
  ) {
    const { top, bar, other, all } = ROOTS[dialect];
    this.bar = bar;
    this.other = other;
    const folder = (id: string, parentId: string, children: string[]) =>
      this.nodes.set(id, { id, parentId, type: 'folder', title: id, url: '', dateAdded: 0, children });
    folder(top, '', [...all]);
    for (const id of all) folder(id, top, []);
    this.#saved = structuredClone(this.nodes);
  }

  /** The worker is gone: it hears and is answered nothing more, but what it has asked for is done. */
  disconnect(connection: Listening): void {
    connection.alive = false;
    this.connections.delete(connection);
  }

  /** The browser is killed and started anew. */
  crash(): void {
    for (const connection of this.connections) this.disconnect(connection);
    this.run++;
    this.#saving?.();
    this.#saving = null;
    if (this.dialect === 'firefox') return; // its database is written with every change
    this.nodes = structuredClone(this.#saved);
    this.undo = [];
    this.nextId = Math.max(99, ...[...this.nodes.keys()].map(Number)) + 1;
  }

  node(id: string, index?: number): ApiNode {
    const { parentId, title, type, url, dateAdded } = this.get(id);
    const parent = this.nodes.get(parentId);
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
    return this.get(id).children.map((child, index) => this.node(child, index));
  }

  tree(id: string, index?: number): ApiNode {
    const { type, children } = this.get(id);
    if (type !== 'folder') return this.node(id, index);
    return { ...this.node(id, index), children: children.map((child, at) => this.tree(child, at)) };
  }

  protected get(id: string): Node {
    const node = this.nodes.get(id);
    if (node === undefined) {
      throw new Error(this.dialect === 'chromium' ? "Can't find bookmark for id." : 'Bookmark not found');
    }
    return node;
  }

  exists(id: string): boolean {
    return this.nodes.has(id);
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

  protected unlocked(): void {
    if (this.locked) throw new Error('Bookmark editing is disabled.');
  }

  protected did(write: string): void {
    this.writes.push(write);
  }

  protected index(index: number, length: number): number {
    if (index >= 0 && index <= length) return index;
    if (index < 0 || this.dialect === 'chromium') throw new Error('Index out of bounds.');
    return length;
  }

  protected isRoot(id: string): boolean {
    const { top } = ROOTS[this.dialect];
    return id === top || this.nodes.get(id)?.parentId === top;
  }

  protected movable(id: string): Node {
    const node = this.get(id);
    if (this.isRoot(id)) throw new Error("Can't modify the root bookmark folders.");
    return node;
  }

  protected url(url: string): string {
    const wrong = this.dialect === 'chromium' ? 'Invalid URL.' : 'Invalid bookmark: {}';
    if (!URL.canParse(url)) throw new Error(wrong);
    const { href } = new URL(url);
    const viewed = 'view-source:';
    if (href.startsWith(viewed)) return viewed + this.url(href.slice(viewed.length));
    if (this.dialect === 'firefox') {
      if (href.length > FIREFOX_MAX_URL) throw new Error(wrong);
      return href;
    }
    if (href.startsWith('tel:')) return `http://${href}/`;
    return href.startsWith('about:') && href !== 'about:blank' ? `chrome://${href.slice(6)}/` : href;
  }

  protected title(title: string): string {
    if (this.dialect === 'firefox') return title.slice(0, FIREFOX_MAX_TITLE);
    return title.replace(/[\n\r\t\u2028\u2029]/g, ' ');
  }

  protected guid(): string {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return [...this.world.chance.bytes(new Uint8Array(12))].map((byte) => letters[byte & 63]).join('');
  }

  protected insert(node: Node, index: number): void {
    this.nodes.set(node.id, node);
    this.get(node.parentId).children.splice(index, 0, node.id);
    this.tell('onCreated', node.id, this.node(node.id));
  }

  protected place(node: Node, parentId: string, index: number): void {
    const old = this.get(node.parentId);
    const oldIndex = old.children.indexOf(node.id);
    if (old.id === parentId && oldIndex === index) return;
    old.children.splice(oldIndex, 1);
    const oldParentId = old.id;
    node.parentId = parentId;
    this.get(parentId).children.splice(index, 0, node.id);
    this.tell('onMoved', node.id, { parentId, index, oldParentId, oldIndex });
  }

  protected take(id: string): void {
    const node = this.get(id);
    const parent = this.get(node.parentId);
    const index = parent.children.indexOf(id);
    const { index: _index, parentId: _parentId, ...whole } = this.tree(id);
    const told = this.dialect === 'chromium' ? whole : this.node(id);
    const gone: Node[] = [];
    const open = [node];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      gone.push(structuredClone(at));
      this.nodes.delete(at.id);
      open.push(...at.children.toReversed().map((child) => this.get(child)));
    }
    parent.children.splice(index, 1);
    this.onRemoval(gone);
    if (this.byUser) this.undo.push({ parentId: parent.id, index, nodes: gone });
    this.tell('onRemoved', id, { parentId: parent.id, index, node: told });
  }

  protected tell(event: EventName, ...args: unknown[]): void {
    this.save();
    if (this.connections.size === 0) this.wake();
    for (const connection of this.connections) {
      for (const listener of connection.listeners.get(event) ?? [])
        (listener as (...args: unknown[]) => void)(...args);
    }
  }

  protected save(): void {
    if (this.dialect === 'firefox') return;
    this.#saving ??= this.world.after(CHROMIUM_SAVES_AFTER_MS, () => {
      this.#saving = null;
      this.#saved = structuredClone(this.nodes);
    });
  }
}
