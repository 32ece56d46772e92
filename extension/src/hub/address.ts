/** A hub's address as people type it, and the addresses that follow from it. */

/** The base address of a hub's REST API and web pages: scheme, host and perhaps a path, no slash at its end. */
export type HubAddress = string;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** What the person meant, or null where it cannot be the address of a hub. */
export function hubAddress(typed: string): HubAddress | null {
  const text = typed.trim();
  if (text === '') return null;
  const host = text.split(/[/:?#]/, 1)[0] ?? '';
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? '' : LOOPBACK.test(host) ? 'http://' : 'https://';
  let url: URL;
  try {
    url = new URL(scheme + text);
  } catch {
    return null;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  // A sentence becomes a host in Chromium, an e-mail address one with a name to log in by.
  if (url.hostname.includes('%') || url.username !== '') return null;
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** An address as the browser would hold it, `https` where its scheme was left out; null where it is none. */
export function webAddress(typed: string): string | null {
  const text = typed.trim();
  const whole = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(text) ? text : `https://${text}`;
  return text !== '' && URL.canParse(whole) ? new URL(whole).href : null;
}

/** Whether what is said to this hub can be read on the way. A hub on this very machine is nobody else's business. */
export function isOpenToOthers(hub: HubAddress): boolean {
  const url = new URL(hub);
  return url.protocol === 'http:' && !LOOPBACK.test(url.hostname);
}

export function syncAddress(hub: HubAddress): string {
  return `${hub.replace(/^http/, 'ws')}/sync`;
}

export interface InvitationLink {
  /** Null where only the bare token was given. */
  hub: HubAddress | null;
  token: string;
}

/** Reads `https://hub.example/join#TOKEN`, or the bare token. Null where it is neither. */
export function invitationLink(pasted: string): InvitationLink | null {
  const text = pasted.trim();
  if (/^[\w.-]{16,}$/.test(text)) return { hub: null, token: text };
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const token = url.hash.slice(1);
  const hub = hubAddress(`${url.protocol}//${url.host}${url.pathname.replace(/\/join\/?$/, '')}`);
  return hub !== null && /^[\w.-]{16,}$/.test(token) ? { hub, token } : null;
}
