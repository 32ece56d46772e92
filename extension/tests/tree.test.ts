import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../src/model/crc32';
import { ROOT } from '../src/model/ids';
import { canonical, seen } from '../src/model/tree';
import { dominoes } from './junk';
import { drawn, hash, id, type Maps, treeOf } from './tree-of';

const [A, B, C, D] = [id('A'), id('B'), id('C'), id('D')];
const show = (maps: Maps) => drawn(treeOf(maps));
const folder = (place = 'a1 root', title = '') => ['f', place, title];

describe('a birth record', () => {
  test.each([
    ['a folder that stops after its title', ['f', 'a1 root', 'Links'], ['f A Links']],
    ['a folder that stops after its place', ['f', 'a1 root'], ['f A']],
    ['a separator that stops after its place', ['s', 'a1 root'], ['s A']],
    ['a bookmark', ['b', 'a1 root', 'Wiki', 'https://wiki.example/'], ['b A Wiki https://wiki.example/']],
    ['a bookmark that stops after its title', ['b', 'a1 root', 'Wiki'], ['b A Wiki']],
    ['a folder has no url', ['f', 'a1 root', 'Links', 'https://wiki.example/'], ['f A Links']],
    ['a separator has neither title nor url', ['s', 'a1 root', 'Line', 'https://x.example/'], ['s A']],
    ['strings appended by a later version', ['b', 'a1 root', 'Wiki', '', 'meta', 'more', ''], ['b A Wiki']],
    ['words appended to the kind by a later version', ['f smart query', 'a1 root', 'Links'], ['f A Links']],
    ['a title of spaces and a line break', ['f', 'a1 root', ' \n '], ['f A  \n ']],
  ])('%s is shown', (_, birth, lines) => {
    expect(show({ n: { [A]: birth } })).toEqual(lines);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a BigInt', 7n],
    ['a truth', true],
    ['a text', 'f a1 root'],
    ['bytes', Uint8Array.of(102)],
    ['an object', { 0: 'f', 1: 'a1 root', length: 2 }],
    ['an empty list', []],
    ['a kind alone', ['f']],
    ['a number in it', ['f', 'a1 root', 'x', 3]],
    ['a null in it', ['f', 'a1 root', null]],
    ['a list in it', ['f', 'a1 root', 'x', '', ['y']]],
    ['an undefined in it', ['f', 'a1 root', undefined]],
    ['an unknown kind', ['q', 'a1 root', 'x']],
    ['a capital kind', ['F', 'a1 root', 'x']],
    ['an empty kind', ['', 'a1 root', 'x']],
    ['a kind after a space', [' f', 'a1 root', 'x']],
    ['a kind with a line break', ['f\n', 'a1 root', 'x']],
    ['a kind with letters behind it', ['folder', 'a1 root', 'x']],
    ['no place', ['f', '', 'x']],
  ])('%s is no node', (_, birth) => {
    expect(show({ n: { [A]: birth } })).toEqual([]);
  });

  test.each([
    '',
    'root',
    'short',
    'eleven_char',
    `${'x'.repeat(37)}`,
    'with space__',
    'line_break_\n',
    'twelve_char\n',
    'ümlaut______',
  ])('the id %j is none', (key) => {
    expect(show({ n: { [key]: folder() } })).toEqual([]);
  });

  test.each(['twelve_chars', '-'.repeat(12), 'x'.repeat(36)])('the id %j is one', (key) => {
    expect(canonical(treeOf({ n: { [key]: folder() } }))).toEqual([[0, key, 'f', '', '']]);
  });
});

