/** The browser's own message lookup, with the English texts: to be imported before anything that says something. */
import { readFileSync } from 'node:fs';

export const messages = JSON.parse(
  readFileSync(new URL('../public/_locales/en/messages.json', import.meta.url), 'utf8'),
) as Record<string, { message: string }>;

function getMessage(key: string, values: string[] = []): string {
  return (messages[key]?.message ?? '').replace(/\$(\d)/g, (_, n) => values[Number(n) - 1] ?? '');
}

const i18n = { getMessage, getUILanguage: () => 'en' };
const runtime = { getURL: (path: string) => path };

Object.assign(globalThis, { chrome: { i18n, runtime } });
