/**
 * The dirty log collected under writing vCPUs. A replica is updated only from pages that the log names; when all is
 * over and the log was read once more, it must equal guest memory.
 */
import {
  DIRTY_GFN_F_DIRTY,
  DIRTY_GFN_F_RESET,
  DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  DirtyGfn,
  ENOENT,
  KVM_MEM_LOG_DIRTY_PAGES,
  PROG_ROLE_GUEST_MODE,
  Vcpu,
} from "../../abi/index.js";
import type { ActionStep, Step } from "../check/scenario.js";
import { define, guest, host, warmed } from "./define.js";
import { EPT, EPT_NO_AD, EPT_PML, NPT, PAGE, read, role, type ScenarioVm, write } from "./vm.js";
import { dontNeed, zap, zapAll } from "./zaps.js";

const LOG = "Support dirty logging for the TDP MMU";
const HANDLER = "Add dirty logging handler for changed sptes";
const FAST = "Fast page fault in the TDP MMU";

const PAGES = 4n;

/** A logged slot at gfn 0, and a copy of it that follows the log. */
class Replica {
  readonly hva: bigint;
  readonly #vm: ScenarioVm;
  readonly #buffer: number;
  readonly #words: bigint[];
  readonly #initial: bigint[];

  /** The guest's memory as it is now, in full; from here on what the log names. */
  constructor(vm: ScenarioVm, hva: bigint, manual = 0) {
    this.#vm = vm;
    this.hva = hva;
    this.#buffer = vm.result("karrayAlloc", 8n) >>> 0;
    if (manual !== 0) vm.now("vmSetManualProtect", vm.vm, manual);
    vm.now("memslotSet", vm.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0n, PAGES * PAGE, hva);
    this.#initial = this.#memory();
    this.#words = [...this.#initial];
  }

  #memory(): bigint[] {
    return Array.from({ length: Number(PAGES) }, (_, i) => this.#vm.hostWord(this.hva + BigInt(i) * PAGE));
  }

  begin(): void {
    this.#words.splice(0, this.#words.length, ...this.#initial);
    this.#harvested.clear();
  }

