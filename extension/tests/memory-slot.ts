import type { Slot } from '../src/hub/credentials';

/** A slot that outlives whoever uses it, as `storage.local` does. */
export class MemorySlot<T> implements Slot<T> {
  constructor(public value: T | undefined = undefined) {}

  async read(): Promise<T | undefined> {
    return structuredClone(this.value);
  }

  async write(value: T | undefined): Promise<void> {
    this.value = structuredClone(value);
  }
}
