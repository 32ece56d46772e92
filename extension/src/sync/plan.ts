/**
 * The one decision: given the browser's folder, the shadow, the document and what the hub has sent, what is to be
 * stored, sent and written.
 *
 * Pure but for the document and the shadow it is handed, which it advances: no I/O, no clock. Its invariants:
 *
 *  1. The user's edits enter the document before the hub's updates do, so that the document's rules for concurrent
 *     edits decide, not the order in which things happened to arrive.
 *  2. Nothing is authored into a document that has not been in step with the hub (`fresh` takes the hub's side first).
 *  3. The shadow it leaves is the document's state for every node the browser already shows rightly, and the old state
 *     for every node a write is still to come for. Storing both in one transaction makes every write repeatable.
 *  4. A node is deleted only if the shadow has it, the document wants it and can show it here, and it is gone from a
 *     folder that is itself still there; and a suspicious number of them only by the user's word.
 *  5. While deletions are held nothing is written where the held nodes were; everything else goes on.
 *  6. Who may not write changes nothing but their own browser, back to what the document says.
 *  7. The user's edits are authored in full before anything native is written, so that no edit is patched away.
 */
import { type NativeId, type NodeId, newNodeId, type Random } from '../model/ids';
import type { Tree } from '../model/tree';
import type { Editor } from '../model/writer';
import { deletions } from './deletions';
import { type Difference, diff, type Edit, type Sides, type Unshared } from './diff';
import { DocumentError, type TeamDocument } from './document';
import type { Fit } from './fit';
import { type Held, suspicious } from './guard';
import { patch, type Write } from './patch';
import type { Natives, Scope } from './scope';
import { type Row, type Shadow, UNCONFIRMED } from './shadow';

/** What the user wants done about deletions that are held. */
export type Choice = 'put-back' | 'remove';

/** What a reader did, undone; kept so that a copy can be made. */
export interface PutBackItem {
  readonly what: 'added' | 'changed' | 'moved' | 'removed';
  readonly title: string;
  /** Empty for a folder or a separator. */
  readonly url: string;
  /** Unix time in milliseconds. */
  readonly at: number;
}

export interface Situation {
  readonly document: TeamDocument;
  readonly shadow: Shadow;
  readonly natives: Natives;
  /** Null: everywhere. */
  readonly scope: Scope | null;
  readonly inbox: readonly Uint8Array[];
  /** The document has been received anew: what it lacks was not deleted, and what it has was not created, here. */
  readonly fresh: boolean;
  /** The native folder was made or found again, so that nothing absent from it was deleted. */
  readonly found: boolean;
  /** Nodes that went astray: see `diff`. */
  readonly strays: ReadonlySet<NodeId>;
  /** A killed worker was creating nodes: some may be there and not in the shadow, and moved since. */
  readonly interrupted: boolean;
  readonly canWrite: boolean;
  readonly wasHeld: boolean;
  readonly choice: Choice | null;
  readonly fit: Fit;
  readonly foreign: ReadonlySet<NativeId>;
  doubted(row: Row): boolean;
  /** At most so many nodes are created in one update. */
  readonly batch: number;
  readonly random: Random;
  readonly now: number;
}

export interface Plan {
  /** The user's edits, to be stored and then sent. */
  readonly update: Uint8Array | null;
  /** The hub's updates that were taken in. */
  readonly received: readonly Uint8Array[];
  /** There is more to author: nothing may be written yet, and the inbox still waits. */
  readonly unfinished: boolean;
  readonly writes: readonly Write[];
  readonly held: Held | null;
  readonly putBack: readonly PutBackItem[];
  readonly unshared: readonly Unshared[];
  /** The folders in which there may be something to do yet; null: any. */
  readonly open: ReadonlySet<NodeId> | null;
}

export function plan(situation: Situation): Plan {
  const { document, shadow, natives, scope, inbox, fit, foreign, canWrite, random } = situation;
  const early = situation.fresh ? takeIn(document, inbox) : [];
  if (document.schemaTooNew) {
    const received = situation.fresh ? early : takeIn(document, inbox);
    return { ...NOTHING_OWN, received, writes: [], open: null };
  }
  const sides: Sides = { ...situation, tree: document.tree, newId: () => newNodeId(random) };
  const difference = diff(sides);
  const own = canWrite ? authored(situation, sides, difference) : undone(situation, sides, difference);
  if (own.unfinished) return { ...own, received: early, writes: [], open: null };

  const received = situation.fresh ? early : takeIn(document, inbox);
  if (document.schemaTooNew) return { ...own, received, writes: [], open: null };
  const unshared = new Set(own.unshared.map((item) => item.native));
  const changed = document.takeChangedFolders();
  const folders = scope && changed && new Set([...scope.folders, ...difference.folders, ...changed]);
  const writes = patch({
    natives,
    folders,
    shadow,
    tree: document.tree,
    fit,
    foreign,
    removesUnknown: !canWrite,
    unshared,
  });
  return { ...own, received, writes, open: folders };
}

/** What becomes of the user's edits. */
type Own = Omit<Plan, 'received' | 'writes' | 'open'>;

const NOTHING_OWN: Own = { update: null, unfinished: false, held: null, putBack: [], unshared: [] };

