/** The same edit of the same document, by both writers, comes to the same: the tree shown, what is dead, every record. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as Y from 'yjs';
import { materialise, type RawTree } from '../../extension/src/model/tree';
import { History, numbers, randomSteps } from '../../extension/tests/history';
import { junk } from '../../extension/tests/junk';
import { outcome, randomEdit, writesOf } from './edits';
import { HubReplicas } from './hub-replicas';

let hub: HubReplicas;
beforeAll(() => {
  hub = new HubReplicas();
});
afterAll(() => hub.close());

function mapsOf(update: Uint8Array): RawTree {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, update);
  const map = (name: string) => new Map<string, unknown>(doc.getMap(name).entries());
  return { n: map('n'), p: map('p'), t: map('t'), u: map('u'), x: map('x') };
}

/** A few edits, each of the document as it was. */
async function compare(update: Uint8Array, seed: number): Promise<void> {
  const raw = mapsOf(update);
  const tree = materialise(raw);
  const next = numbers(seed);
  for (let i = 0; i < 10; i++) {
    const edit = randomEdit(tree, next());
    const theirs = outcome(raw, await hub.writes(update, edit, next()));
    const ours = outcome(raw, writesOf(raw, edit, next()));
    expect(theirs, JSON.stringify(edit)).toEqual(ours);
  }
}

test('after a history of several people', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const { replicas, steps } = randomSteps(seed);
    const history = new History(replicas, seed).play(steps);
    history.settle();
    const update = history.replicas[0]?.state() as Uint8Array;
    await compare(update, seed).catch((cause) => {
      throw new Error(`history ${seed}`, { cause });
    });
  }
});

test('in a document full of rubbish, cycles and broken deletes', async () => {
  for (let seed = 1; seed <= 400; seed++) {
    await compare(junk(seed), seed).catch((cause) => {
      throw new Error(`junk ${seed}`, { cause });
    });
  }
});
