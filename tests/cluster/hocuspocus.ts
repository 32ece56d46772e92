/**
 * @hocuspocus/provider as writers of several documents on one socket.
 *
 * Its own count of unsynced changes reaches zero after the first of several acknowledgements. So the socket below it
 * counts: each update-bearing frame that goes out gets one status, in order, and the k-th status is for the k-th frame.
 */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import * as decoding from 'lib0/decoding';
import WebSocket from 'ws';
import * as Y from 'yjs';
import { StockWriter } from './writer';

const [SYNC, SYNC_STATUS] = [0, 8];
const [STEP_2, UPDATE] = [1, 2];

/** Before another try to connect, in ms; the provider's own where nothing is said. */
export interface Pauses {
  delay?: number;
  minDelay?: number;
  maxDelay?: number;
}

export class HocuspocusClient {
  readonly writers: HocuspocusWriter[];
  private readonly socket: HocuspocusProviderWebsocket;

  constructor(
    name: string,
    documents: readonly string[],
    hub: string,
    token: () => string,
    pauses: Pauses = {},
  ) {
    const route =
      (action: (writer: HocuspocusWriter, frame: decoding.Decoder) => void) => (data: Uint8Array) => {
        if (data.length === 1) return;
        const frame = decoding.createDecoder(data);
        const address = decoding.readVarString(frame);
        for (const writer of this.writers) if (writer.document === address) action(writer, frame);
      };
    const opened = () => {
      for (const writer of this.writers) writer.connected();
    };
    const sent = route((writer, frame) => writer.sent(frame));
    const heard = route((writer, frame) => writer.heard(frame));
    class Counted extends WebSocket {
      constructor(url: string) {
        super(url);
        this.on('open', opened);
        this.on('message', (data: ArrayBuffer) => heard(new Uint8Array(data)));
      }

      override send(data: Uint8Array): void {
        sent(data);
        super.send(data);
      }
    }
    this.socket = new HocuspocusProviderWebsocket({
      url: `${hub}/sync`,
      WebSocketPolyfill: Counted,
      ...pauses,
    });
    this.writers = documents.map((document) => new HocuspocusWriter(name, document, this.socket, token));
  }

  close(): void {
    for (const writer of this.writers) writer.close();
    this.socket.destroy();
  }
}

/** What an update-bearing frame carries of its author's own: more than the first, up to the second. */
type Span = readonly [from: number, to: number];

export class HocuspocusWriter extends StockWriter {
  readonly kind = 'hocuspocus';
  protected readonly provider: HocuspocusProvider;
  /** Of the update-bearing frames on this connection, those that no status has answered. */
  private unanswered: Span[] = [];

  constructor(name: string, document: string, socket: HocuspocusProviderWebsocket, token: () => string) {
    super(name, document);
    this.provider = new HocuspocusProvider({
      websocketProvider: socket,
      name: document,
      token,
      document: this.doc,
      onAuthenticationFailed: ({ reason }) => this.complaints.push(`denied: ${reason}`),
    });
    this.provider.attach();
  }

  get live(): boolean {
    return this.provider.isSynced;
  }

  get settled(): boolean {
    return this.live && this.unanswered.length === 0;
  }

  connected(): void {
    this.connections += 1;
    this.unanswered = [];
  }

  sent(frame: decoding.Decoder): void {
    if (decoding.readVarUint(frame) !== SYNC) return;
    const step = decoding.readVarUint(frame);
    const { clientID, store } = this.doc;
    // What the hub has told us in its step 1 that it has, it has: with step 2 it has everything.
    if (step === STEP_2) this.unanswered.push([0, Y.getState(store, clientID)]);
    if (step === UPDATE) {
      const { from, to } = Y.parseUpdateMeta(decoding.readVarUint8Array(frame));
      this.unanswered.push([from.get(clientID) ?? 0, to.get(clientID) ?? 0]);
    }
  }

  heard(frame: decoding.Decoder): void {
    if (decoding.readVarUint(frame) !== SYNC_STATUS) return;
    const stored = decoding.readVarUint(frame) === 1;
    const span = this.unanswered.shift();
    if (!stored) this.complaints.push('an update was refused');
    else if (!span) this.complaints.push('more statuses than updates');
    else for (const edit of this.edits) edit.acknowledged ||= edit.end > span[0] && edit.end <= span[1];
  }
}
