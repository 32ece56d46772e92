/**
 * Pictures of every screen of the extension, in light and dark, with a real hub behind it:
 * `npx tsx browsers/screens.ts FOLDER` in tests/, after `make build`. To be looked at before a change of the look lands.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually';
import { Hub, type Person, type Team } from '../support/hub';
import { ChromiumProfile } from './chromium';
import type { Profile } from './profile';

const FOLDER = resolve(process.argv[2] ?? 'screens');
const WINDOW = { width: 380, height: 600 };

/** A popup as a person has it open, and the pictures taken of it. */
class Screens {
  private constructor(
    private readonly page: Page,
    private readonly theme: string,
  ) {}

  static async of(profile: ChromiumProfile, theme: string): Promise<Screens> {
    const page = await profile.context.newPage();
    await page.setViewportSize(WINDOW);
    await page.goto(`chrome-extension://${profile.extensionId}/popup.html`);
    return new Screens(page, theme);
  }

  async take(name: string): Promise<void> {
    // Nothing moves, blinks or is pointed at.
    await this.page.mouse.move(0, 0);
    await this.page.screenshot({
      path: join(FOLDER, `${name}-${this.theme}.png`),
      animations: 'disabled',
      caret: 'hide',
    });
  }

  async press(name: string | RegExp, role: 'button' | 'menuitem' = 'button'): Promise<void> {
    await this.page.getByRole(role, { name }).first().click();
  }

