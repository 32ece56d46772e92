/**
 * Every word a person reads comes from `public/_locales`, through here: in the browser's language where we have it, or in
 * the one that the person has chosen.
 */

import { browser } from 'wxt/browser';
import type messages from '../../public/_locales/en/messages.json';

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

export type Text = keyof typeof messages;
/** A text that depends on a number: its messages are `<name>_one`, `<name>_other` and what else the language needs. */
export type CountedText = Text extends infer Key ? (Key extends `${infer Name}_other` ? Name : never) : never;

type LookUp = (key: string, values?: string[]) => string;

// The browser's own lookup, typed by WXT as one overload per message, which no variable key fits.
const browsersOwn = browser.i18n.getMessage as LookUp;
let lookUp: LookUp = browsersOwn;

/** From now on all is said in this language; null: in the browser's own. */
export async function speak(language: Language | null): Promise<void> {
  // A version before or after this one may have known others.
  const known = language !== null && LANGUAGES.includes(language);
  if (!known || language === browsersOwn('language')) {
    lookUp = browsersOwn;
    return;
  }
  const file = await fetch(browser.runtime.getURL(`/_locales/${language}/messages.json` as '/popup.html'));
  const messages = (await file.json()) as Record<string, { message: string }>;
  lookUp = (key, values = []) => fill(messages[key]?.message ?? '', values);
}

/** As the browser does it. */
export function fill(message: string, values: readonly string[]): string {
  return message.replace(/\$([1-9])/g, (_, place) => values[Number(place) - 1] ?? '');
}

export function t(key: Text, ...values: string[]): string {
  return lookUp(key, values);
}

/** How numbers and dates are written: as the browser's owner does, where that is the language that is spoken. */
export function locale(): string {
  const browsers = browser.i18n.getUILanguage();
  const language = t('language');
  return browsers.split('-')[0] === language ? browsers : language;
}

/** The message for `n`; `$1` in it is the number as people write it, `$2` and on are `values`. */
export function counted(name: CountedText, n: number, ...values: string[]): string {
  const written = [new Intl.NumberFormat(locale()).format(n), ...values];
  const form = new Intl.PluralRules(locale()).select(n);
  return lookUp(`${name}_${form}`, written) || lookUp(`${name}_other`, written);
}
