/**
 * Every screen of the extension, one after the other, in either language, with a real hub behind it: for whoever takes
 * pictures of them, and whoever looks for barriers in them.
 */
import { eventually } from '../support/eventually';
import { Hub, type Person, type Team } from '../support/hub';
import { totp } from '../support/totp';
import { ChromiumProfile } from './chromium';
import { type Language, Popup, type Visit } from './popup';
import type { Profile } from './profile';

const PASSWORD = 'a sentence of my own';

export async function tour(hub: Hub, language: Language, onVisit: Visit): Promise<void> {
  const [ann, bob, dora] = [await hub.person('Ann'), await hub.person('Bob'), await hub.person('Dora')];
  const profile = await ChromiumProfile.launch();
  try {
    const popup = await Popup.open(profile, language, onVisit);
    const email = `carla.${language}@example.com`;
    await strictHub(popup);
    await newcomer(popup, hub, email);
    const carla = await hub.logIn('Carla', email, PASSWORD);
    const design = await designTeam(popup, profile);
    await invitations(popup, carla, design, { ann, bob, dora });
    await folders(popup);
    await members(popup);
    await settings(popup);
    await guards(popup, hub, email);
    await trouble(popup, profile, hub, design);
  } finally {
    await profile.close();
  }
}

/** A hub that sends letters, and lets nobody in whose address is not confirmed. */
async function strictHub(popup: Popup): Promise<void> {
  const strict = await Hub.start({
    settings: { SMTP_URL: 'smtp+plain://127.0.0.1:9', MAIL_FROM: 'hub@example.com' },
  });
  try {
    await popup.see('welcomeLead');
    await popup.visit('welcome');
    await popup.fill('hubAddress', 'http://127.0.0.1:1');
    await popup.press('continue');
    await popup.see('problemOffline');
    await popup.visit('welcome-wrong');
    await popup.fill('hubAddress', strict.address);
    await popup.press('continue');
    await popup.press('forgottenPassword');
    await popup.fill('email', 'carla@example.com');
    await popup.visit('forgotten-password');
    await popup.press('sendLink');
    await popup.see('resetSent', 'carla@example.com');
    await popup.visit('reset-sent');
    await popup.press('backToLogIn');
    await signUp(popup, 'carla@example.com');
    await popup.see('checkMailTitle');
    await popup.press('addressConfirmed');
    await popup.see('problemUnverified');
    await popup.visit('check-mail');
    await popup.press('changeHub');
  } finally {
    await strict.close();
  }
}

async function signUp(popup: Popup, email: string, show: (name: string) => Promise<void> = async () => {}) {
  await popup.press('createAccount');
  await popup.fill('yourName', 'Carla');
  await popup.fill('email', email);
  await show('create-account');
  await popup.press('continue');
  await popup.fill('password', PASSWORD);
  await show('password');
  await popup.press('createAccount');
}

async function newcomer(popup: Popup, hub: Hub, email: string): Promise<void> {
  await popup.fill('hubAddress', hub.address);
  await popup.press('continue');
  await popup.see('logInTitle');
  await popup.visit('log-in');
  await signUp(popup, email, (name) => popup.visit(name));
  await popup.see('noTeamTitle');
  await popup.visit('no-team');
  await popup.press('newTeam');
  await popup.fill('teamName', 'Design');
  await popup.fill('organizationName', 'Acme');
  await popup.visit('new-team');
  await popup.press('createTeam');
  await popup.see('teamCreated', 'Design');
  await popup.visit('team-created');
}

async function designTeam(popup: Popup, profile: Profile): Promise<Team> {
  const team = (await profile.state()).teams[0];
  if (!team) throw new Error('expected the new team');
  const id = await nativeFolder(profile, 'Design');
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
  const design = { id: team.id, name: 'Design', organizationId: team.organization.id };
  await synced(profile, design, 6);
  await popup.see('statusSynced');
  return design;
}

