import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Credentials, type SessionAnswer, type Tokens } from '../src/hub/credentials';
import { HubError, request } from '../src/hub/http';
import { Rest } from '../src/hub/rest';
import { MemorySlot } from './memory-slot';

/** Answers as a hub does: refresh tokens rotate, access tokens end, refusals are problems. */
class SmallHub {
  readonly asked: string[] = [];
  generation = 1;
  over = false;
  trouble = false;
  bodies: unknown[] = [];
  /** What happens elsewhere while it renews a session. */
  meanwhile: () => Promise<void> = async () => undefined;
  private readonly server: Server = createServer((incoming, answer) => {
    void this.reply(incoming).then(([status, body]) => {
      const wait = status === 429 ? { 'Retry-After': '40' } : {};
      answer.writeHead(status, { 'Content-Type': 'application/json', ...wait });
      answer.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    });
  });

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async open(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  close(): void {
    this.server.close();
  }

  session(): SessionAnswer {
    return {
      access_token: `access-${this.generation}`,
      expires_in: 600,
      refresh_token: `refresh-${this.generation}`,
      session: { id: 's', device: 'tests' },
      account: { id: 'a', email: 'ann@example.com', display_name: 'Ann' },
    };
  }

  private async reply(incoming: IncomingMessage): Promise<[number, unknown?]> {
    this.asked.push(`${incoming.method} ${incoming.url}`);
    let text = '';
    for await (const chunk of incoming) text += chunk;
    if (text) this.bodies.push(JSON.parse(text));
    if (this.trouble) return [503, problem(503, 'unavailable')];
    if (incoming.url === '/api/v1/sessions/refresh') {
      await this.meanwhile();
      if (this.over) return [401, problem(401, 'session-ended')];
      const { refresh_token } = JSON.parse(text) as { refresh_token: string };
      if (refresh_token !== `refresh-${this.generation}`) return [401, problem(401, 'token-invalid')];
      this.generation += 1;
      return [200, this.session()];
    }
    if (incoming.url === '/not-json') return [200, '<html>Log in to the hotel'];
    if (incoming.url === '/too-early') return [429, problem(429, 'rate-limited')];
    if (incoming.url === '/wrong')
      return [422, { ...problem(422, 'invalid'), errors: [{ field: 'password', message: 'is too short' }] }];
    if (incoming.headers.authorization !== `Bearer access-${this.generation}`)
      return [401, problem(401, 'token-expired')];
    if (incoming.url === '/api/v1/sessions/reauthenticate') return [401, problem(401, 'second-factor-wrong')];
    if (incoming.url === '/api/v1/me/teams?limit=200') return [200, { items: [{ id: 1 }], next_cursor: 'c' }];
    if (incoming.url === '/api/v1/me/teams?limit=200&cursor=c')
      return [200, { items: [{ id: 2 }], next_cursor: null }];
    if (incoming.method === 'DELETE') return [204];
    return [404, problem(404, 'not-found')];
  }
}

function problem(status: number, code: string) {
  return { type: `urn:${code}`, title: code, status, code, detail: `A sentence about ${code}.` };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error as HubError,
  );

let hub: SmallHub;
let slot: MemorySlot<Tokens>;
let now: number;
let ended: number;
let credentials: Credentials;
let rest: Rest;

beforeAll(async () => {
  hub = new SmallHub();
  await hub.open();
});
afterAll(() => hub.close());
beforeEach(async () => {
  Object.assign(hub, {
    generation: 1,
    over: false,
    trouble: false,
    bodies: [],
    meanwhile: async () => undefined,
  });
  hub.asked.length = 0;
  slot = new MemorySlot();
  now = 1_000_000;
  ended = 0;
  credentials = fresh();
  await credentials.keep(hub.session());
  rest = new Rest(fetch, () => hub.address, credentials);
});

/** As a worker that has just started: nothing in memory, everything in the slot. */
function fresh(): Credentials {
  return new Credentials(
    slot,
    fetch,
    () => hub.address,
    () => now,
    () => {
      ended += 1;
    },
  );
}

describe('requests', () => {
  test('a problem becomes an error with the hub’s code, its sentence and what is wrong in particular', async () => {
    const error = await failure(request(fetch, hub.address, 'POST', '/wrong', { body: {} }));
    expect(error).toMatchObject({ code: 'invalid', status: 422 });
    expect(error?.detail).toBe('A sentence about invalid.\npassword: is too short');
  });

  test('one that came too early knows when it may come again', async () => {
    expect((await failure(request(fetch, hub.address, 'GET', '/too-early')))?.retryAfterS).toBe(40);
    expect((await failure(request(fetch, hub.address, 'GET', '/wrong')))?.retryAfterS).toBe(null);
  });

  test('a hub that cannot be reached is told from one that refuses', async () => {
    const error = await failure(request(fetch, 'http://127.0.0.1:9', 'GET', '/api/v1/meta'));
    expect(error).toMatchObject({ code: 'offline', status: 0, endsSession: false });
  });

  test('a page of somebody else in between is no answer of a hub', async () => {
    expect(await failure(request(fetch, hub.address, 'GET', '/not-json'))).toMatchObject({
      code: 'bad-answer',
      endsSession: false,
    });
  });

  test('an error never carries an address or a secret', async () => {
    const body = { password: 'hunter22' };
    const error = await failure(request(fetch, 'http://127.0.0.1:9', 'POST', '/secret-path', { body }));
    expect(String(error)).not.toMatch(/hunter22|secret-path|127/);
  });

  test('an answer without a body is undefined', async () => {
    await expect(rest.logOut()).resolves.toBeUndefined();
  });
});

describe('tokens', () => {
  test('an access token is used as long as it is good for a while', async () => {
    now += 569_000;
    expect(await credentials.token()).toBe('access-1');
    expect(hub.asked).toEqual([]);
  });

  test('a token close to its end is renewed before it is used', async () => {
    now += 571_000;
    expect(await credentials.token()).toBe('access-2');
  });

  test('many who want a token at once cause one renewal', async () => {
    now += 600_000;
    const tokens = await Promise.all(Array.from({ length: 5 }, () => credentials.token()));
    expect(new Set(tokens)).toEqual(new Set(['access-2']));
    expect(hub.asked).toHaveLength(1);
  });

  test('a renewed pair is stored before it is used, so that a killed worker goes on with it', async () => {
    now += 600_000;
    await credentials.token();
    now += 600_000;
    expect(await fresh().token()).toBe('access-3');
    expect(ended).toBe(0);
  });

  test('a call with a token the hub no longer takes is made once more with a fresh one', async () => {
    hub.generation = 2;
    slot.value = { ...(slot.value as Tokens), refresh: 'refresh-2' };
    await rest.logOut();
    expect(hub.asked).toEqual([
      'DELETE /api/v1/sessions/current',
      'POST /api/v1/sessions/refresh',
      'DELETE /api/v1/sessions/current',
    ]);
  });

  test('a refusal of something else than the token is not tried a second time', async () => {
    await expect(rest.guards.prove({ otp: '000000' })).rejects.toMatchObject({ code: 'second-factor-wrong' });
    expect(hub.asked).toEqual(['POST /api/v1/sessions/reauthenticate']);
  });

  test('a session that the hub ended is forgotten and said to be over, once', async () => {
    hub.over = true;
    now += 600_000;
    const errors = await Promise.all([failure(credentials.token()), failure(credentials.token())]);
    expect(errors.map((error) => error?.code)).toEqual(['session-ended', 'session-ended']);
    expect({ ended, kept: slot.value }).toEqual({ ended: 1, kept: undefined });
  });

  test('what the hub answers to a session that was logged out meanwhile does not log in again', async () => {
    now += 600_000;
    hub.meanwhile = () => credentials.forget();
    expect(await failure(credentials.token())).toMatchObject({ code: 'unauthenticated' });
    expect(slot.value).toBeUndefined();
  });

  test('a refusal of the old session does not end the one that was begun meanwhile', async () => {
    hub.over = true;
    now += 600_000;
    hub.meanwhile = () => credentials.keep({ ...hub.session(), refresh_token: 'refresh-of-the-next' });
    expect(await failure(credentials.token())).toMatchObject({ code: 'session-ended' });
    expect({ ended, kept: slot.value?.refresh }).toEqual({ ended: 0, kept: 'refresh-of-the-next' });
  });

  test('a hub in trouble ends no session', async () => {
    hub.trouble = true;
    now += 600_000;
    expect(await failure(credentials.token())).toMatchObject({ code: 'unavailable' });
    hub.trouble = false;
    expect(await credentials.token()).toBe('access-2');
    expect(ended).toBe(0);
  });

  test('without a session there is nothing to ask the hub', async () => {
    await credentials.forget();
    expect(await failure(credentials.token())).toMatchObject({ code: 'unauthenticated' });
    expect(hub.asked).toEqual([]);
  });
});

test('a list is read to its last page', async () => {
  expect(await rest.myTeams()).toEqual([{ id: 1 }, { id: 2 }]);
});

test('errors of the hub are HubErrors with their code', async () => {
  const error = await failure(rest.members('t'));
  expect(error).toBeInstanceOf(HubError);
  expect(error).toMatchObject({ code: 'not-found', status: 404 });
});
