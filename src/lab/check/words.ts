/**
 * What the checker knows of each shared word: who reads and writes it in any execution (which accesses conflict), and in
 * the present execution its history as a hash (trace_hash.ts), and when and by whom its value last changed.
 *
 * Words are 4 bytes and get dense ids as they are met. An access of 8 bytes makes one id of its two words; if they had
 * two until then, `grew` is set, as it is when two fibers' accesses turn out to conflict: whatever relied on less must
 * be searched again.
 */

const NOBODY = 255;

/** Accesses commute by id: see the file's head. */
export class Words {
  /** By word index (address / 4): id, 0 = not met. */
  readonly #ids: Int32Array;
  #count = 1;
  #execution = 0;

  /** Fibers that read, or write, the word in some execution: bit f = fiber f. By id. */
  readers = new Uint8Array(1 << 12);
  writers = new Uint8Array(1 << 12);
  /** Fibers that wait for the word to change, now. */
  watchers = new Uint8Array(1 << 12);
  changedAt = new Int32Array(1 << 12);
  changedBy = new Uint8Array(1 << 12);
  /** Last change by another fiber than changedBy. */
  changedBefore = new Int32Array(1 << 12);
  #stamp = new Int32Array(1 << 12);
  writeA = new Int32Array(1 << 12);
  writeB = new Int32Array(1 << 12);
  readsA = new Int32Array(1 << 12);
  readsB = new Int32Array(1 << 12);

  /** A conflict was met that was not known. */
  grew = false;

  constructor(memoryBytes: number) {
    this.#ids = new Int32Array(memoryBytes >>> 2);
  }

  /** Forgets the last execution; what conflicts stays known. */
  beginExecution(): void {
    this.#execution++;
  }

  /** Words met that fibers have in common, at least one of them writing. */
  countShared(): number {
    let n = 0;
    for (let id = 1; id < this.#count; id++) {
      const writers = this.writers[id] ?? 0;
      const users = writers | (this.readers[id] ?? 0);
      if (writers !== 0 && (users & (users - 1)) !== 0) n++;
    }
    return n;
  }

  /** The id of an access's word, ready for this execution. */
  at(address: number, isWide: boolean): number {
    const word = address >>> 2;
    let id = this.#ids[word] as number;
    if (id === 0) id = this.#meet(word);
    if (isWide && this.#ids[word + 1] !== id) this.#join(word, id);
    if (this.#stamp[id] !== this.#execution) this.#freshen(id);
    return id;
  }

  #meet(word: number): number {
    if (this.#count === this.readers.length) this.#grow();
    const id = this.#count++;
    this.#ids[word] = id;
    return id;
  }

  #join(word: number, id: number): void {
    const other = this.#ids[word + 1] as number;
    this.#ids[word + 1] = id;
    if (other === 0) return;
    this.readers[id] = (this.readers[id] as number) | (this.readers[other] as number);
    this.writers[id] = (this.writers[id] as number) | (this.writers[other] as number);
    this.grew = true;
  }

  #freshen(id: number): void {
    this.#stamp[id] = this.#execution;
    this.watchers[id] = 0;
    this.changedAt[id] = -1;
    this.changedBefore[id] = -1;
    this.changedBy[id] = NOBODY;
    this.writeA[id] = id;
    this.writeB[id] = ~id;
    this.readsA[id] = 0;
    this.readsB[id] = 0;
  }

  #grow(): void {
    const size = this.readers.length * 2;
    const bytes = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const grown = new Uint8Array(size);
      grown.set(old);
      return grown;
    };
    const ints = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(size);
      grown.set(old);
      return grown;
    };
    this.readers = bytes(this.readers);
    this.writers = bytes(this.writers);
    this.watchers = bytes(this.watchers);
    this.changedBy = bytes(this.changedBy);
    this.changedAt = ints(this.changedAt);
    this.changedBefore = ints(this.changedBefore);
    this.#stamp = ints(this.#stamp);
    this.writeA = ints(this.writeA);
    this.writeB = ints(this.writeB);
    this.readsA = ints(this.readsA);
    this.readsB = ints(this.readsB);
  }

  /** Whether some other fiber has an access to the word that conflicts with this one of `fiber`. */
  conflicts(id: number, fiber: number, isWrite: boolean): boolean {
    const others = ~(1 << fiber);
    if (((this.writers[id] as number) & others) !== 0) return true;
    return isWrite && ((this.readers[id] as number) & others) !== 0;
  }

  /** Notes that `fiber` has such an access. */
  note(id: number, fiber: number, isWrite: boolean): void {
    const users = isWrite ? this.writers : this.readers;
    const bit = 1 << fiber;
    const known = users[id] as number;
    if ((known & bit) !== 0) return;
    users[id] = known | bit;
    if (this.conflicts(id, fiber, isWrite)) this.grew = true;
  }

  /** The word's value was changed by `fiber` at time `now`. */
  changed(id: number, fiber: number, now: number): void {
    if (this.changedBy[id] !== fiber) {
      this.changedBefore[id] = this.changedAt[id] as number;
      this.changedBy[id] = fiber;
    }
    this.changedAt[id] = now;
  }

  /** Whether anybody but `fiber` has changed it after `time`. */
  hasChangedSince(id: number, fiber: number, time: number): boolean {
    const at = this.changedBy[id] === fiber ? this.changedBefore : this.changedAt;
    return (at[id] as number) > time;
  }
}
