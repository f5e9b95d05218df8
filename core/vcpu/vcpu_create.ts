/**
 * Makes and unmakes vCPUs (KVM_CREATE_VCPU), and gives them programs. A vCPU is one frame, and the buffers that its
 * hardware needs: TLB, page-modification log, latency histogram; and its dirty ring. It lives as long as its VM.
 */

import { PROG_MAX_OPS, PROG_OP_SHIFT } from "../layout/access_program";
import { LAB } from "../layout/build";
import { DIRTY_GFN_SHIFT } from "../layout/dirty_ring";
import { EBUSY, EEXIST, EINVAL, ENOMEM } from "../layout/errno";
import { PML_INDEX_START, TLB_ENTRIES, TLB_ORDER } from "../layout/hw";
import { LAB_TLB_ENTRIES } from "../layout/lab";
import { HOST_MAXPHYADDR } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { MAX_VCPUS, Vm } from "../layout/vm";
import { processorCreate, processorFree, processorHide } from "../cpu/processor";
import { tlbInit } from "../hw/tlb";
import { kblockAlloc, kblockFree, kblockOrder } from "../mm/kblock";
import { asyncPfClear } from "../mmu/async_pf";
import { mmuUnload } from "../mmu/mmu";
import { mmuVcpuDestroy, mmuVcpuInit } from "../mmu/vcpu";
import { aload32, astore32 } from "../sync/atomics";
import { epochSynchronize } from "../sync/epoch";
import { vmVcpu } from "../sync/guest_mode";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { asyncPfFree } from "./deferred";
import { portFree } from "./port";

/** A vCPU, its PML buffer and its histogram are one frame each. */
const ONE_FRAME: u32 = 0;
/** The lab watches every entry of a TLB, so its TLBs are small. */
const TLB_BLOCK_ORDER: u32 = LAB ? ONE_FRAME : TLB_ORDER;

/**
 * The vCPU `id` of `vm`; ids need not be dense. Its TLB is empty and it has no root: it needs no flush that was asked
 * for earlier.
 * @ret its address, or -EINVAL (id beyond MAX_VCPUS, too many), -EEXIST, -ENOMEM  @takes slotsLock
 */
export function vcpuCreate(vm: Vm, id: u32): u32 {
  if (id >= MAX_VCPUS) return -EINVAL;
  const lock = changetype<usize>(vm) + offsetof<Vm>("slotsLock");
  spinLock(lock);
  const r = createLocked(vm, id);
  spinUnlock(lock);
  return r;
}

/** @holds slotsLock */
function createLocked(vm: Vm, id: u32): u32 {
  const n = vm.vcpuCount;
  if (n == MAX_VCPUS) return -EINVAL;
  for (let i: u32 = 0; i < n; i++) if (vmVcpu(vm, i).id == id) return -EEXIST;
  const vcpu = changetype<Vcpu>(kblockAlloc(ONE_FRAME));
  if (changetype<usize>(vcpu) == 0) return -ENOMEM;
  vcpu.id = id;
  vcpu.vm = <u32>changetype<usize>(vm);
  const r = allocateParts(vm, vcpu);
  if (r < 0) {
    freeParts(vcpu);
    return r;
  }
  store<u32>(vm.vcpus + n * 4, <u32>changetype<usize>(vcpu));
  // Last: whoever walks the array sees only complete vCPUs.
  astore32(changetype<usize>(vm) + offsetof<Vm>("vcpuCount"), n + 1);
  return <u32>changetype<usize>(vcpu);
}

