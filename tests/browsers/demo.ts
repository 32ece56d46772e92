/**
 * Ann and Bob, each at a Chromium of their own, share "Service endpoints": what `make demo` shows.
 *
 * With a screen both are windows that stay until Ctrl+C. Without one a scripted edit is made in Ann's browser, and
 * both bookmark managers are photographed once Bob's shows it.
 */
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { ChromiumProfile } from './chromium';
import { type Entry, parseNetscape } from './netscape';
import type { Profile } from './profile';
import { count } from './scenario';
import { type SharedFolder, World } from './world';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const BOOKMARKS = join(REPOSITORY, 'docs/demo/service-endpoints.html');
const PICTURES = join(REPOSITORY, 'demo');
const hasScreen = Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

const say = (sentence: string) => process.stdout.write(`${sentence}\n`);

async function fill(profile: Profile, parentId: string, entries: readonly Entry[]): Promise<void> {
  for (const { title, url, children } of entries) {
    const made = await profile.create({ parentId, title, ...(url === null ? {} : { url }) });
    await fill(profile, made.id, children);
  }
}

function size(entries: readonly Entry[]): number {
  return entries.reduce((sum, { children }) => sum + 1 + size(children), 0);
}

async function edit(folder: SharedFolder, ann: Profile): Promise<void> {
  const [member] = folder.members;
  if (!member) throw new Error('the demo has members');
  const runbooks = await folder.find(member, 'Runbooks');
  await ann.create({
    parentId: runbooks.id,
    title: 'Postmortems — added by Ann just now',
    url: 'https://sre.google/sre-book/postmortem-culture/',
  });
  await ann.update((await folder.find(member, 'Data')).id, { title: 'Databases' });
  await ann.move(runbooks.id, { index: 0 });
}

/** Two pictures side by side, each with its person's name. */
async function sideBySide(page: Page, path: string, names: readonly string[]): Promise<void> {
  const figures = await Promise.all(
    names.map(async (name) => {
      const picture = await readFile(join(PICTURES, `${name.toLowerCase()}.png`), 'base64');
      return `<figure><figcaption>${name}</figcaption><img src="data:image/png;base64,${picture}"></figure>`;
    }),
  );
  await page.setViewportSize({ width: 1480, height: 480 });
  await page.setContent(
    `<style>body{margin:0;padding:16px;display:flex;gap:16px;font:600 20px system-ui;background:#fff}
     figure{margin:0;flex:1}img{width:100%;border:1px solid #ccc;border-radius:8px;margin-top:8px}</style>${figures.join('')}`,
  );
  await page.locator('body').screenshot({ path });
}

const entries = parseNetscape(await readFile(BOOKMARKS, 'utf8'));
say('Starting a hub, and a browser each for Ann and Bob.');
const world = await World.open();
try {
  const ann = await world.join('Ann', 'chromium', { headless: !hasScreen });
  const bob = await world.join('Bob', 'chromium', { headless: !hasScreen });
  const folder = await world.share('Service endpoints', [ann, bob]);
  say(`Ann fills "Service endpoints" with ${size(entries)} folders and bookmarks.`);
  await fill(ann.profile, (await folder.native(ann)).id, entries);
  await folder.converge('all of it at Bob', (shape) => count(shape) === size(entries));
  say('Bob has all of it. Ann adds a bookmark, renames a folder and moves another to the top.');
  await edit(folder, ann.profile);
  await folder.converge(
    'the edit at Bob',
    (shape) => shape[0]?.[0] === 'Runbooks' && count(shape) === size(entries) + 1,
  );
  say('Bob has that too.');

  await mkdir(PICTURES, { recursive: true });
  for (const member of [ann, bob]) {
    const runbooks = await folder.find(member, 'Runbooks');
    await ChromiumProfile.of(member.profile).screenshotOfManager(
      join(PICTURES, `${member.person.name.toLowerCase()}.png`),
      (await folder.native(member)).id,
      runbooks.id,
    );
  }
  const page = await ChromiumProfile.of(ann.profile).context.newPage();
  await sideBySide(page, join(PICTURES, 'both.png'), ['Ann', 'Bob']);
  await page.close();
  await writeFile(join(PICTURES, '.gitignore'), '*\n');
  say(`Pictures of both bookmark managers are in ${relative(process.cwd(), PICTURES)}.`);

  if (hasScreen) {
    say('Both browsers are yours now: change anything in the folder. Ctrl+C ends the demo.');
    await once(process, 'SIGINT');
  }
} finally {
  await world.close();
}
