/**
 * A set of 64-bit hashes, each with the least cost at which it was met. Grows to a limit; beyond it nothing new is
 * taken in, which costs time, not correctness.
 */

const FIRST = 1 << 16;
const LIMIT = 1 << 24;

export class Visited {
  #a = new Int32Array(FIRST);
  #b = new Int32Array(FIRST);
  /** Cost + 1; 0 = empty. */
  #cost = new Uint8Array(FIRST);
  size = 0;

  clear(): void {
    this.#cost.fill(0);
    this.size = 0;
  }

  /** True: met before at this cost or less. Else notes it. */
  covers(a: number, b: number, cost: number): boolean {
    const mask = this.#cost.length - 1;
    let i = a & mask;
    while (this.#cost[i] !== 0) {
      if (this.#a[i] === a && this.#b[i] === b) {
        if ((this.#cost[i] as number) <= cost + 1) return true;
        this.#cost[i] = cost + 1;
        return false;
      }
      i = (i + 1) & mask;
    }
    if (this.size * 2 > mask) {
      if (mask + 1 >= LIMIT) return false;
      this.#grow();
      return this.covers(a, b, cost);
    }
    this.size++;
    this.#a[i] = a;
    this.#b[i] = b;
    this.#cost[i] = cost + 1;
    return false;
  }

  #grow(): void {
    const [a, b, cost] = [this.#a, this.#b, this.#cost];
    const size = a.length * 4;
    this.#a = new Int32Array(size);
    this.#b = new Int32Array(size);
    this.#cost = new Uint8Array(size);
    for (let from = 0; from < a.length; from++) {
      if (cost[from] === 0) continue;
      let i = (a[from] as number) & (size - 1);
      while (this.#cost[i] !== 0) i = (i + 1) & (size - 1);
      this.#a[i] = a[from] as number;
      this.#b[i] = b[from] as number;
      this.#cost[i] = cost[from] as number;
    }
  }
}
