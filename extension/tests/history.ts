/**
 * Histories of a document: a few replicas, each edited by its user, now and then one hearing from another. The steps
 * are plain data with numbers to pick by, so that a failing history shrinks and a seeded one is always the same.
 *
 * What must hold at every moment is asserted while the history is played; what must hold at the end, by `settle`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { NodeId, Random, TrashId } from '../src/model/ids';
import { ROOT } from '../src/model/ids';
import { type CanonicalRow, canonical, type Kind, type TreeNode } from '../src/model/tree';
import type { Editor } from '../src/model/writer';
import { TeamDocument } from '../src/sync/document';
import { whole } from './tree-of';

export const VERBS = ['create', 'rename', 'url', 'move', 'remove', 'restore', 'restore-one'] as const;

/** One edit; `a`, `b` and `c` pick among what there is. */
export interface Op {
  verb: (typeof VERBS)[number];
  a: number;
  b: number;
  c: number;
}

export type Step =
  | { do: 'act'; replica: number; ops: Op[] }
  | { do: 'sync'; from: number; to: number }
  | { do: 'reload'; replica: number };

/** A 32-bit generator (mulberry32): numbers from 0 up to 2^32. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

export function seeded(seed: number): Random {
  const next = numbers(seed);
  return (bytes) => bytes.map(() => next() & 255);
}

const TITLES = [
  '',
  'a',
  'Grafana',
  'Zażółć',
  '監視 📊',
  'two\nlines',
  '"quoted" \\',
  '\u202eltr',
  'é',
  '😀'.repeat(3),
];

export class History {
  readonly replicas: TeamDocument[] = [];
  /** Every update that was made, in the order of its making. */
  readonly updates: Uint8Array[] = [];
  /** How many nodes stood in a cycle somewhere. */
  cycles = 0;
  private readonly random: Random;
  /** Last write of each replica, field by field. */
  private readonly writes: Map<string, string>[] = [];
  private readonly births = new Map<NodeId, { title: string; url: string }>();
  private readonly deleted = new Set<NodeId>();

  constructor(replicas: number, seed: number) {
    this.random = seeded(seed);
    for (let i = 0; i < replicas; i++) {
      this.replicas.push(new TeamDocument());
      this.writes.push(new Map());
    }
    this.act(0, (editor) => {
      for (let i = 0; i < 9; i++) this.create(editor, { verb: 'create', a: i % 3 ? i : 0, b: i, c: i });
    });
    for (let to = 1; to < replicas; to++) this.sync(0, to);
  }

  play(steps: readonly Step[]): this {
    const at = (n: number) => n % this.replicas.length;
    for (const step of steps) {
      if (step.do === 'sync') this.sync(at(step.from), at(step.to));
      else if (step.do === 'reload') this.reload(at(step.replica));
      else {
        const replica = at(step.replica);
        this.act(replica, (editor) => {
          for (const op of step.ops) this.edit(replica, editor, op);
        });
      }
    }
    return this;
  }

  /** Brings all replicas together, asserts the laws, and returns what they all show. */
  settle(): CanonicalRow[] {
    for (let round = 0; round < 2; round++) {
      for (let i = 1; i < this.replicas.length; i++) this.sync(i - 1, i);
      for (let i = this.replicas.length - 1; i > 0; i--) this.sync(i, i - 1);
    }
    const rows = canonical(this.document(0).tree);
    const text = JSON.stringify(rows);
    this.replicas.forEach((document, i) => {
      must(JSON.stringify(canonical(document.tree)) === text, `replica ${i} has converged`);
      const reloaded = new TeamDocument(document.state());
      must(JSON.stringify(canonical(reloaded.tree)) === text, `replica ${i} reads the same after a reload`);
    });
    const { nodes } = this.document(0).tree;
    const shown = new Set(rows.map(([, id]) => id));
    must(shown.size === rows.length, 'no node is shown twice');
    for (const node of nodes.values()) if (!node.dead) must(shown.has(node.id), 'every living node is shown');
    for (const [id, birth] of this.births) {
      const node = nodes.get(id);
      must(node !== undefined, 'no node is forgotten');
      if (!this.deleted.has(id)) must(shown.has(id), 'what nobody deleted is shown');
      for (const field of ['title', 'url'] as const) {
        const last = this.writes.flatMap((writes) => writes.get(`${field} ${id}`) ?? []);
        must(
          (last.length > 0 ? last : [birth[field]]).includes(node[field]),
          `the last ${field} of someone stands`,
        );
      }
    }
    return rows;
  }

  private document(i: number): TeamDocument {
    return this.replicas[i] as TeamDocument;
  }

  private sync(from: number, to: number): void {
    this.document(to).apply([this.document(from).missing(this.document(to).stateVector())]);
    this.cycles += this.document(to).tree.tangled.size;
    mustBeCurrent(this.document(to));
  }

  private reload(i: number): void {
    const before = this.document(i);
    this.replicas[i] = new TeamDocument(before.state());
    before.destroy();
  }

  private act(i: number, action: (editor: Editor) => void): void {
    let expected = '';
    const document = this.document(i);
    const update = document.edit((editor) => {
      action(editor);
      expected = JSON.stringify(rowsOf(editor));
    }, this.random);
    must(
      JSON.stringify(canonical(document.tree)) === expected,
      'the editor saw what the document then shows',
    );
    mustBeCurrent(document);
    if (update !== null) this.updates.push(update);
  }

  private edit(replica: number, editor: Editor, op: Op): void {
    const visible = visibleIn(editor);
    const node = pick(visible, op.a);
    const writes = this.writes[replica] as Map<string, string>;
    if (op.verb === 'create') this.create(editor, op);
    else if (op.verb === 'restore') this.restore(replica, editor, op);
    else if (op.verb === 'restore-one') {
      const dead = pick([...this.document(replica).tree.nodes.values()].filter(isDead).sort(byId), op.a);
      if (dead === undefined) return;
      editor.restoreOne(dead.id);
      must(editor.get(dead.id)?.dead === false, 'a restored node lives');
    } else if (node === undefined) return;
    else if (op.verb === 'rename') {
      const title = `${pick(TITLES, op.b)}${op.c}`;
      if (node.kind !== 's' && title !== node.title) writes.set(`title ${node.id}`, title);
      editor.rename(node.id, title);
      must(node.kind === 's' || editor.get(node.id)?.title === title, 'a renamed node has its title');
      must(node.kind !== 'b' || editor.get(node.id)?.dead === false, 'a renamed bookmark lives');
    } else if (op.verb === 'url') {
      const url = `https://example.com/${op.b % 7}`;
      if (node.kind === 'b' && url !== node.url) writes.set(`url ${node.id}`, url);
      editor.setUrl(node.id, url);
    } else if (op.verb === 'move') this.move(editor, node, op);
    else {
      editor.remove(node.id);
      for (const gone of visible) if (!editor.get(gone.id)?.visible) this.deleted.add(gone.id);
      must(!editor.get(node.id)?.visible, 'a deleted node is gone');
    }
  }

  private create(editor: Editor, { a, b, c }: Op): void {
    const kind = pick<Kind>(['f', 'b', 'f', 'b', 'b', 'b', 'b', 's'], a) ?? 'f';
    const parent = pick(foldersOf(editor), b) ?? ROOT;
    const after = pick([null, ...editor.children(parent).map((node) => node.id)], c) ?? null;
    const title = kind === 's' ? '' : `${pick(TITLES, c)}`;
    const url = kind === 'b' ? `https://example.com/${b % 5}` : '';
    const id = editor.create({ kind, parent, after, title, url });
    this.births.set(id, { title, url });
    mustStand(editor, id, parent, after);
  }

  private move(editor: Editor, node: TreeNode, { b, c }: Op): void {
    const parent = pick(foldersOf(editor), b) ?? ROOT;
    const after = pick([null, ...editor.children(parent).map((child) => child.id)], c) ?? null;
    const elsewhere = parent !== node.parent;
    if (!editor.move(node.id, parent, after)) {
      must(isWithin(editor, parent, node.id), 'only a move into itself or below itself is refused');
      return;
    }
    if (elsewhere) must(editor.get(node.id)?.dead === false, 'what was moved elsewhere lives');
    if (after !== node.id) mustStand(editor, node.id, parent, after);
  }

  private restore(replica: number, editor: Editor, op: Op): void {
    const { trash } = this.document(replica).tree;
    const key = pick([...trash.keys()].sort(), op.a) as TrashId | undefined;
    if (key === undefined) return;
    const listed = [...(trash.get(key)?.entries.keys() ?? [])] as NodeId[];
    const before = listed.filter((id) => editor.get(id)?.visible);
    editor.restore(key);
    for (const id of before) must(editor.get(id)?.visible === true, 'a restore takes nothing away');
  }
}

