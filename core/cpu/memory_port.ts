/**
 * Memory operands served by the emulation port: guest-physical address by guest-physical address, by functions that
 * core/vcpu registers (layout/system.ts, OP_PORT_*).
 *
 * Guarantee: all of an operand's addresses are known, and its page faults raised, before any of it is served. A status
 * other than EXEC_NEXT of a port's function is handed on, and the instruction repeated from its start: what has been
 * served already the port must remember. An operand that is written back (core/cpu/memory.ts) was asked for with
 * HW_READ | HW_WRITE: the port then accepts the write without fail.
 */

import { HW_READ, HW_WRITE } from "../layout/hw";
import { OP_PORT_READ, OP_PORT_WRITE, SYSTEM_OPS } from "../layout/system";
import { X86 } from "../layout/x86";
import { EXEC_FAULT, EXEC_NEXT } from "../layout/x86_op";
import { STEPPING_EMULATE } from "../layout/x86_system";
import { guestWalk } from "../hw/guest_walk";
import { raisePf } from "./exceptions";
import { bytesInPage, linearAfter } from "./linear";

/** X86.value0 and value1 as 16 bytes of memory; value2 and value3. */
// @ts-ignore: decorator
@inline
export function valueBytes(c: X86): usize {
  return changetype<usize>(c) + offsetof<X86>("value0");
}
// @ts-ignore: decorator
@inline
export function outBytes(c: X86): usize {
  return changetype<usize>(c) + offsetof<X86>("value2");
}
if (offsetof<X86>("value1") != offsetof<X86>("value0") + 8) ERROR("value0 and value1 are sixteen bytes in a row");
if (offsetof<X86>("value3") != offsetof<X86>("value2") + 8) ERROR("value2 and value3 are sixteen bytes in a row");

// @ts-ignore: decorator
@inline
export function isEmulated(c: X86): bool {
  return (c.stepping & STEPPING_EMULATE) != 0;
}

/** Translates the page of `lin` by the guest's tables only. @ret EXEC_NEXT: X86.walkGpa */
export function translateGpa(c: X86, lin: u64, access: u32, view: u32): i32 {
  const status = guestWalk(c, lin, access, view);
  return status == EXEC_FAULT ? raisePf(c, lin, c.walkError) : status;
}

/**
 * Finds the guest-physical addresses of an operand for the emulation port: X86.rmwGpa, and rmwGpa1 of the part in the
 * next page.
 */
function portTranslate(c: X86, lin: u64, size: u32, access: u32, view: u32): i32 {
  let status = translateGpa(c, lin, access, view);
  if (status != EXEC_NEXT) return status;
  const first = c.walkGpa;
  const n = bytesInPage(lin, size);
  if (n < size) {
    status = translateGpa(c, linearAfter(c, lin, n), access, view);
    if (status != EXEC_NEXT) return status;
    c.rmwGpa1 = c.walkGpa;
  }
  c.rmwGpa = first;
  c.pointer = 0;
  return EXEC_NEXT;
}

/** Reads an operand by the emulation port; with HW_WRITE it will be written back. @ret EXEC_NEXT: X86.value0, value1 */
export function portRead(c: X86, lin: u64, size: u32, access: u32, view: u32): i32 {
  let status = portTranslate(c, lin, size, access, view);
  if (status != EXEC_NEXT) return status;
  c.value0 = 0;
  if (size == 16) c.value1 = 0;
  const n = bytesInPage(lin, size);
  const op = load<u32>(SYSTEM_OPS + OP_PORT_READ * 4);
  status = call_indirect<i32>(op, c.vcpu, c.rmwGpa, valueBytes(c), n, access);
  if (status != EXEC_NEXT || n == size) return status;
  return call_indirect<i32>(op, c.vcpu, c.rmwGpa1, valueBytes(c) + n, size - n, access);
}

export function portWriteAt(c: X86, lin: u64, size: u32, low: u64, high: u64, view: u32): i32 {
  const status = portTranslate(c, lin, size, HW_WRITE, view);
  return status == EXEC_NEXT ? portWriteParts(c, bytesInPage(lin, size), size, low, high) : status;
}

/** Writes an operand whose addresses are found by the emulation port: `n` bytes in the first page. */
export function portWriteParts(c: X86, n: u32, size: u32, low: u64, high: u64): i32 {
  c.value2 = low;
  c.value3 = high;
  const op = load<u32>(SYSTEM_OPS + OP_PORT_WRITE * 4);
  const status = call_indirect<i32>(op, c.vcpu, c.rmwGpa, outBytes(c), n);
  if (status != EXEC_NEXT || n == size) return status;
  return call_indirect<i32>(op, c.vcpu, c.rmwGpa1, outBytes(c) + n, size - n);
}
