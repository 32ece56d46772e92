/**
 * A random history of a team: browsers of both kinds, users at work while their bridge is, workers and browsers killed
 * at any step, spells offline, wrong clocks, a hub set back to a backup.
 *
 * It ends with everyone online, and then there is one tree, in the hub's document and in every browser, in order;
 * nothing is gone that no one deleted; nothing is there twice; and there is no write and no message any more.
 */
import { canonical } from '../src/model/tree';
import type { FakeBookmarks } from './fake-bookmarks';
import { MemoryStore } from './memory-store';
import { Hub, Member, nativeText } from './team';
import { type Chance, World } from './world';

const DAY_MS = 86_400_000;

export class History {
  readonly world: World;
  readonly chance: Chance;
  readonly hub: Hub;
  readonly members: Member[] = [];
  /** Every bookmark a user has made, by the mark in its title and address, with who made it. */
  readonly made = new Map<string, Member>();
  /** Bookmarks that need not be there at the end: somebody deleted them, or their browser lost them before we saw them. */
  readonly excused = new Set<string>();
  /** Bookmarks that may be there twice: their deletion was undone, or what was known of them was wiped. */
  readonly maybeTwice = new Set<string>();
  /** Bookmarks that most browsers are not given: they go unseen with a folder that is deleted. */
  readonly hidden = new Set<string>();
  /** What happened, in order, for whoever has to understand a failure. */
  readonly log: string[] = [];
  #foldersWent = false;
  /** Which native nodes the worker that was killed last had not stored its knowledge of. */
  readonly #unknown = new Map<Member, (id: string) => boolean>();
  #marks = 0;
  #backup: Uint8Array | null = null;

  constructor(seed: number) {
    this.world = new World(seed);
    this.chance = this.world.chance;
    this.hub = new Hub(this.world);
    const { chance } = this;
    const count = 2 + chance.below(3);
    for (let at = 0; at < count; at++) {
      const member = new Member(this.hub, {
        dialect: chance.percent(50) ? 'chromium' : 'firefox',
        canWrite: at === 0 || chance.percent(85),
        skew: chance.below(2 * DAY_MS) - DAY_MS,
      });
      member.browser.onRemoval = (gone) => this.#watchRemoval(member, gone);
      this.members.push(member);
    }
  }

  async play(): Promise<string[]> {
    const { chance, world } = this;
    for (const member of this.members) {
      member.start();
      member.online();
    }
    await world.pass(500);
    const [first] = this.members as [Member];
    for (let n = chance.below(40); n > 0; n--) this.#userCreates(first);
    await world.pass(chance.below(2_000));
    for (let steps = 8 + chance.below(30); steps > 0; steps--) {
      this.#happens(chance.pick(this.members));
      if (chance.percent(60)) await world.pass(chance.percent(70) ? chance.below(60) : chance.below(4_000));
    }
    return this.#end();
  }

  #happens(member: Member): void {
    const { chance, world } = this;
    const dice = chance.below(100);
    if (dice >= 66) this.#tell(member, dice < 76 ? 'on or offline' : `event ${dice}`);
    if (dice < 66) {
      for (let n = 1 + chance.below(chance.percent(10) ? 30 : 3); n > 0; n--) this.#userActs(member);
    } else if (dice < 76) {
      if (chance.percent(50)) member.offline();
      else member.online();
    } else if (dice < 86) this.#killInASecond(member, () => member.killWorker());
    else if (dice < 91) this.#killInASecond(member, () => this.#crash(member));
    else if (dice < 94) member.start();
    else if (dice < 96) this.#backup = this.hub.backup();
    else if (dice < 97 && this.#backup !== null) this.hub.restore(this.#backup);
    else if (dice < 98) this.#wipe(member);
    else if (dice < 99) this.#renewIds(member);
    else if (member.state?.held) void member.bridge?.resolveHeld(chance.percent(50) ? 'put-back' : 'remove');
    else world.after(0, () => this.#userRemovesFolder(member));
  }

  #tell(member: Member, what: string): void {
    this.log.push(`${this.world.now % 10_000_000} member ${this.members.indexOf(member)}: ${what}`);
  }

