/**
 * How TypeScript sees core's structs. Offsets and constants are generated from core/layout; this file adds typed
 * access to them in the shared memory.
 *
 * Guarantee: a pointer may come as wasm hands it out, negative above 2 GiB; every access here applies `>>> 0`. A u64
 * or i64 field is a bigint, all others are numbers; the compiler knows which from the field.
 * Plain accesses are for words that nobody else writes at the time; words of a protocol go through the atomic ones.
 * The memory must have its final size: views are made once.
 */
export * from "./generated.js";

/** Where a field lies in its struct, and what it is; the generated structs consist of these. */
export interface Field {
  readonly offset: number;
  readonly type: "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "u64" | "i64" | "f32" | "f64";
}

/** What a field reads as. */
export type FieldValue<F extends Field> = F["type"] extends "u64" | "i64" ? bigint : number;

/** A field of 32 bits: what Atomics.wait and the request words work on. */
export type Word = Field & { readonly type: "u32" | "i32" };

/** A field of 64 bits. */
export type Wide = Field & { readonly type: "u64" | "i64" };

/** The address as a non-negative number, however wasm handed it out. */
export function toAddress(pointer: number): number {
  return pointer >>> 0;
}

/** Access to the structs in a piece of memory: core's, or a copy of some of it. Pointers are offsets in it. */
export class Structs {
  readonly view: DataView;

  constructor(view: DataView) {
    this.view = view;
  }

  /** Plain read of `field` of the struct at `pointer`. */
  get<F extends Field>(pointer: number, field: F): FieldValue<F>;
  get(pointer: number, field: Field): number | bigint {
    const at = (pointer >>> 0) + field.offset;
    switch (field.type) {
      case "u8":
        return this.view.getUint8(at);
      case "i8":
        return this.view.getInt8(at);
      case "u16":
        return this.view.getUint16(at, true);
      case "i16":
        return this.view.getInt16(at, true);
      case "u32":
        return this.view.getUint32(at, true);
      case "i32":
        return this.view.getInt32(at, true);
      case "u64":
        return this.view.getBigUint64(at, true);
      case "i64":
        return this.view.getBigInt64(at, true);
      case "f32":
        return this.view.getFloat32(at, true);
      case "f64":
        return this.view.getFloat64(at, true);
    }
  }

  /** Plain write of `field` of the struct at `pointer`; the value is cut to the field's width. */
  set<F extends Field>(pointer: number, field: F, value: FieldValue<F>): void;
  set(pointer: number, field: Field, value: number | bigint): void {
    const at = (pointer >>> 0) + field.offset;
    if (typeof value === "bigint") {
      this.view.setBigUint64(at, BigInt.asUintN(64, value), true);
      return;
    }
    switch (field.type) {
      case "u8":
      case "i8":
        this.view.setUint8(at, value);
        return;
      case "u16":
      case "i16":
        this.view.setUint16(at, value, true);
        return;
      case "f32":
        this.view.setFloat32(at, value, true);
        return;
      case "f64":
        this.view.setFloat64(at, value, true);
        return;
      default:
        this.view.setUint32(at, value, true);
    }
  }
}

/** Access to structs in one shared linear memory. */
export class CoreMemory extends Structs {
  readonly buffer: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly wides: BigUint64Array;

  /** @param memory core's memory, at its final size */
  constructor(memory: WebAssembly.Memory) {
    if (!(memory.buffer instanceof SharedArrayBuffer)) throw new TypeError("core's memory is a shared one");
    super(new DataView(memory.buffer));
    this.buffer = memory.buffer;
    this.bytes = new Uint8Array(this.buffer);
    this.words = new Int32Array(this.buffer);
    this.wides = new BigUint64Array(this.buffer);
  }

  /** Index of a 32-bit field in `words`, for Atomics.wait and its like. */
  wordIndex(pointer: number, field: Word): number {
    return ((pointer >>> 0) + field.offset) >>> 2;
  }

  /** Atomic read, unsigned. */
  load32(pointer: number, field: Word): number {
    return Atomics.load(this.words, this.wordIndex(pointer, field)) >>> 0;
  }

  store32(pointer: number, field: Word, value: number): void {
    Atomics.store(this.words, this.wordIndex(pointer, field), value | 0);
  }

  /** Adds and returns what was there before, unsigned. */
  add32(pointer: number, field: Word, value: number): number {
    return Atomics.add(this.words, this.wordIndex(pointer, field), value | 0) >>> 0;
  }

  /** Sets bits and returns what was there before, unsigned. */
  or32(pointer: number, field: Word, bits: number): number {
    return Atomics.or(this.words, this.wordIndex(pointer, field), bits | 0) >>> 0;
  }

  /** Keeps only `bits` and returns what was there before, unsigned. */
  and32(pointer: number, field: Word, bits: number): number {
    return Atomics.and(this.words, this.wordIndex(pointer, field), bits | 0) >>> 0;
  }

  /** Writes `replacement` if the word is `expected`; returns what was there before, unsigned. */
  compareExchange32(pointer: number, field: Word, expected: number, replacement: number): number {
    const index = this.wordIndex(pointer, field);
    return Atomics.compareExchange(this.words, index, expected | 0, replacement | 0) >>> 0;
  }

  /** Wakes up to `count` threads that wait on the word; returns how many. */
  notify(pointer: number, field: Word, count = Number.POSITIVE_INFINITY): number {
    return Atomics.notify(this.words, this.wordIndex(pointer, field), count);
  }

  /** Atomic read of a 64-bit field, unsigned. */
  load64(pointer: number, field: Wide): bigint {
    return Atomics.load(this.wides, ((pointer >>> 0) + field.offset) / 8);
  }

  store64(pointer: number, field: Wide, value: bigint): void {
    Atomics.store(this.wides, ((pointer >>> 0) + field.offset) / 8, BigInt.asUintN(64, value));
  }

  /** The `length` bytes at `pointer`, not copied: others may write them at any time. */
  bytesAt(pointer: number, length: number): Uint8Array {
    return this.bytes.subarray(pointer >>> 0, (pointer >>> 0) + length);
  }
}
