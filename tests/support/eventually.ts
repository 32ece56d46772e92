/** Waiting for what must come true, without guessing how long it takes. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * The first value of `look` that `accept` is content with. Errors of `look` count as "not yet".
 * Gives up after `patienceMs`, saying what was seen last.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T> | T,
  accept: (value: T) => boolean = Boolean,
  patienceMs = 120_000,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (accept(value)) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(
        `waited in vain for ${what}; last: ${last instanceof Error ? last : JSON.stringify(last)}`,
      );
    await pause(25);
  }
}
