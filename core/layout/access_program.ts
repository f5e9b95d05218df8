/**
 * Access programs: what a vCPU executes until there are x86 instructions, and the lab's cheapest guest afterwards.
 *
 * A program is an array of 32-byte ops in linear memory. The access ops run `count` times, each time at another
 * guest-physical address. The address and the value of iteration i are pure functions of (op, i, seed, stamp), so an
 * access that faults is simply repeated: nothing but the iteration number has to survive an exit.
 *
 *    0        1          2        4       8                16       20      24               32
 *   [op u8][sizeLog2 u8][flags u16][count u32][   gpa u64    ][stride u32][span u32][   value u64    ]
 *
 * Past the last op the vCPU halts; the next run() starts at op 0 again. Interpreter: core/vcpu/interpreter.ts.
 */

@unmanaged
export class ProgOp {
  op: u8;
  /** log2 of the operand's bytes, 0 to 3. PROG_FETCH, too: bytes of the instruction. */
  sizeLog2: u8;
  flags: u16;
  /** Access ops: accesses. PROG_LOOP: passes in all. */
  count: u32;
  /** Access ops: address of position 0. PROG_LOOP: passes done so far (the interpreter's state). */
  gpa: u64;
  /** Bytes between neighbouring positions. PROG_LOOP: index of the op to go back to. */
  stride: u32;
  /** PROG_ORDER_RANDOM and _SHUFFLED: number of positions. */
  span: u32;
  /** The operand: see each op, and PROG_VALUE_*. */
  value: u64;
}
export const PROG_OP_BYTES: u32 = 32;
export const PROG_OP_SHIFT: u32 = 5;
if (offsetof<ProgOp>() != PROG_OP_BYTES) ERROR("an op is 32 bytes");
if (offsetof<ProgOp>("gpa") != 8 || offsetof<ProgOp>("value") != 24) ERROR("ProgOp differs from its drawing");
if (1 << PROG_OP_SHIFT != PROG_OP_BYTES) ERROR("PROG_OP_SHIFT");

/** Reads `count` operands. PROG_CHECK compares each with its value. */
export const PROG_READ: u8 = 1;
/** Writes `count` operands. */
export const PROG_WRITE: u8 = 2;
/** Fetches instructions: needs execute permission, has no operand. */
export const PROG_FETCH: u8 = 3;
/** Adds `value` to each operand by one locked instruction. Operands are naturally aligned. */
export const PROG_ADD: u8 = 4;
/** Switches role: value bit 0 = SMM (address space 1), bit 1 = guest_mode. */
export const PROG_ROLE: u8 = 5;
/** Goes back to op `stride` until `count` passes are done. */
export const PROG_LOOP: u8 = 6;
/** Adds `value` to the stamp. */
export const PROG_STAMP: u8 = 7;
/** Waits until the stamp is at least `value`: somebody outside sets it. Stays interruptible. */
export const PROG_AWAIT: u8 = 8;
/** Spins for `value` ns. Stays interruptible. */
export const PROG_PAUSE: u8 = 9;
/** Ends the run with KVM_EXIT_HLT; the next one goes on behind it. */
export const PROG_HALT: u8 = 10;
/** Ends the run with KVM_EXIT_SHUTDOWN, as a triple fault does. */
export const PROG_SHUTDOWN: u8 = 11;
/** Empties this vCPU's TLB, as a write of CR3 with global pages does. */
export const PROG_FLUSH: u8 = 12;
/** Port access: port `gpa`, data `value`; PROG_IO_IN reads. */
export const PROG_IO: u8 = 13;

/** How iteration i becomes a position p; its address is gpa + p * stride. */
export const PROG_ORDER_MASK: u16 = 3;
/** p = i. */
export const PROG_ORDER_SEQUENTIAL: u16 = 0;
/** p = uniform in [0, span). */
export const PROG_ORDER_RANDOM: u16 = 1;
/** p = a permutation of [0, span): `span` iterations visit each position once. */
export const PROG_ORDER_SHUFFLED: u16 = 2;

/** Terms added to `value`, all modulo the operand's size: the access's gpa; the stamp. */
export const PROG_VALUE_GPA: u16 = 1 << 2;
export const PROG_VALUE_STAMP: u16 = 1 << 3;
/** PROG_READ: compare; a difference is counted and the first one recorded. */
export const PROG_CHECK: u16 = 1 << 4;
/** Every access of this op goes through the emulation port. */
export const PROG_EMULATE: u16 = 1 << 5;
export const PROG_IO_IN: u16 = 1 << 6;
/**
 * The op's accesses do not depend on each other: one whose page a pager must supply may be deferred, if the vCPU has
 * asynchronous page faults enabled. Those behind it overtake it; the next op begins when all are done.
 */
export const PROG_ASYNC: u16 = 1 << 7;

export const PROG_ROLE_SMM: u64 = 1;
export const PROG_ROLE_GUEST_MODE: u64 = 2;

/** A program is one kernel block of at most 2 MiB. */
export const PROG_MAX_OPS: u32 = 65536;

/**
 * What vcpuRun returns beside 0 (the run is over: Vcpu.exitReason says why) and a negated errno.
 * RUN_WAIT_PAGER: the caller waits until Vcpu.pagerRequest is answered, then calls again.
 * RUN_DEAD: the VM has lost a worker; nothing is held.
 */
export const RUN_EXIT: i32 = 0;
export const RUN_WAIT_PAGER: i32 = 1;
export const RUN_DEAD: i32 = 2;

/** KVM_EXIT_INTERNAL_ERROR's suberror, as the KVM API numbers it. */
export const KVM_INTERNAL_ERROR_EMULATION: u32 = 1;
export const KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON: u32 = 4;
