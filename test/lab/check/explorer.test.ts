import { describe, expect, test } from "vitest";
import {
  type Bounds,
  type CheckResult,
  checkScenario,
  replaySchedule,
  type Scenario,
} from "../../../src/lab/check/index.js";
import { loadModule } from "../../core/harness.js";
import { faultFault } from "./fault_fault.js";
import { call, litmus, same } from "./litmus.js";

const module = loadModule("lab");

function check(scenario: Scenario, bounds: Partial<Bounds>, reduces = true): Promise<CheckResult> {
  return checkScenario({ module, scenario, reduces, bounds: { randomRuns: 0, ...bounds } });
}

const lostUpdate = litmus("lost-update", 2, (l) => ({
  fibers: [0, 1].map((i) => call(l, i, "litmusIncrement", l.p)),
  check: () => same("the sum", l.word(0), 2),
}));

/** Needs three preemptions in places: each fiber must come between two accesses of another. */
const chain = litmus("chain", 2, (l) => ({
  fibers: [0, 1].map((i) => call(l, i, "litmusIncrementEach", l.p, 2)),
  check: () => {
    if (l.word(0) === 1 && l.word(1) === 1) throw new Error("both words lost an update");
  },
}));

const crossedLocks = litmus("crossed-locks", 2, (l) => ({
  fibers: [call(l, 0, "litmusTakeBoth", l.p, l.p + 4), call(l, 1, "litmusTakeBoth", l.p + 4, l.p)],
}));

describe("exhaustive search", () => {
  test("a lost update needs one preemption, and is found with one", async () => {
    const without = await check(lostUpdate, { preemptions: 0 });
    expect(without).toMatchObject({ boundCompleted: 0, failure: null, stopped: null });
    const { failure, boundCompleted } = await check(lostUpdate, { preemptions: 2 });
    expect(boundCompleted).toBe(0);
    expect(failure).toMatchObject({
      kind: "check",
      message: "the sum is 1, not 2",
      preemptions: 1,
      foundBy: "exhaustive",
    });
  });

  test("an update by one instruction is never lost", async () => {
    const scenario = litmus("atomic-update", 3, (l) => ({
      fibers: [0, 1, 2].map((i) => call(l, i, "litmusAdd", l.p)),
      check: () => same("the sum", l.word(0), 3),
    }));
    expect(await check(scenario, { preemptions: 3 })).toMatchObject({ boundCompleted: 3, failure: null });
  });

  test("crossed locks deadlock, and the story says who waits for what", async () => {
    const { failure } = await check(crossedLocks, { preemptions: 2 });
    expect(failure).toMatchObject({ kind: "deadlock", preemptions: 1 });
    expect(failure?.story).toMatch(/fiber 0 .* stands at .*\n.*fiber 1 .* stands at/);
  });

  test("one fiber may wait for another without end of executions", async () => {
    const scenario = litmus("await", 2, (l) => ({
      fibers: [call(l, 0, "litmusAwait", l.p), call(l, 1, "litmusStore", l.p, 1)],
    }));
    const result = await check(scenario, { preemptions: 3 });
    expect(result).toMatchObject({ boundCompleted: 3, failure: null });
    expect(result.executions).toBeLessThan(40);
  });

  test("who waits for what nobody does is told of", async () => {
    const scenario = litmus("await-nothing", 2, (l) => ({
      fibers: [call(l, 0, "litmusAwait", l.p), call(l, 1, "litmusStore", l.p + 4, 1)],
    }));
    expect((await check(scenario, { preemptions: 0 })).failure).toMatchObject({ kind: "deadlock" });
  });

  test("every answer of the machine is tried", async () => {
    const seen = new Set<number>();
    const scenario = litmus("choice", 1, (l) => ({
      fibers: [call(l, 0, "litmusChoose", l.p, 3)],
      check: () => void seen.add(l.word(0)),
    }));
    expect(await check(scenario, { preemptions: 0 })).toMatchObject({ boundCompleted: 0, failure: null });
    expect([...seen].sort()).toEqual([0, 1, 2]);
  });

  test("stores and loads of two fibers are sequentially consistent: not both miss the other", async () => {
    const seen = new Set<string>();
    const scenario = litmus("store-load", 2, (l) => ({
      fibers: [call(l, 0, "litmusStoreLoad", l.p, l.p + 4), call(l, 1, "litmusStoreLoad", l.p + 4, l.p)],
      check: () => void seen.add(l.results.join()),
    }));
    await check(scenario, { preemptions: 4 });
    expect([...seen].sort()).toEqual(["0,1", "1,0", "1,1"]);
  });

  test("hardware interrupts cost no preemption", async () => {
    const scenario = litmus("hardware", 2, (l) => ({
      fibers: [call(l, 0, "litmusIncrement", l.p), { ...call(l, 1, "litmusAdd", l.p), isHardware: true }],
      check: () => same("the sum", l.word(0), 2),
    }));
    expect((await check(scenario, { preemptions: 0 })).failure).toMatchObject({ kind: "check", preemptions: 0 });
  });
});

