/**
 * What a scenario of the model checker is: a small system, set up once, and two to four fibers that run on it, each on a
 * CPU of its own, through core's exports. The checker runs the fibers again and again from the same memory, each time
 * with another interleaving of their accesses to shared words.
 *
 * Rules for a scenario:
 * - everything it does must follow from core's memory and the calls' results: no clock, no randomness, no state of its
 *   own in TypeScript that `begin` does not reset;
 * - a step makes one call, and the explorer may switch fibers before each access that call reports (core/layout/hook.ts).
 *   Between two steps of a fiber a switch is free; inside a step it is a preemption and counts against the bound. So put
 *   into one step what the explorer need not take apart;
 * - accesses that core does not report are taken to be ordered by those that it does.
 */
import type { CoreMemory } from "../../abi/index.js";
import type { CoreExports } from "../../kvm/core_exports.js";

/** An argument or result of an export. Pointers arrive signed: apply `>>> 0`. */
export type Value = number | bigint;

/** Exports of build/core.lab.wasm: the host's, those of core/lab, and all others by name. */
export type LabExports = CoreExports & {
  labSetCpu(id: number): void;
  mmuInvariants(vm: number): number;
  vmCounter(vm: number, offset: number): bigint;
  vmZapGfnRange(vm: number, startGfn: bigint, endGfn: bigint): void;
} & Record<string, (...args: never[]) => Value | undefined>;

/** One call of an export, taken apart by the explorer. */
export interface CallStep {
  /** For the story: "vCPU 0 writes gfn 0x10". */
  readonly label: string;
  /** Name of the export. */
  readonly call: string;
  readonly args?: readonly Value[];
  /**
   * Gets the result. Throw (an Error whose message is the complaint) if it is wrong. Returning "again" repeats the step (for
   * instance vcpuRun after its pager was served). May call exports: they run at once, as in an ActionStep.
   */
  readonly judge?: (result: Value | undefined) => unknown;
}

/** Something done at once, with no switch inside; it may call exports, on this fiber's CPU. */
export interface ActionStep {
  readonly label: string;
  readonly action: () => void;
}

export type Step = CallStep | ActionStep;

/** One simulated CPU's program. */
export interface Fiber {
  readonly name: string;
  readonly steps: readonly Step[];
  /** The CPU it runs on; default: its index. One fiber per CPU. */
  readonly cpu?: number;
  /**
   * Something that may happen at any time, as the hardware's doings do: switches to it, and from it back, cost no
   * preemption. Keep its steps short.
   */
  readonly isHardware?: boolean;
}

/** Looks on. What it throws is a failure ("monitor"). Methods are called for each access: keep them cheap. */
export interface Monitor {
  /** Before each execution. */
  begin?(): void;
  /** Right before fiber's access (its effect is not there yet). `kind`: HOOK_*, with HOOK_WIDE; `address`: bytes. */
  onAccess?(fiber: number, kind: number, address: number): void;
  onStepStart?(fiber: number, step: number): void;
  onStepEnd?(fiber: number, step: number, result: Value | undefined): void;
}

/** What a scenario's set-up leaves for its executions. */
export interface Run {
  readonly fibers: readonly Fiber[];
  /** Before each execution, memory restored: resets what TypeScript remembers. */
  begin?(): void;
  /** After each execution in which all fibers ended: throws if the outcome is wrong. On CPU 0, without switches. */
  check?(): void;
  readonly monitors?: readonly Monitor[];
  /** Names for the story: addresses of things that the rig cannot find by itself. */
  readonly names?: ReadonlyMap<number, string>;
}

/** Where a scenario lives: one instance of core over one small memory. */
export interface Rig {
  readonly x: LabExports;
  readonly memory: CoreMemory;
  /** CPUs, initialised: 0 to cpus - 1. */
  readonly cpus: number;
  /** Calls made by set-up or an action from now on run on this CPU. Starts as 0. */
  useCpu(id: number): void;
  /** Addresses of pager requests posted since the last call of this: by set-up, by an execution. */
  takePagerRequests(): number[];
}

