/**
 * The MMU's figures, one pass at a time: each stage prepares the VMs, times one thing, and checks by the vCPUs' counters
 * that exactly that has happened. Nanoseconds per page or access, wall clock over the whole pass.
 *
 * "Populated": the host has the page and its table says so; only the guest's translation is missing. A fault is timed
 * whole, from the missed translation to the access that is done: walk, exit, slot, host look-up, lock, install, entry,
 * second walk, access.
 */

import {
  FRAME_BYTES,
  HISTOGRAM_BUCKETS,
  KVM_MEM_LOG_DIRTY_PAGES,
  PROG_LOOP,
  PROG_ORDER_SHUFFLED,
  PROG_READ,
  PROG_WRITE,
  Vcpu,
} from "../../abi/index.js";
import { quantile, readHistogram } from "../../kvm/histogram.js";
import { MmuRig, type Op, PAGE_BYTES, type RigVm } from "./mmu_rig.js";

const HUGE_BYTES = 2 * 1024 * 1024;
const GIB = 1024 ** 3;
/** Guest of the cold figure: its arena is made anew for each run. */
const COLD_MIB = 128;
/** TLB hits: words within a few pages that the TLB and the nearest cache hold, read over and over. */
const HIT_WORDS = 3072;
const HIT_PASSES = 2000;
/** Faults beyond one a page that two threads may take, as a share of the pages. */
const RACE_SLACK = 0.02;

/** One pass of a stage: figures by id. */
export type Pass = () => Promise<Record<string, number>>;

/** One thing to time. */
export interface Stage {
  readonly ids: readonly string[];
  readonly pass: Pass;
  /** At most this many passes; undefined = one a run. */
  readonly maxRuns?: number;
}

/** All vCPUs that the stages need: a vCPU has one program. */
interface Guests {
  readonly seq: number;
  readonly rand: number;
  readonly halves: readonly [number, number];
  readonly interleaved: readonly [number, number];
  readonly aliasSeq: number;
  readonly aliasRead: number;
  readonly hit: number;
  readonly hugeSeq: number;
}

function pagesOf(vm: RigVm): number {
  return Number(vm.bytes / BigInt(PAGE_BYTES));
}

function write(count: number, stride: number, gpa = 0n, more: Partial<Op> = {}): Op {
  return { op: PROG_WRITE, count, stride, gpa, value: 1n, ...more };
}

async function makeGuests(rig: MmuRig): Promise<Guests> {
  const { plain, alias, huge } = rig;
  const n = pagesOf(plain);
  const half = n / 2;
  const halfBytes = plain.bytes / 2n;
  const nHuge = Number(huge.bytes / BigInt(HUGE_BYTES));
  const hitLoop: Op = { op: PROG_LOOP, count: HIT_PASSES, stride: 0 };
  return {
    seq: await rig.vcpu(plain, 0, [write(n, PAGE_BYTES)]),
    rand: await rig.vcpu(plain, 1, [write(n, PAGE_BYTES, 0n, { flags: PROG_ORDER_SHUFFLED, span: n })]),
    halves: [
      await rig.vcpu(plain, 2, [write(half, PAGE_BYTES)]),
      await rig.vcpu(plain, 3, [write(half, PAGE_BYTES, halfBytes)]),
    ],
    interleaved: [
      await rig.vcpu(plain, 4, [write(half, 2 * PAGE_BYTES)]),
      await rig.vcpu(plain, 5, [write(half, 2 * PAGE_BYTES, BigInt(PAGE_BYTES))]),
    ],
    aliasSeq: await rig.vcpu(alias, 0, [write(pagesOf(alias), PAGE_BYTES)]),
    aliasRead: await rig.vcpu(alias, 1, [{ op: PROG_READ, count: pagesOf(alias), stride: PAGE_BYTES }]),
    hit: await rig.vcpu(alias, 2, [{ op: PROG_READ, count: HIT_WORDS, stride: 8 }, hitLoop]),
    hugeSeq: await rig.vcpu(huge, 0, [write(nHuge, HUGE_BYTES)]),
  };
}

