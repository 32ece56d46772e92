/** The fake browser of the extension's tests says and does what the real ones do. */
import { expect, it } from 'vitest';
import { type Line, transcript } from './dialect-script';
import type { BrowserName } from './profile';
import { FakeSubject, RealSubject } from './subject';
import { launch } from './world';

async function inReality(browser: BrowserName): Promise<Line[]> {
  const profile = await launch(browser);
  try {
    return await transcript(await RealSubject.in(profile));
  } finally {
    await profile.close();
  }
}

it.each(['chromium', 'firefox'] as const)(
  'the fake %s and the real one go through the same script alike',
  async (browser) => {
    const real = await inReality(browser);
    const fake = await transcript(new FakeSubject(browser));
    expect(fake.map(({ step }) => step)).toEqual(real.map(({ step }) => step));
    for (const [at, line] of fake.entries()) expect.soft(line, line.step).toEqual(real[at]);
  },
);
