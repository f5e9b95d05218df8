/** Questions about the mode the processor is in, and what follows when CS, CPL or EFER.LMA change. */

import { CODE_16, CODE_32, CODE_64, CR0_PE, EFER_LMA, FLAG_IOPL, SEG_CS, SEG_DB, SEG_L, X86 } from "../../layout/x86";
import { segmentOf } from "../address";

/** Real-address mode: virtual-8086 mode does not exist here (IRET to it raises #GP). */
// @ts-ignore: decorator
@inline
export function isReal(c: X86): bool {
  return (c.cr0 & CR0_PE) == 0;
}

/** IA-32e mode: 64-bit or compatibility. */
// @ts-ignore: decorator
@inline
export function isLong(c: X86): bool {
  return (c.efer & EFER_LMA) != 0;
}

// @ts-ignore: decorator
@inline
export function is64(c: X86): bool {
  return c.codeMode == CODE_64;
}

// @ts-ignore: decorator
@inline
export function iopl(c: X86): u32 {
  return <u32>((c.flags & FLAG_IOPL) >> 12);
}

/** X86.codeMode follows CS and EFER.LMA. */
export function codeModeSet(c: X86): void {
  const attributes = segmentOf(c, SEG_CS).attributes;
  if (isLong(c) && (attributes & SEG_L) != 0) c.codeMode = CODE_64;
  else c.codeMode = (attributes & SEG_DB) != 0 ? CODE_32 : CODE_16;
}
