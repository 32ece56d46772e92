/** How the person wants it to look and in which language, in this browser; kept in it, and the same on every page. */

import { browser } from 'wxt/browser';
import type { Language } from '../components/text';
import { slot } from './storage';

export interface Preferences {
  /** Null: as the browser has it. */
  theme: 'light' | 'dark' | null;
  density: 'comfortable' | 'compact';
  /** Null: the browser's. */
  language: Language | null;
}

const KEY = 'preferences';
export const UNTOUCHED: Preferences = { theme: null, density: 'comfortable', language: null };
const kept = slot<Partial<Preferences>>(KEY);

export async function preferences(): Promise<Preferences> {
  return { ...UNTOUCHED, ...(await kept.read()) };
}

export async function prefer(change: Partial<Preferences>): Promise<void> {
  await kept.write({ ...(await kept.read()), ...change });
}

/** Tells of every change, on whichever page it was made. */
export function onPreferences(changed: (now: Preferences) => void): void {
  browser.storage.onChanged.addListener((changes, area) => {
    if (area === 'local' && KEY in changes) void preferences().then(changed);
  });
}
