/**
 * The legacy region of FXSAVE and XSAVE (Intel SDM volume 1, "FXSAVE Area", "Legacy Region of an XSAVE Area"), and
 * FXSAVE and FXRSTOR. fxsaveTo and fxrestoreFrom serve the API: the 64-bit format, anywhere in linear memory.
 *
 *     0        2        4         5    6        8           16          24       28        32            160
 *   [FCW u16][FSW u16][tags u8 ][0  ][FOP u16][FIP u64   ][FDP u64   ][MXCSR  ][MXCSR mask][ST0-7, 16  ][XMM, 16 ...]
 *                                             [FIP u32 FCS][FDP u32 FDS]                   bytes each
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { MXCSR_RESET, MXCSR_VALID, XSAVE_LEGACY_BYTES } from "../../layout/fpu";
import { CODE_64, CR0_EM, CR0_TS, X86, X86_X87, X86_YMM, X87_SHIFT, YMM_SHIFT } from "../../layout/x86";
import { EXEC_FAULT, EXEC_NEXT, Op, OP_W } from "../../layout/x86_op";
import { opAddressSized } from "../address";
import { isRaised, raiseGp, raiseNm } from "../exceptions";
import { memTranslate } from "../memory";
import { fpuImage, fpuLoadImage, fpuStoreRange } from "./image";
import { x87Pointer, x87Reset, x87SetControlWord, x87SetStatusWord, x87StatusWord, x87WriteBits } from "./x87_state";

export const LEGACY_MXCSR: u32 = 24;
export const LEGACY_ST: u32 = 32;
export const LEGACY_XMM: u32 = 160;
const ST_BYTES: u32 = 16;
const XMM_BYTES: u32 = 16;

/** How pointers are stored: REX.W asks for 64 bits of them. */
export const POINTERS_32: u32 = 0;
export const POINTERS_64: u32 = 1;

// @ts-ignore: decorator
@inline
export function pointersOf(op: Op): u32 {
  return (op.flags & OP_W) != 0 ? POINTERS_64 : POINTERS_32;
}

/** XMM registers of the present mode. */
// @ts-ignore: decorator
@inline
export function xmmCount(c: X86): u32 {
  return c.codeMode == CODE_64 ? 16 : 8;
}

export function putX87(c: X86, p: usize, pointers: u32): void {
  store<u16>(p, c.fcw);
  store<u16>(p, <u16>x87StatusWord(c), 2);
  store<u16>(p, ~c.fpuEmpty & 0xff, 4);
  store<u16>(p, c.fop, 6);
  store<u64>(p, pointers == POINTERS_64 ? c.fip : (c.fip & 0xffffffff) | ((<u64>c.fcs) << 32), 8);
  store<u64>(p, pointers == POINTERS_64 ? c.fdp : (c.fdp & 0xffffffff) | ((<u64>c.fds) << 32), 16);
  for (let i: u32 = 0; i < 8; i++) {
    const from = x87Pointer(c, i);
    const to = p + LEGACY_ST + i * ST_BYTES;
    store<u64>(to, load<u64>(from));
    store<u64>(to, load<u16>(from, 8), 8);
  }
}

export function takeX87(c: X86, p: usize, pointers: u32): void {
  x87SetControlWord(c, load<u16>(p));
  x87SetStatusWord(c, load<u16>(p, 2));
  for (let i: u32 = 0; i < 8; i++) {
    const from = p + LEGACY_ST + i * ST_BYTES;
    x87WriteBits(c, i, load<u64>(from), load<u16>(from, 8));
  }
  c.fpuEmpty = ~(<u16>load<u8>(p, 4)) & 0xff;
  c.fop = load<u16>(p, 6) & 0x7ff;
  const fip = load<u64>(p, 8);
  const fdp = load<u64>(p, 16);
  c.fip = pointers == POINTERS_64 ? fip : fip & 0xffffffff;
  c.fdp = pointers == POINTERS_64 ? fdp : fdp & 0xffffffff;
  c.fcs = 0;
  c.fds = 0;
}

