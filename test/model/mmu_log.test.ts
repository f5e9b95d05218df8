import { describe, expect, it } from "vitest";
import { LogModel } from "../../src/model/mmu_log.js";
import { LOG_DIRTY_PAGES, READONLY, type Slot } from "../../src/model/mmu_memslots.js";
import type { HostPage, VmTraits } from "../../src/model/mmu_traits.js";
import { VmModel } from "../../src/model/mmu_vm.js";
import { HVA, MiB, NESTED, NORMAL, SMM, TRAITS } from "./support.js";

const DIRTY = 1n << 9n;

/** A VM of one slot of 4 MiB at 0 (and the same in SMM) over a host of huge pages. */
function vmWith(traits: Partial<VmTraits> = {}, host: Partial<HostPage> = {}): VmModel {
  const vm = new VmModel({ ...TRAITS, ...traits }, (hva) => ({ pfn: hva >> 12n, writable: true, level: 2, ...host }));
  setSlot(vm, 0);
  setSlot(vm, 0, 1 << 16);
  return vm;
}

function setSlot(vm: VmModel, flags: number, slot = 0): void {
  vm.setUserMemoryRegion({ slot, flags, guestPhysAddr: 0n, memorySize: 4n * MiB, userspaceAddr: HVA });
}

const logOn = (vm: VmModel): void => setSlot(vm, LOG_DIRTY_PAGES);
const logOff = (vm: VmModel): void => setSlot(vm, 0);

/** The dirty offsets of slot 0 as GET_DIRTY_LOG gives them. */
function get(vm: VmModel, slot = 0): number[] {
  const result = vm.getDirtyLog(slot);
  if (result.kind === "error") throw new Error(`errno ${result.errno}`);
  return [...result.dirty.keys()].filter((offset) => result.dirty[offset] === 1);
}

function write(vm: VmModel, page: number, role = NORMAL): void {
  expect(vm.access(role, BigInt(page) << 12n, "write").outcome).toBe("done");
}

function spteOf(vm: VmModel, level: number, gfn: number, role = NORMAL): bigint {
  const line = vm.roots
    .dump()
    .find((l) => l.level === level && l.gfn === BigInt(gfn) && l.asId === role.asId && l.guestMode === role.guestMode);
  return line?.spte ?? 0n;
}

describe("logging begins", () => {
  it("eagerly: huge leaves are split and lose W", () => {
    const vm = vmWith();
    write(vm, 0);
    logOn(vm);
    expect(vm.roots.counts()).toMatchObject({ pages4k: 512, pages2m: 0 });
    expect(spteOf(vm, 1, 5) & 2n).toBe(0n);
    write(vm, 5);
    expect(get(vm)).toEqual([5]);
  });

  it("lazily: huge leaves lose W and are split by the first write", () => {
    const vm = vmWith({ eagerPageSplit: false });
    write(vm, 0);
    logOn(vm);
    expect(vm.roots.counts()).toMatchObject({ pages4k: 0, pages2m: 1 });
    write(vm, 5);
    expect(vm.roots.counts()).toMatchObject({ pages4k: 512, pages2m: 0 });
    expect(get(vm)).toEqual([5]);
  });

  it("with PML: D goes, W stays, and the processor notices the next write", () => {
    const vm = vmWith({ pml: true });
    write(vm, 0);
    logOn(vm);
    expect(spteOf(vm, 1, 3) & (DIRTY | 2n)).toBe(2n);
    expect(vm.access(NORMAL, 0x3000n, "write").faults).toEqual([]);
    expect(get(vm)).toEqual([]);
    vm.leaveGuest(NORMAL);
    expect(get(vm)).toEqual([3]);
    expect(spteOf(vm, 1, 3) & DIRTY).toBe(0n);
  });

  it("with PML, a nested guest: W goes, since the processor would log its addresses", () => {
    const vm = vmWith({ pml: true });
    write(vm, 0, NESTED);
    logOn(vm);
    expect(spteOf(vm, 1, 3, NESTED) & (DIRTY | 2n)).toBe(DIRTY);
    write(vm, 3, NESTED);
    expect(get(vm)).toEqual([3]);
    write(vm, 3, NESTED);
    expect(get(vm)).toEqual([3]);
  });

  it("initially set: nothing is protected; clearing does it, piece by piece", () => {
    const vm = vmWith();
    expect(vm.log.setManual(3)).toBe(0);
    write(vm, 0);
    write(vm, 512);
    logOn(vm);
    expect(vm.roots.counts()).toMatchObject({ pages2m: 2 });
    expect(get(vm)).toHaveLength(1024);
    expect(vm.clearDirtyLog(0, 0, 64, (offset) => offset === 7)).toBe(0);
    expect(vm.roots.counts()).toMatchObject({ pages4k: 512, pages2m: 1 });
    expect(spteOf(vm, 1, 7) & 2n).toBe(0n);
    expect(spteOf(vm, 1, 8) & 2n).toBe(2n);
    expect(get(vm)).toHaveLength(1023);
  });
});

