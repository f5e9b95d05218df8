/** State images (FSAVE, FXSAVE, XSAVE) between the scratch of X86, where they are put together, and memory. */

import { HW_WRITE } from "../../layout/hw";
import { FPU_IMAGE } from "../../layout/fpu";
import { EXC_AC, X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { isRaised, raiseError } from "../exceptions";
import { checksAlignment } from "../linear";
import { memRead, memTranslate, memWrite } from "../memory";

/** Address of the image in the scratch. */
// @ts-ignore: decorator
@inline
export function fpuImage(c: X86): usize {
  return changetype<usize>(c) + FPU_IMAGE;
}

/** Images are aligned to 2 or 4 bytes only, as their operand size says, where alignment is checked at all. */
function checkAlignment(c: X86, linear: u64, alignment: u32): i32 {
  const isMisaligned = (linear & (alignment - 1)) != 0 && !isRaised(c) && checksAlignment(c);
  return isMisaligned ? raiseError(c, EXC_AC, 0) : EXEC_NEXT;
}

/** The first `size` bytes of the image to memory, all or nothing. */
export function fpuStoreImage(c: X86, op: Op, linear: u64, size: u32, alignment: u32 = 1): i32 {
  const aligned = checkAlignment(c, linear, alignment);
  if (aligned != EXEC_NEXT) return aligned;
  const access = memTranslate(c, op, linear, size, HW_WRITE);
  return access != EXEC_NEXT ? access : fpuStoreRange(c, op, linear, 0, size);
}

/** Bytes [start, end) of the image, which begins at `linear`, to memory that was found writable. Both are even. */
export function fpuStoreRange(c: X86, op: Op, linear: u64, start: u32, end: u32): i32 {
  const p = fpuImage(c);
  let at = start;
  // Words are always aligned.
  for (; at + 8 <= end && !checksAlignment(c); at += 8) {
    const status = memWrite<u64>(c, op, linear + at, load<u64>(p + at));
    if (status != EXEC_NEXT) return status;
  }
  for (; at < end; at += 2) {
    const status = memWrite<u16>(c, op, linear + at, load<u16>(p + at));
    if (status != EXEC_NEXT) return status;
  }
  return EXEC_NEXT;
}

/** `size` bytes from memory to the image. */
export function fpuLoadImage(c: X86, op: Op, linear: u64, size: u32, alignment: u32 = 1): i32 {
  const aligned = checkAlignment(c, linear, alignment);
  if (aligned != EXEC_NEXT) return aligned;
  const p = fpuImage(c);
  let at: u32 = 0;
  for (; at + 8 <= size && !checksAlignment(c); at += 8) {
    const status = memRead<u64>(c, op, linear + at);
    if (status != EXEC_NEXT) return status;
    store<u64>(p + at, c.value0);
  }
  for (; at < size; at += 2) {
    const status = memRead<u16>(c, op, linear + at);
    if (status != EXEC_NEXT) return status;
    store<u16>(p + at, <u16>c.value0);
  }
  return EXEC_NEXT;
}
