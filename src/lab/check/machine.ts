/**
 * Runs a scenario's fibers: many simulated CPUs in one instance of core over one memory. A fiber is suspended inside the
 * import that reports an access, by Asyncify: core's stack is unwound into the fiber's own buffer, and rewound to go on.
 *
 * Before each reported access the scheduler says who runs next; if that is the same fiber, the import just returns.
 * Between two such points a fiber runs alone, so an execution is determined by the scheduler's answers.
 *
 * Waiting. A fiber that spins (HOOK_SPIN) or sleeps (env.wait) with a time limit is blocked until another one changes a
 * word that it has read since it last did so: until then its loop would only repeat itself. It is not blocked if that
 * has happened already. Such loops may depend on no more than the words they read. If every fiber that has not ended is
 * blocked, time passes for one after the other (sleeps time out, spins end); if still nobody completes a step, that is
 * a deadlock. Clocks are the fibers' own, and move with their own sleeps and questions only.
 */
import {
  CPU_BASE,
  CPU_STRIDE,
  HOOK_LOAD,
  HOOK_RELEASE,
  HOOK_RMW,
  HOOK_SPIN,
  HOOK_STORE,
  HOOK_WIDE,
  SYSTEM_BASE,
  SYSTEM_BYTES,
  SYSTEM_MUTANT,
  SYSTEM_MUTANTS_REACHED,
} from "../../abi/index.js";
import { Fairness } from "./fairness.js";
import { HostMemory } from "./host_memory.js";
import { describeBug, NameMap, type Place } from "./names.js";
import { ReadSets } from "./read_sets.js";
import type { Choice, FailureKind, Fiber, LabExports, Monitor, Rig, Run, Scenario, Switch, Value } from "./scenario.js";
import { StoreBuffer } from "./store_buffer.js";
import { TraceHash } from "./trace_hash.js";
import { Words } from "./words.js";

export const MAX_FIBERS = 8;
/** The kind of access without its flags. */
const KIND = 3;
/** A scheduler's answer: this execution only repeats others, end it. */
export const CUT = -2;

/** Times that time may pass for each fiber, while nobody completes a step. */
const PATIENCE = 12;
/** What a question for the time costs, ns: loops that wait by the clock end. */
const CLOCK_STEP_NS = 1000;
/** Waits and spins of set-up and checks, which have nobody to wait for. */
const IDLE_LIMIT = 10_000;

/** Decides. The machine's fields say what there is to decide about. */
export interface Scheduler {
  /** Whether a preempted fiber sleeps until an access conflicts with the one it stands before (exhaustive.ts). */
  readonly usesSleep: boolean;
  begin(): void;
  /** `fiber` stands before its access: who runs next? CUT ends the execution. */
  atAccess(fiber: number): number;
  /** `previous` (-1: nobody yet) waits or has ended a step: who of `candidates` (a bit each, two or more) runs next? */
  atFree(previous: number, candidates: number): number;
  /** An answer to env.choose(n). */
  choose(fiber: number, n: number): number;
}

/** How an execution ended. */
export type Outcome = "done" | "cut" | "failed";

export interface RawFailure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly fiber: number;
}

/** An event of an execution, for the story. */
export interface TraceEvent {
  readonly type: "access" | "stop" | "spin" | "wait" | "timeout" | "start" | "end" | "choose";
  readonly fiber: number;
  readonly kind: number;
  readonly address: number;
  /** The word before the access; filled in: after it. Choose: the value. Start, end: the step. */
  before: bigint;
  after: bigint;
  /** Accesses and waits: what is at the address, then. */
  readonly place?: Place;
}

type Export = (...args: Value[]) => Value | undefined;
type Asyncify = {
  asyncify_start_unwind(data: number): void;
  asyncify_stop_unwind(): void;
  asyncify_start_rewind(data: number): void;
  asyncify_stop_rewind(): void;
};

/** Unwinds core's stack for good: this execution is over. */
class Stop extends Error {}
const STOP = new Stop();

