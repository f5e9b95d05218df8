/**
 * Stack frames of control transfers: pushed and popped at the stack, and with the privilege, that the transfer chooses,
 * while the registers still say where it came from. X86.rsp changes when the transfer commits (frameCommit).
 *
 * A push may fault when others have been done: they lie below the stack pointer, where nothing is promised.
 */

import { EXEC_NEXT } from "../../layout/x86_op";
import {
  CODE_64,
  EXC_SS,
  SEG_DB,
  SEG_SS,
  SEG_TYPE_DOWN,
  SEG_TYPE_WRITABLE,
  SEG_UNUSABLE,
  Segment,
  X86,
  X86_SCRATCH,
  X86_SCRATCH_BYTES,
  SEGMENT_BYTES,
} from "../../layout/x86";
import { raiseError } from "../exceptions";
import { isCanonical, stackRead, stackWrite, sysRead, sysWrite } from "../memory";
import { segmentOf } from "../address";
import { errorExt } from "./descriptor";
import { isReal } from "./modes";

/** The stack of a transfer under way. */
@unmanaged
export class Frame {
  base: u64;
  /** The stack pointer, already moved. */
  sp: u64;
  /** Bits of RSP that the stack uses: 16, 32 or 64. */
  mask: u64;
  limit: u32;
  attributes: u32;
  /** What #SS says of it. */
  error: u32;
  /** FRAME_*. */
  flags: u32;
}
const FRAME_BYTES: u32 = 40;
if (offsetof<Frame>() != FRAME_BYTES) ERROR("Frame is 40 bytes");

/** Accesses are user ones (CPL 3), else supervisor ones. */
const FRAME_USER: u32 = 1;
/** The stack has no limit, only canonical addresses. */
const FRAME_64: u32 = 2;

/** Below the scratch segments of descriptor.ts. */
const SCRATCH_FRAMES_OFFSET: u32 = X86_SCRATCH + X86_SCRATCH_BYTES - 8 * SEGMENT_BYTES - 2 * FRAME_BYTES;

/** Frame 0 or 1. */
// @ts-ignore: decorator
@inline
export function scratchFrame(c: X86, n: u32): Frame {
  return changetype<Frame>(changetype<usize>(c) + SCRATCH_FRAMES_OFFSET + n * FRAME_BYTES);
}

/** A 64-bit stack at `sp`, used with privilege `cpl`. */
export function frameOpen64(f: Frame, sp: u64, cpl: u32): void {
  f.base = 0;
  f.sp = sp;
  f.mask = u64.MAX_VALUE;
  f.limit = 0;
  f.attributes = 0;
  f.error = 0;
  f.flags = FRAME_64 | (cpl == 3 ? FRAME_USER : 0);
}

/** The stack `sp` of segment `ss`, used with privilege `cpl`. `error`: selector part of what #SS says. */
export function frameOpen(f: Frame, ss: Segment, sp: u64, cpl: u32, error: u32): void {
  const mask: u64 = (ss.attributes & SEG_DB) != 0 ? 0xffffffff : 0xffff;
  f.base = ss.base;
  f.sp = sp & mask;
  f.mask = mask;
  f.limit = ss.limit;
  f.attributes = ss.attributes;
  f.error = error;
  f.flags = cpl == 3 ? FRAME_USER : 0;
}

/** The stack as it is. */
export function frameOpenCurrent(c: X86, f: Frame): void {
  if (c.codeMode == CODE_64) frameOpen64(f, c.rsp, c.cpl);
  else frameOpen(f, segmentOf(c, SEG_SS), c.rsp, c.cpl, 0);
}

/** RSP as it will be: only as many bits change as the stack has. */
export function frameCommit(c: X86, f: Frame): void {
  if (f.mask == 0xffffffff) c.rsp = f.sp;
  else c.rsp = (c.rsp & ~f.mask) | f.sp;
}

/** Checks that `size` bytes at `sp` are the stack's. */
export function frameCheck(c: X86, f: Frame, sp: u64, size: u32): i32 {
  if ((f.flags & FRAME_64) != 0) {
    if (isCanonical(c, sp) && isCanonical(c, sp + size - 1)) return EXEC_NEXT;
    return raiseError(c, EXC_SS, f.error | errorExt(c));
  }
  const first = sp & f.mask;
  const last = first + size - 1;
  let isInside: bool;
  if ((f.attributes & SEG_UNUSABLE) != 0) isInside = false;
  else if (!isReal(c) && (f.attributes & SEG_TYPE_WRITABLE) == 0) isInside = false;
  else if ((f.attributes & SEG_TYPE_DOWN) != 0) isInside = first > f.limit && last <= f.mask;
  else isInside = last <= <u64>f.limit;
  return isInside ? EXEC_NEXT : raiseError(c, EXC_SS, f.error | errorExt(c));
}

/** Linear address of offset `sp`, known to be the stack's. */
// @ts-ignore: decorator
@inline
function frameLinear(f: Frame, sp: u64): u64 {
  return (f.flags & FRAME_64) != 0 ? sp : (f.base + (sp & f.mask)) & 0xffffffff;
}

/** Pushes a T. */
export function framePush<T extends number>(c: X86, f: Frame, value: T): i32 {
  const sp = (f.sp - sizeof<T>()) & f.mask;
  let r = frameCheck(c, f, sp, sizeof<T>());
  if (r != EXEC_NEXT) return r;
  const linear = frameLinear(f, sp);
  r = (f.flags & FRAME_USER) != 0 ? stackWrite<T>(c, linear, value) : sysWrite<T>(c, linear, value);
  if (r == EXEC_NEXT) f.sp = sp;
  return r;
}

/** Pushes `value` as 2, 4 or 8 bytes. */
export function framePushSized(c: X86, f: Frame, size: u32, value: u64): i32 {
  if (size == 8) return framePush<u64>(c, f, value);
  return size == 4 ? framePush<u32>(c, f, <u32>value) : framePush<u16>(c, f, <u16>value);
}

/** Pops a T into X86.value0. */
export function framePop<T>(c: X86, f: Frame): i32 {
  let r = frameCheck(c, f, f.sp, sizeof<T>());
  if (r != EXEC_NEXT) return r;
  const linear = frameLinear(f, f.sp);
  r = (f.flags & FRAME_USER) != 0 ? stackRead<T>(c, linear) : sysRead<T>(c, linear);
  if (r == EXEC_NEXT) f.sp = (f.sp + sizeof<T>()) & f.mask;
  return r;
}

/** Pops 2, 4 or 8 bytes into X86.value0. */
export function framePopSized(c: X86, f: Frame, size: u32): i32 {
  if (size == 8) return framePop<u64>(c, f);
  return size == 4 ? framePop<u32>(c, f) : framePop<u16>(c, f);
}
