/**
 * Memory paged out to the swap file and brought back when the guest touches it, through the API: files, messages and
 * threads included, which is what a guest waits for.
 */

import { AccessProgram, System } from "../../kvm/index.js";
import type { Stage } from "./mmu_stages.js";

const MIB = 1024 * 1024;
const GUEST_BYTES = 32 * MIB;
const PAGE_BYTES = 4096;
const PAGES = GUEST_BYTES / PAGE_BYTES;
/** Rounds of reclaim that a page may outlive by its second chance and by writes under way. */
const ROUNDS = 1000;

/** ns per page: mmu.pageout to the file (a few writes may still be under way), mmu.pagein back into the guest. */
export function pageoutStage(): Stage {
  const pass = async (): Promise<Record<string, number>> => {
    await using system = await System.open({ memory: 3 * GUEST_BYTES });
    const vm = await system.createVm();
    const space = vm.addressSpace;
    await space.useSwap({ length: 2 * GUEST_BYTES });
    const hva = await space.mmap({ length: GUEST_BYTES, backing: { type: "anonymous" } });
    await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0n, memorySize: GUEST_BYTES, userspaceAddr: hva });
    const vcpu = await vm.createVcpu(0);
    const touch = { gpa: 0, count: PAGES, stride: PAGE_BYTES, value: 1n };
    await vcpu.loadProgram(new AccessProgram().write(touch));
    await vcpu.run();
    await vcpu.loadProgram(new AccessProgram().read({ ...touch, check: true }));
    const startNs = process.hrtime.bigint();
    let evicted = 0;
    for (let i = 0; i < ROUNDS && evicted < GUEST_BYTES; i++) evicted += await space.reclaim(GUEST_BYTES - evicted);
    const outNs = process.hrtime.bigint();
    await vcpu.run();
    const inNs = process.hrtime.bigint();
    if (evicted < GUEST_BYTES) throw new Error(`${evicted} bytes were evicted where ${GUEST_BYTES} were meant`);
    if ((await vcpu.stats()).mismatches !== 0) throw new Error("a page came back with other contents");
    return { "mmu.pageout": Number(outNs - startNs) / PAGES, "mmu.pagein": Number(inNs - outNs) / PAGES };
  };
  return { ids: ["mmu.pageout", "mmu.pagein"], pass, maxRuns: 3 };
}
