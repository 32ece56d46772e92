/**
 * A team around a hub, in one process: each member a fake browser with a real bridge, the hub a merged document.
 *
 * Members go offline, their workers and browsers are killed, and the hub may be set back to a backup.
 */

import { Bridge, type BridgeState } from '../src/background/bridge';
import { Folders, type Markers } from '../src/background/folders';
import type { Batch, Store, Stored } from '../src/background/store';
import { Bookmarks } from '../src/browser/bookmarks';
import { chromium, firefox } from '../src/browser/dialects';
import type { TeamId } from '../src/model/ids';
import { Policy } from '../src/model/policy';
import { canonical } from '../src/model/tree';
import type { Editor } from '../src/model/writer';
import { TeamDocument } from '../src/sync/document';
import { type Connection, FakeBookmarks } from './fake-bookmarks';
import { MemoryStore } from './memory-store';
import { belongsTo } from './oracle';
import type { World } from './world';

export const TEAM = 'team-1' as TeamId;

export class Hub {
  document = new TeamDocument();
  readonly members = new Set<Member>();
  /** Update-bearing messages that came in. */
  received: Uint8Array[] = [];

  constructor(
    readonly world: World,
    readonly team: TeamId = TEAM,
  ) {}

  /** The hub's tree, as comparable text. */
  get text(): string {
    return textOf(this.document);
  }

  take(from: Member, update: Uint8Array): void {
    if (isEmpty(update)) return;
    this.received.push(update);
    if (from.refusedByHub) return void from.refused();
    this.document.apply([update]);
    for (const member of this.members) if (member !== from) member.fromHub(update);
  }

  /** Somebody without a browser: a script, the web page. */
  edit(action: (editor: Editor) => void): void {
    const update = this.document.edit(action, this.world.chance.bytes);
    if (update !== null) this.hear(update);
  }

  hear(update: Uint8Array): void {
    this.document.apply([update]);
    for (const member of this.members) member.fromHub(update);
  }

  backup(): Uint8Array {
    return this.document.state();
  }

  restore(backup: Uint8Array): void {
    this.document = new TeamDocument(backup);
    for (const member of [...this.members]) {
      member.offline();
      member.online();
    }
  }
}

/** What one worker has in its hands; when it is killed, nothing it has asked for reaches it any more. */
interface Life {
  readonly connection: Connection;
  readonly bridges: Bridge[];
  alive: boolean;
}

export interface MemberOptions {
  dialect?: 'chromium' | 'firefox';
  canWrite?: boolean;
  name?: string;
  /** Milliseconds this machine's clock is ahead. */
  skew?: number;
  store?: Store;
  policy?: Policy;
  /** Where another team's member lives in the same browser. */
  shares?: Member;
}

export class Member {
  readonly browser: FakeBookmarks;
  readonly markers: { value: Record<string, string> };
  store: Store;
  canWrite: boolean;
  name: string;
  state: BridgeState | null = null;
  bridge: Bridge | null = null;
  refusedByHub = false;
  /** Workers die and are not woken; for histories that say themselves when one starts. */
  asleep = false;
  #life: Life | null = null;
  #run = 1;
  #online = false;
  #wire = 0;
  #lastArrival = [0, 0];
  /** Counts commits, native calls and messages, so that a kill can be put at any of them. */
  steps = 0;
  onStep: () => void = () => undefined;

  constructor(
    readonly hub: Hub,
    private readonly options: MemberOptions = {},
  ) {
    const { dialect = 'chromium', canWrite = true, name = 'Design', store = new MemoryStore() } = options;
    this.browser = options.shares?.browser ?? new FakeBookmarks(dialect, hub.world);
    this.browser.onCall = () => this.#step();
    this.markers = options.shares?.markers ?? { value: {} };
    this.store = store;
    this.canWrite = canWrite;
    this.name = name;
  }

  get world(): World {
    return this.hub.world;
  }

  /** The native folder's id; throws while there is none. */
  get folder(): string {
    const folder = this.marked;
    if (folder === null) throw new Error('expected a team folder, got none');
    return folder;
  }

  /** The native folder that the member's marker tells of; null when it is gone, or another has its id. */
  get marked(): string | null {
    const [id, added] = this.markers.value[this.hub.team]?.split(' ') ?? [];
    if (id === undefined || !this.browser.exists(id)) return null;
    const isChromium = this.browser.dialect === 'chromium';
    return isChromium && this.browser.node(id).dateAdded !== Number(added) ? null : id;
  }

  get started(): boolean {
    return this.#life !== null;
  }

