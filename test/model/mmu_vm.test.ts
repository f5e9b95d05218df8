import { describe, expect, it } from "vitest";
import { LOG_DIRTY_PAGES, READONLY, type Region, type Slot } from "../../src/model/mmu_memslots.js";
import type { DumpLine } from "../../src/model/mmu_roots.js";
import type { HostPage, VmTraits } from "../../src/model/mmu_traits.js";
import { VmModel } from "../../src/model/mmu_vm.js";
import { HVA, MiB, NESTED, NORMAL, SMM, TRAITS } from "./support.js";

/** A host that has every page, at pfn = hva's page + 0x1000, in pages of `level`. */
function hostWith(changes: Partial<HostPage> = {}): (hva: bigint) => HostPage {
  return (hva) => ({ pfn: (hva >> 12n) + 0x1000n, writable: true, level: 1, ...changes });
}

function vmWith(host = hostWith(), traits: Partial<VmTraits> = {}, region: Partial<Region> = {}): VmModel {
  const vm = new VmModel({ ...TRAITS, ...traits }, host);
  vm.setUserMemoryRegion({
    slot: 0,
    flags: 0,
    guestPhysAddr: 0n,
    memorySize: 16n * MiB,
    userspaceAddr: HVA,
    ...region,
  });
  return vm;
}

/** The dirty offsets of slot 0. */
function dirtyOf(vm: VmModel): number[] {
  const bitmap = vm.log.bitmap(vm.slots.all()[0] as Slot) ?? [];
  return [...bitmap.keys()].filter((offset) => bitmap[offset] === 1);
}

/** A dump's entries as text, one line each: role level gfn spte. */
function dumpOf(vm: VmModel): string[] {
  return entriesOf(vm).map((l) => `${l.asId}${l.guestMode} L${l.level} ${l.gfn.toString(16)} ${l.spte.toString(16)}`);
}

function entriesOf(vm: VmModel): DumpLine[] {
  return vm.roots.dump().filter((line) => line.level <= vm.traits.rootLevel);
}

const TABLE = "8000000000000907";

describe("a fault", () => {
  it("makes the tables on the way and the leaf, and a second access finds them", () => {
    const vm = vmWith();
    expect(vm.access(NORMAL, 0x201000n, "write")).toEqual({ outcome: "done", faults: ["fixed"] });
    expect(dumpOf(vm)).toEqual([
      `00 L4 0 ${TABLE}`,
      `00 L3 0 ${TABLE}`,
      `00 L2 200 ${TABLE}`,
      "00 L1 201 8600000041201b77",
    ]);
    expect(vm.access(NORMAL, 0x201ff8n, "read").faults).toEqual([]);
    expect(vm.roots.counts()).toEqual({ pages4k: 1, pages2m: 0, pages1g: 0, tables: 3, roots: 1 });
  });

  it("maps 2 MiB where slot and host agree, and 4 KiB where they do not", () => {
    const vm = vmWith(hostWith({ level: 2 }));
    vm.access(NORMAL, 0x2fffffn, "read");
    expect(dumpOf(vm)).toContain("00 L2 200 8600000041200bf7");
    const shifted = vmWith(hostWith({ level: 2 }), {}, { userspaceAddr: HVA + 4096n });
    shifted.access(NORMAL, 0x200000n, "read");
    expect(shifted.roots.counts()).toMatchObject({ pages4k: 1, pages2m: 0 });
  });

  it("has one table tree per role", () => {
    const vm = vmWith();
    vm.setUserMemoryRegion({ slot: 1 << 16, flags: 0, guestPhysAddr: 0n, memorySize: MiB, userspaceAddr: HVA });
    for (const role of [NORMAL, SMM, NESTED]) vm.access(role, 0n, "read");
    expect(vm.roots.counts()).toMatchObject({ pages4k: 3, roots: 3 });
    vm.hostUnmap(HVA, HVA + 4096n);
    expect(vm.roots.counts()).toMatchObject({ pages4k: 0, tables: 9 });
  });

  it("is a memory fault where the host refuses", () => {
    const vm = vmWith((() => undefined) as unknown as () => HostPage);
    expect(vm.access(NORMAL, 0n, "read")).toEqual({ outcome: "efault", faults: ["efault"] });
  });

  it("upgrades a read-only mapping when the host has become writable", () => {
    let writable = false;
    const vm = vmWith((hva) => ({ pfn: hva >> 12n, writable, level: 1 }));
    vm.access(NORMAL, 0n, "read");
    expect(dumpOf(vm)).toContain("00 L1 0 8000000040000975");
    writable = true;
    // The host's notifier has taken the read-only page away before it put in the writable one.
    vm.hostUnmap(HVA, HVA + 4096n);
    expect(vm.access(NORMAL, 0n, "write").faults).toEqual(["fixed"]);
    expect(dumpOf(vm)).toContain("00 L1 0 8600000040000b77");
  });
});

