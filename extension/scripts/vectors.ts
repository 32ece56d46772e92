/**
 * Tree vectors: updates, and the rows that they show in whatever order they are applied. Both implementations of the
 * tree read the same files; `tests/vectors/check.py` is the twin of this and of `check-vectors.ts`.
 */
import { readFileSync } from 'node:fs';
import { type CanonicalRow, canonical } from '../src/model/tree';
import { TeamDocument } from '../src/sync/document';

const FORMAT = 'teammarks-tree-vectors';
const VERSION = 1;

export interface Case {
  name: string;
  /** Yjs v1 updates in base64. */
  updates: string[];
  /** Canonical rows. */
  tree: unknown[];
}

/** The file cannot be used. The text says why, to a person. */
export class NoVectors extends Error {}

/** Throws `NoVectors`. */
export function readVectors(path: string): Case[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new NoVectors(`cannot be read: ${cause instanceof Error ? cause.message : cause}`);
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new NoVectors('is not JSON');
  }
  if (!isRecord(content) || content.format !== FORMAT) {
    throw new NoVectors(`holds no tree vectors: expected "format": "${FORMAT}"`);
  }
  if (content.version !== VERSION)
    throw new NoVectors(`is of another version: expected "version": ${VERSION}`);
  if (!Array.isArray(content.cases)) throw new NoVectors('has no list "cases"');
  const cases = content.cases.map((value: unknown, i) => {
    if (isCase(value)) return value;
    throw new NoVectors(`case ${i + 1} is none: expected "name", "updates" (base64 texts) and "tree" (rows)`);
  });
  return fromZero(cases);
}

/** A file may count the depth of what is directly in the team's folder as 1 as well as 0, alike in all its cases. */
function fromZero(cases: Case[]): Case[] {
  const firstRows = cases.flatMap(({ tree }) => tree.slice(0, 1));
  if (firstRows.length === 0 || !firstRows.every((row) => depthOf(row) === 1)) return cases;
  const lifted = (row: unknown) => {
    const depth = depthOf(row);
    return depth === undefined ? row : [depth - 1, ...(row as unknown[]).slice(1)];
  };
  return cases.map((candidate) => ({ ...candidate, tree: candidate.tree.map(lifted) }));
}

function depthOf(row: unknown): number | undefined {
  return Array.isArray(row) && typeof row[0] === 'number' ? row[0] : undefined;
}

export function formatVectors(
  cases: readonly { name: string; updates: Uint8Array[]; tree: CanonicalRow[] }[],
): string {
  const lines = cases.map(({ name, updates, tree }) =>
    JSON.stringify({ name, updates: updates.map((update) => Buffer.from(update).toString('base64')), tree }),
  );
  return `{"format":"${FORMAT}","version":${VERSION},"cases":[\n${lines.join(',\n')}\n]}\n`;
}

/** Why the case fails, in one line; null when it passes. */
export function failure({ updates, tree }: Case): string | null {
  if (!updates.every(isBase64)) return 'an update is not base64';
  const bytes = updates.map((update) => new Uint8Array(Buffer.from(update, 'base64')));
  for (const [order, ordered] of [
    ['listed', bytes],
    ['reverse', bytes.toReversed()],
  ] as const) {
    const got = attempt(() => rowsOf(ordered));
    if (got instanceof Error) return `${order} order: threw ${got.name}: ${got.message}`;
    const difference = differenceOf(tree.map(asLine), got.map(asLine));
    if (difference !== null) return `${order} order: ${difference}`;
  }
  return null;
}

function rowsOf(updates: readonly Uint8Array[]): CanonicalRow[] {
  const document = new TeamDocument();
  for (const update of updates) document.apply([update]);
  return canonical(document.tree);
}

function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function differenceOf(expected: readonly string[], got: readonly string[]): string | null {
  const row = Array.from({ length: Math.max(expected.length, got.length) }, (_, i) => i).find(
    (i) => expected[i] !== got[i],
  );
  if (row === undefined) return null;
  const sizes = `${expected.length} rows expected, ${got.length} got`;
  return `row ${row + 1}: expected ${expected[row] ?? 'nothing'}, got ${got[row] ?? 'nothing'} (${sizes})`;
}

function asLine(row: unknown): string {
  return JSON.stringify(row);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCase(value: unknown): value is Case {
  if (!isRecord(value)) return false;
  const { name, updates, tree } = value;
  if (typeof name !== 'string' || !Array.isArray(updates) || !Array.isArray(tree)) return false;
  return updates.every((update) => typeof update === 'string');
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
