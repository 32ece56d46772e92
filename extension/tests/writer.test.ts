import { describe, expect, test } from 'vitest';
import { type NodeId, ROOT, type TrashId } from '../src/model/ids';
import { LONG_KEY } from '../src/model/position';
import { canonical, materialise, type RawTree, seen } from '../src/model/tree';
import {
  type Editor,
  MAX_NODES,
  MAX_TITLE,
  MAX_URL,
  WriterError,
  write,
  writtenTitle,
} from '../src/model/writer';
import { TeamDocument } from '../src/sync/document';
import { rowsOf, seeded } from './history';
import { drawn, hash, id, type Maps, raw, treeOf } from './tree-of';

const [A, B, C, D, E, F] = [id('A'), id('B'), id('C'), id('D'), id('E'), id('F')];
const KEY = 'a_trash_record' as string as TrashId;

/** What an action on these maps writes. */
function writes(maps: Maps, action: (editor: Editor) => void, meta?: string) {
  const before = raw(maps);
  const { n, p, t, u, x } = write(before, materialise(before), action, seeded(1), meta);
  const plain = (map: ReadonlyMap<string, unknown>) => Object.fromEntries(map);
  return { n: plain(n), p: plain(p), t: plain(t), u: plain(u), x: plain(x) };
}

/** What these maps show after an action; asserts that the action saw the same. */
function edited(maps: Maps, action: (editor: Editor) => void): RawTree {
  const before = raw(maps);
  let expected: unknown;
  const written = write(
    before,
    materialise(before),
    (editor) => {
      action(editor);
      expected = rowsOf(editor);
    },
    seeded(1),
  );
  const merged = (name: keyof RawTree) => {
    const map = new Map<string, unknown>([...before[name], ...written[name]]);
    for (const [key, value] of map) if (value === null) map.delete(key);
    return map;
  };
  const result = { n: merged('n'), p: merged('p'), t: merged('t'), u: merged('u'), x: merged('x') };
  expect(canonical(materialise(result))).toEqual(expected);
  return result;
}

const shows = (maps: Maps, action: (editor: Editor) => void) => drawn(materialise(edited(maps, action)));
const folder = (place = 'a1 root', title = '') => ['f', place, title];
const bookmark = (place: string, title = '', url = '') => ['b', place, title, url];
const nothing = { n: {}, p: {}, t: {}, u: {}, x: {} };

/** A trash record of these nodes as they are in these maps; the first is its root. */
function deleted(maps: Maps, ...ids: NodeId[]): Maps {
  const tree = treeOf(maps);
  return {
    ...maps,
    x: { ...maps.x, [KEY]: [ids[0], '', ...ids.map((node) => `${node} ${hash(tree, node)}`)].join('\n') },
  };
}

function refusal(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof WriterError) return error.code;
    throw error;
  }
  return undefined;
}