describe("slots", () => {
  it("READONLY: reads map without writability, writes are emulated", () => {
    const vm = vmWith(hostWith(), {}, { flags: READONLY });
    expect(vm.access(NORMAL, 0n, "write").outcome).toBe("emulate");
    expect(entriesOf(vm)).toEqual([]);
    vm.access(NORMAL, 0n, "read");
    expect(dumpOf(vm)).toContain("00 L1 0 8000000041000975");
    expect(vm.access(NORMAL, 0n, "write").outcome).toBe("emulate");
  });

  it("logged: 4 KiB only, and writes mark the gfn", () => {
    const vm = vmWith(hostWith({ level: 2 }), {}, { flags: LOG_DIRTY_PAGES });
    vm.access(NORMAL, 0x1000n, "write");
    expect(vm.roots.counts()).toMatchObject({ pages4k: 1, pages2m: 0 });
    expect(dirtyOf(vm)).toEqual([1]);
  });

  it("deleting one empties every root; nothing is left mapped", () => {
    const vm = vmWith();
    vm.access(NORMAL, 0n, "read");
    vm.setUserMemoryRegion({ slot: 0, flags: 0, guestPhysAddr: 0n, memorySize: 0n, userspaceAddr: HVA });
    expect(vm.roots.dump()).toEqual([]);
    expect(vm.access(NORMAL, 0n, "read").outcome).toBe("emulate");
  });
});

describe("addresses without a slot", () => {
  const GPA = 0xfee00000n;

  it("get an MMIO entry of the present generation, which the next access finds", () => {
    const vm = vmWith();
    expect(vm.access(NORMAL, GPA, "write")).toEqual({ outcome: "emulate", faults: ["emulate"] });
    expect(dumpOf(vm)).toContain("00 L1 fee00 3e00fee00016"); // generation 2 after one change
    const before = vm.roots.dump();
    vm.access(NORMAL, GPA, "read");
    expect(vm.roots.dump()).toEqual(before);
  });

  it("get a new one when the slots have changed", () => {
    const vm = vmWith();
    vm.access(NORMAL, GPA, "read");
    vm.setUserMemoryRegion({ slot: 1, flags: 0, guestPhysAddr: 16n * MiB, memorySize: MiB, userspaceAddr: HVA });
    vm.access(NORMAL, GPA, "read");
    expect(dumpOf(vm)).toContain("00 L1 fee00 3e00fee00026");
  });

  it("become memory when a slot comes", () => {
    const vm = vmWith();
    vm.access(NORMAL, GPA, "read");
    vm.setUserMemoryRegion({ slot: 1, flags: 0, guestPhysAddr: GPA, memorySize: MiB, userspaceAddr: HVA });
    expect(vm.access(NORMAL, GPA, "read")).toEqual({ outcome: "done", faults: ["fixed"] });
  });

  it("have no entry when MMIO caching is off", () => {
    const vm = vmWith(hostWith(), { mmioCaching: false });
    expect(vm.access(NORMAL, GPA, "read").outcome).toBe("emulate");
    expect(vm.roots.counts()).toMatchObject({ tables: 0 });
  });
});

describe("the NX huge page mitigation", () => {
  function mitigated(): VmModel {
    const vm = vmWith(hostWith({ level: 2 }));
    vm.nxHugePages = true;
    return vm;
  }

  it("maps huge pages without execution, and 4 KiB where the guest executes", () => {
    const vm = mitigated();
    vm.access(NORMAL, 0x200000n, "read");
    expect(dumpOf(vm)).toContain("00 L2 200 8600000041200bf3");
    expect(vm.access(NORMAL, 0x203000n, "fetch").faults).toEqual(["spurious"]); // the split already gave it X
    expect(vm.roots.counts()).toMatchObject({ pages4k: 512, pages2m: 0 });
    expect(dumpOf(vm)).toContain("00 L1 203 8600000041203b77");
  });

  it("also where there was no memory yet: tables made for a fetch stay tables", () => {
    const vm = mitigated();
    vm.access(NORMAL, 0x40000000n, "fetch");
    vm.setUserMemoryRegion({
      slot: 1,
      flags: 0,
      guestPhysAddr: 0x40000000n,
      memorySize: 4n * MiB,
      userspaceAddr: HVA,
    });
    vm.access(NORMAL, 0x40000000n, "read");
    vm.access(NORMAL, 0x40200000n, "read");
    expect(vm.roots.counts()).toMatchObject({ pages4k: 1, pages2m: 1 });
  });

  it("keeps the small pages: a later read does not make a huge one over them", () => {
    const vm = mitigated();
    vm.access(NORMAL, 0x203000n, "fetch");
    vm.access(NORMAL, 0x204000n, "read");
    expect(vm.roots.counts()).toMatchObject({ pages4k: 2, pages2m: 0 });
  });
});