describe("collecting", () => {
  it("classic: the log is emptied, the pages in it are watched again", () => {
    const vm = vmWith();
    logOn(vm);
    write(vm, 1);
    write(vm, 2);
    expect(get(vm)).toEqual([1, 2]);
    expect(get(vm)).toEqual([]);
    write(vm, 2);
    expect(get(vm)).toEqual([2]);
  });

  it("manual: reading changes nothing; what is cleared is watched again", () => {
    const vm = vmWith();
    vm.log.setManual(1);
    logOn(vm);
    write(vm, 1);
    write(vm, 70);
    expect(get(vm)).toEqual([1, 70]);
    expect(get(vm)).toEqual([1, 70]);
    expect(vm.clearDirtyLog(0, 64, 64, () => true)).toBe(0);
    expect(get(vm)).toEqual([1]);
    write(vm, 70);
    expect(get(vm)).toEqual([1, 70]);
  });

  it("refuses what is not there, and ranges that are no words", () => {
    const vm = vmWith();
    expect(vm.getDirtyLog(0)).toEqual({ kind: "error", errno: 2 });
    expect(vm.clearDirtyLog(9, 0, 64, () => true)).toBe(2);
    logOn(vm);
    for (const [first, count] of [
      [1, 64],
      [0, 63],
      [1088, 0],
      [960, 128],
    ] as const)
      expect(vm.clearDirtyLog(0, first, count, () => true)).toBe(22);
    expect(vm.clearDirtyLog(0, 960, 64, () => true)).toBe(0);
    expect(vm.log.setManual(2)).toBe(22);
  });

  it("each address space has its own log", () => {
    const vm = vmWith();
    logOn(vm);
    setSlot(vm, LOG_DIRTY_PAGES, 1 << 16);
    write(vm, 4, SMM);
    expect(get(vm)).toEqual([]);
    expect(get(vm, 1 << 16)).toEqual([4]);
  });
});

describe("logging ends", () => {
  it("small pages become huge again, with the first one's bits", () => {
    const vm = vmWith();
    write(vm, 0);
    logOn(vm);
    logOff(vm);
    expect(vm.roots.counts()).toMatchObject({ pages4k: 0, pages2m: 1 });
    expect(spteOf(vm, 2, 0) & 2n).toBe(0n);
    expect(vm.access(NORMAL, 0n, "write").faults).toEqual(["fixed"]);
    expect(spteOf(vm, 2, 0) & 2n).toBe(2n);
  });

  it("where the host has small pages they stay", () => {
    const vm = vmWith({}, { level: 1 });
    write(vm, 0);
    logOn(vm);
    logOff(vm);
    expect(vm.roots.counts()).toMatchObject({ pages4k: 1, pages2m: 0 });
  });

  it("what lies partly outside of the slot stays small", () => {
    const vm = vmWith();
    const region = { slot: 1, guestPhysAddr: 5n * MiB, memorySize: 3n * MiB, userspaceAddr: HVA + 5n * MiB };
    vm.setUserMemoryRegion({ ...region, flags: LOG_DIRTY_PAGES });
    write(vm, 0x500);
    write(vm, 0x600);
    vm.setUserMemoryRegion({ ...region, flags: 0 });
    expect(vm.roots.counts()).toMatchObject({ pages4k: 1, pages2m: 1 });
  });
});