/** Takes the user's edits into the document, but for deletions that are held. */
function authored(situation: Situation, sides: Sides, { edits, vanished, unshared }: Difference): Own {
  const { shadow, choice, batch } = situation;
  const held = hold(vanished, shadow.size, situation);
  if (choice === 'put-back') for (const id of vanished) shadow.bury(id);
  const cut = cutOff(edits, batch);
  const deletes = held === null && choice !== 'put-back' && cut === null;
  const deleting = deletes ? deletions(vanished, sides) : new Map<NodeId, Map<NodeId, string>>();
  const update = author(situation, cut ?? edits, deleting);
  if (deletes) for (const id of vanished) shadow.bury(id);
  return { ...NOTHING_OWN, update, unfinished: cut !== null, held, unshared };
}

/** Leaves the user's edits to be patched away, and says what they were. */
function undone({ shadow, now }: Situation, sides: Sides, difference: Difference): Own {
  const putBack = listed(difference, sides, now);
  for (const id of difference.vanished) shadow.bury(id);
  return { ...NOTHING_OWN, putBack };
}

/** Applies what can be applied, and returns it: one damaged update must not keep out the others. */
export function takeIn(document: TeamDocument, updates: readonly Uint8Array[]): readonly Uint8Array[] {
  if (updates.length === 0) return updates;
  try {
    document.apply(updates);
    return updates;
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
  }
  return updates.filter((update) => {
    try {
      document.apply([update]);
      return true;
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      return false;
    }
  });
}

function hold(vanished: ReadonlySet<NodeId>, known: number, { wasHeld, choice }: Situation): Held | null {
  if (choice !== null || vanished.size === 0) return null;
  // Once held it stays held, however few are left: it is still the same deletion.
  if (!wasHeld && !suspicious(vanished.size, known)) return null;
  return { reason: 'mass-deletion', count: vanished.size };
}

/** The edits up to the batch's last creation, or null when there are not that many. */
function cutOff(edits: readonly Edit[], batch: number): readonly Edit[] | null {
  let created = 0;
  for (const [at, edit] of edits.entries()) {
    if (edit.do === 'create' && ++created > batch) return edits.slice(0, at);
  }
  return null;
}

function author(
  { document, shadow, random }: Situation,
  edits: readonly Edit[],
  deleting: ReadonlyMap<NodeId, ReadonlyMap<NodeId, string>>,
): Uint8Array | null {
  if (edits.length === 0 && deleting.size === 0) return null;
  const update = document.edit((editor) => {
    enter(editor, edits);
    for (const [id, saw] of deleting) editor.remove(id, saw);
  }, random);
  const { tree } = document;
  for (const edit of edits) takeOver(edit, shadow, tree);
  return update;
}

function enter(editor: Editor, edits: readonly Edit[]): void {
  // A node that may not go where it was dragged is nobody's left neighbour there.
  const stayed = new Map<NodeId, NodeId | null>();
  const neighbour = (after: NodeId | null): NodeId | null => {
    let at = after;
    while (at !== null && stayed.has(at)) at = stayed.get(at) ?? null;
    return at;
  };
  for (const edit of edits) {
    switch (edit.do) {
      case 'create':
        editor.create({ ...edit.node, after: neighbour(edit.node.after) });
        break;
      case 'move': {
        const after = neighbour(edit.after);
        if (!editor.move(edit.id, edit.parent, after)) stayed.set(edit.id, after);
        break;
      }
      case 'rename':
        editor.rename(edit.id, edit.native.title);
        break;
      case 'readdress':
        editor.setUrl(edit.id, edit.native.url);
        break;
    }
  }
}

/** The shadow of what has been authored: both sides have it now. Order is confirmed by `patch`. */
function takeOver(edit: Edit, shadow: Shadow, tree: Tree): void {
  const id = edit.do === 'create' ? edit.node.id : edit.id;
  const node = tree.get(id);
  const row = shadow.get(id);
  if (node === undefined) return;
  if (edit.do === 'create') {
    shadow.put({
      id,
      native: edit.native.id,
      added: edit.native.added,
      parent: edit.node.parent,
      writtenParent: node.writtenParent,
      pos: UNCONFIRMED,
      title: node.title,
      url: node.url,
      nativeTitle: edit.native.title,
      nativeUrl: edit.native.url,
    });
  } else if (row === undefined) return;
  else if (edit.do === 'move') {
    if (node.parent === edit.parent) {
      shadow.put({ ...row, parent: node.parent, writtenParent: node.writtenParent, pos: UNCONFIRMED });
    }
  } else if (edit.do === 'rename') {
    shadow.put({ ...row, title: node.title, nativeTitle: edit.native.title });
  } else {
    shadow.put({ ...row, url: node.url, nativeUrl: edit.native.url });
  }
}

/** What a reader did. */
function listed(difference: Difference, sides: Sides, at: number): PutBackItem[] {
  const items = new Map<NativeId | NodeId, PutBackItem>();
  for (const edit of difference.edits) {
    if (edit.do === 'create') {
      const { id, kind, title, url } = edit.native;
      if (kind === 'b') items.set(id, { what: 'added', title, url, at });
    } else if (edit.do === 'move') {
      const node = sides.tree.get(edit.id);
      if (node !== undefined && !items.has(edit.id)) {
        items.set(edit.id, { what: 'moved', title: node.title, url: node.url, at });
      }
    } else {
      const { title, url } = edit.native;
      items.set(edit.id, { what: 'changed', title, url, at });
    }
  }
  for (const { native, title, reason } of difference.unshared) {
    if (reason !== 'url-too-long') continue;
    items.set(native, { what: 'added', title, url: '', at });
  }
  for (const id of deletions(difference.vanished, sides).keys()) {
    const node = sides.tree.get(id);
    if (node !== undefined) items.set(id, { what: 'removed', title: node.title, url: node.url, at });
  }
  return [...items.values()];
}
