/**
 * A client's conversation with a hub about many documents over one socket, without any I/O: bytes in, effects out.
 * Twin of the hub's `connection.py`.
 *
 * Rules it keeps:
 * - Whatever bytes arrive, it returns effects and never throws.
 * - A document is settled only when the first exchange of this connection is done and every update-bearing frame sent
 *   on it is acknowledged; the count is sent minus the hub's own number, never a guess.
 * - The first update-bearing frame of a connection is our step 2, which holds everything the hub lacks. Updates made
 *   before it need no frame of their own; those made while it is being put together follow right behind it.
 * - A connection's late answers never leak into the next one, nor those of a document that was closed and opened again.
 */

import * as frames from './frames';
import { type Address, ME } from './frames';

export type Effect =
  | { do: 'send'; bytes: Uint8Array }
  /** A remote update, to be applied to the document. */
  | { do: 'apply'; address: Address; update: Uint8Array }
  /** Compute what the hub lacks and hand it to `reply` with the same connection number. */
  | { do: 'answer'; address: Address; stateVector: Uint8Array; connection: number }
  /** The hub's first step 2 of this connection has been handed over by an `apply` before this. */
  | { do: 'caught-up'; address: Address }
  | { do: 'access'; address: Address; canWrite: boolean }
  /** The hub did not take an update: the document here holds something that no one else will get. */
  | { do: 'refused'; address: Address }
  /** The hub will not talk about this document (any more). */
  | { do: 'shut-out'; address: Address; reason: string }
  /** A fresh token is wanted; call `renew` with it. */
  | { do: 'token' }
  | { do: 'notice'; payload: string }
  /** No hub sends such bytes: drop the connection and start again. */
  | { do: 'abandon' };

export interface Progress {
  /** The first exchange of this connection is done and all we sent on it is acknowledged. */
  settled: boolean;
  /** Updates made here that the hub has not acknowledged. */
  waiting: number;
}

/** Reasons for which another try with a fresh token is worth it. Hub and client share these codes. */
const TOKEN_TROUBLE = new Set(['token-expired', 'token-invalid']);

interface Conversation {
  stateVector: () => Uint8Array;
  /** Update-bearing frames on this connection: sent, and how many from the first on are answered by a status. */
  sent: number;
  answered: number;
  /** Frames after those that were refused: a refusal may overtake the storing of what was sent before. */
  refused: Set<number>;
  /** Updates made here that no frame of this connection carries yet. */
  withheld: number;
  /** Updates that travel inside our step 2, frame number one. */
  inStep2: number;
  /** Updates made while our step 2 is being put together; null while none is. */
  gathering: Uint8Array[] | null;
  caughtUp: boolean;
  /** The hub has let us in: before that, whatever comes is about an earlier opening. */
  entered: boolean;
  tokenWanted: 'no' | 'to-stay' | 'to-enter';
  triedFreshToken: boolean;
  shutOut: boolean;
}

export class Session {
  readonly #conversations = new Map<Address, Conversation>();
  #token: string | null = null;
  #connection = 0;

  get connected(): boolean {
    return this.#token !== null;
  }

  /** Whether this document has been opened. */
  knows(address: Address): boolean {
    return this.#conversations.has(address);
  }

  /**
   * Start to speak about a document, now or when connected. Opening one that the hub has put out asks again; opening
   * one in good standing changes nothing. `waiting`: updates from an earlier life that were not acknowledged.
   */
  open(address: Address, stateVector: () => Uint8Array, waiting = 0): Effect[] {
    const known = this.#conversations.get(address);
    if (known && !known.shutOut) return [];
    const conversation: Conversation = {
      stateVector,
      sent: 0,
      answered: 0,
      refused: new Set(),
      withheld: known?.withheld ?? waiting,
      inStep2: 0,
      gathering: null,
      caughtUp: false,
      entered: false,
      tokenWanted: 'no',
      triedFreshToken: false,
      shutOut: false,
    };
    this.#conversations.set(address, conversation);
    return this.#enter(address, conversation);
  }

