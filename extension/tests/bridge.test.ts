import { expect, test } from 'vitest';
import { Hub, Member, nativeText } from './team';
import { World } from './world';

async function team(...dialects: ('chromium' | 'firefox')[]) {
  const world = new World(1);
  const hub = new Hub(world);
  const members = dialects.map((dialect) => new Member(hub, { dialect }));
  for (const member of members) {
    member.start();
    member.online();
  }
  await world.pass(2_000);
  return { world, hub, members: members as [Member, Member, ...Member[]] };
}

test('a bookmark made in one browser stands in the other', async () => {
  const { world, hub, members } = await team('chromium', 'firefox');
  const [ann, bob] = members;
  ann.browser.userCreate(ann.folder, { title: 'x', url: 'https://example.com/' });
  await world.pass(1_000);
  expect(nativeText(bob.browser, bob.folder)).toBe('b x https://example.com/');
  expect(hub.text).toBe('b x https://example.com/');
});
