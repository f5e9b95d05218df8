/**
 * All operations against each other, in real threads: two vCPUs write a stamp to each of their pages and read it back,
 * pass after pass, while a third runs wild over a slot that comes and goes and the main thread moves, merges, forks,
 * zaps, protects, logs, collects, ages, tracks, splits and recovers the same memory. A write through a translation that
 * outlived its flush lands in a frame that is gone, and the check of the next pass sees it. Afterwards the tables are
 * whole and all memory is back.
 */
import { describe, expect, it } from "vitest";
import {
  KVM_EXIT_HLT,
  KVM_MEM_LOG_DIRTY_PAGES,
  MM_MAP_HUGE,
  NX_HUGE_PAGES_FORCE,
  NX_HUGE_PAGES_OFF,
  PARAM_AD,
  PARAM_EAGER_PAGE_SPLIT,
  PARAM_PML,
  PROG_CHECK,
  PROG_FETCH,
  PROG_LOOP,
  PROG_ORDER_RANDOM,
  PROG_READ,
  PROG_STAMP,
  PROG_VALUE_GPA,
  PROG_VALUE_STAMP,
  PROG_WRITE,
  TDP_EPT,
  TDP_NPT,
  Vcpu,
} from "../../../src/abi/index.js";
import { BUILDS, type CoreThread, expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { randomOf } from "./random.js";
import { DEFAULT_PARAMS, type MmuExports, type Op, RW, VmRig } from "./vm_rig.js";

const PAGES = 1024;
const BYTES = PAGES * 4096;
const GPA = 0x4000_0000n;
const WILD_GPA = 0x8000_0000n;
const WILD_PAGES = 256;
/** Of the vCPUs' programs; stress.full.ts takes more. */
const PASSES = Number(process.env["TADPOLE_PASSES"] ?? 3000);
const TIMEOUT_MS = 120_000 + PASSES * 20;

/** Stamps pages [first, first + count) and checks them, PASSES times. */
function stamper(first: number, count: number): Op[] {
  const pages = { gpa: GPA + BigInt(first) * 4096n, count, flags: PROG_VALUE_GPA | PROG_VALUE_STAMP };
  return [
    { op: PROG_WRITE, ...pages },
    { op: PROG_READ, ...pages, flags: pages.flags | PROG_CHECK },
    { op: PROG_READ, ...pages, flags: pages.flags | PROG_CHECK | PROG_ORDER_RANDOM, span: count },
    { op: PROG_FETCH, ...pages, count: 16, flags: PROG_ORDER_RANDOM, span: count, value: 0n },
    { op: PROG_STAMP, value: 1n },
    { op: PROG_LOOP, count: PASSES, stride: 0 },
  ];
}

/** Writes and reads all over a slot that may be missing; MMIO exits are taken and left. */
function wildOnes(): Op[] {
  return [
    { op: PROG_WRITE, gpa: WILD_GPA, count: 512, span: WILD_PAGES, flags: PROG_ORDER_RANDOM, value: 1n },
    { op: PROG_READ, gpa: WILD_GPA, count: 512, span: WILD_PAGES, flags: PROG_ORDER_RANDOM },
    { op: PROG_LOOP, count: PASSES, stride: 0 },
  ];
}

/** Runs a vCPU in its thread until its program has ended. */
async function runToHalt(rig: VmRig, thread: CoreThread, vcpu: number, ended: { count: number }): Promise<void> {
  do {
    const r = await thread.call("vcpuRun", vcpu);
    expect(r).toBe(0);
  } while (rig.memory.get(vcpu, Vcpu.exitReason) !== KVM_EXIT_HLT);
  ended.count++;
}

const CASES = [
  { name: "EPT", tdp: TDP_EPT, params: DEFAULT_PARAMS | PARAM_EAGER_PAGE_SPLIT },
  { name: "EPT with PML", tdp: TDP_EPT, params: DEFAULT_PARAMS | PARAM_PML | PARAM_EAGER_PAGE_SPLIT },
  { name: "EPT without A/D", tdp: TDP_EPT, params: DEFAULT_PARAMS & ~PARAM_AD },
  { name: "NPT", tdp: TDP_NPT, params: DEFAULT_PARAMS },
];

describe.each(BUILDS)("all operations against each other (%s)", (build) => {
  it.each(CASES)("$name", { timeout: TIMEOUT_MS }, async ({ tdp, params }) => {
    const seed = Number(process.env["TADPOLE_SEED"] ?? Date.now() & 0xffff);
    console.info(`stress seed ${seed}`);
    const random = randomOf(seed);
    const core = await openCore<MmuExports>({ build, memMiB: 64, nCpus: 5 });
    const before = snapshotBalance(core);
    const r = VmRig.in(core, { tdp, params });
    const { x } = r;

    const hva = r.map(BYTES, MM_MAP_HUGE);
    const wildHva = r.map(WILD_PAGES * 4096);
    r.slot(0, GPA, BYTES, hva);
    r.slot(1, WILD_GPA, WILD_PAGES * 4096, wildHva);
    const half = PAGES / 2;
    const vcpus = [r.vcpu(0), r.vcpu(1), r.vcpu(2)];
    [stamper(0, half), stamper(half, half), wildOnes()].forEach((ops, i) => r.program(vcpus[i] as number, ops));

    const threads = await Promise.all([core.thread(1), core.thread(2), core.thread(3)]);
    const ended = { count: 0 };
    const runs = threads.map((thread, i) => runToHalt(r, thread, vcpus[i] as number, ended));
    const counts = await disturb(r, hva, wildHva, random, () => ended.count === 3);
    await Promise.all(runs);
    await Promise.all(threads.map((thread) => thread.terminate()));

    x.nxHugePagesSet(NX_HUGE_PAGES_OFF);
    for (const vcpu of vcpus.slice(0, 2)) expect(r.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
    expect(r.memory.get(vcpus[0] as number, Vcpu.progStamp)).toBe(BigInt(PASSES));
    expect(x.mmuInvariants(r.vm)).toBe(0);
    for (const name of ["migrate", "zapAll", "fork", "collect", "nxRecover", "track"])
      expect(counts.get(name) ?? 0, name).toBeGreaterThan(0);
    r.close();
    for (const id of [1, 2, 3]) (x as unknown as { cpuFramesReclaim(id: number): void }).cpuFramesReclaim(id);
    expectBalanced(core, before);
  });
});

/** The main thread's part: one random operation after the other until the vCPUs have halted. Returns how often each was done. */
async function disturb(
  rig: VmRig,
  hva: bigint,
  wildHva: bigint,
  random: (below: number) => number,
  isOver: () => boolean,
): Promise<Map<string, number>> {
  const { x, mm, vm } = rig;
  const counts = new Map<string, number>();
  let wildIsThere = true;
  const page = () => hva + BigInt(random(PAGES)) * 4096n;
  const wildPage = () => wildHva + BigInt(random(WILD_PAGES)) * 4096n;
  const log = x.karrayAlloc(BigInt(PAGES / 8)) >>> 0;
  const collect = (): void => {
    if (x.dirtyLogGet(vm, 0, log) === 0) x.dirtyLogClear(vm, 0, 0n, BigInt(PAGES), log);
  };
  const trackAndCollect = (): number => {
    const gfn = (GPA >> 12n) + BigInt(random(PAGES));
    if (x.writeTrackAdd(vm, 0, gfn) !== 0) return -1;
    collect();
    return x.writeTrackRemove(vm, 0, gfn);
  };
  const operations: [string, () => number][] = [
    ["migrate", () => x.mmMigrate(mm, page())],
    ["merge", () => x.mmMerge(mm, wildPage(), wildPage())],
    ["zapRange", () => zapRange(rig, random)],
    ["zapAll", () => (x.vmZapAll(vm), 0)],
    ["fork", () => forkAndDrop(rig)],
    ["protect", () => x.mmProtect(mm, wildHva, BigInt(WILD_PAGES * 4096), random(2) === 0 ? RW : 1)],
    ["dontNeed", () => x.mmDontNeed(mm, wildPage(), 4096n)],
    ["logging", () => x.memslotSet(vm, 0, random(2) * KVM_MEM_LOG_DIRTY_PAGES, GPA, BigInt(BYTES), hva)],
    ["collect", () => (collect(), 0)],
    ["collect", () => (collect(), 0)],
    ["manual", () => x.vmSetManualProtect(vm, [0, 1, 3][random(3)] as number)],
    ["age", () => (x.mmAge(mm, hva, BigInt(BYTES)) >= 0n ? 0 : -1)],
    ["young", () => (x.mmTestYoung(mm, page(), 4096n) >= 0 ? 0 : -1)],
    ["nxRecover", () => (x.nxRecoverySet(random(3), 0), x.nxRecover(vm) >= 0 ? 0 : -1)],
    ["track", () => trackAndCollect()],
    ["nx", () => (x.nxHugePagesSet(random(2) === 0 ? NX_HUGE_PAGES_FORCE : NX_HUGE_PAGES_OFF), 0)],
    [
      "slot",
      () => {
        wildIsThere = !wildIsThere;
        return x.memslotSet(vm, 1, 0, WILD_GPA, wildIsThere ? BigInt(WILD_PAGES * 4096) : 0n, wildHva);
      },
    ],
  ];
  while (!isOver()) {
    for (let i = 0; i < 20; i++) {
      const [name, operate] = operations[random(operations.length)] as [string, () => number];
      if (operate() === 0) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    // The threads' answers arrive through the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  x.karrayFree(log);
  x.mmProtect(mm, wildHva, BigInt(WILD_PAGES * 4096), RW);
  return counts;
}

function zapRange(rig: VmRig, random: (below: number) => number): number {
  const start = (GPA >> 12n) + BigInt(random(PAGES));
  rig.x.vmZapGfnRange(rig.vm, start, start + BigInt(random(64) + 1));
  return 0;
}

/** A clone that shares everything, and goes again: each side's next write copies. */
function forkAndDrop(rig: VmRig): number {
  const child = rig.x.mmFork(rig.mm) >>> 0;
  return child === 0 ? -12 : rig.x.mmDestroy(child);
}
