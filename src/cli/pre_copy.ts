/**
 * The second part of `tadpole start`: the memory of a guest that runs on is copied, as a live migration copies it. First
 * all of it; then, round by round, what the dirty log says was written meanwhile; at last, with the guest paused, the rest.
 */
import { AccessProgram, KVM_MEM_LOG_DIRTY_PAGES, System, type Vcpu, type Vm } from "../kvm/index.js";

const MIB = 2 ** 20;
const PAGE = 4096;
const MEMORY = 64 * MIB;
/** What the guest writes over and over, of all its pages. */
const HOT_PAGES = 512;
/** Rounds with the guest running, at most. */
const MAX_ROUNDS = 5;

/** One round: what it copied, and how long it took, with the reading of the log. */
export interface PreCopyRound {
  pages: number;
  bytes: number;
  seconds: number;
}

export interface PreCopyReport {
  /** Bytes. */
  memory: number;
  /** Rounds beside the running guest; the first copies everything. */
  rounds: PreCopyRound[];
  /** The last one: the guest stood still for so long. */
  paused: PreCopyRound;
  /** Whether the copy is the guest's memory. */
  equal: boolean;
}

/** Runs it. Rejects with "interrupted" when `signal` is aborted. */
export async function runPreCopy({ tdp }: { tdp: "ept" | "npt" }, signal?: AbortSignal): Promise<PreCopyReport> {
  await using system = await System.open({ memory: MEMORY + 16 * MIB, cpus: 1, tdp });
  await using vm = await system.createVm();
  const vcpu = await prepareGuest(vm);
  const copy = new Uint8Array(MEMORY);
  const running = vcpu.run(signal === undefined ? {} : { signal });
  const rounds: PreCopyRound[] = [];
  do {
    rounds.push(await copyChanges(vm, copy));
  } while (rounds.length < MAX_ROUNDS && (rounds.at(-1)?.pages ?? 0) > HOT_PAGES);
  vcpu.kick();
  await running;
  if (signal?.aborted) throw new Error("interrupted");
  const paused = await copyChanges(vm, copy);
  const equal = Buffer.compare(await vm.memory.read(0, MEMORY), copy) === 0;
  return { memory: MEMORY, rounds, paused, equal };
}

/** A vCPU that has written all of its memory, and will go on with a small part of it for ever. */
async function prepareGuest(vm: Vm): Promise<Vcpu> {
  const userspaceAddr = await vm.addressSpace.mmap({ length: MEMORY, backing: { type: "anonymous" } });
  const flags = KVM_MEM_LOG_DIRTY_PAGES;
  await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: MEMORY, userspaceAddr, flags });
  const vcpu = await vm.createVcpu(0);
  const program = new AccessProgram()
    .write({ gpa: 0, count: MEMORY / PAGE, stride: PAGE, plusGpa: true })
    .halt()
    .loop(2 ** 32 - 1, (hot) =>
      hot.write({ gpa: MEMORY / 4, count: HOT_PAGES, stride: PAGE, plusGpa: true, plusStamp: true }).stamp(),
    );
  await vcpu.loadProgram(program);
  const exit = await vcpu.run();
  if (exit.reason !== "hlt") throw new Error(`The guest ended with ${exit.reason}.`);
  return vcpu;
}

/** Brings the pages up to date that were written since the last time. */
async function copyChanges(vm: Vm, copy: Uint8Array): Promise<PreCopyRound> {
  const started = performance.now();
  const log = await vm.getDirtyLog(0);
  for (const { gpa, length } of log.ranges()) copy.set(await vm.memory.read(gpa, length), Number(gpa));
  const pages = log.count();
  return { pages, bytes: pages * PAGE, seconds: (performance.now() - started) / 1000 };
}