/** Fibers' programs for litmusProgram, from one number. */
function randomPrograms(seed: number): number[] {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const next = (n: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
  return Array.from({ length: 2 + next(2) }, () => {
    let program = 0;
    for (let i = 0; i < 2 + next(3); i++) program = (program << 4) | (next(3) << 2) | (1 + next(3));
    return program;
  });
}

describe("partial-order reduction", () => {
  /** All outcomes within the bound, and the executions that it took. */
  async function outcomes(programs: number[], bound: number, reduces: boolean): Promise<[string[], number]> {
    const seen = new Set<string>();
    const scenario = litmus("programs", programs.length, (l) => ({
      fibers: programs.map((program, i) => call(l, i, "litmusProgram", program, l.p)),
      check: () => void seen.add([l.word(0), l.word(1), l.word(2), ...l.results].join()),
    }));
    const { executions, failure } = await check(scenario, { preemptions: bound }, reduces);
    expect(failure).toBeNull();
    return [[...seen].sort(), executions];
  }

  for (let seed = 0; seed < 30; seed++) {
    test(`loses no outcome of random programs at any bound (seed ${seed})`, async () => {
      const programs = randomPrograms(seed);
      for (const bound of [0, 1, 2]) {
        const [all, nAll] = await outcomes(programs, bound, false);
        const [reduced, nReduced] = await outcomes(programs, bound, true);
        expect(reduced).toEqual(all);
        expect(nReduced).toBeLessThanOrEqual(nAll + 3 * (bound + 1)); // a new conflict begins the search again
      }
    });
  }

  test("saves most executions where fibers have little in common", async () => {
    const apart = [0x1_5151, 0x9_d9d9]; // words 0 and 1 against words 2 and 3, but for the last
    const [all, nAll] = await outcomes(apart, 2, false);
    const [reduced, nReduced] = await outcomes(apart, 2, true);
    expect(reduced).toEqual(all);
    expect(nReduced * 3).toBeLessThan(nAll);
  });
});

describe("store buffers", () => {
  /** What two fibers see that store to one word and load the other's, by `name`. */
  async function seen(name: string, storeBuffers: boolean): Promise<string[]> {
    const outcomes = new Set<string>();
    const scenario = litmus("release-load", 2, (l) => ({
      fibers: [0, 4].map((mine, i) => call(l, i, name, l.p + mine, l.p + 4 - mine, l.p + 64)),
      check: () => {
        outcomes.add(l.results.join());
        same("the stores' sum", l.word(0) + l.word(1), 2);
      },
    }));
    const result = await checkScenario({ module, scenario, storeBuffers, bounds: { preemptions: 2, randomRuns: 0 } });
    expect(result).toMatchObject({ boundCompleted: 2, failure: null });
    return [...outcomes].sort();
  }

  test("both fibers may miss the other's store, if the processors have them", async () => {
    expect(await seen("litmusReleaseLoad", false)).toEqual(["0,1", "1,0", "1,1"]);
    expect(await seen("litmusReleaseLoad", true)).toEqual(["0,0", "0,1", "1,0", "1,1"]);
  });

  test("a locked instruction empties them", async () => {
    expect(await seen("litmusReleaseFenceLoad", true)).toEqual(["0,1", "1,0", "1,1"]);
  });
});

describe("failures", () => {
  test("a schedule found by chance is shrunk to what the failure needs", async () => {
    const { failure } = await check(lostUpdate, { preemptions: -1, randomRuns: 200 });
    expect(failure).toMatchObject({ foundBy: "random", preemptions: 1 });
  });

  test("random priorities find a failure that needs several preemptions", async () => {
    const { failure } = await check(chain, { preemptions: -1, randomRuns: 500 });
    expect(failure).toMatchObject({ foundBy: "random", kind: "check" });
    const exhaustive = await check(chain, { preemptions: 4 });
    expect(failure?.preemptions).toBeGreaterThanOrEqual(exhaustive.failure?.preemptions ?? 99);
  });

  test("a replayed schedule fails the same way, with the same story", async () => {
    for (const scenario of [lostUpdate, chain, crossedLocks]) {
      const { failure } = await check(scenario, { preemptions: 4 });
      if (failure === null) throw new Error(`${scenario.name} did not fail`);
      const again = replaySchedule({ module, scenario }, failure.schedule);
      expect(again).toMatchObject({ kind: failure.kind, message: failure.message, preemptions: failure.preemptions });
      expect(again?.story).toBe(failure.story);
    }
  });

  test("a replayed schedule that fits no failure ends without one", () => {
    expect(replaySchedule({ module, scenario: lostUpdate }, { switches: [], choices: [] })).toBeNull();
  });
});

describe("core's locks", () => {
  const RANK_MMU = 5;
  const RANK_HOST_OBJECT = 7;

  test("a spinlock excludes", async () => {
    const scenario = litmus("spinlock", 3, (l) => {
      const lock = l.p + 64;
      l.rig.x["litmusSpinInit"]?.(...([lock, RANK_HOST_OBJECT] as never[]));
      return {
        fibers: [0, 1, 2].map((i) => call(l, i, "litmusSpinIncrement", lock, l.p)),
        check: () => same("the sum", l.word(0), 3),
      };
    });
    expect(await check(scenario, { preemptions: 2, randomRuns: 500 })).toMatchObject({
      boundCompleted: 2,
      failure: null,
    });
  });

  for (const [name, kind] of Object.entries({ distributed: 0, central: 1, exclusive: 2 })) {
    test(`the ${name} rwlock: writers exclude each other and readers`, async () => {
      const scenario = litmus(`rwlock-${name}`, 3, (l) => {
        const lock = l.p + 64;
        l.rig.x["litmusRwInit"]?.(...([lock, kind, RANK_MMU] as never[]));
        return {
          fibers: [
            call(l, 0, "litmusWriteIncrement", lock, l.p),
            call(l, 1, "litmusWriteIncrement", lock, l.p),
            call(l, 2, "litmusReadTwice", lock, l.p),
          ],
          check: () => {
            same("the sum", l.word(0), 2);
            same("a change under the reader's eyes", l.results[2], 0);
          },
        };
      });
      const result = await check(scenario, { preemptions: 2, randomRuns: 500 });
      expect(result).toMatchObject({ boundCompleted: 2, failure: null });
    });
  }

  for (const how of ["litmusEpochDefer", "litmusEpochSynchronize"]) {
    test(`${how}: a reader in an epoch section never sees the object gone`, async () => {
      const scenario = litmus(how, 3, (l) => {
        l.rig.memory.view.setUint32(l.p, l.p + 128, true);
        l.rig.memory.view.setUint32(l.p + 128 + 12, 7, true);
        return {
          fibers: [call(l, 0, "litmusEpochRead", l.p), call(l, 1, "litmusEpochRead", l.p), call(l, 2, how, l.p)],
          check: () => {
            for (const seen of l.results.slice(0, 2)) if (seen !== 0 && seen !== 7) throw new Error(`read ${seen}`);
          },
        };
      });
      const result = await check(scenario, { preemptions: 3, randomRuns: 500 });
      expect(result).toMatchObject({ boundCompleted: 3, failure: null });
    });
  }
});

test("two faults on one page: clean, and the same search gives the same figures", async () => {
  const first = await check(faultFault, { preemptions: 1 });
  expect(first).toMatchObject({ boundCompleted: 1, failure: null });
  const second = await check(faultFault, { preemptions: 1 });
  expect(second).toMatchObject({ executions: first.executions, states: first.states, transitions: first.transitions });
});
