/**
 * The store buffers of x86-TSO: a store without a barrier becomes visible to other CPUs later, in order, at the latest at
 * the CPU's next barrier.
 *
 * While a fiber runs, its buffered stores stand in memory, so its own loads see them. When it is preempted, those that it
 * keeps are taken back, and come again when it goes on. Only those who run meanwhile can tell the difference.
 */

interface Buffered {
  readonly id: number;
  /** Index of the (first) 32-bit word. */
  readonly index: number;
  readonly isWide: boolean;
  low: number;
  high: number;
}

export class StoreBuffer {
  readonly #words: Int32Array;
  #stores: Buffered[] = [];

  constructor(words: Int32Array) {
    this.#words = words;
  }

  get length(): number {
    return this.#stores.length;
  }

  clear(): void {
    this.#stores = [];
  }

  /** A store to the word is about to happen. */
  add(id: number, index: number, isWide: boolean): void {
    this.#stores.push({ id, index, isWide, low: this.#words[index] ?? 0, high: this.#words[index + 1] ?? 0 });
  }

  /** The oldest `n` stores are visible from now on; the ids of their words. */
  flush(n: number): number[] {
    return this.#stores.splice(0, n).map(({ id }) => id);
  }

  /** The fiber stops running: memory is as if its stores had not happened. */
  hide(): void {
    for (let i = this.#stores.length - 1; i >= 0; i--) this.#swap(this.#stores[i] as Buffered);
  }

  /** The fiber goes on. */
  show(): void {
    for (const store of this.#stores) this.#swap(store);
  }

  #swap(store: Buffered): void {
    const { index } = store;
    const [low, high] = [this.#words[index] ?? 0, this.#words[index + 1] ?? 0];
    this.#words[index] = store.low;
    if (store.isWide) this.#words[index + 1] = store.high;
    store.low = low;
    store.high = high;
  }
}
