/** A store that forgets nothing until it is told to, and takes no time. */

import type { Batch, Binding, Store, Stored } from '../src/background/store';
import type { TeamId } from '../src/model/ids';
import type { Grave, Row } from '../src/sync/shadow';

interface Kept {
  updates: Uint8Array[];
  rows: Map<string, Row | Grave>;
  binding: Binding | null;
}

export class MemoryStore implements Store {
  readonly #teams = new Map<TeamId, Kept>();
  /** Rows that were put, for tests that count them. */
  rowsPut = 0;

  async load(team: TeamId): Promise<Stored> {
    const kept = this.#teams.get(team);
    if (kept === undefined) return { updates: [], rows: [], binding: null };
    return { updates: [...kept.updates], rows: [...kept.rows.values()], binding: kept.binding };
  }

  async commit(team: TeamId, { updates = [], state, rows, binding }: Batch): Promise<void> {
    const kept: Kept = this.#teams.get(team) ?? { updates: [], rows: new Map(), binding: null };
    this.#teams.set(team, kept);
    if (state !== undefined) kept.updates = [state];
    else kept.updates.push(...updates);
    for (const [key, row] of rows?.put ?? []) kept.rows.set(key, row);
    for (const key of rows?.drop ?? []) kept.rows.delete(key);
    if (binding !== undefined) kept.binding = binding;
    this.rowsPut += rows?.put.size ?? 0;
  }

  async forget(team: TeamId): Promise<void> {
    this.#teams.delete(team);
  }

  /** As when a browser clears what a site has stored. */
  wipe(): void {
    this.#teams.clear();
  }
}
