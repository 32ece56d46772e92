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
  /** By node its lines (one, of an honest writer) as they were written: what we do not understand is not ours to drop. */
  readonly entries: ReadonlyMap<string, readonly string[]>;
}

/** `root` or `-`, meta, then one `id hash` per line. `undefined` for anything shorter or no text at all. */
export function readTrash(value: unknown): TrashRecord | undefined {
  if (typeof value !== 'string') return undefined;
  const [root, meta, ...lines] = value.split('\n');
  if (root === undefined || meta === undefined || lines.length === 0) return undefined;
  const entries = new Map<string, string[]>();
  for (const line of lines) {
    const [id = ''] = line.split(' ', 1);
    const others = entries.get(id);
    if (others === undefined) entries.set(id, [line]);
    else others.push(line);
  }
  return { root: root === '-' ? null : (root as NodeId), meta, entries };
}

export function formatTrash(record: TrashRecord): string {
  return [record.root ?? '-', record.meta, ...[...record.entries.values()].flat()].join('\n');
}

/** Whether the record names this node in this state. */
export function lists(record: TrashRecord, id: string, hash: string): boolean {
  return record.entries.get(id)?.some((line) => line.split(' ', 2)[1] === hash) ?? false;
}
