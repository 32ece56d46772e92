/** Random edits as plain data, so that both writers can be told to do the same. Twin: `replica.py`. */
import { type Birth, effectivePlace, readBirth } from '../../extension/src/model/encoding';
import type { NodeId, TrashId } from '../../extension/src/model/ids';
import { ROOT } from '../../extension/src/model/ids';
import {
  canonical,
  type Kind,
  materialise,
  type RawTree,
  seen,
  type Tree,
} from '../../extension/src/model/tree';
import { type Editor, write } from '../../extension/src/model/writer';
import { numbers, seeded } from '../../extension/tests/history';

export type Edit =
  | ['create', Kind, NodeId, NodeId | null, string, string]
  | ['move', NodeId, NodeId, NodeId | null]
  | ['rename' | 'url', NodeId, string]
  | ['remove', NodeId, Record<NodeId, string> | null]
  | ['restore', TrashId]
  | ['restore one', NodeId];

/** Map, key, value; `null` takes the key away. */
export type Write = [keyof RawTree, string, string | string[] | null];

/** One edit of anything in the tree, dead and hidden nodes too; the same for the same seed. */
export function randomEdit(tree: Tree, seed: number): Edit {
  const next = numbers(seed);
  const pick = <T>(from: readonly T[]): T => from[next() % from.length] as T;
  const nodes = inOrder(tree.nodes.values());
  const folders = [ROOT, ...nodes.filter(({ kind }) => kind === 'f').map(({ id }) => id)];
  const parent = pick(folders);
  const title = pick(['', 'T', `title ${seed}`]);
  const url = pick(['', 'T', `https://${seed}.example/`]);
  const rightOf = (mover?: NodeId) => {
    const placed = next() % 4 ? tree.children(parent) : nodes.filter((node) => node.parent === parent);
    return pick([null, ...placed.map(({ id }) => id).filter((id) => id !== mover)]);
  };
  if (nodes.length === 0) return ['create', 'f', parent, null, title, ''];
  const { id } = pick(nodes);
  switch (pick(['create', 'move', 'move', 'move', 'text', 'remove', 'restore', 'restore one'])) {
    case 'create':
      return ['create', pick<Kind>(['f', 'b', 's']), parent, rightOf(), title, url];
    case 'move':
      return ['move', id, parent, rightOf(id)];
    case 'remove': {
      const others = nodes.filter(() => next() % 3 === 0);
      const saw = others.map((node) => [node.id, next() % 8 ? seen(node) : '0badcafe']);
      return ['remove', id, next() % 2 ? null : Object.fromEntries(saw)];
    }
    case 'restore':
      if (tree.trash.size > 0) return ['restore', pick([...tree.trash.keys()].sort())];
  }
  const dead = nodes.filter((node) => node.dead);
  if (next() % 2) return ['restore one', pick(dead.length > 0 ? dead : nodes).id];
  return next() % 2 ? ['rename', id, title] : ['url', id, url];
}

function perform(editor: Editor, edit: Edit): unknown {
  switch (edit[0]) {
    case 'create': {
      const [, kind, parent, after, title, url] = edit;
      return editor.create({ kind, parent, after, title, url });
    }
    case 'move':
      return editor.move(edit[1], edit[2], edit[3]);
    case 'rename':
      return editor.rename(edit[1], edit[2]);
    case 'url':
      return editor.setUrl(edit[1], edit[2]);
    case 'remove': {
      const saw = edit[2] && new Map(Object.entries(edit[2]) as [NodeId, string][]);
      return saw === null ? editor.remove(edit[1]) : editor.remove(edit[1], saw);
    }
    case 'restore':
      return editor.restore(edit[1]);
    case 'restore one':
      return editor.restoreOne(edit[1]);
  }
}

/** What the extension's writer writes for an edit. */
export function writesOf(raw: RawTree, edit: Edit, seed: number): Write[] {
  const writes = write(raw, materialise(raw), (editor) => void perform(editor, edit), seeded(seed));
  return (['n', 'p', 't', 'u', 'x'] as const).flatMap((name) =>
    [...writes[name]]
      .filter(([key, value]) => raw[name].get(key) !== value)
      .map(([key, value]): Write => [name, key, value]),
  );
}

/**
 * What these writes make of the document, line by line, but for what is random: positions and new ids, and so the order
 * of what had been hidden and what was put down beside it meanwhile.
 */
export function outcome(raw: RawTree, writes: readonly Write[]): string[] {
  const maps = {
    n: new Map(raw.n),
    p: new Map(raw.p),
    t: new Map(raw.t),
    u: new Map(raw.u),
    x: new Map(raw.x),
  };
  const made = new Map<string, string>();
  for (const [name, key, value] of writes) {
    if ((name === 'n' || name === 'x') && !raw[name].has(key)) made.set(key, `what is new in ${name}`);
    if (value === null) maps[name].delete(key);
    else maps[name].set(key, value);
  }
  const tree = materialise(maps);
  const parents = (id: NodeId) => {
    const place = effectivePlace(readBirth(maps.n.get(id)) as Birth, maps.p.get(id));
    return [...new Set(place.parents)];
  };
  const named = (line: string) => [...made].reduce((text, [key, name]) => text.replaceAll(key, name), line);
  const hidden = [...materialise(raw).nodes.values()].filter((node) => !node.visible);
  const unordered = new Set<string>(hidden.map(({ id }) => id));
  const shown = canonical(tree)
    .filter(([, id]) => !unordered.has(id))
    .map((row) => JSON.stringify(row));
  const nodes = [...tree.nodes.values()].map(
    ({ pos, ...node }) => `${JSON.stringify(node)} ${parents(node.id)}`,
  );
  const records = [...maps.x].map(([key, record]) => `${key} ${String(record).split('\n').sort()}`);
  return [...shown.map(named), ...nodes.map(named).sort(), ...records.map(named).sort()];
}

function inOrder<T extends { id: string }>(nodes: Iterable<T>): T[] {
  return [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
}
