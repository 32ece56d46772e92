/** Scenarios: what is read and compared of a large folder, and when it is the whole. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from '../src/model/ids';
import { pages, Scenario } from './scenario';
import type { Member } from './team';

const CR = { dialect: 'chromium' } as const;
const FX = { dialect: 'firefox' } as const;
const VERIFIED_AFTER_MS = 6 * 60_000;

let scenario: Scenario;
let ann: Member;
let bob: Member;
let [tools, other] = ['', ''];

/** Whether this member's bridge has read the whole of the team's folder since this was last asked. */
function readAll({ browser, folder }: Member): boolean {
  const read = browser.lastRead.has(folder);
  browser.lastRead.clear();
  return read;
}

beforeEach(async () => {
  scenario = await Scenario.of(CR, FX);
  [ann, bob] = scenario.members as [Member, Member];
  tools = ann.browser.userCreate(ann.folder, { title: 'tools' });
  other = ann.browser.userCreate(ann.folder, { title: 'other' });
  for (const page of pages(30)) ann.browser.userCreate(tools, page);
  for (const page of pages(30, 'more')) ann.browser.userCreate(other, page);
  await scenario.world.pass(VERIFIED_AFTER_MS);
  readAll(ann);
  readAll(bob);
});

describe('of an edit', () => {
  test.each<[string, () => void]>([
    ['a rename', () => ann.browser.userUpdate(ann.browser.childrenOf(tools)[3]?.id ?? '', { title: 'new' })],
    ['a new bookmark', () => ann.browser.userCreate(other, { title: 'new', url: 'https://new.example/' }, 2)],
    ['a deletion', () => ann.browser.userRemove(ann.browser.childrenOf(tools)[3]?.id ?? '')],
    [
      'a move to another folder',
      () => ann.browser.userMove(ann.browser.childrenOf(tools)[3]?.id ?? '', other, 5),
    ],
    ['a move of a folder with all that is in it', () => ann.browser.userMove(other, tools, 5)],
    ['the sorting of a folder', () => ann.browser.userSort(tools)],
  ])('%s, neither folder is read but where it happened', async (_, edit) => {
    edit();
    await scenario.converged();
    expect([readAll(ann), readAll(bob)]).toEqual([false, false]);
  });

  test('in the user’s own bookmarks, the team’s folder is not read at all', async () => {
    for (const page of pages(20, 'mine')) ann.browser.userCreate(ann.browser.other, page);
    await scenario.soon();
    expect(readAll(ann)).toBe(false);
    await scenario.converged();
  });
});

describe('everything is read', () => {
  test('by a new worker', async () => {
    ann.killWorker();
    ann.start();
    await scenario.soon();
    expect(readAll(ann)).toBe(true);
  });

  test('after an import', async () => {
    ann.browser.userImport(tools, pages(3, 'imported'));
    await scenario.soon();
    expect(readAll(ann)).toBe(true);
  });

  test('some minutes after a partial look, and then no more', async () => {
    ann.browser.userUpdate(ann.browser.childrenOf(tools)[3]?.id ?? '', { title: 'new' });
    await scenario.world.pass(VERIFIED_AFTER_MS);
    expect(readAll(ann)).toBe(true);
    await scenario.world.pass(10 * VERIFIED_AFTER_MS);
    expect(readAll(ann)).toBe(false);
  });
});

test('a change of which the browser told nothing reaches the team some minutes after the next edit', async () => {
  ann.browser.userUpdateUnheard(ann.browser.childrenOf(tools)[7]?.id ?? '', { title: 'unheard' });
  ann.browser.userCreate(other, { title: 'heard', url: 'https://heard.example/' });
  await scenario.world.pass(VERIFIED_AFTER_MS);
  const first = scenario.hub.document.tree.children(ROOT)[0]?.id ?? ROOT;
  expect(scenario.hub.document.tree.children(first).map(({ title }) => title)).toContain('unheard');
  await scenario.converged();
});

test('a bookmark that its user moves on while its folder is being read is not taken for deleted', async () => {
  const [moved = { id: '' }] = ann.browser.childrenOf(tools);
  for (let times = 0; times < 60; times++) {
    ann.browser.userMove(moved.id, times % 2 === 0 ? other : tools, 0);
    await scenario.world.pass(7);
  }
  await scenario.converged();
  expect(scenario.hub.document.tree.trash.size).toBe(0);
});
