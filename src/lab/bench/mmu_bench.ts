/**
 * `npm run bench -- mmu`: what the MMU's operations cost, beside the same loops in C and in lock-free wasm and beside the
 * host's kernel, all in one run. A run is one pass of every stage and one of every reference, in turns, so that a
 * machine that slows down slows all of them; a figure is the median over the runs.
 */

import { loadavg } from "node:os";
import { makeDutyStages } from "./duty_stages.js";
import { LockfreeReference } from "./lockfree_reference.js";
import { makeMixStages } from "./mix_stages.js";
import { MmuRig } from "./mmu_rig.js";
import { makeStages, type Stage } from "./mmu_stages.js";
import { NATIVE_IDS, type NativeId, NativeReference } from "./native_reference.js";
import { pageoutStage } from "./pageout_stage.js";
import { makeRareStages } from "./rare_stages.js";
import { comparabilityNote } from "./reference_figures.js";
import { type BenchNotes, type BenchReport, type BenchResult, makeReport, Samples } from "./report.js";
import { stallStage } from "./stall_stages.js";

/** How a benchmark run is asked for. */
export interface MmuBenchOptions {
  /** Timed passes of each stage. Default 21. */
  readonly runs?: number;
  /** Only this figure, and the references that its ratios need. */
  readonly only?: string;
  /** Guest memory, MiB: a multiple of 64. Default 512. */
  readonly guestMiB?: number;
  /** Told what is being done. */
  readonly progress?: (text: string) => void;
}

/** The report, and what to say beside it. */
export interface MmuBenchOutcome {
  readonly report: BenchReport;
  readonly notes: BenchNotes;
}

const DEFAULT_RUNS = 21;
/** Large beyond every cache, and a pass short enough that most are not interrupted on a shared machine. */
const DEFAULT_GUEST_MIB = 512;
/** Passes before anything is timed: the engine has compiled its best code by then. */
const WARM_UP = 3;
const CPUS = 2;
/** The slot whose log is switched under a running vCPU, in times of the guest's memory. */
const STALL_SHARE = 4;
/** From this load average on, somebody else is running. */
const BUSY_LOAD = 0.7;

const LOCKFREE_1T = "lockfree.map4k.seq.1t";
const LOCKFREE_2T = "lockfree.map4k.disjoint.2t";
const SEQ = "mmu.fault4k.populated.seq.1t";

/** Median over median; see report.ts. */
const PLAIN_RATIOS: Readonly<Record<string, Readonly<Record<string, NativeId>>>> = {
  "mmu.fault4k.populated.seq.1t": { c: "c.map4k.seq.1t", hostkernel: "hostkernel.resident" },
  "mmu.fault4k.populated.cached.1t": { c: "c.map4k.seq.1t", hostkernel: "hostkernel.resident" },
  "mmu.fault4k.populated.disjoint.2t": { c: "c.map4k.disjoint.2t" },
  "mmu.fault4k.zerofill.seq.1t": { c: "c.map4k.zero.1t", hostkernel: "hostkernel.firsttouch" },
  "mmu.zap4k": { c: "c.zap4k" },
  "mmu.wrprot4k": { c: "c.wrprot4k" },
  "mmu.walk": { c: "c.walk" },
  "mmu.fastpf": { c: "c.fastpf" },
  "mmu.dirtylog.getclear": { c: "c.dirtylog.getclear" },
  "mmu.dirtylog.getclear.sparse": { c: "c.dirtylog.getclear.sparse" },
  "mmu.age4k": { c: "c.age4k" },
  "mmu.split2m": { c: "c.split2m" },
  "mmu.recover2m": { c: "c.recover2m" },
  "mmu.dontneed4k": { hostkernel: "hostkernel.dontneed" },
};

const TWO_THREADS: ReadonlySet<string> = new Set([
  "mmu.fault4k.populated.disjoint.2t",
  "mmu.fault4k.populated.interleaved.2t",
]);

/** Ids measured in bytes; all others are ns. */
function unitOf(id: string): string {
  return id.startsWith("mmu.memory.") ? "bytes/GiB" : "ns";
}

/** Every id that `id`'s ratios need. */
function referencesOf(id: string): Set<string> {
  const names = new Set<string>(Object.values(PLAIN_RATIOS[id] ?? {}));
  if (TWO_THREADS.has(id)) for (const name of [SEQ, LOCKFREE_1T, LOCKFREE_2T]) names.add(name);
  return names;
}

/** Speed-up by the second thread, and that over the lock-free loop's. */
function scalingRatios(samples: Samples, id: string): Record<string, number | undefined> {
  const speedUp = samples.ratio(SEQ, id);
  const lockfree = samples.ratio(LOCKFREE_1T, LOCKFREE_2T);
  const relative = speedUp === undefined || lockfree === undefined ? undefined : speedUp / lockfree;
  return { "1t": speedUp, lockfree2t: relative };
}

