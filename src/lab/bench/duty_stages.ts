/**
 * The figures of what the MMU does besides mapping: collecting a dirty log, giving W back, aging, splitting huge pages
 * and putting them together again. As in mmu_stages, each pass prepares, times one thing, and checks by counters that
 * exactly that has happened.
 */

import { KVM_MEM_LOG_DIRTY_PAGES, MM_MAP_HUGETLB, PARAM_PML, PROG_WRITE } from "../../abi/index.js";
import { type MmuRig, PAGE_BYTES, type RigVm, VM_PARAMS } from "./mmu_rig.js";
import type { Stage } from "./mmu_stages.js";

/** One dirty page of a hundred: `.sparse`. */
const SPARSE = 100;
const HUGE_BYTES = 2 * 1024 * 1024;
const PAGES_PER_HUGE = HUGE_BYTES / PAGE_BYTES;

/** The stages over an open rig whose host pages are all resident. */
export async function makeDutyStages(rig: MmuRig): Promise<Stage[]> {
  return [...(await logStages(rig)), await agingStage(rig), await hugeStage(rig)];
}

/** A VM over the plain guest's memory that logs with PML, and the vCPUs that dirty all of it and every hundredth page. */
async function logStages(rig: MmuRig): Promise<Stage[]> {
  const vm = await rig.slottedVm(rig.guestMiB, rig.plain.hva, rig.guestMiB, VM_PARAMS | PARAM_PML);
  await rig.setFlags(vm, KVM_MEM_LOG_DIRTY_PAGES);
  const n = Number(vm.bytes / BigInt(PAGE_BYTES));
  return [
    await collectStage(rig, "mmu.dirtylog.getclear", vm, 1, n),
    await collectStage(rig, "mmu.dirtylog.getclear.sparse", vm, SPARSE, Math.ceil(n / SPARSE)),
  ];
}

/** KVM_GET_DIRTY_LOG with `dirty` pages written since the last, every `every`-th: ns per dirty page. */
async function collectStage(rig: MmuRig, id: string, vm: RigVm, every: number, dirty: number): Promise<Stage> {
  const op = { op: PROG_WRITE, count: dirty, stride: every * PAGE_BYTES, value: 1n };
  const writer = await rig.vcpu(vm, every === 1 ? 0 : 1, [op]);
  const bitmap = await rig.kernelArray(Number(vm.bytes) / PAGE_BYTES / 8);
  const collect = (): Promise<number> => rig.demand("dirtyLogGet", vm.address, 0, bitmap.handle);
  const pass = async (): Promise<Record<string, number>> => {
    await collect();
    await rig.run(writer);
    const ns = await collect();
    const found = bitmap.countBits();
    if (found !== dirty) throw new Error(`${found} dirty pages where ${dirty} were written`);
    return { [id]: ns / dirty };
  };
  return { ids: [id], pass };
}

/** Every page of the plain guest accessed, then aged: ns per page, the host's own entries included. */
async function agingStage(rig: MmuRig): Promise<Stage> {
  const { plain } = rig;
  const n = Number(plain.bytes / BigInt(PAGE_BYTES));
  const toucher = await rig.vcpu(plain, 6, [{ op: PROG_WRITE, count: n, stride: PAGE_BYTES, value: 1n }]);
  const age = (): ReturnType<MmuRig["call"]> => rig.call(0, "mmAge", rig.mm, plain.hva, plain.bytes);
  const pass = async (): Promise<Record<string, number>> => {
    await rig.demand("vmZapAll", plain.address);
    await rig.run(toucher);
    const { result, startNs, endNs } = await age();
    if (Number(result) !== n) throw new Error(`${result} young pages where ${n} were accessed`);
    return { "mmu.age4k": (endNs - startNs) / n };
  };
  return { ids: ["mmu.age4k"], pass };
}

/**
 * What beginning and ending to log costs where the host has huge pages, ns per 2 MiB page: beginning splits it, eagerly,
 * and write-protects the 512 small ones; ending puts it together again.
 */
async function hugeStage(rig: MmuRig): Promise<Stage> {
  const ids = ["mmu.split2m", "mmu.recover2m"] as const;
  const vm = await rig.slottedVm(rig.guestMiB, await rig.map(rig.guestMiB, MM_MAP_HUGETLB), rig.guestMiB);
  const nHuge = Number(vm.bytes / BigInt(HUGE_BYTES));
  const toucher = await rig.vcpu(vm, 0, [{ op: PROG_WRITE, count: nHuge, stride: HUGE_BYTES, value: 1n }]);
  const pass = async (): Promise<Record<string, number>> => {
    await rig.demand("vmZapAll", vm.address);
    await rig.run(toucher);
    await rig.expectPages(vm, 0, nHuge);
    const splitting = await rig.setFlags(vm, KVM_MEM_LOG_DIRTY_PAGES);
    await rig.expectPages(vm, nHuge * PAGES_PER_HUGE, 0);
    const recovering = await rig.setFlags(vm, 0);
    await rig.expectPages(vm, 0, nHuge);
    return { [ids[0]]: splitting / nHuge, [ids[1]]: recovering / nHuge };
  };
  return { ids, pass };
}
