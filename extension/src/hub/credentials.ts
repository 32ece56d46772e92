/**
 * One session's tokens: kept, renewed, and given up.
 *
 * Rules it keeps:
 * - A renewed pair is stored before either token is used, so that a worker killed at any moment comes back with a
 *   refresh token the hub still knows.
 * - However many callers want a token at once, one renewal runs.
 * - What the hub answers about a session that was logged out meanwhile changes nothing.
 * - Only the hub's refusal ends a session. A hub that is away or in trouble never does.
 */

import { type Fetch, HubError, request } from './http';

/** One value that survives the worker. `write` resolves when it does. */
export interface Slot<T> {
  read(): Promise<T | undefined>;
  write(value: T | undefined): Promise<void>;
}

export interface Account {
  id: string;
  email: string;
  display_name: string;
}

/** What the hub answers to a log-in and to a renewal. */
export interface SessionAnswer {
  access_token: string;
  /** Seconds from now. */
  expires_in: number;
  refresh_token: string;
  session: { id: string; device: string };
  account: Account;
}

export interface Tokens {
  access: string;
  /** Milliseconds since the epoch. */
  accessEndsAt: number;
  refresh: string;
  account: Account;
}

/** A token this close to its end may be over when it arrives. */
const MARGIN_MS = 30_000;

export class Credentials {
  #renewal: Promise<Tokens> | null = null;

  constructor(
    private readonly slot: Slot<Tokens>,
    private readonly fetch: Fetch,
    private readonly hub: () => string,
    private readonly now: () => number,
    /** The hub ended the session; the tokens are gone already. */
    private readonly ended: () => void,
  ) {}

  async account(): Promise<Account | null> {
    return (await this.slot.read())?.account ?? null;
  }

  async keep(answer: SessionAnswer): Promise<void> {
    await this.slot.write(this.#tokens(answer));
  }

  async forget(): Promise<void> {
    await this.slot.write(undefined);
  }

  /**
   * An access token that is good for a while yet.
   *
   * @param refused an access token that the hub no longer takes, whatever its end says
   * Throws HubError: `unauthenticated` where nobody is logged in, else why it could not be renewed.
   */
  async token(refused?: string): Promise<string> {
    const tokens = await this.#stored();
    if (tokens.access !== refused && this.now() < tokens.accessEndsAt - MARGIN_MS) return tokens.access;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    return (await this.#renewal).access;
  }

  async #stored(): Promise<Tokens> {
    const tokens = await this.slot.read();
    if (!tokens) throw new HubError('unauthenticated', '', 401);
    return tokens;
  }

  async #renew(): Promise<Tokens> {
    const old = await this.#stored();
    let answer: SessionAnswer;
    try {
      const body = { refresh_token: old.refresh };
      answer = (await request(this.fetch, this.hub(), 'POST', '/api/v1/sessions/refresh', {
        body,
      })) as SessionAnswer;
    } catch (error) {
      if (error instanceof HubError && error.endsSession && (await this.#isCurrent(old))) {
        await this.forget();
        this.ended();
      }
      throw error;
    }
    // Logged out while the hub was answering: what it answered must not log in again.
    if (!(await this.#isCurrent(old))) throw new HubError('unauthenticated', '', 401);
    const renewed = this.#tokens(answer);
    await this.slot.write(renewed);
    return renewed;
  }

  async #isCurrent(tokens: Tokens): Promise<boolean> {
    return (await this.slot.read())?.refresh === tokens.refresh;
  }

  #tokens(answer: SessionAnswer): Tokens {
    return {
      access: answer.access_token,
      accessEndsAt: this.now() + answer.expires_in * 1000,
      refresh: answer.refresh_token,
      account: answer.account,
    };
  }
}