const OFF = 0; // set-up and checks: nothing is explored
const ATOMIC = 1; // an action of a fiber: accesses count, nobody else runs
const FIBERS = 2;

export class Machine {
  readonly words: Words;
  readonly host: HostMemory;
  readonly x: LabExports;
  readonly fibers: readonly Fiber[];
  readonly run: Run;
  readonly names: NameMap;
  readonly cpuOf: Int32Array;
  /** Fibers that can run; that have ended; preempted ones whose next access nobody has conflicted with. A bit each. */
  ready = 0;
  done = 0;
  asleep = 0;
  /** The fiber at work; -1: none. */
  current = -1;
  /** The last fiber that is no hardware, if it was interrupted by hardware: going on with it is free. */
  base = -1;
  /** Points passed in this execution: accesses, free choices. Tells a schedule's places apart. */
  point = 0;
  /** Preemptions in this execution. */
  preemptions = 0;
  readonly hash: TraceHash;
  transitions = 0;
  /** What was decided against the defaults. */
  switches: Switch[] = [];
  choices: Choice[] = [];
  failure: RawFailure | null = null;
  /** Filled while it is an array. */
  trace: TraceEvent[] | null = null;
  /** Processors have store buffers: the scheduler then may not rely on the hashes, nor on what conflicts. */
  hasStoreBuffers = false;
  progressLimit = 0;
  sectionLimit = 0;

  /** The access before which each fiber stands: id of its word, kind, address. */
  readonly pendingId = new Int32Array(MAX_FIBERS);
  readonly pendingKind = new Int32Array(MAX_FIBERS);
  readonly pendingAddress = new Float64Array(MAX_FIBERS);
  /** Points of each fiber. */
  readonly count = new Int32Array(MAX_FIBERS);
  readonly stepIndex = new Int32Array(MAX_FIBERS);

  readonly #asyncify: Asyncify;
  readonly #memoryWords: Int32Array;
  readonly #stacks: number[] = [];
  readonly #storeBuffers: StoreBuffer[] = [];
  readonly #fairness: Fairness;
  readonly #reads: ReadSets;
  readonly #monitors: readonly Monitor[];
  readonly #accessMonitors: readonly Monitor[];
  readonly #hardware: number;
  readonly #mutant: number;
  #scheduler: Scheduler | undefined;
  #mode = OFF;
  #idle = 0;
  #suspended = 0;
  #isRewinding = false;
  #isUnwinding = false;
  /** Who a preemption chose; -1: nobody. */
  #switchTo = -1;
  #pagerRequests: number[] = [];
  readonly #clock = new Float64Array(MAX_FIBERS);
  // the last write, whose effect is looked at at the next point
  #writeId = -1;
  #writeBy = 0;
  #writeIndex = 0;
  #writeIsWide = false;
  #oldLow = 0;
  #oldHigh = 0;
  // sleeping: what each fiber waits with
  readonly #waitExpected = new Int32Array(MAX_FIBERS);
  readonly #forced = new Int32Array(MAX_FIBERS);
  #forcedSinceProgress = 0;
  #lastProgress = 0;
  readonly #sectionStart = new Int32Array(MAX_FIBERS);
  readonly #epochWord = new Float64Array(MAX_FIBERS);

