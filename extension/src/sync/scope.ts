/**
 * Where browser, shadow and document are compared: everywhere, or in a few folders.
 *
 * A comparison of a few folders is allowed only where an earlier one has found that all three agree everywhere else, and
 * gives what a comparison of everything would give. The rule of both is the same code; this says only where it looks.
 */
import { type NativeId, type NodeId, ROOT } from '../model/ids';
import { type NativeNode, nativePreOrder } from '../model/native';
import { NOWHERE, type Shadow } from './shadow';

export interface Scope {
  /** Folders whose contents are compared, by node. */
  readonly folders: ReadonlySet<NodeId>;
  /** Natives that have left the team's folder. */
  readonly lost: ReadonlySet<NativeId>;
}

/** The team's folder in the browser, as it was read. */
export interface Natives {
  readonly folder: NativeNode;
  readonly byId: ReadonlyMap<NativeId, NativeNode>;
}

/** The native folders that are compared, parents before what is in them. */
export function nativeFolders(
  { folder, byId }: Natives,
  scope: Scope | null,
  shadow: Shadow,
  enters: (native: NativeNode) => boolean,
): NativeNode[] {
  const isFolder = (native: NativeNode) => native.kind === 'f' && enters(native);
  if (scope === null) return [...nativePreOrder(folder, isFolder)];
  const compared = new Set<NativeId>();
  for (const id of scope.folders) {
    const native = byId.get(id === ROOT ? folder.id : (shadow.get(id)?.native ?? NOWHERE));
    if (native === undefined) continue;
    compared.add(native.id);
    for (const child of native.children) {
      if (shadow.of(child.id) !== undefined) continue;
      for (const unknown of nativePreOrder(child, isFolder)) compared.add(unknown.id);
    }
  }
  const passed = withAll(compared, (id) => byId.get(id)?.parent);
  const onTheWay = (native: NativeNode) => isFolder(native) && passed.has(native.id);
  return [...nativePreOrder(folder, onTheWay)].filter(({ id }) => compared.has(id));
}

/** These and all they stand in. */
export function withAll<Id>(ids: Iterable<Id>, parentOf: (id: Id) => Id | undefined): Set<Id> {
  const all = new Set<Id>();
  for (const id of ids) {
    for (let at: Id | undefined = id; at !== undefined && !all.has(at); at = parentOf(at)) all.add(at);
  }
  return all;
}
