/** Showing a native folder to the person. */

import { browser } from 'wxt/browser';
import type { NativeId } from '../model/ids';
import type { Bookmarks } from './bookmarks';

/**
 * The titles from the browser's own folder down to this one, empty where it is no more. Chromium also opens its
 * bookmark manager there; Firefox lets no extension open its own.
 */
export async function showFolder(bookmarks: Bookmarks, folder: NativeId): Promise<string[]> {
  const path: string[] = [];
  for (let at = folder; at; ) {
    const [node] = (await bookmarks.get(at)) ?? [];
    if (!node) break;
    // The root of all has no title.
    if (node.title !== '' || path.length === 0) path.unshift(node.title);
    at = node.parent;
  }
  if (path.length > 0 && !import.meta.env.FIREFOX)
    await browser.tabs.create({ url: `chrome://bookmarks/?id=${folder}` });
  return path;
}
