/** References on an address space's struct: it outlives its contents for VMs that use it and for page-outs under way. */

import { DEBUG } from "../layout/build";
import { BUG_HOST_REFCOUNT } from "../layout/bugs";
import { Mm } from "../layout/hostmm";
import { kblockFree } from "../mm/kblock";
import { kfree } from "../mm/slab";
import { aadd32 } from "../sync/atomics";
import { epochDefer } from "../sync/epoch";
import { bug } from "../trace/bug";

/** Keeps the struct (not its contents) until mmPut. */
export function mmGet(address: usize): void {
  const old = aadd32(address + offsetof<Mm>("refs"), 1);
  if (DEBUG && old == 0) bug(BUG_HOST_REFCOUNT, address, old);
}

export function mmPut(address: usize): void {
  const old = aadd32(address + offsetof<Mm>("refs"), <u32>-1);
  if (old == 0) bug(BUG_HOST_REFCOUNT, address, old);
  if (old == 1) epochDefer(address, load<u32>(changetype<usize>(mmFreeNode)));
}

function mmFreeNode(node: usize): void {
  const mm = changetype<Mm>(node);
  kblockFree(mm.perCpu, mm.perCpuOrder);
  kfree(node);
}
