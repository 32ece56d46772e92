/** Every word a person reads comes from `public/_locales`, through here. */

import { browser } from 'wxt/browser';
import type messages from '../../public/_locales/en/messages.json';

export type Text = keyof typeof messages;
/** A text that depends on a number: its messages are `<name>_one`, `<name>_other` and what else the language needs. */
export type CountedText = Text extends infer Key ? (Key extends `${infer Name}_other` ? Name : never) : never;

// The browser's own lookup, typed by WXT as one overload per message, which no variable key fits.
const lookUp = browser.i18n.getMessage as (key: string, values?: string[]) => string;

export function t(key: Text, ...values: string[]): string {
  return lookUp(key, values);
}

/** The message for `n`; `$1` in it is the number as people write it, `$2` and on are `values`. */
export function counted(name: CountedText, n: number, ...values: string[]): string {
  const language = browser.i18n.getUILanguage();
  const written = [new Intl.NumberFormat(language).format(n), ...values];
  const form = new Intl.PluralRules(language).select(n);
  return lookUp(`${name}_${form}`, written) || lookUp(`${name}_other`, written);
}
