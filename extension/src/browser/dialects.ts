/**
 * What each browser makes of titles and addresses.
 *
 * Measured in Chromium 156 and Firefox 153. The forms are only predictions, used to know our own writes again; what a
 * browser really answered is what goes into the shadow.
 */
import type { Dialect } from '../model/native';
import { wellFormed } from '../model/text';

export interface BrowserDialect extends Dialect {
  readonly name: 'chromium' | 'firefox';
  /** `move` to a later place in the same folder counts the node's own place, so the index is one higher. */
  readonly countsBeforeRemoval: boolean;
}

const FIREFOX_MAX_TITLE = 4_096;
const FIREFOX_MAX_URL = 65_536;

function href(url: string): string | null {
  // An empty address would make Chromium create a folder.
  return URL.canParse(url) ? new URL(url).href : null;
}

export const chromium: BrowserDialect = {
  name: 'chromium',
  separators: false,
  countsBeforeRemoval: true,
  title: (title) => wellFormed(title).replace(/[\n\r\t\u2028\u2029]/g, ' '),
  url(url) {
    const form = href(url);
    if (form === null) return null;
    // Its address bar's repairs are made here too.
    if (form.startsWith('tel:')) return href(`http://${form}`);
    return form.startsWith('about:') && form !== 'about:blank'
      ? `chrome://${form.slice('about:'.length)}/`
      : form;
  },
};

export const firefox: BrowserDialect = {
  name: 'firefox',
  separators: true,
  countsBeforeRemoval: false,
  title: (title) => wellFormed(wellFormed(title).slice(0, FIREFOX_MAX_TITLE)),
  url(url) {
    const form = href(url);
    return form !== null && form.length <= FIREFOX_MAX_URL ? form : null;
  },
};
