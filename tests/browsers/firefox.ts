/**
 * A Firefox profile: the person's hand is the browser's own window, where its bookmark menus do what they do.
 *
 * The extension is installed as a user has it and not for a while, so that it is there again after a restart. Firefox
 * ESR takes one that nobody signed, if told so; a release of Firefox would not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { Marionette, type Tab } from './marionette';
import { type Bookmark, extension, type Inside, type LaunchOptions, Profile, type Screen } from './profile';

const FIREFOX = '/usr/bin/firefox-esr';
const ID = 'teammarks@teammarks.example';
/** Firefox draws one for each profile; a page of the extension could not be opened without knowing it. */
const UUID = '11111111-2222-4333-8444-555555555555';

const PREFERENCES = {
  // A free one, which it writes down.
  'marionette.port': 0,
  'xpinstall.signatures.required': false,
  // What was put into the profile is not asked about.
  'extensions.autoDisableScopes': 0,
  'extensions.webextensions.uuids': JSON.stringify({ [ID]: UUID }),
  // Killed is not broken: no questions at the next start, and none of the tabs from before.
  'browser.sessionstore.resume_from_crash': false,
  'toolkit.startup.max_resumed_crashes': -1,
};

/** A test that is ended leaves no browser behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class FirefoxProfile extends Profile {
  readonly browser = 'firefox';
  readonly bar = 'toolbar_____';
  readonly other = 'unfiled_____';

  private constructor(
    readonly folder: string,
    private readonly options: LaunchOptions,
    private readonly process: ChildProcess,
    private readonly marionette: Marionette,
  ) {
    super();
  }

  static async launch(options: LaunchOptions = {}): Promise<FirefoxProfile> {
    const built = extension('firefox-mv3');
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'teammarks-firefox-')));
    const dark = options.colorScheme === 'dark' ? 0 : 1;
    const preferences = { ...PREFERENCES, 'layout.css.prefers-color-scheme.content-override': dark };
    await writeFile(
      join(folder, 'user.js'),
      Object.entries(preferences)
        .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
        .join(''),
    );
    // A file of this name that holds a path stands for the extension at that path.
    await mkdir(join(folder, 'extensions'), { recursive: true });
    await writeFile(join(folder, 'extensions', ID), built);
    const portFile = join(folder, 'MarionetteActivePort');
    await rm(portFile, { force: true });

    const child = spawn(
      FIREFOX,
      [
        ...((options.headless ?? true) ? ['--headless'] : []),
        ...['--marionette', '--remote-allow-system-access', '--no-remote', '--profile', folder],
      ],
      { stdio: 'ignore' },
    );
    running.add(child);
    child.once('exit', () => running.delete(child));
    const port = await eventually(
      'Firefox to listen',
      async () => Number(await readFile(portFile, 'utf8')),
      (number) => number > 0,
      90_000,
    );
    const profile = new FirefoxProfile(folder, options, child, await Marionette.connect(port));
    await eventually('the extension', () =>
      profile.marionette.privileged((id) => WebExtensionPolicy.getByID(id) !== null, ID),
    );
    return profile;
  }

  /** For what only Firefox can do. */
  static of(profile: Profile): FirefoxProfile {
    if (profile instanceof FirefoxProfile) return profile;
    throw new Error(`this is ${profile.browser}`);
  }

  async create(node: { parentId: string; title: string; url?: string; index?: number }): Promise<Bookmark> {
    return this.insert(node);
  }

  /** Firefox alone has them. */
  createSeparator(node: { parentId: string; index?: number }): Promise<Bookmark> {
    return this.insert({ ...node, separator: true });
  }

  private insert(node: {
    parentId: string;
    index?: number;
    title?: string;
    url?: string;
    separator?: true;
  }): Promise<Bookmark> {
    return this.marionette.privileged(async ({ parentId, title = '', url, index, separator }) => {
      const { bookmarks } = PlacesUtils;
      const place = { parentGuid: parentId, index: index ?? bookmarks.DEFAULT_INDEX };
      const what = separator
        ? { type: bookmarks.TYPE_SEPARATOR }
        : url === undefined
          ? { type: bookmarks.TYPE_FOLDER, title }
          : { type: bookmarks.TYPE_BOOKMARK, title, url };
      const made = await bookmarks.insert({ ...place, ...what });
      return { id: made.guid, parentId: made.parentGuid, index: made.index, title, ...(url ? { url } : {}) };
    }, node);
  }

  move(id: string, to: { parentId?: string; index?: number }): Promise<void> {
    return this.marionette.privileged(
      async (guid, { parentId, index }) => {
        const { bookmarks } = PlacesUtils;
        const parentGuid = parentId ?? (await bookmarks.fetch(guid))?.parentGuid ?? '';
        await bookmarks.update({ guid, parentGuid, index: index ?? bookmarks.DEFAULT_INDEX });
      },
      id,
      to,
    );
  }

  update(id: string, changes: { title?: string; url?: string }): Promise<void> {
    return this.marionette.privileged(
      async (guid, changed) => void (await PlacesUtils.bookmarks.update({ guid, ...changed })),
      id,
      changes,
    );
  }

  remove(id: string): Promise<void> {
    return this.marionette.privileged(
      async (guid) => void (await PlacesTransactions.Remove({ guids: [guid] }).transact()),
      id,
    );
  }

  undo(): Promise<void> {
    return this.marionette.privileged(() => PlacesTransactions.undo());
  }

  paste(ids: readonly string[], intoFolder: string): Promise<void> {
    return this.marionette.privileged(
      async (guids, newParentGuid) => {
        for (const guid of guids) await PlacesTransactions.Copy({ guid, newParentGuid }).transact();
      },
      ids,
      intoFolder,
    );
  }

  sortByName(folder: string): Promise<void> {
    return this.marionette.privileged(
      async (guid) => void (await PlacesTransactions.SortByName({ guid }).transact()),
      folder,
    );
  }

  async subtree(id: string): Promise<Bookmark> {
    const top = await this.marionette.privileged((guid) => PlacesUtils.promiseBookmarksTree(guid), id);
    if (!top) throw new Error(`there is no bookmark ${id}`);
    return bookmarkOf(top);
  }

  search(title: string): Promise<Bookmark[]> {
    return this.marionette.privileged(
      async (wanted) =>
        (await PlacesUtils.bookmarks.search({ title: wanted })).map((found) => ({
          id: found.guid,
          parentId: found.parentGuid,
          index: found.index,
          title: found.title ?? '',
          ...(found.url ? { url: found.url.href } : {}),
        })),
      title,
    );
  }

  changes(): Promise<readonly number[]> {
    return this.marionette.privileged(() => {
      const browserWindow = window as { changes?: number[] };
      if (browserWindow.changes === undefined) {
        const changes: number[] = [];
        browserWindow.changes = changes;
        const events = ['added', 'removed', 'moved', 'title-changed', 'url-changed'];
        PlacesUtils.observers.addListener(
          events.map((event) => `bookmark-${event}`),
          (told) => {
            for (const { isDescendantRemoval } of told) if (!isDescendantRemoval) changes.push(Date.now());
          },
        );
      }
      return browserWindow.changes;
    });
  }

  async popup(): Promise<FirefoxScreen> {
    return new FirefoxScreen(await this.page('popup.html'));
  }

  private page(name: string): Promise<Tab> {
    return this.marionette.open(`moz-extension://${UUID}/${name}`);
  }

  inside(): Promise<Inside> {
    return this.page('popup.html');
  }

  async stopWorker(): Promise<void> {
    const state = await this.marionette.privileged(async (id) => {
      const { extension } = WebExtensionPolicy.getByID(id);
      await extension.terminateBackground({ ignoreDevToolsAttached: true, disableResetIdleForTest: true });
      return extension.backgroundState;
    }, ID);
    if (state !== 'stopped') throw new Error(`the background is ${state}`);
  }

  async forgetDatabases(): Promise<void> {
    // A picture of the extension shares its origin, and has no script that would wake the background.
    const picture = await this.page('icon/16.png');
    await this.stopWorker();
    await picture.evaluate(async () => {
      for (const { name } of await indexedDB.databases())
        await new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase(name ?? '');
          request.onsuccess = () => resolve(null);
          request.onerror = reject;
        });
    });
    await picture.close();
  }

  async restart(how: 'close' | 'SIGKILL'): Promise<FirefoxProfile> {
    await this.end(how);
    return FirefoxProfile.launch({ ...this.options, folder: this.folder });
  }

  async close(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async end(how: 'close' | 'SIGKILL'): Promise<void> {
    const gone = this.process.exitCode === null ? once(this.process, 'exit') : null;
    if (how === 'SIGKILL') this.process.kill('SIGKILL');
    // It may be gone before it has answered.
    else await this.marionette.command('Marionette:Quit', { flags: ['eAttemptQuit'] }).catch(() => undefined);
    await gone;
    this.marionette.close();
  }
}

