import { describe, expect, test } from 'vitest';
import { type NodeId, ROOT } from '../src/model/ids';
import { canonical, seen } from '../src/model/tree';
import { type Editor, MAX_NODES, MAX_TITLE, MAX_URL, WriterError, writtenTitle } from '../src/model/writer';
import { TeamDocument } from '../src/sync/document';
import { A, B, bookmark, C, D, deleted, E, F, folder, KEY, nothing, shows, writes } from './action';
import { rowsOf, seeded } from './history';
import { drawn, id, type Maps, treeOf } from './tree-of';

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

    test('brings that folder back without what was deleted with it', () => {
      const whole = { ...maps, n: { ...maps.n, [D]: bookmark(`a3 ${B}`) }, x: {} };
      expect(shows(deleted(whole, B, D), (editor) => void editor.move(A, C, null))).toEqual([
        'f B',
        '  f C',
        '    f A',
      ]);
    });

    test('stands when it leads into that folder', () => {
      expect(drawn(treeOf(maps))).toEqual(['f B', '  f A', '  f C']);
      expect(shows(maps, (editor) => void editor.move(A, C, null))).toEqual(['f B', '  f C', '    f A']);
    });

    test('sees that folder go where it was put once the cycle is gone', () => {
      expect(shows(maps, (editor) => void editor.move(A, ROOT, null))).toEqual(['f A', '  f B', '    f C']);
    });
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