/** A team to read, one to be invited to, and a colleague who waits to be let in. */
async function invitations(
  popup: Popup,
  carla: Person,
  design: Team,
  { ann, bob, dora }: { ann: Person; bob: Person; dora: Person },
): Promise<void> {
  await ann.share(await ann.createTeam('Company handbook'), carla, 'read');
  const offered = await ann.createTeam('Service endpoints');
  const link = await invite(ann, offered, { email: carla.email });
  await carla.share(design, bob, 'write');
  const open = await invite(carla, design, { link: { max_uses: 10, needs_approval: true } });
  await dora.call('POST', '/invitations/accept', { token: new URL(open).hash.slice(1) });
  await popup.see('invitedBy', 'Ann');
  await popup.visit('teams');
  await popup.press('add');
  await popup.visit('menu');
  await popup.choose('joinWithLink');
  await popup.fill('invitationLink', link);
  await popup.visit('paste-link');
  await popup.press('continue');
  await popup.see('youCanEdit');
  await popup.visit('invitation');
  await popup.press('join');
  await popup.see('joined');
  await popup.visit('joined');
}

async function folders(popup: Popup): Promise<void> {
  await popup.enter(/^.?Design/);
  await popup.see(/Runbooks/);
  await popup.visit('team');
  await popup.enter(/^Tools/);
  await popup.enter(/^Continuous/);
  await popup.see(/Build status/);
  await popup.visit('folder');
  await popup.press('addBookmark');
  await popup.fill('address', 'javascript:alert(1)');
  await popup.fill('name', 'Merge queue');
  await popup.press('add');
  await popup.see('notOpenable');
  await popup.visit('add-bookmark');
  await popup.fill('address', 'ci.example.org/queue');
  await popup.press('add');
  await popup.see('added', 'Design');
  await popup.see(/Merge queue/);
  await popup.press('newFolder');
  await popup.fill('name', 'Nightly');
  await popup.visit('new-folder');
  await popup.press('add');
  await popup.see(/Nightly/);
  const search = popup.page.getByRole('searchbox');
  await search.fill('status');
  await popup.see(/Tools › Continuous/);
  await popup.visit('search');
  await search.fill('nothing like this');
  await popup.see('nothingFound', 'nothing like this');
  await popup.visit('nothing-found');
  await popup.press('clearSearch');
}

async function members(popup: Popup): Promise<void> {
  await popup.press('members');
  await popup.see(/Dora/);
  await popup.visit('members');
  await popup.press('approve', 'Dora');
  await popup.see('approved', 'Dora');
  await popup.press('removePerson', 'Bob');
  await popup.see('removeHeading', 'Bob', 'Design');
  await popup.visit('remove');
  await popup.press('cancel');
  await popup.press('invite');
  await popup.visit('invite-menu');
  await popup.choose('inviteByMail');
  await popup.fill('emails', 'emil@example.com, frida@example.com, gustav at example');
  await popup.visit('invite');
  await popup.press('makeInvitation');
  await popup.see('inviteReady', 'emil@example.com');
  await popup.visit('invited');
  await popup.press('done');
  await popup.press('invite');
  await popup.choose('inviteByLink');
  await popup.visit('invite-link');
  await popup.press('makeLink');
  await popup.see('linkReady', 'Design');
  await popup.visit('link-made');
  await popup.press('done');
  await popup.see(/emil@example.com/);
  await popup.press('sendAgainTo', 'emil@example.com');
  await popup.see('inviteReadyLead');
  await popup.visit('members-invited');
}

async function settings(popup: Popup): Promise<void> {
  await popup.press('tabSettings');
  await popup.see('appearanceHint');
  await popup.visit('settings');
  await popup.enter(new RegExp(popup.say('appearanceHint')));
  await popup.see('density');
  await popup.visit('appearance');
  await popup.leave();
  await popup.enter(new RegExp(popup.say('aboutHint')));
  await popup.see('connection');
  await popup.visit('about');
  await popup.leave();
  await popup.asPage(async () => {
    await popup.see('appearanceHint');
    await popup.visit('options');
  });
}

