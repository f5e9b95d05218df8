/**
 * The XSAVE family (Intel SDM volume 1, "Managing State Using the XSAVE Feature Set"): x87, SSE and PKRU, in the standard
 * and the compacted form. xsaveTo and xrestoreFrom serve the API: the standard form, anywhere in linear memory.
 *
 * A component is in use if it is not in its initial configuration; nothing is remembered about modification, so that
 * XSAVEOPT and XSAVES leave out what is initial and no more.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import {
  FCW_RESET,
  MXCSR_RESET,
  XCOMP_COMPACTED,
  XSAVE_AVX_BYTES,
  XSAVE_EXTENDED,
  XSAVE_HEADER,
  XSAVE_LEGACY_BYTES,
  XSAVE_PKRU,
  XSAVE_PKRU_BYTES,
  XSTATE_AVX,
  XSTATE_PKRU,
  XSTATE_SSE,
  XSTATE_X87,
} from "../../layout/fpu";
import { CR0_TS, CR4_OSXSAVE, X86, X86_X87, X86_YMM, X87_SHIFT, YMM_SHIFT } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { opAddressSized } from "../address";
import { raiseGp, raiseNm, raiseUd } from "../exceptions";
import { memRead, memTranslate, memWrite } from "../memory";
import { privilegeChanged } from "../privilege";
import {
  clearX87,
  clearXmm,
  imageMisaligned,
  isMxcsrValid,
  LEGACY_MXCSR,
  LEGACY_ST,
  LEGACY_XMM,
  pointersOf,
  putMxcsr,
  putX87,
  putXmm,
  takeX87,
  takeXmm,
  xmmCount,
} from "./fxsave";
import { fpuImage, fpuLoadImage, fpuStoreRange } from "./image";

const XCOMP_BV: u32 = XSAVE_HEADER + 8;
const HEADER_END: u32 = XSAVE_HEADER + 64;
/** With every component in its place. */
export const XSAVE_BYTES: u32 = XSAVE_PKRU + XSAVE_PKRU_BYTES;
const ALL_COMPONENTS: u64 = XSTATE_X87 | XSTATE_SSE | XSTATE_PKRU;

/** #UD, #NM: what all of the family check first. */
function checkUsable(c: X86): i32 {
  if ((c.cr4 & CR4_OSXSAVE) == 0) return raiseUd(c);
  return (c.cr0 & CR0_TS) != 0 ? raiseNm(c) : EXEC_NEXT;
}

/** The requested-feature bitmap: EDX:EAX among what is enabled. */
// @ts-ignore: decorator
@inline
function requested(c: X86, enabled: u64): u64 {
  return enabled & ((c.rdx << 32) | (c.rax & 0xffffffff));
}

/** Components that are not in their initial configuration. */
function inUse(c: X86): u64 {
  let used: u64 = 0;
  if (!isX87Initial(c)) used |= XSTATE_X87;
  if (!isZero(changetype<usize>(c) + X86_YMM, 16 << YMM_SHIFT)) used |= XSTATE_SSE;
  if (<u32>c.pkru != 0) used |= XSTATE_PKRU;
  return used;
}

function isX87Initial(c: X86): bool {
  if (c.fcw != FCW_RESET || (c.fsw | c.fpuTop | c.fop) != 0 || c.fpuEmpty != 0xff || (c.fip | c.fdp) != 0) return false;
  return isZero(changetype<usize>(c) + X86_X87, 8 << X87_SHIFT);
}

function isZero(p: usize, bytes: u32): bool {
  let any: u64 = 0;
  for (let i: u32 = 0; i < bytes; i += 8) any |= load<u64>(p + i);
  return any == 0;
}

/** Offset of PKRU in a compacted area of components `layout`. */
function compactedPkru(layout: u64): u32 {
  return XSAVE_EXTENDED + ((layout & XSTATE_AVX) != 0 ? XSAVE_AVX_BYTES : 0);
}