/** The initial configuration: FNINIT's, with registers of 0. */
export function clearX87(c: X86): void {
  x87Reset(c);
  memory.fill(changetype<usize>(c) + X86_X87, 0, 8 << X87_SHIFT);
}

export function putMxcsr(c: X86, p: usize): void {
  store<u32>(p, c.mxcsr, LEGACY_MXCSR);
  store<u32>(p, MXCSR_VALID, LEGACY_MXCSR + 4);
}

/** Whether the image's MXCSR may be loaded. */
export function isMxcsrValid(p: usize): bool {
  return (load<u32>(p, LEGACY_MXCSR) & ~MXCSR_VALID) == 0;
}

// @ts-ignore: decorator
@inline
function xmmPointer(c: X86, n: u32): usize {
  return changetype<usize>(c) + X86_YMM + (n << YMM_SHIFT);
}

export function putXmm(c: X86, p: usize, count: u32): void {
  for (let n: u32 = 0; n < count; n++) memory.copy(p + LEGACY_XMM + n * XMM_BYTES, xmmPointer(c, n), XMM_BYTES);
}

export function takeXmm(c: X86, p: usize, count: u32): void {
  for (let n: u32 = 0; n < count; n++) memory.copy(xmmPointer(c, n), p + LEGACY_XMM + n * XMM_BYTES, XMM_BYTES);
}

export function clearXmm(c: X86, count: u32): void {
  for (let n: u32 = 0; n < count; n++) memory.fill(xmmPointer(c, n), 0, XMM_BYTES);
}

/** Writes a 512-byte image of the x87 and SSE state to `address`. */
export function fxsaveTo(c: X86, address: usize): void {
  memory.fill(address, 0, XSAVE_LEGACY_BYTES);
  putX87(c, address, POINTERS_64);
  putMxcsr(c, address);
  putXmm(c, address, 16);
}

/** Loads such an image. False, and nothing changed: its MXCSR has reserved bits. */
export function fxrestoreFrom(c: X86, address: usize): bool {
  if (!isMxcsrValid(address)) return false;
  takeX87(c, address, POINTERS_64);
  c.mxcsr = load<u32>(address, LEGACY_MXCSR);
  takeXmm(c, address, 16);
  return true;
}

/** The x87 and SSE state after reset. */
export function fpuReset(c: X86): void {
  clearX87(c);
  clearXmm(c, 16);
  c.mxcsr = MXCSR_RESET;
}

/** #GP(0) for a misaligned image, unless finding its address has raised another. @ret EXEC_FAULT */
export function imageMisaligned(c: X86): i32 {
  return isRaised(c) ? EXEC_FAULT : raiseGp(c, 0);
}

export function fxsave(c: X86, op: Op): i32 {
  if ((c.cr0 & (CR0_EM | CR0_TS)) != 0) return raiseNm(c);
  const linear = opAddressSized(c, op, XSAVE_LEGACY_BYTES, HW_WRITE);
  if ((linear & 15) != 0) return imageMisaligned(c);
  const p = fpuImage(c);
  putX87(c, p, pointersOf(op));
  putMxcsr(c, p);
  putXmm(c, p, xmmCount(c));
  const access = memTranslate(c, op, linear, XSAVE_LEGACY_BYTES, HW_WRITE);
  if (access != EXEC_NEXT) return access;
  return fpuStoreRange(c, op, linear, 0, LEGACY_XMM + xmmCount(c) * XMM_BYTES);
}

export function fxrstor(c: X86, op: Op): i32 {
  if ((c.cr0 & (CR0_EM | CR0_TS)) != 0) return raiseNm(c);
  const linear = opAddressSized(c, op, XSAVE_LEGACY_BYTES, HW_READ);
  if ((linear & 15) != 0) return imageMisaligned(c);
  const status = fpuLoadImage(c, op, linear, LEGACY_XMM + xmmCount(c) * XMM_BYTES);
  if (status != EXEC_NEXT) return status;
  const p = fpuImage(c);
  if (!isMxcsrValid(p)) return raiseGp(c, 0);
  takeX87(c, p, pointersOf(op));
  c.mxcsr = load<u32>(p, LEGACY_MXCSR);
  takeXmm(c, p, xmmCount(c));
  return EXEC_NEXT;
}
