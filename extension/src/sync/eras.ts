/**
 * What a browser may have forgotten.
 *
 * A bookmark write is answered long before it is on the disk: a Chromium that is killed comes back without the last
 * seconds of its bookmarks (it writes the file 2.5 s after a change), while IndexedDB comes back with all of them. Read
 * naively, that is a user who deleted everything new and undid every change. So rows carry the era they were written
 * in; an era is safe when it ended long enough ago; and when the browser itself was started anew, rows of eras that were
 * not safe yet are in doubt: where the browser disagrees with them, it is the browser that is brought back.
 */

/** How long an era lasts, milliseconds; well over what any browser waits before it writes its bookmarks. */
export const ERA_MS = 10_000;

export interface Eras {
  /** The era rows are written in now. */
  readonly era: number;
  /** Everything up to this era is on the disk. */
  readonly safe: number;
  /** Rows with above < era <= upTo are in doubt. */
  readonly doubt: { readonly above: number; readonly upTo: number } | null;
}

export const FIRST_ERA: Eras = { era: 1, safe: 0, doubt: null };

/** The browser was started anew. Doubt that was not resolved in its last run stays. */
export function restarted({ era, safe, doubt }: Eras): Eras {
  return { era: era + 1, safe, doubt: { above: Math.min(safe, doubt?.above ?? safe), upTo: era } };
}

/** ERA_MS have gone by in this era. */
export function ended({ era, doubt }: Eras): Eras {
  return { era: era + 1, safe: era - 1, doubt };
}

export function inDoubt({ doubt }: Eras, row: { readonly era: number }): boolean {
  return doubt !== null && doubt.above < row.era && row.era <= doubt.upTo;
}
