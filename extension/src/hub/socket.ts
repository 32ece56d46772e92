/**
 * The socket under a session: opens it, keeps it alive, notices when it is dead, and tries again.
 *
 * It decides nothing about documents: bytes go to the session, effects are carried out, those that are not its own
 * are handed on. Rules it keeps: at most one socket at a time; one that leaves a heartbeat unanswered is given up, at
 * the latest HEARTBEAT_MS + GRACE_MS after it died, however long the machine slept meanwhile; between two tries lies a growing, jittered pause, so that a fleet
 * does not come back at once.
 */

import { ping } from '../sync/frames';
import type { Effect, Session } from '../sync/session';
import { HubError } from './http';

/** A browser's service worker is stopped after 30 s without a message or an API call. */
export const HEARTBEAT_MS = 20_000;
/** How long an answer to a heartbeat may take. */
export const GRACE_MS = 5_000;
const OPENING_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Close codes of the hub: the access token was not taken. */
const TOKEN_REFUSED = 4401;

/** `off`: nothing to connect to, or nobody logged in. */
export type Connection = 'off' | 'connecting' | 'online' | 'offline';

/** The part of WebSocket that is used here. */
export interface Wire {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface Timers {
  /** Runs `action` once after `ms`; the answer cancels it. */
  after(ms: number, action: () => void): () => void;
}

/** A session's effect that the socket cannot carry out by itself. */
export type Errand = Exclude<Effect, { do: 'send' | 'token' | 'abandon' }>;

export interface SocketOptions {
  session: Session;
  dial(url: string): Wire;
  /** A good access token; `refused` is one that the hub did not take. */
  token(refused?: string): Promise<string>;
  run(errand: Errand): void;
  /** After anything that may have changed the session's progress or the connection. */
  changed(): void;
  /** Each heartbeat while connected. Firefox keeps a background alive for API calls, not for messages. */
  beat(): void;
  timers: Timers;
  /** Unix time in milliseconds: unlike the timers, it goes on while the machine sleeps. */
  now(): number;
  /** In [0, 1). */
  random(): number;
}

export class HubSocket {
  #url: string | null = null;
  #wire: Wire | null = null;
  #state: Connection = 'off';
  #token: string | undefined;
  #refused: string | undefined;
  #tries = 0;
  /** Something was heard since the last heartbeat. */
  #alive = false;
  /** When something was heard last. */
  #heardAt = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(private readonly options: SocketOptions) {}

  get connection(): Connection {
    return this.#state;
  }

  /** Connect to this address and stay connected. */
  start(url: string): void {
    if (this.#url === url) {
      this.nudge();
      return;
    }
    this.stop();
    this.#url = url;
    void this.#dial();
  }

  stop(): void {
    this.#url = null;
    this.#tries = 0;
    this.#hangUp();
    this.#become('off');
  }

  /** There is a reason to believe that the hub may be there again, or that it matters now: try at once. */
  nudge(): void {
    if (this.#state === 'online') {
      const silence = this.options.now() - this.#heardAt;
      // The machine has slept: of the socket nothing is known, and the timers may only now go on.
      if (this.#alive && silence > HEARTBEAT_MS + GRACE_MS) this.#beat();
    } else if (this.#state === 'offline') {
      this.#cancelTimer();
      void this.#dial();
    }
  }

  /** Carries out what the session wants after it was told something by somebody else. */
  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.do === 'send') this.#send(effect.bytes);
      else if (effect.do === 'token') void this.#renew();
      else if (effect.do === 'abandon') this.#lost(0);
      else this.options.run(effect);
    }
    this.options.changed();
  }

  #become(state: Connection): void {
    if (this.#state === state) return;
    this.#state = state;
    this.options.changed();
  }

  async #dial(): Promise<void> {
    const url = this.#url;
    if (url === null) return;
    this.#become('connecting');
    let token: string;
    try {
      token = await this.options.token(this.#refused);
    } catch (error) {
      if (this.#url !== url || this.#state !== 'connecting') return;
      // A session that is over is no reason to knock again; whoever ended it has stopped this socket already.
      if (error instanceof HubError && error.endsSession) this.stop();
      else this.#rest();
      return;
    }
    // Stopped, or sent elsewhere, while the token was on its way.
    if (this.#url !== url || this.#state !== 'connecting' || this.#wire) return;
    this.#token = token;
    this.#listen(this.options.dial(url), token);
  }

  #listen(wire: Wire, token: string): void {
    this.#wire = wire;
    wire.binaryType = 'arraybuffer';
    // A host that swallows packets would leave the socket opening for minutes.
    this.#timer(OPENING_MS, () => this.#lost(0));
    wire.onopen = () => {
      this.#heard();
      this.#become('online');
      this.#timer(HEARTBEAT_MS, () => this.#beat());
      this.perform(this.options.session.connect(token));
    };
    wire.onmessage = ({ data }) => {
      this.#heard();
      this.#tries = 0;
      this.#refused = undefined;
      if (data instanceof ArrayBuffer) this.perform(this.options.session.receive(new Uint8Array(data)));
    };
    wire.onclose = ({ code }) => this.#lost(code);
  }

  #heard(): void {
    this.#alive = true;
    this.#heardAt = this.options.now();
  }

  #beat(): void {
    this.#alive = false;
    this.#send(ping);
    this.options.beat();
    this.#timer(GRACE_MS, () => {
      if (this.#alive) this.#timer(HEARTBEAT_MS - GRACE_MS, () => this.#beat());
      else this.#lost(0);
    });
  }

  #lost(code: number): void {
    if (code === TOKEN_REFUSED) this.#refused = this.#token;
    this.#hangUp();
    if (this.#url !== null) this.#rest();
  }

  #rest(): void {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries);
    this.#tries += 1;
    this.#become('offline');
    this.#timer(pause * (0.5 + this.options.random() / 2), () => void this.#dial());
  }

  #hangUp(): void {
    this.#cancelTimer();
    const wire = this.#wire;
    this.#wire = null;
    if (wire) {
      wire.onopen = wire.onmessage = wire.onclose = null;
      wire.close();
    }
    this.options.session.disconnect();
  }

  #send(bytes: Uint8Array): void {
    if (this.#state === 'online') this.#wire?.send(bytes as Uint8Array<ArrayBuffer>);
  }

  async #renew(): Promise<void> {
    const wire = this.#wire;
    try {
      const token = await this.options.token(this.#token);
      if (wire !== this.#wire) return;
      this.#token = token;
      this.perform(this.options.session.renew(token));
    } catch {
      // Without a fresh token the hub will end this connection in its own time; the next try asks again.
    }
  }

  #timer(ms: number, action: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.options.timers.after(ms, action);
  }
}
