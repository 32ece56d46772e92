/** A client that says exactly what a test tells it to, byte for byte, and keeps what it hears. */
import { once } from 'node:events';
import * as encoding from 'lib0/encoding';
import WebSocket from 'ws';
import { eventually } from '../support/eventually';
import type { Hub } from '../support/hub';

export interface Closing {
  code: number;
  reason: string;
}

export class Raw {
  readonly frames: Uint8Array[] = [];
  closing: Closing | null = null;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.frames.push(new Uint8Array(data)));
    socket.on('close', (code, reason) => {
      this.closing = { code, reason: reason.toString() };
    });
    // A hub that ends the connection while we are still sending is what some tests are about.
    socket.on('error', () => undefined);
  }

  static async connect(hub: Hub, path = '/sync', protocols: string[] = []): Promise<Raw> {
    const socket = new WebSocket(hub.socketAddress + path, protocols);
    const raw = new Raw(socket);
    await once(socket, 'open');
    return raw;
  }

  /** The subprotocol that the hub chose. */
  get protocol(): string {
    return this.socket.protocol;
  }

  send(...frames: (Uint8Array | string)[]): void {
    for (const frame of frames) this.socket.send(frame);
  }

  closed(): Promise<Closing> {
    return eventually('the hub to close', () => this.closing as Closing);
  }

  /** Frames heard about this address of this type (and sub-type), without the address. */
  about(address: string, ...start: number[]): Uint8Array[] {
    const length = 1 + address.length;
    return this.frames
      .map((frame) => frame.subarray(length))
      .filter((body) => start.every((byte, at) => body[at] === byte));
  }

  end(): void {
    this.socket.terminate();
  }
}

function frame(address: string, write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, address);
  write(encoder);
  return encoding.toUint8Array(encoder);
}

export const token = (address: string, value: string): Uint8Array =>
  frame(address, (encoder) => {
    encoding.writeVarUint(encoder, 2);
    encoding.writeVarUint(encoder, 0);
    encoding.writeVarString(encoder, value);
    encoding.writeVarString(encoder, '4.8.0');
  });

const sync = (address: string, step: 0 | 1 | 2, body: Uint8Array): Uint8Array =>
  frame(address, (encoder) => {
    encoding.writeVarUint(encoder, 0);
    encoding.writeVarUint(encoder, step);
    encoding.writeVarUint8Array(encoder, body);
  });

export const step1 = (address: string, stateVector: Uint8Array): Uint8Array => sync(address, 0, stateVector);
export const step2 = (address: string, update: Uint8Array): Uint8Array => sync(address, 1, update);
export const update = (address: string, bytes: Uint8Array): Uint8Array => sync(address, 2, bytes);
export const ofType = (address: string, type: number, ...body: number[]): Uint8Array =>
  frame(address, (encoder) => {
    encoding.writeVarUint(encoder, type);
    for (const byte of body) encoding.writeUint8(encoder, byte);
  });