  #copy(mask: bigint): void {
    this.#memory().forEach((word, i) => {
      if ((mask >> BigInt(i)) & 1n) this.#words[i] = word;
    });
  }

  #mask(): bigint {
    const at = this.#vm.result("karrayAt", this.#buffer, 0n) >>> 0;
    return this.#vm.rig.memory.view.getBigUint64(at, true);
  }

  /** Steps: reads the log, then copies what it names. */
  get(): Step[] {
    return [
      this.#vm.call("gets the dirty log", "callDirtyLogGet", [this.#vm.vm, 0, this.#buffer]),
      { label: "copies what it names", action: () => this.#copy(this.#mask()) },
    ];
  }

  /** The same with manual protection: reads, clears what it read, copies. */
  getAndClear(): Step[] {
    return [
      this.#vm.call("gets the dirty log", "callDirtyLogGet", [this.#vm.vm, 0, this.#buffer]),
      this.#vm.call("clears it", "callDirtyLogClear", [this.#vm.vm, 0, 0n, PAGES, this.#buffer]),
      { label: "copies what it cleared", action: () => this.#copy(this.#mask()) },
    ];
  }

  /** Reads the log a last time, and compares. */
  check(): void {
    this.#vm.now("dirtyLogGet", this.#vm.vm, 0, this.#buffer);
    this.#copy(this.#mask());
    this.compare();
  }

  compare(): void {
    const memory = this.#memory();
    const gfn = memory.findIndex((word, i) => word !== this.#words[i]);
    this.#vm.rig.x["karrayFree"]?.(this.#buffer as never);
    if (gfn < 0) return;
    throw new Error(`gfn ${gfn} is ${memory[gfn]}, its replica ${this.#words[gfn]}: a write was never logged`);
  }

  /** What userspace reads from vCPU `i`'s ring: marks entries as read. Their pages are copied after the reset. */
  readonly #harvested = new Set<bigint>();
  harvest(i: number): ActionStep {
    return { label: `reads the ring of vCPU ${i}`, action: () => this.#harvestNow(i) };
  }

  #harvestNow(i: number): void {
    const { memory } = this.#vm.rig;
    const vcpu = this.#vm.vcpus[i] as number;
    const base = memory.get(vcpu, Vcpu.ringBase);
    for (let at = memory.get(vcpu, Vcpu.ringResetIndex); ; at++) {
      const entry = base + (at % RING_ENTRIES) * 16;
      if (memory.get(entry, DirtyGfn.flags) !== DIRTY_GFN_F_DIRTY) return;
      this.#harvested.add(memory.get(entry, DirtyGfn.offset));
      memory.set(entry, DirtyGfn.flags, DIRTY_GFN_F_RESET);
    }
  }

  copyHarvested(): ActionStep {
    return { label: "copies what the rings named", action: () => this.#copyHarvestedNow() };
  }

  #copyHarvestedNow(): void {
    for (const page of this.#harvested) this.#copy(1n << page);
    this.#harvested.clear();
  }

  /** Reads all rings and the bitmap a last time, and compares. */
  checkRings(): void {
    this.#vm.vcpus.forEach((_, i) => {
      this.#harvestNow(i);
    });
    this.#copyHarvestedNow();
    this.check();
  }
}

/** The smallest ring that leaves room for what one look at requests may log. */
const RING_ENTRIES = 1024;

const memory = (vm: ScenarioVm): bigint => {
  const hva = vm.anon(PAGES);
  vm.slot(0, 0n, PAGES, hva);
  return hva;
};

const PROCESSORS = [
  { suffix: "", words: "EPT", processor: EPT },
  { suffix: "-pml", words: "EPT with PML", processor: EPT_PML },
  { suffix: "-no-ad", words: "EPT without A/D bits", processor: EPT_NO_AD },
  { suffix: "-npt", words: "NPT", processor: NPT },
];

export const dirty = [
  ...PROCESSORS.map(({ suffix, words, processor }) =>
    define({
      name: `log-get-write${suffix}`,
      title: `The dirty log is read twice under a vCPU that writes on and another that faults (${words})`,
      duties: [LOG, HANDLER, FAST],
      vm: { ...processor, vcpus: 2, plainHardware: true },
      setup(vm) {
        const hva = memory(vm);
        warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n), write(0n, 4n)]);
        warmed(vm, 1, [read(1n)], [write(0n, 12n), write(1n, 13n)]);
        const replica = new Replica(vm, hva);
        return {
          fibers: [
            guest(vm, 0, "writes gfn 0 thrice"),
            guest(vm, 1, "writes gfns 0 and 1"),
            host("VMM", 2, ...replica.get(), ...replica.get()),
          ],
          begin: () => replica.begin(),
          check: () => replica.check(),
        };
      },
    }),
  ),
  ...PROCESSORS.slice(0, 2).map(({ suffix, words, processor }) =>
    define({
      name: `log-clear-write${suffix}`,
      title: `The dirty log is read and cleared by hand under a writing vCPU (${words})`,
      duties: [LOG, HANDLER, FAST],
      vm: { ...processor, vcpus: 1 },
      setup(vm) {
        const hva = memory(vm);
        warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n), write(0n, 4n)]);
        const replica = new Replica(vm, hva, DIRTY_LOG_MANUAL_PROTECT_ENABLE);
        return {
          fibers: [
            guest(vm, 0, "writes gfn 0 thrice"),
            host("VMM", 1, ...replica.getAndClear(), ...replica.getAndClear()),
          ],
          begin: () => replica.begin(),
          check: () => replica.check(),
        };
      },
    }),
  ),
  define({
    name: "log-clear-set",
    title: "A log in which every page begins as dirty is read and cleared by hand under a writing vCPU",
    duties: [LOG, HANDLER, FAST],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      const hva = memory(vm);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(1n, 3n)]);
      const replica = new Replica(vm, hva, DIRTY_LOG_MANUAL_PROTECT_ENABLE | DIRTY_LOG_INITIALLY_SET);
      return {
        fibers: [guest(vm, 0, "writes gfns 0 and 1"), host("VMM", 1, ...replica.getAndClear())],
        begin: () => replica.begin(),
        check: () => replica.check(),
      };
    },
  }),
  define({
    name: "log-get-host-write",
    title: "The dirty log is read while the host writes guest memory, which no leaf knows of",
    duties: [LOG],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = memory(vm);
      warmed(vm, 0, [write(0n)], [read(1n)]);
      const bytes = vm.result("karrayAlloc", 8n) >>> 0;
      const from = vm.result("karrayAt", bytes, 0n) >>> 0;
      vm.rig.memory.view.setBigUint64(from, 5n, true);
      const replica = new Replica(vm, hva);
      const hostWrite = vm.call("writes gfn 2", "callGuestWrite", [vm.vm, 0, 2n * PAGE, from, 8]);
      return {
        fibers: [host("VMM", 1, ...replica.get()), host("device", 2, hostWrite)],
        begin: () => replica.begin(),
        check: () => {
          replica.check();
          vm.now("karrayFree", bytes);
        },
      };
    },
  }),
  define({
    name: "log-get-slot-delete",
    title: "The dirty log of a slot is read while the slot is deleted: it is the slot's, or there is no slot",
    duties: [LOG, "Make address space ID a property of memslots"],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    bounds: { preemptions: 1 },
    setup(vm) {
      const hva = memory(vm);
      vm.now("memslotSet", vm.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0n, PAGES * PAGE, hva);
      warmed(vm, 0, [write(0n)], [read(0n)]);
      const buffer = vm.result("karrayAlloc", 8n) >>> 0;
      const get = vm.call("gets the dirty log", "callDirtyLogGet", [vm.vm, 0, buffer], (result) => {
        if (result !== 0 && result !== -ENOENT) throw new Error(`dirtyLogGet: ${result}`);
      });
      const remove = vm.call("deletes the slot", "callMemslotSet", [vm.vm, 0, 0, 0n, 0n, hva]);
      return {
        fibers: [host("VMM", 1, get), host("control", 2, remove)],
        check: () => vm.now("karrayFree", buffer),
      };
    },
  }),
  define({
    name: "log-get-nested",
    title: "The dirty log is read while one vCPU writes as a nested guest, whose writes PML cannot log",
    duties: [LOG, HANDLER],
    vm: { ...EPT_PML, vcpus: 2, plainHardware: true },
    setup(vm) {
      const hva = memory(vm);
      warmed(vm, 0, [role(PROG_ROLE_GUEST_MODE), write(0n)], [write(0n, 2n), write(0n, 3n)]);
      warmed(vm, 1, [write(0n)], [write(0n, 12n)]);
      const replica = new Replica(vm, hva);
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0 twice as a nested guest"),
          guest(vm, 1, "writes gfn 0"),
          host("VMM", 2, ...replica.get()),
        ],
        begin: () => replica.begin(),
        check: () => replica.check(),
      };
    },
  }),
  ...PROCESSORS.slice(0, 3).map(({ suffix, words, processor }) =>
    define({
      name: `log-get-zap${suffix}`,
      title: `The dirty log is read while the written page is zapped (${words})`,
      duties: [LOG, HANDLER, "Add functions to handle changed TDP SPTEs"],
      vm: { ...processor, vcpus: 1, plainHardware: true },
      cpus: 3,
      setup(vm) {
        const hva = memory(vm);
        warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
        const replica = new Replica(vm, hva);
        return {
          fibers: [
            guest(vm, 0, "writes gfn 0 twice"),
            host("VMM", 1, ...replica.get()),
            host("zapper", 2, zap(vm, 0n, 1n)),
          ],
          begin: () => replica.begin(),
          check: () => replica.check(),
        };
      },
    }),
  ),
  define({
    name: "log-get-zap-all",
    title: "The dirty log is read while everything is zapped under a writing vCPU",
    bounds: { preemptions: 0 },
    duties: [LOG, HANDLER],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = memory(vm);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
      const replica = new Replica(vm, hva);
      return {
        fibers: [guest(vm, 0, "writes gfn 0 twice"), host("VMM", 1, ...replica.get()), host("zapper", 2, zapAll(vm))],
        begin: () => replica.begin(),
        check: () => replica.check(),
      };
    },
  }),
  ...PROCESSORS.slice(0, 2).map(({ suffix, words, processor }) =>
    define({
      name: `ring-reset-write${suffix}`,
      title: `Dirty rings are read and reset under two writing vCPUs (${words})`,
      duties: [LOG, HANDLER],
      vm: { ...processor, vcpus: 2, plainHardware: true, ringEntries: RING_ENTRIES },
      setup(vm) {
        const hva = memory(vm);
        warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n), write(0n, 4n)]);
        warmed(vm, 1, [read(1n)], [write(0n, 12n)]);
        const replica = new Replica(vm, hva);
        return {
          fibers: [
            guest(vm, 0, "writes gfn 0 thrice"),
            guest(vm, 1, "writes gfn 0"),
            host(
              "VMM",
              2,
              replica.harvest(0),
              vm.call("resets the rings", "callDirtyRingsReset", [vm.vm], () => {}),
              replica.copyHarvested(),
              replica.harvest(0),
              vm.call("resets the rings", "callDirtyRingsReset", [vm.vm], () => {}),
              replica.copyHarvested(),
            ),
          ],
          begin: () => replica.begin(),
          check: () => replica.checkRings(),
        };
      },
    }),
  ),
  define({
    name: "log-get-notifier",
    title: "The dirty log is read while the host takes the written page away",
    duties: [LOG, HANDLER, "Support invalidate range MMU notifier for TDP MMU"],
    vm: { ...EPT_PML, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = memory(vm);
      warmed(vm, 0, [write(0n), write(1n)], [write(1n, 2n), write(1n, 3n)]);
      const replica = new Replica(vm, hva);
      return {
        fibers: [
          guest(vm, 0, "writes gfn 1 twice"),
          host("VMM", 1, ...replica.get()),
          // Its neighbour: what the log promises about gfn 1 must hold beside it.
          host("host", 2, dontNeed(vm, hva, 2n, 1n)),
        ],
        begin: () => replica.begin(),
        check: () => replica.check(),
      };
    },
  }),
];
