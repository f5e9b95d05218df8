/**
 * Building access programs: what a vCPU executes until there are x86 instructions. The format is drawn in
 * core/layout/access_program.ts.
 */
import * as abi from "../abi/index.js";
import { PROG_MAX_OPS, PROG_OP_SIZE, ProgOp } from "../abi/index.js";
import { KvmError } from "./errors.js";
import { integer, type U64, u64 } from "./values.js";

/** Operand size of an access, bytes. */
export type AccessSize = 1 | 2 | 4 | 8;

/** A series of accesses; only `gpa` is required. */
export interface AccessOptions {
  /** Guest-physical address of position 0, bytes. */
  gpa: U64;
  /** Number of accesses, 0 to 2^32 - 1. Default 1. */
  count?: number;
  /** Operand size, bytes. Default 8. May cross a page, except for add(). */
  size?: AccessSize;
  /** Bytes between neighbouring positions, 0 to 2^32 - 1. Default: the operand size. */
  stride?: number;
  /**
   * Position of access i. `sequential` (default): i. `random`: uniform among `span` positions. `shuffled`: a permutation
   * of `span` positions. Both depend on the seed given to loadProgram.
   */
  order?: "sequential" | "random" | "shuffled";
  /** Positions of a random or shuffled order, 1 to 2^32 - 1. Default: `count`. */
  span?: number;
  /** Go through the emulation port instead of the TLB and the page tables. Default false. */
  emulate?: boolean;
  /**
   * The accesses do not depend on each other: while a pager works on a page, those behind may overtake the access that
   * wants it (Vcpu.enableAsyncPageFaults). The next operation begins when all are done. Default false.
   */
  async?: boolean;
}

/** The operand: `value`, plus the access's address, plus the stamp, modulo the operand's size. */
export interface ValueOptions {
  /** Default 0. */
  value?: U64;
  /** Add the guest-physical address of the access. Default false. */
  plusGpa?: boolean;
  /** Add the iteration stamp: see stamp(), and Vcpu.setStamp. Default false. */
  plusStamp?: boolean;
}

export interface ReadOptions extends AccessOptions, ValueOptions {
  /** Compare what is read with the value described by the other options; see VcpuStats.mismatches. Default false. */
  check?: boolean;
}

export interface WriteOptions extends AccessOptions, ValueOptions {}

export interface AddOptions extends AccessOptions {
  /** Added to each operand by one locked instruction. Default 1. */
  value?: U64;
}

const ORDERS = {
  sequential: abi.PROG_ORDER_SEQUENTIAL,
  random: abi.PROG_ORDER_RANDOM,
  shuffled: abi.PROG_ORDER_SHUFFLED,
} as const;
const U32_MAX = 0xffff_ffff;
const SIZES: readonly number[] = [1, 2, 4, 8];

interface Op {
  op: number;
  sizeLog2: number;
  flags: number;
  count: number;
  gpa: bigint;
  stride: number;
  span: number;
  value: bigint;
}

const NO_OP: Op = { op: 0, sizeLog2: 0, flags: 0, count: 1, gpa: 0n, stride: 0, span: 0, value: 0n };

/**
 * A program for Vcpu.loadProgram, built by chaining:
 *
 *     new AccessProgram().write({ gpa: 0, count: 1024, stride: 4096, value: 7 }).halt();
 *
 * Past its last operation the vCPU halts; the next run() begins again at the first. Methods throw a KvmError with
 * EINVAL for values out of range, E2BIG beyond 65536 operations.
 */
export class AccessProgram {
  readonly #ops: Op[] = [];

  /** Operations so far. */
  get length(): number {
    return this.#ops.length;
  }

  /** Reads `count` operands. */
  read(options: ReadOptions): this {
    const check = options.check === true ? abi.PROG_CHECK : 0;
    return this.#access(abi.PROG_READ, options, valueFlags(options) | check, u64(options.value ?? 0, "value"));
  }

  /** Writes `count` operands. */
  write(options: WriteOptions): this {
    return this.#access(abi.PROG_WRITE, options, valueFlags(options), u64(options.value ?? 0, "value"));
  }

  /** Fetches `count` instructions of `size` bytes: needs execute permission. */
  fetch(options: AccessOptions): this {
    return this.#access(abi.PROG_FETCH, options, 0, 0n);
  }

  /** Adds to `count` operands, each by one locked instruction; they must be naturally aligned. */
  add(options: AddOptions): this {
    const size = options.size ?? 8;
    if (u64(options.gpa, "gpa") % BigInt(size) !== 0n || (options.stride ?? size) % size !== 0) {
      throw new KvmError(
        "EINVAL",
        `add() needs operands aligned to their size: gpa and stride must be multiples of ${size}.`,
      );
    }
    return this.#access(abi.PROG_ADD, options, 0, u64(options.value ?? 1, "value"));
  }

