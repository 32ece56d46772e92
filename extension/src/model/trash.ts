/**
 * A delete, as it is written: what the deleter saw, node by node, each with the hash of its state at that moment.
 * Whatever has changed since is not what was deleted, and lives.
 */
import type { NodeId } from './ids';

export interface TrashRecord {
  /** The topmost deleted node; the record is void once that has been put elsewhere. `null` (written `-`): never void. */
  readonly root: NodeId | null;
  /** When and by whom, as the writer put it; may be empty. */
  readonly meta: string;
  /** The hashes each node is listed with: one, unless somebody wrote a node twice. */
  readonly entries: ReadonlyMap<string, readonly string[]>;
}

/** `root` or `-`, meta, then one `id hash` per line. `undefined` for anything shorter or no text at all. */
export function readTrash(value: unknown): TrashRecord | undefined {
  if (typeof value !== 'string') return undefined;
  const [root, meta, ...lines] = value.split('\n');
  if (root === undefined || meta === undefined || lines.length === 0) return undefined;
  const entries = new Map<string, string[]>();
  for (const line of lines) {
    const [id = '', hash = ''] = line.split(' ', 2);
    const hashes = entries.get(id);
    if (hashes === undefined) entries.set(id, [hash]);
    else hashes.push(hash);
  }
  return { root: root === '-' ? null : (root as NodeId), meta, entries };
}

export function formatTrash(record: TrashRecord): string {
  const lines = [record.root ?? '-', record.meta];
  for (const [id, hashes] of record.entries) for (const hash of hashes) lines.push(`${id} ${hash}`);
  return lines.join('\n');
}

/** Whether the record names this node in this state. */
export function lists(record: TrashRecord, id: string, hash: string): boolean {
  return record.entries.get(id)?.includes(hash) ?? false;
}

/** The record without one node's line; `null` when no line is left. */
export function without(record: TrashRecord, id: NodeId): TrashRecord | null {
  const entries = new Map(record.entries);
  entries.delete(id);
  return entries.size === 0 ? null : { ...record, entries };
}
