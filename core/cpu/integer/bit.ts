/**
 * Bit tests, bit scans, counts, BSWAP.
 *
 * A bit test with a register as its bit offset reaches any bit of memory, in both directions, from the operand's address:
 * the operand accessed is the one of its size, at a distance of a multiple of its size, that contains the bit. Offsets
 * that are immediate, and those into registers, are taken modulo the operand's size.
 *
 * Flags that the manuals leave undefined are what silicon makes of them (AMD family 26): bit tests change CF only; BSF
 * and BSR set PF by their result and clear the others. BSF and BSR of 0 leave their destination as it was, all 64 bits.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op, OP_MEM } from "../../layout/x86_op";
import { opAddressAt } from "../address";
import { flagsResult, flagsSetCarry, flagsZeroCarry, signExtend } from "../flags";
import { memRead } from "../memory";
import { regRead, regWrite } from "../operands";
import { rmAddress, rmBegin, rmEnd, rmRead } from "./operand";

/** What becomes of the tested bit: a constant that folds. */
const BIT_KEEP: u32 = 0;
const BIT_SET: u32 = 1;
const BIT_RESET: u32 = 2;
const BIT_COMPLEMENT: u32 = 3;

/** The address of the operand that has bit `offset` (signed) of the bit string at the op's address. */
// @ts-ignore: decorator
@inline
function bitAddress<T extends number>(c: X86, op: Op, offset: u64, access: u32): u64 {
  if ((op.flags & OP_MEM) == 0) return 0;
  // log2 of the operand's bits.
  const shift: u64 = sizeof<T>() == 8 ? 6 : sizeof<T>() == 4 ? 5 : 4;
  return opAddressAt<T>(c, op, <u64>((<i64>offset >> shift) * sizeof<T>()), access);
}

// @ts-ignore: decorator
@inline
function testBit<T extends number>(c: X86, op: Op, offset: u64, lin: u64): i32 {
  if ((op.flags & OP_MEM) != 0) {
    const status = memRead<T>(c, op, lin);
    if (status != EXEC_NEXT) return status;
  } else c.value0 = <u64>regRead<T>(c, op.rm);
  flagsSetCarry(c, (c.value0 >> (offset & ((sizeof<T>() << 3) - 1))) & 1);
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
function changeBit<T extends number>(c: X86, op: Op, change: u32, offset: u64, lin: u64): i32 {
  const n = offset & ((sizeof<T>() << 3) - 1);
  const mask = (<u64>1) << n;
  let old: u64;
  let value: u64;
  do {
    const status = rmBegin<T>(c, op, lin);
    if (status != EXEC_NEXT) return status;
    old = c.value0;
    value = change == BIT_SET ? old | mask : change == BIT_RESET ? old & ~mask : old ^ mask;
  } while (!rmEnd<T>(c, op, lin, <T>old, <T>value));
  flagsSetCarry(c, (old >> n) & 1);
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
function bitByRegister<T extends number>(c: X86, op: Op, change: u32): i32 {
  const offset = signExtend<T>(regRead<T>(c, op.reg));
  if (change == BIT_KEEP) return testBit<T>(c, op, offset, bitAddress<T>(c, op, offset, HW_READ));
  return changeBit<T>(c, op, change, offset, bitAddress<T>(c, op, offset, HW_READ | HW_WRITE));
}

// @ts-ignore: decorator
@inline
function bitByImmediate<T extends number>(c: X86, op: Op, change: u32): i32 {
  if (change == BIT_KEEP) return testBit<T>(c, op, op.imm, rmAddress<T>(c, op, HW_READ));
  return changeBit<T>(c, op, change, op.imm, rmAddress<T>(c, op, HW_READ | HW_WRITE));
}

/** BT (0F A3). */
export function bt<T extends number>(c: X86, op: Op): i32 {
  return bitByRegister<T>(c, op, BIT_KEEP);
}

/** BTS (0F AB). */
export function bts<T extends number>(c: X86, op: Op): i32 {
  return bitByRegister<T>(c, op, BIT_SET);
}

/** BTR (0F B3). */
export function btr<T extends number>(c: X86, op: Op): i32 {
  return bitByRegister<T>(c, op, BIT_RESET);
}

/** BTC (0F BB). */
export function btc<T extends number>(c: X86, op: Op): i32 {
  return bitByRegister<T>(c, op, BIT_COMPLEMENT);
}

/** BT with an immediate (0F BA /4). */
export function btImm<T extends number>(c: X86, op: Op): i32 {
  return bitByImmediate<T>(c, op, BIT_KEEP);
}

/** BTS with an immediate (0F BA /5). */
export function btsImm<T extends number>(c: X86, op: Op): i32 {
  return bitByImmediate<T>(c, op, BIT_SET);
}

/** BTR with an immediate (0F BA /6). */
export function btrImm<T extends number>(c: X86, op: Op): i32 {
  return bitByImmediate<T>(c, op, BIT_RESET);
}

/** BTC with an immediate (0F BA /7). */
export function btcImm<T extends number>(c: X86, op: Op): i32 {
  return bitByImmediate<T>(c, op, BIT_COMPLEMENT);
}

/** BSF and BSR, of which `position` is the answer if the source is not 0. */
// @ts-ignore: decorator
@inline
function scanned<T extends number>(c: X86, op: Op, source: u64, position: u64): i32 {
  if (source != 0) {
    regWrite<T>(c, op.reg, <T>position);
    // Bit 8 makes it anything but 0: ZF says that the source was. Parity is the low byte's.
    flagsResult<u16>(c, <u16>(position | 0x100), 0, 0);
  } else flagsResult<u16>(c, 0, 0, 0);
  return EXEC_NEXT;
}

/** BSF (0F BC). */
export function bsf<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  return scanned<T>(c, op, c.value0, ctz(c.value0));
}

/** BSR (0F BD). */
export function bsr<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  return scanned<T>(c, op, c.value0, 63 - clz(c.value0));
}

/** Writes a count of bits, of `source`. CF: the source is 0 (TZCNT, LZCNT). */
// @ts-ignore: decorator
@inline
function counted<T extends number>(c: X86, op: Op, count: u64): i32 {
  regWrite<T>(c, op.reg, <T>count);
  flagsZeroCarry(c, u64(count == 0), u64(count == sizeof<T>() << 3));
  return EXEC_NEXT;
}

/** TZCNT (F3 0F BC). */
export function tzcnt<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  // A bit above a narrow operand ends the search where the operand does.
  const width: u64 = sizeof<T>() << 3;
  const end: u64 = width == 64 ? 0 : (<u64>1) << width;
  return counted<T>(c, op, ctz(c.value0 | end));
}

/** LZCNT (F3 0F BD). */
export function lzcnt<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  return counted<T>(c, op, clz(c.value0) - (64 - (sizeof<T>() << 3)));
}

/** POPCNT (F3 0F B8). */
export function popcntRm<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  regWrite<T>(c, op.reg, <T>popcnt(c.value0));
  flagsZeroCarry(c, u64(c.value0 == 0), 0);
  return EXEC_NEXT;
}

/** BSWAP (0F C8+r). Of a 16-bit register, undefined, it makes 0 as silicon does. */
export function bswapReg<T extends number>(c: X86, op: Op): i32 {
  regWrite<T>(c, op.reg, sizeof<T>() == 2 ? <T>0 : bswap<T>(regRead<T>(c, op.reg)));
  return EXEC_NEXT;
}
