/**
 * What of one team is stored, and the same in memory: document, shadow and binding.
 *
 * Rule it keeps: everything that has changed in memory goes into the next batch, so that the store always holds one
 * moment of the whole, never parts of two.
 */
import type { TeamId } from '../model/ids';
import { TeamDocument } from '../sync/document';
import { type Eras, ended, FIRST_ERA, inDoubt, restarted } from '../sync/eras';
import { type Row, Shadow } from '../sync/shadow';
import type { Binding, Store } from './store';

const UPDATES_BEFORE_COMPACTION = 100;

const UNBOUND: Binding = {
  synced: false,
  found: false,
  creating: false,
  held: false,
  choice: null,
  putBack: [],
  refused: null,
  folderTitle: null,
  browserRun: '',
  ...FIRST_ERA,
};

export class Ledger {
  #document: TeamDocument;
  #edition = 0;
  #binding: Binding;
  #vector: Uint8Array;
  #committing: Promise<void> | null = null;

  private constructor(
    private readonly store: Store,
    private readonly team: TeamId,
    document: TeamDocument,
    readonly shadow: Shadow,
    binding: Binding,
    /** How many updates the document is stored in. */
    private stored: number,
  ) {
    this.#document = document;
    this.#binding = binding;
    this.#vector = document.stateVector();
  }

  /** `browserRun`: see BridgeOptions. */
  static async open(store: Store, team: TeamId, browserRun: string): Promise<Ledger> {
    const { updates, rows, binding: known } = await store.load(team);
    const document = new TeamDocument();
    document.apply(updates);
    const binding = known ?? { ...UNBOUND, browserRun };
    const ledger = new Ledger(store, team, document, new Shadow(rows, binding.era), binding, updates.length);
    // Before anything is written in this run of the browser, that there is doubt about the last one must be stored.
    if (binding.browserRun !== browserRun) await ledger.#enterEra({ ...restarted(binding), browserRun });
    return ledger;
  }

  /** How often the document has changed since this worker started. */
  get edition(): number {
    return this.#edition;
  }

  get document(): TeamDocument {
    return this.#document;
  }

  get binding(): Binding {
    return this.#binding;
  }

  /** The state vector of what is stored. */
  get vector(): Uint8Array {
    return this.#vector;
  }

  /** Whether the browser may have forgotten what the row tells. */
  readonly doubted = (row: Row): boolean => inDoubt(this.#binding, row);

  /** Whether the browser may not have stored yet what some row told. */
  get unsafe(): boolean {
    return this.shadow.newest > this.#binding.safe;
  }

  /** Stores these, with everything that has changed in the shadow. `binding`: what is to be different in it. */
  async commit(batch: { updates?: readonly Uint8Array[]; binding?: Partial<Binding> } = {}): Promise<void> {
    const { updates = [] } = batch;
    const rows = this.shadow.takeChanges();
    const binding = { ...this.#binding, ...batch.binding };
    const rebound = differ(binding, this.#binding);
    if (updates.length + rows.put.size + rows.drop.length === 0 && !rebound) return;
    this.#binding = binding;
    this.stored += updates.length;
    if (updates.length > 0) this.#edition += 1;
    const compact = this.stored > UPDATES_BEFORE_COMPACTION;
    if (compact) this.stored = 1;
    await this.#store({
      updates,
      rows,
      ...(compact ? { state: this.#document.state() } : {}),
      ...(rebound ? { binding } : {}),
    });
  }

  /** Empties the document, to be received anew, and keeps what it was. */
  async startOver(): Promise<void> {
    const refused = this.#binding.refused ?? this.#document.state();
    this.#document.destroy();
    this.#document = new TeamDocument();
    this.#edition += 1;
    this.#binding = { ...this.#binding, synced: false, refused };
    this.stored = 1;
    await this.#store({ state: this.#document.state(), binding: this.#binding });
  }

  /** ERA_MS have gone by since rows were written. */
  async endEra(): Promise<void> {
    await this.#enterEra(ended(this.#binding));
  }

  /** Resolves at a moment when nothing is being stored: the document then tells of nothing that is not. */
  async quiet(): Promise<void> {
    while (this.#committing !== null) await this.#committing;
  }

  #enterEra(eras: Eras & Partial<Binding>): Promise<void> {
    this.shadow.era = eras.era;
    this.shadow.clearGraves(eras.safe);
    return this.commit({ binding: eras });
  }

  async #store(batch: Parameters<Store['commit']>[1]): Promise<void> {
    const committing = this.store.commit(this.team, batch);
    this.#committing = committing;
    await committing;
    if (this.#committing === committing) this.#committing = null;
    this.#vector = this.#document.stateVector();
  }
}

/** Whether any value is different, looked at as JSON. */
export function differ<T extends object>(a: T, b: T): boolean {
  const keys = Object.keys(a) as (keyof T)[];
  return keys.some((key) => a[key] !== b[key] && JSON.stringify(a[key]) !== JSON.stringify(b[key]));
}