  /** Switches the role of the accesses that follow: system-management mode (address space 1), guest_mode (nested). */
  role({ smm = false, guestMode = false }: { smm?: boolean; guestMode?: boolean }): this {
    return this.#push({
      op: abi.PROG_ROLE,
      value: (smm ? abi.PROG_ROLE_SMM : 0n) | (guestMode ? abi.PROG_ROLE_GUEST_MODE : 0n),
    });
  }

  /** Runs what `body` appends `passes` times, 1 to 2^32 - 1. */
  loop(passes: number, body: (program: this) => void): this {
    const start = this.#ops.length;
    body(this);
    return this.#push({ op: abi.PROG_LOOP, count: integer(passes, "passes", 1, U32_MAX), stride: start });
  }

  /** Adds `by` to the iteration stamp. */
  stamp(by: U64 = 1): this {
    return this.#push({ op: abi.PROG_STAMP, value: u64(by, "by") });
  }

  /** Waits until the stamp is at least `value`: Vcpu.setStamp lets it go on. */
  awaitStamp(value: U64): this {
    return this.#push({ op: abi.PROG_AWAIT, value: u64(value, "value") });
  }

  /** Spins for `ns` nanoseconds. */
  pause(ns: U64): this {
    return this.#push({ op: abi.PROG_PAUSE, value: u64(ns, "ns") });
  }

  /** Ends the run with a `hlt` exit; the next run() goes on behind it. */
  halt(): this {
    return this.#push({ op: abi.PROG_HALT });
  }

  /** Ends the run with a `shutdown` exit, as a triple fault does; the next run() goes on behind it. */
  shutdown(): this {
    return this.#push({ op: abi.PROG_SHUTDOWN });
  }

  /** Empties the vCPU's TLB. */
  flushTlb(): this {
    return this.#push({ op: abi.PROG_FLUSH });
  }

  /** Reads `size` bytes (1, 2, 4) from I/O port `port`, 0 to 65535: an `io` exit. */
  ioIn(port: number, size: 1 | 2 | 4): this {
    return this.#io(port, size, abi.PROG_IO_IN, 0n);
  }

  /** Writes the low `size` bytes (1, 2, 4) of `value` to I/O port `port`, 0 to 65535: an `io` exit. */
  ioOut(port: number, size: 1 | 2 | 4, value: U64): this {
    return this.#io(port, size, 0, u64(value, "value"));
  }

  /** The program in core's format. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#ops.length * PROG_OP_SIZE);
    const view = new DataView(bytes.buffer);
    this.#ops.forEach((op, i) => {
      const at = i * PROG_OP_SIZE;
      view.setUint8(at + ProgOp.op.offset, op.op);
      view.setUint8(at + ProgOp.sizeLog2.offset, op.sizeLog2);
      view.setUint16(at + ProgOp.flags.offset, op.flags, true);
      view.setUint32(at + ProgOp.count.offset, op.count, true);
      view.setBigUint64(at + ProgOp.gpa.offset, op.gpa, true);
      view.setUint32(at + ProgOp.stride.offset, op.stride, true);
      view.setUint32(at + ProgOp.span.offset, op.span, true);
      view.setBigUint64(at + ProgOp.value.offset, op.value, true);
    });
    return bytes;
  }

  #io(port: number, size: 1 | 2 | 4, flags: number, value: bigint): this {
    if (!SIZES.includes(size) || size > 4)
      throw new KvmError("EINVAL", `A port access of ${size} bytes: 1, 2 and 4 exist.`);
    return this.#push({
      op: abi.PROG_IO,
      sizeLog2: Math.log2(size),
      flags,
      gpa: BigInt(integer(port, "port", 0, 0xffff)),
      value,
    });
  }

  #access(op: number, options: AccessOptions, flags: number, value: bigint): this {
    const {
      gpa,
      count = 1,
      size = 8,
      stride = size,
      order = "sequential",
      span = Math.max(count, 1),
      emulate = false,
      async = false,
    } = options;
    if (!SIZES.includes(size)) throw new KvmError("EINVAL", `size is ${size}; an operand has 1, 2, 4 or 8 bytes.`);
    if (!(order in ORDERS))
      throw new KvmError("EINVAL", `order is ${String(order)}; there are ${Object.keys(ORDERS).join(", ")}.`);
    return this.#push({
      op,
      sizeLog2: Math.log2(size),
      flags: flags | ORDERS[order] | (emulate ? abi.PROG_EMULATE : 0) | (async ? abi.PROG_ASYNC : 0),
      count: integer(count, "count", 0, U32_MAX),
      gpa: u64(gpa, "gpa"),
      stride: integer(stride, "stride", 0, U32_MAX),
      span: integer(span, "span", 1, U32_MAX),
      value,
    });
  }

  #push(op: Partial<Op>): this {
    if (this.#ops.length === PROG_MAX_OPS)
      throw new KvmError("E2BIG", `A program has at most ${PROG_MAX_OPS} operations; use loop().`);
    this.#ops.push({ ...NO_OP, ...op });
    return this;
  }
}

function valueFlags({ plusGpa = false, plusStamp = false }: ValueOptions): number {
  return (plusGpa ? abi.PROG_VALUE_GPA : 0) | (plusStamp ? abi.PROG_VALUE_STAMP : 0);
}
