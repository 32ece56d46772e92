/** y-websocket's provider as a writer. It hears no acknowledgements: what it tells others is what it is held to. */
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
import { StockWriter } from './writer';

export class YWebsocketWriter extends StockWriter {
  readonly kind = 'y-websocket';
  protected readonly provider: WebsocketProvider;

  constructor(name: string, document: string, hub: string, token: string) {
    super(name, document);
    this.provider = new WebsocketProvider(`${hub}/yjs`, document, this.doc, {
      protocols: ['teammarks', `bearer.${token}`],
      WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
      disableBc: true,
    });
    this.provider.on('status', ({ status }) => {
      if (status === 'connected') this.connections += 1;
    });
    this.provider.on('connection-close', (event) => {
      if (event && event.code >= 4400) this.complaints.push(`closed with ${event.code}`);
    });
  }

  get live(): boolean {
    return this.provider.wsconnected && this.provider.synced;
  }

  get settled(): boolean {
    return this.live;
  }
}
