import type { Wire } from '../src/hub/socket';
import { ping } from '../src/sync/frames';

/** A WebSocket whose other end is the test. */
export class FakeWire implements Wire {
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: Uint8Array[] = [];
  closed = false;

  constructor(readonly url = '') {}

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  close(): void {
    this.closed = true;
  }

  say(bytes: Uint8Array): void {
    this.onmessage?.({ data: Uint8Array.from(bytes).buffer });
  }

  get pings(): number {
    return this.sent.filter((bytes) => bytes.length === 1 && bytes[0] === ping[0]).length;
  }
}
