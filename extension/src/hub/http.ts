/**
 * One request to a hub's REST API, and everything that can become of it.
 *
 * The rule: a call returns the decoded body or throws HubError, which tells a hub that cannot be reached from one
 * that refused. Neither an address nor a body ever gets into an error.
 */

/** Why a request failed. `offline` and `bad-answer` are ours; all else are the hub's stable codes. */
export type ErrorCode = 'offline' | 'bad-answer' | (string & {});

export class HubError extends Error {
  override readonly name = 'HubError';

  constructor(
    readonly code: ErrorCode,
    /** The hub's own sentence for people, in English; empty where it gave none. */
    readonly detail: string,
    /** The HTTP status; 0 where there was no answer. */
    readonly status: number,
    /** Seconds from now after which the hub would look at it again; null where it did not say. */
    readonly retryAfterS: number | null = null,
  ) {
    super(`${code} (${status})`);
  }

  /** Only the hub's own word ends a session: a proxy's 401 or a captive portal's page does not. */
  get endsSession(): boolean {
    return SESSION_IS_OVER.has(this.code);
  }
}

const SESSION_IS_OVER = new Set<ErrorCode>([
  'unauthenticated',
  'token-invalid',
  'token-expired',
  'session-ended',
  'account-disabled',
]);

/** What `fetch` does, as far as this project needs it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const DEADLINE_MS = 15_000;

/**
 * Sends JSON, gives back the decoded JSON body, or undefined where the hub sent none.
 *
 * @param hub base address without a slash at its end
 * @param path below the base address, such as `/api/v1/me`
 */
export async function request(
  fetch: Fetch,
  hub: string,
  method: Method,
  path: string,
  options: { token?: string | undefined; body?: unknown } = {},
): Promise<unknown> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.token !== undefined) headers.Authorization = `Bearer ${options.token}`;
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  let text: string;
  try {
    response = await fetch(hub + path, {
      method,
      headers,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(DEADLINE_MS),
      // Nothing of ours rides on cookies, and an answer about rights must never come from a cache.
      credentials: 'omit',
      cache: 'no-store',
    });
    text = await response.text();
  } catch {
    throw new HubError('offline', '', 0);
  }
  if (response.ok && text === '') return undefined;
  const body = parse(text);
  if (response.ok && body !== undefined) return body;
  const wait = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  throw new HubError(
    field(body, 'code') || 'bad-answer',
    detail(body),
    response.status,
    Number.isNaN(wait) ? null : wait,
  );
}

/** The sentence for people, with what is wrong in particular where the hub says so. */
function detail(body: unknown): string {
  const wrong = (body as { errors?: unknown } | undefined)?.errors;
  const particulars = Array.isArray(wrong)
    ? wrong.map((one) => `${field(one, 'field')}: ${field(one, 'message')}`)
    : [];
  return [field(body, 'detail'), ...particulars].join('\n');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(body: unknown, name: string): string {
  const value = (body as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}