/** Runs vCPUs to their programs' ends, and checks that they took `expected` faults together: wall ns of the pass. */
async function timeRun(rig: MmuRig, vcpus: readonly number[], expected: number): Promise<number> {
  const faultsOf = (): number => vcpus.reduce((sum, vcpu) => sum + rig.counters(vcpu).faults, 0);
  const before = faultsOf();
  const ns = await rig.run(...vcpus);
  const faults = faultsOf() - before;
  // Threads that meet at a table may lose a race and fault once more.
  const slack = vcpus.length > 1 ? RACE_SLACK * expected : 0;
  if (faults < expected || faults > expected + slack) throw new Error(`${faults} faults where ${expected} were meant`);
  return ns;
}

/** The stages over an open rig, in an order in which each finds what it needs. */
export async function makeStages(rig: MmuRig): Promise<Stage[]> {
  const guests = await makeGuests(rig);
  // Brings every host page in: from here on they are resident.
  await rig.run(guests.seq);
  await rig.run(guests.aliasSeq);
  await rig.run(guests.hugeSeq);
  return [
    ...faultStages(rig, guests),
    ...changeStages(rig, guests),
    ...translationStages(rig, guests),
    latencyStage(rig, guests),
    memoryStage(rig, guests),
    coldStage(),
  ];
}

/** Faults on pages the host has: `count` of them, taken by `vcpus` together after everything was zapped. */
function populatedStage(rig: MmuRig, id: string, vm: RigVm, count: number, ...vcpus: number[]): Stage {
  const pass: Pass = async () => {
    await rig.demand("vmZapAll", vm.address);
    return { [id]: (await timeRun(rig, vcpus, count)) / count };
  };
  return { ids: [id], pass };
}

function faultStages(rig: MmuRig, guests: Guests): Stage[] {
  const { plain, alias, huge } = rig;
  const n = pagesOf(plain);
  const nHuge = Number(huge.bytes / BigInt(HUGE_BYTES));
  return [
    populatedStage(rig, "mmu.fault4k.populated.seq.1t", plain, n, guests.seq),
    populatedStage(rig, "mmu.fault4k.populated.disjoint.2t", plain, n, ...guests.halves),
    populatedStage(rig, "mmu.fault4k.populated.interleaved.2t", plain, n, ...guests.interleaved),
    populatedStage(rig, "mmu.fault4k.populated.rand.1t", plain, n, guests.rand),
    populatedStage(rig, "mmu.fault4k.populated.cached.1t", alias, pagesOf(alias), guests.aliasSeq),
    populatedStage(rig, "mmu.fault2m.populated.seq.1t", huge, nHuge, guests.hugeSeq),
  ];
}

/** Zap, write protection, and what the host's own changes cost. */
function changeStages(rig: MmuRig, guests: Guests): Stage[] {
  const { plain } = rig;
  const n = pagesOf(plain);
  const map = (): Promise<number> => rig.run(guests.seq);
  return [
    {
      ids: ["mmu.zap4k"],
      pass: async () => {
        await map();
        return { "mmu.zap4k": (await rig.demand("vmZapGfnRange", plain.address, 0n, BigInt(n))) / n };
      },
    },
    {
      ids: ["mmu.wrprot4k", "mmu.fastpf"],
      pass: async () => {
        await map();
        const protecting = await rig.setFlags(plain, KVM_MEM_LOG_DIRTY_PAGES);
        const fixing = await timeRun(rig, [guests.seq], n);
        await rig.setFlags(plain, 0);
        return { "mmu.wrprot4k": protecting / n, "mmu.fastpf": fixing / n };
      },
    },
    {
      ids: ["mmu.dontneed4k", "mmu.fault4k.zerofill.seq.1t"],
      pass: async () => {
        await map();
        const dropped = await rig.demand("mmDontNeed", rig.mm, rig.plain.hva, plain.bytes);
        await rig.demand("vmZapAll", plain.address);
        const filled = await timeRun(rig, [guests.seq], n);
        return { "mmu.dontneed4k": dropped / n, "mmu.fault4k.zerofill.seq.1t": filled / n };
      },
    },
  ];
}

