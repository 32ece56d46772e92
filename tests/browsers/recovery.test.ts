/** Workers that sleep, browsers that are killed, folders and databases that vanish. */
import { describe, expect } from 'vitest';
import { eventually } from '../support/eventually';
import { it } from './case';
import { add, numbered } from './scenario';
import { type Member, type SharedFolder, titles } from './world';

/** More are for an afternoon: `TEAMMARKS_KILLS=20 npx vitest run recovery`. */
const KILLS = Number(process.env.TEAMMARKS_KILLS ?? 5);

const held = async (member: Member, folder: SharedFolder) =>
  (await member.profile.state()).teams.find((t) => t.id === folder.team.id)?.held;

describe('a worker', () => {
  it('T32 that sleeps wakes for a native edit and passes it on', async ({ bob, start }) => {
    const folder = await start('T32', ...numbered('b', 2));
    await bob.profile.stopWorker();
    await bob.profile.update((await folder.find(bob, 'b0')).id, { title: 'while it slept' });
    await folder.converge('the edit', (s) => titles(s).includes('while it slept'));
    await folder.quiet();
  });

  it('keeps an edit made offline through its own end', async ({ bob, start }) => {
    const folder = await start('Offline', ...numbered('b', 2));
    await bob.wire.cut();
    await bob.profile.update((await folder.find(bob, 'b1')).id, { title: 'offline' });
    await eventually('the edit to wait', async () => {
      const team = (await bob.profile.state()).teams.find((t) => t.id === folder.team.id);
      return team?.waiting === 1;
    });
    await bob.profile.stopWorker();
    await bob.wire.mend();
    await bob.profile.state();
    await folder.converge('the edit', (s) => titles(s).includes('offline'));
    await folder.quiet();
  });
});

describe('a browser', () => {
  it('keeps an edit made offline through its own death', async ({ bob, start }) => {
    const folder = await start('Killed offline', ...numbered('b', 2));
    await bob.wire.cut();
    await bob.profile.update((await folder.find(bob, 'b1')).id, { title: 'offline' });
    await eventually('the edit to wait', async () => {
      const team = (await bob.profile.state()).teams.find((t) => t.id === folder.team.id);
      return team?.waiting === 1;
    });
    await bob.restart('SIGKILL');
    await bob.wire.mend();
    await folder.converge('the edit', (s) => titles(s).includes('offline'));
    await folder.quiet();
  });

  it('T10 ended and started again keeps one copy of each odd title and address', async ({
    ann,
    bob,
    start,
  }) => {
    const folder = await start('T10', ...numbered('b', 1));
    const odd = `https://example.com/?a="b c"&d='e'%22\`#ü`;
    await ann.profile.create({ parentId: (await folder.native(ann)).id, title: 'a "b"', url: odd });
    const before = await folder.converge('the odd one', (s) => s.length === 2);
    for (const member of [ann, bob]) await member.restart('close');
    await add(bob, (await folder.native(bob)).id, 'later');
    const { shape } = await folder.converge('what comes later', (s) => s.length === 3);
    expect(shape.slice(0, 2)).toEqual(before.shape);
    await folder.quiet();
  });

  const patience = { timeout: 120_000 + 30_000 * KILLS };
  it(
    `T31 killed ${KILLS} times while a thousand bookmarks pour in doubles and loses none`,
    patience,
    async ({ world, ann, bob }) => {
      const folder = await world.share('T31', [ann, bob]);
      await bob.wire.cut();
      const parentId = (await folder.native(ann)).id;
      await add(ann, parentId, ...numbered('b', 1000));
      await folder.converge('all at Ann', (s) => s.length === 1000, [ann]);
      await bob.wire.mend();
      const killedAt: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        const reached = 1 + Math.floor((900 * kill) / KILLS);
        killedAt.push(
          await eventually(
            `${reached} bookmarks at Bob`,
            async () => (await folder.contents(bob)).length,
            (n) => n >= reached,
            60_000,
          ),
        );
        await bob.restart('SIGKILL');
      }
      expect(killedAt.filter((n) => n < 1000)).not.toEqual([]);
      const { shape } = await folder.converge('all at both', (s) => s.length === 1000);
      expect(titles(shape)).toEqual(numbered('b', 1000));
      await folder.quiet();
    },
  );
});

describe('what vanished', () => {
  it('T36 the extension’s own memory: the folder is taken up again without a double', async ({
    ann,
    bob,
    start,
  }) => {
    const folder = await start('T36', ...numbered('b', 20));
    const before = await bob.profile.subtree((await folder.native(bob)).id);
    await bob.profile.forgetDatabases();
    await bob.profile.state();
    await add(ann, (await folder.native(ann)).id, 'later');
    const { shape } = await folder.converge('one copy of each', (s) => s.length === 21);
    expect(new Set(titles(shape)).size).toBe(21);
    const after = await bob.profile.subtree((await folder.native(bob)).id);
    expect(after.id).toBe(before.id);
    expect(after.children?.slice(0, 20).map((c) => c.id)).toEqual(before.children?.map((c) => c.id));
    await folder.quiet();
  });

  it('T37 the folder, while the worker slept: held, nothing sent, and put back', async ({
    ann,
    bob,
    start,
  }) => {
    const folder = await start('T37', ...numbered('b', 20));
    const before = folder.updates;
    const wanted = folder.shape();
    const { id } = await folder.native(bob);
    await bob.profile.stopWorker();
    await bob.profile.remove(id);
    expect(await eventually('Bob to be asked', () => held(bob, folder))).toMatchObject({
      reason: 'folder-vanished',
    });
    expect(await folder.contents(ann)).toEqual(wanted);
    await bob.profile.ask('resolveHeld', { team: folder.team.id, choice: 'put-back' });
    const { shape } = await folder.converge('the folder back', (s) => s.length === 20);
    expect(shape).toEqual(wanted);
    await folder.quiet();
    expect(folder.updates).toBe(before);
  });

  it('T44 the folder, by Bob’s own hand: he is asked, and others keep theirs', async ({
    ann,
    bob,
    start,
  }) => {
    const folder = await start('T44', ...numbered('b', 3));
    await bob.profile.remove((await folder.native(bob)).id);
    expect(await eventually('Bob to be asked', () => held(bob, folder))).toMatchObject({
      reason: 'folder-vanished',
    });
    await add(ann, (await folder.native(ann)).id, 'later');
    await folder.converge('Ann’s own', (s) => s.length === 4, [ann]);
    await bob.profile.ask('resolveHeld', { team: folder.team.id, choice: 'put-back' });
    await folder.converge('the folder back, with what came since', (s) => s.length === 4);
    await folder.quiet();
  });
});
