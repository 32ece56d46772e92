import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPosition } from '../src/model/encoding';
import { fits, keyBetween, keyInRun, LONG_KEY, spread } from '../src/model/position';
import { seeded } from './history';

const DIGITS = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
/** Any position a reader accepts, also such as no writer of ours would write. */
const position = fc
  .tuple(
    fc.array(fc.constantFrom(...'00zZaA19', ...DIGITS), { maxLength: 30 }),
    fc.constantFrom(...DIGITS.filter((digit) => digit !== '0')),
  )
  .map(([head, last]) => [...head, last].join(''));
const seed = fc.integer().map(seeded);

describe('a key between two', () => {
  test('is between them, whatever they are', () => {
    fc.assert(
      fc.property(position, position, seed, (a, b, random) => {
        fc.pre(a !== b);
        const [left, right] = a < b ? [a, b] : [b, a];
        expect(fits(left, keyBetween(left, right, random), right)).toBe(true);
        expect(fits(null, keyBetween(null, left, random), left)).toBe(true);
        expect(fits(right, keyBetween(right, null, random), null)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each(['1', '01', '0000000000001', 'A1', `A${'0'.repeat(26)}1`, 'a01', 'Zz1'])(
    'stands before %s',
    (key) => {
      expect(fits(null, keyBetween(null, key, seeded(1)), key)).toBe(true);
    },
  );

  test.each(['z', 'zz', `z${'z'.repeat(40)}`, 'Zz', 'az', 'bzz', '9', 'a1'])('stands behind %s', (key) => {
    expect(fits(key, keyBetween(key, null, seeded(1)), null)).toBe(true);
  });

  test('stays short when everything is appended, or everything prepended', () => {
    const random = seeded(7);
    let [first, last] = [keyBetween(null, null, random), keyBetween(null, null, random)];
    for (let i = 0; i < 500; i++) {
      last = keyBetween(last, null, random);
      first = keyBetween(null, first, random);
    }
    expect(last.length).toBeLessThanOrEqual(7);
    expect(first.length).toBeLessThanOrEqual(7);
  });

  test('differs between two people who insert at the same spot', () => {
    expect(keyBetween('a1', 'a2', seeded(1))).not.toBe(keyBetween('a1', 'a2', seeded(2)));
  });
});

describe('a batch', () => {
  test('stays together and in order, before what was to the right of it', () => {
    fc.assert(
      fc.property(position, position, seed, (a, b, random) => {
        fc.pre(a !== b);
        const [left, right] = a < b ? [a, b] : [b, a];
        let before = keyBetween(left, right, random);
        const prefix = before;
        for (const n of [1, 2, 60, 61, 62, 63, 122, 3_843, 3_844, 100_000]) {
          const key = keyInRun(prefix, n);
          expect(fits(before, key, right)).toBe(true);
          expect(key.startsWith(prefix)).toBe(true);
          before = key;
        }
      }),
    );
  });

  test('gives 10 000 keys in order that are all valid', () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => keyInRun('a0aaa', i + 1));
    expect(keys.every(isPosition)).toBe(true);
    expect(keys).toEqual([...new Set(keys)].sort());
  });
});

test('spreading gives short keys in order', () => {
  const keys = spread(10_000, seeded(3));
  expect(keys).toEqual([...new Set(keys)].sort());
  expect(keys.every((key) => isPosition(key) && key.length < LONG_KEY / 4)).toBe(true);
});
