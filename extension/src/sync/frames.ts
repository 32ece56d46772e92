/**
 * The wire: bytes ↔ frames of the hub's `/sync` socket, in Hocuspocus framing.
 *
 * Every frame is `varstring(address) varuint(type) body`, but for two bare one-byte frames, ping and pong. The rule:
 * reading never throws. What a hub may send and we do not know is `unknown` and passed over; what no hub can have
 * meant is null.
 */

import { createDecoder, hasContent, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding';
import {
  createEncoder,
  type Encoder,
  toUint8Array,
  writeVarString,
  writeVarUint,
  writeVarUint8Array,
} from 'lib0/encoding';

/** What a frame is about: a team's id, or `@me` for the account itself. */
export type Address = string;

/** The account's own address: an empty document that carries notices about the account alone. */
export const ME: Address = '@me';

export type Frame =
  | { type: 'ping' }
  | { type: 'pong' }
  | { type: 'unknown' }
  | { type: 'step1'; address: Address; stateVector: Uint8Array }
  | { type: 'step2'; address: Address; update: Uint8Array }
  | { type: 'update'; address: Address; update: Uint8Array }
  | { type: 'token-wanted'; address: Address }
  | { type: 'denied'; address: Address; reason: string }
  | { type: 'access'; address: Address; canWrite: boolean }
  | { type: 'notice'; address: Address; payload: string }
  | { type: 'close'; address: Address; reason: string }
  /** The first `count` of our update-bearing frames are stored; null where the hub does not count. */
  | { type: 'stored'; address: Address; count: number | null }
  /** Of our update-bearing frames, this one was not taken. */
  | { type: 'refused'; address: Address; number: number | null };

const PING = 9;
const PONG = 10;
const Type = { sync: 0, auth: 2, stateless: 5, close: 7, status: 8 } as const;

export const pong = Uint8Array.of(PONG);
export const ping = Uint8Array.of(PING);

export function read(bytes: Uint8Array): Frame | null {
  // An address of nine or ten characters starts with the same byte, so only the length tells these two apart.
  if (bytes.length === 1 && bytes[0] === PING) return { type: 'ping' };
  if (bytes.length === 1 && bytes[0] === PONG) return { type: 'pong' };
  try {
    return readAddressed(bytes);
  } catch {
    return null;
  }
}

function readAddressed(bytes: Uint8Array): Frame | null {
  const decoder = createDecoder(bytes);
  const address = readVarString(decoder);
  const type = readVarUint(decoder);
  switch (type) {
    case Type.sync: {
      const step = readVarUint(decoder);
      const body = readVarUint8Array(decoder);
      if (step === 0) return { type: 'step1', address, stateVector: body };
      if (step === 1) return { type: 'step2', address, update: body };
      return step === 2 ? { type: 'update', address, update: body } : null;
    }
    case Type.auth: {
      const what = readVarUint(decoder);
      if (what === 0) return { type: 'token-wanted', address };
      const text = readVarString(decoder);
      if (what === 1) return { type: 'denied', address, reason: text };
      return what === 2 ? { type: 'access', address, canWrite: text === 'read-write' } : null;
    }
    case Type.stateless:
      return { type: 'notice', address, payload: readVarString(decoder) };
    case Type.close:
      return { type: 'close', address, reason: readVarString(decoder) };
    case Type.status: {
      const stored = readVarUint(decoder) === 1;
      const number = hasContent(decoder) ? readVarUint(decoder) : null;
      return stored ? { type: 'stored', address, count: number } : { type: 'refused', address, number };
    }
    default:
      return { type: 'unknown' };
  }
}

function frame(address: Address, type: number, body: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder();
  writeVarString(encoder, address);
  writeVarUint(encoder, type);
  body(encoder);
  return toUint8Array(encoder);
}

function sync(address: Address, step: 0 | 1 | 2, body: Uint8Array): Uint8Array {
  return frame(address, Type.sync, (encoder) => {
    writeVarUint(encoder, step);
    writeVarUint8Array(encoder, body);
  });
}

export const step1 = (address: Address, stateVector: Uint8Array): Uint8Array => sync(address, 0, stateVector);
export const step2 = (address: Address, update: Uint8Array): Uint8Array => sync(address, 1, update);
export const update = (address: Address, bytes: Uint8Array): Uint8Array => sync(address, 2, bytes);

export function authentication(address: Address, token: string): Uint8Array {
  return frame(address, Type.auth, (encoder) => {
    writeVarUint(encoder, 0);
    writeVarString(encoder, token);
  });
}

export function close(address: Address): Uint8Array {
  return frame(address, Type.close, (encoder) => writeVarString(encoder, ''));
}