  async fill(label: string, text: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  async see(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  async options(name: string): Promise<void> {
    await this.page.setViewportSize({ width: 900, height: 640 });
    await this.page.goto(this.page.url().replace(/\/\w+\.html.*/, '/options.html'));
    await this.see('Appearance');
    await this.take(name);
    await this.page.goto(this.page.url().replace(/\/\w+\.html.*/, '/popup.html'));
    await this.page.setViewportSize(WINDOW);
  }
}

async function fill(profile: Profile, name: string): Promise<void> {
  const id = await nativeFolder(profile, name);
  const folder = async (parentId: string, title: string) => (await profile.create({ parentId, title })).id;
  const bookmark = (parentId: string, title: string, url: string) => profile.create({ parentId, title, url });
  const tools = await folder(id, 'Tools');
  const ci = await folder(tools, 'Continuous integration');
  await bookmark(ci, 'Build status', 'https://ci.example.org/status');
  await bookmark(ci, 'Flaky tests of the last thirty days, by owner', 'https://ci.example.org/flaky?days=30');
  await folder(id, 'Runbooks');
  await bookmark(id, 'Grafana: service overview', 'https://grafana.example.org/d/overview');
  await bookmark(id, 'Design system', 'https://design.example.org/');
  await bookmark(id, 'On-call rota', 'https://rota.example.org/this-week');
  await bookmark(id, 'Share this page', 'javascript:void(0)');
  await bookmark(id, '', 'https://www.example.com/no-title');
}

async function invite(by: Person, team: Team, email: string): Promise<string> {
  const body = { email, role: 'member', teams: [{ team_id: team.id, can_write: true, is_manager: false }] };
  const path = `/organizations/${team.organizationId}/invitations`;
  return (await by.call<{ accept_url: string }>('POST', path, body)).accept_url;
}

function nativeFolder(profile: Profile, name: string): Promise<string> {
  return eventually(
    `the folder ${name}`,
    async () => (await profile.folders(name))[0]?.id ?? '',
    (id) => id !== '',
  );
}

async function synced(profile: Profile, team: Team, bookmarks: number): Promise<void> {
  await eventually(
    `${team.name} synced`,
    async () => (await profile.state()).teams.find(({ id }) => id === team.id),
    (state) => state?.sync === 'synced' && state.bookmarks >= bookmarks,
  );
}

async function tour(hub: Hub, ann: Person, bob: Person, theme: 'light' | 'dark'): Promise<void> {
  const profile = await ChromiumProfile.launch({ colorScheme: theme });
  const screens = await Screens.of(profile, theme);
  const { take, press, fill: type, see } = bound(screens);

  await see('which hub');
  await take('01-welcome');
  await type('Hub address', 'http://127.0.0.1:1');
  await press('Continue');
  await see('does not answer');
  await take('02-welcome-wrong');
  await type('Hub address', hub.address);
  await press('Continue');
  await see('on 127.0.0.1');
  await take('03-log-in');
  await press('Create account');
  await see('Your name');
  await take('04-create-account');
  const carla = `carla.${theme}@example.com`;
  await type('Your name', 'Carla');
  await type('E-mail', carla);
  await press('Continue');
  await see('Choose a password');
  await type('Password', 'a sentence of my own');
  await take('05-password');
  await press('Create account');
  await see('No team yet');
  await take('06-no-team');
  await press('New team');
  await type('Team name', 'Design');
  await take('07-new-team');
  await type('Organization name', 'Acme');
  await press('Create team');
  await see('is ready');
  await take('08-team-created');

  const design = (await profile.state()).teams[0];
  if (!design) throw new Error('expected the new team');
  await nativeFolder(profile, 'Design');
  await fill(profile, 'Design');
  await synced(profile, { ...design, organizationId: '' }, 6);

  // A team to read, one to be invited to, and colleagues.
  const carlasAccount = await hub.logIn('Carla', carla, 'a sentence of my own');
  const reading = await ann.createTeam('Company handbook');
  await ann.share(reading, carlasAccount, 'read');
  const offered = await ann.createTeam('Service endpoints');
  const link = await invite(ann, offered, carla);
  await carlasAccount.share({ ...design, organizationId: design.organization.id }, bob, 'write');
  await see('Invited by Ann');
  await take('09-teams');
  await press('Add');
  await take('10-menu');
  await press('Join with a link', 'menuitem');
  await type('Invitation link', link);
  await take('11-paste-link');
  await press('Continue');
  await see('You can edit');
  await take('12-invitation');
  await press('Join');
  await see('Joined');
  await take('13-joined');

  await press(/Design/);
  await see('Runbooks');
  await take('14-team');
  await press(/Tools/);
  await press(/Continuous/);
  await see('Build status');
  await take('15-folder');
  await type('Search in Design', 'status');
  await see('Tools › Continuous');
  await take('16-search');
  await type('Search in Design', 'nothing like this');
  await see('Nothing found');
  await take('17-nothing-found');
  await press('Clear search');
  await press('Members');
  await see('Bob');
  await take('18-members');
  await press('Remove Bob');
  await see('Remove Bob from Design?');
  await take('19-remove');
  await press('Cancel');
  await press('Invite');
  await type('E-mail', 'dora@example.com');
  await take('20-invite');
  await press('Make invitation');
  await see('shown only now');
  await take('21-invited');
  await press('Done');
  await see('dora@example.com');
  await take('22-members-invited');

  await press('Settings');
  await see('Appearance');
  await take('23-settings');
  await screens.options('24-options');

  // A reader's edit is put back, and a mass deletion is held.
  await press('Teams');
  const handbook = await nativeFolder(profile, 'Company handbook');
  await profile.create({ parentId: handbook, title: 'My own page', url: 'https://example.com/mine' });
  await see('You can only view');
  await take('25-put-back');
  await press('Dismiss');
  const folder = await nativeFolder(profile, 'Design');
  const many = await profile.create({ parentId: folder, title: 'Archive' });
  for (let n = 0; n < 30; n++)
    await profile.create({ parentId: many.id, title: `Page ${n}`, url: `https://example.com/${n}` });
  await synced(profile, { ...design, organizationId: '' }, 36);
  await profile.remove(many.id);
  await see('You removed');
  await take('26-held');
  await press('Put them back');
  await synced(profile, { ...design, organizationId: '' }, 36);

  await hub.stop();
  await see('The hub is away');
  const offline = await nativeFolder(profile, 'Design');
  await profile.create({ parentId: offline, title: 'Written offline', url: 'https://example.com/offline' });
  await see('1 edit waiting');
  await take('27-offline');
  await press(/Design/);
  await see('Runbooks');
  await take('28-offline-team');
  await hub.run();
  await profile.close();
}

/** The methods alone, so that a tour reads as a list of what is done. */
function bound(screens: Screens) {
  return {
    take: screens.take.bind(screens),
    press: screens.press.bind(screens),
    fill: screens.fill.bind(screens),
    see: screens.see.bind(screens),
  };
}

await mkdir(FOLDER, { recursive: true });
const hub = await Hub.start();
try {
  const [ann, bob] = [await hub.person('Ann'), await hub.person('Bob')];
  for (const theme of ['light', 'dark'] as const) await tour(hub, ann, bob, theme);
} finally {
  await hub.close();
}
console.log(`The pictures are in ${FOLDER}`);
