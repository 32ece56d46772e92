/**
 * A faithful fake of `browser.bookmarks`, in the dialects of Chromium 156 and Firefox 153 as they were measured.
 *
 * Every call takes its time before and after it has its effect, so that whoever shares the world's clock (a user, a
 * kill) can come in between. Events are told before the call that caused them is answered. What is not on the disk yet
 * is lost when the browser is killed.
 */
import type { ApiNode, BookmarksApi } from '../src/browser/bookmarks';
import { wellFormed } from '../src/model/text';
import { type EventName, FakeTree, type Listener, type Node, ROOTS } from './fake-tree';

export interface NewBookmark {
  title?: string;
  url?: string;
  /** Only where the dialect has them. */
  separator?: boolean;
}

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

export class FakeBookmarks extends FakeTree {
  connect(): Connection {
    const connection = new Connection(this);
    this.connections.add(connection);
    return connection;
  }

  async call<R>(connection: Connection, effect: () => R): Promise<R> {
    const never = new Promise<R>(() => undefined);
    if (!connection.alive) return never;
    const run = this.run;
    await this.world.turn();
    if (connection.alive) this.onCall();
    if (run !== this.run) return never;
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

  // ---- the API's writes

  create(node: { parentId: string; index?: number; title?: string; url?: string; type?: string }): ApiNode {
    this.unlocked();
    const { parentId, title = '', url } = node;
    if (this.dialect === 'chromium' && node.type !== undefined)
      throw new TypeError("Unexpected property: 'type'.");
    const parent = this.nodes.get(parentId);
    if (parent === undefined) throw new Error("Can't find parent bookmark for id.");
    if (parentId === ROOTS[this.dialect].top) throw new Error("Can't modify the root bookmark folders.");
    if (parent.type !== 'folder' && this.dialect === 'chromium') {
      throw new Error("Parameter 'parentId' does not specify a folder.");
    }
    const index = this.index(node.index ?? parent.children.length, parent.children.length);
    const separator = node.type === 'separator';
    let type: Node['type'] = separator ? 'separator' : 'folder';
    let address = '';
    if (!separator && url !== undefined && !(url === '' && this.dialect === 'chromium')) {
      type = 'bookmark';
      address = this.url(url);
    }
    const id = this.dialect === 'chromium' ? String(this.nextId++) : this.guid();
    const made: Node = {
      id,
      parentId,
      type,
      title: separator ? '' : this.title(title),
      url: address,
      dateAdded: this.world.now,
      children: [],
    };
    this.insert(made, index);
    this.did('create');
    return this.answer(made);
  }

  move(id: string, to: { parentId?: string; index?: number }): ApiNode {
    this.unlocked();
    const node = this.movable(id);
    const parentId = to.parentId ?? node.parentId;
    const parent = this.get(parentId);
    if (parentId === ROOTS[this.dialect].top) throw new Error("Can't modify the root bookmark folders.");
    if (parent.type !== 'folder') throw new Error("Parameter 'parentId' does not specify a folder.");
    for (let up: Node | undefined = parent; up; up = this.nodes.get(up.parentId)) {
      if (up === node) throw new Error("Can't move a folder to itself or its descendant.");
    }
    const same = parentId === node.parentId;
    const from = this.get(node.parentId).children.indexOf(id);
    const length = parent.children.length;
    let index = this.index(to.index ?? length, length);
    // Chromium counts before the node is taken out; Firefox says where it will be.
    if (same && this.dialect === 'chromium' && index > from) index--;
    if (same) index = Math.min(index, length - 1);
    this.place(node, parentId, index);
    this.did('move');
    return this.node(id);
  }

  update(id: string, change: { title?: string; url?: string }): ApiNode {
    this.unlocked();
    const node = this.get(id);
    if (this.isRoot(id)) {
      if (this.dialect === 'chromium') throw new Error("Can't modify the root bookmark folders.");
      // Says so, and keeps its name.
      this.tell('onChanged', id, change);
      return this.node(id);
    }
    if (this.dialect === 'firefox' && change.title === undefined && change.url === undefined)
      throw new Error('Not enough properties to update');
    if (change.url !== undefined && node.type !== 'bookmark')
      throw new Error('Cannot set the URL of a folder.');
    const url = change.url === undefined ? node.url : this.url(change.url);
    const title = change.title === undefined ? node.title : this.title(change.title);
    const changes: { title?: string; url?: string }[] = [];
    if (title !== node.title)
      changes.push({
        title,
        ...(this.dialect === 'chromium' && node.type === 'bookmark' ? { url: node.url } : {}),
      });
    if (url !== node.url) changes.push(this.dialect === 'chromium' ? { title, url } : { url });
    node.title = title;
    node.url = url;
    for (const told of changes) this.tell('onChanged', id, told);
    this.did('update');
    return this.answer(node);
  }

  /** Half a character that Firefox left at the end of a title it cut is still told, and is none when read again. */
  private answer(node: Node): ApiNode {
    const told = this.node(node.id);
    node.title = wellFormed(node.title);
    return told;
  }

  remove(id: string): void {
    this.unlocked();
    if (this.movable(id).children.length > 0)
      throw new Error("Can't remove non-empty folder (use recursive to force).");
    this.take(id);
    this.did('remove');
  }

  removeTree(id: string): void {
    this.unlocked();
    this.movable(id);
    this.take(id);
    this.did('removeTree');
  }

  // ---- what a user does; the same effects, at once and not counted as ours

  userCreate(parentId: string, node: NewBookmark, index?: number): string {
    return this.asUser(() => {
      const made = this.create({
        parentId,
        ...(index === undefined ? {} : { index: Math.min(index, this.get(parentId).children.length) }),
        ...(node.separator ? { type: 'separator' } : { title: node.title ?? '' }),
        ...(node.url === undefined ? {} : { url: node.url }),
      });
      return made.id;
    });
  }

  /** `index`: where it stands afterwards. */
  userMove(id: string, parentId: string, index = Number.MAX_SAFE_INTEGER): void {
    this.asUser(() => {
      const node = this.get(id);
      for (let up: Node | undefined = this.get(parentId); up; up = this.nodes.get(up.parentId)) {
        if (up === node) return;
      }
      const room = this.get(parentId).children.length - (node.parentId === parentId ? 1 : 0);
      this.place(node, parentId, Math.min(index, room));
    });
  }

  userUpdate(id: string, change: { title?: string; url?: string }): void {
    this.asUser(() => this.update(id, change));
  }

  userRemove(id: string): void {
    this.asUser(() => this.take(id));
  }

  /** The same ids come back, parents first; returns them. */
  userUndo(): string[] {
    const undone = this.undo.pop();
    if (undone === undefined || !this.nodes.has(undone.parentId)) return [];
    this.asUser(() => {
      const [top, ...rest] = undone.nodes;
      if (top === undefined) return;
      const children = new Map(undone.nodes.map((node) => [node.id, node.children]));
      this.insert(
        { ...top, children: [] },
        Math.min(undone.index, this.get(undone.parentId).children.length),
      );
      for (const node of rest) {
        const at = children.get(node.parentId)?.indexOf(node.id) ?? 0;
        this.insert({ ...node, children: [] }, at);
      }
    });
    return undone.nodes.map(({ id }) => id);
  }

  /** Folders first, and between two separators each. Chromium tells of it in one event, Firefox of every child. */
  userSort(folder: string): void {
    this.asUser(() => {
      const parent = this.get(folder);
      const before = [...parent.children];
      const groups: Node[][] = [[]];
      for (const child of before.map((id) => this.get(id))) {
        if (child.type === 'separator') groups.push([child], []);
        else groups.at(-1)?.push(child);
      }
      const rank = (node: Node) => (node.type === 'folder' ? 0 : 1);
      for (const group of groups)
        group.sort((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title, 'en'));
      parent.children = groups.flat().map(({ id }) => id);
      if (this.dialect === 'firefox' && parent.children.every((id, at) => id === before[at])) return;
      if (this.dialect === 'chromium') {
        this.tell('onChildrenReordered', folder, { childIds: [...parent.children] });
        return;
      }
      for (const [index, id] of parent.children.entries()) {
        const oldIndex = before.indexOf(id);
        this.tell('onMoved', id, { parentId: folder, oldParentId: folder, index, oldIndex });
      }
    });
  }

  /** As a paste of a copied folder does: new ids, one event for each node. */
  userCopy(id: string, parentId: string): string {
    const source = this.get(id);
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
    if (this.dialect === 'chromium') this.tell('onImportEnded');
  }

  /** The browser's own sync gives every node below (and it) another id, without a word. */
  renewIds(id: string): string {
    this.silent = true;
    const node = this.get(id);
    for (const child of [...node.children]) this.renewIds(child);
    const renewed = this.dialect === 'chromium' ? String(this.nextId++) : this.guid();
    this.nodes.delete(id);
    node.id = renewed;
    this.nodes.set(renewed, node);
    const parent = this.get(node.parentId);
    parent.children[parent.children.indexOf(id)] = renewed;
    for (const child of node.children) this.get(child).parentId = renewed;
    this.save();
    return renewed;
  }

  /** A change of which no event tells. */
  userUpdateUnheard(id: string, { title }: { title: string }): void {
    this.silent = true;
    this.get(id).title = title;
    this.save();
  }

  private asUser<R>(action: () => R): R {
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
}