describe('a place', () => {
  const filler = 'x'.repeat(36);
  test.each([
    'a1 root',
    '1 root',
    'z root',
    '000001 root',
    `${'0'.repeat(255)}1 root`,
    `a1 root ${filler}`,
    `a1 root ${filler} ${filler}`,
    `a1 root ${filler} ${filler} `,
    `a1 root ${filler} ${filler}  the rest is ignored`,
    `a1 root ${filler} ${filler} ${'ü'.repeat(512 - 82)}`,
    'a1 root root root',
  ])('%j is one', (place) => {
    expect(show({ n: { [A]: folder(place) } })).toEqual(['f A']);
  });

  test.each([
    '',
    'a1',
    'a1 ',
    ' root',
    'a1  root',
    'a0 root',
    '0 root',
    'a-1 root',
    'a1\n root',
    `${'1'.repeat(257)} root`,
    'a1 Root',
    'a1 root\n',
    'a1 tooshort',
    `a1 ${'x'.repeat(37)}`,
    'a1 root ',
    'a1 root  ',
    `a1 root ${filler} `,
    'a1 root bad',
    `a1 root ${filler} bad`,
    `a1 root\t${filler}`,
    `a1 root ${filler} ${filler} ${'ü'.repeat(512 - 81)}`,
    `a1 root ${filler} ${filler} ${'😀'.repeat(216)}`,
  ])('%j is none', (place) => {
    expect(show({ n: { [A]: folder(place) } })).toEqual([]);
  });

  test('an invalid override gives way to the place of birth', () => {
    const n = { [A]: folder('a1 root'), [B]: folder('a2 root'), [C]: folder(`a3 ${A}`) };
    for (const junk of ['', `a0 ${B}`, `a1 ${B} `, 5, null, [`a1 ${B}`], Uint8Array.of(1)]) {
      expect(show({ n, p: { [C]: junk } })).toEqual(['f A', '  f C', 'f B']);
    }
  });

  test('an override without a birth shows nothing', () => {
    expect(show({ p: { [A]: 'a1 root' }, t: { [A]: 'x' }, u: { [A]: 'y' } })).toEqual([]);
  });

  test('siblings stand in the order of position, then id, by code unit', () => {
    const n = {
      [id('b')]: folder('a1 root'),
      [id('B')]: folder('a1 root'),
      [id('c')]: folder('Zz root'),
      [id('d')]: folder('a root'),
      [id('e')]: folder('a01 root'),
      [id('0')]: folder('a1 root'),
    };
    expect(show({ n })).toEqual(['f c', 'f d', 'f e', 'f 0', 'f B', 'f b']);
  });
});

describe('an override', () => {
  const n = { [A]: ['b', 'a1 root', 'born', 'https://born.example/'] };

  test('of title or url stands, empty ones too', () => {
    expect(show({ n, t: { [A]: 'new' }, u: { [A]: '' } })).toEqual(['b A new']);
    expect(show({ n, t: { [A]: '' } })).toEqual(['b A https://born.example/']);
  });

  test.each([[undefined], [null], [1], [1n], [['x']], [{}], [Uint8Array.of(120)], [false]])(
    '%o is none',
    (junk) => {
      expect(show({ n, t: { [A]: junk }, u: { [A]: junk } })).toEqual(['b A born https://born.example/']);
    },
  );
});

describe('a parent', () => {
  test.each([
    ['missing', {}],
    ['a bookmark', { [B]: ['b', 'a1 root', '', ''] }],
    ['invalid', { [B]: ['f', 'a0 root'] }],
  ])('that is %s gives way to the one before, then to the root', (_, n) => {
    const tree = treeOf({
      n: { ...n, [C]: folder('a5 root'), [D]: folder('a1 root'), [A]: folder(`a9 ${B}`) },
      p: { [D]: `a1 ${B} ${C}` },
    });
    expect(tree.get(D)?.parent).toBe(C);
    expect(tree.get(A)?.parent).toBe(ROOT);
    expect(tree.get(A)?.writtenParent).toBe(B);
  });

  test('that is the node itself gives way', () => {
    expect(show({ n: { [A]: folder(`a1 ${A}`) } })).toEqual(['f A']);
    expect(show({ n: { [B]: folder(), [A]: folder(`a1 ${A} ${A} ${B}`) } })).toEqual(['f B', '  f A']);
  });

  test('of birth is the last resort of an override, in the place of its third', () => {
    const n = { [A]: folder(), [B]: folder(`a1 ${A}`) };
    expect(show({ n, p: { [B]: `a1 ${C}` } })).toEqual(['f A', '  f B']);
    expect(
      show({ n: { ...n, [id('E')]: folder('a9 root') }, p: { [B]: `a1 ${C} ${D} ${id('E')}` } }),
    ).toEqual(['f A', '  f B', 'f E']);
  });
});

