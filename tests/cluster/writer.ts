/**
 * One client's replica of one document, which is written all the while and remembers edit by edit what was promised.
 *
 * The rule: an edit counts as acknowledged only when the hub's own word for it has arrived here.
 */
import * as Y from 'yjs';

export type Kind = 'hocuspocus' | 'y-websocket' | 'teammarks';

/** One transaction: what it put down, and where it ends in the sequence of all that its author wrote. */
export interface Edit {
  readonly text: string;
  readonly client: number;
  readonly end: number;
  acknowledged: boolean;
}

export abstract class Writer {
  abstract readonly kind: Kind;
  readonly edits: Edit[] = [];
  /** What no hub should have said to us. */
  readonly complaints: string[] = [];
  /** How often it has been connected. */
  connections = 0;

  constructor(
    readonly name: string,
    readonly document: string,
  ) {}

  /** Connected, and the first exchange is done. */
  abstract get live(): boolean;
  /** Everything made here has been answered. */
  abstract get settled(): boolean;
  /** The whole replica as one update. */
  abstract state(): Uint8Array;
  abstract stateVector(): Uint8Array;
  protected abstract write(text: string): Pick<Edit, 'client' | 'end'>;
  /** Try at once again, as a browser does that comes back online. */
  nudge(): void {}
  abstract close(): void;

  edit(): void {
    const text = `${this.name} ${this.edits.length + 1}`;
    this.edits.push({ text, ...this.write(text), acknowledged: false });
  }
}

/** A stock client's document. Each edit of it is a key, a place in a list, and something that everybody overwrites. */
export abstract class StockWriter extends Writer {
  readonly doc = new Y.Doc();
  protected abstract readonly provider: { destroy(): void };

  state(): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc);
  }

  stateVector(): Uint8Array {
    return Y.encodeStateVector(this.doc);
  }

  close(): void {
    this.provider.destroy();
    this.doc.destroy();
  }

  protected write(text: string): Pick<Edit, 'client' | 'end'> {
    const { doc } = this;
    doc.transact(() => {
      doc.getMap('edits').set(text, true);
      doc.getMap('latest').set('edit', text);
      doc.getArray('list').push([text]);
    });
    return { client: doc.clientID, end: Y.getState(doc.store, doc.clientID) };
  }
}