describe("the host's changes", () => {
  it("a range taken away takes the leaves over it, huge ones whole", () => {
    const vm = vmWith(hostWith({ level: 2 }));
    for (const gpa of [0n, 0x200000n, 0x400000n]) vm.access(NORMAL, gpa, "read");
    vm.hostUnmap(HVA + 0x201000n, HVA + 0x202000n);
    expect(
      vm.roots
        .dump()
        .filter((l) => l.level === 2)
        .map((l) => l.gfn),
    ).toEqual([0n, 0x400n]);
  });

  it("another frame, read-only: put in at once, not accessed and not writable", () => {
    const vm = vmWith();
    vm.access(NORMAL, 0n, "write");
    vm.changePte(HVA, 0x77n, false);
    expect(dumpOf(vm)).toContain("00 L1 0 8000000000077a75");
  });

  it("another frame, writable: faulted in later", () => {
    const vm = vmWith();
    vm.access(NORMAL, 0n, "write");
    vm.changePte(HVA, 0x77n, true);
    expect(vm.roots.counts()).toMatchObject({ pages4k: 0, tables: 3 });
  });
});

describe("write protection and access tracking", () => {
  it("a write-protected leaf is not given back by the fast path", () => {
    const vm = vmWith();
    vm.access(NORMAL, 0n, "write");
    expect(vm.trackAdd(0, 0n)).toBe(true);
    expect(dumpOf(vm)).toContain("00 L1 0 8200000041000b75");
    expect(vm.access(NORMAL, 0n, "write")).toEqual({ outcome: "emulate", faults: ["write-protected"] });
    expect(vm.trackRemove(0, 0n)).toBe(true);
    expect(vm.access(NORMAL, 0n, "write").faults).toEqual(["fixed"]);
    expect(dumpOf(vm)).toContain("00 L1 0 8600000041000b77");
    expect(vm.trackRemove(0, 0n)).toBe(false);
  });

  it("a tracked gfn has no huge page over it", () => {
    const vm = vmWith(hostWith({ level: 2 }));
    vm.access(NORMAL, 0n, "write");
    vm.trackAdd(0, 5n);
    expect(vm.roots.counts()).toMatchObject({ pages2m: 0 });
    vm.access(NORMAL, 0n, "write");
    expect(vm.roots.counts()).toMatchObject({ pages2m: 0, pages4k: 1 });
  });

  it("logging takes W only; the next write gives it back and is logged", () => {
    const vm = vmWith();
    vm.access(NORMAL, 0x3000n, "write");
    const region = { slot: 0, guestPhysAddr: 0n, memorySize: 16n * MiB, userspaceAddr: HVA };
    vm.setUserMemoryRegion({ ...region, flags: LOG_DIRTY_PAGES });
    expect(dumpOf(vm)).toContain("00 L1 3 8600000041003b75");
    expect(dirtyOf(vm)).toEqual([]);
    expect(vm.access(NORMAL, 0x3000n, "write").faults).toEqual(["fixed"]);
    expect(dumpOf(vm)).toContain("00 L1 3 8600000041003b77");
    expect(dirtyOf(vm)).toEqual([3]);
  });

  it("without A/D bits an aged leaf faults, and the fast path gives it back", () => {
    const vm = vmWith(hostWith(), { ad: false });
    vm.access(NORMAL, 0n, "write");
    vm.age(HVA, HVA + 4096n);
    expect(dumpOf(vm)).toContain("00 L1 0 8750000041000a70");
    expect(vm.access(NORMAL, 0n, "read").faults).toEqual(["fixed"]);
    expect(dumpOf(vm)).toContain("00 L1 0 8610000041000b75");
    expect(vm.access(NORMAL, 0n, "write").faults).toEqual(["fixed"]);
    expect(dumpOf(vm)).toContain("00 L1 0 8610000041000b77");
  });

  it("a prefetched leaf is not accessed until the guest accesses it", () => {
    const vm = vmWith();
    expect(vm.prefetch(NORMAL, 1n)).toBe("fixed");
    expect(dumpOf(vm)).toContain("00 L1 1 8600000041001a77");
    expect(vm.prefetch(NORMAL, 1n)).toBe("spurious");
    expect(vm.access(NORMAL, 0x1000n, "read").faults).toEqual([]);
    expect(dumpOf(vm)).toContain("00 L1 1 8600000041001b77");
  });
});
