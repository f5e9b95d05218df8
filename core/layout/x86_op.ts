/**
 * A decoded instruction. Operands are resolved to byte offsets in X86 where they are registers; an address is base +
 * index << scale + disp, with REG_ZERO for what is absent, so that evaluating it never asks.
 *
 *    0         2         3        4         6         8        10       12       13       14       15
 *   [code u16][length u8][flags u8][offset u16][count u16][reg u16][rm u16][base u8][index u8][addr u8][vvvv u8]
 *    16        20       24
 *   [disp i32][fn u32  ][imm u64]
 *
 * code 0 calls function-table index `fn`; other codes are cases of the executor's switch (core/cpu/execute.ts).
 */

@unmanaged
export class Op {
  code: u16;
  /** Of the instruction, bytes. */
  length: u8;
  /** OP_*. */
  flags: u8;
  /** Of its first byte in its page. */
  offset: u16;
  /** Instructions of its block up to and with this one. */
  count: u16;
  /** ModRM.reg's (or the opcode's) register, as an offset in X86. */
  reg: u16;
  /** ModRM.rm's, if that is a register. */
  rm: u16;
  /**
   * Offsets in X86 of the address's registers. RIP-relative ones have X86.pageLinear as base, and the instruction's end
   * in disp; uncached ones X86.ripBase.
   */
  base: u8;
  index: u8;
  /** 1:0 scale | 4:2 segment (SEG_*) | 6:5 address size (0 = 16, 1 = 32, 2 = 64 bits). */
  addr: u8;
  /** VEX.vvvv: a register number. */
  vvvv: u8;
  disp: i32;
  /** code 0: function-table index. Direct branches: address of the target's Op, once known, else 0. */
  fn: u32;
  /** Immediate, sign-extended to 64 bits; the address of MOV moffs; target of a direct branch, relative to the next instruction. */
  imm: u64;
}
export const OP_BYTES: u32 = 32;
export const OP_SHIFT: u32 = 5;
if (offsetof<Op>() != OP_BYTES) ERROR("an op is 32 bytes");
if (offsetof<Op>("disp") != 16 || offsetof<Op>("imm") != 24) ERROR("Op differs from its drawing");

/** Op.flags. */
export const OP_LOCK: u8 = 1 << 0;
export const OP_REP: u8 = 1 << 1; // F3
export const OP_REPNE: u8 = 1 << 2; // F2
/** The rm operand is in memory. */
export const OP_MEM: u8 = 1 << 3;
/** Its address needs addressSlow: it is not base + index << scale + disp as it stands (segment, 16 or 32 bits). */
export const OP_ADDR_SLOW: u8 = 1 << 4;
/** The operand size prefix was present; handlers of sized instructions have the size in their type already. */
export const OP_66: u8 = 1 << 5;
/** REX.W (or VEX.W) was set. */
export const OP_W: u8 = 1 << 6;

export const OP_ADDR_SCALE: u32 = 3;
export const OP_ADDR_SEG_SHIFT: u32 = 2;
export const OP_ADDR_SEG: u32 = 7;
export const OP_ADDR_SIZE_SHIFT: u32 = 5;

/** What a handler returns, and execution with it. */
/** Done: the next op follows. */
export const EXEC_NEXT: i32 = 0;
/** Done, and X86.rip is set: execution goes on there. */
export const EXEC_JUMP: i32 = 1;
/** Nothing was changed: the exception in X86.exc* is to be delivered. */
export const EXEC_FAULT: i32 = 2;
/** Nothing was changed: the second dimension refused; Vcpu.hwExit* say why. Repeat the instruction when that is mended. */
export const EXEC_EXIT: i32 = 3;
/** Done up to what concerns userspace or the run loop: Vcpu.exitReason says why (HLT, port access ...). X86.rip is set. */
export const EXEC_STOP: i32 = 4;
/** Done, X86.rip is set, and what was cached for fetching is void: mode, paging, CPL or code have changed. */
export const EXEC_REFETCH: i32 = 5;
/** Nothing was changed, or a REP is half way with its registers exact: repeat the instruction when requests are served. */
export const EXEC_REQUEST: i32 = 6;
/** Nothing was changed: repeat the instruction alone, its memory served by the emulation port. */
export const EXEC_EMULATE: i32 = 7;
/** Nothing was changed: repeat the instruction while no other vCPU runs (split and 16-byte locked operations). */
export const EXEC_EXCLUSIVE: i32 = 8;
/** Nothing was changed: the code cache needs what only a vCPU outside of the guest may do (CodeCache.wants). */
export const EXEC_CODE: i32 = 9;
/** A direct branch is taken: Op.imm says where to. Only among the executor's own cases. */
export const EXEC_CHAIN: i32 = 10;
/** CODE_LOOKUP was reached. Only in the executor's loop. */
export const EXEC_LOOKUP: i32 = 11;

/** Op.code: a call of `fn`. */
export const CODE_CALL: u16 = 0;
/** The instruction at Op.offset is not here: look it up. Ends blocks, and replaces ops whose bytes were written. */
export const CODE_LOOKUP: u16 = 1;
/** The first code of a hot form. */
export const CODE_HOT: u16 = 2;
