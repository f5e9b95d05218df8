/** vCPUs that are claimed, kicked, flushed and given roots from several sides at once; and what waits for the freeing. */
import {
  CPU_BASE,
  CPU_STRIDE,
  Cpu,
  EBUSY,
  FRAME_SPT,
  KVM_EXIT_HLT,
  KVM_EXIT_INTR,
  KVM_EXIT_MMIO,
  KVM_MEM_LOG_DIRTY_PAGES,
  PROG_ROLE_GUEST_MODE,
  REQ_KICK,
  Vcpu,
} from "../../abi/index.js";
import type { CallStep, Fiber } from "../check/scenario.js";
import { define, guest, host, plainSlot, warmed } from "./define.js";
import { EPT, EPT_PML, halt, NPT, PAGE, read, role, type ScenarioVm, write } from "./vm.js";
import { dontNeed, zapAll } from "./zaps.js";

const ROOTS = "Allocate and free TDP MMU roots";
const FREEING = "Protect page-table memory";
const MMIO = "Support MMIO in the TDP MMU";
const LOG = "Support dirty logging for the TDP MMU";
const NOTIFIER = "Support invalidate range MMU notifier for TDP MMU";
const ZAP = "Support zapping SPTEs in the TDP MMU";

/** No epoch that core has come to. */
const READER = 0x7fff_ffff;

/** vCPU 0 runs on CPU `cpu`, unless another has it. */
function claim(vm: ScenarioVm, cpu: number): Fiber {
  const run = vm.run(0, `runs on CPU ${cpu}, if nobody has it`);
  // What the run says of its end may be the next one's already.
  const judge: CallStep["judge"] = (result) => {
    if (result !== 0 && result !== -EBUSY) throw new Error(`vcpuRun: ${result}`);
  };
  return { name: `CPU ${cpu}`, cpu, steps: [{ ...run, judge }] };
}

const kick = (vm: ScenarioVm): CallStep => vm.call("kicks vCPU 0", "callKick", [vm.vcpus[0] as number]);

/** vCPU 0 runs on CPU 0, and on, if it was kicked out. `check`: it was, or will be. */
function kicked(vm: ScenarioVm, label: string): { fiber: Fiber; check: () => void; begin: () => void } {
  const { memory } = vm.rig;
  const vcpu = vm.vcpus[0] as number;
  let exits = 0;
  const run = vm.run(0, label, [KVM_EXIT_INTR, KVM_EXIT_HLT]);
  const judge: CallStep["judge"] = (result) => {
    run.judge?.(result);
    if (memory.get(vcpu, Vcpu.exitReason) === KVM_EXIT_INTR) exits++;
  };
  return {
    fiber: { name: "vCPU 0", cpu: 0, steps: [0, 1].map(() => ({ ...run, judge })) },
    begin: () => {
      exits = 0;
    },
    check: () => {
      if (exits === 0 && (memory.get(vcpu, Vcpu.requests) & REQ_KICK) === 0) throw new Error("a kick is lost");
    },
  };
}

