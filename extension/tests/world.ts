/** A world without waiting: a clock that jumps to the next thing due, and a seeded chance that decides what that is. */
import type { Random } from '../src/model/ids';

export interface Chance {
  /** 0 <= result < n. */
  below(n: number): number;
  /** True in `percent` of a hundred cases. */
  percent(percent: number): boolean;
  pick<T>(from: readonly T[]): T;
  readonly bytes: Random;
}

/** mulberry32: small, fast, the same everywhere. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (n: number) => next() % n;
  return {
    below,
    percent: (percent) => below(100) < percent,
    pick: <T>(from: readonly T[]) => from[below(from.length)] as T,
    bytes(into) {
      for (let i = 0; i < into.length; i++) into[i] = next() & 255;
      return into;
    },
  };
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class World {
  /** Milliseconds since some long past. */
  now = 1_700_000_000_000;
  readonly chance: Chance;
  /** Things done outside this clock (a real IndexedDB) that have to end before time goes on. */
  outside = 0;
  #due: Due[] = [];
  #order = 0;

  constructor(
    seed: number,
    /** The longest a call to the browser or a store takes, milliseconds. */
    private readonly slowest = 2,
  ) {
    this.chance = chance(seed);
  }

  after = (ms: number, run: () => void): (() => void) => {
    const due = { at: this.now + ms, order: this.#order++, run, cancelled: false };
    this.#push(due);
    return () => {
      due.cancelled = true;
    };
  };

  /** Something takes its time; others may be first. */
  turn = (): Promise<void> =>
    new Promise((done) => void this.after(this.chance.below(this.slowest + 1), done));

  /** Lets `ms` go by, with everything that falls due in them. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    await this.#drain();
    for (let due = this.#pop(until); due !== null; due = this.#pop(until)) {
      this.now = due.at;
      due.run();
      await this.#drain();
    }
    this.now = until;
  }

  /** Everything that needs no time is done. */
  async #drain(): Promise<void> {
    do await new Promise((done) => void setImmediate(done));
    while (this.outside > 0);
  }

  #push(due: Due): void {
    const heap = this.#due;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!earlier(heap[at] as Due, heap[up] as Due)) break;
      [heap[at], heap[up]] = [heap[up] as Due, heap[at] as Due];
      at = up;
    }
  }

  #pop(until: number): Due | null {
    for (;;) {
      const heap = this.#due;
      const [first] = heap;
      if (first === undefined || first.at > until) return null;
      const last = heap.pop() as Due;
      if (heap.length > 0) {
        heap[0] = last;
        let at = 0;
        for (;;) {
          const [l, r] = [2 * at + 1, 2 * at + 2];
          let least = at;
          if (l < heap.length && earlier(heap[l] as Due, heap[least] as Due)) least = l;
          if (r < heap.length && earlier(heap[r] as Due, heap[least] as Due)) least = r;
          if (least === at) break;
          [heap[at], heap[least]] = [heap[least] as Due, heap[at] as Due];
          at = least;
        }
      }
      if (!first.cancelled) return first;
    }
  }
}

function earlier(a: Due, b: Due): boolean {
  return a.at !== b.at ? a.at < b.at : a.order < b.order;
}