describe('creating', () => {
  test('writes a birth record as short as its kind allows, and nothing else', () => {
    const record = (kind: 'f' | 'b' | 's', meta?: string) => {
      const made = writes(
        {},
        (editor) => void editor.create({ kind, parent: ROOT, after: null, title: 'T', url: 'U' }),
        meta,
      );
      expect({ ...made, n: {} }).toEqual(nothing);
      return (Object.values(made.n)[0] as string[]).with(1, 'place');
    };
    expect(record('f')).toEqual(['f', 'place', 'T']);
    expect(record('b')).toEqual(['b', 'place', 'T', 'U']);
    expect(record('s')).toEqual(['s', 'place']);
    expect(record('f', 'mk3a ann')).toEqual(['f', 'place', 'T', '', 'mk3a ann']);
    expect(record('b', 'mk3a ann')).toEqual(['b', 'place', 'T', 'U', 'mk3a ann']);
    expect(record('s', 'mk3a ann')).toEqual(['s', 'place', '', '', 'mk3a ann']);
  });

  test('puts it right of its neighbour', () => {
    const n = { [A]: folder('a1 root'), [B]: folder('a2 root') };
    const create = (neighbour: NodeId | null) => (editor: Editor) =>
      void editor.create({ kind: 'f', parent: ROOT, after: neighbour, id: C });
    expect(shows({ n }, create(null))).toEqual(['f C', 'f A', 'f B']);
    expect(shows({ n }, create(A))).toEqual(['f A', 'f C', 'f B']);
    expect(shows({ n }, create(B))).toEqual(['f A', 'f B', 'f C']);
  });

  test('puts it where a neighbour that is deleted was, and last where the neighbour is elsewhere', () => {
    const maps = deleted(
      {
        n: {
          [A]: folder('a1 root'),
          [B]: folder('a2 root'),
          [D]: folder('a3 root'),
          [E]: folder(`a0b ${A}`),
        },
      },
      B,
    );
    const create = (neighbour: NodeId) => (editor: Editor) =>
      void editor.create({ kind: 'f', parent: ROOT, after: neighbour, id: C });
    expect(shows(maps, create(B))).toEqual(['f A', '  f E', 'f C', 'f D']);
    expect(shows(maps, create(E))).toEqual(['f A', '  f E', 'f D', 'f C']);
    expect(shows(maps, create(F))).toEqual(['f A', '  f E', 'f D', 'f C']);
  });

  test('inside a deleted folder shows that folder, holding only the new thing', () => {
    const maps = deleted({ n: { [A]: folder(), [B]: folder(`a1 ${A}`), [C]: bookmark(`a1 ${B}`) } }, A, B, C);
    expect(drawn(treeOf(maps))).toEqual([]);
    expect(shows(maps, (editor) => void editor.create({ kind: 's', parent: B, after: C, id: D }))).toEqual([
      'f A',
      '  f B',
      '    s D',
    ]);
  });

  test('with the id of a parent that was missing brings its children home', () => {
    const maps = { n: { [B]: folder(`a1 ${A}`) } };
    expect(
      shows(maps, (editor) => void editor.create({ kind: 'f', parent: ROOT, after: null, id: A })),
    ).toEqual(['f A', '  f B']);
  });

  test('takes an override that came before its birth as it stands', () => {
    const maps = { n: { [B]: folder() }, p: { [A]: `a1 ${B}` }, t: { [A]: 'early' } };
    expect(
      shows(maps, (editor) => void editor.create({ kind: 'f', parent: ROOT, after: null, id: A })),
    ).toEqual(['f B', '  f A early']);
  });
});

describe('what must not be written is refused, and nothing of its action is written', () => {
  const maps = { n: { [A]: bookmark('a1 root') } };
  const refused = (action: (editor: Editor) => unknown, m: Maps = maps) =>
    refusal(() => writes(m, (editor) => void action(editor)));

  test('a URL that is too long', () => {
    const url = 'u'.repeat(MAX_URL + 1);
    expect(refused((editor) => editor.setUrl(A, url))).toBe('url-too-long');
    expect(refused((editor) => editor.create({ kind: 'b', parent: ROOT, after: null, url }))).toBe(
      'url-too-long',
    );
    expect(refused((editor) => editor.setUrl(A, url.slice(1)))).toBeUndefined();
  });

  test('one node too many, those in the trash included', () => {
    const entries = Array.from({ length: MAX_NODES - 1 }, (_, i) => [
      `n${String(i).padStart(11, '0')}`,
      ['s', 'a1 root'],
    ]);
    const create = (editor: Editor) => editor.create({ kind: 's', parent: ROOT, after: null });
    const full = { n: Object.fromEntries(entries) };
    expect(refused(create, full)).toBeUndefined();
    expect(refused((editor) => [create(editor), create(editor)], full)).toBe('too-many-nodes');
  });

  test('a place in what is no folder', () => {
    for (const parent of [A, B]) {
      expect(refused((editor) => editor.create({ kind: 'b', parent, after: null }))).toBe('unknown-folder');
      expect(refused((editor) => editor.move(A, parent, null))).toBe('unknown-folder');
    }
  });

  test('an edit of what is no node', () => {
    expect(refused((editor) => editor.rename(B, 'x'))).toBe('unknown-node');
    expect(refused((editor) => editor.setUrl(B, 'x'))).toBe('unknown-node');
    expect(refused((editor) => editor.move(B, ROOT, null))).toBe('unknown-node');
  });

  test('a second birth under one id, be the first valid or not', () => {
    expect(refused((editor) => editor.create({ kind: 'f', parent: ROOT, after: null, id: A }))).toBe(
      'id-taken',
    );
    const junk = { n: { [B]: 'junk' } };
    expect(refused((editor) => editor.create({ kind: 'f', parent: ROOT, after: null, id: B }), junk)).toBe(
      'id-taken',
    );
  });

  test('in a document the whole action goes', () => {
    const document = new TeamDocument();
    const before = document.state();
    const action = (editor: Editor) => {
      editor.create({ kind: 'f', parent: ROOT, after: null });
      editor.rename(A, 'x');
    };
    expect(refusal(() => document.edit(action, seeded(1)))).toBe('unknown-node');
    expect(document.state()).toEqual(before);
  });
});

