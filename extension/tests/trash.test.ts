import { describe, expect, test } from 'vitest';
import { type NodeId, ROOT, type TrashId } from '../src/model/ids';
import { materialise, seen } from '../src/model/tree';
import type { Editor } from '../src/model/writer';
import { A, B, bookmark, C, D, deleted, edited, F, folder, KEY, nothing, shows, writes } from './action';
import { drawn, hash, treeOf } from './tree-of';

describe('deleting', () => {
  const maps = {
    n: { [A]: folder(), [B]: folder(`a1 ${A}`), [C]: bookmark(`a1 ${B}`, 'T', 'U'), [D]: ['s', 'a2 root'] },
  };
  const tree = treeOf(maps);
  const line = (node: NodeId) => `${node} ${hash(tree, node)}`;
  const record = (made: { x: Record<string, unknown> }) =>
    (Object.values(made.x) as string[]).map((text) => text.split('\n'));

  test('lists the node and everything shown under it, as it is', () => {
    const [lines] = record(writes(maps, (editor) => void editor.remove(A), 'mk3a ann'));
    expect(lines?.slice(0, 2)).toEqual([A, 'mk3a ann']);
    expect(lines?.slice(2).sort()).toEqual([line(A), line(B), line(C)].sort());
    expect(shows(maps, (editor) => void editor.remove(A))).toEqual(['s D']);
  });

  test('does not list what is deleted already', () => {
    const [lines] = record(writes(deleted(maps, C), (editor) => void editor.remove(A))).slice(-1);
    expect(lines?.slice(2).sort()).toEqual([line(A), line(B)].sort());
  });

  test('lists exactly what the deleter saw, whatever it is now', () => {
    const saw = new Map([
      [A, hash(tree, A)],
      [C, '0badcafe'],
      [F, '12345678'],
    ]);
    const made = writes(maps, (editor) => void editor.remove(A, saw));
    expect(record(made)).toEqual([[A, '', line(A), `${C} 0badcafe`, `${F} 12345678`]]);
    expect(shows(maps, (editor) => void editor.remove(A, saw))).toEqual([
      'f A',
      '  f B',
      '    b C T U',
      's D',
    ]);
  });

  test('of a node the deleter did not see as a whole stands by its entries', () => {
    const made = writes(maps, (editor) => void editor.remove(A, new Map([[C, hash(tree, C)]])));
    expect(record(made)).toEqual([['-', '', line(C)]]);
  });

  test('of nothing writes nothing', () => {
    for (const action of [
      (editor: Editor) => editor.remove(F),
      (editor: Editor) => editor.remove(A, new Map()),
      (editor: Editor) => editor.remove(C),
    ]) {
      expect(writes(deleted(maps, C), (editor) => expect(action(editor)).toBeNull())).toEqual(nothing);
    }
  });

  test('in the action that created it leaves it deleted', () => {
    const lines = shows(maps, (editor) => {
      const made = editor.create({ kind: 'f', parent: B, after: C });
      editor.create({ kind: 'b', parent: made, after: null });
      editor.remove(A);
    });
    expect(lines).toEqual(['s D']);
  });
});

describe('restoring', () => {
  const maps = {
    n: { [A]: folder(), [B]: folder(`a1 ${A}`), [C]: bookmark(`a1 ${B}`), [D]: ['s', 'a2 root'] },
  };
  const gone = deleted(maps, A, B, C);

  test('brings back exactly what the record took, in place', () => {
    expect(shows(gone, (editor) => editor.restore(KEY))).toEqual(['f A', '  f B', '    b C', 's D']);
    expect(writes(gone, (editor) => editor.restore(KEY)).x).toEqual({ [KEY]: null });
  });

  test('what nobody deleted writes nothing', () => {
    expect(writes(gone, (editor) => editor.restore('some_other_key' as string as TrashId))).toEqual(nothing);
    expect(writes({ ...maps, x: { [KEY]: 'not a record' } }, (editor) => editor.restore(KEY))).toEqual(
      nothing,
    );
    expect(writes(gone, (editor) => editor.restoreOne(D))).toEqual(nothing);
    expect(writes(gone, (editor) => editor.restoreOne(F))).toEqual(nothing);
  });

  test('one node brings back no other', () => {
    expect(shows(gone, (editor) => editor.restoreOne(C))).toEqual(['f A', '  f B', '    b C', 's D']);
    expect(materialise(edited(gone, (editor) => editor.restoreOne(C))).get(B)?.dead).toBe(true);
    expect(shows(gone, (editor) => editor.restoreOne(A))).toEqual(['f A', 's D']);
    expect(shows(gone, (editor) => editor.restoreOne(B))).toEqual(['f A', '  f B', 's D']);
  });

  test('the last node of a record takes the record away', () => {
    const lines = (editor: Editor) => {
      for (const node of [A, B, C]) editor.restoreOne(node);
    };
    expect(writes(gone, lines).x).toEqual({ [KEY]: null });
  });

  test('one node keeps what others wrote into the record', () => {
    const x = {
      [KEY]: `-\nmk3a ann\n${B} ${hash(treeOf(maps), B)} later words\n#later\n${C} ${hash(treeOf(maps), C)}`,
    };
    expect(writes({ ...maps, x }, (editor) => editor.restoreOne(C)).x).toEqual({
      [KEY]: `-\nmk3a ann\n${B} ${hash(treeOf(maps), B)} later words\n#later`,
    });
  });

  test('one node takes it out of void records too: their root may come back', () => {
    const hashed = (node: NodeId, hash: string) => `${node} ${hash}`;
    const line = hashed(C, hash(treeOf(maps), C));
    const x = { [KEY]: `-\n\n${line}`, a_void_record: `${B}\n\n${hashed(B, '0badcafe')}\n${line}` };
    expect(writes({ ...maps, x }, (editor) => editor.restoreOne(C)).x).toEqual({
      [KEY]: null,
      a_void_record: `${B}\n\n${hashed(B, '0badcafe')}`,
    });
  });

  test('one of two deletes of the same thing leaves it deleted', () => {
    const twice = { ...gone, x: { ...gone.x, another_record: `-\n\n${C} ${hash(treeOf(maps), C)}` } };
    expect(shows(twice, (editor) => editor.restore(KEY))).toEqual(['f A', '  f B', 's D']);
    expect(shows(twice, (editor) => editor.restoreOne(C))).toEqual(['f A', '  f B', '    b C', 's D']);
  });
});