export const runs = [
  define({
    name: "run-run",
    title: "Two CPUs want to run one vCPU: one has it at a time",
    duties: [ROOTS],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n)]);
      return { fibers: [claim(vm, 0), claim(vm, 1)] };
    },
  }),
  define({
    name: "kick-notifier",
    title: "A vCPU is kicked while the host takes a page that it uses: neither request is lost",
    duties: [NOTIFIER],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
      const { fiber, check, begin } = kicked(vm, "writes gfn 0 twice");
      return { fibers: [fiber, host("VMM", 1, kick(vm)), host("host", 2, dontNeed(vm, hva, 0n, 1n))], check, begin };
    },
  }),
  define({
    name: "kick-load",
    title: "A vCPU is kicked while it loads another root: it comes out all the same",
    duties: [ROOTS],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [role(PROG_ROLE_GUEST_MODE), read(0n)]);
      const { fiber, check, begin } = kicked(vm, "becomes a nested guest");
      return { fibers: [fiber, host("VMM", 1, kick(vm))], check, begin };
    },
  }),
  ...[EPT, EPT_PML].map((processor, i) =>
    define({
      name: `log-get-prompt${["", "-pml"][i]}`,
      title: `What a vCPU is seen to have written before the log is read, that answer names (${["EPT", "EPT with PML"][i]})`,
      duties: [LOG],
      vm: { ...processor, vcpus: 1, plainHardware: true },
      cpus: 3,
      setup(vm) {
        const { view } = vm.rig.memory;
        const hva = plainSlot(vm, 4n);
        vm.program(0, write(0n), write(1n), halt, write(0n, 2n), write(1n, 2n));
        vm.warm(0);
        vm.now("memslotSet", vm.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0n, 4n * PAGE, hva);
        const buffer = vm.result("karrayAlloc", 8n) >>> 0;
        const mask = vm.result("karrayAt", buffer, 0n) >>> 0;
        const { fiber, check, begin } = kicked(vm, "writes gfns 0 and 1");
        let seen = 0n;
        const look = (): void => {
          for (const gfn of [0n, 1n]) if (vm.hostWord(hva + gfn * PAGE) === 2n) seen |= 1n << gfn;
        };
        const compare = (): void => {
          if ((seen & ~view.getBigUint64(mask, true)) !== 0n) throw new Error("a finished write is not in the log");
        };
        return {
          fibers: [
            fiber,
            host(
              "VMM",
              1,
              { label: "looks at the pages", action: look },
              vm.call("gets the dirty log", "callDirtyLogGet", [vm.vm, 0, buffer]),
              { label: "compares", action: compare },
            ),
            host("kicker", 2, kick(vm)),
          ],
          begin: () => {
            begin();
            seen = 0n;
          },
          check: () => {
            check();
            vm.now("karrayFree", buffer);
          },
        };
      },
    }),
  ),
  define({
    name: "log-get-first-write",
    title: "The log takes W from a page that was only read so far, while the processor sets its Dirty bit",
    duties: [LOG, "Add dirty logging handler for changed sptes"],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      vm.program(0, write(0n), halt, read(0n), halt, write(0n, 2n), write(0n, 3n));
      vm.warm(0);
      vm.now("memslotSet", vm.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0n, 4n * PAGE, hva);
      vm.now("vmZapGfnRange", vm.vm, 0n, 4n);
      vm.clean();
      vm.warm(0);
      const buffer = vm.result("karrayAlloc", 8n) >>> 0;
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0 twice"),
          host("VMM", 1, vm.call("gets the dirty log", "callDirtyLogGet", [vm.vm, 0, buffer])),
        ],
        check: () => vm.now("karrayFree", buffer),
      };
    },
  }),
  define({
    name: "flush-flush",
    title: "The dirty log is read while the host takes another page, each with a flush of its own",
    duties: [LOG, NOTIFIER],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = plainSlot(vm, 4n, KVM_MEM_LOG_DIRTY_PAGES);
      warmed(vm, 0, [write(0n), write(1n)], [write(1n, 2n), write(1n, 3n)]);
      const buffer = vm.result("karrayAlloc", 8n) >>> 0;
      return {
        fibers: [
          guest(vm, 0, "writes gfn 1 twice"),
          host("VMM", 1, vm.call("gets the dirty log", "callDirtyLogGet", [vm.vm, 0, buffer])),
          host("host", 2, dontNeed(vm, hva, 1n, 1n)),
        ],
        check: () => vm.now("karrayFree", buffer),
      };
    },
  }),
  define({
    name: "root-load-load",
    title: "Two vCPUs load one root that is there already: each has a reference of its own",
    duties: [ROOTS],
    vm: { ...EPT, vcpus: 2, plainHardware: true },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [role(PROG_ROLE_GUEST_MODE), read(0n), role(0n), read(0n)], [role(PROG_ROLE_GUEST_MODE), read(0n)]);
      warmed(vm, 1, [read(1n)], [role(PROG_ROLE_GUEST_MODE), read(1n)]);
      return { fibers: [guest(vm, 0, "becomes a nested guest"), guest(vm, 1, "becomes a nested guest")] };
    },
  }),
  define({
    name: "mmio-mmio",
    title: "Two vCPUs fault on one address without memory: its entry is made once, and counted once",
    duties: [MMIO],
    vm: { ...NPT, vcpus: 2, plainHardware: true },
    setup(vm) {
      plainSlot(vm, 2n);
      warmed(vm, 0, [read(0n)], [write(8n)]);
      warmed(vm, 1, [read(1n)], [write(8n)]);
      const fiber = (i: number): Fiber => ({
        name: `vCPU ${i}`,
        cpu: i,
        steps: [vm.run(i, "writes gfn 8", [KVM_EXIT_MMIO])],
      });
      return { fibers: [fiber(0), fiber(1)] };
    },
  }),
  define({
    name: "slot-create-two-faults",
    title: "A slot appears where one vCPU's fault saw none; another vCPU maps its memory first",
    duties: [MMIO, "Make address space ID a property of memslots"],
    vm: { ...EPT, vcpus: 2, plainHardware: true },
    setup(vm) {
      const hva = plainSlot(vm, 2n);
      warmed(vm, 0, [write(0n)], [write(8n)]);
      warmed(vm, 1, [read(1n)], [write(8n), read(0n)]);
      const fiber = (i: number): Fiber => ({
        name: `vCPU ${i}`,
        cpu: i,
        steps: [vm.run(i, "writes gfn 8", [KVM_EXIT_MMIO, KVM_EXIT_HLT])],
      });
      const create = vm.call("creates a slot", "callMemslotSet", [vm.vm, 1, 0, 8n * PAGE, PAGE, hva]);
      return { fibers: [fiber(0), fiber(1), host("VMM", 2, create)] };
    },
  }),
  define({
    name: "prefault-zap-all",
    title: "Pages are mapped ahead of use while everything is zapped: none is passed over",
    bounds: { preemptions: 1 },
    duties: [ZAP],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [read(3n)], [read(3n)]);
      const vcpu = vm.vcpus[0] as number;
      const before = vm.result("labInstalls");
      const prefault = vm.call("maps gfns 0 to 2 ahead", "callVcpuPrefault", [vcpu, 0n, 3n * PAGE], (mapped) => {
        const installed = vm.result("labInstalls") - before;
        if (mapped === 3n * PAGE && installed < 3) throw new Error(`3 pages mapped, ${installed} entries installed`);
      });
      return { fibers: [host("pre-fault", 0, prefault), host("zapper", 1, zapAll(vm))] };
    },
  }),
  define({
    name: "zap-all-free",
    title: "Everything is zapped, and the tables are freed at once, under a vCPU that walks them",
    bounds: { preemptions: 1 },
    duties: [ZAP, FREEING],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n), write(1n)], [write(0n), write(1n), write(0n)]);
      // Nothing is cached: each access begins with a walk.
      vm.now("vmZapGfnRange", vm.vm, 3n, 4n);
      return {
        fibers: [
          guest(vm, 0, "writes gfns 0 and 1"),
          host("zapper", 1, zapAll(vm), vm.call("frees the tables", "callEpochBarrier", [])),
        ],
      };
    },
  }),
  define({
    name: "zap-all-notifier",
    title: "Everything is zapped while the host takes a page that a vCPU uses through the root that goes",
    duties: [ZAP, NOTIFIER],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0 twice"),
          host("zapper", 1, zapAll(vm)),
          host("host", 2, dontNeed(vm, hva, 0n, 1n)),
        ],
      };
    },
  }),
  define({
    name: "release-free",
    title: "The address space ends under a vCPU that walks its tables, while what is due is freed",
    duties: [NOTIFIER, FREEING],
    vm: { ...EPT, vcpus: 1 },
    cpus: 3,
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n), write(0n)]);
      const poll = (): CallStep => vm.call("frees what is due", "callEpochPoll", []);
      return {
        fibers: [
          { name: "vCPU 0", cpu: 0, steps: [{ ...vm.run(0, "writes gfn 0"), judge: () => undefined }] },
          host("host", 1, vm.release()),
          host("poller", 2, poll(), poll(), poll()),
        ],
      };
    },
  }),
  define({
    name: "barrier-poll",
    title: "One CPU waits until all is freed that was deferred, while another has the last of it in hand",
    duties: [FREEING],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n)]);
      // A reader on a third CPU has held the freeing up until now.
      vm.rig.memory.store32(CPU_BASE + 2 * CPU_STRIDE, Cpu.epoch, READER);
      vm.now("vmZapAll", vm.vm);
      vm.rig.memory.store32(CPU_BASE + 2 * CPU_STRIDE, Cpu.epoch, 0);
      const tables = (): number => vm.result("frameKindCount", FRAME_SPT);
      const rest = tables() - vm.result("epochPendingCount");
      const barrier = vm.call("waits until all is freed", "callEpochBarrier", [], () => {
        if (tables() !== rest) throw new Error(`${tables() - rest} tables are not freed yet`);
      });
      return {
        fibers: [host("barrier", 1, barrier), host("poller", 2, vm.call("frees what is due", "callEpochPoll", []))],
      };
    },
  }),
];
