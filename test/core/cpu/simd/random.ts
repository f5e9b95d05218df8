/** Operands by chance, repeatable: half of the bytes are at the edges of signed and unsigned ranges. */

const EDGES = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xfe, 0xff];

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Mulberry32: 0 to n - 1. */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }

  bytes(n: number): Uint8Array {
    const isEdgy = this.below(2) === 0;
    return Uint8Array.from({ length: n }, () =>
      isEdgy && this.below(2) === 0 ? (EDGES[this.below(EDGES.length)] as number) : this.below(256),
    );
  }
}
