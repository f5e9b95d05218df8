/** Pages that instruction pointers cover only in part. */

import { CODE_16, CODE_64, SEG_CS, X86 } from "../layout/x86";
import { PAGE_SIZE } from "../layout/types";
import { segmentOf } from "./address";
import { ripOfLinear } from "./rip";

/** What instruction pointers of 16-bit operands reach. */
const LIMIT_16: u32 = 0xffff;

/**
 * Whether each byte of the page at `pageLinear` is within the limit of CS, at instruction pointers without a wrap in
 * between: then branches within the page, and running through it, need no check. Other pages are not cached.
 */
export function ripIsWhole(c: X86, pageLinear: u64): bool {
  if (c.codeMode == CODE_64) return true;
  const last = ripOfLinear(c, pageLinear) + (PAGE_SIZE - 1);
  if (last > <u64>segmentOf(c, SEG_CS).limit) return false;
  return c.codeMode != CODE_16 || last <= <u64>LIMIT_16;
}
