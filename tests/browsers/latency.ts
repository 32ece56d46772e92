/**
 * How long a native edit in one Chromium takes to stand in another's native tree, through a real hub on loopback.
 *
 * Both browsers run on this machine and read the same clock. The edits are made one at a time, each after the one
 * before has arrived; a third are new bookmarks, a third renames, a third moves to the top.
 */
import { cpus } from 'node:os';
import { World } from './world';

const EDITS = 150;

const world = await World.open('Ann', 'Bob');
try {
  const [ann, bob] = [world.member('Ann'), world.member('Bob')];
  const folder = await world.share('Latency', [ann, bob]);
  const parentId = (await folder.native(ann)).id;
  const first = await ann.profile.create({ parentId, title: 'first', url: 'https://example.com/first' });
  await ann.profile.create({ parentId, title: 'second', url: 'https://example.com/second' });
  await folder.converge('the first two', (shape) => shape.length === 2);

  const took: number[] = [];
  for (let i = 0; i < EDITS; i += 1) {
    const arrived = bob.profile.nextChange();
    const made = Date.now();
    if (i % 3 === 0) await ann.profile.create({ parentId, title: `b${i}`, url: `https://example.com/${i}` });
    else if (i % 3 === 1) await ann.profile.update(first.id, { title: `renamed ${i}` });
    else await ann.profile.move((await folder.native(ann)).children?.at(-1)?.id ?? '', { index: 0 });
    took.push((await arrived) - made);
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))];
  process.stdout.write(
    `native edit → teammate's native tree, ${EDITS} edits, ${cpus().length} cores: ` +
      `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms\n`,
  );
} finally {
  await world.close();
}
