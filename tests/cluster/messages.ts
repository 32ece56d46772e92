/** As much of Redis' protocol as it takes to meddle with published messages, and to say a few words to the server. */
import { once } from 'node:events';
import { dial, type Filter } from '../support/wire';

const LINE = Buffer.from('\r\n');
const PUBLISHED = new Set(['message', 'pmessage', 'smessage']);

/** Where the value that begins at `start` ends; -1 while it is not complete. */
function end(bytes: Buffer, start: number): number {
  const line = start < bytes.length ? bytes.indexOf(LINE, start) : -1;
  if (line < 0) return -1;
  const kind = String.fromCharCode(bytes[start] ?? 0);
  const count = Number(bytes.toString('latin1', start + 1, line));
  const next = line + LINE.length;
  if ('$=!'.includes(kind)) {
    const after = count < 0 ? next : next + count + LINE.length;
    return after <= bytes.length ? after : -1;
  }
  const items = '*~>'.includes(kind) ? count : '%|'.includes(kind) ? 2 * count : 0;
  let at = next;
  for (let item = 0; item < items && at >= 0; item += 1) at = end(bytes, at);
  return at;
}

/** Whether this value is a published message: its first item is a word for one. */
function isPublished(value: Buffer): boolean {
  if (!'*>'.includes(String.fromCharCode(value[0] ?? 0))) return false;
  const first = value.indexOf(LINE) + LINE.length;
  return PUBLISHED.has(
    value.toString('latin1', value.indexOf(LINE, first) + LINE.length, end(value, first) - 2),
  );
}

export type Fate = 'pass' | 'lose' | 'double' | 'delay' | 'falsify';

/** Passes on what comes from Redis; `fate` decides of each published message. A delayed one comes after the next. */
export function unreliable(fate: () => Fate): Filter {
  let rest: Buffer = Buffer.alloc(0);
  let late: Buffer[] = [];
  return (chunk) => {
    let bytes: Buffer = Buffer.concat([rest, chunk]);
    const pieces: Buffer[] = [];
    for (let length = end(bytes, 0); length > 0; length = end(bytes, 0)) {
      const value = bytes.subarray(0, length);
      bytes = bytes.subarray(length);
      const decided = isPublished(value) ? fate() : 'pass';
      if (decided === 'lose') continue;
      if (decided === 'delay') {
        late.push(value);
        continue;
      }
      pieces.push(decided === 'falsify' ? falsified(value) : value);
      if (decided === 'double') pieces.push(value);
      pieces.push(...late);
      late = [];
    }
    rest = bytes;
    return pieces;
  };
}

/** The same message with another last byte. */
function falsified(value: Buffer): Buffer {
  const other = Buffer.from(value);
  const last = value.length - LINE.length - 1;
  other[last] = (other[last] ?? 0) ^ 1;
  return other;
}

/** Says one command, and returns the answer as it came. */
export async function redis(port: number, ...words: (string | Buffer)[]): Promise<string> {
  const socket = await dial(port);
  socket.write(`*${words.length}\r\n`);
  for (const word of words) {
    socket.write(`$${Buffer.byteLength(word)}\r\n`);
    socket.write(word);
    socket.write('\r\n');
  }
  let answer: Buffer = Buffer.alloc(0);
  while (end(answer, 0) < 0) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    answer = Buffer.concat([answer, chunk]);
  }
  socket.destroy();
  const text = answer.toString();
  if (text.startsWith('-')) throw new Error(text.trim());
  return text;
}
