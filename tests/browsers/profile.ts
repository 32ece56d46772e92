/**
 * One person's browser with the built extension, and the person's own hand in it.
 *
 * The rule: what a person does is done from the browser's own side (Chromium's bookmark manager, Firefox's window),
 * never from inside the extension, so that a test holds whether or not the extension's background is awake.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Answer, AppState, Ask, CommandName, Outcome } from '../../extension/src/messages';

export type BrowserName = 'chromium' | 'firefox';

export interface Bookmark {
  id: string;
  parentId?: string;
  index?: number;
  title: string;
  url?: string;
  separator?: true;
  children?: Bookmark[];
}

/** What two browsers must agree on; native ids are nobody's business. */
export type Shape = readonly [title: string, url: string | null, children: readonly Shape[]];

/** How a separator is seen among shapes; Chromium has none. */
export const SEPARATOR: Shape = ['———', null, []];

export function shapeOf({ title, url, separator, children = [] }: Bookmark): Shape {
  return separator ? SEPARATOR : [title, url ?? null, children.map(shapeOf)];
}

export interface LaunchOptions {
  /** A profile folder to come back to; without it a fresh one is made. */
  folder?: string;
  headless?: boolean;
  colorScheme?: 'light' | 'dark';
}

/** The popup as a person has it open: known by what it shows, and acted upon by mouse and keyboard. */
export interface Screen {
  press(name: string | RegExp, role?: 'button' | 'menuitem'): Promise<void>;
  type(label: string, text: string): Promise<void>;
  /** Waits until the text is there to be read. */
  see(text: string | RegExp): Promise<void>;
  /** What the first text field holds. */
  firstField(): Promise<string>;
}

/** A page of the extension, in which a test runs code of its own. */
export interface Inside {
  evaluate<A extends unknown[], R>(task: (...args: A) => R | Promise<R>, ...args: A): Promise<R>;
  close(): Promise<unknown>;
}

export abstract class Profile {
  abstract readonly browser: BrowserName;
  /** The ids of the browser's own two folders, the same in every profile. */
  abstract readonly bar: string;
  abstract readonly other: string;

  // What a person does.

  abstract create(node: { parentId: string; title: string; url?: string; index?: number }): Promise<Bookmark>;
  /** `index`: where it stands when all is done, in either browser; the end without one. */
  abstract move(id: string, to: { parentId?: string; index?: number }): Promise<void>;
  abstract update(id: string, changes: { title?: string; url?: string }): Promise<void>;
  /** A folder goes with everything in it. */
  abstract remove(id: string): Promise<void>;
  /** Takes back what was removed last. */
  abstract undo(): Promise<void>;
  abstract paste(ids: readonly string[], intoFolder: string): Promise<void>;
  abstract sortByName(folder: string): Promise<void>;

  // What a person sees.

  abstract subtree(id: string): Promise<Bookmark>;
  /** Bookmarks and folders of this title anywhere, in no order to rely on. */
  abstract search(title: string): Promise<Bookmark[]>;
  /** When a bookmark was changed, in milliseconds since the epoch, for every change since this was first called. */
  abstract changes(): Promise<readonly number[]>;
  /** The popup, as a page: a browser without a screen opens no popup windows. */
  abstract popup(): Promise<Screen>;

  async folders(title: string): Promise<Bookmark[]> {
    return (await this.search(title)).filter((node) => node.url === undefined);
  }

  // What happens to a browser.

  /** Ends the extension's background as the browser does when it has been idle. */
  abstract stopWorker(): Promise<void>;
  /** Deletes every IndexedDB database of the extension, as a browser short of space does. */
  abstract forgetDatabases(): Promise<void>;
  /** Ends the browser and starts it again on the same profile. */
  abstract restart(how: 'close' | 'SIGKILL'): Promise<Profile>;
  /** Ends the browser for good and forgets its profile. */
  abstract close(): Promise<void>;

  // What the popup would say and see, without clicking through it.

  abstract inside(): Promise<Inside>;

  private async once<A extends unknown[], R>(task: (...args: A) => R | Promise<R>, ...args: A): Promise<R> {
    const page = await this.inside();
    try {
      return await page.evaluate(task, ...args);
    } finally {
      await page.close();
    }
  }

  async ask<Name extends CommandName>(command: Name, ask: Ask<Name>): Promise<Answer<Name>> {
    const outcome = await this.once(
      (message) => chrome.runtime.sendMessage<unknown, Outcome<Answer<Name>>>(message),
      { command, ask },
    );
    if (!outcome.ok) throw new Error(`${command}: ${outcome.problem.code} ${outcome.problem.detail}`);
    return outcome.value;
  }

  state(): Promise<AppState> {
    return this.once(
      (name) =>
        new Promise<AppState>((resolve) => {
          const port = chrome.runtime.connect({ name });
          port.onMessage.addListener((state: AppState) => {
            port.disconnect();
            resolve(state);
          });
        }),
      'state',
    );
  }
}

/** Where a browser's build of the extension stands. Throws when it was not built. */
export function extension(build: 'chrome-mv3' | 'firefox-mv3'): string {
  const folder = resolve(import.meta.dirname, '../../extension/dist', build);
  if (!existsSync(join(folder, 'manifest.json'))) throw new Error('The extension is not built: make build');
  return folder;
}
