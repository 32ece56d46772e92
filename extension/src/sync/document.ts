/** One team's document. The only module that knows Yjs. */
import type { Random } from '../model/ids';
import type { Tree } from '../model/tree';
import type { Editor } from '../model/writer';

/** Bytes that are no Yjs update. The document is as it was. */
export class DocumentError extends Error {}

export declare class TeamDocument {
  /** `state`: an update as `state()` gave it. */
  constructor(state?: Uint8Array);
  /** Read once after each change, then kept. */
  get tree(): Tree;
  /** Written by a later version: show it, but do not edit. */
  get schemaTooNew(): boolean;
  /** Throws `DocumentError`, leaving the document as it was. */
  apply(updates: readonly Uint8Array[]): void;
  /** One user action, one update; null when nothing changed. Throws `WriterError`, and then nothing is written. */
  edit(action: (editor: Editor) => void, random: Random, meta?: string): Uint8Array | null;
  stateVector(): Uint8Array;
  /** Throws `DocumentError` for bytes that are no state vector. */
  missing(stateVector: Uint8Array): Uint8Array;
  state(): Uint8Array;
  destroy(): void;
}
