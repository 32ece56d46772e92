/** What PostgreSQL itself holds of each document, read without any hub. */
import postgres from 'postgres';
import * as Y from 'yjs';

interface Row {
  head: string;
  seq: string | null;
  payload: Buffer;
  quarantined_because: string | null;
}

/** A document as the log's rows have it, from the first to the newest. Its numbers are known to have no gap. */
export class Logged {
  readonly doc = new Y.Doc();
  head = 0;

  take(row: Row): void {
    if (row.seq === null) return;
    if (row.quarantined_because !== null) throw new Error(`update ${row.seq} was put aside`);
    if (Number(row.seq) !== this.head + 1) throw new Error(`number ${row.seq} follows number ${this.head}`);
    this.head += 1;
    Y.applyUpdate(this.doc, row.payload);
  }

  /** Whether what this author wrote up to `end` is in the rows: the last of it, at least. */
  holds(client: number, end: number): boolean {
    if (Y.getState(this.doc.store, client) >= end) return true;
    // An update whose predecessors are still under way waits for them.
    const waiting = this.doc.store.pendingStructs?.update;
    if (!waiting) return false;
    return Y.decodeUpdateV2(waiting).structs.some(
      ({ id, length }) => id.client === client && id.clock < end && id.clock + length >= end,
    );
  }
}

export class Log {
  private readonly known = new Map<string, Logged>();

  private constructor(private readonly sql: postgres.Sql) {}

  static open(url: string): Log {
    return new Log(postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined }));
  }

  /** The document as it is stored now. Rows that were read before are not read again. */
  async read(document: string): Promise<Logged> {
    const logged = this.known.get(document) ?? new Logged();
    this.known.set(document, logged);
    const rows = await this.sql<Row[]>`
      SELECT d.head, u.seq, u.payload, u.quarantined_because
      FROM documents d LEFT JOIN updates u ON u.document_id = d.id AND u.seq > ${logged.head}
      WHERE d.id = ${document} ORDER BY u.seq`;
    for (const row of rows) logged.take(row);
    const head = Number(rows[0]?.head ?? 0);
    if (head !== logged.head) throw new Error(`the head is ${head}, the last update ${logged.head}`);
    return logged;
  }

  /** The document out of its snapshot and the rows behind it, as a hub opens it; how many rows that were. */
  async opened(document: string): Promise<{ doc: Y.Doc; folded: number }> {
    const [snapshot] = await this.sql<{ seq: string; state: Buffer }[]>`
      SELECT seq, state FROM snapshots WHERE document_id = ${document}`;
    const folded = Number(snapshot?.seq ?? 0);
    const doc = new Y.Doc();
    if (snapshot) Y.applyUpdate(doc, snapshot.state);
    const rows = await this.sql<{ payload: Buffer }[]>`
      SELECT payload FROM updates WHERE document_id = ${document} AND seq > ${folded} ORDER BY seq`;
    for (const { payload } of rows) Y.applyUpdate(doc, payload);
    return { doc, folded };
  }

  /** The database has been set back: what was read before is not true any more. */
  forget(): void {
    this.known.clear();
  }

  async close(): Promise<void> {
    await this.sql.end({ timeout: 1 });
  }
}
