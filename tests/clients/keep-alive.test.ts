import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually';
import { Hub, type Person, type Team } from '../support/hub';
import { closeAll, Hocuspocus, socket, YWebsocket } from './stock';

let hub: Hub;
let ann: Person;
let team: Team;

beforeAll(async () => {
  hub = await Hub.start();
  ann = await hub.person('Ann');
  team = await ann.createTeam('Service endpoints');
});
afterAll(async () => {
  closeAll();
  await hub.close();
});

/** Both clients give a socket up after this long without an application frame. */
const PATIENCE_MS = 30_000;

test('quiet clients of both kinds stay connected for longer than their patience', async () => {
  const current = new Hocuspocus(socket(hub), team.id, ann.token);
  const old = new YWebsocket(hub, team.id, ann.token);
  // Without presence nothing but the hub's own frames can keep them.
  current.provider.awareness?.setLocalState(null);
  old.provider.awareness.setLocalState(null);
  let drops = 0;
  current.socket.on('disconnect', () => {
    drops += 1;
  });
  await eventually('being synced', () => current.settled && old.provider.synced);
  const since = Date.now();
  await eventually('time to pass', () => Date.now() - since > 1.4 * PATIENCE_MS, Boolean, 2 * PATIENCE_MS);
  expect([drops, old.closes]).toEqual([0, []]);
  expect([current.settled, old.provider.synced]).toEqual([true, true]);
});