  close(address: Address): Effect[] {
    if (!this.#conversations.delete(address) || !this.connected) return [];
    return [{ do: 'send', bytes: frames.close(address) }];
  }

  /** The socket is open. Authentication and step 1 go out together, for all documents at once. */
  connect(token: string): Effect[] {
    this.#token = token;
    this.#connection += 1;
    const effects: Effect[] = [];
    for (const [address, conversation] of this.#conversations) {
      conversation.shutOut = false;
      conversation.triedFreshToken = false;
      effects.push(...this.#enter(address, conversation));
    }
    return effects;
  }

  disconnect(): void {
    this.#token = null;
    for (const conversation of this.#conversations.values()) restart(conversation);
  }

  /** The fresh token that a `token` effect asked for. */
  renew(token: string): Effect[] {
    if (!this.connected) return [];
    this.#token = token;
    const effects: Effect[] = [];
    for (const [address, conversation] of this.#conversations) {
      const wanted = conversation.tokenWanted;
      conversation.tokenWanted = 'no';
      if (wanted === 'to-enter') effects.push(...this.#enter(address, conversation));
      if (wanted === 'to-stay') effects.push({ do: 'send', bytes: frames.authentication(address, token) });
    }
    return effects;
  }

  /** An update made here, after it is stored here. */
  update(address: Address, bytes: Uint8Array): Effect[] {
    const conversation = this.#conversations.get(address);
    if (!conversation) return [];
    if (conversation.sent > 0) {
      conversation.sent += 1;
      return [{ do: 'send', bytes: frames.update(address, bytes) }];
    }
    conversation.withheld += 1;
    conversation.gathering?.push(bytes);
    return [];
  }

  /** What the hub lacks, as an `answer` effect of the given connection asked. */
  reply(address: Address, connection: number, missing: Uint8Array): Effect[] {
    const conversation = this.#conversations.get(address);
    const gathered = conversation?.gathering;
    if (!conversation || !gathered || connection !== this.#connection) return [];
    conversation.inStep2 += conversation.withheld - gathered.length;
    conversation.withheld = 0;
    conversation.gathering = null;
    conversation.sent += 1 + gathered.length;
    return [
      { do: 'send', bytes: frames.step2(address, missing) },
      ...gathered.map((update): Effect => ({ do: 'send', bytes: frames.update(address, update) })),
    ];
  }

  receive(bytes: Uint8Array): Effect[] {
    const frame = frames.read(bytes);
    if (frame === null) return [{ do: 'abandon' }];
    if (frame.type === 'ping') return [{ do: 'send', bytes: frames.pong }];
    if (frame.type === 'pong' || frame.type === 'unknown') return [];
    const { address } = frame;
    const conversation = this.#conversations.get(address);
    // Closed here a moment ago, while the frame was on its way.
    if (!conversation || !this.connected) return [];
    if (frame.type === 'access') {
      conversation.entered = true;
      conversation.triedFreshToken = false;
      return [{ do: 'access', address, canWrite: frame.canWrite }];
    }
    if (frame.type === 'denied' || (frame.type === 'close' && conversation.entered))
      return this.#out(address, conversation, frame.reason);
    if (!conversation.entered) return [];
    switch (frame.type) {
      case 'step1':
        // Nothing is ever written to the account's own address.
        if (address === ME) return [];
        conversation.gathering ??= [];
        return [{ do: 'answer', address, stateVector: frame.stateVector, connection: this.#connection }];
      case 'step2': {
        const effects: Effect[] = [{ do: 'apply', address, update: frame.update }];
        if (!conversation.caughtUp) effects.push({ do: 'caught-up', address });
        conversation.caughtUp = true;
        return effects;
      }
      case 'update':
        return [{ do: 'apply', address, update: frame.update }];
      case 'stored':
        stored(conversation, frame.count ?? conversation.answered + 1);
        return [];
      case 'refused':
        conversation.refused.add(frame.number ?? conversation.answered + 1);
        stored(conversation, conversation.answered);
        return [{ do: 'refused', address }];
      case 'token-wanted':
        conversation.tokenWanted = 'to-stay';
        return [{ do: 'token' }];
      case 'notice':
        return [{ do: 'notice', payload: frame.payload }];
      case 'close':
        return [];
    }
  }

  progress(address: Address): Progress {
    const conversation = this.#conversations.get(address);
    if (!conversation) return { settled: false, waiting: 0 };
    const { sent, answered, withheld, caughtUp } = conversation;
    return {
      settled: caughtUp && sent > 0 && sent === answered && withheld === 0,
      waiting: withheld + unanswered(conversation),
    };
  }

  /** The hub has ended this document for us: with a fresh token it may have us again, once. */
  #out(address: Address, conversation: Conversation, reason: string): Effect[] {
    restart(conversation);
    if (TOKEN_TROUBLE.has(reason) && !conversation.triedFreshToken) {
      conversation.triedFreshToken = true;
      conversation.tokenWanted = 'to-enter';
      return [{ do: 'token' }];
    }
    conversation.shutOut = true;
    return [{ do: 'shut-out', address, reason }];
  }

  #enter(address: Address, conversation: Conversation): Effect[] {
    if (this.#token === null) return [];
    restart(conversation);
    return [
      { do: 'send', bytes: frames.authentication(address, this.#token) },
      { do: 'send', bytes: frames.step1(address, conversation.stateVector()) },
    ];
  }
}

/** The first `count` frames are stored, and with them those right behind that were refused. */
function stored(conversation: Conversation, count: number): void {
  let answered = Math.min(conversation.sent, Math.max(conversation.answered, count));
  while (answered < conversation.sent && conversation.refused.has(answered + 1)) answered += 1;
  conversation.answered = answered;
}

/** Updates that frames of this connection carry and no status has answered. */
function unanswered({ sent, answered, inStep2 }: Conversation): number {
  if (sent === 0) return 0;
  return answered === 0 ? inStep2 + sent - 1 : sent - answered;
}

/** Back to before the first frame; whatever was not acknowledged waits again. */
function restart(conversation: Conversation): void {
  conversation.withheld += unanswered(conversation);
  conversation.sent = 0;
  conversation.answered = 0;
  conversation.refused.clear();
  conversation.inStep2 = 0;
  conversation.gathering = null;
  conversation.caughtUp = false;
  conversation.entered = false;
  conversation.tokenWanted = 'no';
}
