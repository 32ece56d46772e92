/**
 * What one edit costs the extension in a large folder, step by step, beside what comparing everything costs:
 * `npx tsx scripts/measure-large.ts`. Without a browser: its own reading and writing come on top.
 */
import { performance } from 'node:perf_hooks';
import { chromium } from '../src/browser/dialects';
import { type NativeId, type NodeId, ROOT } from '../src/model/ids';
import type { NativeNode } from '../src/model/native';
import { Policy } from '../src/model/policy';
import { materialise, type RawTree } from '../src/model/tree';
import { TeamDocument } from '../src/sync/document';
import { Fit } from '../src/sync/fit';
import { type Plan, plan } from '../src/sync/plan';
import type { Scope } from '../src/sync/scope';
import { Shadow } from '../src/sync/shadow';
import { seeded } from '../tests/history';

const SIZES = [1_000, 10_000, 50_000];
/** Bookmarks in a folder. */
const WIDTH = 50;
const REPEATS = 9;

type Measured = [step: string, milliseconds: number];

/** A team of `size` bookmarks whose folder, shadow and document agree. */
class Team {
  readonly document = new TeamDocument();
  readonly random = seeded(1);
  readonly byId = new Map<NativeId, NativeNode>();
  readonly shadow: Shadow;
  readonly folder: NativeNode;
  readonly fit = new Fit(chromium, new Policy(), new Set());
  #edits = 0;

  constructor(size: number) {
    this.document.edit((editor) => {
      let [folder, last]: [NodeId, NodeId | null] = [ROOT, null];
      for (let at = 0; at < size; at++) {
        if (at % WIDTH === 0) {
          folder = editor.create({ kind: 'f', parent: ROOT, after: null, title: `Folder ${at}` });
          last = null;
        }
        const url = `https://example.com/a/path/of/some/length/${at}`;
        last = editor.create({ kind: 'b', parent: folder, after: last, title: `Bookmark number ${at}`, url });
      }
    }, this.random);
    this.shadow = new Shadow([], 1);
    this.folder = this.#natively(ROOT, '' as NativeId, 'f', 'Team', '');
    this.shadow.takeChanges();
    this.document.takeChangedFolders();
  }

  #natively(id: NodeId, parent: NativeId, kind: NativeNode['kind'], title: string, url: string): NativeNode {
    const native = `native ${id}` as NativeId;
    const children = this.document.tree.children(id).map((child) => {
      const { writtenParent, pos, title, url } = child;
      const made = this.#natively(child.id, native, child.kind, title, url);
      const values = { title, url, nativeTitle: title, nativeUrl: url };
      this.shadow.put({ id: child.id, native: made.id, added: 0, parent: id, writtenParent, pos, ...values });
      return made;
    });
    const node = { id: native, parent, kind, title, url, added: 0, children };
    this.byId.set(native, node);
    return node;
  }

  compare(scope: Scope | null, inbox: Uint8Array[] = []): Plan {
    return plan({
      document: this.document,
      shadow: this.shadow,
      natives: { folder: this.folder, byId: this.byId },
      scope,
      inbox,
      fresh: false,
      found: false,
      strays: new Set(),
      interrupted: false,
      canWrite: true,
      wasHeld: false,
      choice: null,
      fit: this.fit,
      foreign: new Set(),
      doubted: () => false,
      batch: 2_000,
      random: this.random,
      now: 0,
    });
  }

  /** A bookmark in the middle, and a title it has not had yet. */
  next(): { id: NodeId; parent: NodeId; title: string } {
    const folders = this.document.tree.children(ROOT);
    const folder = folders[folders.length >> 1]?.id ?? ROOT;
    const [first] = this.document.tree.children(folder);
    return { id: first?.id ?? ROOT, parent: folder, title: `renamed ${this.#edits++}` };
  }

  /** Bob renames a bookmark: his update. */
  renamedElsewhere(bob: TeamDocument): Uint8Array {
    const { id, title } = this.next();
    const update = bob.edit((editor) => editor.rename(id, title), this.random);
    return update ?? new Uint8Array();
  }

  renameNatively(): Scope {
    const { id, parent, title } = this.next();
    Object.assign(this.byId.get(`native ${id}` as NativeId) ?? {}, { title });
    return { folders: new Set([parent]), lost: new Set() };
  }
}

function measure(size: number): Measured[] {
  const team = new Team(size);
  const state = team.document.state();
  const bob = new TeamDocument(state);
  const raw = Object.fromEntries(
    (['n', 'p', 't', 'u', 'x'] as const).map((name) => [name, Reflect.get(team.document, 'raw')[name]]),
  ) as unknown as RawTree;
  const nowhere: Scope = { folders: new Set(), lost: new Set() };
  return [
    timed('the document is loaded', () => new TeamDocument(state)),
    timed('its tree is read', () => materialise(raw)),
    timed('everything is compared', () => team.compare(null)),
    timed('the whole document is encoded', () => team.document.state()),
    timed(
      'a native rename: its folder compared, authored',
      (scope) => team.compare(scope),
      () => team.renameNatively(),
    ),
    timed(
      'a remote rename: taken in, planned',
      (update) => team.compare(nowhere, [update]),
      () => team.renamedElsewhere(bob),
    ),
    timed('what has changed is taken from the shadow', () => team.shadow.takeChanges()),
    timed('the state vector', () => team.document.stateVector()),
  ];
}

/** The median of a few times; `prepare` is not counted. */
function timed<T>(step: string, run: (prepared: T) => unknown, prepare?: () => T): Measured {
  const times: number[] = [];
  for (let n = 0; n < REPEATS; n++) {
    const prepared = prepare?.() as T;
    const start = performance.now();
    run(prepared);
    times.push(performance.now() - start);
  }
  return [step, times.sort((a, b) => a - b)[REPEATS >> 1] as number];
}

const columns = SIZES.map((size) => measure(size));
const line = (...cells: string[]) =>
  process.stdout.write(
    `${cells.map((cell, at) => (at === 0 ? cell.padEnd(50) : cell.padStart(9))).join('')}\n`,
  );
line('milliseconds, of bookmarks:', ...SIZES.map(String));
for (const [at, [step]] of (columns[0] ?? []).entries()) {
  line(step, ...columns.map((column) => (column[at]?.[1] ?? 0).toFixed(1)));
}
