/** A hub, people with their browsers, and folders they share: what every scenario starts from. */
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import WebSocket from 'ws';
import * as Y from 'yjs';
import { type NodeId, ROOT } from '../../extension/src/model/ids';
import { materialise, type RawTree, type Tree, type TreeNode } from '../../extension/src/model/tree';
import { eventually } from '../support/eventually';
import { Hub, type Person, type Team } from '../support/hub';
import { Wire } from '../support/wire';
import { ChromiumProfile } from './chromium';
import { FirefoxProfile } from './firefox';
import {
  type Bookmark,
  type BrowserName,
  type LaunchOptions,
  type Profile,
  SEPARATOR,
  type Shape,
  shapeOf,
} from './profile';

/** How long nothing may happen for a folder to count as quiet. */
const QUIET_MS = 10_000;

export function launch(browser: BrowserName, options: LaunchOptions = {}): Promise<Profile> {
  return browser === 'chromium' ? ChromiumProfile.launch(options) : FirefoxProfile.launch(options);
}

/** One person at one browser, whose wire to the hub can be cut. */
export class Member {
  private constructor(
    readonly person: Person,
    readonly wire: Wire,
    public profile: Profile,
  ) {}

  static async at(
    hub: Hub,
    name: string,
    browser: BrowserName,
    options: LaunchOptions = {},
  ): Promise<Member> {
    const [person, wire, profile] = await Promise.all([
      hub.person(name),
      Wire.to(hub.port),
      launch(browser, options),
    ]);
    const member = new Member(person, wire, profile);
    await member.logIn();
    return member;
  }

  async logIn(): Promise<void> {
    await this.profile.ask('useHub', { typed: this.wire.address, evenIfOpen: true });
    await this.profile.ask('logIn', { email: this.person.email, password: this.person.password });
  }

  async restart(how: 'close' | 'SIGKILL'): Promise<void> {
    this.profile = await this.profile.restart(how);
  }

  async close(): Promise<void> {
    await this.profile.close();
    await this.wire.cut();
  }
}

export class World {
  readonly members: Member[] = [];
  private readonly shared: SharedFolder[] = [];

  private constructor(readonly hub: Hub) {}

  /** `people`: who sits at which browser. */
  static async open(people: Readonly<Record<string, BrowserName>> = {}): Promise<World> {
    const world = new World(await Hub.start());
    // One after the other: two cores do not start three browsers any sooner at once.
    for (const [name, browser] of Object.entries(people)) await world.join(name, browser);
    return world;
  }

  async join(name: string, browser: BrowserName, options: LaunchOptions = {}): Promise<Member> {
    const member = await Member.at(this.hub, name, browser, options);
    this.members.push(member);
    return member;
  }

  member(name: string): Member {
    const found = this.members.find((m) => m.person.name === name);
    if (!found) throw new Error(`nobody is called ${name}`);
    return found;
  }

  /** A new team of these members, the first its owner, whose folder stands in every browser. */
  async share(name: string, writers: Member[], readers: Member[] = []): Promise<SharedFolder> {
    const [owner, ...others] = writers;
    if (!owner) throw new Error('a team needs an owner');
    const team = await owner.person.createTeam(name);
    for (const other of others) await owner.person.share(team, other.person, 'write');
    for (const reader of readers) await owner.person.share(team, reader.person, 'read');
    const folder = new SharedFolder(this.hub, team, owner.person, [...writers, ...readers]);
    this.shared.push(folder);
    await folder.appears();
    return folder;
  }

  async close(): Promise<void> {
    for (const folder of this.shared) folder.close();
    for (const member of this.members) await member.close();
    await this.hub.close();
  }
}

/** A team's folder, seen in each browser and, by a stock client, in the document itself. */
export class SharedFolder {
  private readonly socket: HocuspocusProviderWebsocket;
  private readonly provider: HocuspocusProvider;
  readonly document = new Y.Doc();
  /** Updates seen since the beginning. */
  updates = 0;

  constructor(
    hub: Hub,
    readonly team: Team,
    observer: Person,
    public members: Member[],
  ) {
    this.socket = new HocuspocusProviderWebsocket({
      url: `${hub.socketAddress}/sync`,
      WebSocketPolyfill: WebSocket,
    });
    this.provider = new HocuspocusProvider({
      websocketProvider: this.socket,
      name: team.id,
      document: this.document,
      token: () => observer.refresh(),
    });
    this.provider.attach();
    this.document.on('update', () => {
      this.updates += 1;
    });
  }