describe("the ring", () => {
  const slot: Slot = { asId: 1, id: 3, baseGfn: 16n, nPages: 256n, hva: HVA, flags: LOG_DIRTY_PAGES };

  it("keeps the order of writes, repeats and all; others' writes go to the bitmap", () => {
    const log = new LogModel({ ringSize: 128, pml: false });
    log.begin(slot);
    for (const gfn of [20n, 17n, 20n]) log.mark(slot, gfn, "vcpu");
    log.mark(slot, 18n, "host");
    expect(log.ring.map(({ offset }) => offset)).toEqual([4n, 1n, 4n]);
    expect(log.ring[0]?.slot).toBe((1 << 16) | 3);
    expect([...(log.bitmap(slot) ?? [])].indexOf(1)).toBe(2);
  });

  it("nothing is logged for a slot that is not", () => {
    const log = new LogModel({ ringSize: 128, pml: false });
    log.mark({ ...slot, flags: READONLY }, 20n, "vcpu");
    expect(log.ring).toEqual([]);
  });

  it("stops the vCPU while there is still room for what is under way", () => {
    const vm = vmWith({ ringSize: 128 }, { level: 1 });
    logOn(vm);
    for (let page = 0; page < 63; page++) write(vm, page);
    // The 64th write's fault fills the ring to its soft limit: the access is not done before userspace has collected.
    expect(vm.access(NORMAL, 63n << 12n, "write")).toEqual({ outcome: "ring-full", faults: ["fixed"] });
    vm.log.collect(10);
    expect(vm.resetRing()).toBe(10);
    expect(vm.access(NORMAL, 63n << 12n, "write")).toEqual({ outcome: "done", faults: [] });
    expect(vm.access(NORMAL, 0n, "write").faults).toEqual(["fixed"]);
    expect(vm.access(NORMAL, 10n << 12n, "write").faults).toEqual([]);
  });
});

describe("a PML buffer", () => {
  it("that is full is emptied before the next write is logged", () => {
    const vm = vmWith({ pml: true });
    write(vm, 0);
    write(vm, 512);
    logOn(vm);
    for (let page = 0; page < 600; page++) write(vm, page);
    expect(get(vm)).toHaveLength(512);
    vm.leaveGuest(NORMAL);
    expect(get(vm)).toHaveLength(88);
  });
});

describe("NX recovery", () => {
  it("gives back a share of the tables that execution made, oldest first, and passes logged slots by", () => {
    const vm = vmWith();
    vm.nxHugePages = true;
    vm.access(NORMAL, 0n, "fetch");
    vm.access(NORMAL, 2n * MiB, "fetch");
    expect(vm.roots.nxLpageSplits).toBe(2);
    vm.recoverNx(2);
    expect(vm.roots.nxLpageSplits).toBe(1);
    expect(vm.roots.counts()).toMatchObject({ pages4k: 1, tables: 3 });
    vm.access(SMM, 0n, "fetch");
    logOn(vm);
    vm.recoverNx(1);
    // Address space 0's is logged, SMM's is not.
    expect(vm.roots.nxLpageSplits).toBe(0);
    expect(spteOf(vm, 1, 512)).not.toBe(0n);
    expect(spteOf(vm, 1, 0, SMM)).toBe(0n);
  });

  it("ratio 0 recovers nothing; a VM that opted out splits nothing", () => {
    const vm = vmWith({ nxOptOut: true });
    vm.nxHugePages = true;
    vm.access(NORMAL, 0n, "fetch");
    expect(vm.roots.nxLpageSplits).toBe(0);
    expect(vm.roots.counts()).toMatchObject({ pages2m: 1 });
    vm.recoverNx(0);
  });
});

describe("aging", () => {
  it("is forgotten by age, remembered by the next access, and handed over to the frame", () => {
    const vm = vmWith({}, { level: 1 });
    write(vm, 0);
    expect(vm.isYoung(HVA, HVA + 4096n)).toBe(true);
    expect(vm.isYoung(HVA + 4096n, HVA + 8192n)).toBe(false);
    vm.takeHandedOver();
    expect(vm.age(HVA, HVA + 4096n)).toBe(1n);
    expect(vm.takeHandedOver()).toMatchObject([{ gfn: 0n, accessed: true, dirty: false }]);
    expect(vm.age(HVA, HVA + 4096n)).toBe(0n);
    write(vm, 0);
    expect(vm.isYoung(HVA, HVA + 4096n)).toBe(true);
  });

  it("without A/D bits: permissions go, and what was writable was dirty", () => {
    const vm = vmWith({ ad: false }, { level: 1 });
    write(vm, 0);
    vm.age(HVA, HVA + 4096n);
    expect(vm.takeHandedOver()).toMatchObject([{ gfn: 0n, accessed: true, dirty: true }]);
    expect(vm.access(NORMAL, 0n, "write").faults).toEqual(["fixed"]);
  });
});
