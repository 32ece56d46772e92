/**
 * Large folders in a real Chromium: what a first join takes beside bare `bookmarks.create` calls for the same folder,
 * how long a question of the popup takes meanwhile, and then what single edits take, both ways, and what idling costs.
 *
 * Browser, hub and the other client run on this machine and read the same clock.
 */
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import * as Y from 'yjs';
import type { AppState } from '../../extension/src/messages';
import { type NodeId, ROOT } from '../../extension/src/model/ids';
import { TeamDocument } from '../../extension/src/sync/document';
import { Chance } from '../support/chance';
import { eventually } from '../support/eventually';
import { ChromiumProfile } from './chromium';
import { SharedFolder, World } from './world';

const SIZES = [1_000, 10_000, 50_000];
/** Bookmarks in each folder. */
const WIDTH = 50;
/** A hub takes no update of any size. */
const BOOKMARKS_PER_UPDATE = 5_000;
const EDITS = 30;
/** What follows an edit, a look at what was written and the like, is not part of the next. */
const BETWEEN_EDITS_MS = 500;
const ASK_EVERY_MS = 200;
const IDLE_MINUTES = 2;

const say = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (milliseconds: number) => (milliseconds / 1_000).toFixed(1);
const random = new Chance(1).bytes;

/** Three of a number of times, in milliseconds. */
function spread(times: number[]): string {
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN).toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`;
}

/** A document of so many bookmarks. */
function* updatesOf(size: number): Generator<Uint8Array> {
  const document = new TeamDocument();
  for (let from = 0; from < size; from += BOOKMARKS_PER_UPDATE) {
    const update = document.edit((editor) => {
      let [folder, last]: [NodeId, NodeId | null] = [ROOT, null];
      for (let n = from; n < Math.min(size, from + BOOKMARKS_PER_UPDATE); n += 1) {
        if (n % WIDTH === 0) {
          folder = editor.create({ kind: 'f', parent: ROOT, after: null, title: `Folder ${n}` });
          last = null;
        }
        const url = `https://example.com/some/longer/path/${n}`;
        last = editor.create({ kind: 'b', parent: folder, after: last, title: `Bookmark number ${n}`, url });
      }
    }, random);
    if (update !== null) yield update;
  }
}

/** Milliseconds that the browser alone takes to create the same folders and bookmarks, one call after the other. */
async function bare(profile: ChromiumProfile, size: number): Promise<number> {
  const page = await profile.quietPage();
  const took = await page.evaluate(
    async ([count, width, parentId]) => {
      const team = await chrome.bookmarks.create({ parentId, title: 'Bare' });
      const start = performance.now();
      let folder = team.id;
      for (let n = 0; n < count; n += 1) {
        if (n % width === 0)
          folder = (await chrome.bookmarks.create({ parentId: team.id, index: 0, title: `Folder ${n}` })).id;
        await chrome.bookmarks.create({
          parentId: folder,
          title: `Bookmark number ${n}`,
          url: `https://example.com/some/longer/path/${n}`,
        });
      }
      const milliseconds = performance.now() - start;
      await chrome.bookmarks.removeTree(team.id);
      return milliseconds;
    },
    [size, WIDTH, profile.other] as const,
  );
  await page.close();
  return took;
}

interface Join {
  took: number;
  /** How often progress was told. */
  steps: number;
  /** What each question took, in milliseconds. */
  answers: number[];
}

/** A first join, from the moment of being invited, as one sees it who has the popup open and searches. */
async function join(
  profile: ChromiumProfile,
  team: string,
  size: number,
  invite: () => Promise<void>,
): Promise<Join> {
  const page = await profile.quietPage();
  const done = page.evaluate(
    async ([id, count, every]) => {
      const answers: number[] = [];
      let steps = 0;
      let over = false;
      const asking = (async () => {
        while (!over) {
          const asked = performance.now();
          await chrome.runtime.sendMessage({ command: 'search', ask: { query: 'number 77', team: null } });
          answers.push(performance.now() - asked);
          await new Promise((next) => setTimeout(next, every));
        }
      })();
      await new Promise<void>((resolve) => {
        chrome.runtime.connect({ name: 'state' }).onMessage.addListener((state: AppState) => {
          const seen = state.teams.find((one) => one.id === id);
          if (seen?.busy) steps += 1;
          if (seen?.sync === 'synced' && seen.bookmarks === count && !seen.busy) resolve();
        });
      });
      over = true;
      const end = Date.now();
      await asking;
      return { end, steps, answers };
    },
    [team, size, ASK_EVERY_MS] as const,
  );
  const start = Date.now();
  await invite();
  const { end, steps, answers } = await done;
  await page.close();
  return { took: end - start, steps, answers };
}

