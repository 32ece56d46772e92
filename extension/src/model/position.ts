/**
 * Positions among siblings: text keys in base 62, between any two of which there is always another.
 *
 * A key is a whole number whose first letter tells its length (`a0`, `a1` … `az`, `b00`; backwards `Zz`, `Zy`), so
 * appending and prepending stay short, followed by whatever was needed to get in between, followed by random digits, so
 * that two people who insert at the same spot get different keys. No key ends in `0`: nothing would fit before it.
 */
import { isPosition } from './encoding';
import type { Random } from './ids';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = DIGITS.length;
const JITTER = 3;

/** Longer keys than this mean that their folder wants `spread`. UTF-16 units. */
export const LONG_KEY = 48;

/** A fresh key with left < key < right; `null` is the open end. Both must be valid and in order. */
export function keyBetween(left: string | null, right: string | null, random: Random): string {
  return between(left, right) + jitter(random);
}

/**
 * The n-th key (from 1) of a batch whose first key is `prefix`. The whole batch stays together whatever others insert
 * at the same spot meanwhile, because they do not share its random prefix.
 */
export function keyInRun(prefix: string, n: number): string {
  return prefix + wholeNumber(n + Math.floor((n - 1) / (BASE - 1))); // skipping those that end in 0
}

/** `count` keys in order, short again, for all children of a folder. */
export function spread(count: number, random: Random): string[] {
  return Array.from({ length: count }, (_, i) => wholeNumber(i) + jitter(random));
}

/** left < result < right, even with any digits appended to the result. */
function between(left: string | null, right: string | null): string {
  const whole = right === null ? (left === null ? 'a0' : next(left)) : left === null ? previous(right) : null;
  return whole ?? midpoint(left ?? '', right);
}

/** Works for keys of any form: a hostile neighbour need not start with a whole number. */
function midpoint(left: string, right: string | null): string {
  let bound = right;
  let result = '';
  for (let i = 0; ; i++) {
    const low = i < left.length ? digit(left, i) : 0;
    const high = bound === null ? BASE : digit(bound, i);
    // Past the end of `left` its own next digit will do: what is appended makes the result greater.
    const from = i < left.length ? low + 1 : low;
    if (from < high) return result + DIGITS[(from + high) >> 1];
    result += DIGITS[low];
    if (low < high) bound = null;
  }
}

function digit(key: string, i: number): number {
  return DIGITS.indexOf(key[i] as string);
}

function jitter(random: Random): string {
  const bytes = [...random(new Uint8Array(JITTER))];
  return bytes.map((byte, i) => DIGITS[i < JITTER - 1 ? byte % BASE : 1 + (byte % (BASE - 1))]).join('');
}

function wholeNumber(n: number): string {
  let rest = n;
  let length = 1;
  for (let count = BASE; rest >= count; count *= BASE) {
    rest -= count;
    length++;
  }
  let digits = '';
  for (let i = 0; i < length; i++) {
    digits = DIGITS[rest % BASE] + digits;
    rest = Math.floor(rest / BASE);
  }
  return String.fromCharCode(A + length - 1) + digits;
}

const [A, Z, CAPITAL_A, CAPITAL_Z] = [97, 122, 65, 90];

/** The number of digits after the head letter; `null` when it is no head. */
function digitsAfter(head: number): number | null {
  if (head >= A && head <= Z) return head - A + 1;
  if (head >= CAPITAL_A && head <= CAPITAL_Z) return CAPITAL_Z - head + 1;
  return null;
}

/** The whole number a key starts with, if it does. */
function wholePart(key: string): { head: number; digits: string } | null {
  const head = key.charCodeAt(0);
  const length = digitsAfter(head);
  if (length === null || key.length <= length) return null;
  return { head, digits: key.slice(1, 1 + length) };
}

function next(key: string): string | null {
  const whole = wholePart(key);
  if (whole === null) return null;
  const counted = step(whole.digits, 1);
  if (counted !== null) return String.fromCharCode(whole.head) + counted;
  if (whole.head === Z) return null;
  const head = whole.head === CAPITAL_Z ? A : whole.head + 1;
  return String.fromCharCode(head) + DIGITS[0]?.repeat(digitsAfter(head) as number);
}

function previous(key: string): string | null {
  const whole = wholePart(key);
  if (whole === null) return null;
  const counted = step(whole.digits, -1);
  if (counted !== null) return String.fromCharCode(whole.head) + counted;
  if (whole.head === CAPITAL_A) return null;
  const head = whole.head === A ? CAPITAL_Z : whole.head - 1;
  return String.fromCharCode(head) + DIGITS[BASE - 1]?.repeat(digitsAfter(head) as number);
}

/** The digits counted one up or down; `null` when they overflow. */
function step(digits: string, by: 1 | -1): string | null {
  const [last, wrapped] = by === 1 ? [BASE - 1, 0] : [0, BASE - 1];
  let result = '';
  for (let i = digits.length - 1; i >= 0; i--) {
    const d = digit(digits, i);
    if (d !== last) return digits.slice(0, i) + DIGITS[d + by] + result;
    result = DIGITS[wrapped] + result;
  }
  return null;
}

/** Whether a key may stand between its neighbours. */
export function fits(left: string | null, key: string, right: string | null): boolean {
  return isPosition(key) && (left === null || left < key) && (right === null || key < right);
}