  close(): void {
    this.provider.destroy();
    this.socket.destroy();
    this.document.destroy();
  }

  /** Makes this change in the document, and waits until the hub has stored it. */
  async apply(update: Uint8Array): Promise<void> {
    const { provider } = this;
    // With more than one on its way, its count would be at zero before the last of them is answered.
    await eventually('the hub', () => provider.isSynced);
    Y.applyUpdate(this.document, update);
    await eventually('the hub to store it', () => !provider.hasUnsyncedChanges);
  }

  tree(): Tree {
    const raw = Object.fromEntries(
      ['n', 'p', 't', 'u', 'x'].map((name) => [name, new Map(this.document.getMap(name).entries())]),
    );
    return materialise(raw as unknown as RawTree);
  }

  /** What the document shows, in the form of a native folder. */
  shape(): readonly Shape[] {
    const tree = this.tree();
    const shape = (node: TreeNode): Shape =>
      node.kind === 's'
        ? SEPARATOR
        : [node.title, node.kind === 'b' ? node.url : null, tree.children(node.id).map(shape)];
    return tree.children(ROOT).map(shape);
  }

  node(title: string): TreeNode {
    const found = [...this.tree().nodes.values()].filter((n) => n.visible && n.title === title);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} nodes are called ${title}`);
    return found[0];
  }

  path(id: NodeId): string[] {
    const node = this.tree().get(id);
    return node && id !== ROOT ? [...this.path(node.parent), node.title] : [];
  }

  trash(): [string, string][] {
    return [...this.document.getMap('x').entries()] as [string, string][];
  }

  /** The native folder of this team in a member's browser; fails unless there is exactly one. */
  async native(member: Member): Promise<Bookmark> {
    const folders = await member.profile.folders(this.team.name);
    if (folders.length !== 1 || !folders[0])
      throw new Error(`${folders.length} folders are called ${this.team.name}`);
    return member.profile.subtree(folders[0].id);
  }

  async find(member: Member, title: string): Promise<Bookmark> {
    const within = (node: Bookmark): Bookmark[] => [
      ...(node.title === title ? [node] : []),
      ...(node.children ?? []).flatMap(within),
    ];
    const found = ((await this.native(member)).children ?? []).flatMap(within);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} bookmarks are called ${title}`);
    return found[0];
  }

  async appears(members = this.members): Promise<void> {
    for (const member of members)
      await eventually(`the folder ${this.team.name} at ${member.person.name}`, () => this.native(member));
  }

  async contents(member: Member): Promise<readonly Shape[]> {
    return shapeOf(await this.native(member))[2];
  }

  /**
   * Waits until the document and every browser show the same, and `wanted` holds of it; returns what they show.
   * Separators are compared where there are any: in the document, and in Firefox.
   *
   * Agreement alone would also be reached by everyone losing the edit, so that a scenario says what it wants.
   */
  async converge(what: string, wanted: (shape: readonly Shape[]) => boolean, members = this.members) {
    return eventually(
      `${what} at ${members.map((m) => m.person.name).join(' and ')}`,
      async () => {
        const shapes = await Promise.all(members.map((m) => this.contents(m)));
        const shape = this.shape();
        const agreed = members.every((member, i) =>
          isDeepStrictEqual(
            shapes[i],
            member.profile.browser === 'firefox' ? shape : withoutSeparators(shape),
          ),
        );
        return { agreed, shape, shapes };
      },
      (seen) => seen.agreed && wanted(seen.shape),
      180_000,
    );
  }

  /** Ten seconds without one native change or one update. Every scenario ends here. */
  async quiet(members = this.members): Promise<void> {
    const count = async () => [
      this.updates,
      ...(await Promise.all(members.map(async (m) => (await m.profile.changes()).length))),
    ];
    await count();
    // What is still settling may settle; then it has to stay so.
    await eventually(
      `quiet in ${this.team.name}`,
      async () => {
        const before = await count();
        await pause(QUIET_MS);
        return { before, after: await count() };
      },
      ({ before, after }) => isDeepStrictEqual(before, after),
      3 * QUIET_MS,
    );
  }
}

/** Titles on the first level, the form in which most scenarios say what they want. */
export function titles(shape: readonly Shape[]): string[] {
  return shape.map(([title]) => title);
}

export function withoutSeparators(shape: readonly Shape[]): readonly Shape[] {
  return shape
    .filter((one) => one[0] !== SEPARATOR[0])
    .map(([title, url, children]) => [title, url, withoutSeparators(children)] as const);
}