describe('text', () => {
  const maps = {
    n: { [A]: bookmark('a1 root', 'T', 'U'), [B]: folder('a2 root', 'T'), [C]: ['s', 'a3 root'] },
  };

  test('is written as an override', () => {
    const edits = (editor: Editor) => {
      editor.rename(A, 'new');
      editor.setUrl(A, 'https://new.example/');
      editor.rename(B, '');
    };
    expect(writes(maps, edits)).toEqual({
      ...nothing,
      t: { [A]: 'new', [B]: '' },
      u: { [A]: 'https://new.example/' },
    });
  });

  test('that changes nothing, or that the kind does not have, is not written', () => {
    const edits = (editor: Editor) => {
      editor.rename(A, 'T');
      editor.setUrl(A, 'U');
      editor.setUrl(B, 'U');
      editor.rename(C, 'x');
      editor.setUrl(C, 'x');
    };
    expect(writes(maps, edits)).toEqual(nothing);
  });

  test('is well-formed before it travels', () => {
    const edits = (editor: Editor) => {
      editor.rename(A, 'a\ud83d');
      editor.setUrl(A, '\udcca😀');
    };
    expect(writes(maps, edits)).toEqual({ ...nothing, t: { [A]: 'a\ufffd' }, u: { [A]: '\ufffd😀' } });
  });

  test('of a title is cut, but never through a character', () => {
    const x = 'x'.repeat(MAX_TITLE - 1);
    expect(writtenTitle(`${x}y`)).toBe(`${x}y`);
    expect(writtenTitle(`${x}yz`)).toBe(`${x}y`);
    expect(writtenTitle(`${x}😀`)).toBe(x);
    expect(writtenTitle(`${x.slice(1)}😀`)).toBe(`${x.slice(1)}😀`);
    expect(writtenTitle(`${x.slice(1)}😀y`)).toBe(`${x.slice(1)}😀`);
    expect(writtenTitle(`${x}\udcca tail`)).toBe(`${x}\ufffd`);
    expect(writtenTitle(`${x}\ud83d tail`)).toBe(`${x}\ufffd`);
  });
});

