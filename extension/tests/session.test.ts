import fc from 'fast-check';
import * as encoding from 'lib0/encoding';
import { describe, expect, test } from 'vitest';
import * as frames from '../src/sync/frames';
import { type Effect, Session } from '../src/sync/session';

const TEAM = '0190b5d2-0000-7000-8000-000000000001';
const NOTHING = Uint8Array.of(0, 0);
const vector = () => Uint8Array.of(0);
const bytes = (n: number) => Uint8Array.of(n);

function fromHub(address: string, type: number, ...body: (number | string | Uint8Array)[]): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarString(encoder, address);
    encoding.writeVarUint(encoder, type);
    for (const part of body) {
      if (typeof part === 'number') encoding.writeVarUint(encoder, part);
      else if (typeof part === 'string') encoding.writeVarString(encoder, part);
      else encoding.writeVarUint8Array(encoder, part);
    }
  });
}
const hubStep1 = (address = TEAM) => fromHub(address, 0, 0, vector());
const hubStep2 = (address = TEAM) => fromHub(address, 0, 1, NOTHING);
const welcome = (address = TEAM) => fromHub(address, 2, 2, 'read-write');
const stored = (k: number, address = TEAM) => fromHub(address, 8, 1, k, 77);

function sent(effects: readonly Effect[]): string[] {
  return effects
    .filter((effect) => effect.do === 'send')
    .map((effect) => {
      const frame = frames.read(effect.bytes);
      // What a hub would call these: an authentication reads as the hub's own "send me your token".
      return frame?.type === 'token-wanted' ? 'authentication' : (frame?.type ?? 'malformed');
    });
}
const kinds = (effects: readonly Effect[]) => effects.map((effect) => effect.do);

/** A session that is connected and through its first exchange, nothing sent but an empty step 2. */
function live(): Session {
  const session = new Session();
  session.open(TEAM, vector);
  session.connect('token');
  session.receive(welcome());
  session.receive(hubStep2());
  session.receive(hubStep1());
  session.reply(TEAM, 1, NOTHING);
  session.receive(stored(1));
  return session;
}

describe('entering', () => {
  test('authentication and step 1 go out together for every document', () => {
    const session = new Session();
    session.open('@me', vector);
    session.open(TEAM, vector);
    expect(sent(session.connect('token'))).toEqual(['authentication', 'step1', 'authentication', 'step1']);
  });

  test('a document opened while connected enters at once', () => {
    const session = new Session();
    session.connect('token');
    expect(sent(session.open(TEAM, vector))).toEqual(['authentication', 'step1']);
  });

  test('opening a document in good standing again sends nothing', () => {
    expect(live().open(TEAM, vector)).toEqual([]);
  });

  test('nothing is ever written to the account’s own address', () => {
    const session = new Session();
    session.open('@me', vector);
    session.connect('token');
    session.receive(welcome('@me'));
    expect(session.receive(hubStep1('@me'))).toEqual([]);
  });

  test('the first step 2 is applied before the document counts as caught up', () => {
    const session = new Session();
    session.open(TEAM, vector);
    session.connect('token');
    session.receive(welcome());
    expect(kinds(session.receive(hubStep2()))).toEqual(['apply', 'caught-up']);
    expect(kinds(session.receive(hubStep2()))).toEqual(['apply']);
  });
});