/** How far to search. */
export interface Bounds {
  /** Preemptions per execution: 0, 1, ... up to this are searched exhaustively. -1: not at all. */
  readonly preemptions: number;
  /** Executions with random priorities afterwards. */
  readonly randomRuns: number;
  /** Of those: changes of priority in one execution. */
  readonly randomDepth: number;
  readonly seed: number;
  /** Wall-clock limit, seconds; what is not done then is reported as not done. */
  readonly seconds: number;
  /** Accesses in which no fiber completes a step: more is a livelock. */
  readonly progressLimit: number;
  /** Accesses of one fiber inside one epoch section: more is a failure. */
  readonly sectionLimit: number;
}

export const DEFAULT_BOUNDS: Bounds = {
  preemptions: 2,
  randomRuns: 1000,
  randomDepth: 3,
  seed: 1,
  seconds: 60,
  progressLimit: 100_000,
  sectionLimit: 20_000,
};

export interface Scenario {
  /** Kebab-case, unique. */
  readonly name: string;
  /** One sentence for --list. */
  readonly title: string;
  /** Simulated CPUs. */
  readonly cpus: number;
  /** Size of the simulated host's memory: at least 4 (the arena begins at 2 MiB); default 6. */
  readonly memoryMiB?: number;
  /** Where they differ from DEFAULT_BOUNDS. */
  readonly bounds?: Partial<Bounds>;
  /** Makes the system, once for each check. On CPU 0, without switches; throw if it fails. */
  setup(rig: Rig): Run;
}

export type FailureKind =
  | "bug" // core threw CoreBug
  | "trap" // wasm trapped
  | "died" // core found the VM or the system dead
  | "deadlock" // every fiber that has not ended waits
  | "livelock" // no fiber completes a step
  | "section" // an epoch section is too long
  | "monitor"
  | "check"; // the outcome, or a step's result, is wrong

/** A decision that differs from "go on with the same fiber; when it waits or ends, the first that can run". */
export interface Switch {
  /** The fiber that runs, or has just stopped; -1 at the very beginning. */
  readonly from: number;
  /** Its points (accesses, waits, ends of steps) passed so far. */
  readonly at: number;
  readonly to: number;
}

/** An answer to env.choose, 0 being the default. */
export interface Choice {
  readonly fiber: number;
  readonly at: number;
  readonly value: number;
}

/** All that an execution's course depends on. */
export interface Schedule {
  readonly switches: readonly Switch[];
  readonly choices: readonly Choice[];
}

export interface Failure {
  readonly kind: FailureKind;
  /** One sentence. */
  readonly message: string;
  /** The fiber at work, or -1. */
  readonly fiber: number;
  readonly schedule: Schedule;
  readonly preemptions: number;
  /** How it was found. */
  readonly foundBy: "exhaustive" | "random" | "replay";
  /** The execution, as text for people. */
  readonly story: string;
}

export interface CheckResult {
  readonly scenario: string;
  /** The greatest bound searched completely; -1: none. */
  readonly boundCompleted: number;
  /** Executions of the exhaustive search, those cut short because they repeat others included. */
  readonly executions: number;
  readonly cutShort: number;
  readonly randomExecutions: number;
  /** Accesses and other points passed, all executions together. */
  readonly transitions: number;
  /** Different states met at scheduling points of the last bound searched (hashes of 64 bits). */
  readonly states: number;
  readonly seconds: number;
  /** Why the search ended before its bounds, or null. */
  readonly stopped: "time" | "abort" | "failure" | null;
  readonly failure: Failure | null;
  /** Mutant builds: the numbers of the mutations whose place was passed. */
  readonly mutantsReached: readonly number[];
}

/** What checkScenario (index.ts) takes. */
export interface CheckOptions {
  /** build/core.lab.wasm, or a build made from it. */
  readonly module: WebAssembly.Module;
  readonly scenario: Scenario;
  /** Over the scenario's own. */
  readonly bounds?: Partial<Bounds>;
  /** Mutant builds: the mutation to switch on after set-up. */
  readonly mutant?: number;
  /** Processors have store buffers (x86-TSO). Switches the reduction off, so only for small bounds. */
  readonly storeBuffers?: boolean;
  /** False: without partial-order reduction, for comparison on small programs. */
  readonly reduces?: boolean;
  /** Called a few times a second. */
  readonly onProgress?: (progress: CheckProgress) => void;
  readonly signal?: AbortSignal;
}

export interface CheckProgress {
  readonly phase: "exhaustive" | "random" | "shrink";
  /** The bound being searched. */
  readonly bound: number;
  readonly executions: number;
  readonly states: number;
  readonly seconds: number;
}
