/** What is set in the popup holds: its language, who is logged in, and what is not done without a proof. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually';
import { ChromiumProfile } from './chromium';
import { type Member, World } from './world';

let world: World;
let carla: Member;

beforeAll(async () => {
  world = await World.open({ Carla: 'chromium' });
  carla = world.member('Carla');
});

afterAll(() => world?.close());

async function account() {
  const screen = await ChromiumProfile.of(carla.profile).popup();
  await screen.press('Settings');
  await screen.press(/Carla/);
  await screen.see('Log out');
  return screen;
}

it('a language that is chosen is spoken at once, and when the popup is opened again', async () => {
  const profile = ChromiumProfile.of(carla.profile);
  const { page } = await profile.popup();
  const language = () => page.evaluate(() => document.documentElement.lang);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Appearance' }).click();
  await page.getByLabel('Language').selectOption('Deutsch');
  await page.getByRole('heading', { name: 'Darstellung' }).waitFor();
  expect(await language()).toBe('de');
  const again = await profile.popup();
  await again.see('Einstellungen');
  await page.getByLabel('Sprache').selectOption('Wie der Browser');
  await page.getByRole('heading', { name: 'Appearance' }).waitFor();
  await again.see('Settings');
});

it('a theme that is chosen is worn, whatever the browser’s', async () => {
  const { page } = await ChromiumProfile.of(carla.profile).popup();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.getByRole('button', { name: 'Settings' }).click();
  const light = await ground();
  await page.getByRole('button', { name: 'Appearance' }).click();
  await page.getByLabel('Theme').selectOption('Dark');
  await eventually('the dark', async () => (await ground()) !== light);
  await page.getByLabel('Theme').selectOption('As the browser');
  await eventually('the light', async () => (await ground()) === light);
});

it('another device is logged out from here', async () => {
  const screen = await account();
  await screen.press(/^Devices/);
  await screen.press('Log out tests');
  await screen.see('tests was logged out');
  await expect(carla.person.call('GET', '/me')).rejects.toThrow('401');
});

it('all other devices are logged out at once', async () => {
  const { name, email, password } = carla.person;
  const others = [await world.hub.logIn(name, email, password), await world.hub.logIn(name, email, password)];
  const screen = await account();
  await screen.press(/^Devices/);
  await screen.press('Log out everywhere else');
  await screen.press('Log out');
  await screen.see('All other devices were logged out');
  for (const other of others) await expect(other.call('GET', '/me')).rejects.toThrow('401');
  await screen.see('This browser');
});

it('what guards the account is not changed without a proof, and Escape gives it up', async () => {
  const screen = await account();
  await screen.press(/^Second factor/);
  await screen.see('No second factor');
  await world.hub.forgetProofs();
  await screen.press('Turn on');
  await screen.page.getByRole('dialog', { name: 'Is it you?' }).waitFor();
  await screen.page.keyboard.press('Escape');
  await screen.see('First show that it is you');
  await eventually('the focus back', () =>
    screen.page
      .getByRole('button', { name: 'Turn on' })
      .evaluate((button) => button === document.activeElement),
  );
});

it('another password logs every other device out, and this one stays', async () => {
  const { hub } = world;
  const { person, profile } = carla;
  const elsewhere = await hub.logIn('Carla', person.email, person.password);
  const screen = await account();
  await screen.press(/^Password/);
  await screen.type('Current password', person.password);
  await screen.type('New password', 'another sentence of my own');
  await screen.press('Change password');
  await screen.see('The password was changed');
  await expect(elsewhere.call('GET', '/me')).rejects.toThrow('401');
  await hub.logIn('Carla', person.email, 'another sentence of my own');
  expect((await profile.state()).account?.email).toBe(person.email);
});
