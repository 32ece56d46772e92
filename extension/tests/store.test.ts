/** What every store of a bridge has to do, and IndexedDB's own. */
import 'fake-indexeddb/auto';
import { describe, expect, test } from 'vitest';
import { type Binding, IndexedDbStore, type Store } from '../src/background/store';
import type { NativeId, NodeId, TeamId } from '../src/model/ids';
import type { Row } from '../src/sync/shadow';
import { MemoryStore } from './memory-store';

const ONE = 'team-1' as TeamId;
const TWO = 'team-2' as TeamId;
const NOTHING = { updates: [], rows: [], binding: null };
let databases = 0;

const stores: [string, () => Promise<Store>][] = [
  ['IndexedDB', () => IndexedDbStore.open(`contract ${databases++}`)],
  ['memory', async () => new MemoryStore()],
];

describe.each(stores)('%s', (_, open) => {
  test('a team nobody has stored is empty', async () => {
    expect(await (await open()).load(ONE)).toEqual(NOTHING);
  });

  test('updates come back in the order they were stored in', async () => {
    const store = await open();
    await store.commit(ONE, { updates: [bytes(1), bytes(2)] });
    for (let n = 3; n < 14; n++) await store.commit(ONE, { updates: [bytes(n)] });
    const { updates } = await store.load(ONE);
    expect(updates).toEqual(Array.from({ length: 13 }, (_, at) => bytes(at + 1)));
  });

  test('a state takes the place of all updates before it, and later ones follow it', async () => {
    const store = await open();
    await store.commit(ONE, { updates: [bytes(1), bytes(2)] });
    await store.commit(ONE, { updates: [bytes(3)], state: bytes(9) });
    await store.commit(ONE, { updates: [bytes(4)] });
    expect((await store.load(ONE)).updates).toEqual([bytes(9), bytes(4)]);
  });

  test('rows and the binding are put, replaced and dropped', async () => {
    const store = await open();
    await store.commit(ONE, { rows: changes([row('a', 'x'), row('b', 'x')]), binding: binding(true) });
    await store.commit(ONE, { rows: changes([row('b', 'y')], ['a']) });
    const { rows, binding: kept } = await store.load(ONE);
    expect(rows).toEqual([row('b', 'y')]);
    expect(kept).toEqual(binding(true));
  });

  test('one team is stored and forgotten without the other', async () => {
    const store = await open();
    for (const team of [ONE, TWO]) {
      await store.commit(team, {
        updates: [bytes(1)],
        rows: changes([row('a', team)]),
        binding: binding(false),
      });
    }
    await store.forget(ONE);
    expect(await store.load(ONE)).toEqual(NOTHING);
    expect(await store.load(TWO)).toEqual({
      updates: [bytes(1)],
      rows: [row('a', TWO)],
      binding: binding(false),
    });
  });
});

test('IndexedDB goes on after what was stored before it was opened', async () => {
  const name = `again ${databases++}`;
  const before = await IndexedDbStore.open(name);
  await before.load(ONE);
  await before.commit(ONE, { updates: [bytes(1), bytes(2)] });
  before.close();
  const after = await IndexedDbStore.open(name);
  await after.load(ONE);
  await after.commit(ONE, { updates: [bytes(3)] });
  expect((await after.load(ONE)).updates).toEqual([bytes(1), bytes(2), bytes(3)]);
});

test('a batch that cannot be stored in full is not stored at all', async () => {
  const store = await IndexedDbStore.open(`whole ${databases++}`);
  const broken = { ...row('b', 'x'), title: (() => 'no value of IndexedDB') as unknown as string };
  const commit = store.commit(ONE, { updates: [bytes(1)], rows: changes([row('a', 'x'), broken]) });
  await expect(commit).rejects.toThrow();
  expect(await store.load(ONE)).toEqual(NOTHING);
});

function bytes(n: number): Uint8Array {
  return Uint8Array.of(n, n, n);
}

function changes(put: Row[], drop: string[] = []) {
  return { put: new Map(put.map((one) => [one.id as string, one])), drop };
}

function row(id: string, title: string): Row {
  return {
    id: id as NodeId,
    native: id as NativeId,
    added: 0,
    parent: 'root' as NodeId,
    writtenParent: 'root' as NodeId,
    pos: 'a1',
    title,
    url: '',
    nativeTitle: title,
    nativeUrl: '',
    era: 1,
  };
}

function binding(synced: boolean): Binding {
  return {
    synced,
    found: false,
    creating: false,
    held: false,
    choice: null,
    putBack: [],
    refused: null,
    folderTitle: 'Design',
    era: 1,
    safe: 0,
    doubt: null,
    browserRun: '1',
  };
}
