/**
 * Single elements and their signs, between vectors and general-purpose registers or memory: PINSRx, PEXTRx, INSERTPS,
 * EXTRACTPS, MOVMSKPx, PMOVMSKB; and the stores of chosen bytes, MASKMOVQ and MASKMOVDQU.
 *
 * A general-purpose destination is written whole: 32 bits, which clear the upper half, also for bytes and words.
 */

import {
  isStatus,
  mmxEnter,
  mmxIsOff,
  mmxRefuse,
  mmxSource,
  mmxWrite,
  registerAt,
  storeSized,
  xmmIsOff,
  xmmRefuse,
  xmmSourceSized,
} from "./access";
import { regWrite } from "../operands";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, OP_MEM, Op } from "../../layout/x86_op";

/** Offset of the lane T that the immediate chooses among those of `bytes` bytes. */
// @ts-ignore: decorator
@inline
function chosenLane<T>(op: Op, bytes: u32): u32 {
  return (<u32>op.imm * <u32>sizeof<T>()) & (bytes - 1);
}

/** PINSRB, PINSRW, PINSRD, PINSRQ. */
export function pinsr<T extends number>(c: X86, op: Op): i32 {
  const source = xmmSourceSized<T>(c, op);
  if (isStatus(source)) return <i32>source;
  store<T>(registerAt(c, op.reg) + chosenLane<T>(op, 16), load<T>(source));
  return EXEC_NEXT;
}

/** PINSRW of a 64-bit vector. */
export function mmxPinsrw(c: X86, op: Op): i32 {
  const source = mmxSource<u16>(c, op);
  if (isStatus(source)) return <i32>source;
  const shift = chosenLane<u16>(op, 8) << 3;
  const others = load<u64>(registerAt(c, op.reg)) & ~((<u64>0xffff) << shift);
  mmxWrite(c, op.reg, others | ((<u64>load<u16>(source)) << shift));
  return EXEC_NEXT;
}

/** PEXTRB, PEXTRW, PEXTRD, PEXTRQ to rm; EXTRACTPS. */
export function pextr<T extends number>(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  const from = registerAt(c, op.reg) + chosenLane<T>(op, 16);
  if ((op.flags & OP_MEM) != 0) return storeSized<T>(c, op, from);
  regWrite<u64>(c, op.rm, <u64>load<T>(from));
  return EXEC_NEXT;
}

/** PEXTRW to reg, the older form. */
export function pextrwToReg(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  regWrite<u64>(c, op.reg, <u64>load<u16>(registerAt(c, op.rm) + chosenLane<u16>(op, 16)));
  return EXEC_NEXT;
}

/** PEXTRW of a 64-bit vector. */
export function mmxPextrw(c: X86, op: Op): i32 {
  if (mmxIsOff(c)) return mmxRefuse(c);
  mmxEnter(c);
  regWrite<u64>(c, op.reg, <u64>load<u16>(registerAt(c, op.rm) + chosenLane<u16>(op, 8)));
  return EXEC_NEXT;
}

/** INSERTPS. Immediate: 7:6 which lane of a register (memory has one) | 5:4 to which lane | 3:0 lanes to clear. */
export function insertps(c: X86, op: Op): i32 {
  const source = xmmSourceSized<u32>(c, op);
  if (isStatus(source)) return <i32>source;
  const pattern = <u32>op.imm;
  const from = (op.flags & OP_MEM) != 0 ? source : source + ((pattern >> 4) & 0xc);
  const element = load<u32>(from);
  const reg = registerAt(c, op.reg);
  store<u32>(reg + ((pattern >> 2) & 0xc), element);
  for (let lane: u32 = 0; lane < 4; lane++) {
    if ((pattern & (1 << lane)) != 0) store<u32>(reg + (lane << 2), 0);
  }
  return EXEC_NEXT;
}

/** MOVMSKPS, MOVMSKPD, PMOVMSKB: the signs of lanes T. */
export function movmsk<T>(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  regWrite<u64>(c, op.reg, <u64>(<u32>v128.bitmask<T>(v128.load(registerAt(c, op.rm)))));
  return EXEC_NEXT;
}

/** PMOVMSKB of a 64-bit vector. */
export function mmxPmovmskb(c: X86, op: Op): i32 {
  if (mmxIsOff(c)) return mmxRefuse(c);
  mmxEnter(c);
  regWrite<u64>(c, op.reg, <u64>(<u32>i8x16.bitmask(v128.load_zero<u64>(registerAt(c, op.rm)))));
  return EXEC_NEXT;
}
