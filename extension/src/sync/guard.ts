/**
 * The guard against mass deletion: what vanished from one browser in a way no one tidies up on purpose is not taken
 * from everybody else before the user has said so.
 */

export interface Held {
  readonly reason: 'folder-vanished' | 'mass-deletion';
  /** Nodes that are gone from the browser and still in the team's folder. */
  readonly count: number;
}

const FEW = 20;
const MANY = 200;
const LARGE_SHARE = 0.2;

/** `gone` of `known` nodes vanished at once. */
export function suspicious(gone: number, known: number): boolean {
  return gone > MANY || (gone >= FEW && gone > known * LARGE_SHARE);
}
