/** A WebSocket of which a test writes every byte, and that reads only when told to. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Hub } from '../support/hub';

/** Open: the hub has answered the handshake. */
export async function bareSocket(hub: Hub, path: string, protocols?: string): Promise<Socket> {
  const bare = connect(hub.port, '127.0.0.1');
  await once(bare, 'connect');
  bare.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      (protocols === undefined ? '\r\n' : `Sec-WebSocket-Protocol: ${protocols}\r\n\r\n`),
  );
  await once(bare, 'data');
  return bare;
}

/** A masked frame of less than 126 bytes; its first byte holds "this is the end" (0x80) and the opcode. */
export const short = (first: number, ...body: number[]): Uint8Array =>
  Uint8Array.of(first, 0x80 | body.length, 0, 0, 0, 0, ...body);

export async function heardUntilClosed(bare: Socket): Promise<Buffer> {
  const heard: Buffer[] = [];
  bare.on('data', (data: Buffer) => heard.push(data));
  bare.on('error', () => undefined);
  await once(bare, 'close');
  return Buffer.concat(heard);
}
