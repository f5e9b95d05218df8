/** What a scenario of the library says about itself beside what the checker needs. */
import type { Fiber, Rig, Run, Scenario, Step } from "../check/scenario.js";
import { halt, type Op, ScenarioVm, type VmOptions } from "./vm.js";

export interface LabScenario extends Scenario {
  /** Duties of docs/duties.json, in their own words, that it exercises. */
  readonly duties: readonly string[];
}

/** What a family of scenarios gives for each. */
export interface Definition {
  readonly name: string;
  readonly title: string;
  readonly duties: readonly string[];
  readonly vm: VmOptions;
  /** Simulated CPUs; default: one for each vCPU and one more. */
  readonly cpus?: number;
  readonly bounds?: Scenario["bounds"];
  readonly memoryMiB?: number;
  /** Fills the VM and says what runs. `check` runs before the general checks, which tear the VM down. */
  setup(vm: ScenarioVm): {
    readonly fibers: readonly Fiber[];
    readonly begin?: () => void;
    readonly check?: () => void;
  };
}

export function define(definition: Definition): LabScenario {
  const { name, title, duties, bounds, memoryMiB } = definition;
  return {
    name,
    title,
    duties,
    cpus: definition.cpus ?? definition.vm.vcpus + 1,
    ...(bounds === undefined ? {} : { bounds }),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
    setup: (rig: Rig): Run => {
      const vm = new ScenarioVm(rig, definition.vm);
      const { fibers, begin, check } = definition.setup(vm);
      return {
        fibers,
        begin: () => {
          vm.begin();
          begin?.();
        },
        check: () => {
          check?.();
          vm.check();
        },
      };
    },
  };
}

/** A fiber that runs vCPU `i`, on CPU `i`, once for each label. */
export function guest(vm: ScenarioVm, i: number, ...labels: readonly string[]): Fiber {
  return { name: `vCPU ${i}`, cpu: i, steps: labels.map((label) => vm.run(i, label)) };
}

/** A fiber of the host's, on CPU `cpu`. */
export function host(name: string, cpu: number, ...steps: readonly Step[]): Fiber {
  return { name, cpu, steps };
}

/** A VM with one slot of `pages` anonymous pages at gfn 0; its host address. */
export function plainSlot(vm: ScenarioVm, pages: bigint, flags = 0): bigint {
  const hva = vm.anon(pages);
  vm.slot(0, 0n, pages, hva, flags);
  return hva;
}

/** Gives vCPU `i` a program whose first part, `before`, it runs at once. */
export function warmed(vm: ScenarioVm, i: number, before: readonly Op[], after: readonly Op[]): void {
  vm.program(i, ...before, halt, ...after);
  vm.warm(i);
}