  /** At one of the next native calls or transactions; the worker is woken some time later. */
  #killInASecond(member: Member, kill: () => void): void {
    const { chance, world } = this;
    const at = member.steps + 1 + chance.below(40);
    member.onStep = () => {
      if (member.steps < at) return;
      member.onStep = () => undefined;
      this.#tell(member, 'killed');
      kill();
      const stored = member.store.load(this.hub.team);
      const unknown = stored.then(({ rows }) => {
        const known = new Set<string>(rows.map(({ native }) => native));
        const isUnknown = (id: string) => !known.has(id);
        this.#unknown.set(member, isUnknown);
        return isUnknown;
      });
      world.after(chance.below(3_000), () => {
        member.start();
        world.after(1_000, async () => {
          if (this.#unknown.get(member) === (await unknown)) this.#unknown.delete(member);
        });
      });
    };
  }

  #crash(member: Member): void {
    const before = this.#marksIn(member.browser);
    member.killBrowser();
    const after = this.#marksIn(member.browser);
    void member.stored().then((document) => {
      const known = new Set(canonical(document.tree).map(([, , , title]) => markOf(title)));
      // What the browser forgot before the bridge had seen it was never the team's.
      for (const mark of before) if (!after.has(mark) && !known.has(mark)) this.excused.add(mark);
    });
  }

  /** What is stored is lost, the folder and its marker are not. */
  #wipe(member: Member): void {
    if (!member.canWrite) return;
    const native = this.#marksIn(member.browser);
    for (const mark of this.made.keys()) {
      this.maybeTwice.add(mark);
      // Forgotten by a killed browser and not written anew yet: then only the hub has it, and that may be set back.
      if (!native.has(mark)) this.excused.add(mark);
    }
    member.killWorker();
    if (member.store instanceof MemoryStore) member.store.wipe();
    this.world.after(10, () => member.start());
  }

  #renewIds(member: Member): void {
    const folder = member.marked;
    if (folder === null) return;
    for (const mark of this.#marksIn(member.browser)) this.maybeTwice.add(mark);
    this.#foldersWent = true; // one that is renamed at the same time is another folder
    for (const child of member.browser.childrenOf(folder)) member.browser.renewIds(child.id);
  }

  #userRemovesFolder(member: Member): void {
    const folder = member.marked;
    if (folder !== null) member.browser.userRemove(folder);
  }

  #userActs(member: Member): void {
    const { chance } = this;
    const { browser } = member;
    const folder = member.marked;
    if (folder === null) return;
    const dice = chance.below(100);
    const before = nativeText(browser, folder);
    this.#userActsIn(member, folder, dice);
    if (browser.exists(folder)) this.#tell(member, changeBetween(before, nativeText(browser, folder)));
  }

  #userActsIn(member: Member, folder: string, dice: number): void {
    const { chance } = this;
    const { browser } = member;
    const nodes = below(browser, folder);
    const node = nodes.length === 0 ? null : chance.pick(nodes);
    if (dice < 30 || node === null) this.#userCreates(member);
    else if (dice < 42) this.#userRenames(member, node);
    else if (dice < 50) this.#userReaddresses(member, node);
    else if (dice < 80) {
      const folders = [folder, ...nodes.filter((id) => isFolder(browser, id))];
      browser.userMove(node, chance.pick(folders), chance.below(6));
    } else if (dice < 92) browser.userRemove(node);
    else if (dice < 94)
      browser.userMove(node, browser.other); // into their own bookmarks
    else if (dice < 96) {
      for (const id of browser.userUndo()) this.maybeTwice.add(markOf(browser.node(id).title));
    } else if (dice < 98)
      browser.userSort(chance.pick([folder, ...nodes.filter((id) => isFolder(browser, id))]));
    else if (chance.percent(50)) browser.userUpdate(folder, { title: `mine ${chance.below(9)}` });
    else browser.userMove(folder, chance.pick([browser.bar, browser.other]), chance.below(3));
    if (dice >= 92 && dice < 94 && !browser.exists(node ?? '')) return;
    if (dice >= 92 && dice < 94 && node !== null) this.#excuse(member, below(browser, node).concat(node));
  }

  #userCreates(member: Member): void {
    const { chance } = this;
    const { browser } = member;
    const folder = member.marked;
    if (folder === null) return;
    const folders = [folder, ...below(browser, folder).filter((id) => isFolder(browser, id))];
    const parent = chance.pick(folders);
    const dice = chance.below(100);
    if (dice < 20) browser.userCreate(parent, { title: `folder ${chance.below(5)}` }, chance.below(8));
    else if (dice < 25 && browser.dialect === 'firefox') {
      browser.userCreate(parent, { separator: true }, chance.below(8));
    } else {
      const mark = `m${++this.#marks}`;
      this.made.set(mark, member);
      if (!member.canWrite) this.excused.add(mark);
      const scheme = chance.percent(95) ? 'https' : 'javascript';
      if (scheme === 'javascript') this.hidden.add(mark);
      const url = `${scheme}://example.com/${mark}`;
      browser.userCreate(parent, { title: `${mark} new`, url }, chance.below(8));
    }
  }

  #userRenames(member: Member, id: string): void {
    const { browser } = member;
    const { title, url, type } = browser.node(id);
    if (type === 'separator') return;
    this.#changesUnknown(member, id);
    const odd = this.chance.percent(20) ? ' a\tb' : '';
    const name =
      url === undefined
        ? `folder ${this.chance.below(5)}`
        : `${markOf(title)} v${this.chance.below(99)}${odd}`;
    browser.userUpdate(id, { title: name });
  }

  #userReaddresses(member: Member, id: string): void {
    const { browser } = member;
    const { title, url, type } = browser.node(id);
    if (url === undefined || type === 'separator') return;
    this.#changesUnknown(member, id);
    browser.userUpdate(id, { url: `HTTPS://EXAMPLE.com:443/${markOf(title)}/${this.chance.below(99)}` });
  }

  /** What we made a moment before we were killed, and its user changed before we were back, no one can know for ours. */
  #changesUnknown(member: Member, id: string): void {
    if (!this.#unknown.get(member)?.(id)) return;
    for (const under of [id, ...below(member.browser, id)])
      this.maybeTwice.add(markOf(member.browser.node(under).title));
  }

  /** Native nodes that went, by whomever: a user who may write and did it, or a removal that swallowed what was new. */
  #watchRemoval(member: Member, gone: readonly { title: string; type: string; id: string }[]): void {
    if (!member.browser.byUser) {
      for (const { id, title } of gone) {
        if (!(member.browser.lastRead.get(gone[0]?.id ?? '')?.has(id) ?? true))
          this.excused.add(markOf(title));
      }
      return;
    }
    if (!member.canWrite) return;
    for (const { title, type } of gone) {
      if (type === 'bookmark') this.excused.add(markOf(title));
      else if (type === 'folder') this.#foldersWent = true;
    }
  }

  #excuse(member: Member, nodes: readonly string[]): void {
    if (!member.canWrite) return;
    for (const id of nodes) {
      if (isFolder(member.browser, id)) this.#foldersWent = true;
      this.excused.add(markOf(member.browser.node(id).title));
    }
  }

  #marksIn(browser: FakeBookmarks): Set<string> {
    return new Set(
      [...below(browser, browser.bar), ...below(browser, browser.other)].map((id) =>
        markOf(browser.node(id).title),
      ),
    );
  }

  async #end(): Promise<string[]> {
    const { world, hub, members } = this;
    await world.pass(5_000);
    for (const member of members) {
      member.onStep = () => undefined;
      member.start();
      member.online();
    }
    await world.pass(30_000);
    for (let round = 0; round < 3; round++) {
      for (const member of members) {
        if (member.state?.held)
          void member.bridge?.resolveHeld(this.chance.percent(50) ? 'put-back' : 'remove');
      }
      await world.pass(15_000);
    }
    const writes = members.map(({ browser }) => browser.writes.length);
    const messages = hub.received.length;
    await world.pass(10_000);

    const problems: string[] = [];
    if (hub.received.length !== messages) problems.push('a message was sent in the silence');
    const text = JSON.stringify(canonical(hub.document.tree));
    for (const [at, member] of members.entries()) {
      const who = `member ${at} (${member.browser.dialect}${member.canWrite ? '' : ', reader'})`;
      if (member.browser.writes.length !== writes[at]) problems.push(`${who}: a native write in the silence`);
      if (member.state?.problem) problems.push(`${who}: ${member.state.problem}`);
      if (member.state?.held) problems.push(`${who}: still held`);
      if (member.state?.busy) problems.push(`${who}: still busy`);
      const document = await member.stored();
      if (JSON.stringify(canonical(document.tree)) !== text)
        problems.push(`${who}: another document than the hub`);
      const folder = member.marked;
      const native = folder === null ? 'no folder' : shared(nativeText(member.browser, folder));
      const wanted = expectedNative(hub, member);
      if (native !== wanted) problems.push(`${who}: native\n${native}\n--- instead of\n${wanted}`);
    }
    problems.push(...this.#lossesAndDoubles());
    return problems;
  }

  #lossesAndDoubles(): string[] {
    const problems: string[] = [];
    if (this.#foldersWent) for (const mark of this.hidden) this.excused.add(mark);
    const count = new Map<string, number>();
    for (const [, , kind, title] of canonical(this.hub.document.tree)) {
      if (kind === 'b') count.set(markOf(title), (count.get(markOf(title)) ?? 0) + 1);
    }
    for (const [mark, maker] of this.made) {
      const times = count.get(mark) ?? 0;
      // What was moved into a folder that its user was just taking out of the team's went with it, and is theirs alone.
      const kept = this.#marksIn(maker.browser).has(mark);
      if (times === 0 && !kept && !this.excused.has(mark)) problems.push(`${mark} is lost`);
      if (times > 1 && !this.maybeTwice.has(mark)) problems.push(`${mark} is there ${times} times`);
      if (times > 0 && !maker.canWrite) problems.push(`${mark} of a reader has reached the team`);
    }
    return problems;
  }
}

