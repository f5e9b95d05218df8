/** Probes of the processor's instructions, one at a time: from bytes to what the handler did. */
import { DECODE_TRUNCATED, decodeInstruction } from "../../../core/cpu/decode";
import { flagsRead } from "../../../core/cpu/flags";
import { CodeCache } from "../../../core/layout/code_cache";
import { X86 } from "../../../core/layout/x86";
import { Op } from "../../../core/layout/x86_op";

/**
 * Decodes the instruction that the `n` bytes at `code` are, with room for the decoder at `cache` and for the op at `at`,
 * and calls its handler. @ret EXEC_*; -1: it is longer, -2: shorter
 */
export function cpuSimdExecute(p: usize, cache: usize, at: usize, code: usize, n: u32): i32 {
  const c = changetype<X86>(p);
  const d = changetype<CodeCache>(cache);
  const op = changetype<Op>(at);
  d.start = <u32>code;
  d.limit = n;
  d.mode = c.codeMode;
  if (decodeInstruction(c, d, op) == DECODE_TRUNCATED) return -1;
  const status = call_indirect<i32>(op.fn, c, op);
  return status == 0 && op.length != n ? -2 : status;
}

export function cpuSimdFlags(p: usize): u64 {
  return flagsRead(changetype<X86>(p));
}
