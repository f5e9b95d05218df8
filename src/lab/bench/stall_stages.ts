/**
 * How long a vCPU is kept from its next access while the log of a large slot (2 GiB by default) is switched on, collected, and switched
 * off: the latencies of the faults it takes meanwhile, of which every wait for mmu_lock or for a flush is a part. The
 * host backs the slot with 2 MiB pages, so that switching on splits and switching off puts together again.
 */

import {
  HISTOGRAM_BUCKETS,
  KVM_MEM_LOG_DIRTY_PAGES,
  MM_MAP_HUGETLB,
  PROG_LOOP,
  PROG_ORDER_SHUFFLED,
  PROG_WRITE,
  Vcpu,
} from "../../abi/index.js";
import { quantile, readHistogram } from "../../kvm/histogram.js";
import { MmuRig, PAGE_BYTES, type RigVm } from "./mmu_rig.js";
import type { Stage } from "./mmu_stages.js";

const PAGES_PER_MIB = (1024 * 1024) / PAGE_BYTES;
const COLLECTIONS = 10;
/** Between two collections, ms: the vCPU dirties some ten thousand pages. */
const INTERVAL_MS = 10;
/** p50, p99 and maximum of each phase. */
const IDS = {
  enable: ["mmu.stall.enable.p50", "mmu.stall.enable.p99", "mmu.stall.enable.max"],
  collect: ["mmu.stall.collect.p50", "mmu.stall.collect.p99", "mmu.stall.collect.max"],
  disable: ["mmu.stall.disable.p50", "mmu.stall.disable.p99", "mmu.stall.disable.max"],
} as const;
type Phase = keyof typeof IDS;

/** A new host for each pass, with a slot of `slotMiB`. */
export function stallStage(slotMiB: number): Stage {
  const pages = slotMiB * PAGES_PER_MIB;
  const ids = Object.values(IDS).flat();
  const pass = async (): Promise<Record<string, number>> => {
    await using rig = await MmuRig.open({
      guestMiB: 64,
      spareMiB: slotMiB,
      cpuIds: [0, 1],
      resident: true,
      full: false,
    });
    const vm = await rig.slottedVm(slotMiB, await rig.map(slotMiB, MM_MAP_HUGETLB), slotMiB);
    const write = { op: PROG_WRITE, count: pages, span: pages, stride: PAGE_BYTES, flags: PROG_ORDER_SHUFFLED };
    const vcpu = await rig.vcpu(vm, 0, [write, { op: PROG_LOOP, count: 0xffffffff, stride: 0 }]);
    rig.memory.set(vcpu, Vcpu.timing, 1);
    return await rig.beside(vcpu, () => measurePhases(rig, vm, vcpu));
  };
  return { ids, pass, maxRuns: 3 };
}

async function measurePhases(rig: MmuRig, vm: RigVm, vcpu: number): Promise<Record<string, number>> {
  const bitmap = await rig.kernelArray(Number(vm.bytes) / PAGE_BYTES / 8);
  const collect = async (): Promise<void> => {
    for (let i = 0; i < COLLECTIONS; i++) {
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
      await rig.demand("dirtyLogGet", vm.address, 0, bitmap.handle);
    }
  };
  return {
    ...(await latencies(rig, vcpu, "enable", () => rig.setFlags(vm, KVM_MEM_LOG_DIRTY_PAGES))),
    ...(await latencies(rig, vcpu, "collect", collect)),
    ...(await latencies(rig, vcpu, "disable", () => rig.setFlags(vm, 0))),
  };
}

/** Latencies of the faults that the running vCPU ends during `work`, ns; nothing if it took none. */
async function latencies(
  rig: MmuRig,
  vcpu: number,
  phase: Phase,
  work: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const { memory } = rig;
  const histogram = memory.get(vcpu, Vcpu.histogram);
  memory.set(vcpu, Vcpu.faultMaxNs, 0n);
  const before = readHistogram(memory, histogram);
  await work();
  const after = readHistogram(memory, histogram);
  const counts = Array.from({ length: HISTOGRAM_BUCKETS }, (_, i) => (after[i] as number) - (before[i] as number));
  if (counts.every((count) => count === 0)) return {};
  const max = Number(memory.get(vcpu, Vcpu.faultMaxNs));
  const [p50, p99, most] = IDS[phase];
  return { [p50]: quantile(counts, 0.5), [p99]: quantile(counts, 0.99), [most]: max };
}
