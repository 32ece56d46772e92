/** The links in letters, opened by somebody who has no extension, only a browser and a keyboard. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually';
import { Hub, type Person } from '../support/hub';
import { CHROMIUM } from './chromium';

let hub: Hub;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  hub = await Hub.start();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
});

afterAll(async () => {
  await browser?.close();
  await hub?.close();
});

beforeEach(async () => {
  page = await browser.newPage();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // An answer that refuses something is no mistake of the page.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text());
    }
  });
  return async () => {
    expect(complaints).toEqual([]);
    await page.close();
  };
});

/** The link in the newest letter with this subject to this address. The hub has no mail server, so it is a file. */
function link(subject: string, email: string): Promise<string> {
  const folder = join(hub.dataFolder, 'mail');
  return eventually(`the letter "${subject}"`, async () => {
    for (const name of (await readdir(folder)).sort().reverse()) {
      const letter = await readFile(join(folder, name), 'utf8');
      if (!letter.includes(`Subject: ${subject}\r\n`) || !letter.includes(`To: ${email}\r\n`)) continue;
      return /^http\S+#\S+/m.exec(letter)?.[0] ?? '';
    }
    return '';
  });
}

async function says(words: string): Promise<void> {
  await page.getByRole('status').filter({ hasText: words }).waitFor();
}

function verified(person: Person): Promise<boolean> {
  return person.call<{ verified: boolean }>('GET', '/me').then((me) => me.verified);
}

it('an address is confirmed with the keyboard, once its owner says so and not before', async () => {
  const ann = await hub.person('Ann');
  await page.goto(await link('Confirm your e-mail address', ann.email));
  await page.getByRole('button', { name: 'This address is mine' }).waitFor();
  expect(await verified(ann)).toBe(false);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await says('Your address is confirmed');
  expect(await verified(ann)).toBe(true);
  expect(page.url()).toBe(`${hub.address}/verify`);
});

it('who comes with a link that was used is told so, and has another one sent', async () => {
  const ann = await hub.person('Ann');
  const used = await link('Confirm your e-mail address', ann.email);
  await hub.call('POST', '/accounts/verify', { token: used.split('#')[1] });
  await page.goto(used);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await says('This link is used');
  await page.getByLabel('E-mail address').fill(ann.email);
  await page.keyboard.press('Enter');
  await says('a letter is on its way');
});

it('a forgotten password is replaced with the keyboard, from asking for the letter to the log-in', async () => {
  const ann = await hub.person('Ann');
  await page.goto(`${hub.address}/reset`);
  await page.keyboard.press('Tab');
  await page.keyboard.type(ann.email);
  await page.keyboard.press('Enter');
  await says('a letter is on its way');
  await page.goto(await link('Choose a new password', ann.email));
  await page.reload();
  await page.keyboard.press('Tab');
  await page.keyboard.type('a sentence that nobody has said');
  await page.keyboard.press('Enter');
  await says('Your password is changed');
  await hub.logIn('Ann', ann.email, 'a sentence that nobody has said');
});

it('a hub that does not answer costs nobody their link', async () => {
  const ann = await hub.person('Ann');
  await page.goto(await link('Confirm your e-mail address', ann.email));
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'This address is mine' }).press('Enter');
  await says('The hub does not answer');
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'This address is mine' }).press('Enter');
  await says('Your address is confirmed');
});

it.each(['light', 'dark'] as const)(
  'text can be told from its background in %s colours',
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${hub.address}/reset`);
    const [text, behind] = await page.evaluate(() => {
      const shown = getComputedStyle(document.documentElement);
      return [shown.color, shown.backgroundColor].map((colour) =>
        (colour.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0),
      );
    });
    expect(Math.abs((text ?? 0) - (behind ?? 0))).toBeGreaterThan(500);
  },
);
