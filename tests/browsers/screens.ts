/**
 * Pictures of every screen of the extension, in light and dark and in both languages, with a real hub behind it:
 * `npx tsx browsers/screens.ts FOLDER` in tests/, after `make build`. To be looked at before a change of the look lands.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Hub } from '../support/hub';
import type { Language } from './popup';
import { tour } from './tour';

const FOLDER = resolve(process.argv[2] ?? 'screens');
const LANGUAGES: readonly Language[] = ['en', 'de'];

await mkdir(FOLDER, { recursive: true });
const hub = await Hub.start();
try {
  for (const language of LANGUAGES)
    await tour(hub, language, async (name, page) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const path = join(FOLDER, `${name}-${language}-${colorScheme}.png`);
        await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
      }
    });
} finally {
  await hub.close();
}
console.log(`The pictures are in ${FOLDER}`);
