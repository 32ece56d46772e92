/**
 * The background worker: wiring only. Every listener is registered while the script first runs, because the browser
 * wakes a sleeping worker only for listeners it finds at that moment.
 */

import { type Browser, browser } from 'wxt/browser';
import { defineBackground } from 'wxt/utils/define-background';
import { App, type Directories, type Pasted } from '../background/app';
import { Bridge } from '../background/bridge';
import { Commands } from '../background/commands';
import { Folders } from '../background/folders';
import { badge } from '../background/state';
import { IndexedDbStore } from '../background/store';
import { Bookmarks, type BookmarksApi } from '../browser/bookmarks';
import { device } from '../browser/device';
import { chromium, firefox } from '../browser/dialects';
import { showFolder } from '../browser/manager';
import { onPreferences, preferences } from '../browser/preferences';
import { browserRun, slot } from '../browser/storage';
import { show } from '../browser/toolbar';
import { speak, t } from '../components/text';
import type { Tokens } from '../hub/credentials';
import type { Wire } from '../hub/socket';
import { type CommandMessage, STATE_PORT } from '../messages';
import { Policy } from '../model/policy';

const TICK = 'tick';
/** A burst of changes is shown once. */
const SHOW_AFTER_MS = 40;

export default defineBackground({
  type: 'module',
  main() {
    const listening = new Set<Browser.runtime.Port>();
    const bookmarks = new Bookmarks(
      browser.bookmarks as BookmarksApi,
      import.meta.env.FIREFOX ? firefox : chromium,
    );
    const markers = slot<Readonly<Record<string, string>>>('folders');
    const kept = Promise.all([
      IndexedDbStore.open(),
      Folders.open({ read: async () => (await markers.read()) ?? {}, write: markers.write }),
      browserRun(),
    ]);
    const policy = new Policy();
    const spoken = preferences().then(({ language }) => speak(language));
    const after = (ms: number, action: () => void) => {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    };

    let showing = false;
    const changed = () => {
      if (showing) return;
      showing = true;
      setTimeout(async () => {
        showing = false;
        // Half of a state is not one: teams that are not yet opened would look like teams that are gone.
        await Promise.all([app.start(), spoken]);
        const state = app.state();
        const mark = badge(state);
        show(
          mark,
          mark
            ? `${t('extensionName')}: ${t(mark.tone === 'needed' ? 'badgeNeeded' : 'badgeAway')}`
            : t('extensionName'),
        );
        for (const port of listening) port.postMessage(state);
        void app.teams.rememberWaiting();
      }, SHOW_AFTER_MS);
    };

    const app = new App({
      version: browser.runtime.getManifest().version,
      slots: {
        hub: slot<string>('hub'),
        tokens: slot<Tokens>('tokens'),
        directories: slot<Directories>('directories'),
        waiting: slot<Record<string, number>>('waiting'),
        pasted: slot<Pasted>('pasted'),
        sessionEnded: slot<boolean>('session-ended'),
      },
      fetch: (url, init) => fetch(url, init),
      dial: (url) => new WebSocket(url) as Wire,
      openBridge: async (options) => {
        const [store, folders, run] = await kept;
        return Bridge.open({
          ...options,
          bookmarks,
          folders,
          store,
          policy,
          browserRun: run,
          random: (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>),
          now: Date.now,
          delay: after,
        });
      },
      timers: { after },
      now: Date.now,
      random: Math.random,
      beat: () => void browser.runtime.getPlatformInfo(),
      changed,
      keepWaking: (wanted) => void keepWaking(wanted),
    });
    const commands = new Commands(app, {
      device: device(),
      opens: (url) => policy.allows(url),
      addTo: async (parent, title, url) => {
        const standing = await bookmarks.contents(parent);
        if (standing === null) return false;
        const kind = url === null ? 'f' : 'b';
        await bookmarks.create({ parent, index: standing.length, kind, title, url: url ?? '' });
        return true;
      },
      showFolder: (folder) => showFolder(bookmarks, folder),
    });

    bookmarks.onTouched((hint) => app.teams.touched(hint));
    browser.alarms.onAlarm.addListener(() => void app.wake());
    browser.runtime.onStartup.addListener(() => void app.wake());
    browser.runtime.onInstalled.addListener(() => void app.wake());
    browser.runtime.onConnect.addListener((port) => {
      if (port.name !== STATE_PORT) return;
      listening.add(port);
      port.onDisconnect.addListener(() => listening.delete(port));
      void app.start().then(() => {
        if (listening.has(port)) port.postMessage(app.state());
        void app.wake();
      });
    });
    browser.runtime.onMessage.addListener((message: CommandMessage, _sender, answer) => {
      void commands.answer(message).then(answer);
      // The answer comes later.
      return true;
    });
    onPreferences(({ language }) => void speak(language).then(changed));
    addEventListener('online', () => void app.wake());
    void app.start();
  },
});

/** Firefox forgets alarms when it ends, so this is said at every start. */
async function keepWaking(wanted: boolean): Promise<void> {
  if (!wanted) await browser.alarms.clear(TICK);
  else if (!(await browser.alarms.get(TICK))) await browser.alarms.create(TICK, { periodInMinutes: 0.5 });
}