  constructor(module: WebAssembly.Module, scenario: Scenario, mutant: number | undefined) {
    const memoryMiB = scenario.memoryMiB ?? 6;
    this.host = new HostMemory(memoryMiB, MAX_FIBERS);
    this.words = new Words(this.host.core.buffer.byteLength);
    this.#memoryWords = this.host.core.words;
    const instance = new WebAssembly.Instance(module, { env: this.#imports() });
    this.x = instance.exports as LabExports;
    this.#asyncify = instance.exports as Asyncify;
    this.#mutant = mutant ?? 0;
    this.run = this.#setUp(scenario);
    this.fibers = this.run.fibers;
    this.hash = new TraceHash(this.words, this.fibers.length);
    this.#fairness = new Fairness(this.fibers.length);
    this.#reads = new ReadSets(this.words, this.fibers.length);
    this.names = new NameMap(this.host.core, this.run.names);
    if (this.fibers.length > MAX_FIBERS) throw new Error(`${scenario.name}: more than ${MAX_FIBERS} fibers`);
    this.cpuOf = Int32Array.from(this.fibers, ({ cpu }, i) => cpu ?? i);
    this.fibers.forEach((_, i) => {
      this.#storeBuffers[i] = new StoreBuffer(this.#memoryWords);
      this.#epochWord[i] = CPU_BASE + (this.cpuOf[i] as number) * CPU_STRIDE;
    });
    this.#hardware = this.fibers.reduce((mask, { isHardware }, i) => (isHardware ? mask | (1 << i) : mask), 0);
    this.#monitors = this.run.monitors ?? [];
    this.#accessMonitors = this.#monitors.filter(({ onAccess }) => onAccess !== undefined);
  }

  #setUp(scenario: Scenario): Run {
    const error = this.x.systemInit(this.host.frames, scenario.cpus);
    if (error !== 0) throw new Error(`${scenario.name}: systemInit: ${error}`);
    for (let id = scenario.cpus - 1; id >= 0; id--) {
      const refusal = this.x.cpuInit(id);
      if (refusal !== 0) throw new Error(`${scenario.name}: cpuInit(${id}): ${refusal}`);
    }
    const rig: Rig = {
      x: this.x,
      memory: this.host.core,
      cpus: scenario.cpus,
      useCpu: (id) => this.x.labSetCpu(id),
      takePagerRequests: () => this.#pagerRequests.splice(0),
    };
    let run: Run;
    try {
      run = scenario.setup(rig);
    } catch (error) {
      if (this.failure !== null)
        throw new Error(`${scenario.name}: set-up: ${(this.failure as RawFailure).message}`, { cause: error });
      throw error;
    }
    this.host.core.view.setUint32(SYSTEM_MUTANT, this.#mutant, true);
    // What set-up passed is not what the scenario is about.
    this.host.core.bytes.fill(0, SYSTEM_MUTANTS_REACHED, SYSTEM_BASE + SYSTEM_BYTES);
    this.host.takeSnapshot();
    return run;
  }

  #imports(): WebAssembly.ModuleImports {
    return {
      memory: this.host.wasm,
      hook: (kind: number, address: number) => this.#hook(kind, address >>> 0),
      wait: (address: number, expected: number) => this.#wait(address >>> 0, expected),
      choose: (n: number) => this.#choose(n),
      now: () => this.#now(),
      bug: (code: number, a: bigint, b: bigint) => this.fail("bug", describeBug(code, a, b)),
      die: () => this.fail("died", "core found the VM, or the system, dead"),
      kill: () => {},
      pager: (request: number) => void this.#pagerRequests.push(request >>> 0),
    };
  }

  // --- one execution ---

  /** Runs all fibers from the snapshot as the scheduler says. */
  execute(scheduler: Scheduler): Outcome {
    this.#begin(scheduler);
    let next = this.#pickFree(-1);
    while (next >= 0) {
      this.#resume(next);
      if (this.failure !== null) return "failed";
      if (this.#switchTo === CUT) return "cut";
      next = this.#switchTo >= 0 ? this.#switchTo : this.#pickFree(next);
    }
    if (next === CUT) return "cut";
    if (this.failure === null) this.#check();
    return this.failure === null ? "done" : "failed";
  }

  #begin(scheduler: Scheduler): void {
    if (this.failure !== null) this.host.restoreAll();
    else this.host.restore();
    this.words.beginExecution();
    this.#scheduler = scheduler;
    this.#mode = OFF;
    const n = this.fibers.length;
    for (let i = 0; i < n; i++) {
      this.#stacks[i] = this.host.prepareStack(i);
      this.#storeBuffers[i]?.clear();
    }
    this.ready = (1 << n) - 1;
    this.done = 0;
    this.asleep = 0;
    this.current = -1;
    this.base = -1;
    this.point = 0;
    this.preemptions = 0;
    this.hash.begin();
    this.switches = [];
    this.choices = [];
    this.failure = null;
    this.count.fill(0);
    this.stepIndex.fill(0);
    this.#suspended = 0;
    this.#isRewinding = false;
    this.#isUnwinding = false;
    this.#fairness.begin();
    this.#reads.begin();
    this.#switchTo = -1;
    this.#pagerRequests = [];
    this.#clock.fill(1e9);
    this.#idle = 0;
    this.#writeId = -1;
    this.#forced.fill(0);
    this.#forcedSinceProgress = 0;
    this.#lastProgress = this.transitions;
    this.#sectionStart.fill(-1);
    for (const monitor of this.#monitors) monitor.begin?.();
    this.run.begin?.();
    scheduler.begin();
  }

  #check(): void {
    this.current = -1;
    this.x.labSetCpu(0);
    this.#mode = OFF;
    try {
      this.run.check?.();
    } catch (error) {
      this.#failBy("check", error);
    }
  }

  /** Who goes on after `previous` stopped by itself. -1: all have ended, or a failure is noted; CUT. */
  #pickFree(previous: number): number {
    const n = this.fibers.length;
    if (this.ready === 0) {
      this.#flushHidden();
      if (this.done === (1 << n) - 1) return -1;
      if (this.ready === 0 && !this.#passTime()) return -1;
    }
    const fair = this.eligible();
    const candidates = fair & ~this.asleep;
    if (candidates === 0) return CUT;
    const usual = this.defaultOf(fair);
    this.point++;
    let next = this.defaultOf(candidates);
    if ((candidates & (candidates - 1)) !== 0 || (previous >= 0 && this.isHardware(previous)))
      next = (this.#scheduler as Scheduler).atFree(previous, candidates);
    if (next < 0) return CUT;
    if (next !== usual) this.switches.push({ from: previous, at: this.#countOf(previous), to: next });
    this.preemptions += this.costOf(previous, next, true);
    return next;
  }

  #countOf(fiber: number): number {
    return fiber < 0 ? 0 : (this.count[fiber] as number);
  }

  /** Whom a free choice falls on if nobody says otherwise: the interrupted fiber, else the first. */
  defaultOf(candidates: number): number {
    if (this.base >= 0 && ((candidates >>> this.base) & 1) !== 0) return this.base;
    return 31 - Math.clz32(candidates & -candidates);
  }

  /** Fibers that can run and owe nobody a turn. */
  eligible(): number {
    return this.#fairness.eligible(this.ready);
  }

  /** Whether the access before which `fiber` stands is, or may be, a write. */
  isPendingWrite(fiber: number): boolean {
    return isWriteKind(this.pendingKind[fiber] as number);
  }

  isHardware(fiber: number): boolean {
    return ((this.#hardware >>> fiber) & 1) !== 0;
  }

  /** Preemptions that switching costs. `isFree`: `from` has stopped by itself. */
  costOf(from: number, to: number, isFree: boolean): number {
    if (from === to || this.isHardware(to)) return 0;
    if (from >= 0 && this.isHardware(from)) return this.base < 0 || this.base === to ? 0 : 1;
    return isFree ? 0 : 1;
  }

  /** Everybody waits: lets time pass for one fiber. False: nobody gets on. */
  #passTime(): boolean {
    let chosen = -1;
    for (let f = 0; f < this.fibers.length; f++) {
      if (((this.done >>> f) & 1) !== 0) continue;
      if (chosen < 0 || (this.#forced[f] as number) < (this.#forced[chosen] as number)) chosen = f;
    }
    if (++this.#forcedSinceProgress > PATIENCE * this.fibers.length) {
      this.#note("deadlock", "no fiber can go on", -1);
      return false;
    }
    this.#forced[chosen] = (this.#forced[chosen] as number) + 1;
    this.hash.other(chosen, 0x51ed270b, this.#forced[chosen] as number);
    this.#record("timeout", chosen, 0, 0);
    this.#wake(chosen);
    return true;
  }

  /** Lets `fiber` run until it stops. */
  #resume(fiber: number): void {
    const step = this.fibers[fiber]?.steps[this.stepIndex[fiber] as number];
    if (step === undefined) throw new Error("a fiber without steps");
    this.current = fiber;
    this.#fairness.runs(fiber);
    this.#storeBuffers[fiber]?.show();
    if (!this.isHardware(fiber)) this.base = fiber;
    this.x.labSetCpu(this.cpuOf[fiber] as number);
    const bit = 1 << fiber;
    const wasPreempted = (this.#suspended & bit) !== 0 && this.pendingKind[fiber] !== HOOK_SPIN;
    if (!wasPreempted) this.count[fiber] = (this.count[fiber] as number) + 1;
    this.#switchTo = -1;
    let result: Value | undefined;
    try {
      if ((this.#suspended & bit) === 0) this.#startStep(fiber);
      if ("action" in step) {
        this.#mode = ATOMIC;
        step.action();
      } else {
        this.#mode = FIBERS;
        if ((this.#suspended & bit) !== 0) {
          this.#suspended &= ~bit;
          this.#isRewinding = true;
          this.#asyncify.asyncify_start_rewind(this.#stacks[fiber] as number);
        }
        result = (this.x[step.call] as unknown as Export)(...(step.args ?? []));
      }
    } catch (error) {
      this.#mode = OFF;
      if (error !== STOP) this.#failBy(error instanceof WebAssembly.RuntimeError ? "trap" : "check", error);
      return;
    }
    if (this.#isUnwinding) {
      this.#asyncify.asyncify_stop_unwind();
      this.#isUnwinding = false;
      this.#suspended |= bit;
      return;
    }
    this.#endStep(fiber, result);
  }

  #startStep(fiber: number): void {
    this.#reads.empty(fiber);
    const index = this.stepIndex[fiber] as number;
    this.#record("start", fiber, 0, index);
    for (const monitor of this.#monitors) monitor.onStepStart?.(fiber, index);
  }

  #endStep(fiber: number, result: Value | undefined): void {
    this.#settle();
    const index = this.stepIndex[fiber] as number;
    const steps = this.fibers[fiber]?.steps ?? [];
    const step = steps[index];
    this.#mode = ATOMIC;
    let isAgain = false;
    try {
      if (step !== undefined && "call" in step) isAgain = step.judge?.(result) === "again";
      for (const monitor of this.#monitors) monitor.onStepEnd?.(fiber, index, result);
    } catch (error) {
      this.#failBy("check", error);
      return;
    } finally {
      this.#mode = OFF;
    }
    this.#settle();
    this.#keepStores(fiber);
    this.#record("end", fiber, 0, index);
    this.count[fiber] = (this.count[fiber] as number) + 1;
    if (!this.isHardware(fiber)) this.base = -1;
    if (isAgain) return;
    this.#lastProgress = this.transitions;
    this.#forcedSinceProgress = 0;
    this.stepIndex[fiber] = index + 1;
    if (index + 1 < steps.length) return;
    this.done |= 1 << fiber;
    this.ready &= ~(1 << fiber);
  }

  // --- failures ---

  /** Notes the failure and unwinds core. */
  fail(kind: FailureKind, message: string): never {
    this.#note(kind, message, this.current);
    throw STOP;
  }

  #note(kind: FailureKind, message: string, fiber: number): void {
    this.failure ??= { kind, message, fiber };
  }

  #failBy(kind: FailureKind, error: unknown): void {
    if (error !== STOP) this.#note(kind, error instanceof Error ? error.message : String(error), this.current);
  }

  // --- points ---

  #hook(kind: number, address: number): void {
    if (this.#mode !== FIBERS) {
      this.#hookUnscheduled(kind, address);
      return;
    }
    const fiber = this.current;
    if (this.#isRewinding) {
      this.#asyncify.asyncify_stop_rewind();
      this.#isRewinding = false;
      if (this.pendingKind[fiber] !== HOOK_SPIN) this.#commit(fiber);
      return;
    }
    this.#settle();
    if (kind === HOOK_SPIN) this.#spin(fiber, address);
    else if (this.#mayGoOn(fiber, kind, address)) this.#commit(fiber);
  }

  #hookUnscheduled(kind: number, address: number): void {
    if (kind === HOOK_SPIN && ++this.#idle > IDLE_LIMIT)
      this.fail("deadlock", "spins for ever where nobody else can run (set-up, check or action)");
    if (this.#mode === OFF || kind === HOOK_SPIN) return;
    this.#settle();
    this.#setPending(this.current, kind, address);
    this.#commit(this.current);
  }

  #setPending(fiber: number, kind: number, address: number): void {
    this.pendingId[fiber] = this.words.at(address, (kind & HOOK_WIDE) !== 0);
    this.pendingKind[fiber] = kind;
    this.pendingAddress[fiber] = address;
  }

  /** Asks who runs before the access. False: core's stack is being unwound, another fiber comes first. */
  #mayGoOn(fiber: number, kind: number, address: number): boolean {
    this.#setPending(fiber, kind, address);
    this.point++;
    const next = (this.#scheduler as Scheduler).atAccess(fiber);
    if (next === fiber) return true;
    if (next === CUT) {
      this.#switchTo = CUT;
      throw STOP;
    }
    this.#record("stop", fiber, kind, address);
    this.switches.push({ from: fiber, at: this.count[fiber] as number, to: next });
    this.preemptions += this.costOf(fiber, next, false);
    if ((this.#scheduler as Scheduler).usesSleep) this.asleep |= 1 << fiber;
    this.#switchTo = next;
    this.#keepStores(fiber);
    this.#unwind(fiber);
    return false;
  }

  /** Nobody can run: whatever is in store buffers gets out of them. */
  #flushHidden(): void {
    this.#storeBuffers.forEach((buffer, fiber) => {
      buffer.show();
      this.#flushStores(fiber, buffer.length);
    });
  }

  /** `fiber` stops, not because it waits: it may keep some of its buffered stores, the youngest, to itself. */
  #keepStores(fiber: number): void {
    const buffer = this.#storeBuffers[fiber] as StoreBuffer;
    if (buffer.length === 0) return;
    const kept = this.#ask(fiber, buffer.length + 1);
    this.#flushStores(fiber, buffer.length - kept);
    buffer.hide();
  }

  /** Others see the oldest `n` of `fiber`'s buffered stores. */
  #flushStores(fiber: number, n: number): void {
    for (const id of (this.#storeBuffers[fiber] as StoreBuffer).flush(n)) this.#changed(id, fiber);
  }

  #unwind(fiber: number): void {
    this.#isUnwinding = true;
    this.#asyncify.asyncify_start_unwind(this.#stacks[fiber] as number);
  }

  /** `fiber`'s access happens now. */
  #commit(fiber: number): void {
    const { words } = this;
    const id = this.pendingId[fiber] as number;
    const kind = this.pendingKind[fiber] as number;
    const address = this.pendingAddress[fiber] as number;
    const isWrite = isWriteKind(kind);
    this.transitions++;
    this.count[fiber] = (this.count[fiber] as number) + 1;
    if (this.trace !== null) this.#record("access", fiber, kind, address);
    if (this.#accessMonitors.length > 0) this.#tellMonitors(fiber, kind, address);
    words.note(id, fiber, isWrite);
    this.hash.access(fiber, id, isWrite);
    if (this.asleep !== 0) this.#disturb(fiber, id, isWrite);
    this.#reads.add(fiber, id, this.transitions);
    if (isWrite) this.#expectWrite(fiber, id, kind, address);
    if (address === this.#epochWord[fiber])
      this.#sectionStart[fiber] = (kind & KIND) === HOOK_RMW ? this.transitions : -1;
    this.#checkLimits(fiber);
  }

  #checkLimits(fiber: number): void {
    if (this.transitions - this.#lastProgress > this.progressLimit)
      this.fail("livelock", `no fiber completed a step in ${this.progressLimit} accesses`);
    const start = this.#sectionStart[fiber] as number;
    if (start >= 0 && this.transitions - start > this.sectionLimit)
      this.fail("section", `an epoch section of more than ${this.sectionLimit} accesses`);
  }

  #tellMonitors(fiber: number, kind: number, address: number): void {
    const mode = this.#mode;
    this.#mode = OFF;
    try {
      for (const monitor of this.#accessMonitors) monitor.onAccess?.(fiber, kind, address);
    } catch (error) {
      this.#failBy("monitor", error);
      throw STOP;
    } finally {
      this.#mode = mode;
    }
  }

  /** Preempted fibers that stand before a conflicting access are worth resuming from now on. */
  #disturb(fiber: number, id: number, isWrite: boolean): void {
    for (let f = 0; f < this.fibers.length; f++) {
      if (((this.asleep >>> f) & 1) === 0 || f === fiber || this.pendingId[f] !== id) continue;
      if (isWrite || isWriteKind(this.pendingKind[f] as number)) this.asleep &= ~(1 << f);
    }
    this.asleep &= ~(1 << fiber);
  }

  #expectWrite(fiber: number, id: number, kind: number, address: number): void {
    const index = address >>> 2;
    this.#writeId = id;
    this.#writeBy = fiber;
    this.#writeIndex = index;
    this.#writeIsWide = (kind & HOOK_WIDE) !== 0;
    this.#oldLow = this.#memoryWords[index] as number;
    this.#oldHigh = this.#memoryWords[index + 1] as number;
    this.host.written[address >>> 12] = 1;
    if (!this.hasStoreBuffers) return;
    const buffer = this.#storeBuffers[fiber] as StoreBuffer;
    if ((kind & HOOK_RELEASE) !== 0) buffer.add(id, index, (kind & HOOK_WIDE) !== 0);
    else this.#flushStores(fiber, buffer.length);
  }

  /** The last write has happened by now: did it change the word? */
  #settle(): void {
    const id = this.#writeId;
    if (id < 0) return;
    this.#writeId = -1;
    const index = this.#writeIndex;
    if (this.trace !== null) this.#fillAfter();
    const isChanged =
      this.#memoryWords[index] !== this.#oldLow ||
      (this.#writeIsWide && this.#memoryWords[index + 1] !== this.#oldHigh);
    if (isChanged) this.#changed(id, this.#writeBy);
  }

  /** The word has another value, by `by`: wakes those that wait for that. */
  #changed(id: number, by: number): void {
    const watching = this.#reads.changed(id, by, this.transitions);
    if (watching === 0) return;
    for (let f = 0; f < this.fibers.length; f++) {
      if (((watching >>> f) & 1) === 0) continue;
      this.#wake(f);
    }
  }

  // --- waiting ---

  #block(fiber: number): void {
    this.ready &= ~(1 << fiber);
    this.#flushStores(fiber, Number.POSITIVE_INFINITY);
    this.#fairness.waits(fiber, this.ready);
    this.#reads.watch(fiber);
    if (!this.isHardware(fiber)) this.base = -1;
    this.#unwind(fiber);
  }

  #wake(fiber: number): void {
    this.ready |= 1 << fiber;
    this.#reads.unwatch(fiber);
  }

  #spin(fiber: number, address: number): void {
    this.count[fiber] = (this.count[fiber] as number) + 1;
    if (this.transitions++ - this.#lastProgress > this.progressLimit)
      this.fail("livelock", `no fiber completed a step in ${this.progressLimit} accesses`);
    if (this.#reads.hasNews(fiber)) {
      this.#reads.empty(fiber);
      return;
    }
    this.pendingKind[fiber] = HOOK_SPIN;
    this.pendingAddress[fiber] = address;
    this.#record("spin", fiber, HOOK_SPIN, address);
    this.#block(fiber);
  }

  /** env.wait: a load of the word, and then perhaps a sleep. All sleeps of core have a time limit. */
  #wait(address: number, expected: number): number {
    if (this.#mode !== FIBERS) {
      if (++this.#idle > IDLE_LIMIT) this.fail("deadlock", "waits for ever where nobody else can run");
      return this.#memoryWords[address >>> 2] === expected ? 2 : 1;
    }
    const fiber = this.current;
    if (this.#isRewinding) {
      this.#asyncify.asyncify_stop_rewind();
      this.#isRewinding = false;
      if (this.pendingKind[fiber] === HOOK_SPIN) return this.#wakeResult(fiber);
    } else {
      this.#settle();
      if (!this.#mayGoOn(fiber, HOOK_LOAD, address)) return 0;
    }
    this.#commit(fiber);
    if (this.#memoryWords[address >>> 2] !== expected) return 1;
    return this.#sleep(fiber, address, expected);
  }

  #sleep(fiber: number, address: number, expected: number): number {
    this.count[fiber] = (this.count[fiber] as number) + 1;
    this.#waitExpected[fiber] = expected;
    this.pendingKind[fiber] = HOOK_SPIN;
    this.pendingAddress[fiber] = address;
    if (this.#reads.hasNews(fiber)) {
      this.#reads.empty(fiber);
      return this.#wakeResult(fiber);
    }
    this.#record("wait", fiber, HOOK_SPIN, address);
    this.#block(fiber);
    return 0;
  }

  #wakeResult(fiber: number): number {
    if (this.#memoryWords[(this.pendingAddress[fiber] as number) >>> 2] !== this.#waitExpected[fiber]) return 0;
    this.#clock[fiber] = (this.#clock[fiber] as number) + 1e6;
    return 2;
  }

  #now(): number {
    const fiber = this.current;
    if (fiber < 0) return 1e9;
    this.#clock[fiber] = (this.#clock[fiber] as number) + CLOCK_STEP_NS;
    return this.#clock[fiber] as number;
  }

  #choose(n: number): number {
    const fiber = this.current;
    return this.#mode === OFF || n < 2 ? 0 : this.#ask(fiber, n);
  }

  /** One of n answers, which the scheduler gives. */
  #ask(fiber: number, n: number): number {
    this.point++;
    const value = (this.#scheduler as Scheduler).choose(fiber, n);
    this.count[fiber] = (this.count[fiber] as number) + 1;
    if (value !== 0) this.choices.push({ fiber, at: this.count[fiber] as number, value });
    this.hash.other(fiber, 0x1b873593, value + 1);
    this.#record("choose", fiber, 0, value);
    return value;
  }

  // --- for the story ---

  #record(type: TraceEvent["type"], fiber: number, kind: number, address: number): void {
    if (this.trace === null) return;
    if (type !== "access" && type !== "stop" && type !== "spin" && type !== "wait") {
      this.trace.push({ type, fiber, kind, address, before: 0n, after: 0n });
      return;
    }
    const before = this.#valueAt(kind, address);
    this.trace.push({ type, fiber, kind, address, before, after: before, place: this.names.place(address) });
  }

  #fillAfter(): void {
    const event = this.trace?.findLast(({ type }) => type === "access");
    if (event !== undefined) event.after = this.#valueAt(event.kind, event.address);
  }

  #valueAt(kind: number, address: number): bigint {
    const { view } = this.host.core;
    return (kind & HOOK_WIDE) !== 0
      ? view.getBigUint64(address, true)
      : BigInt(view.getUint32((address >>> 2) << 2, true));
  }
}

export function isWriteKind(kind: number): boolean {
  const base = kind & KIND;
  return base === HOOK_STORE || base === HOOK_RMW;
}
