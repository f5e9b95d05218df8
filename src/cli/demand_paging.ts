/**
 * The demand-paging run: a VM whose vCPUs, each on a thread of its own, write one word into every page of their share
 * of a memory that nothing has touched. Each first touch is one walk, one fault, one zeroed frame, one entry.
 */
import { availableParallelism } from "node:os";
import {
  AccessProgram,
  type FaultLatency,
  mergeFaultLatencies,
  System,
  type Vcpu,
  type VcpuStats,
  type Vm,
} from "../kvm/index.js";

const PAGE = 4096;
const PAGE_2M = 2 ** 21;
const GIB = 2 ** 30;

/** Tables, metadata and worker areas beside the guest's pages: 2 % and a fixed part, ample. */
const HOST_SHARE = 0.02;
const HOST_FIXED = 48 * 2 ** 20;

export interface DemandPagingOptions {
  /** Guest memory, bytes; rounded down so that every vCPU's share is a multiple of 2 MiB. */
  memory: number;
  /** Default: as many as the machine runs threads at once. */
  vcpus: number;
  /** 2m: the host backs the memory with 2 MiB frames where it has them. */
  pageSize: "4k" | "2m";
  tdp: "ept" | "npt";
}

/** What one vCPU, or all of them, did. */
export interface FaultReport {
  faults: number;
  faultsPerSecond: number;
  retries: number;
  /** ns; quantiles are upper bounds, at most 6.25 % too high. */
  latency: { p50: number; p99: number; max: number };
}

export interface DemandPagingReport extends DemandPagingOptions {
  node: string;
  seconds: number;
  perVcpu: FaultReport[];
  overall: FaultReport;
  pages: { "4k": number; "2m": number; "1g": number };
  /** Share of the vCPUs' time, 0 to 1, spent waiting for mmu_lock. */
  lockWaitShare: number;
  /** Page tables of the VM, their number and bytes. */
  tables: { count: number; bytes: number };
}

/** Called about ten times a second with the 4 KiB pages mapped so far, and how many a second since the last call. */
export type OnProgress = (mapped: number, perSecond: number) => void;

export const DEFAULT_VCPUS = availableParallelism();

/** The options with the memory rounded; throws a RangeError with a sentence for what cannot be run. */
export function checkOptions(options: DemandPagingOptions): DemandPagingOptions {
  const { vcpus } = options;
  if (!Number.isInteger(vcpus) || vcpus < 1 || vcpus > 256)
    throw new RangeError(`--vcpus ${vcpus}: 1 to 256 vCPUs can be run.`);
  const share = Math.floor(options.memory / vcpus / PAGE_2M) * PAGE_2M;
  if (share === 0) throw new RangeError(`--memory is too small: each of ${vcpus} vCPUs needs 2 MiB.`);
  if (hostMemory(share * vcpus) > 4 * GIB) {
    throw new RangeError("Guest memory that is resident is under 4 GiB, tables included; this workload does not swap.");
  }
  return { ...options, memory: share * vcpus };
}

/** Host memory that a guest of `guest` bytes needs, a multiple of 2 MiB. */
function hostMemory(guest: number): number {
  return Math.ceil((guest * (1 + HOST_SHARE) + HOST_FIXED) / PAGE_2M) * PAGE_2M;
}

/** Pages that a run touches. */
export function pagesToTouch({ memory }: DemandPagingOptions): number {
  return memory / PAGE;
}