describe('counting acknowledgements', () => {
  test('settled needs the exchange and the acknowledgement of our step 2', () => {
    const session = new Session();
    session.open(TEAM, vector);
    session.connect('token');
    session.receive(welcome());
    session.receive(hubStep1());
    session.reply(TEAM, 1, NOTHING);
    session.receive(stored(1));
    expect(session.progress(TEAM).settled).toBe(false);
    session.receive(hubStep2());
    expect(session.progress(TEAM).settled).toBe(true);
  });

  test('the first of several acknowledgements does not settle a document', () => {
    const session = live();
    session.update(TEAM, bytes(1));
    session.update(TEAM, bytes(2));
    session.receive(stored(2));
    expect(session.progress(TEAM)).toEqual({ settled: false, waiting: 1 });
    session.receive(stored(3));
    expect(session.progress(TEAM)).toEqual({ settled: true, waiting: 0 });
  });

  test('one acknowledgement answers all frames up to its number', () => {
    const session = live();
    for (let n = 0; n < 5; n++) session.update(TEAM, bytes(n));
    session.receive(stored(6));
    expect(session.progress(TEAM)).toEqual({ settled: true, waiting: 0 });
  });

  test('a hub that does not count answers one frame at a time', () => {
    const session = live();
    session.update(TEAM, bytes(1));
    session.update(TEAM, bytes(2));
    session.receive(fromHub(TEAM, 8, 1));
    expect(session.progress(TEAM).waiting).toBe(1);
  });

  test('a hub cannot acknowledge what was never sent', () => {
    const session = live();
    session.receive(stored(1_000));
    session.update(TEAM, bytes(1));
    expect(session.progress(TEAM)).toEqual({ settled: false, waiting: 1 });
  });

  test('an update that was not acknowledged waits again after the connection is lost', () => {
    const session = live();
    session.update(TEAM, bytes(1));
    session.update(TEAM, bytes(2));
    session.receive(stored(2));
    session.disconnect();
    session.update(TEAM, bytes(3));
    expect(session.progress(TEAM)).toEqual({ settled: false, waiting: 2 });
  });

  test('updates made offline travel in step 2 and leave with its acknowledgement', () => {
    const session = live();
    session.disconnect();
    session.update(TEAM, bytes(1));
    session.update(TEAM, bytes(2));
    session.connect('token');
    session.receive(welcome());
    session.receive(hubStep2());
    session.receive(hubStep1());
    expect(sent(session.reply(TEAM, 2, bytes(12)))).toEqual(['step2']);
    expect(session.progress(TEAM).waiting).toBe(2);
    session.receive(stored(1));
    expect(session.progress(TEAM)).toEqual({ settled: true, waiting: 0 });
  });

  test('an update made while step 2 is put together follows right behind it', () => {
    const session = new Session();
    session.open(TEAM, vector);
    session.connect('token');
    session.receive(welcome());
    session.receive(hubStep1());
    expect(session.update(TEAM, bytes(1))).toEqual([]);
    expect(sent(session.reply(TEAM, 1, NOTHING))).toEqual(['step2', 'update']);
  });

  test('updates left from an earlier life are counted', () => {
    const session = new Session();
    session.open(TEAM, vector, 3);
    expect(session.progress(TEAM).waiting).toBe(3);
  });

  test('an answer put together for an earlier connection is not sent on this one', () => {
    const session = new Session();
    session.open(TEAM, vector);
    session.connect('token');
    session.receive(welcome());
    session.receive(hubStep1());
    session.disconnect();
    session.connect('token');
    session.receive(welcome());
    session.receive(hubStep1());
    expect(session.reply(TEAM, 1, NOTHING)).toEqual([]);
    expect(sent(session.reply(TEAM, 2, NOTHING))).toEqual(['step2']);
  });
});

describe('rights', () => {
  test('a refused update is surfaced and is no longer waited for', () => {
    const session = live();
    session.update(TEAM, bytes(1));
    expect(kinds(session.receive(fromHub(TEAM, 8, 0)))).toEqual(['refused']);
    expect(session.progress(TEAM).waiting).toBe(0);
  });

  test('a refusal does not answer for frames before it that are still being stored', () => {
    const session = live();
    session.update(TEAM, bytes(1));
    session.update(TEAM, bytes(2));
    session.receive(fromHub(TEAM, 8, 0, 3, 'read-only'));
    expect(session.progress(TEAM)).toEqual({ settled: false, waiting: 2 });
    session.receive(stored(2));
    expect(session.progress(TEAM)).toEqual({ settled: true, waiting: 0 });
  });

  test('a downgrade in mid-session is surfaced', () => {
    expect(live().receive(fromHub(TEAM, 2, 2, 'readonly'))).toEqual([
      { do: 'access', address: TEAM, canWrite: false },
    ]);
  });

  test('the hub’s wish for a fresh token is met by an authentication and nothing else', () => {
    const session = live();
    expect(kinds(session.receive(fromHub(TEAM, 2, 0)))).toEqual(['token']);
    expect(sent(session.renew('fresh'))).toEqual(['authentication']);
    expect(session.renew('fresh')).toEqual([]);
  });

  test('an expired token is tried once more with a fresh one, then the document is shut out', () => {
    const session = new Session();
    session.open(TEAM, vector);
    session.connect('stale');
    expect(kinds(session.receive(fromHub(TEAM, 2, 1, 'token-expired')))).toEqual(['token']);
    expect(sent(session.renew('fresh'))).toEqual(['authentication', 'step1']);
    expect(kinds(session.receive(fromHub(TEAM, 2, 1, 'token-expired')))).toEqual(['shut-out']);
  });

  test('one document is put out and the others go on', () => {
    const session = live();
    session.open('@me', vector);
    session.receive(welcome('@me'));
    expect(kinds(session.receive(fromHub(TEAM, 7, 'not-found')))).toEqual(['shut-out']);
    expect(session.receive(fromHub('@me', 5, '{}'))).toEqual([{ do: 'notice', payload: '{}' }]);
  });

  test('a token that ends in mid-session is replaced and the document entered anew', () => {
    const session = live();
    session.update(TEAM, bytes(1));
    expect(kinds(session.receive(fromHub(TEAM, 7, 'token-expired')))).toEqual(['token']);
    expect(sent(session.renew('fresh'))).toEqual(['authentication', 'step1']);
    expect(session.progress(TEAM)).toEqual({ settled: false, waiting: 1 });
  });

  test('late answers about an earlier opening are not taken for answers about this one', () => {
    const session = live();
    session.update(TEAM, bytes(1));
    session.close(TEAM);
    session.open(TEAM, vector);
    session.receive(fromHub(TEAM, 8, 0, 2));
    session.receive(stored(9));
    session.receive(welcome());
    session.receive(hubStep2());
    session.receive(hubStep1());
    session.reply(TEAM, 1, NOTHING);
    expect(session.progress(TEAM).settled).toBe(false);
    session.receive(stored(1));
    expect(session.progress(TEAM).settled).toBe(true);
  });

  test('a document that was put out enters again when it is opened again', () => {
    const session = live();
    session.receive(fromHub(TEAM, 7, 'restarting'));
    expect(sent(session.open(TEAM, vector))).toEqual(['authentication', 'step1']);
  });
});

