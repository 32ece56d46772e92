/**
 * The law of looking in part: wherever a bridge has compared only some folders, it has decided what a comparison of
 * everything would have decided; and what it took the browser to hold is what the browser held.
 */

import type * as Y from 'yjs';
import type { Refreshed } from '../src/background/mirror';
import { Mirror } from '../src/background/mirror';
import type { Bookmarks } from '../src/browser/bookmarks';
import type { Random } from '../src/model/ids';
import { type NativeNode, nativePreOrder } from '../src/model/native';
import { TeamDocument } from '../src/sync/document';
import type { Write } from '../src/sync/patch';
import type { Plan, plan, Situation } from '../src/sync/plan';
import { Shadow } from '../src/sync/shadow';
import type { FakeBookmarks } from './fake-bookmarks';

/** Breaches of the law, and how often it was asked. */
export const found = { breaches: [] as string[], partial: 0, full: 0 };

const browsers = new WeakMap<Bookmarks, FakeBookmarks>();

export function belongsTo(bookmarks: Bookmarks, browser: FakeBookmarks): void {
  browsers.set(bookmarks, browser);
}

/** Decides as `decide` does, and compares with what it decides of everything. */
export function checked(decide: typeof plan): typeof plan {
  return (situation) => {
    if (situation.scope === null) {
      found.full++;
      return decide(situation);
    }
    found.partial++;
    const { random, replay } = taped(situation.random);
    const whole = { ...situation, ...copyOf(situation), random, scope: null };
    const expected = decide(whole);
    const made = decide({ ...situation, random: replay });
    const [a, b] = [outcome(expected, whole), outcome(made, situation)];
    for (const [what, value] of Object.entries(a)) {
      const [wanted, got] = [items(value), items(b[what as keyof typeof b])];
      if (wanted.join('\n') === got.join('\n')) continue;
      const missing = wanted.filter((item) => !got.includes(item));
      const extra = got.filter((item) => !wanted.includes(item));
      found.breaches.push([`${what}, not decided:`, ...missing, 'decided instead:', ...extra].join('\n'));
    }
    return made;
  };
}

/** The same document by the same author, and the same shadow. */
function copyOf({ document, shadow }: Situation): Pick<Situation, 'document' | 'shadow'> {
  const copy = new TeamDocument(document.state());
  (Reflect.get(copy, 'doc') as Y.Doc).clientID = (Reflect.get(document, 'doc') as Y.Doc).clientID;
  Reflect.set(copy, 'edited', Reflect.get(document, 'edited'));
  return { document: copy, shadow: new Shadow([...shadow.rows()], shadow.era) };
}

/** Chance, and the same once more. */
function taped(random: Random): { random: Random; replay: Random } {
  const tape: Uint8Array[] = [];
  return {
    random(bytes) {
      tape.push(random(bytes).slice());
      return bytes;
    },
    replay(bytes) {
      const drawn = tape.shift();
      if (drawn === undefined || drawn.length !== bytes.length) return random(bytes);
      bytes.set(drawn);
      return bytes;
    },
  };
}

function items(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((item) => JSON.stringify(item));
}

function outcome(made: Plan, { document, shadow, natives }: Situation) {
  const order = <T>(values: Iterable<T>) => Array.from(values, (value) => JSON.stringify(value)).sort();
  const [writes, removals] = [
    made.writes.filter(isNoRemoval),
    made.writes.filter((write) => !isNoRemoval(write)),
  ];
  return {
    nodes: order(document.tree.nodes.values()),
    writes: writes.map((write) =>
      'node' in write ? { ...write, was: undefined, node: write.node.id } : write,
    ),
    removals: order(removals.map((write) => ('going' in write ? write.was.id : null))),
    update: made.update !== null,
    held: made.held,
    putBack: order(made.putBack),
    unshared: made.unshared,
    unfinished: made.unfinished,
    rows: order(shadow.rows()),
    natives: natives.byId.size,
  };
}

function isNoRemoval(write: Write): boolean {
  return write.do !== 'remove';
}

/** From now on every mirror that was refreshed is compared with what its browser holds. */
export function watchMirrors(): void {
  const { refresh } = Mirror.prototype;
  Mirror.prototype.refresh = async function (this: Mirror, ...args): Promise<Refreshed | null> {
    const refreshed = await refresh.apply(this, args);
    const browser = browsers.get(this.bookmarks);
    if (refreshed === null || browser === undefined || browser.silent) return refreshed;
    // What the top is called is its owner's affair.
    const held = linesOf(browser, this.folder.id).slice(1);
    const mirrored = [...nativePreOrder(this.folder)].map(line).slice(1);
    if (held.join('\n') !== mirrored.join('\n')) {
      found.breaches.push(`a mirror shows\n${mirrored.join('\n')}\nof\n${held.join('\n')}`);
    }
    if (mirrored.length + 1 !== this.byId.size) found.breaches.push('a mirror knows what it does not show');
    return refreshed;
  };
}

function linesOf(browser: FakeBookmarks, id: string): string[] {
  if (!browser.exists(id)) return [];
  const { title, url = '', type } = browser.node(id);
  const isBookmark = url !== '' && type !== 'separator';
  const node = { id, title, url: isBookmark ? url : '' } as NativeNode;
  return [line(node), ...browser.childrenOf(id).flatMap((child) => linesOf(browser, child.id))];
}

function line({ id, title, url }: NativeNode): string {
  return `${id} ${title} ${url}`;
}