describe('a node that comes back to the state in which it was deleted', () => {
  const n = {
    [A]: folder('a1 root'),
    [B]: folder('a2 root'),
    [C]: bookmark(`a1 ${A}`, 'T', 'U'),
    [D]: bookmark(`a2 ${A}`),
  };
  const gone = deleted({ n }, A, C, D);

  test('lives after a move there', () => {
    const moved = { ...deleted({ n }, C), p: { [C]: `a1 ${B}` } };
    expect(shows(moved, (editor) => void editor.move(C, A, null))).toEqual([
      'f A',
      '  b C T U',
      '  b D',
      'f B',
    ]);
    expect(writes(moved, (editor) => void editor.move(C, A, null)).x).toEqual({ [KEY]: null });
  });

  test('lives after a rename and after another url', () => {
    const renamed = { ...gone, t: { [C]: 'other' } };
    expect(shows(renamed, (editor) => editor.rename(C, 'T'))).toEqual(['f A', '  b C T U', 'f B']);
    const redirected = { ...gone, u: { [C]: 'other' } };
    expect(shows(redirected, (editor) => editor.setUrl(C, 'U'))).toEqual(['f A', '  b C T U', 'f B']);
  });

  test('keeps the others deleted', () => {
    const tree = materialise(edited({ ...gone, t: { [C]: 'other' } }, (editor) => editor.rename(C, 'T')));
    expect([A, C, D].map((node) => tree.get(node)?.dead)).toEqual([true, false, true]);
  });

  test('brings everything along when it is the root of the delete', () => {
    const moved = { ...gone, p: { [A]: `a1 ${B}` } };
    expect(shows(moved, (editor) => void editor.move(A, ROOT, null))).toEqual([
      'f A',
      '  b C T U',
      '  b D',
      'f B',
    ]);
  });

  test('lives after it was pinned where a cycle had put it', () => {
    const maps = {
      n: { [A]: folder('a1 root'), [B]: folder('a2 root') },
      p: { [A]: `a1 ${B}`, [B]: `a1 ${A}` },
      x: { [KEY]: `-\n\n${A} ${seen({ kind: 'f', writtenParent: ROOT, title: '', url: '' })}` },
    };
    expect(shows(maps, (editor) => void editor.create({ kind: 's', parent: B, after: null, id: C }))).toEqual(
      ['f A', '  f B', '    s C'],
    );
    expect(shows(maps, (editor) => void editor.move(B, ROOT, null))).toEqual(['f B', 'f A']);
  });
});

describe('a deleted folder that is shown for something living in it', () => {
  const n = {
    [A]: folder('a1 root'),
    [B]: bookmark(`a1 ${A}`),
    [C]: folder('a2 root'),
    [D]: bookmark(`a2 ${A}`),
  };
  const maps = deleted({ n }, A, B);

  test('comes back without its old contents when it is moved', () => {
    expect(drawn(treeOf(maps))).toEqual(['f A', '  b D', 'f C']);
    const tree = materialise(edited(maps, (editor) => void editor.move(A, C, null)));
    expect(drawn(tree)).toEqual(['f C', '  f A', '    b D']);
    expect(tree.get(B)?.dead).toBe(true);
  });

  test('comes back without its old contents when it is moved to where a cycle shows it', () => {
    // A and C were put into each other, and A gave way to the root.
    const ring = deleted({ n, p: { [A]: `a1 ${C}`, [C]: `a9 ${A}` } }, A, B);
    const other = { ...ring, n: { ...ring.n, [F]: folder('a5 root') } };
    expect(drawn(treeOf(other))).toEqual(['f A', '  b D', '  f C', 'f F']);
    const tree = materialise(edited(other, (editor) => void editor.move(A, ROOT, F)));
    expect(drawn(tree)).toEqual(['f F', 'f A', '  b D', '  f C']);
    expect([A, B].map((node) => tree.get(node)?.dead)).toEqual([false, true]);
  });

  test('stays deleted when it is only reordered or renamed', () => {
    const tree = materialise(
      edited(maps, (editor) => {
        editor.move(A, ROOT, C);
        editor.rename(A, 'new');
      }),
    );
    expect(tree.get(A)?.dead).toBe(true);
    expect(drawn(tree)).toEqual(['f C', 'f A new', '  b D']);
  });

  test('does not bring a void delete into force again', () => {
    const bothDeleted = deleted(
      { ...maps, x: { a_void_record: `${A}\n\n${A} 00000000\n${D} ${hash(treeOf({ n }), D)}` } },
      A,
      B,
    );
    expect(shows(bothDeleted, (editor) => void editor.move(A, C, null))).toEqual(['f C', '  f A', '    b D']);
  });

  test('vanishes with the last living thing in it', () => {
    expect(shows(maps, (editor) => void editor.move(D, ROOT, null))).toEqual(['b D', 'f C']);
    expect(shows(maps, (editor) => void editor.remove(D))).toEqual(['f C']);
  });
});
