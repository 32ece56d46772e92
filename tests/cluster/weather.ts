/** What goes wrong on the wires while everything is up: each in so many of a hundred cases. */
import type { Chance } from '../support/chance';
import type { Filter } from '../support/wire';
import { unreliable } from './messages';

export class Weather {
  /** Published messages lost, doubled, late or falsified on their way to a hub. */
  messages = 0;
  /** Answers to COMMIT that a hub never hears: its connection ends instead. */
  commits = 0;
  /** Chunks from a client that end in the middle, with their connection. */
  frames = 0;
  /** How often it has struck. */
  struck = 0;

  constructor(private readonly chance: Chance) {}

  clear(): void {
    this.messages = this.commits = this.frames = 0;
  }

  readonly onMessages = (): Filter =>
    unreliable(() =>
      this.strikes(this.messages) ? this.chance.pick(['lose', 'double', 'delay', 'falsify']) : 'pass',
    );

  onAnswer(tag: string): 'pass' | 'cut' {
    return tag === 'COMMIT' && this.strikes(this.commits) ? 'cut' : 'pass';
  }

  readonly onFrames = (): Filter => (chunk) =>
    this.strikes(this.frames) ? [chunk.subarray(0, this.chance.below(chunk.length)), 'cut'] : [chunk];

  private strikes(percent: number): boolean {
    const strikes = this.chance.percent(percent);
    if (strikes) this.struck += 1;
    return strikes;
  }
}
