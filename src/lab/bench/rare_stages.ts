/**
 * The figures of what is done rarely, or by few guests: mapping ahead, tracking writes, merging, MMIO, recovery from the
 * NX mitigation. Each pass checks that what it times has happened.
 */

import {
  MM_MAP_HUGETLB,
  NX_HUGE_PAGES_FORCE,
  NX_HUGE_PAGES_OFF,
  PROG_FETCH,
  PROG_LOOP,
  PROG_WRITE,
  VmCpu,
} from "../../abi/index.js";
import { type MmuRig, PAGE_BYTES } from "./mmu_rig.js";
import type { Stage } from "./mmu_stages.js";
import type { MmuCall } from "./mmu_worker.js";

const HUGE_BYTES = 2 * 1024 * 1024;
const TRACKED = 1024;
const MERGED_MIB = 4;
const MMIO_EXITS = 10_000;

/** The stages over an open rig whose host pages are all resident. */
export async function makeRareStages(rig: MmuRig): Promise<Stage[]> {
  return [await prefaultStage(rig), trackStage(rig), await mergeStage(rig), await mmioStage(rig), await nxStage(rig)];
}

/** KVM_PRE_FAULT_MEMORY over the plain guest, ns per page. */
async function prefaultStage(rig: MmuRig): Promise<Stage> {
  const { plain } = rig;
  const n = Number(plain.bytes / BigInt(PAGE_BYTES));
  const vcpu = await rig.vcpu(plain, 8, [{ op: PROG_WRITE, count: 1, stride: 8 }]);
  const pass = async (): Promise<Record<string, number>> => {
    await rig.demand("vmZapAll", plain.address);
    const { result, startNs, endNs } = await rig.call(0, "vcpuPrefault", vcpu, 0n, plain.bytes);
    if (result !== plain.bytes) throw new Error(`${result} bytes were mapped where ${plain.bytes} were meant`);
    await rig.expectPages(plain, n, 0);
    return { "mmu.prefault4k": (endNs - startNs) / n };
  };
  return { ids: ["mmu.prefault4k"], pass };
}

/** Writes to mapped pages begin to be tracked, one after the other: ns per page, its flush included. */
function trackStage(rig: MmuRig): Stage {
  const { plain } = rig;
  const calls = (fn: string): MmuCall[] =>
    Array.from({ length: TRACKED }, (_, gfn) => ({ fn, args: [plain.address, 0, BigInt(gfn)] }));
  const pass = async (): Promise<Record<string, number>> => {
    const ns = await rig.repeat(calls("writeTrackAdd"), 1);
    await rig.repeat(calls("writeTrackRemove"), 1);
    return { "mmu.track4k": ns / TRACKED };
  };
  return { ids: ["mmu.track4k"], pass };
}

/** Equal pages of the host made one, the guest's translation of each following: ns per page. */
async function mergeStage(rig: MmuRig): Promise<Stage> {
  const vm = await rig.slottedVm(MERGED_MIB, await rig.map(MERGED_MIB), MERGED_MIB);
  const n = Number(vm.bytes / BigInt(PAGE_BYTES));
  const writer = await rig.vcpu(vm, 0, [{ op: PROG_WRITE, count: n, stride: PAGE_BYTES, value: 1n }]);
  const calls: MmuCall[] = Array.from({ length: n - 1 }, (_, i) => ({
    fn: "mmMerge",
    args: [rig.mm, vm.hva, vm.hva + BigInt((i + 1) * PAGE_BYTES)],
  }));
  const pass = async (): Promise<Record<string, number>> => {
    await rig.run(writer);
    return { "mmu.merge4k": (await rig.repeat(calls, 1)) / calls.length };
  };
  return { ids: ["mmu.merge4k"], pass };
}

/** A write to an address without memory: exit to userspace and return, ns. */
async function mmioStage(rig: MmuRig): Promise<Stage> {
  const op = { op: PROG_WRITE, count: 1, stride: 8, gpa: rig.plain.bytes, value: 1n };
  const vcpu = await rig.vcpu(rig.plain, 9, [op, { op: PROG_LOOP, count: 0xffffffff, stride: 0 }]);
  const pass = async (): Promise<Record<string, number>> => {
    const before = rig.mmioExits(vcpu);
    const ns = await rig.repeat([{ fn: "vcpuRun", args: [vcpu] }], MMIO_EXITS);
    const exits = rig.mmioExits(vcpu) - before;
    if (exits !== MMIO_EXITS) throw new Error(`${exits} MMIO exits where ${MMIO_EXITS} were meant`);
    return { "mmu.mmio.exit": ns / MMIO_EXITS };
  };
  return { ids: ["mmu.mmio.exit"], pass };
}

/** Huge pages that execution made small given back, all in one period: ns per 2 MiB page. */
async function nxStage(rig: MmuRig): Promise<Stage> {
  const vm = await rig.slottedVm(rig.guestMiB, await rig.map(rig.guestMiB, MM_MAP_HUGETLB), rig.guestMiB);
  const nHuge = Number(vm.bytes / BigInt(HUGE_BYTES));
  const executor = await rig.vcpu(vm, 0, [{ op: PROG_FETCH, count: nHuge, stride: HUGE_BYTES }]);
  const pass = async (): Promise<Record<string, number>> => {
    await rig.demand("nxHugePagesSet", NX_HUGE_PAGES_FORCE);
    await rig.demand("nxRecoverySet", 1, 0);
    await rig.demand("vmZapAll", vm.address);
    await rig.run(executor);
    const splits = await rig.call(0, "vmCounter", vm.address, VmCpu.nxLpageSplits.offset);
    const { result, startNs, endNs } = await rig.call(0, "nxRecover", vm.address);
    await rig.demand("nxHugePagesSet", NX_HUGE_PAGES_OFF);
    await rig.demand("vmZapAll", vm.address);
    if (Number(splits.result) !== nHuge || result !== nHuge)
      throw new Error(`${splits.result} tables made, ${result} given back, where ${nHuge} were meant`);
    return { "mmu.nxrecover2m": (endNs - startNs) / nHuge };
  };
  return { ids: ["mmu.nxrecover2m"], pass };
}