function resultOf(samples: Samples, id: string): BenchResult {
  const ratios: Record<string, number | undefined> = {};
  for (const [name, reference] of Object.entries(PLAIN_RATIOS[id] ?? {})) ratios[name] = samples.ratio(id, reference);
  if (TWO_THREADS.has(id)) Object.assign(ratios, scalingRatios(samples, id));
  return samples.result(id, unitOf(id), ratios);
}

/** What is measured, in turns. */
class Bench {
  readonly #samples = new Samples();

  constructor(
    private readonly stages: readonly Stage[],
    private readonly native: NativeReference | undefined,
    private readonly lockfree: LockfreeReference,
    /** Ids wanted, or undefined for all. */
    private readonly wanted: ReadonlySet<string> | undefined,
  ) {}

  get samples(): Samples {
    return this.#samples;
  }

  #isWanted(id: string): boolean {
    return this.wanted === undefined || this.wanted.has(id);
  }

  /** One pass of everything; recorded if `timed`. */
  async run(timed: boolean): Promise<void> {
    const record = (id: string, value: number): void => {
      if (timed && this.#isWanted(id)) this.#samples.add(id, value);
    };
    for (const stage of this.stages) {
      if (!stage.ids.some((id) => this.#isWanted(id))) continue;
      const done = Math.max(...stage.ids.map((id) => this.#samples.runs(id)));
      if (stage.maxRuns !== undefined && (!timed || done >= stage.maxRuns)) continue;
      for (const [id, value] of Object.entries(await stage.pass())) record(id, value);
    }
    if (this.#isWanted(LOCKFREE_1T)) record(LOCKFREE_1T, await this.lockfree.measure(1));
    if (this.#isWanted(LOCKFREE_2T)) record(LOCKFREE_2T, await this.lockfree.measure(CPUS));
    if (this.native === undefined) return;
    for (const id of NATIVE_IDS) if (this.#isWanted(id)) record(id, await this.native.measure(id));
  }
}

function wantedIds(only: string | undefined, stages: readonly Stage[]): ReadonlySet<string> | undefined {
  if (only === undefined) return undefined;
  const known = stages.flatMap((stage) => stage.ids);
  if (!known.includes(only)) throw new RangeError(`no figure ${only}; there are ${known.join(", ")}`);
  return new Set([only, ...referencesOf(only)]);
}

/** Runs the benchmark: some 20 s with the defaults. */
export async function runMmuBench(options: MmuBenchOptions = {}): Promise<MmuBenchOutcome> {
  const busy = busyNote();
  const { runs = DEFAULT_RUNS, only, guestMiB = DEFAULT_GUEST_MIB, progress = () => {} } = options;
  if (!Number.isInteger(runs) || runs < 1) throw new RangeError(`runs is ${runs}, but must be at least 1`);
  progress(`making ${guestMiB} MiB of guest memory resident`);
  await using rig = await MmuRig.open({
    guestMiB,
    spareMiB: 2 * guestMiB + 64,
    cpuIds: [0, 1],
    resident: true,
    full: true,
  });
  const stages = [
    ...(await makeStages(rig)),
    ...(await makeDutyStages(rig)),
    ...(await makeMixStages(rig)),
    ...(await makeRareStages(rig)),
    pageoutStage(),
    stallStage(STALL_SHARE * guestMiB),
  ];
  const wanted = wantedIds(only, stages);
  await using lockfree = await LockfreeReference.open();
  const opened = NativeReference.open();
  const native = opened instanceof NativeReference ? opened : undefined;
  try {
    const bench = new Bench(stages, native, lockfree, wanted);
    for (let i = 0; i < WARM_UP; i++) {
      progress(`warming up, ${i + 1} of ${WARM_UP}`);
      await bench.run(false);
    }
    for (let i = 0; i < runs; i++) {
      progress(`run ${i + 1} of ${runs}`);
      await bench.run(true);
    }
    const skips = opened instanceof NativeReference ? [] : [opened.skipped];
    return outcomeOf(bench.samples, [...busy, ...skips]);
  } finally {
    await native?.[Symbol.asyncDispose]();
  }
}

/** Says so if others were at work on this machine just before. */
function busyNote(): string[] {
  const load = loadavg()[0] ?? 0;
  if (load < BUSY_LOAD) return [];
  return [
    `busy machine: load average ${load.toFixed(1)} before the run; two threads did not have two processors to themselves`,
  ];
}

function outcomeOf(samples: Samples, remarks: readonly string[]): MmuBenchOutcome {
  const results = samples.ids().map((id) => resultOf(samples, id));
  const measured = new Map(samples.ids().map((id) => [id, samples.median(id)]));
  const hasNative = NATIVE_IDS.some((id) => samples.has(id));
  const notes = [...remarks, ...(hasNative ? [comparabilityNote(measured)] : [])];
  const spreads = new Map(samples.ids().map((id) => [id, samples.spread(id)]));
  return { report: makeReport(results), notes: { notes, spreads } };
}