export class FirefoxScreen implements Screen {
  constructor(private readonly tab: Tab) {}

  async press(name: string | RegExp, role: 'button' | 'menuitem' = 'button'): Promise<void> {
    const selector = role === 'button' ? 'button:not([role])' : `[role=${role}]`;
    await eventually(`the ${role} ${name}`, () => this.tab.click(selector, exactly(name)));
  }

  async type(label: string, text: string): Promise<void> {
    await eventually(`the field ${label}`, () => this.tab.fill('input, textarea', exactly(label), text));
  }

  async see(text: string | RegExp): Promise<void> {
    const wanted = typeof text === 'string' ? text.toLowerCase() : text;
    await eventually(
      `the text ${text}`,
      () => this.tab.evaluate(() => document.body.innerText),
      (shown) => (typeof wanted === 'string' ? shown.toLowerCase().includes(wanted) : wanted.test(shown)),
    );
  }

  firstField(): Promise<string> {
    return this.tab.evaluate(
      () => document.querySelector<HTMLInputElement | HTMLTextAreaElement>('input, textarea')?.value ?? '',
    );
  }
}

function exactly(name: string | RegExp): RegExp {
  return typeof name === 'string' ? new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : name;
}

/** The type of a separator, a constant of the browser's own window. */
const TYPE_SEPARATOR = 3;

function bookmarkOf(item: PlacesTreeItem): Bookmark {
  const { guid, parentGuid, index, title = '', typeCode, uri, children } = item;
  return {
    id: guid,
    parentId: parentGuid,
    index,
    title,
    ...(uri === undefined ? {} : { url: uri }),
    ...(typeCode === TYPE_SEPARATOR ? { separator: true } : {}),
    ...(children === undefined ? {} : { children: children.map(bookmarkOf) }),
  };
}
