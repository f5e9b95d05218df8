/** Memory for the trace rings of trace/trace.ts, which lies below mm. Called by the host between runs or beside them. */

import { cpuById } from "../layout/cpu";
import { EEXIST, EINVAL, ENOENT, ENOMEM } from "../layout/errno";
import { system } from "../layout/system";
import { TRACE_RECORD_BYTES } from "../layout/trace";
import { PAGE_SIZE } from "../layout/types";
import { spinHint } from "../sync/atomics";
import { checkDead, isCpuDead } from "../sync/wait";
import { traceIsBusy, traceRingAttach, traceRingDetach } from "../trace/trace";
import { MAX_ORDER } from "./buddy";
import { kblockAlloc, kblockFree, kblockOrder } from "./kblock";

/** Records in one frame and in one 2 MiB block, as powers of two. */
const MIN_ORDER: u32 = 6;
if (1 << MIN_ORDER != PAGE_SIZE / TRACE_RECORD_BYTES) ERROR("the smallest ring is one frame");

/** As traceEnable of the host ABI says. @takes buddyLock */
export function traceRingCreate(cpuId: u32, capacityOrder: u32): i32 {
  if (cpuId >= system().nCpus || capacityOrder < MIN_ORDER || capacityOrder > MIN_ORDER + MAX_ORDER) return -EINVAL;
  if (cpuById(cpuId).traceCapacity != 0) return -EEXIST;
  const base = kblockAlloc(capacityOrder - MIN_ORDER);
  if (base == 0) return -ENOMEM;
  traceRingAttach(cpuId, base, 1 << capacityOrder);
  return 0;
}

/** As traceDisable of the host ABI says. @takes buddyLock */
export function traceRingDestroy(cpuId: u32): i32 {
  if (cpuId >= system().nCpus) return -EINVAL;
  const cpu = cpuById(cpuId);
  const capacity = cpu.traceCapacity;
  if (capacity == 0) return -ENOENT;
  traceRingDetach(cpuId);
  // A record takes some 50 ns; a CPU that died while writing one writes no more.
  while (traceIsBusy(cpuId) && !isCpuDead(cpuId)) {
    checkDead();
    spinHint(changetype<usize>(cpu));
  }
  kblockFree(cpu.traceBase, kblockOrder(capacity * TRACE_RECORD_BYTES));
  return 0;
}
