/** The small rules the bridge is built on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chromium, firefox } from '../src/browser/dialects';
import { Policy } from '../src/model/policy';
import { ended, FIRST_ERA, inDoubt, restarted } from '../src/sync/eras';
import { suspicious } from '../src/sync/guard';
import { longestRising } from '../src/sync/sequence';
import { FakeBookmarks } from './fake-bookmarks';
import { World } from './world';

test('a longest rising run rises, and none is longer', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(30), { maxLength: 9 }), (values) => {
      const run = [...longestRising(values)].sort((a, b) => a - b).map((at) => values[at] as number);
      expect(run).toEqual(run.toSorted((a, b) => a - b));
      let longest = 0;
      for (let choice = 0; choice < 2 ** values.length; choice++) {
        const some = values.filter((_, at) => choice & (1 << at));
        if (some.every((value, at) => at === 0 || (some[at - 1] as number) < value)) {
          longest = Math.max(longest, some.length);
        }
      }
      expect(run.length).toBe(longest);
    }),
  );
});

test.each([
  [19, 20, false],
  [20, 99, true],
  [20, 100, false],
  [200, 10_000, false],
  [201, 10_000, true],
])('%i gone of %i known is suspicious: %s', (gone, known, expected) => {
  expect(suspicious(gone, known)).toBe(expected);
});

test('only web addresses, and what an organization adds, may become native', () => {
  const policy = new Policy(['FTP']);
  for (const url of ['http://a.example/', 'HTTPS://a.example/', 'ftp://a.example/'])
    expect(policy.allows(url)).toBe(true);
  for (const url of [
    'javascript:x',
    'java\tscript:x',
    ' http://a/',
    'data:,x',
    'file:///x',
    '//a.example/',
    '',
  ]) {
    expect(policy.allows(url)).toBe(false);
  }
});

test('what was written in an era that ended long enough before a restart is not in doubt', () => {
  let eras = FIRST_ERA;
  const first = { era: eras.era };
  eras = ended(eras);
  const second = { era: eras.era };
  eras = ended(eras);
  const third = { era: eras.era };
  expect([first, second, third].map((row) => inDoubt(eras, row))).toEqual([false, false, false]);
  eras = restarted(eras);
  expect([first, second, third].map((row) => inDoubt(eras, row))).toEqual([false, true, true]);
  expect(inDoubt(eras, { era: eras.era })).toBe(false);
  eras = restarted(eras);
  expect([first, second, third].map((row) => inDoubt(eras, row))).toEqual([false, true, true]);
});

test.each([chromium, firefox])('what $name makes of titles and addresses is foreseen', (dialect) => {
  const browser = new FakeBookmarks(dialect.name, new World(1));
  const urls = [
    'HTTP://EXAMPLE.com:80',
    'https://1.2.3/%7e ü?q#h',
    'https://日本.jp',
    'about:config',
    'tel:123',
    'not a url',
  ];
  for (const url of urls) {
    const expected = dialect.url(url);
    if (expected === null) expect(() => browser.userCreate(browser.bar, { url })).toThrow();
    else expect(browser.node(browser.userCreate(browser.bar, { url })).url).toBe(expected);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (title) => {
      expect(browser.node(browser.userCreate(browser.bar, { title })).title).toBe(dialect.title(title));
    }),
  );
});
