/**
 * How long a native edit in one browser takes to stand in another's native tree, through a real hub on loopback.
 *
 * Both browsers run on this machine and read the same clock. The edits are made one at a time, each after the one
 * before has arrived; a third are new bookmarks, a third renames, a third moves to the top.
 */
import { cpus } from 'node:os';
import { eventually } from '../support/eventually';
import type { BrowserName } from './profile';
import { World } from './world';

const EDITS = 150;

/** What each edit took, in milliseconds. */
async function latencies(from: BrowserName, to: BrowserName): Promise<number[]> {
  const world = await World.open({ Ann: from, Bob: to });
  try {
    const [ann, bob] = [world.member('Ann'), world.member('Bob')];
    const folder = await world.share('Latency', [ann, bob]);
    const parentId = (await folder.native(ann)).id;
    const first = await ann.profile.create({ parentId, title: 'first', url: 'https://example.com/first' });
    await ann.profile.create({ parentId, title: 'second', url: 'https://example.com/second' });
    await folder.converge('the first two', (shape) => shape.length === 2);

    const took: number[] = [];
    for (let i = 0; i < EDITS; i += 1) {
      const before = (await bob.profile.changes()).length;
      const last = (await folder.native(ann)).children?.at(-1)?.id ?? '';
      const made = Date.now();
      if (i % 3 === 0)
        await ann.profile.create({ parentId, title: `b${i}`, url: `https://example.com/${i}` });
      else if (i % 3 === 1) await ann.profile.update(first.id, { title: `renamed ${i}` });
      else await ann.profile.move(last, { index: 0 });
      const arrived = await eventually('the edit', async () => (await bob.profile.changes())[before]);
      took.push((arrived ?? Number.NaN) - made);
    }
    return took.sort((a, b) => a - b);
  } finally {
    await world.close();
  }
}

for (const to of ['chromium', 'firefox'] as const) {
  const took = await latencies('chromium', to);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))];
  process.stdout.write(
    `native edit in chromium → teammate's native tree in ${to}, ${EDITS} edits, ${cpus().length} cores: ` +
      `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms\n`,
  );
}