/** Writes the components `which` to the area at `linear`, which was found writable. */
function storeComponents(c: X86, op: Op, linear: u64, which: u64, withMxcsr: u64, pkruAt: u32): i32 {
  const p = fpuImage(c);
  let status = EXEC_NEXT;
  if ((which & XSTATE_X87) != 0) {
    putX87(c, p, pointersOf(op));
    status = fpuStoreRange(c, op, linear, 0, LEGACY_MXCSR);
    if (status == EXEC_NEXT) status = fpuStoreRange(c, op, linear, LEGACY_ST, LEGACY_XMM);
  }
  if (status == EXEC_NEXT && withMxcsr != 0) {
    putMxcsr(c, p);
    status = fpuStoreRange(c, op, linear, LEGACY_MXCSR, LEGACY_ST);
  }
  if (status == EXEC_NEXT && (which & XSTATE_SSE) != 0) {
    putXmm(c, p, xmmCount(c));
    status = fpuStoreRange(c, op, linear, LEGACY_XMM, LEGACY_XMM + 16 * xmmCount(c));
  }
  if (status == EXEC_NEXT && (which & XSTATE_PKRU) != 0) {
    status = memWrite<u64>(c, op, linear + pkruAt, <u64>(<u32>c.pkru));
  }
  return status;
}

/** XSAVE writes all that is requested, XSAVEOPT only what is in use. */
const SAVE_ALL: u32 = 0;
const SAVE_USED: u32 = 1;

function saveStandard(c: X86, op: Op, kind: u32): i32 {
  const usable = checkUsable(c);
  if (usable != EXEC_NEXT) return usable;
  const wanted = requested(c, c.xcr0);
  const size = (wanted & XSTATE_PKRU) != 0 ? XSAVE_BYTES : HEADER_END;
  const linear = opAddressSized(c, op, size, HW_WRITE);
  if ((linear & 63) != 0) return imageMisaligned(c);
  const access = memTranslate(c, op, linear, size, HW_WRITE);
  if (access != EXEC_NEXT) return access;
  const status = memRead<u64>(c, op, linear + XSAVE_HEADER);
  if (status != EXEC_NEXT) return status;
  const used = wanted & inUse(c);
  const header = (c.value0 & ~wanted) | used;
  const which = kind == SAVE_USED ? used : wanted;
  const stored = storeComponents(c, op, linear, which, wanted & (XSTATE_SSE | XSTATE_AVX), XSAVE_PKRU);
  return stored != EXEC_NEXT ? stored : memWrite<u64>(c, op, linear + XSAVE_HEADER, header);
}

export function xsave(c: X86, op: Op): i32 {
  return saveStandard(c, op, SAVE_ALL);
}

export function xsaveopt(c: X86, op: Op): i32 {
  return saveStandard(c, op, SAVE_USED);
}

function saveCompacted(c: X86, op: Op, enabled: u64): i32 {
  const wanted = requested(c, enabled);
  const pkruAt = compactedPkru(wanted);
  const size = (wanted & XSTATE_PKRU) != 0 ? pkruAt + XSAVE_PKRU_BYTES : HEADER_END;
  const linear = opAddressSized(c, op, size, HW_WRITE);
  if ((linear & 63) != 0) return imageMisaligned(c);
  const access = memTranslate(c, op, linear, size, HW_WRITE);
  if (access != EXEC_NEXT) return access;
  let which = wanted & inUse(c);
  // Here MXCSR belongs to the SSE component.
  if ((wanted & XSTATE_SSE) != 0 && c.mxcsr != MXCSR_RESET) which |= XSTATE_SSE;
  const stored = storeComponents(c, op, linear, which, which & XSTATE_SSE, pkruAt);
  if (stored != EXEC_NEXT) return stored;
  const status = memWrite<u64>(c, op, linear + XSAVE_HEADER, which);
  return status != EXEC_NEXT ? status : memWrite<u64>(c, op, linear + XCOMP_BV, wanted | XCOMP_COMPACTED);
}

export function xsavec(c: X86, op: Op): i32 {
  const usable = checkUsable(c);
  return usable != EXEC_NEXT ? usable : saveCompacted(c, op, c.xcr0);
}

export function xsaves(c: X86, op: Op): i32 {
  const usable = checkUsable(c);
  if (usable != EXEC_NEXT) return usable;
  return c.cpl != 0 ? raiseGp(c, 0) : saveCompacted(c, op, c.xcr0 | c.xss);
}

/** Whether the header at `p` says what may be restored when `enabled` are (Intel SDM, "Operation of XRSTOR"). */
function isHeaderValid(p: usize, enabled: u64): bool {
  const present = load<u64>(p, XSAVE_HEADER);
  const layout = load<u64>(p, XCOMP_BV);
  if ((layout & XCOMP_COMPACTED) == 0)
    return (present & ~enabled) == 0 && layout == 0 && load<u64>(p, XCOMP_BV + 8) == 0;
  const components = layout & ~XCOMP_COMPACTED;
  return (
    (components & ~enabled) == 0 && (present & ~components) == 0 && isZero(p + XCOMP_BV + 8, HEADER_END - XCOMP_BV - 8)
  );
}

