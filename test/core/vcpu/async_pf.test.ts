/** Asynchronous page faults and deferred accesses, step by step: the test is the pager. */
import { afterEach, describe, expect, it } from "vitest";
import * as abi from "../../../src/abi/index.js";
import { PagerRequest, Vcpu } from "../../../src/abi/index.js";
import { readTraceRing, type TraceEvent } from "../../../src/abi/trace_decode.js";
import { AccessProgram, type ReadOptions } from "../../../src/kvm/index.js";
import { BUILDS } from "../harness.js";
import { randomOf } from "../mmu/random.js";
import { exitReason, openRig, PAGE, type VcpuRig } from "./vcpu_rig.js";

const PAGED = 1n << 30n;
const PAGES = 128;
const gpaOf = (page: number): bigint => PAGED + BigInt(page * PAGE);
/** The page's own guest-physical address, in each of its u64. */
const reads = (count: number, more: Partial<ReadOptions> = {}) => ({
  gpa: PAGED,
  count,
  stride: PAGE,
  plusGpa: true,
  check: true,
  ...more,
});

describe.each(BUILDS)("asynchronous page faults, build %s", (build) => {
  let rig: VcpuRig;
  /** Requests not answered yet, by page. */
  let asked = new Map<number, number>();

  afterEach(() => {
    rig.close();
  });

  async function open(): Promise<void> {
    asked = new Map();
    rig = await openRig(build, 256, (request) => {
      asked.set(Number(rig.memory.load64(request, PagerRequest.offset)) / PAGE, request);
    });
    const { x, mm, vm, vcpu } = rig;
    const bytes = BigInt(PAGES * PAGE);
    const hva = x.mmMap(mm, 0n, bytes, abi.BACKING_PAGER, abi.PROT_WRITE, 0, 1, 0n);
    expect(x.memslotSet(vm, 1, 0, PAGED, bytes, hva)).toBe(0);
    expect(x.vcpuEnableAsyncPf(vcpu, 1)).toBe(0);
  }

  function answer(page: number, state = abi.PAGER_DONE): void {
    const request = asked.get(page);
    if (request === undefined) throw new Error(`page ${page} was not asked for`);
    asked.delete(page);
    const { memory } = rig;
    const bytes = memory.bytesAt(memory.get(request, PagerRequest.frame) * PAGE, PAGE);
    bytes.set(new Uint8Array(new BigUint64Array(PAGE / 8).fill(gpaOf(page)).buffer));
    memory.store32(request, PagerRequest.state, state);
  }

  const run = (): number => rig.x.vcpuRun(rig.vcpu);
  const outstanding = (): number[] => [...asked.keys()];
  const count = (field: "asyncPfCount" | "progIsDeferred"): number => rig.memory.get(rig.vcpu, Vcpu[field]);
  const counter = (
    field: "asyncPfNotPresent" | "asyncPfReady" | "asyncPfRepeated" | "pagerWaits" | "progAccesses" | "progMismatches",
  ): number => Number(rig.memory.load64(rig.vcpu, Vcpu[field]));
  const waitsFor = (): number => rig.memory.get(rig.vcpu, Vcpu.pagerRequest);

  function expectHalt(accesses: number): void {
    expect(run()).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_HLT);
    expect(counter("progAccesses")).toBe(accesses);
    expect(counter("progMismatches")).toBe(0);
    expect(count("asyncPfCount")).toBe(0);
    expect(count("progIsDeferred")).toBe(0);
  }

  it("are the guest's choice, for the vCPU and for each op", async () => {
    await open();
    expect(rig.run(new AccessProgram().read(reads(4)))).toBe(abi.RUN_WAIT_PAGER);
    expect(outstanding()).toEqual([0]);
    answer(0);
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    answer(1);
    expect(rig.x.vcpuEnableAsyncPf(rig.vcpu, 0)).toBe(0);
    expect(rig.run(new AccessProgram().read(reads(4, { async: true })))).toBe(abi.RUN_WAIT_PAGER);
    expect(outstanding()).toEqual([2]);
    expect(counter("asyncPfNotPresent")).toBe(0);
    rig.memory.set(rig.vcpu, Vcpu.running, 1);
    expect(rig.x.vcpuEnableAsyncPf(rig.vcpu, 1)).toBe(-abi.EBUSY);
    rig.memory.set(rig.vcpu, Vcpu.running, 0);
    for (const page of [2, 3]) {
      answer(page);
      run();
    }
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_HLT);
    expect(counter("pagerWaits")).toBe(4);
  });

  it("defer accesses, which are done in the order of the answers, and the next op begins behind them", async () => {
    await open();
    const program = new AccessProgram()
      .read(reads(4, { async: true }))
      .stamp()
      .read(reads(1, { gpa: gpaOf(9) }));
    expect(rig.run(program)).toBe(abi.RUN_WAIT_PAGER);
    expect(outstanding()).toEqual([0, 1, 2, 3]);
    expect(waitsFor()).toBe(asked.get(0));
    const last = (): bigint => rig.memory.load64(rig.vcpu, Vcpu.progLastValue);
    answer(2);
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    expect([counter("progAccesses"), last()]).toEqual([1, gpaOf(2)]);
    answer(0);
    answer(1);
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    expect([counter("progAccesses"), last()]).toEqual([3, gpaOf(1)]);
    expect(waitsFor()).toBe(asked.get(3));
    expect(outstanding()).toEqual([3]);
    // Too early.
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    expect(rig.memory.load64(rig.vcpu, Vcpu.progStamp)).toBe(0n);
    answer(3);
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    expect(rig.memory.load64(rig.vcpu, Vcpu.progStamp)).toBe(1n);
    expect(outstanding()).toEqual([9]);
    answer(9);
    expectHalt(5);
    expect([counter("asyncPfNotPresent"), counter("asyncPfReady"), counter("pagerWaits")]).toEqual([4, 4, 5]);
  });

  it("let the accesses to pages that are there overtake, and write each page once", async () => {
    await open();
    for (const page of [1, 3]) {
      expect(rig.run(new AccessProgram().read({ gpa: gpaOf(page) }))).toBe(abi.RUN_WAIT_PAGER);
      answer(page);
      run();
    }
    const before = counter("progAccesses");
    rig.load(
      new AccessProgram()
        .add({ gpa: PAGED, count: 6, stride: PAGE, value: 5, async: true })
        .read(reads(6, { value: 5 }))
        .fetch({ gpa: gpaOf(10), count: 2, stride: PAGE, async: true })
        .write({ gpa: gpaOf(20), count: 2, stride: PAGE, size: 4, value: 7, async: true }),
    );
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    expect(counter("progAccesses")).toBe(before + 2);
    for (const page of [5, 0, 4, 2]) answer(page);
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    expect(outstanding()).toEqual([10, 11]);
    for (const page of outstanding()) answer(page);
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    for (const page of outstanding()) answer(page);
    expectHalt(before + 16);
  });

  it("are at most 64: then the vCPU waits for the oldest, and takes whatever has ended", async () => {
    await open();
    expect(rig.run(new AccessProgram().read(reads(100, { async: true })))).toBe(abi.RUN_WAIT_PAGER);
    expect(outstanding()).toEqual(Array.from({ length: 64 }, (_, page) => page));
    expect(waitsFor()).toBe(asked.get(0));
    for (const page of [7, 63, 0]) answer(page);
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    expect(asked.size).toBe(64);
    expect(outstanding().slice(-3)).toEqual([64, 65, 66]);
    expect(waitsFor()).toBe(asked.get(1));
    while (asked.size > 0) {
      for (const page of outstanding()) answer(page);
      run();
    }
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_HLT);
    expect([counter("progAccesses"), counter("progMismatches"), counter("asyncPfReady")]).toEqual([100, 0, 100]);
  });

  it("halt at a second fault on a page that is waited for", async () => {
    await open();
    // Two accesses to each page.
    expect(rig.run(new AccessProgram().read({ gpa: PAGED, count: 4, stride: PAGE / 2, async: true }))).toBe(
      abi.RUN_WAIT_PAGER,
    );
    expect(outstanding()).toEqual([0]);
    expect([counter("asyncPfNotPresent"), counter("asyncPfRepeated")]).toEqual([1, 1]);
    answer(0);
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    expect(outstanding()).toEqual([1]);
    expect(counter("progAccesses")).toBe(2);
    answer(1);
    expectHalt(4);
  });

  it("end with the memory fault of the access that waited, and the next run asks again", async () => {
    await open();
    expect(rig.run(new AccessProgram().read(reads(3, { async: true })))).toBe(abi.RUN_WAIT_PAGER);
    answer(1, abi.PAGER_FAILED);
    expect(run()).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_MEMORY_FAULT);
    expect(rig.memory.get(rig.vcpu, Vcpu.exitError)).toBe(-abi.EFAULT);
    expect(rig.memory.load64(rig.vcpu, Vcpu.faultGpa)).toBe(gpaOf(1));
    expect(counter("progAccesses")).toBe(0);
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    expect(outstanding()).toEqual([0, 2, 1]);
    for (const page of outstanding()) answer(page);
    expectHalt(3);
  });

  it("survive a kick and an MMIO exit in between", async () => {
    await open();
    // Two pages of memory, then two beyond it.
    const top = { gpa: gpaOf(PAGES - 2), count: 4, stride: PAGE, async: true };
    expect(rig.run(new AccessProgram().read(top))).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_MMIO);
    expect(outstanding()).toEqual([PAGES - 2, PAGES - 1]);
    rig.x.probeRequest(rig.vcpu, abi.REQ_KICK);
    expect(run()).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_INTR);
    expect(run()).toBe(abi.RUN_EXIT);
    expect(rig.memory.load64(rig.vcpu, Vcpu.mmioPhysAddr)).toBe(gpaOf(PAGES + 1));
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    rig.x.probeRequest(rig.vcpu, abi.REQ_KICK);
    expect(run()).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_INTR);
    expect(waitsFor()).toBe(0);
    for (const page of outstanding()) answer(page);
    expectHalt(4);
  });

  it("become MMIO when their slot goes meanwhile", async () => {
    await open();
    expect(rig.run(new AccessProgram().write({ gpa: PAGED, count: 2, stride: PAGE, async: true }))).toBe(
      abi.RUN_WAIT_PAGER,
    );
    expect(rig.x.memslotSet(rig.vm, 1, 0, PAGED, 0n, 0n)).toBe(0);
    for (const page of outstanding()) answer(page);
    for (const page of [0, 1]) {
      expect(run()).toBe(abi.RUN_EXIT);
      expect(exitReason(rig)).toBe(abi.KVM_EXIT_MMIO);
      expect(rig.memory.load64(rig.vcpu, Vcpu.mmioPhysAddr)).toBe(gpaOf(page));
    }
    expectHalt(2);
  });

  it("are traced as KVM's, with tokens that name the vCPU and are not 0", async () => {
    await open();
    const { x, vcpu, memory } = rig;
    expect(x.traceEnable(0, 6)).toBe(0);
    x.traceEvents([17, 21, 22, 23, 24].reduce((mask, event) => mask | (1n << BigInt(event)), 0n));
    expect(rig.run(new AccessProgram().read({ gpa: PAGED, count: 2, stride: 8, async: true }))).toBe(
      abi.RUN_WAIT_PAGER,
    );
    const hva = memory.load64(asked.get(0) ?? 0, PagerRequest.hva);
    answer(0);
    expectHalt(2);
    const gfn = PAGED / BigInt(PAGE);
    const told = ({ name, fields }: TraceEvent): unknown => [name, fields];
    expect(readTraceRing(memory, 0).events.map(told)).toEqual([
      ["kvm_try_async_get_page", { gva: PAGED, gfn }],
      ["kvm_async_pf_not_present", { token: 1n << 12n, gva: PAGED }],
      ["kvm_try_async_get_page", { gva: PAGED + 8n, gfn }],
      ["kvm_async_pf_repeated_fault", { gva: PAGED + 8n, gfn }],
      ["kvm_async_pf_completed", { address: hva, gva: PAGED }],
      ["kvm_async_pf_ready", { token: 1n << 12n, gva: PAGED }],
    ]);
    x.traceEvents(0n);
    expect(x.traceDisable(0)).toBe(0);
    // The deferred access found the page mapped: one fault each, and one repeated by whom the wait was for.
    expect(memory.load64(vcpu, Vcpu.pfTaken)).toBe(2n);
  });

  it.each([1, 2, 3])("come to the same as waiting, whatever happens meanwhile: seed %i", async (seed) => {
    await open();
    const random = randomOf(seed);
    const { x, memory, vm, mm, vcpu } = rig;
    const adds = { gpa: PAGED + 16n, stride: PAGE, span: PAGES, size: 8, order: "shuffled", async: true } as const;
    // Operands across pages too: two pages of one access may have to come, one after the other.
    const across = { gpa: PAGED + BigInt(PAGE - 4), count: PAGES - 1, stride: PAGE, plusGpa: true } as const;
    rig.load(
      new AccessProgram()
        .add({ ...adds, count: 2 * PAGES, value: 5 })
        .write({ ...across, async: true })
        .read({ ...across, async: true, check: true })
        .read(reads(PAGES, { gpa: PAGED + 16n, value: 0xffff_ffff_ffff_fffan })),
    );
    let kicks = 0;
    let faults = 0;
    while (true) {
      const status = run();
      const reason = exitReason(rig);
      if (status === abi.RUN_EXIT && reason === abi.KVM_EXIT_HLT) break;
      if (status === abi.RUN_EXIT) reason === abi.KVM_EXIT_INTR ? kicks++ : faults++;
      if (random(8) === 0) x.probeRequest(vcpu, abi.REQ_KICK);
      if (random(8) === 0) x.vmZapAll(vm);
      for (const [page, request] of [...asked]) {
        const fate = random(6);
        if (fate < 2) answer(page);
        if (fate === 2 && random(8) === 0) answer(page, abi.PAGER_FAILED);
        if (fate === 3 && random(8) === 0) {
          // Nobody has the page yet: the request is cancelled, and who waits asks again.
          expect(x.mmDontNeed(mm, memory.load64(request, PagerRequest.hva), BigInt(PAGE))).toBe(0);
          if (asked.get(page) === request) asked.delete(page);
          x.pagerRelease(request);
        }
      }
    }
    expect([kicks > 0, faults > 0, counter("asyncPfRepeated") > 0]).toEqual([true, true, true]);
    expect(counter("progMismatches")).toBe(0);
    expect(counter("progAccesses")).toBe(2 * PAGES + 2 * (PAGES - 1) + PAGES);
    expect(counter("asyncPfNotPresent")).toBe(counter("asyncPfReady"));
    expect(counter("asyncPfNotPresent")).toBeGreaterThanOrEqual(PAGES);
  });

  it("return their references: to a new program, at the VM's death, and at the vCPU's end", async () => {
    await open();
    const program = new AccessProgram().read(reads(8, { async: true }));
    const references = (): number[] => [...asked.values()].map((request) => rig.memory.get(request, PagerRequest.refs));
    expect(rig.run(program)).toBe(abi.RUN_WAIT_PAGER);
    expect(references()).toEqual(Array(8).fill(2));
    rig.load(program);
    expect(references()).toEqual(Array(8).fill(1));
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    expect(references()).toEqual(Array(8).fill(2));
    rig.memory.set(rig.vm, abi.Vm.dead, 1);
    expect(run()).toBe(abi.RUN_DEAD);
    expect(references()).toEqual(Array(8).fill(1));
    rig.memory.set(rig.vm, abi.Vm.dead, 0);
    rig.load(program);
    expect(run()).toBe(abi.RUN_WAIT_PAGER);
    // The address space goes under it: the requests are the main thread's to release.
    const requests = [...asked.values()];
    answer(3);
    answer(4, abi.PAGER_FAILED);
    expect(rig.x.mmUnmap(rig.mm, rig.memory.load64(requests[0] ?? 0, PagerRequest.hva), BigInt(PAGES * PAGE))).toBe(0);
    expect(references()).toEqual(Array(6).fill(2));
    for (const request of asked.values()) rig.x.pagerRelease(request);
  });
});
