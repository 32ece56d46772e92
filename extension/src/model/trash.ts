/**
 * A delete, as it is written: what the deleter saw, node by node, each with the hash of its state at that moment.
 * Whatever has changed since is not what was deleted, and lives.
 */
import type { NodeId } from './ids';

export interface TrashRecord {
  /** The topmost deleted node; `null` when the entries stand for themselves (`-` in the record). */
  readonly root: NodeId | null;
  /** Who and when, as the writer put it; may be empty. */
  readonly meta: string;
  /** Node and hash, in the order of the record. The same node may be listed twice. */
  readonly entries: readonly (readonly [id: string, hash: string])[];
}

/** Reads a record; `undefined` when it is none. Words after the first two of an entry are ignored. */
export function parseTrash(value: unknown): TrashRecord | undefined {
  if (typeof value !== 'string') return undefined;
  const [root, meta, ...lines] = value.split('\n');
  if (root === undefined || meta === undefined || lines.length === 0) return undefined;
  const entries = lines.map((line) => {
    const [id = '', hash = ''] = line.split(' ', 2);
    return [id, hash] as const;
  });
  return { root: root === '-' ? null : (root as NodeId), meta, entries };
}

export function formatTrash(record: TrashRecord): string {
  const lines = record.entries.map(([id, hash]) => `${id} ${hash}`);
  return [record.root ?? '-', record.meta, ...lines].join('\n');
}
