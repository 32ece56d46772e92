/** The unmodified npm clients, as an app would use them, against one hub. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import type { Hub } from '../support/hub';

/** Closed by `closeAll`, newest first. */
const closers: (() => void)[] = [];

export function closeAll(): void {
  for (const close of closers.splice(0).reverse()) close();
}

export function socket(hub: Hub, options: { url?: string } = {}): HocuspocusProviderWebsocket {
  const opened = new HocuspocusProviderWebsocket({
    url: options.url ?? `${hub.socketAddress}/sync`,
    WebSocketPolyfill: WebSocket,
    delay: 100,
    minDelay: 100,
    maxDelay: 500,
  });
  closers.push(() => opened.destroy());
  return opened;
}

type Token = string | (() => string) | (() => Promise<string>);

/** A @hocuspocus/provider on one document, and everything it was told. */
export class Hocuspocus {
  readonly doc: Y.Doc;
  readonly provider: HocuspocusProvider;
  readonly failures: string[] = [];
  readonly scopes: string[] = [];
  readonly notices: string[] = [];
  readonly closes: string[] = [];
  /** Sync statuses received: true for acknowledged. */
  readonly statuses: boolean[] = [];

  constructor(
    readonly socket: HocuspocusProviderWebsocket,
    name: string,
    token: Token,
    doc = new Y.Doc(),
  ) {
    this.doc = doc;
    this.provider = new HocuspocusProvider({
      websocketProvider: socket,
      name,
      token,
      document: doc,
      onAuthenticationFailed: ({ reason }) => this.failures.push(reason),
      onAuthenticated: ({ scope }) => this.scopes.push(scope),
      onStateless: ({ payload }) => this.notices.push(payload),
      onClose: ({ event }) => this.closes.push(event.reason),
      onMessage: ({ event }) => this.#note(new Uint8Array(event.data)),
    });
    this.provider.attach();
    closers.push(() => this.provider.destroy());
  }

  get nodes(): Y.Map<unknown> {
    return this.doc.getMap('n');
  }

  /** Every update made here is acknowledged. */
  get settled(): boolean {
    return this.provider.isSynced && this.provider.unsyncedChanges === 0;
  }

  #note(frame: Uint8Array): void {
    const type = 1 + (frame[0] ?? 0);
    if (frame[type] === 8) this.statuses.push(frame[type + 1] === 1);
  }
}

export class YWebsocket {
  readonly provider: WebsocketProvider;
  readonly closes: number[] = [];

  constructor(
    hub: Hub,
    name: string,
    token: string,
    readonly doc = new Y.Doc(),
  ) {
    this.provider = new WebsocketProvider(`${hub.socketAddress}/yjs`, name, doc, {
      protocols: ['teammarks', `bearer.${token}`],
      WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
      disableBc: true,
    });
    this.provider.on('connection-close', (event) => {
      if (event) this.closes.push(event.code);
    });
    closers.push(() => this.provider.destroy());
  }

  get nodes(): Y.Map<unknown> {
    return this.doc.getMap('n');
  }
}
