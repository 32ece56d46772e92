/**
 * How a node is written: an immutable birth record in `n`, and one override each for place, title and url.
 *
 * A reader takes an entry whole or not at all, never repairs it and never throws: a bad override falls back to the
 * birth value, a bad birth is no node.
 */
import { isNodeId, type NodeId, ROOT } from './ids';

/** Folder, bookmark, separator. */
export type Kind = 'f' | 'b' | 's';

/** Position and parent in one register, so that no reader sees a pair that nobody wrote. */
export interface Place {
  readonly pos: string;
  /** Where it was put, then where it was before, newest first; one to three. */
  readonly parents: readonly [NodeId, ...NodeId[]];
}

export interface Birth {
  readonly kind: Kind;
  readonly place: Place;
  readonly title: string;
  readonly url: string;
}

const POSITION = /^[0-9A-Za-z]{0,255}[1-9A-Za-z]$/;
/** UTF-16 units, words that are ignored included. */
const MAX_PLACE = 512;

export function isPosition(value: string): boolean {
  return POSITION.test(value);
}

/** `pos parent [previous [older]]`; words from the fifth on are ignored, any other bad word spoils the whole. */
export function readPlace(value: unknown): Place | undefined {
  if (typeof value !== 'string' || value.length > MAX_PLACE) return undefined;
  const [pos = '', parent, ...before] = value.split(' ', 4);
  if (!isPosition(pos) || parent === undefined || !isParent(parent)) return undefined;
  return before.every(isParent) ? { pos, parents: [parent, ...before] } : undefined;
}

export function formatPlace(place: Place): string {
  return [place.pos, ...place.parents].join(' ');
}

function isParent(word: string): word is NodeId {
  return word === ROOT || isNodeId(word);
}

/** `[kind, place, title, url, meta, …]`, all strings. A folder may stop after the title, a separator after the place. */
export function readBirth(value: unknown): Birth | undefined {
  if (!Array.isArray(value) || value.length < 2) return undefined;
  if (!value.every((element) => typeof element === 'string')) return undefined;
  const [kinds, written, title = '', url = ''] = value as string[];
  const kind = (kinds as string).split(' ', 1)[0];
  const place = readPlace(written);
  if (place === undefined || (kind !== 'f' && kind !== 'b' && kind !== 's')) return undefined;
  return { kind, place, title, url };
}

/** The place in force. A override keeps the parent it was born under as its last resort. */
export function effectivePlace(birth: Birth, override: unknown): Place {
  const place = readPlace(override);
  if (place === undefined) return birth.place;
  const [home] = birth.place.parents;
  if (place.parents.includes(home)) return place;
  const [parent, ...before] = place.parents;
  return { pos: place.pos, parents: [parent, ...before.slice(0, 1), home] };
}
