/**
 * The third part of `tadpole start`: a guest has twice the memory of its host. When memory is short, pages that were not used
 * lately go to a temporary file; a touch brings them back.
 */
import { AccessProgram, System } from "../kvm/index.js";

const MIB = 2 ** 20;
const PAGE = 4096;
const HOST = 16 * MIB;
const GUEST = 2 * HOST;

export interface OvercommitReport {
  /** Bytes of the guest's memory, and of all the host's. */
  guest: number;
  host: number;
  /** Pages that went to the file, and came back. */
  pageOuts: number;
  pageIns: number;
  /** Pages that did not hold what the guest had written there. */
  mismatches: number;
  seconds: number;
}

/** Runs it. Rejects with "interrupted" when `signal` is aborted. */
export async function runOvercommit({ tdp }: { tdp: "ept" | "npt" }, signal?: AbortSignal): Promise<OvercommitReport> {
  await using system = await System.open({ memory: HOST, cpus: 1, tdp });
  await using vm = await system.createVm();
  await vm.addressSpace.useSwap({ length: GUEST });
  const userspaceAddr = await vm.addressSpace.mmap({ length: GUEST, backing: { type: "anonymous" } });
  await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: GUEST, userspaceAddr });
  const vcpu = await vm.createVcpu(0);
  const everyPage = { gpa: 0, count: GUEST / PAGE, stride: PAGE, plusGpa: true, value: 1 };
  await vcpu.loadProgram(new AccessProgram().write(everyPage).read({ ...everyPage, check: true }));
  const started = performance.now();
  const exit = await vcpu.run(signal === undefined ? {} : { signal });
  if (exit.reason === "interrupted") throw new Error("interrupted");
  if (exit.reason !== "hlt") throw new Error(`The guest ended with ${exit.reason}.`);
  const seconds = (performance.now() - started) / 1000;
  const [{ pageOuts, pageIns }, { mismatches }] = await Promise.all([vm.addressSpace.stats(), vcpu.stats()]);
  return { guest: GUEST, host: HOST, pageOuts, pageIns, mismatches, seconds };
}