/** Runs it; `options` are checkOptions'. Rejects if a vCPU ends otherwise than by halting. */
export async function runDemandPaging(
  options: DemandPagingOptions,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<DemandPagingReport> {
  const { memory, vcpus: nVcpus, tdp } = options;
  await using system = await System.open({ memory: hostMemory(memory), cpus: nVcpus, tdp });
  await using vm = await system.createVm();
  await mapGuest(vm, options);
  const vcpus = await Promise.all(Array.from({ length: nVcpus }, (_, i) => prepareVcpu(vm, i, memory / nVcpus)));
  const started = performance.now();
  const watch = watchProgress(vm, onProgress);
  let seconds: number[];
  try {
    seconds = await Promise.all(vcpus.map((vcpu) => runToHalt(vcpu, started, signal)));
  } finally {
    clearInterval(watch);
  }
  return report(options, vm, vcpus, seconds);
}

async function mapGuest(vm: Vm, { memory, pageSize }: DemandPagingOptions): Promise<void> {
  const backing = pageSize === "2m" ? ({ type: "anonymous", huge: "thp" } as const) : ({ type: "anonymous" } as const);
  const userspaceAddr = await vm.addressSpace.mmap({ length: memory, backing });
  await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: memory, userspaceAddr });
}

async function prepareVcpu(vm: Vm, id: number, share: number): Promise<Vcpu> {
  const vcpu = await vm.createVcpu(id, { timing: true });
  const program = new AccessProgram()
    .write({ gpa: id * share, count: share / PAGE, stride: PAGE, plusGpa: true })
    .halt();
  await vcpu.loadProgram(program);
  return vcpu;
}

/** Seconds until the vCPU halted. */
async function runToHalt(vcpu: Vcpu, started: number, signal: AbortSignal | undefined): Promise<number> {
  const exit = await vcpu.run(signal === undefined ? {} : { signal });
  if (exit.reason === "interrupted") throw new Error("interrupted");
  if (exit.reason === "memoryFault")
    throw new Error(`vCPU ${vcpu.id} found no memory at 0x${exit.gpa.toString(16)} (${exit.code}).`);
  if (exit.reason !== "hlt") throw new Error(`vCPU ${vcpu.id} ended with ${exit.reason}.`);
  return (performance.now() - started) / 1000;
}

/** Watches the mapped pages: the vCPUs' own counts of accesses come only when an operation of their program is done. */
function watchProgress(vm: Vm, onProgress: OnProgress): NodeJS.Timeout {
  let last = { time: performance.now(), mapped: 0 };
  const look = async (): Promise<void> => {
    const { pages_4k, pages_2m, pages_1g } = await vm.stats();
    const now = { time: performance.now(), mapped: pages_4k + 512 * (pages_2m + 512 * pages_1g) };
    onProgress(now.mapped, ((now.mapped - last.mapped) / (now.time - last.time)) * 1000);
    last = now;
  };
  return setInterval(() => look().catch(() => {}), 100); // a VM that is lost ends the run itself, with the reason
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

async function report(
  options: DemandPagingOptions,
  vm: Vm,
  vcpus: readonly Vcpu[],
  seconds: readonly number[],
): Promise<DemandPagingReport> {
  const [vmStats, ...stats] = await Promise.all([vm.stats(), ...vcpus.map((vcpu) => vcpu.stats())]);
  const longest = Math.max(...seconds);
  const tables = vmStats.tdp_mmu_pages + 1; // the root is not counted in it
  return {
    ...options,
    node: process.version,
    seconds: longest,
    perVcpu: stats.map((vcpu, i) => faultReport([vcpu], seconds[i] ?? longest)),
    overall: faultReport(stats, longest),
    pages: { "4k": vmStats.pages_4k, "2m": vmStats.pages_2m, "1g": vmStats.pages_1g },
    lockWaitShare: vmStats.lock_wait_ns / 1e9 / sum(seconds, (time) => time),
    tables: { count: tables, bytes: tables * PAGE },
  };
}

function faultReport(stats: readonly VcpuStats[], seconds: number): FaultReport {
  const faults = sum(stats, ({ pf_taken }) => pf_taken);
  const { p50, p99, max }: FaultLatency = mergeFaultLatencies(stats.map(({ fault_latency }) => fault_latency));
  return {
    faults,
    faultsPerSecond: faults / seconds,
    retries: sum(stats, ({ pf_retry }) => pf_retry),
    latency: { p50, p99, max },
  };
}
