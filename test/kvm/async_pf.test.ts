/** Asynchronous page faults with workers: a guest that goes on while a slow pager works. */
import { describe, expect, it } from "vitest";
import { AccessProgram, type Pager, type System, type Vcpu, type Vm } from "../../src/kvm/index.js";
import { PAGE, runProgram, runToHalt, sleep, withSystem } from "./support.js";

const PAGES = 256;
const MOST = 64;

/** Takes 5 ms for a page, whose u64s hold its offset; counts how many it works on at once, and can wait for so many. */
class SlowPager implements Pager {
  most = 0;
  reads = 0;
  fails: (offset: bigint) => boolean = () => false;
  /** Answers nothing until it has worked on so many at once. */
  wantsAtOnce = 1;
  #now = 0;

  async read(offset: bigint, length: number): Promise<Uint8Array> {
    this.reads++;
    this.most = Math.max(this.most, ++this.#now);
    do await sleep(5);
    while (this.most < this.wantsAtOnce);
    this.#now--;
    if (this.fails(offset)) throw new Error("no such block");
    return new Uint8Array(new BigUint64Array(length / 8).fill(offset).buffer);
  }
}

async function pagedVcpu(system: System, pager: Pager): Promise<{ vm: Vm; vcpu: Vcpu }> {
  const vm = await system.createVm();
  const length = PAGES * PAGE;
  const userspaceAddr = await vm.addressSpace.mmap({ length, backing: { type: "pager", pager } });
  await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: length, userspaceAddr });
  return { vm, vcpu: await vm.createVcpu(0) };
}

const EVERY_PAGE = { gpa: 0, count: PAGES, stride: PAGE, async: true, plusGpa: true } as const;

describe("asynchronous page faults", () => {
  it("keep many requests outstanding, and every access is done once", () =>
    withSystem({}, async (system) => {
      const pager = new SlowPager();
      pager.wantsAtOnce = MOST;
      const { vm, vcpu } = await pagedVcpu(system, pager);
      await vcpu.enableAsyncPageFaults();
      await runToHalt(
        vcpu,
        new AccessProgram()
          .read({ ...EVERY_PAGE, order: "shuffled", check: true })
          .add({ ...EVERY_PAGE, value: 3 })
          .read({ ...EVERY_PAGE, value: 3, check: true }),
      );
      const stats = await vcpu.stats();
      expect(stats).toMatchObject({ mismatches: 0, accesses: 3 * PAGES, async_pf_repeated: 0 });
      expect(stats.async_pf_not_present).toBe(PAGES);
      expect(stats.async_pf_ready).toBe(PAGES);
      expect(pager.reads).toBe(PAGES);
      expect(pager.most).toBe(MOST);
      await vm.destroy();
    }));

  it("are one at a time until the guest opts in, and after it opts out", () =>
    withSystem({}, async (system) => {
      const pager = new SlowPager();
      const { vm, vcpu } = await pagedVcpu(system, pager);
      const few = (gpa: number) => new AccessProgram().read({ ...EVERY_PAGE, gpa, count: 8, check: true });
      await runToHalt(vcpu, few(0));
      await vcpu.enableAsyncPageFaults();
      await vcpu.enableAsyncPageFaults(false);
      await runToHalt(vcpu, few(8 * PAGE));
      expect(pager.most).toBe(1);
      expect(await vcpu.stats()).toMatchObject({ pager_waits: 16, async_pf_not_present: 0, mismatches: 0 });
      await vm.destroy();
    }));

  it("go on after kicks, and report the page that a pager refuses", () =>
    withSystem({}, async (system) => {
      const pager = new SlowPager();
      const { vm, vcpu } = await pagedVcpu(system, pager);
      await vcpu.enableAsyncPageFaults();
      const bad = BigInt(100 * PAGE);
      pager.fails = (offset) => offset === bad;
      const program = new AccessProgram().write({ ...EVERY_PAGE, value: 9 });
      let exit = await runProgram(vcpu, program);
      expect(exit).toMatchObject({ reason: "memoryFault", gpa: bad, code: "EFAULT" });
      pager.fails = () => false;
      let interrupted = 0;
      while (exit.reason !== "hlt") {
        const running = vcpu.run();
        if (interrupted < 3) vcpu.kick();
        exit = await running;
        if (exit.reason === "interrupted") interrupted++;
      }
      expect(interrupted).toBe(3);
      await runToHalt(vcpu, new AccessProgram().read({ ...EVERY_PAGE, value: 9, check: true }));
      expect(await vcpu.stats()).toMatchObject({ mismatches: 0, accesses: 2 * PAGES });
      await vm.destroy();
    }));

  it("are given back by a VM that is destroyed with accesses deferred", () =>
    withSystem({}, async (system) => {
      const never: Pager = {
        read: (_offset, _length, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("aborted")));
          }),
      };
      const { vm, vcpu } = await pagedVcpu(system, never);
      await vcpu.enableAsyncPageFaults();
      await vcpu.loadProgram(new AccessProgram().read(EVERY_PAGE));
      const running = vcpu.run();
      while ((await vcpu.stats()).async_pf_not_present < MOST) await sleep(1);
      await vm.destroy();
      expect(await running).toEqual({ reason: "interrupted" });
      await sleep(20);
    }));
});