test('a ping is answered with a pong', () => {
  expect(live().receive(frames.ping)).toEqual([{ do: 'send', bytes: frames.pong }]);
});

test('a truncated frame abandons the connection', () => {
  expect(live().receive(hubStep2().slice(0, -1))).toEqual([{ do: 'abandon' }]);
});

test('whatever bytes arrive, the session returns effects and never throws', () => {
  const addressed = fc
    .tuple(fc.constantFrom(TEAM, '@me', 'stranger'), fc.nat(12), fc.uint8Array({ maxLength: 30 }))
    .map(([address, type, rest]) => Uint8Array.from([...fromHub(address, type), ...rest]));
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), addressed)), (incoming) => {
      const session = live();
      session.open('@me', vector);
      for (const message of incoming) {
        for (const effect of session.receive(message)) {
          if (effect.do === 'answer') session.reply(effect.address, effect.connection, NOTHING);
          if (effect.do === 'token') session.renew('fresh');
        }
        expect(session.progress(TEAM).waiting).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

/** A hub that stores in order, and a wire on which each side's frames keep their order until it is cut. */
class ModelHub {
  readonly stored = new Set<number>();
  #incoming: Uint8Array[] = [];
  #outgoing: Uint8Array[] = [];
  #count = 0;

  hear(effects: readonly Effect[], document: Set<number>, session: Session): void {
    for (const effect of effects) {
      if (effect.do === 'send') this.#incoming.push(effect.bytes);
      if (effect.do === 'answer')
        this.hear(session.reply(TEAM, effect.connection, Uint8Array.from(document)), document, session);
    }
  }

  work(): void {
    const message = this.#incoming.shift();
    const frame = message && frames.read(message);
    if (frame?.type === 'token-wanted') this.#outgoing.push(welcome());
    if (frame?.type === 'step1') this.#outgoing.push(hubStep2(), hubStep1());
    if (frame?.type === 'step2' || frame?.type === 'update') {
      for (const edit of frame.update) this.stored.add(edit);
      this.#count += 1;
      this.#outgoing.push(stored(this.#count));
    }
  }

  speak(): Uint8Array | undefined {
    return this.#outgoing.shift();
  }

  get idle(): boolean {
    return this.#incoming.length === 0 && this.#outgoing.length === 0;
  }

  cut(): void {
    this.#incoming = [];
    this.#outgoing = [];
    this.#count = 0;
  }
}

test('through any weather, settled means stored, and what is not stored is counted as waiting', () => {
  const weather = fc.array(fc.constantFrom('edit', 'edit', 'hub', 'hub', 'hear', 'hear', 'cut', 'connect'), {
    maxLength: 120,
  });
  fc.assert(
    fc.property(weather, (steps) => {
      const session = new Session();
      const hub = new ModelHub();
      const document = new Set<number>();
      session.open(TEAM, vector);
      const hear = () => {
        const message = hub.speak();
        if (message) hub.hear(session.receive(message), document, session);
      };
      const take = (step: string) => {
        if (step === 'edit') {
          const edit = document.size;
          document.add(edit);
          hub.hear(session.update(TEAM, bytes(edit)), document, session);
        }
        if (step === 'hub') hub.work();
        if (step === 'hear') hear();
        if (step === 'cut') {
          session.disconnect();
          hub.cut();
        }
        if (step === 'connect' && !session.connected) hub.hear(session.connect('token'), document, session);
        const { settled, waiting } = session.progress(TEAM);
        const missing = [...document].filter((edit) => !hub.stored.has(edit)).length;
        expect(waiting).toBeGreaterThanOrEqual(missing);
        if (settled) expect({ waiting, missing }).toEqual({ waiting: 0, missing: 0 });
      };
      for (const step of steps) take(step);
      take('connect');
      while (!hub.idle) {
        take('hub');
        take('hear');
      }
      expect(session.progress(TEAM)).toEqual({ settled: true, waiting: 0 });
    }),
    { numRuns: 500 },
  );
});
