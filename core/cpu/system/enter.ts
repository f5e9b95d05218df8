/** The last step of every control transfer to another code segment: CS, CPL and RIP change together. */

import { EXEC_REFETCH } from "../../layout/x86_op";
import { SEG_CS, Segment, X86 } from "../../layout/x86";
import { segmentOf } from "../address";
import { privilegeChanged } from "../privilege";
import { segmentCopy, SELECTOR_RPL } from "./descriptor";
import { codeModeSet, isReal } from "./modes";

/** Goes on at `rip` of `cs`, at level `cpl`. @ret EXEC_REFETCH */
export function enterCode(c: X86, cs: Segment, cpl: u32, rip: u64): i32 {
  const present = segmentOf(c, SEG_CS);
  segmentCopy(present, cs);
  if (!isReal(c)) present.selector = <u16>((<u32>cs.selector & ~SELECTOR_RPL) | cpl);
  c.cpl = cpl;
  c.rip = rip;
  codeModeSet(c);
  privilegeChanged(c);
  return EXEC_REFETCH;
}
