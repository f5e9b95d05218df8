/**
 * The x87 environment: control, status and tag words, FIP, FDP, FOP, and the instructions that load and store them, with
 * the registers (FNSAVE, FRSTOR) or without (FNSTENV, FLDENV). Images are put together in the scratch of X86.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { FE_ALL, FSW_C1, FSW_SF, REAL_FINITE, REAL_ZERO } from "../../layout/fpu";
import { CR0_EM, CR0_MP, CR0_PE, CR0_TS, EXC_NM, FLAG_VM, X86, X86_X87, X87_SHIFT } from "../../layout/x86";
import { EXEC_NEXT, Op, OP_MEM } from "../../layout/x86_op";
import { opAddress, opAddressSized } from "../address";
import { raise, raiseUd } from "../exceptions";
import { memRead, memWrite } from "../memory";
import { regWrite } from "../operands";
import { fpuImage, fpuLoadImage, fpuStoreImage } from "./image";
import { realFrom80, scratchReal } from "./real";
import {
  x87Check,
  x87CheckPending,
  x87CheckUsable,
  x87Pointer,
  x87Reset,
  x87SetControlWord,
  x87SetStatusWord,
  x87StatusWord,
  x87WriteBits,
} from "./x87_state";

/** Tags of the full tag word. */
const TAG_VALID: u32 = 0;
const TAG_ZERO: u32 = 1;
const TAG_SPECIAL: u32 = 2;
const TAG_EMPTY: u32 = 3;

const REGISTER_BYTES: u32 = 10;

/** The full tag word: two bits for each physical register. */
function tagWord(c: X86): u32 {
  let tags: u32 = 0;
  for (let n: u32 = 0; n < 8; n++) {
    tags |= (((<u32>c.fpuEmpty >> n) & 1) != 0 ? TAG_EMPTY : tagOf(c, n)) << (2 * n);
  }
  return tags;
}

function tagOf(c: X86, n: u32): u32 {
  const p = changetype<usize>(c) + X86_X87 + (n << X87_SHIFT);
  const r = scratchReal(c, 0);
  realFrom80(r, load<u64>(p), load<u16>(p, 8));
  if (r.kind == REAL_ZERO) return TAG_ZERO;
  return r.kind == REAL_FINITE && r.denormal == 0 ? TAG_VALID : TAG_SPECIAL;
}

function setTagWord(c: X86, tags: u32): void {
  let empty: u32 = 0;
  for (let n: u32 = 0; n < 8; n++) {
    if (((tags >> (2 * n)) & 3) == TAG_EMPTY) empty |= 1 << n;
  }
  c.fpuEmpty = <u16>empty;
}

/** Real-address and virtual-8086 mode have images of their own: pointers are linear, with the opcode between. */
function isRealMode(c: X86): bool {
  return (c.cr0 & CR0_PE) == 0 || (c.flags & FLAG_VM) != 0;
}

/** Puts the environment in the scratch, in fields of T (u16 or u32). */
function putEnvironment<T extends number>(c: X86): void {
  const p = fpuImage(c);
  // Unused halves of 32-bit fields read as ones.
  const filler: u32 = 0xffff0000;
  store<T>(p, <T>(<u32>c.fcw | filler));
  store<T>(p, <T>(x87StatusWord(c) | filler), sizeof<T>());
  store<T>(p, <T>(tagWord(c) | filler), 2 * sizeof<T>());
  const fip = <u32>c.fip;
  const fdp = <u32>c.fdp;
  const fop = <u32>c.fop & 0x7ff;
  if (!isRealMode(c)) {
    store<T>(p, <T>fip, 3 * sizeof<T>());
    store<T>(p, <T>(sizeof<T>() == 2 ? <u32>c.fcs : <u32>c.fcs | (fop << 16)), 4 * sizeof<T>());
    store<T>(p, <T>fdp, 5 * sizeof<T>());
    store<T>(p, <T>(<u32>c.fds | filler), 6 * sizeof<T>());
  } else if (sizeof<T>() == 2) {
    store<T>(p, <T>fip, 6);
    store<T>(p, <T>(((fip >> 4) & 0xf000) | fop), 8);
    store<T>(p, <T>fdp, 10);
    store<T>(p, <T>((fdp >> 4) & 0xf000), 12);
  } else {
    store<T>(p, <T>((fip & 0xffff) | filler), 12);
    store<T>(p, <T>(((fip >> 4) & 0x0ffff000) | fop), 16);
    store<T>(p, <T>((fdp & 0xffff) | filler), 20);
    store<T>(p, <T>((fdp >> 4) & 0x0ffff000), 24);
  }
}

function takeEnvironment<T extends number>(c: X86): void {
  const p = fpuImage(c);
  x87SetControlWord(c, <u32>load<T>(p));
  x87SetStatusWord(c, <u32>load<T>(p, sizeof<T>()));
  setTagWord(c, <u32>load<T>(p, 2 * sizeof<T>()));
  const ip = <u32>load<T>(p, 3 * sizeof<T>());
  const code = <u32>load<T>(p, 4 * sizeof<T>());
  const dp = <u32>load<T>(p, 5 * sizeof<T>());
  const data = <u32>load<T>(p, 6 * sizeof<T>());
  c.fcs = 0;
  c.fds = 0;
  if (!isRealMode(c)) {
    c.fip = ip;
    c.fdp = dp;
    if (sizeof<T>() == 4) c.fop = <u16>((code >> 16) & 0x7ff);
    return;
  }
  const high: u32 = sizeof<T>() == 2 ? 0xf000 : 0x0ffff000;
  c.fip = (ip & 0xffff) | ((code & high) << 4);
  c.fdp = (dp & 0xffff) | ((data & high) << 4);
  c.fop = <u16>(code & 0x7ff);
}

