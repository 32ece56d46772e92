/** The page on which a person tries the REST API, in a browser that obeys its content security policy. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Hub } from '../support/hub';
import { CHROMIUM } from './chromium';

declare const window: { axe: typeof axe };

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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
  await page.goto(`${hub.address}/docs`);
  await page.getByText(/\d+ operations, from/).waitFor();
  return async () => {
    expect(complaints).toEqual([]);
    await page.close();
  };
});

it('has every operation of the description', async () => {
  const description = (await (await fetch(`${hub.address}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const described = Object.values(description.paths).flatMap((path) =>
    Object.values(path).map((one) => one.operationId),
  );
  const shown = await page.locator('section > details').evaluateAll((all) => all.map((one) => one.id));
  expect(shown.sort()).toEqual(described.sort());
});

it('takes a person from log-in to a new organization by the keyboard alone', async () => {
  const ann = await hub.person('Ann');
  await page.getByLabel('E-mail address').focus();
  await page.keyboard.type(ann.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(ann.password);
  await page.keyboard.press('Enter');
  await page.getByText('Logged in as Ann').waitFor();
  await page.getByLabel('Find an operation').focus();
  await page.keyboard.type('createOrganization');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const operation = page.locator('#createOrganization');
  await operation.getByLabel('Body').focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('{"name": "Made by hand"}');
  await operation.getByRole('button', { name: 'Send' }).focus();
  await page.keyboard.press('Enter');
  await operation.getByRole('status').filter({ hasText: '201' }).waitFor();
  const organizations = await ann.call<{ items: { name: string }[] }>('GET', '/organizations');
  expect(organizations.items.map((one) => one.name)).toEqual(['Made by hand']);
});

it('opens each operation without a complaint', async () => {
  for (const summary of await page.locator('section > details > summary').all()) await summary.click();
  await page.locator('section > details:not(:has(> form))').first().waitFor({ state: 'detached' });
});

it.each(['light', 'dark'] as const)('is for everybody, in %s colours', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  await page.locator('#createOrganization > summary').click();
  await page.locator('#listMembers > summary').click();
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => (await window.axe.run()).violations);
  expect(violations.map((found) => [found.id, found.nodes[0]?.html])).toEqual([]);
});
