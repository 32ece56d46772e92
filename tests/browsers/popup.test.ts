/** What the popup owes to everybody: the keyboard, a window nothing falls out of, a page behind the link. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually';
import { ChromiumProfile } from './chromium';
import { type Member, World } from './world';

const TEAM = 'Handbook of everything that anybody in the whole company may ever need';

let world: World;
let carla: Member;

beforeAll(async () => {
  world = await World.open({ Carla: 'chromium' });
  carla = world.member('Carla');
  const ann = await world.hub.person('Ann');
  await ann.share(await ann.createTeam(TEAM), carla.person);
  await eventually(
    'the folder',
    () => carla.profile.folders(TEAM),
    (found) => found.length === 1,
  );
});

afterAll(() => world?.close());

const popup = () => ChromiumProfile.of(carla.profile).popup();

it('the keyboard reaches every screen, and is given back where it was', async () => {
  const { page } = await popup();
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
  const screen = await popup();
  const { page } = screen;
  await screen.press('Teams');
  await screen.press(/^.?Handbook/);
  await page.getByRole('button', { name: 'Members', exact: true }).waitFor();
  const outside = await page
    .locator('button, h1, input')
    .evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().right > innerWidth).length);
  expect(outside).toBe(0);
});

it('the link opens a page of the hub that says what to do with it', async () => {
  const { page } = await popup();
  await page.goto(`${world.hub.address}/join#a-token-of-an-invitation`);
  await page
    .getByText(/extension/i)
    .first()
    .waitFor();
  expect(await page.getByRole('textbox').first().inputValue()).toBe(page.url());
});
