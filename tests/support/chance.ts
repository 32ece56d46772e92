/** Chance that is the same in every run with the same seed. */

export class Chance {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed;
  }

  /** A natural number below `bound` (mulberry32). */
  below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }

  /** True in so many of a hundred cases. */
  percent(share: number): boolean {
    return this.below(100) < share;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new Error('expected something to pick from');
    return picked;
  }

  /** Fills an array with random bytes, as `crypto.getRandomValues` does. */
  bytes = (array: Uint8Array): Uint8Array => {
    for (let at = 0; at < array.length; at += 1) array[at] = this.below(256);
    return array;
  };
}