describe('a cycle', () => {
  test('of two is broken at the smallest id, which goes back where it was before', () => {
    const n = { [A]: folder('a1 root'), [B]: folder('a2 root'), [C]: folder('a3 root') };
    const p = { [A]: `a1 ${B} ${C}`, [B]: `a1 ${A} ${C}` };
    expect(show({ n, p })).toEqual(['f C', '  f A', '    f B']);
  });

  test('prefers to break at a node that has a former parent left', () => {
    const n = { [A]: folder(`a1 ${B}`), [B]: folder(`a1 ${A} ${C}`), [C]: folder('a1 root') };
    expect(show({ n })).toEqual(['f C', '  f B', '    f A']);
  });

  test('counts the root as a former parent only where it was written', () => {
    expect(show({ n: { [A]: folder(`a1 ${B}`), [B]: folder(`a1 ${A} root`) } })).toEqual(['f B', '  f A']);
    expect(show({ n: { [A]: folder(`a1 ${B}`), [B]: folder(`a1 ${A}`) } })).toEqual(['f A', '  f B']);
  });

  test('leaves what merely hangs below it alone', () => {
    const n = { [A]: folder(`a1 ${B}`), [B]: folder(`a1 ${A}`), [C]: folder(`a1 ${B} root`) };
    expect(show({ n })).toEqual(['f A', '  f B', '    f C']);
  });

  test('that opens only when another is broken is broken too', () => {
    const n = { [A]: folder(`a1 ${B} ${C}`), [B]: folder(`a1 ${A}`), [C]: folder(`a1 ${B}`) };
    const tree = treeOf({ n });
    expect(canonical(tree)).toHaveLength(3);
    expect(tree.tangled).toEqual(new Set([A, B, C]));
  });

  test('that opens round after round is broken by the next parent, then by the last, then at the root', () => {
    const lastVictim = (count: number, rooted: number) => {
      const tree = treeOf({ n: dominoes(count, rooted) });
      expect(canonical(tree)).toHaveLength(count);
      return tree.tangled.size - 1;
    };
    expect(lastVictim(20, 20)).toBe(19); // the last one falls back on nothing
    expect(lastVictim(100, 10)).toBe(10); // the first that has the root next
    expect(lastVictim(100, 100)).toBe(33); // round 33 takes the last parent, and that is the root
    expect(lastVictim(100, 33)).toBe(65); // here it is not, until round 65 takes the root wherever it stands
  });
});

describe('a delete', () => {
  const n = { [A]: folder(), [B]: ['b', `a1 ${A}`, 'Wiki', 'https://wiki.example/'], [C]: ['s', `a2 ${A}`] };
  const born = treeOf({ n });
  const line = (node: typeof A) => `${node} ${hash(born, node)}`;
  const record = (...lines: string[]) => ({ [D]: lines.join('\n') });
  const whole = record(A, 'meta', line(A), line(B), line(C));

  test('takes what it lists', () => {
    expect(show({ n, x: whole })).toEqual([]);
    expect(show({ n, x: record('-', '', line(B)) })).toEqual(['f A', '  s C']);
  });

  test('is void once its root was put elsewhere', () => {
    expect(show({ n: { ...n, [D]: folder('a9 root') }, p: { [A]: `a1 ${D}` }, x: whole })).toHaveLength(4);
  });

  test('spares what has changed, with the folder it is in', () => {
    expect(show({ n, x: whole, t: { [B]: 'Wiki!' } })).toEqual(['f A', '  b B Wiki! https://wiki.example/']);
    expect(show({ n, x: whole, u: { [B]: '' } })).toEqual(['f A', '  b B Wiki']);
    expect(show({ n, x: whole, p: { [C]: 'a2 root' } })).toEqual(['s C']);
  });

  test('does not spare what was only reordered, nor a folder that was only renamed', () => {
    expect(show({ n, x: whole, p: { [B]: `a9 ${A}`, [A]: 'a9 root' }, t: { [A]: 'new' } })).toEqual([]);
  });

  test('spares what was added inside', () => {
    expect(show({ n: { ...n, [D]: ['b', `a5 ${A}`, 'new', ''] }, x: whole })).toEqual(['f A', '  b D new']);
  });

  test('counts the written parent, not the shown one', () => {
    const lost = { [B]: ['b', `a1 ${A}`, '', ''] };
    const x = record(B, '', `${B} ${seen({ kind: 'b', writtenParent: A, title: '', url: '' })}`);
    expect(show({ n: lost, x })).toEqual([]);
  });

  test.each([
    ['whose root is not listed', [A, '', line(B)]],
    ['whose root is listed in another state', [A, '', `${A} 00000000`, line(B)]],
    ['whose root is no node', [id('nobody'), '', line(B)]],
    ['whose root line holds more than the root', [`${A} ${A}`, '', line(A), line(B)]],
    ['of two lines', ['-', line(B)]],
    ['with capital hashes', ['-', '', line(B).replace(/ .*/, (word) => word.toUpperCase())]],
    ['with two spaces', ['-', '', line(B).replace(' ', '  ')]],
    ['with a carriage return', ['-', '', `${line(B)}\r`]],
  ])('%s has no effect', (_, lines) => {
    expect(show({ n, x: record(...lines) })).toHaveLength(3);
  });

  test.each([
    ['words behind a hash', ['-', '', `${line(B)} and more`]],
    ['lines that say nothing', ['-', '', '', 'x', ' ', line(B), '']],
    ['a second line for the same node', ['-', '', `${B} 00000000`, line(B)]],
    ['a root listed twice', [A, '', `${A} 00000000`, line(A), line(B)]],
    ['any meta', ['-', ' x  y ', line(B)]],
  ])('is not disturbed by %s', (_, lines) => {
    expect(treeOf({ n, x: record(...lines) }).get(B)?.dead).toBe(true);
  });

  test.each([[null], [1], [[A, '', line(A)]], [Uint8Array.of(1)], ['']])('%o is none', (junk) => {
    expect(show({ n, x: { [D]: junk } })).toHaveLength(3);
  });

  test('under a key that is no id is none', () => {
    expect(show({ n, x: { short: `-\n\n${line(B)}` } })).toHaveLength(3);
  });
});

