/** No screen, in either theme or language, has a barrier that can be found by rule; and nothing moves for who wants that. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Hub } from '../support/hub';
import type { Language } from './popup';
import { tour } from './tour';

declare const window: { axe: typeof axe };

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let hub: Hub;

beforeAll(async () => {
  hub = await Hub.start();
});

afterAll(() => hub?.close());

/** "dark: color-contrast at .hint", for each. */
async function barriers(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const violations = await page.evaluate(async () => (await window.axe.run()).violations);
    for (const { id, nodes } of violations)
      found.push(...nodes.map(({ target }) => `${colorScheme}: ${id} at ${target}`));
  }
  return found;
}

/** What stands beyond the window's edges, or is cut off where nothing tells. */
function outside(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('button, h1, h2, input, textarea, select, p, label')]
      .filter((one) => one.checkVisibility() && !one.closest('.crumbs'))
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
      .map((one) => one.textContent ?? one.tagName),
  );
}

it.each<Language>(['en', 'de'])('every screen in %s can be used by everybody', async (language) => {
  const found: Record<string, string[]> = {};
  await tour(hub, language, async (name, page) => {
    await page.evaluate(AXE);
    const here = [...(await barriers(page)), ...(await outside(page)).map((text) => `outside: ${text}`)];
    const spoken = await page.evaluate(() => document.documentElement.lang);
    if (spoken !== language) here.push(`says that it is in ${spoken}`);
    const moving = await page.evaluate(() => document.getAnimations().length);
    if (moving > 0) here.push(`${moving} things move`);
    if (here.length > 0) found[name] = here;
  });
  expect(found).toEqual({});
});
