/** As much of PostgreSQL's protocol as it takes to see what a hub asks for, and what has just been done for it. */
import type { Filter } from '../support/wire';

const HEAD = 5;
const TLS_WANTED = 80_877_103;
const [PARSE, BIND, COMMAND_COMPLETE] = ['P', 'B', 'C'].map((letter) => letter.charCodeAt(0));

/** Whole messages: a type and a length that counts itself. What is not complete stays behind. */
function messages(bytes: Buffer): { whole: Buffer[]; rest: Buffer } {
  const whole: Buffer[] = [];
  let rest = bytes;
  while (rest.length >= HEAD && rest.length > rest.readInt32BE(1)) {
    const length = 1 + rest.readInt32BE(1);
    whole.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  return { whole, rest };
}

/** Passes everything on to PostgreSQL; `meet` is told each statement as it is about to be carried out. */
export function asked(meet: (statement: string) => void): Filter {
  const prepared = new Map<string, string>();
  let greeting = true;
  let seen: Buffer = Buffer.alloc(0);
  return (chunk) => {
    seen = Buffer.concat([seen, chunk]);
    while (greeting && seen.length >= 8 && seen.length >= seen.readInt32BE(0)) {
      // What comes before everything else has no type.
      greeting = seen.readInt32BE(4) === TLS_WANTED;
      seen = seen.subarray(seen.readInt32BE(0));
    }
    if (greeting) return [chunk];
    const { whole, rest } = messages(seen);
    seen = rest;
    for (const message of whole) {
      const [first = '', second = ''] = message.toString('utf8', HEAD).split('\0', 2);
      if (message[0] === PARSE) prepared.set(first, second);
      if (message[0] === BIND) meet(prepared.get(second) ?? '');
    }
    return [chunk];
  };
}

/**
 * Passes whole messages from PostgreSQL on. Each time a command is done, and before the hub hears of it, `meet` is told
 * the command's tag, such as `COMMIT` or `UPDATE 1`; when it says `cut` the hub never hears of it.
 */
export function answered(meet: (tag: string) => 'pass' | 'cut'): Filter {
  let greeting = true;
  let seen: Buffer = Buffer.alloc(0);
  return (chunk) => {
    if (greeting && chunk.length === 1) return [chunk]; // no TLS
    greeting = false;
    const { whole, rest } = messages(Buffer.concat([seen, chunk]));
    seen = rest;
    const cut = whole.findIndex(
      (message) =>
        message[0] === COMMAND_COMPLETE &&
        meet(message.toString('latin1', HEAD, message.length - 1)) === 'cut',
    );
    return cut < 0 ? whole : [...whole.slice(0, cut), 'cut'];
  };
}
