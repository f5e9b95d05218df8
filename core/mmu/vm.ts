/** The MMU's part of a VM's life. Guarantee: mmuVmDestroy leaves no table, slot or counter behind. */

import { DEBUG } from "../layout/build";
import { BUG_VM_LEAK } from "../layout/bugs";
import { ENOMEM } from "../layout/errno";
import { Mm } from "../layout/hostmm";
import { RW_CENTRAL, RW_DISTRIBUTED } from "../layout/sync";
import { ADDRESS_SPACES, PARAM_MMU_LOCK_CENTRAL, Vm, VmCpu, VMCPU_STRIDE } from "../layout/vm";
import { mmGet, mmPut } from "../hostmm/mm_ref";
import { mmapWriteLock, mmapWriteUnlock } from "../hostmm/mmap_lock";
import { epochBarrier } from "../sync/epoch";
import { RANK_MMU, RANK_MN_INVALIDATE, RANK_SLOTS, RANK_TDP_PAGES } from "../sync/lockorder";
import { rwInit, writeLock, writeUnlock } from "../sync/rwlock";
import { spinLock, spinLockInit, spinUnlock } from "../sync/spinlock";
import { bug } from "../trace/bug";
import { vmCounter } from "./counters";
import { memslotsAlloc, memslotDeferFree, memslotsDeferFree } from "./memslot_array";
import { memslotByGfn, vmMemslots } from "./memslot";
import { vmMmuLock, vmPagesLock, vmSlotsLock } from "./mmu_lock";
import { notifiersRegister } from "./notifier";
import { spteMasksInit } from "./spte_masks";
import { rootsInvalidate } from "./tdp_root";
import { zapInvalidatedRoots } from "./tdp_zap";

/** `vm` is zeroed but for mm, tdp, params, rootLevel and perCpu. The VM joins its address space's notifiers. -ENOMEM leaves nothing. */
export function mmuVmInit(vm: Vm): i32 {
  spteMasksInit(vm);
  notifiersRegister();
  rwInit(vmMmuLock(vm), (vm.params & PARAM_MMU_LOCK_CENTRAL) != 0 ? RW_CENTRAL : RW_DISTRIBUTED, RANK_MMU);
  spinLockInit(vmPagesLock(vm), RANK_TDP_PAGES);
  spinLockInit(vmSlotsLock(vm), RANK_SLOTS);
  spinLockInit(changetype<usize>(vm) + offsetof<Vm>("mnInvalidateLock"), RANK_MN_INVALIDATE);
  const slots0 = memslotsAlloc(0);
  if (slots0 === null) return -ENOMEM;
  const slots1 = memslotsAlloc(0);
  if (slots1 === null) {
    memslotsDeferFree(slots0);
    return -ENOMEM;
  }
  // Generations of the two address spaces never meet: even and odd.
  slots1.generation = 1;
  vm.memslots0 = <u32>changetype<usize>(slots0);
  vm.memslots1 = <u32>changetype<usize>(slots1);
  joinMm(vm);
  return 0;
}

function joinMm(vm: Vm): void {
  const mm = changetype<Mm>(vm.mm);
  mmGet(vm.mm);
  mmapWriteLock(mm);
  vm.mmNext = mm.vmHead;
  mm.vmHead = <u32>changetype<usize>(vm);
  mmapWriteUnlock(mm);
}

/** When this returns, no notifier works on the VM any more. */
function leaveMm(vm: Vm): void {
  const mm = changetype<Mm>(vm.mm);
  mmapWriteLock(mm);
  let link = changetype<usize>(mm) + offsetof<Mm>("vmHead");
  while (load<u32>(link) != <u32>changetype<usize>(vm)) link = <usize>load<u32>(link) + offsetof<Vm>("mmNext");
  store<u32>(link, vm.mmNext);
  mmapWriteUnlock(mm);
}

/** All vCPUs are destroyed. Frees tables and slots; returns when their memory is free. */
export function mmuVmDestroy(vm: Vm): void {
  leaveMm(vm);
  spinLock(vmSlotsLock(vm));
  writeLock(vmMmuLock(vm));
  rootsInvalidate(vm);
  writeUnlock(vmMmuLock(vm));
  zapInvalidatedRoots(vm);
  spinUnlock(vmSlotsLock(vm));
  for (let asId: u32 = 0; asId < ADDRESS_SPACES; asId++) {
    const slots = vmMemslots(vm, asId);
    for (let i: u32 = 0; i < slots.count; i++) memslotDeferFree(memslotByGfn(slots, i));
    memslotsDeferFree(slots);
  }
  mmPut(vm.mm);
  epochBarrier();
  if (DEBUG) checkBalance(vm);
}

/** Debug: the VM's own counts have come back to zero. */
function checkBalance(vm: Vm): void {
  if (vm.rootsCount != 0) bug(BUG_VM_LEAK, 0, vm.rootsCount);
  if (vm.possibleNxHugePages != 0) bug(BUG_VM_LEAK, 1, vm.possibleNxHugePages);
  for (let offset: usize = 0; offset <= offsetof<VmCpu>("nxLpageSplits"); offset += 8) {
    const sum = vmCounter(vm, offset);
    if (sum != 0) bug(BUG_VM_LEAK, 2 + offset / 8, sum);
  }
}