/** FNSTENV: then all exceptions are masked. */
export function fnstenv<T extends number>(c: X86, op: Op): i32 {
  const usable = x87CheckUsable(c);
  if (usable != EXEC_NEXT) return usable;
  putEnvironment<T>(c);
  const size: u32 = 7 * sizeof<T>();
  const status = fpuStoreImage(c, op, opAddressSized(c, op, size, HW_WRITE), size, sizeof<T>());
  if (status == EXEC_NEXT) c.fcw |= <u16>FE_ALL;
  return status;
}

export function fldenv<T extends number>(c: X86, op: Op): i32 {
  const usable = x87Check(c);
  if (usable != EXEC_NEXT) return usable;
  const size: u32 = 7 * sizeof<T>();
  const status = fpuLoadImage(c, op, opAddressSized(c, op, size, HW_READ), size, sizeof<T>());
  if (status == EXEC_NEXT) takeEnvironment<T>(c);
  return status;
}

/** FNSAVE: environment and registers, then FNINIT. */
export function fnsave<T extends number>(c: X86, op: Op): i32 {
  const usable = x87CheckUsable(c);
  if (usable != EXEC_NEXT) return usable;
  putEnvironment<T>(c);
  const registers = fpuImage(c) + 7 * sizeof<T>();
  for (let i: u32 = 0; i < 8; i++) memory.copy(registers + i * REGISTER_BYTES, x87Pointer(c, i), REGISTER_BYTES);
  const size: u32 = 7 * sizeof<T>() + 8 * REGISTER_BYTES;
  const status = fpuStoreImage(c, op, opAddressSized(c, op, size, HW_WRITE), size, sizeof<T>());
  if (status == EXEC_NEXT) x87Reset(c);
  return status;
}

export function frstor<T extends number>(c: X86, op: Op): i32 {
  const usable = x87Check(c);
  if (usable != EXEC_NEXT) return usable;
  const size: u32 = 7 * sizeof<T>() + 8 * REGISTER_BYTES;
  const status = fpuLoadImage(c, op, opAddressSized(c, op, size, HW_READ), size, sizeof<T>());
  if (status != EXEC_NEXT) return status;
  takeEnvironment<T>(c);
  const empty = c.fpuEmpty;
  const registers = fpuImage(c) + 7 * sizeof<T>();
  for (let i: u32 = 0; i < 8; i++) {
    const p = registers + i * REGISTER_BYTES;
    x87WriteBits(c, i, load<u64>(p), load<u16>(p, 8));
  }
  c.fpuEmpty = empty;
  return EXEC_NEXT;
}

export function fldcw(c: X86, op: Op): i32 {
  const usable = x87Check(c);
  if (usable != EXEC_NEXT) return usable;
  const status = memRead<u16>(c, op, opAddress<u16>(c, op, HW_READ));
  if (status == EXEC_NEXT) x87SetControlWord(c, <u32>c.value0);
  return status;
}

export function fnstcw(c: X86, op: Op): i32 {
  const usable = x87CheckUsable(c);
  if (usable != EXEC_NEXT) return usable;
  return memWrite<u16>(c, op, opAddress<u16>(c, op, HW_WRITE), c.fcw);
}

export function fnstsw(c: X86, op: Op): i32 {
  const usable = x87CheckUsable(c);
  if (usable != EXEC_NEXT) return usable;
  const status = <u16>x87StatusWord(c);
  if ((op.flags & OP_MEM) != 0) return memWrite<u16>(c, op, opAddress<u16>(c, op, HW_WRITE), status);
  regWrite<u16>(c, 0, status);
  return EXEC_NEXT;
}

/** FNCLEX: exception flags and the stack fault; the condition code stays. */
export function fnclex(c: X86, op: Op): i32 {
  const usable = x87CheckUsable(c);
  if (usable != EXEC_NEXT) return usable;
  c.fsw &= <u16>~(FE_ALL | FSW_SF);
  return EXEC_NEXT;
}

export function fninit(c: X86, op: Op): i32 {
  const usable = x87CheckUsable(c);
  if (usable != EXEC_NEXT) return usable;
  x87Reset(c);
  return EXEC_NEXT;
}

/** FNENI, FNDISI, FNSETPM: instructions of older coprocessors, without effect since. */
export function fnop8087(c: X86, op: Op): i32 {
  return x87CheckUsable(c);
}

export function fnop(c: X86, op: Op): i32 {
  return x87Check(c);
}

/** WAIT: #NM needs TS and MP together; EM does not count. */
export function fwait(c: X86, op: Op): i32 {
  if ((c.cr0 & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS)) return raise(c, EXC_NM);
  return x87CheckPending(c);
}

export function fincstp(c: X86, op: Op): i32 {
  return moveTop(c, 1);
}

export function fdecstp(c: X86, op: Op): i32 {
  return moveTop(c, 7);
}

function moveTop(c: X86, distance: u32): i32 {
  const usable = x87Check(c);
  if (usable != EXEC_NEXT) return usable;
  c.fpuTop = <u16>((c.fpuTop + distance) & 7);
  c.fsw &= ~(<u16>FSW_C1);
  return EXEC_NEXT;
}

/** EMMS: all registers are empty. */
export function emms(c: X86, op: Op): i32 {
  if ((c.cr0 & CR0_EM) != 0) return raiseUd(c);
  const usable = x87Check(c);
  if (usable != EXEC_NEXT) return usable;
  c.fpuEmpty = 0xff;
  c.fpuTop = 0;
  return EXEC_NEXT;
}
