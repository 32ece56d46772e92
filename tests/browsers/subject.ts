/**
 * A browser's bookmarks as an object of study: calls of the API, a person's own doings, and all that is told of them in
 * the order in which it is told. Three kinds, for one script: Chromium, Firefox, and the fake in either's dialect.
 */
import type { BookmarksApi } from '../../extension/src/browser/bookmarks';
import { type Connection, FakeBookmarks } from '../../extension/tests/fake-bookmarks';
import type { Dialect } from '../../extension/tests/fake-tree';
import { World } from '../../extension/tests/world';
import type { Inside, Profile } from './profile';

const EVENTS = ['onCreated', 'onChanged', 'onMoved', 'onRemoved', 'onChildrenReordered'] as const;

export type Method = Exclude<keyof BookmarksApi, `on${string}`>;
/** An event and its arguments, or `answer` and its value, or `refused`. */
export type Told = readonly [name: string, ...args: unknown[]];

export interface Subject {
  readonly dialect: Dialect;
  call(method: Method, ...args: unknown[]): Promise<Told[]>;
  /** What a person does, by the browser's own means. */
  removeAndUndo(id: string): Promise<Told[]>;
  sortByName(folder: string): Promise<Told[]>;
  paste(id: string, intoFolder: string): Promise<Told[]>;
}

export class FakeSubject implements Subject {
  private readonly world = new World(1);
  private readonly browser: FakeBookmarks;
  private readonly connection: Connection;
  private readonly heard: Told[] = [];

  constructor(readonly dialect: Dialect) {
    this.browser = new FakeBookmarks(dialect, this.world);
    this.connection = this.browser.connect();
    for (const name of EVENTS) {
      const event = this.connection.api[name] as
        | { addListener(listener: (...args: unknown[]) => void): void }
        | undefined;
      event?.addListener((...args) => this.heard.push([name, ...args]));
    }
  }

  async call(method: Method, ...args: unknown[]): Promise<Told[]> {
    const called = this.connection.api[method] as (...args: unknown[]) => Promise<unknown>;
    called(...args).then(
      (value) => this.heard.push(['answer', value]),
      () => this.heard.push(['refused']),
    );
    await this.world.pass(100);
    return this.told();
  }

  async removeAndUndo(id: string): Promise<Told[]> {
    this.browser.userRemove(id);
    this.browser.userUndo();
    return this.told();
  }

  async sortByName(folder: string): Promise<Told[]> {
    this.browser.userSort(folder);
    return this.told();
  }

  async paste(id: string, intoFolder: string): Promise<Told[]> {
    this.browser.userCopy(id, intoFolder);
    return this.told();
  }

  /** In the form in which it would come out of a page. */
  private told(): Told[] {
    return JSON.parse(JSON.stringify(this.heard.splice(0))) as Told[];
  }
}

/** In the page of the extension that listens. */
interface Listening {
  heard: unknown[][];
}

export class RealSubject implements Subject {
  readonly dialect: Dialect;

  private constructor(
    private readonly profile: Profile,
    private readonly page: Inside,
  ) {
    this.dialect = profile.browser;
  }

  static async in(profile: Profile): Promise<RealSubject> {
    const page = await profile.inside();
    await page.evaluate((names) => {
      const listening = window as unknown as Listening;
      listening.heard = [];
      for (const name of names) {
        const event = chrome.bookmarks[name] as
          | { addListener(listener: (...args: unknown[]) => void): void }
          | undefined;
        event?.addListener((...args) => listening.heard.push([name, ...args]));
      }
    }, EVENTS);
    return new RealSubject(profile, page);
  }

  async call(method: Method, ...args: unknown[]): Promise<Told[]> {
    await this.page.evaluate(
      async (name, json) => {
        const { heard } = window as unknown as Listening;
        const called = chrome.bookmarks[name] as unknown as (...args: unknown[]) => Promise<unknown>;
        try {
          heard.push(['answer', await called(...JSON.parse(json))]);
        } catch {
          heard.push(['refused']);
        }
      },
      method,
      JSON.stringify(args),
    );
    return this.told();
  }

  async removeAndUndo(id: string): Promise<Told[]> {
    await this.profile.remove(id);
    // At once: a fence would be what is undone.
    await this.profile.undo();
    return this.told();
  }

  async sortByName(folder: string): Promise<Told[]> {
    await this.profile.sortByName(folder);
    return this.told();
  }

  async paste(id: string, intoFolder: string): Promise<Told[]> {
    await this.profile.paste([id], intoFolder);
    return this.told();
  }

  /** Events come in the order of what happened, so that who has heard of a fence has heard of all before it. */
  private async told(): Promise<Told[]> {
    const told = await this.page.evaluate(async (parentId) => {
      const { heard } = window as unknown as Listening;
      const fence = await chrome.bookmarks.create({ parentId, title: 'fence' });
      const until = heard.findIndex(([, id]) => id === fence.id);
      if (until < 0) throw new Error('an answer came before its event');
      return JSON.stringify(heard.splice(0, until + 1).slice(0, -1));
    }, this.profile.other);
    return JSON.parse(told) as Told[];
  }
}
