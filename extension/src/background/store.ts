/**
 * What must survive the worker: each team's document, its shadow, and where the bridge between them stands.
 *
 * Rule it keeps: a batch is one transaction. Document and shadow are true of the same moment or not stored at all, which
 * is what lets a worker be killed at any time.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { TeamId } from '../model/ids';
import type { Choice, PutBackItem } from '../sync/plan';
import type { Grave, Row, ShadowChanges } from '../sync/shadow';

/** The part of a bridge's state that is neither document nor shadow. */
export interface Binding {
  /** The document has been in step with the hub once: from then on it may be edited. */
  readonly synced: boolean;
  /** The native folder was made or found anew, and has not been compared since: nothing missing from it was deleted. */
  readonly found: boolean;
  /** Nodes are being created in the browser whose rows are not all stored yet. */
  readonly creating: boolean;
  readonly held: boolean;
  /** The user's word on what is held, until it has been carried out. */
  readonly choice: Choice | null;
  readonly putBack: readonly PutBackItem[];
  /** A document with edits the hub refused, until it can be said which they were. */
  readonly refused: Uint8Array | null;
  /** What the folder was called when we last named it; another title is its owner's own. */
  readonly folderTitle: string | null;
  /** See `eras.ts`. */
  readonly era: number;
  readonly safe: number;
  readonly doubt: { readonly above: number; readonly upTo: number } | null;
  /** The run of the browser in which this was written. */
  readonly browserRun: string;
}

export interface Stored {
  /** Oldest first; all together they are the document. */
  readonly updates: readonly Uint8Array[];
  readonly rows: readonly (Row | Grave)[];
  readonly binding: Binding | null;
}

export interface Batch {
  readonly updates?: readonly Uint8Array[];
  /** The whole document, instead of everything stored of it before. */
  readonly state?: Uint8Array;
  readonly rows?: ShadowChanges;
  readonly binding?: Binding;
}

export interface Store {
  load(team: TeamId): Promise<Stored>;
  /** All or nothing; resolves when it is stored. */
  commit(team: TeamId, batch: Batch): Promise<void>;
  forget(team: TeamId): Promise<void>;
}

interface Schema extends DBSchema {
  updates: { key: [team: string, number: number]; value: Uint8Array };
  shadow: { key: [team: string, key: string]; value: Row | Grave };
  bindings: { key: string; value: Binding };
}

const STORES = ['updates', 'shadow', 'bindings'] as const;
const VERSION = 1;

export class IndexedDbStore implements Store {
  readonly #next = new Map<TeamId, number>();

  private constructor(private readonly database: IDBPDatabase<Schema>) {}

  static async open(name = 'teammarks'): Promise<IndexedDbStore> {
    const database = await openDB<Schema>(name, VERSION, {
      upgrade(created) {
        for (const store of STORES) created.createObjectStore(store);
      },
    });
    return new IndexedDbStore(database);
  }

  async load(team: TeamId): Promise<Stored> {
    const transaction = this.database.transaction(STORES);
    const [numbers, updates, rows, binding] = await Promise.all([
      transaction.objectStore('updates').getAllKeys(all(team)),
      transaction.objectStore('updates').getAll(all(team)),
      transaction.objectStore('shadow').getAll(all(team)),
      transaction.objectStore('bindings').get(team),
    ]);
    this.#next.set(team, (numbers.at(-1)?.[1] ?? 0) + 1);
    return { updates, rows, binding: binding ?? null };
  }

  async commit(team: TeamId, { updates = [], state, rows, binding }: Batch): Promise<void> {
    // The hub learns of an edit right after this: a machine that loses power must still know that it was its own.
    const durability = updates.length > 0 ? 'strict' : 'default';
    const transaction = this.database.transaction(STORES, 'readwrite', { durability });
    const requests: Promise<unknown>[] = [];
    try {
      const documents = transaction.objectStore('updates');
      if (state !== undefined) requests.push(documents.delete(all(team)));
      let next = this.#next.get(team) ?? 1;
      for (const update of state === undefined ? updates : [state]) {
        requests.push(documents.put(update, [team, next++]));
      }
      this.#next.set(team, next);
      const shadow = transaction.objectStore('shadow');
      for (const [key, row] of rows?.put ?? []) requests.push(shadow.put(row, [team, key]));
      for (const key of rows?.drop ?? []) requests.push(shadow.delete([team, key]));
      if (binding !== undefined) requests.push(transaction.objectStore('bindings').put(binding, team));
      await Promise.all(requests);
    } catch (error) {
      // What cannot be stored would otherwise leave out itself alone.
      const ended = Promise.allSettled([...requests, transaction.done]);
      transaction.abort();
      await ended;
      throw error;
    }
    await transaction.done;
  }

  async forget(team: TeamId): Promise<void> {
    const transaction = this.database.transaction(STORES, 'readwrite');
    await Promise.all([
      transaction.objectStore('updates').delete(all(team)),
      transaction.objectStore('shadow').delete(all(team)),
      transaction.objectStore('bindings').delete(team),
      transaction.done,
    ]);
    this.#next.delete(team);
  }

  close(): void {
    this.database.close();
  }
}

/** Every key of the team: an array sorts after every number and every text. */
function all(team: TeamId): IDBKeyRange {
  return IDBKeyRange.bound([team], [team, []]);
}
