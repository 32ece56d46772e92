/** Documents by hand: the five maps as plain objects. */
import { type NodeId, ROOT } from '../src/model/ids';
import { canonical, materialise, type RawTree, seen, type Tree } from '../src/model/tree';

export interface Maps {
  n?: Record<string, unknown>;
  p?: Record<string, unknown>;
  t?: Record<string, unknown>;
  u?: Record<string, unknown>;
  x?: Record<string, unknown>;
}

/** A valid id from a short name. */
export function id(name: string): NodeId {
  return name.padEnd(12, '_') as NodeId;
}

export function raw({ n = {}, p = {}, t = {}, u = {}, x = {} }: Maps): RawTree {
  const map = (entries: Record<string, unknown>) => new Map(Object.entries(entries));
  return { n: map(n), p: map(p), t: map(t), u: map(u), x: map(x) };
}

export function treeOf(maps: Maps): Tree {
  return materialise(raw(maps));
}

/** The tree as lines, two spaces a level: names without their padding, with title and url where there are any. */
export function drawn(tree: Tree): string[] {
  return canonical(tree).map(([depth, node, kind, title, url]) => {
    const name = node.replace(/_+$/, '');
    return `${'  '.repeat(depth)}${[kind, name, title, url].filter((word) => word !== '').join(' ')}`;
  });
}

/** Everything a tree says, in a form that can be compared. What it awaits may be more than it should be. */
export function whole(tree: Tree) {
  const inOrder = <V>(entries: Iterable<readonly [string, V]>) =>
    [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    nodes: inOrder(tree.nodes),
    children: inOrder([ROOT, ...tree.nodes.keys()].map((folder) => [folder, tree.children(folder)] as const)),
    trash: inOrder(tree.trash),
    naming: inOrder([...tree.nodes.keys()].map((node) => [node, [...tree.naming(node)].sort()] as const)),
    tangled: [...tree.tangled].sort(),
    bookmarks: tree.bookmarks,
  };
}

export function hash(tree: Tree, node: NodeId): string {
  const found = tree.get(node);
  if (found === undefined) throw new Error(`no node ${node}`);
  return seen(found);
}