function translationStages(rig: MmuRig, guests: Guests): Stage[] {
  const n = pagesOf(rig.alias);
  return [
    {
      ids: ["mmu.walk"],
      pass: async () => {
        await rig.run(guests.aliasSeq);
        const walks = rig.memory.get(guests.aliasRead, Vcpu.hwWalks);
        const ns = await timeRun(rig, [guests.aliasRead], 0);
        const walked = Number(rig.memory.get(guests.aliasRead, Vcpu.hwWalks) - walks);
        if (walked < n) throw new Error(`${walked} walks where ${n} were meant`);
        return { "mmu.walk": ns / n };
      },
    },
    {
      ids: ["mmu.tlbhit"],
      pass: async () => {
        await rig.run(guests.hit);
        return { "mmu.tlbhit": (await timeRun(rig, [guests.hit], 0)) / (HIT_WORDS * HIT_PASSES) };
      },
    },
  ];
}

/** Every fault of a populated pass by the clock; the two readings of it are in the figure. */
function latencyStage(rig: MmuRig, guests: Guests): Stage {
  const ids = ["mmu.fault4k.latency.p50", "mmu.fault4k.latency.p99", "mmu.fault4k.latency.max"] as const;
  const pass: Pass = async () => {
    const { memory } = rig;
    const histogram = memory.get(guests.seq, Vcpu.histogram);
    for (let i = 0; i < HISTOGRAM_BUCKETS; i++) memory.view.setBigUint64(histogram + i * 8, 0n, true);
    memory.set(guests.seq, Vcpu.faultMaxNs, 0n);
    memory.set(guests.seq, Vcpu.timing, 1);
    await rig.demand("vmZapAll", rig.plain.address);
    await timeRun(rig, [guests.seq], pagesOf(rig.plain));
    memory.set(guests.seq, Vcpu.timing, 0);
    const counts = readHistogram(memory, histogram);
    const max = Number(memory.get(guests.seq, Vcpu.faultMaxNs));
    return { [ids[0]]: quantile(counts, 0.5), [ids[1]]: quantile(counts, 0.99), [ids[2]]: max };
  };
  return { ids, pass };
}

/**
 * What a fully mapped GiB of guest memory takes beside itself, in 4 KiB pages: the second dimension's tables with their
 * headers, the host's own tables, and the metadata of frames and of a slot.
 */
function memoryStage(rig: MmuRig, guests: Guests): Stage {
  const ids = ["mmu.memory.tables", "mmu.memory.hosttables", "mmu.memory.metadata"] as const;
  const perGib = GIB / Number(rig.plain.bytes);
  const pass: Pass = async () => {
    await rig.demand("vmZapAll", rig.plain.address);
    const empty = await rig.kernelBytes();
    await rig.run(guests.seq);
    const full = await rig.kernelBytes();
    const slot = await slotBytes(rig);
    return {
      [ids[0]]: (full.tables - empty.tables + full.slab - empty.slab) * perGib,
      [ids[1]]: full.hostTables * perGib,
      [ids[2]]: (GIB / PAGE_BYTES) * FRAME_BYTES + slot * perGib,
    };
  };
  return { ids, pass, maxRuns: 3 };
}

/** Kernel memory that one more slot over all of the plain guest's memory takes. */
async function slotBytes(rig: MmuRig): Promise<number> {
  const vm = await rig.vm();
  const before = await rig.kernelBytes();
  await rig.demand("memslotSet", vm, 0, 0, 0n, rig.plain.bytes, rig.plain.hva);
  const after = await rig.kernelBytes();
  await rig.demand("vmDestroy", vm);
  return after.kernel - before.kernel + after.slab - before.slab;
}

/** First touch where even the operating system has not seen the page: a new arena each time. */
function coldStage(): Stage {
  const id = "mmu.fault4k.zerofill.cold.1t";
  const pass: Pass = async () => {
    await using rig = await MmuRig.open({ guestMiB: COLD_MIB, spareMiB: 0, cpuIds: [0], resident: false, full: false });
    const n = pagesOf(rig.plain);
    const vcpu = await rig.vcpu(rig.plain, 0, [write(n, PAGE_BYTES)]);
    return { [id]: (await timeRun(rig, [vcpu], n)) / n };
  };
  return { ids: [id], pass, maxRuns: 3 };
}