/** Without the bookmarks that only their maker's browser is given. */
function shared(native: string): string {
  return native
    .split('\n')
    .filter((line) => !line.includes(' javascript:'))
    .join('\n');
}

/** The document as this browser is to show it. Bookmarks that only their maker's browser is given are looked over. */
function expectedNative(hub: Hub, { browser }: Member): string {
  const lines: string[] = [];
  for (const [depth, , kind, title, url] of canonical(hub.document.tree)) {
    const form = browser.dialect === 'chromium' ? title.replace(/[\n\r\t]/g, ' ') : title;
    if (kind === 's' && browser.dialect === 'chromium') continue;
    if (!url.startsWith('javascript:')) lines.push(`${'  '.repeat(depth)}${kind} ${form} ${url}`);
  }
  return lines.join('\n');
}

function changeBetween(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const gone = old.filter((line) => !now.includes(line)).map((line) => `-${line}`);
  const come = now.filter((line) => !old.includes(line)).map((line) => `+${line}`);
  return [...gone, ...come].join(' | ') || 'reordered';
}

function markOf(title: string): string {
  return title.split(' ')[0] ?? '';
}

function isFolder(browser: FakeBookmarks, id: string): boolean {
  const { url, type } = browser.node(id);
  return url === undefined && type !== 'separator';
}

function below(browser: FakeBookmarks, id: string): string[] {
  const ids: string[] = [];
  for (const child of browser.tree(id).children ?? []) ids.push(child.id, ...below(browser, child.id));
  return ids;
}