/** Loads the requested components: from the image in the scratch what is in it, the initial configuration of the rest. */
function takeComponents(c: X86, p: usize, wanted: u64, present: u64, pointers: u32, count: u32): void {
  if ((wanted & XSTATE_X87) != 0) {
    if ((present & XSTATE_X87) != 0) takeX87(c, p, pointers);
    else clearX87(c);
  }
  if ((wanted & XSTATE_SSE) != 0) {
    if ((present & XSTATE_SSE) != 0) takeXmm(c, p, count);
    else clearXmm(c, count);
  }
}

function setPkru(c: X86, value: u64): void {
  c.pkru = value;
  privilegeChanged(c);
}

function restore(c: X86, op: Op, enabled: u64): i32 {
  const linear = opAddressSized(c, op, HEADER_END, HW_READ);
  if ((linear & 63) != 0) return imageMisaligned(c);
  const status = fpuLoadImage(c, op, linear, HEADER_END);
  if (status != EXEC_NEXT) return status;
  const p = fpuImage(c);
  if (!isHeaderValid(p, enabled)) return raiseGp(c, 0);
  const wanted = requested(c, enabled);
  const present = load<u64>(p, XSAVE_HEADER);
  const layout = load<u64>(p, XCOMP_BV);
  const isCompacted = (layout & XCOMP_COMPACTED) != 0;
  // In the standard form MXCSR is loaded whether SSE state is present or not.
  const takesMxcsr = isCompacted ? wanted & present & XSTATE_SSE : wanted & (XSTATE_SSE | XSTATE_AVX);
  if (takesMxcsr != 0 && !isMxcsrValid(p)) return raiseGp(c, 0);
  let pkru: u64 = 0;
  if ((wanted & present & XSTATE_PKRU) != 0) {
    const at = isCompacted ? compactedPkru(layout) : XSAVE_PKRU;
    const read = memRead<u32>(c, op, linear + at);
    if (read != EXEC_NEXT) return read;
    pkru = c.value0;
  }
  takeComponents(c, p, wanted, present, pointersOf(op), xmmCount(c));
  if (takesMxcsr != 0) c.mxcsr = load<u32>(p, LEGACY_MXCSR);
  else if ((wanted & XSTATE_SSE) != 0) c.mxcsr = MXCSR_RESET;
  if ((wanted & XSTATE_PKRU) != 0) setPkru(c, pkru);
  return EXEC_NEXT;
}

export function xrstor(c: X86, op: Op): i32 {
  const usable = checkUsable(c);
  return usable != EXEC_NEXT ? usable : restore(c, op, c.xcr0);
}

/** XRSTORS: the compacted form only. */
export function xrstors(c: X86, op: Op): i32 {
  const usable = checkUsable(c);
  if (usable != EXEC_NEXT) return usable;
  if (c.cpl != 0) return raiseGp(c, 0);
  const linear = opAddressSized(c, op, HEADER_END, HW_READ);
  if ((linear & 63) != 0) return imageMisaligned(c);
  const status = memRead<u64>(c, op, linear + XCOMP_BV);
  if (status != EXEC_NEXT) return status;
  return (c.value0 & XCOMP_COMPACTED) == 0 ? raiseGp(c, 0) : restore(c, op, c.xcr0 | c.xss);
}

/** Writes an XSAVE_BYTES image in standard form to `address`; all components are in it. */
export function xsaveTo(c: X86, address: usize): void {
  memory.fill(address, 0, XSAVE_BYTES);
  putX87(c, address, 1);
  putMxcsr(c, address);
  putXmm(c, address, 16);
  store<u64>(address, ALL_COMPONENTS, XSAVE_HEADER);
  store<u32>(address, <u32>c.pkru, XSAVE_PKRU);
}

/** Loads such an image; components that it does not have become initial. False, and nothing changed: it is malformed. */
export function xrestoreFrom(c: X86, address: usize): bool {
  if (!isHeaderValid(address, ALL_COMPONENTS) || load<u64>(address, XCOMP_BV) != 0) return false;
  if (!isMxcsrValid(address)) return false;
  const present = load<u64>(address, XSAVE_HEADER);
  takeComponents(c, address, ALL_COMPONENTS, present, 1, 16);
  c.mxcsr = load<u32>(address, LEGACY_MXCSR);
  setPkru(c, (present & XSTATE_PKRU) != 0 ? <u64>load<u32>(address, XSAVE_PKRU) : 0);
  return true;
}
