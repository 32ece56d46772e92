/** Values that survive the worker, each under its own key of `storage.local`. */

import { browser } from 'wxt/browser';
import type { Slot } from '../hub/credentials';

export function slot<T>(key: string): Slot<T> {
  return {
    read: async () => (await browser.storage.local.get(key))[key] as T | undefined,
    write: (value) =>
      value === undefined ? browser.storage.local.remove(key) : browser.storage.local.set({ [key]: value }),
  };
}

/** A text that is the same until the browser is started anew. */
export async function browserRun(): Promise<string> {
  const key = 'browser-run';
  const known = (await browser.storage.session.get(key))[key];
  if (typeof known === 'string') return known;
  const fresh = crypto.randomUUID();
  await browser.storage.session.set({ [key]: fresh });
  return fresh;
}
