/** The stage of the scenarios: a team whose folder is the same everywhere, and stays quiet once it is. */
import { expect } from 'vitest';
import { canonical } from '../src/model/tree';
import type { NewBookmark } from './fake-bookmarks';
import { Hub, Member, type MemberOptions, nativeText, textOf } from './team';
import { World } from './world';

/** Long enough for everything that is due when everyone is online. */
export const SOON_MS = 2_000;
const SILENCE_MS = 10_000;

export class Scenario {
  private constructor(
    readonly world: World,
    readonly hub: Hub,
    readonly members: readonly Member[],
  ) {}

  static async of(...options: MemberOptions[]): Promise<Scenario> {
    const world = new World(1);
    const hub = new Hub(world);
    const members = options.map((option) => new Member(hub, option));
    const scenario = new Scenario(world, hub, members);
    for (const member of members) {
      member.start();
      member.online();
    }
    await scenario.soon();
    return scenario;
  }

  soon(): Promise<void> {
    return this.world.pass(SOON_MS);
  }

  /** What stands natively in the member's team folder, a line for each node. */
  shown(member: Member): string[] {
    return nativeText(member.browser, member.folder).split('\n').filter(Boolean);
  }

  titles(member: Member): string[] {
    return member.browser.childrenOf(member.folder).map(({ title }) => title);
  }

  /** The child of the member's team folder with this title. */
  child(member: Member, title: string): string {
    const found = member.browser.childrenOf(member.folder).find((node) => node.title === title);
    if (found === undefined)
      throw new Error(`expected ${title} in the team's folder, got ${this.titles(member)}`);
    return found.id;
  }

  add(member: Member, ...nodes: NewBookmark[]): string[] {
    return nodes.map((node) => member.browser.userCreate(member.folder, node));
  }

  /** The same document everywhere, in every browser as the first shows it, and then no write and no message. */
  async converged(): Promise<void> {
    await this.soon();
    const shown = this.members.map((member) => this.shown(member));
    for (const other of shown) expect(other).toEqual(shown[0]);
    await this.sameDocument();
    await this.quiet();
  }

  async sameDocument(): Promise<void> {
    for (const member of this.members) {
      const document = await member.stored();
      expect(canonical(document.tree)).toEqual(canonical(this.hub.document.tree));
    }
  }

  async quiet(): Promise<void> {
    const before = this.#done();
    await this.world.pass(SILENCE_MS);
    expect(this.#done()).toEqual(before);
    for (const { state } of this.members) expect(state?.busy ?? null).toBeNull();
  }

  /** The document's lines. */
  get document(): string[] {
    return textOf(this.hub.document).split('\n').filter(Boolean);
  }

  #done(): number[] {
    return [this.hub.received.length, ...this.members.map(({ browser }) => browser.writes.length)];
  }
}

export function pages(count: number, prefix = 'page'): { title: string; url: string }[] {
  return Array.from({ length: count }, (_, at) => ({
    title: `${prefix} ${at}`,
    url: `https://example.com/${prefix}/${at}`,
  }));
}
