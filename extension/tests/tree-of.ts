/** Documents by hand: the five maps as plain objects. */
import type { NodeId } from '../src/model/ids';
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

export function hash(tree: Tree, node: NodeId): string {
  const found = tree.get(node);
  if (found === undefined) throw new Error(`no node ${node}`);
  return seen(found);
}
