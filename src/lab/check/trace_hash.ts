/**
 * The present execution as a hash that does not depend on the order of commuting accesses. An event's hash is made of its
 * fiber's previous event, the word's last write and, for a write, the set of reads since then; so it stands for the
 * event's whole causal past. The sum over all events stands for the execution: equal sums, equal states. Two lanes of 32
 * bits.
 */
import type { Words } from "./words.js";

export class TraceHash {
  a = 0;
  b = 0;
  readonly #words: Words;
  readonly #fiberA: Int32Array;
  readonly #fiberB: Int32Array;

  constructor(words: Words, fibers: number) {
    this.#words = words;
    this.#fiberA = new Int32Array(fibers);
    this.#fiberB = new Int32Array(fibers);
  }

  begin(): void {
    this.a = 0;
    this.b = 0;
    for (let i = 0; i < this.#fiberA.length; i++) {
      this.#fiberA[i] = Math.imul(i + 1, 0x9e3779b1);
      this.#fiberB[i] = Math.imul(i + 1, 0x85ebca6b);
    }
  }

  /** `fiber`'s access to a word. */
  access(fiber: number, id: number, isWrite: boolean): void {
    const words = this.#words;
    let a = mixA(this.#fiberA[fiber] as number, words.writeA[id] as number);
    let b = mixB(this.#fiberB[fiber] as number, words.writeB[id] as number);
    if (isWrite) {
      a = mixA(a, words.readsA[id] as number);
      b = mixB(b, words.readsB[id] as number);
      words.writeA[id] = a;
      words.writeB[id] = b;
      words.readsA[id] = 0;
      words.readsB[id] = 0;
    } else {
      words.readsA[id] = ((words.readsA[id] as number) + a) | 0;
      words.readsB[id] = ((words.readsB[id] as number) + b) | 0;
    }
    this.#add(fiber, a, b);
  }

  /** An event of `fiber` that concerns no word. */
  other(fiber: number, what: number, value: number): void {
    const a = mixA(mixA(this.#fiberA[fiber] as number, what), value);
    const b = mixB(mixB(this.#fiberB[fiber] as number, what), value);
    this.#add(fiber, a, b);
  }

  #add(fiber: number, a: number, b: number): void {
    this.#fiberA[fiber] = a;
    this.#fiberB[fiber] = b;
    this.a = (this.a + mixA(a, 0x2545f491)) | 0;
    this.b = (this.b + mixB(b, 0x4f6cdd1d)) | 0;
  }
}

function mixA(h: number, v: number): number {
  let x = Math.imul(h ^ v, 0x85ebca6b) + Math.imul(v, 0x27d4eb2f);
  x = Math.imul(x ^ (x >>> 15), 0xc2b2ae35);
  return (x ^ (x >>> 13)) | 0;
}

function mixB(h: number, v: number): number {
  let x = Math.imul(h + Math.imul(v, 0x9e3779b1), 0x165667b1);
  x = Math.imul(x ^ (x >>> 16), 0x2c1b3c6d);
  return (x ^ (x >>> 14)) | 0;
}