/** Renames, new bookmarks and deletions by hand, all over the folder: until each is acknowledged, and is said to be. */
async function editsHere(profile: ChromiumProfile, folder: SharedFolder, native: string): Promise<number[]> {
  const page = await profile.quietPage();
  await page.evaluate((team) => {
    const said = globalThis as { syncedAt?: number };
    let was = '';
    chrome.runtime.connect({ name: 'state' }).onMessage.addListener((state: AppState) => {
      const sync = state.teams.find((one) => one.id === team)?.sync ?? '';
      if (sync === 'synced' && sync !== was) said.syncedAt = Date.now();
      was = sync;
    });
  }, folder.team.id);
  const inside = (await profile.subtree(native)).children ?? [];
  const took: number[] = [];
  for (let n = 0; n < EDITS; n += 1) {
    const here = inside[Math.floor((inside.length * n) / EDITS)];
    const [first, second] = here?.children ?? [];
    // The hub stores first and tells others afterwards; the word to us may come a moment later.
    const stored = new Promise<number>((resolve) =>
      folder.document.once('update', () => resolve(Date.now())),
    );
    const made = Date.now();
    if (n % 3 === 0) await profile.update(first?.id ?? '', { title: `renamed ${n}` });
    else if (n % 3 === 1)
      await profile.create({
        parentId: here?.id ?? '',
        title: `new ${n}`,
        url: `https://example.com/new/${n}`,
      });
    else await profile.remove(second?.id ?? '');
    const storedAt = await stored;
    await pause(BETWEEN_EDITS_MS);
    const syncedAt = await page.evaluate(() => (globalThis as { syncedAt?: number }).syncedAt ?? 0);
    took.push(Math.max(storedAt, syncedAt) - made);
  }
  await page.close();
  return took;
}

/** Renames by somebody else, all over the folder: until each stands in the native tree. */
async function editsElsewhere(profile: ChromiumProfile, folder: SharedFolder): Promise<number[]> {
  const bookmarks = [...folder.tree().nodes.values()].filter(({ kind, visible }) => visible && kind === 'b');
  const theirs = new TeamDocument(Y.encodeStateAsUpdate(folder.document));
  const took: number[] = [];
  for (let n = 0; n < EDITS; n += 1) {
    const node = bookmarks[Math.floor((bookmarks.length * n) / EDITS)];
    const update = theirs.edit((editor) => editor.rename(node?.id ?? ROOT, `elsewhere ${n}`), random);
    const before = (await profile.changes()).length;
    const made = Date.now();
    await folder.apply(update ?? new Uint8Array());
    const arrived = await eventually('the edit', async () => (await profile.changes())[before]);
    took.push((arrived ?? Number.NaN) - made);
    await pause(BETWEEN_EDITS_MS);
  }
  return took;
}

/** What the extension's process costs while nothing happens: memory in MB, its part of what it shares with others included. */
async function idling(profile: ChromiumProfile): Promise<{ memory: number; share: number }> {
  const pid = await profile.extensionProcess();
  const processor = async () => {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10; // told in hundredths of a second
  };
  const before = await processor();
  await pause(IDLE_MINUTES * 60_000);
  const share = ((await processor()) - before) / (IDLE_MINUTES * 60_000);
  const memories = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return { memory: Number(/^Pss:\s+(\d+)/m.exec(memories)?.[1] ?? Number.NaN) / 1_024, share };
}

say(`${cpus().length} cores`);
for (const size of SIZES) {
  const world = await World.open({ Ann: 'chromium' });
  try {
    const ann = world.member('Ann');
    const profile = ChromiumProfile.of(ann.profile);
    const owner = await world.hub.person('Owner');
    const team = await owner.createTeam(`Team of ${size}`);
    const folder = new SharedFolder(world.hub, team, owner, []);
    for (const update of updatesOf(size)) await folder.apply(update);

    const [alone, joined] = await profile.withoutManager(async () => [
      await bare(profile, size),
      await join(profile, team.id, size, () => owner.share(team, ann.person)),
    ]);
    say(
      `${size} bookmarks: first join ${seconds(joined.took)} s, bare create ${seconds(alone)} s ` +
        `(×${(joined.took / alone).toFixed(2)}); progress told ${joined.steps} times; ` +
        `${joined.answers.length} searches meanwhile: ${spread(joined.answers)}`,
    );
    const [native] = await profile.folders(team.name);
    const here = await editsHere(profile, folder, native?.id ?? '');
    say(`${size} bookmarks: native edit → acknowledged, ${EDITS} edits: ${spread(here)}`);
    const elsewhere = await editsElsewhere(profile, folder);
    say(`${size} bookmarks: edit of another → native tree, ${EDITS} edits: ${spread(elsewhere)}`);
    folder.close();
    if (size !== SIZES.at(-1)) continue;
    const { memory, share } = await idling(profile);
    say(
      `${size} bookmarks: the extension's process in ${IDLE_MINUTES} idle minutes: ${memory.toFixed(0)} MB, ` +
        `${(100 * share).toFixed(2)} % of a core`,
    );
  } finally {
    await world.close();
  }
}
