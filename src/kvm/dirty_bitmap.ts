/**
 * Which pages of a memory slot were written: a bit a page, in the layout of KVM_GET_DIRTY_LOG (page n is bit n % 8 of byte
 * n / 8). A plain value: nothing in it changes when the guest goes on.
 */
import { PAGE_SIZE } from "../abi/index.js";
import { KvmError } from "./errors.js";
import { integer } from "./values.js";

/** Pages of a slot that lie side by side. */
export interface PageRange {
  /** First page, counted from the slot's first, and how many. */
  firstPage: number;
  numPages: number;
  /** The same in bytes: guest-physical address and length. What GuestMemory.read and write take. */
  gpa: bigint;
  length: number;
}

const BITS = 32;
const PAGE_SHIFT = BigInt(Math.log2(PAGE_SIZE));

/**
 * A set of pages of one slot: Vm.getDirtyLog gives what was written, Vm.newDirtyBitmap an empty one to collect a dirty
 * ring's entries in. Iterating it gives the page numbers, counted from the slot's first page, in ascending order.
 */
export class DirtyBitmap implements Iterable<number> {
  /** The slot's number with its address space, as slotId() makes it. */
  readonly slot: number;
  /** Guest-physical address of page 0, bytes. */
  readonly guestPhysAddr: bigint;
  /** Pages of the slot, set or not. */
  readonly numPages: number;
  /** The bits, KVM's layout; a multiple of 8 bytes. Bits beyond `numPages` are 0. */
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;

  /** @internal */
  constructor(slot: number, guestPhysAddr: bigint, numPages: number, bits?: ArrayBufferLike) {
    this.slot = slot;
    this.guestPhysAddr = guestPhysAddr;
    this.numPages = numPages;
    const buffer = bits ?? new ArrayBuffer(bitmapBytes(numPages));
    this.bytes = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
  }

  /** The address space: 0, or ADDRESS_SPACE_SMM. */
  get asId(): number {
    return this.slot >>> 16;
  }

  /** The bits as 64-bit words, not copied. */
  get words(): BigUint64Array {
    return new BigUint64Array(this.bytes.buffer);
  }

  /** How many pages are set. */
  count(): number {
    let total = 0;
    for (const word of this.#words) total += bitCount(word);
    return total;
  }

  /** Whether `page` (0 to numPages - 1) is set. Throws KvmError EINVAL for any other number. */
  has(page: number): boolean {
    const bit = this.#check(page);
    return ((this.#words[Math.floor(bit / BITS)] ?? 0) & (1 << (bit % BITS))) !== 0;
  }

  /** Sets `page` (0 to numPages - 1). Throws KvmError EINVAL for any other number. */
  add(page: number): this {
    const word = Math.floor(this.#check(page) / BITS);
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (page % BITS));
    return this;
  }

  /** Sets every page that is set in `other`, of the same slot. Throws KvmError EINVAL if that is of another. */
  merge(other: DirtyBitmap): this {
    if (other.slot !== this.slot || other.numPages !== this.numPages) {
      const text = `Pages of slot ${other.slot} (${other.numPages} pages) cannot be merged into those of slot ${this.slot} (${this.numPages} pages).`;
      throw new KvmError("EINVAL", text);
    }
    for (const [i, bits] of other.#words.entries()) this.#words[i] = (this.#words[i] ?? 0) | bits;
    return this;
  }

  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (const [i, word] of this.#words.entries()) {
      for (let rest = word; rest !== 0; rest &= rest - 1) yield i * BITS + lowestBit(rest);
    }
  }

  /** Guest frame numbers (guest-physical address / 4096) of the pages that are set, ascending. */
  *gfns(): Generator<bigint, void, undefined> {
    const first = this.guestPhysAddr >> PAGE_SHIFT;
    for (const page of this) yield first + BigInt(page);
  }

  /**
   * The pages that are set, neighbours together, ascending: what a copier wants.
   * @param maxPages pages of one range at most, 1 to 524287 (GuestMemory reads less than 2^31 bytes at once). Default 256: 1 MiB
   */
  *ranges(maxPages = 256): Generator<PageRange, void, undefined> {
    integer(maxPages, "maxPages", 1, 0x7_ffff);
    for (let page = this.#next(0, 0); page < this.numPages; page = this.#next(page, 0)) {
      const end = Math.min(this.#next(page, 0xffff_ffff), page + maxPages);
      yield this.#range(page, end - page);
      page = end;
    }
  }

  /** @internal The bytes that stand for pages [firstPage, firstPage + numPages), copied; firstPage is a multiple of 64. */
  slice(firstPage: number, numPages: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.bytes.subarray(firstPage / 8, firstPage / 8 + bitmapBytes(numPages)));
  }

  #range(firstPage: number, numPages: number): PageRange {
    const gpa = this.guestPhysAddr + BigInt(firstPage) * BigInt(PAGE_SIZE);
    return { firstPage, numPages, gpa, length: numPages * PAGE_SIZE };
  }

  /** The first page from `page` on that is set (`flip` 0), or not set (`flip` all ones); numPages if there is none. */
  #next(page: number, flip: number): number {
    for (let i = Math.floor(page / BITS), skip = page % BITS; i < this.#words.length; i++, skip = 0) {
      const rest = ((this.#words[i] ?? 0) ^ flip) & (-1 << skip);
      if (rest !== 0) return Math.min(i * BITS + lowestBit(rest), this.numPages);
    }
    return this.numPages;
  }

  #check(page: number): number {
    return integer(page, "page", 0, this.numPages - 1);
  }
}

/** Bytes of a bitmap of `numPages` pages: whole 64-bit words. */
export function bitmapBytes(numPages: number): number {
  return 8 * Math.ceil(numPages / 64);
}

function lowestBit(word: number): number {
  return BITS - 1 - Math.clz32(word & -word);
}

/** Ones in 32 bits, by adding neighbours. */
function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