/** What guards the account, up to a log-in that asks for the second factor. */
async function guards(popup: Popup, hub: Hub, email: string): Promise<void> {
  await popup.enter(new RegExp(email));
  await popup.see('secondFactorHint');
  await popup.visit('account');
  await popup.enter(new RegExp(popup.say('devicesHint')));
  await popup.see('thisDevice');
  await popup.visit('devices');
  await popup.leave();
  await popup.enter(new RegExp(popup.say('changePassword')));
  await popup.fill('currentPassword', PASSWORD);
  await popup.visit('change-password');
  await popup.leave();
  await popup.enter(new RegExp(popup.say('secondFactorHint')));
  await popup.see('secondFactorOff');
  await popup.visit('second-factor-off');
  await hub.forgetProofs();
  await popup.press('turnOn');
  await popup.fill('password', 'not the right one');
  await popup.press('continue');
  await popup.see('problemCredentials');
  await popup.visit('proof');
  await popup.fill('password', PASSWORD);
  await popup.press('continue');
  const secret = await popup.page.getByLabel(popup.say('authenticatorSecret')).inputValue();
  await popup.visit('authenticator');
  await popup.fill('otp', totp(secret));
  await popup.press('turnOn');
  await popup.see('recoveryCodesLead');
  const recovery = (await popup.page.locator('.codes code').first().textContent()) ?? '';
  await popup.visit('recovery-codes');
  await popup.press('recoveryCodesKept');
  await popup.see('secondFactorOn');
  await popup.visit('second-factor-on');
  await popup.leave();
  await popup.press('logOut');
  await popup.fill('email', email);
  await popup.fill('password', PASSWORD);
  await popup.press('logIn');
  await popup.see('otpHint');
  await popup.fill('otp', '000000');
  await popup.press('logIn');
  await popup.see('problemOtpWrong');
  await popup.visit('second-factor-asked');
  await popup.fill('otp', recovery);
  await popup.press('logIn');
  await popup.see(/Company handbook/);
}

/** A reader's edit is put back, a mass deletion is held, and the hub goes away. */
async function trouble(popup: Popup, profile: Profile, hub: Hub, design: Team): Promise<void> {
  const handbook = await nativeFolder(profile, 'Company handbook');
  await profile.create({ parentId: handbook, title: 'My own page', url: 'https://example.com/mine' });
  await popup.see('putBack_one', '1', 'Company handbook');
  await popup.visit('put-back');
  await popup.press('dismiss');
  const folder = await nativeFolder(profile, 'Design');
  const many = await profile.create({ parentId: folder, title: 'Archive' });
  for (let n = 0; n < 30; n++)
    await profile.create({ parentId: many.id, title: `Page ${n}`, url: `https://example.com/${n}` });
  await synced(profile, design, 36);
  await profile.remove(many.id);
  await popup.see('heldLead');
  await popup.visit('held');
  await popup.press('putThemBack');
  await synced(profile, design, 36);
  await hub.stop();
  await popup.see('offlineBanner');
  const offline = await nativeFolder(profile, 'Design');
  await profile.create({ parentId: offline, title: 'Written offline', url: 'https://example.com/offline' });
  await popup.see('waiting_one', '1');
  await popup.visit('offline');
  await popup.enter(/^.?Design/);
  await popup.see(/Runbooks/);
  await popup.visit('offline-team');
  await hub.run();
}

async function invite(
  by: Person,
  team: Team,
  invited: { email: string } | { link: { max_uses: number; needs_approval: boolean } },
): Promise<string> {
  const teams = [{ team_id: team.id, can_write: true, is_manager: false }];
  const path = `/organizations/${team.organizationId}/invitations`;
  const body = { ...invited, role: 'member', teams };
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
