/**
 * One person's Chromium with the built extension, and the person's own hand in it.
 *
 * The rule: what a person does is done from the browser's own bookmark manager (chrome://bookmarks), never from
 * inside the extension, so that a test holds whether or not the extension's worker is awake.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BrowserContext, chromium, type Page, type Worker } from 'playwright-core';
import type { Answer, AppState, Ask, CommandName, Outcome } from '../../extension/src/messages';

export const CHROMIUM = '/usr/bin/chromium';
export const EXTENSION = resolve(import.meta.dirname, '../../extension/dist/chrome-mv3');

/** Chromium's fixed ids of its two folders in every profile. */
export const BAR = '1';
export const OTHER = '2';

export interface Bookmark {
  id: string;
  parentId?: string;
  index?: number;
  title: string;
  url?: string;
  children?: Bookmark[];
}

/** What two browsers must agree on; native ids are nobody's business. */
export type Shape = readonly [title: string, url: string | null, children: readonly Shape[]];

export function shapeOf(node: Bookmark): Shape {
  return [node.title, node.url ?? null, (node.children ?? []).map(shapeOf)];
}

export interface LaunchOptions {
  /** A profile folder to come back to; without it a fresh one is made. */
  folder?: string;
  headless?: boolean;
  colorScheme?: 'light' | 'dark';
}

export class Profile {
  private constructor(
    readonly folder: string,
    private readonly options: LaunchOptions,
    readonly context: BrowserContext,
    readonly extensionId: string,
    private readonly manager: Page,
  ) {}

