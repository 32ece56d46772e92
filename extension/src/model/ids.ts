/** Identifiers, told apart by the compiler: a native id can never be taken for one of ours. */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A node of the shared tree: 12 to 36 characters of `A-Za-z0-9_-`, or the reserved word `root`. */
export type NodeId = Branded<'NodeId'>;
/** A trash record's key; the same form as a node id. */
export type TrashId = Branded<'TrashId'>;
/** A team, and so also the address of its document. */
export type TeamId = Branded<'TeamId'>;
/** What the browser calls a bookmark. No identity: browser sync may change it silently. */
export type NativeId = Branded<'NativeId'>;

export const ROOT = 'root' as NodeId;

const ID = /^[A-Za-z0-9_-]{12,36}$/;

export function isNodeId(value: string): value is NodeId {
  return ID.test(value) && !value.endsWith('\n');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Fills a byte array with random values, as `crypto.getRandomValues` does; seeded in tests. */
export type Random = (bytes: Uint8Array) => Uint8Array;

/** Twelve characters, 72 random bits: among a million nodes a collision is a one-in-ten-billion event. */
export function newNodeId(random: Random): NodeId {
  let id = '';
  for (const byte of random(new Uint8Array(12))) id += ALPHABET[byte & 63];
  return id as NodeId;
}