describe('moving', () => {
  const n = {
    [A]: folder('a1 root'),
    [B]: folder('a2 root'),
    [C]: folder(`a1 ${A}`),
    [D]: bookmark(`a2 ${A}`),
  };
  const placeAfter = (maps: Maps, action: (editor: Editor) => void, node: NodeId) =>
    String(writes(maps, action).p[node]).split(' ').slice(1);

  test('writes the parent, and the one before unless that is the parent of birth', () => {
    expect(placeAfter({ n }, (editor) => void editor.move(D, B, null), D)).toEqual([B]);
    expect(placeAfter({ n, p: { [D]: `a1 ${B}` } }, (editor) => void editor.move(D, C, null), D)).toEqual([
      C,
      B,
    ]);
    expect(placeAfter({ n }, (editor) => void editor.move(D, A, null), D)).toEqual([A]);
  });

  test('into itself or below itself is refused, and changes nothing', () => {
    for (const parent of [A, C]) {
      expect(writes({ n }, (editor) => expect(editor.move(A, parent, null)).toBe(false))).toEqual(nothing);
    }
  });

  test('to where it is writes nothing', () => {
    const edits = (editor: Editor) => {
      editor.move(C, A, null);
      editor.move(D, A, C);
      editor.move(B, ROOT, A);
      editor.move(B, ROOT, B);
    };
    expect(writes({ n }, edits)).toEqual(nothing);
  });

  test('the children of a folder about gives the order asked for', () => {
    const n: Record<string, unknown> = {};
    for (const name of 'abcdefgh') n[id(name)] = folder(`a${name} root`);
    const wanted = 'hbgdfcae';
    const lines = shows({ n }, (editor) => {
      [...wanted].forEach((name, i) => {
        editor.move(id(name), ROOT, i === 0 ? null : id(wanted[i - 1] as string));
      });
    });
    expect(lines).toEqual([...wanted].map((name) => `f ${name}`));
  });

  test('sees what the same action has done before', () => {
    const lines = shows({ n }, (editor) => {
      expect(editor.move(B, C, null)).toBe(true);
      expect(editor.move(A, B, null)).toBe(false);
      expect(editor.move(B, ROOT, null)).toBe(true);
      expect(editor.move(A, B, null)).toBe(true);
    });
    expect(lines).toEqual(['f B', '  f A', '    f C', '    b D']);
  });

  test('something out of a broken cycle moves nothing else', () => {
    // A and B were moved into each other; A, the smaller id, went back to the root.
    const maps = {
      n: { [A]: folder('a1 root'), [B]: folder('a2 root'), [C]: bookmark(`a1 ${B}`), [D]: folder('a3 root') },
      p: { [A]: `a1 ${B}`, [B]: `a1 ${A}` },
    };
    expect(drawn(treeOf(maps))).toEqual(['f A', '  f B', '    b C', 'f D']);
    expect(shows(maps, (editor) => void editor.move(B, D, null))).toEqual(['f A', 'f D', '  f B', '    b C']);
    expect(shows(maps, (editor) => void editor.move(C, A, null))).toEqual(['f A', '  b C', '  f B', 'f D']);
    expect(placeAfter(maps, (editor) => void editor.move(B, D, null), A)).toEqual([ROOT]);
    expect(
      placeAfter(maps, (editor) => void editor.create({ kind: 'b', parent: B, after: null }), A),
    ).toEqual([ROOT]);
  });

  describe('beside a deleted folder on a broken cycle', () => {
    // B was moved into A, which was born in B, and went back to the root. It is deleted, but shown for what is in it.
    const maps = {
      n: { [A]: folder(`a1 ${B}`), [B]: folder('a1 root'), [C]: folder(`a2 ${B}`) },
      p: { [B]: `a1 ${A}` },
      x: { [KEY]: `-\n\n${B} ${seen({ kind: 'f', writtenParent: A, title: '', url: '' })}` },
    };

    test('stands when it leads into that folder', () => {
      expect(drawn(treeOf(maps))).toEqual(['f B', '  f A', '  f C']);
      expect(shows(maps, (editor) => void editor.move(A, C, null))).toEqual(['f B', '  f C', '    f A']);
    });

    test('sees that folder go where it was put once the cycle is gone', () => {
      expect(shows(maps, (editor) => void editor.move(A, ROOT, null))).toEqual(['f A', '  f B', '    f C']);
    });
  });
});

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
      [KEY]: `-\nmk3a ann\n${B} ${hash(treeOf(maps), B)} later words\n${C} ${hash(treeOf(maps), C)}`,
    };
    expect(writes({ ...maps, x }, (editor) => editor.restoreOne(C)).x).toEqual({
      [KEY]: `-\nmk3a ann\n${B} ${hash(treeOf(maps), B)} later words`,
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

describe('positions', () => {
  const two = () => {
    const first = new TeamDocument();
    first.edit(
      (editor) => void editor.create({ kind: 'f', parent: ROOT, after: null, id: A, title: 'A' }),
      seeded(1),
    );
    return [first, new TeamDocument(first.state())] as const;
  };
  const titles = (document: TeamDocument) => document.tree.children(ROOT).map((node) => node.title);
  const batch = (name: string, size: number) => (editor: Editor) => {
    let last: NodeId = A;
    for (let i = 0; i < size; i++)
      last = editor.create({ kind: 'b', parent: ROOT, after: last, title: `${name}${i}` });
  };
  const named = (name: string, size: number) => Array.from({ length: size }, (_, i) => `${name}${i}`);

  test('two batches put down at the same spot at once do not interleave', () => {
    const [ann, bob] = two();
    const forBob = ann.edit(batch('ann', 70), seeded(2)) as Uint8Array;
    const forAnn = bob.edit(batch('bob', 70), seeded(3)) as Uint8Array;
    ann.apply([forAnn]);
    bob.apply([forBob]);
    expect(titles(ann)).toEqual(titles(bob));
    const [first, second] = titles(ann)[1] === 'ann0' ? ['ann', 'bob'] : ['bob', 'ann'];
    expect(titles(ann)).toEqual(['A', ...named(first as string, 70), ...named(second as string, 70)]);
  });

  test('nor do two batches that were moved', () => {
    const [ann] = two();
    ann.edit((editor) => {
      for (const name of ['x', 'y']) {
        for (let i = 0; i < 20; i++)
          editor.create({ kind: 'b', parent: ROOT, after: A, title: `${name}${i}` });
      }
    }, seeded(2));
    const bob = new TeamDocument(ann.state());
    const dragAll = (name: string) => (editor: Editor) => {
      let last: NodeId | null = null;
      for (const node of editor.children(ROOT).filter(({ title }) => title.startsWith(name))) {
        editor.move(node.id, A, last);
        last = node.id;
      }
    };
    const forBob = ann.edit(dragAll('x'), seeded(4)) as Uint8Array;
    bob.edit(dragAll('y'), seeded(5));
    bob.apply([forBob]);
    const order = bob.tree
      .children(A)
      .map(({ title }) => title[0])
      .join('');
    expect(['x'.repeat(20) + 'y'.repeat(20), 'y'.repeat(20) + 'x'.repeat(20)]).toContain(order);
  });

  test('between equal neighbours are made by moving the equal ones to the right', () => {
    const n = Object.fromEntries([A, B, C, D].map((node) => [node, folder('a1 root')]));
    const maps = { n: { ...n, [E]: folder('a2 root') } };
    expect(shows(maps, (editor) => void editor.create({ kind: 's', parent: ROOT, after: B, id: F }))).toEqual(
      ['f A', 'f B', 's F', 'f C', 'f D', 'f E'],
    );
    expect(shows(maps, (editor) => void editor.move(A, ROOT, C))).toEqual([
      'f B',
      'f C',
      'f A',
      'f D',
      'f E',
    ]);
  });

  test('that grow too long are made short for the whole folder, the deleted in it included', () => {
    const long = (i: number) => `a1${'0'.repeat(LONG_KEY)}${i} root`;
    const maps = deleted(
      { n: { [A]: folder(long(1)), [B]: folder(long(2)), [C]: folder(long(3)), [D]: folder('a2 root') } },
      B,
    );
    const result = edited(maps, (editor) => void editor.move(D, ROOT, A));
    expect(drawn(materialise(result))).toEqual(['f A', 'f D', 'f C']);
    expect([...materialise(result).nodes.values()].every((node) => node.pos.length < 10)).toBe(true);
    (result.x as Map<string, unknown>).clear();
    expect(drawn(materialise(result))).toEqual(['f A', 'f D', 'f B', 'f C']);
  });

  test('always in the same middle stay within the limit', () => {
    const [document] = two();
    document.edit((editor) => {
      for (let i = 0; i < 2_000; i++) editor.create({ kind: 'b', parent: ROOT, after: A, title: String(i) });
    }, seeded(9));
    expect(titles(document)).toEqual(['A', ...Array.from({ length: 2_000 }, (_, i) => String(1_999 - i))]);
    for (const node of document.tree.nodes.values()) expect(node.pos.length).toBeLessThanOrEqual(LONG_KEY);
  });

  test('beside a neighbour with the longest position a reader accepts are still found', () => {
    const maps = { n: { [A]: folder(`${'z'.repeat(256)} root`), [B]: folder(`${'0'.repeat(255)}1 root`) } };
    expect(shows(maps, (editor) => void editor.create({ kind: 's', parent: ROOT, after: A, id: C }))).toEqual(
      ['f B', 'f A', 's C'],
    );
    expect(
      shows(maps, (editor) => void editor.create({ kind: 's', parent: ROOT, after: null, id: C })),
    ).toEqual(['s C', 'f B', 'f A']);
  });
});

test('an action may hold 10 000 of any edit', () => {
  const SIZE = 10_000;
  const document = new TeamDocument();
  const made: NodeId[] = [];
  const agree = (action: (editor: Editor) => void) => {
    let expected: unknown;
    document.edit((editor) => {
      action(editor);
      expected = rowsOf(editor);
    }, seeded(3));
    expect(canonical(document.tree)).toEqual(expected);
  };
  agree((editor) => {
    for (let i = 0; i < SIZE; i++)
      made.push(editor.create({ kind: i % 9 ? 'b' : 'f', parent: ROOT, after: made.at(-1) ?? null }));
  });
  const into = made[0] as NodeId;
  agree((editor) => {
    for (const node of made.slice(1)) editor.move(node, into, null);
  });
  agree((editor) => {
    for (const node of made) editor.rename(node, 'x');
  });
  agree((editor) => {
    for (const node of made.toReversed()) editor.remove(node);
  });
  expect(document.tree.children(ROOT)).toEqual([]);
  const records = [...document.tree.trash.keys()];
  agree((editor) => {
    for (const record of records) editor.restore(record);
  });
  agree((editor) => void editor.remove(into));
  agree((editor) => {
    for (const node of made) editor.restoreOne(node);
  });
  expect(canonical(document.tree)).toHaveLength(SIZE);
});
