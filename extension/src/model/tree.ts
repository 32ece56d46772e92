/**
 * The shared tree: the same for the same bytes, in every browser and on the hub (twin: `hub/tree/tree.py`).
 *
 * Reading is pure. It never writes, never throws and never recurses, whatever stands in the document; an entry that is
 * not as it should be counts as absent.
 */
import { type Birth, effectivePlace, type Kind, type Place, readBirth } from './encoding';
import { isNodeId, type NodeId, ROOT, type TrashId } from './ids';
import { seen, type TreeNode, type Writable } from './node';
import { ShownTree } from './shown';
import { lists, readTrash, type TrashRecord } from './trash';

export type { Kind } from './encoding';
export { byPlace, seen, type TreeNode } from './node';

/** The document's maps as they are, junk included. */
export interface RawTree {
  readonly n: ReadonlyMap<string, unknown>;
  readonly p: ReadonlyMap<string, unknown>;
  readonly t: ReadonlyMap<string, unknown>;
  readonly u: ReadonlyMap<string, unknown>;
  readonly x: ReadonlyMap<string, unknown>;
}

export interface Tree {
  /** Every valid node, dead and invisible ones too. */
  readonly nodes: ReadonlyMap<NodeId, TreeNode>;
  /** Every valid trash record, whether or not it still has an effect. */
  readonly trash: ReadonlyMap<TrashId, TrashRecord>;
  /** Nodes that stood in a cycle: moving one may give another its written place back. */
  readonly tangled: ReadonlySet<NodeId>;
  /** Written parents that are no folder here, or were none; should one become one, its children go to it. */
  readonly awaited: ReadonlySet<NodeId>;
  /** How many bookmarks are visible. */
  readonly bookmarks: number;
  get(id: NodeId): TreeNode | undefined;
  /** The visible children, in order. */
  children(id: NodeId): readonly TreeNode[];
  /** The records that list this id. */
  naming(id: string): ReadonlySet<TrashId>;
}

export type CanonicalRow = readonly [depth: number, id: string, kind: Kind, title: string, url: string];

/** Rounds of cycle breaking that try one earlier parent after the other; later ones go straight to the last. */
const PATIENT_ROUNDS = 32;
/**
 * Rounds after which a cycle is broken at the root. A place may name the root before its last parent, so that the last
 * alone could close new cycles for ever.
 */
const MAX_ROUNDS = 64;

/** A node while its parent is being found. */
interface Draft {
  readonly node: Writable<TreeNode>;
  readonly parents: readonly NodeId[];
  /** Where it may stand, best first; the root, always among them, is `null`. */
  readonly candidates: (Draft | null)[];
  choice: number;
  /** The last walk that came by. */
  walk: number;
}

export function materialise(raw: RawTree): ShownTree {
  const drafts = readNodes(raw);
  const awaited = findCandidates(drafts);
  const tangled = breakCycles(drafts);

  const nodes = new Map<NodeId, Writable<TreeNode>>();
  for (const draft of drafts.values()) {
    draft.node.parent = shownParent(draft)?.node.id ?? ROOT;
    nodes.set(draft.node.id, draft.node);
  }
  const trash = readRecords(raw.x);
  bury(nodes, trash);
  reveal(nodes);
  return ShownTree.of(nodes, trash, tangled, awaited);
}

function readNodes(raw: RawTree): Map<string, Draft> {
  const drafts = new Map<string, Draft>();
  for (const [id, value] of raw.n) {
    const birth = isNodeId(id) ? readBirth(value) : undefined;
    if (birth === undefined) continue;
    const { place, ...written } = readWritten(raw, id as NodeId, birth);
    const node = { ...written, parent: ROOT, dead: false, visible: false };
    drafts.set(id, { node, parents: place.parents, candidates: [], choice: 0, walk: 0 });
  }
  return drafts;
}

/** A node as it is written, wherever it may be shown. */
export function readWritten(
  raw: RawTree,
  id: NodeId,
  birth: Birth,
): Omit<TreeNode, 'parent' | 'dead' | 'visible'> & { readonly place: Place } {
  const { kind } = birth;
  const place = effectivePlace(birth, raw.p.get(id));
  return {
    id,
    kind,
    title: kind === 's' ? '' : text(raw.t.get(id), birth.title),
    url: kind === 'b' ? text(raw.u.get(id), birth.url) : '',
    writtenParent: place.parents[0],
    pos: place.pos,
    place,
  };
}

function text(override: unknown, birth: string): string {
  return typeof override === 'string' ? override : birth;
}

