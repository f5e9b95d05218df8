/**
 * Lays out linear memory (the map is drawn in layout/system.ts): zeroes the system page, the CPU areas and the frame
 * metadata, and gives the arena to the buddy allocator. Runs once, before any CPU exists: nothing here may lock.
 *
 * Of the memory itself only the metadata is touched, 16 bytes a frame, so that a large memory costs what is used of it.
 */

import { cpuById } from "../layout/cpu";
import { EEXIST, EINVAL, ENOMEM } from "../layout/errno";
import { FRAME_BYTES } from "../layout/frame";
import {
  CPU_BASE,
  CPU_STRIDE,
  MAX_CPUS,
  SYSTEM_BASE,
  SYSTEM_BYTES,
  SYSTEM_MAGIC,
  System,
  system,
} from "../layout/system";
import { PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { RANK_BUDDY, RANK_EPOCH, RANK_SLAB, RANK_VM_LIST } from "../sync/lockorder";
import { spinLockInit } from "../sync/spinlock";
import { buddySeed, MAX_ORDER } from "./buddy";

/** Frames of 4 KiB in one page of wasm memory, 64 KiB, as a shift. */
const WASM_PAGE_SHIFT: u32 = 4;
/** Frames of 4 GiB. */
const MAX_FRAMES: u32 = 1 << 20;
const BLOCK_FRAMES: u32 = 1 << MAX_ORDER;

/** The kernel's default of nx_huge_pages_recovery_ratio: one sixtieth of the split pages each period. */
const NX_RECOVERY_RATIO: u32 = 60;

/** As systemInit of the host ABI says. */
export function layOutMemory(memFrames: u32, nCpus: u32): i32 {
  if (nCpus == 0 || nCpus > MAX_CPUS) return -EINVAL;
  if (memFrames > MAX_FRAMES || memFrames > (<u32>memory.size()) << WASM_PAGE_SHIFT) return -EINVAL;
  const metaBase = CPU_BASE + nCpus * CPU_STRIDE;
  const metaEnd = metaBase + memFrames * FRAME_BYTES;
  const startPfn = ((metaEnd + (PAGE_SIZE << MAX_ORDER) - 1) >> (PAGE_SHIFT + MAX_ORDER)) << MAX_ORDER;
  if (startPfn + BLOCK_FRAMES > memFrames) return -ENOMEM;
  const sys = system();
  if (sys.magic == SYSTEM_MAGIC) return -EEXIST;

  memory.fill(SYSTEM_BASE, 0, SYSTEM_BYTES);
  memory.fill(CPU_BASE, 0, metaEnd - CPU_BASE);
  sys.nCpus = nCpus;
  sys.memFrames = memFrames;
  sys.frameMeta = metaBase;
  sys.arenaStartPfn = startPfn;
  sys.arenaEndPfn = memFrames;
  for (let id: u32 = 0; id < nCpus; id++) cpuById(id).id = id;
  initFields(sys);
  buddySeed(startPfn, memFrames);
  atomic.store<u32>(SYSTEM_BASE + offsetof<System>("magic"), SYSTEM_MAGIC); // raw atomic: no CPU exists yet. Last: cpuInit looks for it
  return 0;
}

function initFields(sys: System): void {
  sys.nextVmId = 1;
  sys.nextMmId = 1;
  sys.epoch = 1; // 0 in a CPU's line means outside
  sys.nxRecoveryRatio = NX_RECOVERY_RATIO;
  spinLockInit(SYSTEM_BASE + offsetof<System>("epochLock"), RANK_EPOCH);
  spinLockInit(SYSTEM_BASE + offsetof<System>("buddyLock"), RANK_BUDDY);
  spinLockInit(SYSTEM_BASE + offsetof<System>("slabLock"), RANK_SLAB);
  spinLockInit(SYSTEM_BASE + offsetof<System>("vmLock"), RANK_VM_LIST);
}
