/** Reading statistics from core's memory: counters have one writer each, so sums of atomic loads are good. */
import { type CoreMemory, type Field, Vcpu, VMCPU_STRIDE, Vm, VmCpu, type Wide } from "../abi/index.js";
import { type FaultLatency, faultLatency, readHistogram } from "./histogram.js";

/** A VM's counters since its creation; the first four are what is there now. Names are those of KVM's binary statistics. */
export interface VmStats {
  /** Leaf SPTEs, by page size. */
  pages_4k: number;
  pages_2m: number;
  pages_1g: number;
  /** Page tables of the TDP MMU, without roots. */
  tdp_mmu_pages: number;
  /** Tables that hold a huge page apart for the NX-huge-pages mitigation. */
  nx_lpage_splits: number;
  remote_tlb_flush: number;
  remote_tlb_flush_requests: number;
  /** Page faults that had to wait for mmu_lock, and for how long altogether, ns. */
  lock_waits: number;
  lock_wait_ns: number;
}

/** A vCPU's counters since its creation. Names are those of KVM's binary statistics. */
export interface VcpuStats {
  /** Faults handled: all, and by outcome. */
  pf_taken: number;
  pf_fixed: number;
  pf_emulate: number;
  pf_spurious: number;
  pf_fast: number;
  pf_mmio_spte_created: number;
  /** Faults to be taken again, because something changed meanwhile. */
  pf_retry: number;
  tlb_flush: number;
  /** Exits of the hardware. */
  exits: number;
  mmio_exits: number;
  /** Waits for a pager. */
  pager_waits: number;
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
  pager_waits: Vcpu.pagerWaits,
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
