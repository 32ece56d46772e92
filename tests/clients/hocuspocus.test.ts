import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually';
import { Hub, type Person, type Team } from '../support/hub';
import { closeAll, Hocuspocus, socket, YWebsocket } from './stock';

let hub: Hub;
let ann: Person;
let bob: Person;
let team: Team;

beforeAll(async () => {
  hub = await Hub.start();
  ann = await hub.person('Ann');
  bob = await hub.person('Bob');
  team = await ann.createTeam('Service endpoints');
  await ann.share(team, bob);
});
afterEach(closeAll);
afterAll(() => hub.close());

test('an edit of one arrives at the other, and is acknowledged', async () => {
  const here = new Hocuspocus(socket(hub), team.id, ann.token);
  const there = new Hocuspocus(socket(hub), team.id, bob.token);
  here.nodes.set('k', 'v');
  await eventually('the edit', () => there.nodes.get('k') === 'v');
  await eventually('the acknowledgement', () => here.settled);
});

test('both clients share one room', async () => {
  const here = new Hocuspocus(socket(hub), team.id, ann.token);
  const there = new YWebsocket(hub, team.id, bob.token);
  await eventually('being synced', () => here.settled && there.provider.synced);
  here.nodes.set('from hocuspocus', 1);
  there.nodes.set('from y-websocket', 2);
  await eventually('either edit', () => here.nodes.get('from y-websocket') === 2);
  await eventually('the other edit', () => there.nodes.get('from hocuspocus') === 1);
});
