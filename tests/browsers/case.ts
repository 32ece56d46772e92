/** How a scenario of two people is written down as a test: who is there, and the folder that it begins with. */
import { it as base, inject } from 'vitest';
import { add } from './scenario';
import { type SharedFolder, World } from './world';

/**
 * For all scenarios of a file Ann and Bob sit at the same two browsers, of the kinds that the run says. `start` gives a
 * scenario a folder of its own, with bookmarks that Ann has added.
 */
export const it = base
  .extend('browsers', { scope: 'file' }, () => inject('browsers'))
  .extend('world', { scope: 'file' }, async ({ browsers: [first, second] }, { onCleanup }) => {
    const world = await World.open({ Ann: first, Bob: second });
    onCleanup(() => world.close());
    return world;
  })
  .extend('ann', ({ world }) => world.member('Ann'))
  .extend('bob', ({ world }) => world.member('Bob'))
  .extend(
    'start',
    ({ world, ann, bob }) =>
      async (name: string, ...titles: string[]): Promise<SharedFolder> => {
        const folder = await world.share(name, [ann, bob]);
        await add(ann, (await folder.native(ann)).id, ...titles);
        await folder.converge('the first bookmarks', (shape) => shape.length === titles.length);
        return folder;
      },
  );
