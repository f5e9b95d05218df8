/** Which enabled breakpoints of DR0 to DR3 an access meets (Intel SDM, "Debug Registers"). */

import { HW_WRITE } from "../layout/hw";
import { X86 } from "../layout/x86";

/** R/W fields of DR7. */
export const BREAK_EXECUTE: u32 = 0;
export const BREAK_WRITE: u32 = 1;
export const BREAK_IO: u32 = 2;
export const BREAK_READ_WRITE: u32 = 3;

const DR7_RW_SHIFT: u32 = 16;
const DR7_LEN_SHIFT: u32 = 18;

// @ts-ignore: decorator
@inline
export function breakpointKind(c: X86, n: u32): u32 {
  return <u32>(c.dr7 >> (DR7_RW_SHIFT + (n << 2))) & 3;
}

/** In bytes: the field's values mean 1, 2, 8 and 4. */
function breakpointBytes(c: X86, n: u32): u64 {
  const field = <u32>(c.dr7 >> (DR7_LEN_SHIFT + (n << 2))) & 3;
  return field == 2 ? 8 : field + 1;
}

/** Bits of DR6 for the breakpoints that the `size` bytes at `address`, accessed as `kind` (BREAK_*), meet. */
export function breakpointsHit(c: X86, address: u64, size: u32, kind: u32): u32 {
  let hits: u32 = 0;
  for (let n: u32 = 0; n < 4; n++) {
    if ((c.dr7 & ((<u64>3) << (n << 1))) == 0) continue;
    const wanted = breakpointKind(c, n);
    if (wanted != kind && !(wanted == BREAK_READ_WRITE && kind == BREAK_WRITE)) continue;
    const bytes = breakpointBytes(c, n);
    const start = load<u64>(changetype<usize>(c) + (n << 3), offsetof<X86>("dr0")) & ~(bytes - 1);
    if (address <= start + (bytes - 1) && start <= address + (size - 1)) hits |= 1 << n;
  }
  return hits;
}

/** Notes the data breakpoints that an access of HW_* kind meets, for when its instruction is done. */
export function watchAccess(c: X86, linear: u64, size: u32, access: u32): void {
  c.watchHits |= breakpointsHit(c, linear, size, (access & HW_WRITE) != 0 ? BREAK_WRITE : BREAK_READ_WRITE);
}
