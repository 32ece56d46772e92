/** Documents as a broken or hostile writer might leave them: valid entries, nearly valid ones and rubbish, mixed. */
import * as Y from 'yjs';
import { type NodeId, ROOT } from '../src/model/ids';
import { type RawTree, seen } from '../src/model/tree';
import { TeamDocument } from '../src/sync/document';
import { numbers } from './history';

const IDS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'].map((name) => name.padEnd(12, '_') as NodeId);
const KINDS = ['f', 'f', 'f', 'f', 'b', 'b', 's', 'f later', '', 'F', ' f', 'q'];
const POSITIONS = [
  'a1',
  'a1',
  'a1xyz',
  'Zz5',
  '1',
  'z',
  'a0',
  '',
  'a-1',
  '0'.repeat(255).concat('1'),
  '1'.repeat(257),
];
const TEXTS = [
  '',
  'T',
  'two\nlines',
  'Zażółć 📊',
  '\ud83d',
  '\u0000',
  '"\\',
  '\u2028',
  '\ufeffmark',
  'x'.repeat(5_000),
];

const RUBBISH: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => false,
  () => 0,
  () => -1.5,
  () => 2 ** 40,
  () => 2n ** 62n,
  () => Uint8Array.of(102, 32),
  () => ({ 0: 'f', 1: 'a1 root' }),
  () => [],
  () => ['f'],
  () => ['f', 'a1 root', 1],
  () => ['f', 'a1 root', null],
  () => ['f', 'a1 root', ['x']],
  () => [['f', 'a1 root']],
  () => new Y.Text('f a1 root'),
  () => Y.Array.from(['f', 'a1 root', 'x']),
  () => new Y.Map([['f', 'a1 root']]),
  () => new Y.XmlElement('f'),
];

/** One update that holds the whole document; the same for the same seed, but for the client id. */
export function junk(seed: number): Uint8Array {
  const next = numbers(seed);
  const pick = <T>(from: readonly T[]): T => from[next() % from.length] as T;
  const chance = (percent: number) => next() % 100 < percent;
  const parent = () =>
    chance(8) ? ROOT : chance(5) ? pick(['', 'Root', 'short', `${pick(IDS)}\n`]) : pick(IDS);
  const place = () => {
    const words = [chance(80) ? 'a1' : pick(POSITIONS), ...Array.from({ length: 1 + (next() % 4) }, parent)];
    return words.join(chance(2) ? '  ' : ' ') + (chance(2) ? ` ${'ü'.repeat(next() % 600)}` : '');
  };
  const key = () => (chance(95) ? pick(IDS) : pick(['', 'root', 'short', `${pick(IDS)}\n`, 'x'.repeat(37)]));

  const doc = new Y.Doc();
  const fill = (name: keyof RawTree, count: number, value: () => unknown) => {
    const map = doc.getMap(name);
    for (let i = 0; i < count; i++) map.set(key(), chance(8) ? pick(RUBBISH)() : value());
  };
  doc.transact(() => {
    for (let i = 0; i < 2; i++) {
      fill('n', 8, () =>
        [chance(90) ? 'f' : pick(KINDS), place(), pick(TEXTS), pick(TEXTS)].slice(0, 2 + (next() % 3)),
      );
      fill('n', 3, () => ['b', place(), pick(TEXTS), pick(TEXTS)]);
    }
    fill('p', next() % 8, place);
    fill('t', next() % 5, () => pick(TEXTS));
    fill('u', next() % 5, () => pick(TEXTS));
  });
  const nodes = [...new TeamDocument(Y.encodeStateAsUpdate(doc)).tree.nodes.values()];
  const line = () => {
    const node = pick(nodes);
    return chance(90)
      ? `${node.id} ${seen(node)}${chance(5) ? ' later' : ''}`
      : pick(['', node.id, `${node.id}  ${seen(node)}`]);
  };
  doc.transact(() => {
    if (nodes.length === 0) return;
    fill('x', next() % 4, () => {
      const lines = Array.from({ length: next() % 6 }, line);
      const root = chance(50) ? '-' : (lines[0]?.slice(0, 12) ?? pick(IDS));
      return [root, pick(['', 'mk3a ann']), ...lines].join('\n');
    });
  });
  return Y.encodeStateAsUpdate(doc);
}

/**
 * Births in which breaking one cycle closes the next, one a round, for as long as there are nodes: each stands in the
 * one before it and falls back on the one behind it. From `rooted` on the root comes between the two.
 */
export function dominoes(count: number, rooted: number): Record<string, string[]> {
  const name = (i: number) => `domino_${String(9_999_999 - i)}`; // the later, the smaller: the next one to give way
  const births: Record<string, string[]> = {};
  for (let i = 0; i < count; i++) {
    const [before, behind] = [name(i === 0 ? 1 : i - 1), name(i + 1)];
    births[name(i)] = ['f', `a1 ${before} ${i < rooted ? '' : 'root '}${behind}`];
  }
  return births;
}

export function documentOf(births: Record<string, unknown>): Uint8Array {
  const doc = new Y.Doc();
  doc.transact(() => {
    for (const [id, birth] of Object.entries(births)) doc.getMap('n').set(id, birth);
  });
  return Y.encodeStateAsUpdate(doc);
}
