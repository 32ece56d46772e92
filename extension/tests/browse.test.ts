import { describe, expect, test } from 'vitest';
import { folderView, search } from '../src/background/browse';
import { type NodeId, ROOT } from '../src/model/ids';
import { Policy } from '../src/model/policy';
import type { Editor } from '../src/model/writer';
import { TeamDocument } from '../src/sync/document';
import { chance } from './world';

const policy = new Policy();
const opens = (url: string) => policy.allows(url);

/** A real document, so that what is looked at is what the bridge shows. */
function treeOf(write: (editor: Editor) => void) {
  const document = new TeamDocument();
  document.edit(write, chance(1).bytes);
  return document.tree;
}

let ci: NodeId;
const tree = treeOf((editor) => {
  const tools = editor.create({ kind: 'f', parent: ROOT, after: null, title: 'Tools' });
  ci = editor.create({ kind: 'f', parent: tools, after: null, title: 'CI' });
  editor.create({
    kind: 'b',
    parent: ci,
    after: null,
    title: 'Build status',
    url: 'https://ci.example.org/',
  });
  editor.create({ kind: 'b', parent: ROOT, after: tools, title: 'Bookmarklet', url: 'javascript:build()' });
});

describe('a folder', () => {
  test('shows what is in it, in order, and how much is in its folders', () => {
    const items = folderView(tree, ROOT, opens)?.items.map(({ title, size }) => [title, size]);
    expect(items).toEqual([
      ['Tools', 1],
      ['Bookmarklet', 0],
    ]);
  });

  test('knows the way to itself', () => {
    expect(folderView(tree, ci, opens)?.path.map(({ title }) => title)).toEqual(['', 'Tools', 'CI']);
  });

  test('that is gone is null', () => {
    expect(folderView(tree, 'nowhere-at-all' as NodeId, opens)).toBeNull();
  });

  test('shows an address that may not be opened, but does not open it', () => {
    const [, bookmarklet] = folderView(tree, ROOT, opens)?.items ?? [];
    expect(bookmarklet).toMatchObject({ title: 'Bookmarklet', opens: false });
  });
});

describe('a search', () => {
  const found = (query: string) => search(tree, query, opens).map(({ title }) => title);

  test('finds by title and by address, whatever the case, titles first', () => {
    expect(found('BUILD')).toEqual(['Build status', 'Bookmarklet']);
  });

  test('wants all words, in any order and partly in the address', () => {
    expect(found('example status')).toEqual(['Build status']);
    expect(found('status nothing')).toEqual([]);
  });

  test('says where a hit is', () => {
    expect(search(tree, 'status', opens)[0]?.where).toEqual(['Tools', 'CI']);
  });

  test('for nothing finds nothing', () => {
    expect(found('  ')).toEqual([]);
  });
});