/** A short history: mostly edits, among three to five replicas. */
export function randomSteps(seed: number): { replicas: number; steps: Step[] } {
  const next = numbers(seed);
  const replicas = 3 + (next() % 3);
  const steps: Step[] = [];
  for (let i = 8 + (next() % 30); i > 0; i--) {
    const die = next() % 10;
    if (die < 3) steps.push({ do: 'sync', from: next(), to: next() });
    else if (die < 4) steps.push({ do: 'reload', replica: next() });
    else
      steps.push({
        do: 'act',
        replica: next(),
        ops: Array.from({ length: 1 + (next() % 3) }, () => randomOp(next)),
      });
  }
  return { replicas, steps };
}

function randomOp(next: () => number): Op {
  const weighted = [...VERBS, 'move', 'move', 'move', 'remove', 'rename'] as const;
  return { verb: pick(weighted, next()) ?? 'move', a: next(), b: next(), c: next() };
}

/** What `canonical` gives, by what an action sees. */
export function rowsOf(editor: Editor): CanonicalRow[] {
  return visibleIn(editor).map((node) => [depthOf(editor, node), node.id, node.kind, node.title, node.url]);
}

function visibleIn(editor: Editor): TreeNode[] {
  const visible: TreeNode[] = [];
  const open = editor.children(ROOT).toReversed();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    visible.push(node);
    open.push(...editor.children(node.id).toReversed());
  }
  return visible;
}

