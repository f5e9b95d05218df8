/** Scenarios of a few accesses, for tests of the checker itself. */
import type { Fiber, Rig, Run, Scenario, Step, Value } from "../../../src/lab/check/index.js";

/** What a litmus scenario's parts are made of. */
export interface Litmus {
  readonly rig: Rig;
  /** Address of the first of the frame's 1024 words, all 0. */
  readonly p: number;
  /** Word `i`, unsigned. */
  word(i: number): number;
  /** Results of calls made with `call`, in the order of fibers; undefined for those that have none. */
  readonly results: (Value | undefined)[];
}

/** A fiber whose one step is one call; its result goes to `results`. */
export function call(litmus: Litmus, i: number, name: string, ...args: Value[]): Fiber {
  const step: Step = {
    label: `${name}(${args.join(", ")})`,
    call: name,
    args,
    judge: (result) => {
      litmus.results[i] = result;
    },
  };
  return { name: `fiber ${i}`, steps: [step] };
}

/** A scenario over one frame of words. */
export function litmus(
  name: string,
  cpus: number,
  parts: (litmus: Litmus) => { readonly fibers: readonly Fiber[]; readonly check?: () => void },
): Scenario {
  return {
    name,
    title: name,
    cpus,
    memoryMiB: 4,
    setup: (rig): Run => {
      const p = rig.x.kblockAlloc(0) >>> 0;
      if (p === 0) throw new Error("kblockAlloc");
      const one: Litmus = { rig, p, word: (i) => rig.memory.view.getUint32(p + i * 4, true), results: [] };
      const { fibers, check } = parts(one);
      return {
        fibers,
        begin: () => {
          one.results.fill(undefined);
        },
        ...(check === undefined ? {} : { check }),
      };
    },
  };
}

/** Throws unless they are equal. */
export function same(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`${what} is ${String(found)}, not ${String(wanted)}`);
}
