/** A Chromium profile: the person's hand is its bookmark manager, chrome://bookmarks. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page, type Worker } from 'playwright-core';
import { type Bookmark, extension, type Inside, type LaunchOptions, Profile, type Screen } from './profile';

export const CHROMIUM = '/usr/bin/chromium';
const MANAGER = 'chrome://bookmarks/';

export class ChromiumProfile extends Profile {
  readonly browser = 'chromium';
  readonly bar = '1';
  readonly other = '2';

  private constructor(
    readonly folder: string,
    private readonly options: LaunchOptions,
    readonly context: BrowserContext,
    readonly extensionId: string,
    private readonly manager: Page,
  ) {
    super();
  }

  static async launch(options: LaunchOptions = {}): Promise<ChromiumProfile> {
    const built = extension('chrome-mv3');
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'teammarks-chromium-')));
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
        `--disable-extensions-except=${built}`,
        `--load-extension=${built}`,
      ],
    });
    const worker: Worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    const manager = context.pages()[0] ?? (await context.newPage());
    await manager.goto(MANAGER);
    return new ChromiumProfile(folder, options, context, new URL(worker.url()).host, manager);
  }

  /** For what only Chromium can show. */
  static of(profile: Profile): ChromiumProfile {
    if (profile instanceof ChromiumProfile) return profile;
    throw new Error(`this is ${profile.browser}`);
  }

  create(node: { parentId: string; title: string; url?: string; index?: number }): Promise<Bookmark> {
    return this.manager.evaluate((n) => chrome.bookmarks.create(n), node);
  }

  async move(id: string, to: { parentId?: string; index?: number }): Promise<void> {
    await this.manager.evaluate(
      async ([moved, { parentId, index }]) => {
        const [node] = await chrome.bookmarks.get(moved);
        const down = node?.index !== undefined && (parentId ?? node.parentId) === node.parentId;
        // Chromium counts before the node is taken out of its old place.
        const counted = index !== undefined && down && index > (node.index ?? 0) ? index + 1 : index;
        await chrome.bookmarks.move(moved, {
          ...(parentId === undefined ? {} : { parentId }),
          ...(counted === undefined ? {} : { index: counted }),
        });
      },
      [id, to] as const,
    );
  }

  async update(id: string, changes: { title?: string; url?: string }): Promise<void> {
    await this.manager.evaluate(([i, c]) => chrome.bookmarks.update(i, c), [id, changes] as const);
  }

  async remove(id: string): Promise<void> {
    await this.manager.evaluate((i) => chrome.bookmarkManagerPrivate.removeTrees([i]), id);
  }

  async undo(): Promise<void> {
    await this.manager.evaluate(() => chrome.bookmarkManagerPrivate.undo());
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

  async sortByName(folder: string): Promise<void> {
    await this.manager.evaluate((id) => chrome.bookmarkManagerPrivate.sortChildren(id), folder);
  }

  subtree(id: string): Promise<Bookmark> {
    return this.manager.evaluate(async (i) => (await chrome.bookmarks.getSubTree(i))[0] as Bookmark, id);
  }

  search(title: string): Promise<Bookmark[]> {
    return this.manager.evaluate((t) => chrome.bookmarks.search({ title: t }), title);
  }

  changes(): Promise<readonly number[]> {
    return this.manager.evaluate(() => {
      const page = globalThis as { changes?: number[] };
      if (page.changes === undefined) {
        const changes: number[] = [];
        page.changes = changes;
        const { onCreated, onRemoved, onChanged, onMoved, onChildrenReordered } = chrome.bookmarks;
        for (const event of [onCreated, onRemoved, onChanged, onMoved, onChildrenReordered])
          event.addListener(() => changes.push(Date.now()));
      }
      return page.changes;
    });
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

  async popup(): Promise<ChromiumScreen> {
    return new ChromiumScreen(await this.popupPage());
  }

  /** Meanwhile the bookmark manager is closed: for minutes it would keep a core busy with thousands of new bookmarks. */
  async withoutManager<R>(act: () => Promise<R>): Promise<R> {
    await this.manager.goto('about:blank');
    const result = await act();
    await this.manager.goto(MANAGER);
    return result;
  }

  /** A page of the extension that has no script of its own: a picture. */
  async quietPage(): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(`chrome-extension://${this.extensionId}/icon/16.png`);
    return page;
  }

  private async popupPage(): Promise<Page> {
    const page = await this.context.newPage();
    await page.setViewportSize({ width: 380, height: 600 });
    await page.goto(`chrome-extension://${this.extensionId}/popup.html`);
    return page;
  }

  async inside(): Promise<Inside> {
    const page = await this.popupPage();
    return {
      evaluate: (task, ...args) => page.evaluate(`(${task})(...${JSON.stringify(args)})`),
      close: () => page.close(),
    };
  }

  async stopWorker(): Promise<void> {
    const session = await this.context.newCDPSession(this.manager);
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.stopAllWorkers');
    await session.detach();
  }

  /** The process in which the extension's background runs, and its pages if there are any. */
  async extensionProcess(): Promise<number> {
    const [pid] = await processesOf(this.folder, '--extension-process');
    if (pid === undefined) throw new Error('expected a process of the extension');
    return pid;
  }

  async forgetDatabases(): Promise<void> {
    // It shares the extension's origin, and wakes no worker.
    const page = await this.quietPage();
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

  async restart(how: 'close' | 'SIGKILL'): Promise<ChromiumProfile> {
    if (how === 'close') await this.context.close();
    else {
      const gone = new Promise((resolve) => this.context.once('close', resolve));
      for (const pid of await processesOf(this.folder)) process.kill(pid, 'SIGKILL');
      await gone;
      // What a dead browser leaves behind and a new one takes for a living one.
      await rm(join(this.folder, 'SingletonLock'), { force: true });
    }
    return ChromiumProfile.launch({ ...this.options, folder: this.folder });
  }

  async close(): Promise<void> {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export class ChromiumScreen implements Screen {
  constructor(readonly page: Page) {}

  press(name: string | RegExp, role: 'button' | 'menuitem' = 'button'): Promise<void> {
    return this.page.getByRole(role, { name, exact: true }).first().click();
  }

  type(label: string, text: string): Promise<void> {
    return this.page.getByLabel(label, { exact: true }).fill(text);
  }

  see(text: string | RegExp): Promise<void> {
    return this.page.getByText(text).first().waitFor();
  }

  firstField(): Promise<string> {
    return this.page.getByRole('textbox').first().inputValue();
  }
}

/** The browser's own process and those it started, or of those a kind, told by their command lines. */
async function processesOf(folder: string, kind = ''): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(`--user-data-dir=${folder}`) && command.includes(kind)) found.push(Number(entry));
  }
  return found;
}