function depthOf(editor: Editor, node: TreeNode): number {
  let depth = 0;
  for (let at = node.parent; at !== ROOT; at = (editor.get(at) as TreeNode).parent) depth++;
  return depth;
}

function foldersOf(editor: Editor): NodeId[] {
  return [ROOT, ...visibleIn(editor).flatMap((node) => (node.kind === 'f' ? node.id : []))];
}

function isWithin(editor: Editor, id: NodeId, folder: NodeId): boolean {
  for (let at = id; at !== ROOT; at = (editor.get(at) as TreeNode).parent) if (at === folder) return true;
  return false;
}

function mustStand(editor: Editor, id: NodeId, parent: NodeId, after: NodeId | null): void {
  const node = editor.get(id);
  must(node?.parent === parent, 'it is in the folder where the user put it');
  // The neighbour may have been a deleted folder, there only for what was in it, or only while a cycle lasted.
  const neighbour = after === null ? null : editor.get(after);
  if (!node.visible || (neighbour?.dead && !(neighbour.visible && neighbour.parent === parent))) return;
  const siblings = editor.children(parent).map((sibling) => sibling.id);
  must((siblings[siblings.indexOf(id) - 1] ?? null) === after, 'it is right of the neighbour the user gave');
}

/** What is kept current from one change to the next is what would be read of the whole document. */
function mustBeCurrent(document: TeamDocument): void {
  const [kept, anew] = [document.tree, new TeamDocument(document.state()).tree];
  must(isDeepStrictEqual(whole(kept), whole(anew)), 'the tree that is kept is the one that would be read');
  must(
    [...anew.awaited].every((id) => kept.awaited.has(id)),
    'whatever is awaited is known to be',
  );
}

function isDead(node: TreeNode): boolean {
  return node.dead;
}

function byId(a: TreeNode, b: TreeNode): number {
  return a.id < b.id ? -1 : 1;
}

function pick<T>(from: readonly T[], n: number): T | undefined {
  return from[n % from.length];
}

function must(holds: boolean, law: string): asserts holds {
  if (!holds) throw new Error(`broken: ${law}`);
}
