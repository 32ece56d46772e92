/** Two people who have nothing but the extension and the hub's address, by what the popup shows them alone. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually';
import { Hub } from '../support/hub';
import { Profile } from './profile';

let hub: Hub;
let profiles: Profile[];

beforeAll(async () => {
  hub = await Hub.start();
  profiles = [await Profile.launch(), await Profile.launch()];
});

afterAll(async () => {
  for (const profile of profiles ?? []) await profile.close();
  await hub?.close();
});

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click();
const type = (page: Page, label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
const see = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

async function signUp(page: Page, name: string, email: string): Promise<void> {
  await type(page, 'Hub address', hub.address);
  await press(page, 'Continue');
  await press(page, 'Create account');
  await type(page, 'Your name', name);
  await type(page, 'E-mail', email);
  await press(page, 'Continue');
  await type(page, 'Password', `a sentence only ${name} would say`);
  await press(page, 'Create account');
  await see(page, 'No team yet');
}

function folderOf(profile: Profile): Promise<string> {
  return eventually('the folder Design', async () => (await profile.folders('Design'))[0]?.id ?? '');
}

it('one makes a team and invites, the other joins, and a bookmark goes from folder to folder', async () => {
  const [annsProfile, bobsProfile] = profiles as [Profile, Profile];
  const ann = await annsProfile.popup();
  await signUp(ann, 'Ann', 'ann@example.com');
  await press(ann, 'New team');
  await type(ann, 'Team name', 'Design');
  await type(ann, 'Organization name', 'Acme');
  await press(ann, 'Create team');
  await see(ann, 'Design is ready');
  const annsFolder = await folderOf(annsProfile);

  await ann
    .getByRole('button', { name: /^Design/ })
    .first()
    .click();
  await press(ann, 'Members');
  await press(ann, 'Invite');
  await type(ann, 'E-mail', 'bob@example.com');
  await press(ann, 'Make invitation');
  await see(ann, 'shown only now');
  const link = await ann.getByRole('textbox').first().inputValue();
  expect(link.startsWith(`${hub.address}/join#`)).toBe(true);

  const bob = await bobsProfile.popup();
  await signUp(bob, 'Bob', 'bob@example.com');
  await bob.getByRole('button', { name: 'Add' }).click();
  await bob.getByRole('menuitem', { name: 'Join with a link' }).click();
  await type(bob, 'Invitation link', link);
  await press(bob, 'Continue');
  await see(bob, 'You can edit');
  await press(bob, 'Join');
  await see(bob, 'Joined');
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
  const team = await ann.createTeam(
    'Handbook of everything that anybody in the whole company may ever need',
    'Acme',
  );
  const { accept_url } = await ann.call<{ accept_url: string }>(
    'POST',
    `/organizations/${team.organizationId}/invitations`,
    {
      email: 'carla@example.com',
      role: 'member',
      teams: [{ team_id: team.id, can_write: true, is_manager: false }],
    },
  );
  const profile = await Profile.launch();
  profiles.push(profile);
  const carla = await profile.popup();
  await press(carla, 'I have an invitation');
  await type(carla, 'Invitation link', accept_url);
  await press(carla, 'Continue');
  await type(carla, 'Your name', 'Carla');
  await press(carla, 'Continue');
  await see(carla, 'Choose a password for carla@example.com');
  await type(carla, 'Password', 'a sentence only Carla would say');
  await press(carla, 'Create account');
  await press(carla, 'Join');
  await see(carla, 'Joined');
});

it('the keyboard reaches every screen, and is given back where it was', async () => {
  const [, , profile] = profiles as [Profile, Profile, Profile];
  const page = await profile.popup();
  const focused = (role: 'button' | 'menuitem' | 'heading', name: string | RegExp) =>
    eventually(`the focus on ${name}`, () =>
      page
        .getByRole(role, { name })
        .first()
        .evaluate((element) => element === document.activeElement),
    );
  const keys = async (...pressed: string[]) => {
    for (const key of pressed) await page.keyboard.press(key);
  };
  await page.getByRole('button', { name: 'Add' }).focus();
  await keys('Enter');
  await focused('menuitem', 'New team');
  await keys('ArrowUp');
  await focused('menuitem', 'Join with a link');
  await keys('Escape');
  await focused('button', 'Add');
  // Past the search box.
  await keys('Tab', 'Tab', 'Enter');
  await focused('heading', /^Handbook/);
  // Past what shows it in the bookmark manager.
  await keys('Tab', 'Tab', 'Enter');
  await focused('heading', 'Members');
  await page.getByRole('button', { name: 'Leave the team' }).focus();
  await keys('Enter');
  await focused('button', 'Cancel');
  await keys('Escape');
  await focused('button', 'Leave the team');
});

it('no name is so long that it pushes anything out of the window', async () => {
  const [, , profile] = profiles as [Profile, Profile, Profile];
  const page = await profile.popup();
  await press(page, 'Teams');
  await page
    .getByRole('button', { name: /^.?Handbook/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Members', exact: true }).waitFor();
  const outside = await page
    .locator('button, h1, input')
    .evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().right > innerWidth).length);
  expect(outside).toBe(0);
});

it('the link opens a page of the hub that says what to do with it', async () => {
  const [profile] = profiles as [Profile, Profile];
  const page = await profile.context.newPage();
  await page.goto(`${hub.address}/join#a-token-of-an-invitation`);
  await see(page, /extension/i);
  expect(await page.getByRole('textbox').first().inputValue()).toBe(page.url());
});
