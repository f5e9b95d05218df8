/**
 * `npm run bench -- cpu`: how fast the processor executes guests of different kinds (cpu_guests.ts). A run is one pass
 * of every guest, in turns; a figure is the median over the runs.
 *
 * MIPS are instructions retired by wall-clock time; of string instructions each element counts as one. cpu.tlbmiss.ns is
 * an access whose page no TLB holds, with both dimensions' walks, less one whose page it holds. cpu.smp2.speedup is how
 * much more two vCPUs on two threads execute than one.
 */

import { CHURN, type Guest, INT, MEM, SSE2, STRING, SYSCALL, TLBMISS } from "./cpu_guests.js";
import { CpuRig } from "./cpu_rig.js";
import { type BenchNotes, type BenchReport, type BenchResult, makeReport, Samples } from "./report.js";

export interface CpuBenchOptions {
  /** Timed passes of each guest. Default 21. */
  readonly runs?: number;
  /** Only this figure. */
  readonly only?: string;
  readonly progress?: (text: string) => void;
}

const DEFAULT_RUNS = 21;
/** Passes before anything is timed: the engine has compiled its best code by then. */
const WARM_UP = 5;

const MIPS: Readonly<Record<string, Guest>> = {
  "cpu.int.mips": INT,
  "cpu.mem.mips": MEM,
  "cpu.string.mips": STRING,
  "cpu.sse2.mips": SSE2,
  "cpu.syscall.mips": SYSCALL,
  "cpu.churn.mips": CHURN,
};
const TLB_MISS = "cpu.tlbmiss.ns";
const SPEED_UP = "cpu.smp2.speedup";
/** Accesses of TLBMISS, four instructions each. */
const MISSES = 10 * 12288;
const INSTRUCTIONS_A_MISS = 4;
const UNITS: Readonly<Record<string, string>> = { [TLB_MISS]: "ns", [SPEED_UP]: "times" };

class CpuBench {
  readonly samples = new Samples();

  constructor(
    private readonly rig: CpuRig,
    private readonly only: string | undefined,
  ) {}

  #isWanted(id: string): boolean {
    return this.only === undefined || this.only === id;
  }

  /** One pass of everything; recorded if `timed`. */
  async run(timed: boolean): Promise<void> {
    const record = (id: string, value: number): void => {
      if (timed && this.#isWanted(id)) this.samples.add(id, value);
    };
    let mips = 0;
    for (const [id, guest] of Object.entries(MIPS)) {
      const isNeeded = this.#isWanted(id) || (guest === INT && (this.#isWanted(TLB_MISS) || this.#isWanted(SPEED_UP)));
      if (!isNeeded) continue;
      const measured = await this.#mips(guest, 1);
      if (guest === INT) mips = measured;
      record(id, measured);
    }
    if (this.#isWanted(TLB_MISS)) record(TLB_MISS, await this.#tlbMiss(mips));
    if (this.#isWanted(SPEED_UP)) record(SPEED_UP, (await this.#mips(INT, 2)) / mips);
  }

  async #mips(guest: Guest, vcpus: number): Promise<number> {
    await this.rig.load(guest);
    const { ns, instructions } = await this.rig.run(vcpus);
    return ((guest.elements ?? instructions) / ns) * 1000;
  }

  /** What the instructions themselves take is taken off, at the speed of others. */
  async #tlbMiss(mips: number): Promise<number> {
    await this.rig.load(TLBMISS);
    const { ns } = await this.rig.run(1);
    return Math.max(ns / MISSES - (INSTRUCTIONS_A_MISS * 1000) / mips, 0);
  }
}

/** Runs the benchmark: some ten seconds with the defaults. */
export async function runCpuBench(options: CpuBenchOptions = {}): Promise<{ report: BenchReport; notes: BenchNotes }> {
  const { runs = DEFAULT_RUNS, only, progress = () => {} } = options;
  const ids = [...Object.keys(MIPS), TLB_MISS, SPEED_UP];
  if (only !== undefined && !ids.includes(only)) throw new RangeError(`no figure ${only}; there are ${ids.join(", ")}`);
  await using rig = await CpuRig.open();
  const bench = new CpuBench(rig, only);
  for (let i = 0; i < WARM_UP + runs; i++) {
    progress(i < WARM_UP ? `warming up, ${i + 1} of ${WARM_UP}` : `run ${i - WARM_UP + 1} of ${runs}`);
    await bench.run(i >= WARM_UP);
  }
  const { samples } = bench;
  const results: BenchResult[] = samples.ids().map((id) => samples.result(id, UNITS[id] ?? "MIPS", {}));
  const spreads = new Map(samples.ids().map((id) => [id, samples.spread(id)]));
  return { report: makeReport(results), notes: { notes: [], spreads } };
}
