/** Two people who have nothing but the extension and the hub's address, by what the popup shows them alone. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually';
import { Hub } from '../support/hub';
import type { Profile, Screen } from './profile';
import { launch } from './world';

let hub: Hub;
let profiles: Profile[];

beforeAll(async () => {
  hub = await Hub.start();
  profiles = [];
  for (const browser of inject('browsers')) profiles.push(await launch(browser));
});

afterAll(async () => {
  for (const profile of profiles ?? []) await profile.close();
  await hub?.close();
});

async function signUp(screen: Screen, name: string, email: string): Promise<void> {
  await screen.type('Hub address', hub.address);
  await screen.press('Continue');
  await screen.press('Create account');
  await screen.type('Your name', name);
  await screen.type('E-mail', email);
  await screen.press('Continue');
  await screen.type('Password', `a sentence only ${name} would say`);
  await screen.press('Create account');
  await screen.see('No team yet');
}

function folderOf(profile: Profile): Promise<string> {
  return eventually('the folder Design', async () => (await profile.folders('Design'))[0]?.id ?? '');
}

it('one makes a team and invites, the other joins, and a bookmark goes from folder to folder', async () => {
  const [annsProfile, bobsProfile] = profiles as [Profile, Profile];
  const ann = await annsProfile.popup();
  await signUp(ann, 'Ann', 'ann@example.com');
  await ann.press('New team');
  await ann.type('Team name', 'Design');
  await ann.type('Organization name', 'Acme');
  await ann.press('Create team');
  await ann.see('Design is ready');
  const annsFolder = await folderOf(annsProfile);

  await ann.press(/^Design/);
  await ann.press('Members');
  await ann.press('Invite');
  await ann.press('Invite by e-mail', 'menuitem');
  await ann.type('E-mail addresses', 'bob@example.com');
  await ann.press('Invite');
  await ann.see('shown only now');
  const link = await ann.firstField();
  expect(link.startsWith(`${hub.address}/join#`)).toBe(true);

  const bob = await bobsProfile.popup();
  await signUp(bob, 'Bob', 'bob@example.com');
  await bob.press('Add');
  await bob.press('Join with a link', 'menuitem');
  await bob.type('Invitation link', link);
  await bob.press('Continue');
  await bob.see('You can edit');
  await bob.press('Join');
  await bob.see('Joined');
  const bobsFolder = await folderOf(bobsProfile);

  await annsProfile.create({ parentId: annsFolder, title: 'Grafana', url: 'https://grafana.example.com/' });
  const arrived = await eventually(
    'the bookmark at Bob',
    async () => (await bobsProfile.subtree(bobsFolder)).children?.[0],
  );
  expect([arrived?.title, arrived?.url]).toEqual(['Grafana', 'https://grafana.example.com/']);
});

it('an invitation that comes first tells the hub and whom it is for', async () => {
  const ann = await hub.person('Ann');
  const team = await ann.createTeam('Handbook', 'Acme');
  const { accept_url } = await ann.call<{ accept_url: string }>(
    'POST',
    `/organizations/${team.organizationId}/invitations`,
    {
      email: 'carla@example.com',
      role: 'member',
      teams: [{ team_id: team.id, can_write: true, is_manager: false }],
    },
  );
  const profile = await launch(inject('browsers')[0]);
  profiles.push(profile);
  const carla = await profile.popup();
  await carla.press('I have an invitation');
  await carla.type('Invitation link', accept_url);
  await carla.press('Continue');
  await carla.type('Your name', 'Carla');
  await carla.press('Continue');
  await carla.see('Choose a password for carla@example.com');
  await carla.type('Password', 'a sentence only Carla would say');
  await carla.press('Create account');
  await carla.press('Join');
  await carla.see('Joined');
});