  /** A worker starts, as at an event or with the browser. */
  start(): void {
    if (this.#life !== null) return;
    const life: Life = { connection: this.browser.connect(), bridges: [], alive: true };
    this.#life = life;
    const bookmarks = new Bookmarks(
      life.connection.api,
      this.browser.dialect === 'chromium' ? chromium : firefox,
    );
    belongsTo(bookmarks, this.browser);
    bookmarks.onTouched((hint) => {
      for (const bridge of life.bridges) bridge.touched(hint);
    });
    void this.#open(life, bookmarks);
  }

  async #open(life: Life, bookmarks: Bookmarks): Promise<void> {
    const { world } = this;
    const guarded =
      <A extends unknown[]>(action: (...args: A) => void) =>
      (...args: A) => {
        if (life.alive) action(...args);
      };
    const folders = this.options.shares?.sharedFolders ?? (await Folders.open(this.#markersFor(life)));
    this.sharedFolders = folders;
    const bridge = await Bridge.open({
      team: this.hub.team,
      name: this.name,
      canWrite: this.canWrite,
      browserRun: String(this.#run),
      bookmarks,
      folders,
      store: this.#storeFor(life),
      policy: this.options.policy ?? new Policy(),
      random: world.chance.bytes,
      now: () => world.now + (this.options.skew ?? 0),
      delay: (ms, run) => world.after(ms, guarded(run)),
      send: guarded((update) => this.#toHub(update)),
      changed: guarded((state) => {
        this.state = state;
      }),
    });
    if (!life.alive) return;
    life.bridges.push(bridge);
    this.bridge = bridge;
    this.state = bridge.state;
    if (this.#online) this.#greet();
  }

  sharedFolders: Folders | null = null;

  killWorker(): void {
    const life = this.#life;
    if (life === null) return;
    life.alive = false;
    this.browser.disconnect(life.connection);
    this.#life = null;
    this.bridge = null;
    this.sharedFolders = null;
    this.#wire++;
  }

  killBrowser(): void {
    this.killWorker();
    this.browser.crash();
    this.#run++;
  }

  online(): void {
    if (this.#online) return;
    this.#online = true;
    this.hub.members.add(this);
    if (this.bridge !== null) this.#greet();
  }

  offline(): void {
    this.#online = false;
    this.hub.members.delete(this);
    this.#wire++;
  }

  fromHub(update: Uint8Array): void {
    this.#carry(1, () => this.bridge?.receive(update));
  }

  /** Both sides tell what they have, then what the other lacks. */
  #greet(): void {
    const { bridge, hub } = this;
    if (bridge === null) return;
    const vector = bridge.stateVector();
    this.#carry(0, () => {
      const lacking = hub.document.missing(vector);
      const theirs = hub.document.stateVector();
      this.#carry(1, () => {
        bridge.receive(lacking);
        bridge.synced();
        const wire = this.#wire;
        void bridge.missing(theirs).then((update) => {
          if (wire === this.#wire) this.#carry(0, () => hub.take(this, update));
        });
      });
    });
  }

  #toHub(update: Uint8Array): void {
    if (this.#online) this.#carry(0, () => this.hub.take(this, update));
  }

  refused(): void {
    const { bridge } = this;
    const wire = ++this.#wire;
    void bridge?.refused().then(() => {
      if (wire === this.#wire && this.#online) this.#greet();
    });
  }

  /** One message, in order with the others of its direction, and lost with the connection. */
  #carry(direction: 0 | 1, deliver: () => void): void {
    const wire = this.#wire;
    const { world } = this;
    const arrival = Math.max(this.#lastArrival[direction] ?? 0, world.now + world.chance.below(5));
    this.#lastArrival[direction] = arrival;
    world.after(arrival - world.now, () => {
      if (wire === this.#wire) deliver();
    });
  }

  #markersFor(life: Life): Markers {
    return {
      read: async () => this.markers.value,
      write: async (value) => {
        await this.world.turn();
        if (life.alive) this.markers.value = { ...value };
        await this.#stillAlive(life);
      },
    };
  }

  #storeFor(life: Life): Store {
    const step = async <R>(act: () => Promise<R>): Promise<R> => {
      await this.#stillAlive(life);
      await this.world.turn();
      await this.#stillAlive(life);
      this.world.outside++;
      const result = await act().finally(() => {
        this.world.outside--;
      });
      await this.world.turn();
      await this.#stillAlive(life);
      return result;
    };
    return {
      load: (team): Promise<Stored> => step(() => this.store.load(team)),
      commit: (team, batch: Batch) => step(() => this.store.commit(team, batch)),
      forget: (team) => step(() => this.store.forget(team)),
    };
  }

  async #stillAlive(life: Life): Promise<void> {
    if (life.alive) this.#step();
    if (!life.alive) await new Promise(() => undefined);
  }

  #step(): void {
    this.steps++;
    this.onStep();
  }

  /** The document as this member has it stored. */
  async stored(): Promise<TeamDocument> {
    const document = new TeamDocument();
    document.apply((await this.store.load(this.hub.team)).updates);
    return document;
  }
}

/** One line for each node: depth, kind, title, address. */
export function textOf(
  document: TeamDocument,
  keep: (kind: string, url: string) => boolean = () => true,
): string {
  return canonical(document.tree)
    .filter(([, , kind, , url]) => keep(kind, url))
    .map(([depth, , kind, title, url]) => line(depth, kind, title, url))
    .join('\n');
}

/** The same for a native folder. */
export function nativeText(browser: FakeBookmarks, folder: string): string {
  const lines: string[] = [];
  const walk = (id: string, depth: number) => {
    for (const child of browser.childrenOf(id)) {
      const kind = child.type === 'separator' ? 's' : child.url === undefined ? 'f' : 'b';
      const url = kind === 'b' ? (child.url ?? '') : '';
      lines.push(line(depth, kind, child.title, url));
      if (kind === 'f') walk(child.id, depth + 1);
    }
  };
  walk(folder, 0);
  return lines.join('\n');
}

function line(depth: number, kind: string, title: string, url: string): string {
  return `${'  '.repeat(depth)}${kind} ${title.replaceAll('\n', '\\n')} ${url}`;
}

function isEmpty(update: Uint8Array): boolean {
  return update.length === 2 && update[0] === 0 && update[1] === 0;
}