describe('what a deleter saw', () => {
  test('is the CRC-32 that everybody else computes', () => {
    expect(crc32('123456789')).toBe('cbf43926');
    expect(crc32('')).toBe('00000000');
  });

  test('covers the UTF-8 bytes of any text', () => {
    const expected = (text: string) => zlibCrc32(Buffer.from(text, 'utf8')).toString(16).padStart(8, '0');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(crc32(text)).toBe(expected(text));
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0xd700, max: 0xe000 })), (units) => {
        const text = String.fromCharCode(...units); // halves of pairs, in any order
        expect(crc32(text)).toBe(expected(text));
      }),
    );
  });

  test('is parent, title and url of a bookmark, and the parent alone of anything else', () => {
    const node = { writtenParent: ROOT, title: 'é', url: 'u' };
    expect(seen({ ...node, kind: 'b' })).toBe(crc32('root\né\nu'));
    expect(seen({ ...node, kind: 'f' })).toBe(crc32('root'));
    expect(seen({ ...node, kind: 's' })).toBe(crc32('root'));
  });
});

describe('a hostile document', () => {
  const name = (i: number) => `node_${String(i).padStart(7, '0')}`;
  const SIZE = 50_000;

  test('may be a chain of 50 000 folders', () => {
    const n: Record<string, unknown> = {};
    for (let i = 0; i < SIZE; i++) n[name(i)] = folder(`a1 ${i === 0 ? 'root' : name(i - 1)}`);
    expect(canonical(treeOf({ n })).at(-1)).toEqual([SIZE - 1, name(SIZE - 1), 'f', '', '']);
  });

  test('may be a cycle of 50 000 folders', () => {
    const n: Record<string, unknown> = {};
    for (let i = 0; i < SIZE; i++) n[name(i)] = folder(`a1 ${name((i + 1) % SIZE)}`);
    expect(canonical(treeOf({ n }))).toHaveLength(SIZE);
  });

  test('may make a new cycle in every round', () => {
    const n: Record<string, unknown> = {};
    for (let i = 0; i < SIZE; i++)
      n[name(i)] = folder(`a1 ${name(i ^ 1)} ${name((i + 2) % SIZE)} ${name((i + 3) % SIZE)}`);
    expect(canonical(treeOf({ n }))).toHaveLength(SIZE);
  });

  test('may list one enormous bookmark in many records', () => {
    const x: Record<string, unknown> = {};
    for (let i = 0; i < 20_000; i++) x[name(i)] = `-\n\n${A} 00000000`;
    expect(show({ n: { [A]: ['b', 'a1 root', '', 'u'.repeat(1_000_000)] }, x })).toHaveLength(1);
  });

  test('may hold anything under any key', () => {
    const keys = fc.constantFrom<string>(A, B, C, D, 'root', '', '__proto__', 'constructor', 'x');
    const words = fc.constantFrom(
      'f',
      'b',
      's',
      'a1',
      'a0',
      ' ',
      '\n',
      'root',
      '-',
      A,
      B,
      C,
      `a1 ${A}`,
      `a1 ${B}`,
    );
    const text = fc.array(words, { maxLength: 8 }).map((parts) => parts.join(' '));
    const value = fc.oneof(
      { weight: 4, arbitrary: text },
      { weight: 4, arbitrary: fc.array(text, { maxLength: 6 }) },
      fc.anything({ withBigInt: true, withTypedArray: true, withNullPrototype: true, withMap: true }),
    );
    const map = fc.array(fc.tuple(keys, value)).map((entries) => Object.fromEntries(entries));
    fc.assert(
      fc.property(map, map, map, map, map, (n, p, t, u, x) => {
        const tree = treeOf({ n, p, t, u, x });
        expect(canonical(tree)).toHaveLength([...tree.nodes.values()].filter((node) => node.visible).length);
      }),
    );
  });
});
