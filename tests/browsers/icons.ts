/** Renders the extension's icon in the sizes browsers want: `npx tsx browsers/icons.ts` in tests/, after a change of the drawing. */

import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { CHROMIUM } from './chromium';

const FOLDER = new URL('../../extension/public/icon/', import.meta.url);
const SIZES = [16, 32, 48, 128];

const drawing = await readFile(new URL('teammarks.svg', FOLDER), 'utf8');
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage();
for (const size of SIZES) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>body { margin: 0 } svg { display: block; width: ${size}px }</style>${drawing}`,
  );
  await writeFile(new URL(`${size}.png`, FOLDER), await page.screenshot({ omitBackground: true }));
}
await browser.close();
