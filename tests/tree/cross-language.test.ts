/** The same bytes show the same tree in both languages, whoever wrote them and in whatever state they are. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonical } from '../../extension/src/model/tree';
import { TeamDocument } from '../../extension/src/sync/document';
import { History, numbers, randomSteps } from '../../extension/tests/history';
import { documentOf, dominoes, junk } from '../../extension/tests/junk';
import { HubReplicas } from './hub-replicas';

let hub: HubReplicas;
beforeAll(() => {
  hub = new HubReplicas();
});
afterAll(() => hub.close());

function textOf(document: TeamDocument): string {
  return canonical(document.tree)
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');
}

/** Two replicas of each kind edit one document at once, and hear from each other now and then, one way at a time. */
async function play(seed: number): Promise<void> {
  const { steps } = randomSteps(seed);
  const next = numbers(seed);
  const history = new History(2, seed);
  const ours = history.replicas;
  const theirs = [`${seed} a`, `${seed} b`];
  const pull = async (name: string, i: number) =>
    hub.apply(name, (ours[i] as TeamDocument).missing(await hub.vector(name)));
  const push = async (name: string, i: number) => {
    const document = ours[i] as TeamDocument;
    document.apply([await hub.missing(name, document.stateVector())]);
  };
  for (const name of theirs) {
    await hub.start(name, next());
    await pull(name, 0);
  }
  for (const step of steps) {
    const name = theirs[next() % 2] as string;
    const i = next() % 2;
    history.play([step]);
    const die = next() % 10;
    if (die < 5) await hub.act(name, next());
    else if (die < 7) await pull(name, i);
    else if (die < 9) await push(name, i);
    else await hub.reload(name, next());
  }
  for (const document of ours) expect(await hub.read(document.state())).toBe(textOf(document));
  for (const name of theirs) {
    const state = await hub.missing(name, Uint8Array.of(0));
    expect(textOf(new TeamDocument(state))).toBe(await hub.text(name));
  }
  for (const round of [push, pull]) {
    for (const name of theirs) for (const i of [0, 1]) await round(name, i);
  }
  for (const i of [0, 1]) await push(theirs[0] as string, i);
  const text = textOf(ours[0] as TeamDocument);
  expect(textOf(ours[1] as TeamDocument)).toBe(text);
  for (const name of theirs) expect(await hub.text(name)).toBe(text);
}

test('replicas of both kinds that edit one document at once end with one tree', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    await play(seed).catch((cause) => {
      throw new Error(`history ${seed}`, { cause });
    });
  }
});

test('a document full of rubbish shows the same in both', async () => {
  for (let seed = 1; seed <= 1_000; seed++) {
    const update = junk(seed);
    expect(await hub.read(update), `junk ${seed}`).toBe(textOf(new TeamDocument(update)));
  }
});

test('cycles that open round after round are broken alike', async () => {
  for (const count of [2, 31, 32, 33, 34, 63, 64, 65, 66, 67, 200]) {
    for (const rooted of [0, 1, 31, 32, 33, 63, 64, 65, 200]) {
      const update = documentOf(dominoes(count, rooted));
      expect(await hub.read(update), `${count} dominoes, ${rooted}`).toBe(textOf(new TeamDocument(update)));
    }
  }
});