/** What may fail; freeParts undoes any part of it. */
function allocateParts(vm: Vm, vcpu: Vcpu): i32 {
  // The lab's vCPUs run access programs only.
  if (!LAB) {
    const r = processorCreate(vcpu);
    if (r < 0) return r;
  }
  vcpu.tlbBase = <u32>kblockAlloc(TLB_BLOCK_ORDER);
  vcpu.hwPmlBase = <u32>kblockAlloc(ONE_FRAME);
  vcpu.histogram = <u32>kblockAlloc(ONE_FRAME);
  if (vcpu.tlbBase == 0 || vcpu.hwPmlBase == 0 || vcpu.histogram == 0) return -ENOMEM;
  vcpu.hwPmlIndex = PML_INDEX_START;
  vcpu.hwFormat = vm.tdp;
  vcpu.hwLevels = vm.rootLevel;
  vcpu.hwMaxPhyAddr = HOST_MAXPHYADDR;
  if (vm.ringEntries != 0) {
    vcpu.ringBase = <u32>kblockAlloc(ringOrder(vm));
    if (vcpu.ringBase == 0) return -ENOMEM;
  }
  tlbInit(vcpu, vcpu.tlbBase, LAB ? LAB_TLB_ENTRIES : TLB_ENTRIES);
  mmuVcpuInit(vcpu);
  return 0;
}

function ringOrder(vm: Vm): u32 {
  return kblockOrder(vm.ringEntries << DIRTY_GFN_SHIFT);
}

function freeParts(vcpu: Vcpu): void {
  if (!LAB) processorFree(vcpu);
  if (!LAB) portFree(vcpu);
  if (vcpu.tlbBase != 0) kblockFree(vcpu.tlbBase, TLB_BLOCK_ORDER);
  if (vcpu.hwPmlBase != 0) kblockFree(vcpu.hwPmlBase, ONE_FRAME);
  if (vcpu.histogram != 0) kblockFree(vcpu.histogram, ONE_FRAME);
  if (vcpu.progBase != 0) kblockFree(vcpu.progBase, vcpu.progOrder);
  if (vcpu.ringBase != 0) kblockFree(vcpu.ringBase, ringOrder(changetype<Vm>(vcpu.vm)));
  kblockFree(changetype<usize>(vcpu), ONE_FRAME);
}

/** The beginning of vmDestroy: waits until nobody looks at the vCPUs' code any more. */
export function vcpusHide(vm: Vm): void {
  if (LAB) return;
  for (let i: u32 = 0; i < vm.vcpuCount; i++) processorHide(vmVcpu(vm, i));
  epochSynchronize();
}

/** Part of vmDestroy: the vCPU does not run, and nobody walks the VM's array any more. */
export function vcpuDestroy(vcpu: Vcpu): void {
  asyncPfFree(vcpu);
  mmuVcpuDestroy(vcpu);
  freeParts(vcpu);
}

/** Gives the vCPU another role: another root, so the present one is put, and the next turn loads one. It is OUTSIDE. */
export function roleSet(vcpu: Vcpu, asId: u32, guestMode: u32): void {
  if (asId == vcpu.asId && guestMode == vcpu.guestMode) return;
  mmuUnload(vcpu);
  vcpu.asId = asId;
  vcpu.guestMode = guestMode;
}

/**
 * Makes room for a program of `nOps` ops, which the caller then writes there, and resets the vCPU to its first one:
 * normal role, no access pending. Counters stay. nOps = 0 takes the program away.
 * @ret the address of op 0 (0 if none), or -EBUSY (the vCPU runs), -EINVAL (more than PROG_MAX_OPS), -ENOMEM
 */
export function vcpuProgramAlloc(vcpu: Vcpu, nOps: u32): u32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  if (nOps > PROG_MAX_OPS) return -EINVAL;
  const order = kblockOrder(nOps << PROG_OP_SHIFT);
  const base = nOps != 0 ? kblockAlloc(order) : 0;
  if (base == 0 && nOps != 0) return -ENOMEM;
  if (vcpu.progBase != 0) kblockFree(vcpu.progBase, vcpu.progOrder);
  asyncPfClear(vcpu);
  vcpu.progIsDeferred = 0;
  roleSet(vcpu, 0, 0);
  vcpu.progBase = <u32>base;
  vcpu.progOrder = order;
  vcpu.progCount = nOps;
  vcpu.progPc = 0;
  vcpu.progIter = 0;
  vcpu.progEmulate = 0;
  vcpu.mmioPending = 0;
  vcpu.emuOffset = 0;
  return <u32>base;
}