/** Fills in the candidates; returns the written parents that are no folder. */
function findCandidates(drafts: ReadonlyMap<string, Draft>): Set<NodeId> {
  const awaited = new Set<NodeId>();
  for (const draft of drafts.values()) {
    for (const parent of draft.parents) {
      const candidate = parent === ROOT ? null : drafts.get(parent);
      if (candidate === undefined || (candidate !== null && candidate.node.kind !== 'f')) awaited.add(parent);
      else if (candidate !== draft && !draft.candidates.includes(candidate)) draft.candidates.push(candidate);
    }
    if (!draft.candidates.includes(null)) draft.candidates.push(null);
  }
  return awaited;
}

function shownParent(draft: Draft): Draft | null {
  return draft.candidates[draft.choice] ?? null;
}

/** Moves one node of every cycle to its next candidate until there is no cycle; returns all that stood in one. */
function breakCycles(drafts: ReadonlyMap<string, Draft>): Set<NodeId> {
  const tangled = new Set<NodeId>();
  let walk = 0;
  let starts: Iterable<Draft> = drafts.values();
  for (let round = 1; ; round++) {
    const walksBefore = walk;
    const victims: Draft[] = [];
    for (const start of starts) {
      walk++;
      let at: Draft | null = start;
      while (at !== null && at.walk <= walksBefore) {
        at.walk = walk;
        at = shownParent(at);
      }
      if (at === null || at.walk !== walk) continue;
      victims.push(victimOf(at, tangled));
    }
    if (victims.length === 0) return tangled;
    for (const victim of victims) {
      const last = victim.candidates.length - 1;
      if (round > MAX_ROUNDS || victim.choice === last) victim.choice = victim.candidates.indexOf(null);
      else victim.choice = round > PATIENT_ROUNDS ? last : victim.choice + 1;
    }
    starts = victims; // a new cycle leads through an edge that has just changed
  }
}

/** Who gives way in the cycle through `member`: rather one with a former parent left to go to, then the smallest id. */
function victimOf(member: Draft, tangled: Set<NodeId>): Draft {
  const reluctant = (draft: Draft) => {
    const next = draft.candidates[draft.choice + 1];
    return next === undefined || !draft.parents.includes(next?.node.id ?? ROOT);
  };
  let victim = member;
  let at = member;
  do {
    tangled.add(at.node.id);
    const [a, v] = [reluctant(at), reluctant(victim)];
    if (a === v ? at.node.id < victim.node.id : v) victim = at;
    at = shownParent(at) as Draft; // the root is in no cycle
  } while (at !== member);
  return victim;
}

function readRecords(raw: ReadonlyMap<string, unknown>): Map<TrashId, TrashRecord> {
  const records = new Map<TrashId, TrashRecord>();
  for (const [id, value] of raw) {
    const record = isNodeId(id) ? readTrash(value) : undefined;
    if (record !== undefined) records.set(id as string as TrashId, record);
  }
  return records;
}

function bury(
  nodes: ReadonlyMap<NodeId, Writable<TreeNode>>,
  trash: ReadonlyMap<TrashId, TrashRecord>,
): void {
  const hashes = new Map<TreeNode, string>(); // hostile documents list one enormous node thousands of times
  const hashOf = (node: TreeNode) => {
    const known = hashes.get(node) ?? seen(node);
    hashes.set(node, known);
    return known;
  };
  for (const record of trash.values()) {
    if (record.root !== null) {
      const root = nodes.get(record.root);
      if (root === undefined || !lists(record, root.id, hashOf(root))) continue;
    }
    for (const id of record.entries.keys()) {
      const node = nodes.get(id as NodeId);
      if (node !== undefined && !node.dead && lists(record, id, hashOf(node))) node.dead = true;
    }
  }
}

/** A node is visible while it, or anything below it, lives. */
function reveal(nodes: ReadonlyMap<NodeId, Writable<TreeNode>>): void {
  for (const node of nodes.values()) {
    if (node.dead) continue;
    for (let at = node as Writable<TreeNode> | undefined; at && !at.visible; at = nodes.get(at.parent)) {
      at.visible = true;
    }
  }
}

/** The visible nodes in pre-order; children of the root have depth 0. Two replicas agree when their rows are equal. */
export function canonical(tree: Tree): CanonicalRow[] {
  const rows: CanonicalRow[] = [];
  const open: { node: TreeNode; depth: number }[] = [];
  const push = (parent: NodeId, depth: number) => {
    for (const node of tree.children(parent).toReversed()) open.push({ node, depth });
  };
  push(ROOT, 0);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { node, depth } = at;
    rows.push([depth, node.id, node.kind, node.title, node.url]);
    push(node.id, depth + 1);
  }
  return rows;
}
