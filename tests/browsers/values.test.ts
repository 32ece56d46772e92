/** What one browser can hold and another cannot, or holds in a form of its own. */
import { expect } from 'vitest';
import { eventually } from '../support/eventually';
import { it } from './case';
import { FirefoxProfile } from './firefox';
import { SEPARATOR } from './profile';
import { titles } from './world';

it('T07 a separator stands in Firefox alone, and stays where it is when Chromium puts the rest in order', async ({
  ann,
  bob,
  start,
}) => {
  const folder = await start('T07', 'x', 'y', 'z');
  const at = (browser: string) => {
    const found = [ann, bob].find(({ profile }) => profile.browser === browser);
    if (!found) throw new Error(`nobody is at ${browser}`);
    return found;
  };
  const [cr, fx] = [at('chromium'), at('firefox')];
  await FirefoxProfile.of(fx.profile).createSeparator({ parentId: (await folder.native(fx)).id, index: 1 });
  const between = await folder.converge('the separator', (s) => s.length === 4);
  expect(titles(between.shape)).toEqual(['x', SEPARATOR[0], 'y', 'z']);
  await cr.profile.move((await folder.find(cr, 'z')).id, { index: 0 });
  const { shape } = await folder.converge('z at the front', (s) => s[0]?.[0] === 'z');
  expect(titles(shape)).toEqual(['z', 'x', SEPARATOR[0], 'y']);
  await folder.quiet();
});

it('T08 titles of every kind arrive byte for byte', async ({ ann, start }) => {
  const folder = await start('T08');
  const parentId = (await folder.native(ann)).id;
  const odd = ['', 'naïve café', 'שלום עולם', '🗂️ 𝒯eam', '👩‍👩‍👧‍👦 family', '  spaces  ', '‮reversed'];
  for (const [i, title] of odd.entries())
    await ann.profile.create({ parentId, title, url: `https://example.com/${i}` });
  const { shape } = await folder.converge('all titles', (s) => s.length === odd.length);
  expect(titles(shape)).toEqual(odd);
  await folder.quiet();
});

it('T09 what a browser normalises is never written back', async ({ ann, bob, start }) => {
  const folder = await start('T09');
  const written = ['b', 'a1 root', 'a\tb\nc', 'HTTP://EXAMPLE.com:80'];
  folder.document.getMap('n').set('fromTheWeb01', written);
  for (const member of [ann, bob])
    expect(
      await eventually(
        'the native bookmark',
        async () => (await folder.contents(member))[0],
        (s) => s !== undefined,
      ),
    ).toEqual([member.profile.browser === 'firefox' ? 'a\tb\nc' : 'a b c', 'http://example.com/', []]);
  await folder.quiet();
  expect(folder.document.getMap('n').get('fromTheWeb01')).toEqual(written);
  expect(folder.document.getMap('t').size + folder.document.getMap('u').size).toBe(0);
});

it('T14 what Firefox cuts from a title, be it through a character, stays in the document', async ({
  ann,
  bob,
  start,
}) => {
  const folder = await start('T14');
  const written = ['b', 'a1 root', `${'x'.repeat(4_095)}👩 and more`, 'https://example.com/'];
  folder.document.getMap('n').set('fromTheWeb02', written);
  for (const member of [ann, bob]) {
    const wanted = member.profile.browser === 'firefox' ? `${'x'.repeat(4_095)}\ufffd` : written[2];
    await eventually('the native title', async () => (await folder.contents(member))[0]?.[0] === wanted);
  }
  await folder.quiet();
  expect(folder.document.getMap('n').get('fromTheWeb02')).toEqual(written);
  expect(folder.document.getMap('t').size).toBe(0);
});

it('T53 a page of the browser’s own stays where its user has it, and comes to nobody else', async ({
  ann,
  bob,
  start,
}) => {
  const folder = await start('T53', 'shared');
  const url = ann.profile.browser === 'firefox' ? 'about:config' : 'chrome://flags/';
  await ann.profile.create({ parentId: (await folder.native(ann)).id, title: 'mine', url });
  await eventually('the document', () => folder.shape().length === 2);
  await folder.quiet();
  expect(titles(await folder.contents(ann))).toEqual(['shared', 'mine']);
  expect(titles(await folder.contents(bob))).toEqual(['shared']);
});