  static async launch(options: LaunchOptions = {}): Promise<Profile> {
    if (!existsSync(join(EXTENSION, 'manifest.json')))
      throw new Error('The extension is not built: make build');
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'teammarks-profile-')));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: CHROMIUM,
      headless: options.headless ?? true,
      colorScheme: options.colorScheme ?? 'light',
      viewport: { width: 1100, height: 720 },
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--disable-extensions-except=${EXTENSION}`,
        `--load-extension=${EXTENSION}`,
      ],
    });
    const worker: Worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    const manager = context.pages()[0] ?? (await context.newPage());
    await manager.goto('chrome://bookmarks/');
    return new Profile(folder, options, context, new URL(worker.url()).host, manager);
  }

  // What a person does.

  create(node: { parentId: string; title: string; url?: string; index?: number }): Promise<Bookmark> {
    return this.manager.evaluate((n) => chrome.bookmarks.create(n), node);
  }

  /** `index` counts as Chromium does: before the node is taken out of its old place. */
  move(id: string, to: { parentId?: string; index?: number }): Promise<Bookmark> {
    return this.manager.evaluate(([i, t]) => chrome.bookmarks.move(i, t), [id, to] as const);
  }

  update(id: string, changes: { title?: string; url?: string }): Promise<Bookmark> {
    return this.manager.evaluate(([i, c]) => chrome.bookmarks.update(i, c), [id, changes] as const);
  }

  async remove(id: string): Promise<void> {
    await this.manager.evaluate((i) => chrome.bookmarks.removeTree(i), id);
  }

  async paste(ids: readonly string[], intoFolder: string): Promise<void> {
    await this.manager.evaluate(
      async ([copied, folder]) => {
        await chrome.bookmarkManagerPrivate.copy([...copied]);
        await chrome.bookmarkManagerPrivate.paste(folder, []);
      },
      [ids, intoFolder] as const,
    );
  }

  // What a person sees.

  subtree(id: string): Promise<Bookmark> {
    return this.manager.evaluate(async (i) => (await chrome.bookmarks.getSubTree(i))[0] as Bookmark, id);
  }

  /** Folders of this title anywhere, in no order to rely on. */
  folders(title: string): Promise<Bookmark[]> {
    return this.manager.evaluate(
      async (t) => (await chrome.bookmarks.search({ title: t })).filter((n) => n.url === undefined),
      title,
    );
  }

  search(title: string): Promise<Bookmark[]> {
    return this.manager.evaluate((t) => chrome.bookmarks.search({ title: t }), title);
  }

  /** How many changes of any bookmark this browser has seen since `watch` was first called. */
  async watch(): Promise<number> {
    return this.manager.evaluate(() => {
      const page = globalThis as { changes?: number };
      if (page.changes === undefined) {
        page.changes = 0;
        const { bookmarks } = chrome;
        for (const event of [
          bookmarks.onCreated,
          bookmarks.onRemoved,
          bookmarks.onChanged,
          bookmarks.onMoved,
          bookmarks.onChildrenReordered,
        ])
          event.addListener(() => {
            page.changes = (page.changes ?? 0) + 1;
          });
      }
      return page.changes;
    });
  }

  /** When the next change of any bookmark is seen here, in milliseconds since the epoch. */
  nextChange(): Promise<number> {
    return this.manager.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const { onCreated, onRemoved, onChanged, onMoved } = chrome.bookmarks;
          for (const event of [onCreated, onRemoved, onChanged, onMoved])
            event.addListener(() => resolve(Date.now()));
        }),
    );
  }

  /** A picture of the bookmark manager with this folder open; `unfold` names folders to open in its tree. */
  async screenshotOfManager(path: string, folderId: string, ...unfold: string[]): Promise<void> {
    const page = await this.context.newPage();
    await page.setViewportSize({ width: 860, height: 480 });
    for (const id of [...unfold, folderId]) {
      await page.goto(`chrome://bookmarks/?id=${id}`);
      await page.waitForLoadState('networkidle');
    }
    await page.screenshot({ path });
    await page.close();
  }

  /** The popup, as a page: headless Chromium opens no popup windows. */
  async popup(): Promise<Page> {
    const page = await this.context.newPage();
    await page.setViewportSize({ width: 380, height: 600 });
    await page.goto(`chrome-extension://${this.extensionId}/popup.html`);
    return page;
  }

  // What the popup would say and see, without clicking through it.

  async ask<Name extends CommandName>(command: Name, ask: Ask<Name>): Promise<Answer<Name>> {
    const outcome = await this.onPage(async (page) => {
      const answer = await page.evaluate((message) => chrome.runtime.sendMessage(message), { command, ask });
      return answer as Outcome<Answer<Name>>;
    });
    if (!outcome.ok) throw new Error(`${command}: ${outcome.problem.code} ${outcome.problem.detail}`);
    return outcome.value;
  }

  state(): Promise<AppState> {
    return this.onPage((page) =>
      page.evaluate(
        (name) =>
          new Promise<AppState>((resolve) => {
            const port = chrome.runtime.connect({ name });
            port.onMessage.addListener((state: AppState) => {
              port.disconnect();
              resolve(state);
            });
          }),
        'state',
      ),
    );
  }

  private async onPage<T>(use: (page: Page) => Promise<T>): Promise<T> {
    const page = await this.popup();
    try {
      return await use(page);
    } finally {
      await page.close();
    }
  }

  // What happens to a browser.

  /** Ends the extension's worker as the browser does when it has been idle. */
  async stopWorker(): Promise<void> {
    const session = await this.context.newCDPSession(this.manager);
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.stopAllWorkers');
    await session.detach();
  }

  /** Deletes every IndexedDB database of the extension, as a browser short of space does. */
  async forgetDatabases(): Promise<void> {
    // A picture of the extension shares its origin, and has no script that would wake the worker.
    const page = await this.context.newPage();
    await page.goto(`chrome-extension://${this.extensionId}/icon/16.png`);
    await this.stopWorker();
    await page.evaluate(async () => {
      for (const { name } of await indexedDB.databases())
        await new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase(name ?? '');
          request.onsuccess = resolve;
          request.onerror = reject;
        });
    });
    await page.close();
  }

  /** Ends the browser and starts it again on the same profile. */
  async restart(how: 'close' | 'SIGKILL'): Promise<Profile> {
    if (how === 'close') await this.context.close();
    else {
      const gone = new Promise((resolve) => this.context.once('close', resolve));
      for (const pid of await processesOf(this.folder)) process.kill(pid, 'SIGKILL');
      await gone;
      // What a dead browser leaves behind and a new one takes for a living one.
      await rm(join(this.folder, 'SingletonLock'), { force: true });
    }
    return Profile.launch({ ...this.options, folder: this.folder });
  }

  /** Ends the browser for good and forgets its profile. */
  async close(): Promise<void> {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The browser's own process and those it started, told by the profile folder on their command line. */
async function processesOf(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(`--user-data-dir=${folder}`)) found.push(Number(entry));
  }
  return found;
}
