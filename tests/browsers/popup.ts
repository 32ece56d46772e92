/** A popup as a person has it open, whose words are known by their names among the messages, in either language. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import type messages from '../../extension/public/_locales/en/messages.json';
import type { ChromiumProfile } from './chromium';

export type Language = 'en' | 'de';
type Text = keyof typeof messages;

/** Called on every screen, once it shows what it is about to show. */
export type Visit = (name: string, page: Page) => Promise<void>;

const WINDOW = { width: 380, height: 600 };

export class Popup {
  private visited = 0;

  private constructor(
    readonly page: Page,
    private readonly messages: Readonly<Record<string, { message: string }>>,
    private readonly onVisit: Visit,
  ) {}

  static async open(profile: ChromiumProfile, language: Language, onVisit: Visit): Promise<Popup> {
    const path = `../../extension/public/_locales/${language}/messages.json`;
    const messages = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
    const page = await profile.context.newPage();
    await page.setViewportSize(WINDOW);
    const address = `chrome-extension://${profile.extensionId}/popup.html`;
    await page.goto(address);
    await page.evaluate(
      (chosen) => chrome.storage.local.set({ preferences: { language: chosen } }),
      language,
    );
    await page.goto(address);
    return new Popup(page, messages, onVisit);
  }

  say(text: Text, ...values: string[]): string {
    const { message } = this.messages[text] ?? { message: text };
    return message.replace(/\$(\d)/g, (_, place) => values[Number(place) - 1] ?? '');
  }

  async visit(name: string): Promise<void> {
    this.visited += 1;
    // Nothing is pointed at.
    await this.page.mouse.move(0, 0);
    await this.onVisit(`${String(this.visited).padStart(2, '0')}-${name}`, this.page);
  }

  async press(text: Text, ...values: string[]): Promise<void> {
    await this.page
      .getByRole('button', { name: this.say(text, ...values), exact: true })
      .first()
      .click();
  }

  async choose(text: Text): Promise<void> {
    await this.page.getByRole('menuitem', { name: this.say(text), exact: true }).click();
  }

  /** A row, by what stands in it whatever the language. */
  async enter(name: RegExp): Promise<void> {
    await this.page.getByRole('button', { name }).first().click();
  }

  async fill(label: Text, value: string): Promise<void> {
    await this.page.getByLabel(this.say(label), { exact: true }).fill(value);
  }

  async see(text: Text | RegExp, ...values: string[]): Promise<void> {
    const wanted = typeof text === 'string' ? this.say(text, ...values) : text;
    await this.page.getByText(wanted).first().waitFor();
  }

  /** The same in a tab of its own, until `act` is done. */
  async asPage(act: () => Promise<void>): Promise<void> {
    const { page } = this;
    await page.setViewportSize({ width: 900, height: 640 });
    await page.goto(page.url().replace('popup.html', 'options.html'));
    await act();
    await page.goto(page.url().replace('options.html', 'popup.html'));
    await page.setViewportSize(WINDOW);
  }

  async leave(): Promise<void> {
    await this.press('back');
  }
}
