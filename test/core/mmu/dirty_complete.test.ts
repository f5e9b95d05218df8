/**
 * Dirty completeness, with real threads: a replica of guest memory that is updated only from the pages the log names
 * equals guest memory at the final pause. Two vCPUs write meanwhile, in every role, directly and through the emulation
 * port; the main thread collects the log, and between two collections moves, merges, shares and reclaims pages, zaps,
 * ages, tracks, splits and recovers, stops and restarts logging, and writes guest memory itself.
 *
 * TADPOLE_SECONDS: how long each case runs (dirty_complete.full.ts takes longer). TADPOLE_SEED repeats a disturber.
 */
import { describe, expect, it } from "vitest";
import {
  KVM_EXIT_DIRTY_RING_FULL,
  KVM_EXIT_HLT,
  KVM_EXIT_INTR,
  KVM_MEM_LOG_DIRTY_PAGES,
  MM_MAP_HUGE,
  PARAM_AD,
  PARAM_EAGER_PAGE_SPLIT,
  PARAM_PML,
  PROG_ADD,
  PROG_EMULATE,
  PROG_LOOP,
  PROG_ORDER_RANDOM,
  PROG_ROLE,
  PROG_ROLE_GUEST_MODE,
  PROG_STAMP,
  PROG_VALUE_GPA,
  PROG_VALUE_STAMP,
  PROG_WRITE,
  REQ_KICK,
  TDP_EPT,
  TDP_NPT,
  Vcpu,
} from "../../../src/abi/index.js";
import { BUILDS, type Core, type CoreThread, expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { LogReader } from "./log_reader.js";
import { randomOf } from "./random.js";
import { DEFAULT_PARAMS, type MmuExports, type Op, VmRig } from "./vm_rig.js";

const PAGES = 1024;
const BYTES = PAGES * 4096;
const GPA = 0x4000_0000n;
const GFN = GPA >> 12n;
/** Locked operations go to the first pages only: software does none, so those are not tracked. */
const LOCKED_PAGES = PAGES / 2;
const SECONDS = Number(process.env["TADPOLE_SECONDS"] ?? 1.5);
const VCPUS = 2;

interface Case {
  readonly name: string;
  readonly tdp: number;
  readonly params: number;
  /** Flags of KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2. */
  readonly manual: number;
  readonly ringSize: number;
}

const EPT = { tdp: TDP_EPT, params: DEFAULT_PARAMS };
const LAZY = DEFAULT_PARAMS & ~PARAM_EAGER_PAGE_SPLIT;
const CASES: readonly Case[] = [
  { name: "EPT with PML, classic", ...EPT, params: DEFAULT_PARAMS | PARAM_PML, manual: 0, ringSize: 0 },
  { name: "EPT, manual", ...EPT, params: DEFAULT_PARAMS | PARAM_EAGER_PAGE_SPLIT, manual: 1, ringSize: 0 },
  { name: "EPT with PML, initially set", ...EPT, params: DEFAULT_PARAMS | PARAM_PML, manual: 3, ringSize: 0 },
  { name: "EPT without A/D, classic", ...EPT, params: LAZY & ~PARAM_AD, manual: 0, ringSize: 0 },
  { name: "NPT, initially set, lazily split", tdp: TDP_NPT, params: LAZY, manual: 3, ringSize: 0 },
  { name: "EPT with PML, ring", ...EPT, params: DEFAULT_PARAMS | PARAM_PML, manual: 0, ringSize: 1024 },
  { name: "NPT, ring", tdp: TDP_NPT, params: DEFAULT_PARAMS, manual: 0, ringSize: 256 },
];

/** Writes all over the slot, for ever: random and in order, plain, locked and emulated, and in a nested guest's role. */
function writer(id: number): Op[] {
  const anywhere = { gpa: GPA + BigInt(id * 8), span: PAGES, flags: PROG_ORDER_RANDOM | PROG_VALUE_STAMP };
  const passes = 0xffff_ffff;
  return [
    { op: PROG_WRITE, ...anywhere, count: 200 },
    { op: PROG_ADD, ...anywhere, count: 50, span: LOCKED_PAGES, value: 1n },
    { op: PROG_WRITE, ...anywhere, count: 20, flags: anywhere.flags | PROG_EMULATE },
    { op: PROG_ROLE, value: BigInt(PROG_ROLE_GUEST_MODE) },
    { op: PROG_WRITE, ...anywhere, count: 100, gpa: anywhere.gpa + 64n },
    { op: PROG_ROLE, value: 0n },
    { op: PROG_WRITE, gpa: GPA + BigInt(128 + id * 8), count: 600, flags: PROG_VALUE_GPA | PROG_VALUE_STAMP },
    { op: PROG_STAMP, value: 1n },
    { op: PROG_LOOP, count: passes, stride: 0 },
  ];
}

/** Keeps a vCPU running in its thread until it is told to end. */
async function keepRunning(rig: VmRig, thread: CoreThread, vcpu: number, state: { isOver: boolean }): Promise<void> {
  const allowed = [KVM_EXIT_INTR, KVM_EXIT_DIRTY_RING_FULL, KVM_EXIT_HLT];
  for (;;) {
    expect(await thread.call("vcpuRun", vcpu)).toBe(0);
    const reason = rig.memory.get(vcpu, Vcpu.exitReason);
    expect(allowed, `exit ${reason}`).toContain(reason);
    if (state.isOver && reason !== KVM_EXIT_HLT) return;
    // Its ring is full: the main thread empties it before long.
    if (reason === KVM_EXIT_DIRTY_RING_FULL) await new Promise((resolve) => setImmediate(resolve));
  }
}

class Replica {
  readonly #rig: VmRig;
  readonly #reader: LogReader;
  readonly #pages = new Uint8Array(BYTES);
  readonly #buffer: number;
  readonly #hva: bigint;
  /** Pages taken from the log so far. */
  copied = 0;

  constructor(rig: VmRig, reader: LogReader, hva: bigint) {
    this.#rig = rig;
    this.#reader = reader;
    this.#hva = hva;
    this.#buffer = rig.x.kblockAlloc(0) >>> 0;
  }

  get buffer(): number {
    return this.#buffer;
  }

  setLogging(on: boolean): void {
    this.#rig.slot(0, GPA, BYTES, this.#hva, on ? KVM_MEM_LOG_DIRTY_PAGES : 0);
  }

  /** Logging begins: from here on the log tells everything, before it nothing. */
  restart(): void {
    this.setLogging(true);
    if (!this.#reader.initiallySet) for (let page = 0; page < PAGES; page++) this.#copy(page);
  }

  /** Takes what the log names. */
  update(): void {
    for (const page of this.#reader.collect(0, PAGES)) {
      this.#copy(page);
      this.copied++;
    }
  }

  #read(page: number): Uint8Array {
    const r = this.#rig.x.guestRead(this.#rig.vm, 0, GPA + BigInt(page * 4096), this.#buffer, 4096);
    expect(r, `guestRead of page ${page}`).toBe(0);
    return this.#rig.memory.bytes.subarray(this.#buffer, this.#buffer + 4096);
  }

  #copy(page: number): void {
    this.#pages.set(this.#read(page), page * 4096);
  }

  /** Pages in which the replica differs from guest memory. Nobody writes. */
  differences(): number[] {
    const differing: number[] = [];
    for (let page = 0; page < PAGES; page++) {
      const known = this.#pages.subarray(page * 4096, (page + 1) * 4096);
      if (Buffer.compare(this.#read(page), known) !== 0) differing.push(page);
    }
    return differing;
  }
}

/** What happens to guest memory between two collections. Contents change by GuestMemory only. */
function disturbances(rig: VmRig, replica: Replica, hva: bigint, random: (below: number) => number): (() => void)[] {
  const { x, mm, vm } = rig;
  const page = (): bigint => BigInt(random(PAGES)) * 4096n;
  const gfn = (): bigint => GFN + BigInt(random(PAGES));
  const hostWrite = (): void => {
    for (let i = 0; i < 4; i++) rig.memory.view.setUint32(replica.buffer + i * 4, random(2 ** 32), true);
    expect(x.guestWrite(vm, 0, GPA + page() + 2048n, replica.buffer, 16)).toBe(0);
  };
  const fork = (): void => {
    const child = x.mmFork(mm) >>> 0;
    if (child !== 0) x.mmDestroy(child);
  };
  const zapRange = (): void => {
    const start = gfn();
    x.vmZapGfnRange(vm, start, start + BigInt(random(600) + 1));
  };
  const trackAWhile = (): void => {
    const at = GFN + BigInt(LOCKED_PAGES + random(PAGES - LOCKED_PAGES));
    expect(x.writeTrackAdd(vm, 0, at)).toBe(0);
    replica.update();
    expect(x.writeTrackRemove(vm, 0, at)).toBe(0);
  };
  const pauseLogging = (): void => {
    replica.setLogging(false);
    replica.restart();
  };
  const otherSlot = (): void => {
    x.memslotSet(vm, 1, 0, 0x8000_0000n, 0x10000n, hva);
    x.memslotSet(vm, 1, 0, 0x8000_0000n, 0n, hva);
  };
  const often = [
    () => void x.mmMigrate(mm, hva + page()),
    () => void x.mmMerge(mm, hva + page(), hva + page()),
    () => void x.mmAge(mm, hva, BigInt(BYTES)),
    () => x.nxHugePagesSet(random(2)),
    hostWrite,
    zapRange,
    trackAWhile,
  ];
  return [...often, ...often, ...often, fork, pauseLogging, otherSlot, () => x.vmZapAll(vm)];
}

/** Until the time is over: a few disturbances, then the log is collected. Then the vCPUs are told to end. */
async function disturbWhileRunning(
  rig: VmRig,
  vcpus: readonly number[],
  threads: readonly CoreThread[],
  replica: Replica,
  todo: readonly (() => void)[],
  seed: number,
): Promise<void> {
  const random = randomOf(seed);
  const state = { isOver: false };
  const runs = Promise.all(threads.map((thread, id) => keepRunning(rig, thread, vcpus[id] as number, state)));
  // Whatever ends a vCPU ends the test.
  let ended: unknown;
  runs.catch((error: unknown) => (ended = error));
  replica.restart();
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end && ended === undefined) {
    for (let n = random(6); n > 0; n--) todo[random(todo.length)]?.();
    replica.update();
    // The threads' answers arrive through the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  state.isOver = true;
  for (const vcpu of vcpus) Atomics.or(rig.memory.words, (vcpu + Vcpu.requests.offset) >> 2, REQ_KICK);
  await runs;
}

async function play(core: Core<MmuExports>, kind: Case, seed: number): Promise<void> {
  const rig = VmRig.in(core, kind);
  const { x } = rig;
  if (kind.ringSize !== 0) expect(x.vmSetDirtyRing(rig.vm, kind.ringSize)).toBe(0);
  expect(x.vmSetManualProtect(rig.vm, kind.manual)).toBe(0);
  const vcpus = Array.from({ length: VCPUS }, (_, id) => rig.vcpu(id));
  vcpus.forEach((vcpu, id) => rig.program(vcpu, writer(id)));
  const hva = rig.map(BYTES, MM_MAP_HUGE);
  rig.slot(0, GPA, BYTES, hva, 0);
  const reader = new LogReader(rig, vcpus, kind);
  const replica = new Replica(rig, reader, hva);

  const threads = await Promise.all(vcpus.map((_, id) => core.thread(id + 1)));
  try {
    await disturbWhileRunning(rig, vcpus, threads, replica, disturbances(rig, replica, hva, randomOf(seed)), seed);
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
  replica.update();
  expect(replica.differences(), "pages written but not logged").toEqual([]);
  expect(replica.copied).toBeGreaterThan(PAGES);
  expect(x.mmuInvariants(rig.vm)).toBe(0);
  x.nxHugePagesSet(0);
  reader.close();
  x.kblockFree(replica.buffer, 0);
  rig.close();
}

describe.each(BUILDS)("a replica made of dirty pages only (%s)", (build) => {
  it.each(CASES)("$name", { timeout: 60_000 + SECONDS * 10_000 }, async (kind) => {
    const seed = Number(process.env["TADPOLE_SEED"] ?? Date.now() & 0xffff);
    console.info(`replica seed ${seed}`);
    const core = await openCore<MmuExports>({ build, memMiB: 64, nCpus: VCPUS + 1 });
    const before = snapshotBalance(core);
    await play(core, kind, seed);
    for (let id = 1; id <= VCPUS; id++) core.x.cpuFramesReclaim(id);
    expectBalanced(core, before);
  });
});
