/** Reading statistics from core's memory: counters have one writer each, so sums of atomic loads are good. */
import { type CoreMemory, type Field, Vcpu, VMCPU_STRIDE, Vm, VmCpu, type Wide } from "../abi/index.js";
import { type FaultLatency, faultLatency, readHistogram } from "./histogram.js";

/**
 * A VM's counters; names that KVM's binary statistics have, too, mean the same there. Those of its shadow MMU (mmu_*,
 * max_mmu_*) are missing: there is none.
 */
export interface VmStats {
  /** Leaf SPTEs there are now, by page size, in all roots: a page that SMM maps too counts twice. */
  pages_4k: number;
  pages_2m: number;
  pages_1g: number;
  /** Page tables of the TDP MMU there are now, without roots. */
  tdp_mmu_pages: number;
  /** Of them, those that stand where a huge page could be, but for the NX-huge-pages mitigation. */
  nx_lpage_splits: number;
  /** TLB flushes of all vCPUs since the VM's creation: asked for, and those that found a vCPU in the guest. */
  remote_tlb_flush_requests: number;
  remote_tlb_flush: number;
  /** Page faults that had to wait for mmu_lock, and for how long altogether, ns. Not KVM's. */
  lock_waits: number;
  lock_wait_ns: number;
}

/** A vCPU's counters since its creation; names that KVM's binary statistics have, too, mean the same there. */
export interface VcpuStats {
  /** Page faults on memory; an access that an MMIO SPTE answers is none, nor is preFault(). */
  pf_taken: number;
  /** What came of faults, of those on MMIO too: a SPTE was changed, an instruction emulated, or there was nothing to do. */
  pf_fixed: number;
  pf_emulate: number;
  pf_spurious: number;
  /** Faults to be taken again, because something changed meanwhile. Not KVM's. */
  pf_retry: number;
  /** Of those fixed or spurious: without mmu_lock. */
  pf_fast: number;
  pf_mmio_spte_created: number;
  /** TLB flushes that it has done. */
  tlb_flush: number;
  /** Exits of the hardware, and those of run(): for MMIO and ports, and because the dirty ring was full. */
  exits: number;
  mmio_exits: number;
  dirty_ring_exits: number;
  /** Exits of the hardware because its page-modification log was full. */
  pml_full_exits: number;
  /** Waits for a pager: the vCPU did nothing else meanwhile. */
  pager_waits: number;
  /**
   * With asynchronous page faults: pages that it went on without, those of them that came since (or were refused), and
   * faults on a page it had gone on without already, which wait. Not KVM's.
   */
  async_pf_not_present: number;
  async_pf_ready: number;
  async_pf_repeated: number;
  /** Accesses the program has completed. */
  accesses: number;
  /** What the last read, input or add read. */
  last_value: bigint;
  /** Differences that `check` found, and the first of them. */
  mismatches: number;
  first_mismatch: { gpa: bigint; value: bigint; expected: bigint } | undefined;
  /** With createVcpu's `timing`. */
  fault_latency: FaultLatency;
}

const VM_FIELDS = {
  pages_4k: VmCpu.pages4k,
  pages_2m: VmCpu.pages2m,
  pages_1g: VmCpu.pages1g,
  tdp_mmu_pages: VmCpu.tdpMmuPages,
  nx_lpage_splits: VmCpu.nxLpageSplits,
  remote_tlb_flush: VmCpu.remoteTlbFlush,
  remote_tlb_flush_requests: VmCpu.remoteTlbFlushRequests,
  lock_waits: VmCpu.lockWaits,
  lock_wait_ns: VmCpu.lockWaitNs,
} as const satisfies Record<keyof VmStats, Wide>;

export function readVmStats(memory: CoreMemory, vm: number, nCpus: number): VmStats {
  const perCpu = memory.get(vm, Vm.perCpu);
  const sum = (field: Wide): number => {
    let total = 0n;
    for (let cpu = 0; cpu < nCpus; cpu++) total += memory.load64(perCpu + cpu * VMCPU_STRIDE, field);
    // A page mapped on one CPU and zapped on another leaves a negative part: sums are modulo 2^64.
    return Number(BigInt.asIntN(64, total));
  };
  const entries = Object.entries(VM_FIELDS).map(([name, field]) => [name, sum(field)]);
  return Object.fromEntries(entries) as VmStats;
}

const VCPU_FIELDS = {
  pf_taken: Vcpu.pfTaken,
  pf_fixed: Vcpu.pfFixed,
  pf_emulate: Vcpu.pfEmulate,
  pf_spurious: Vcpu.pfSpurious,
  pf_fast: Vcpu.pfFast,
  pf_mmio_spte_created: Vcpu.pfMmioSpteCreated,
  pf_retry: Vcpu.pfRetry,
  tlb_flush: Vcpu.tlbFlush,
  exits: Vcpu.exits,
  mmio_exits: Vcpu.mmioExits,
  dirty_ring_exits: Vcpu.dirtyRingExits,
  pml_full_exits: Vcpu.pmlFullExits,
  pager_waits: Vcpu.pagerWaits,
  async_pf_not_present: Vcpu.asyncPfNotPresent,
  async_pf_ready: Vcpu.asyncPfReady,
  async_pf_repeated: Vcpu.asyncPfRepeated,
  accesses: Vcpu.progAccesses,
  mismatches: Vcpu.progMismatches,
} as const satisfies Partial<Record<keyof VcpuStats, Wide & Field>>;

export function readVcpuStats(memory: CoreMemory, vcpu: number): VcpuStats {
  const read = (field: Wide): number => Number(memory.load64(vcpu, field));
  const counters = Object.fromEntries(Object.entries(VCPU_FIELDS).map(([name, field]) => [name, read(field)]));
  return {
    ...(counters as Record<keyof typeof VCPU_FIELDS, number>),
    last_value: memory.load64(vcpu, Vcpu.progLastValue),
    first_mismatch: counters["mismatches"] === 0 ? undefined : readMismatch(memory, vcpu),
    fault_latency: readLatency(memory, vcpu),
  };
}

function readMismatch(memory: CoreMemory, vcpu: number): { gpa: bigint; value: bigint; expected: bigint } {
  return {
    gpa: memory.load64(vcpu, Vcpu.progBadGpa),
    value: memory.load64(vcpu, Vcpu.progBadValue),
    expected: memory.load64(vcpu, Vcpu.progBadExpected),
  };
}

function readLatency(memory: CoreMemory, vcpu: number): FaultLatency {
  const counts = readHistogram(memory, memory.get(vcpu, Vcpu.histogram));
  return faultLatency(
    counts,
    Number(memory.load64(vcpu, Vcpu.faultMaxNs)),
    Number(memory.load64(vcpu, Vcpu.faultTotalNs)),
  );
}
