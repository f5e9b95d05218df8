/** Dirty rings: who logs where, how a full one stops its vCPU, and what a reset frees and protects. */
import { afterEach, describe, expect, it } from "vitest";
import {
  DIRTY_GFN_F_DIRTY,
  DIRTY_GFN_F_RESET,
  DIRTY_RING_RSVD_ENTRIES,
  DirtyGfn,
  EINVAL,
  KVM_EXIT_DIRTY_RING_FULL,
  KVM_EXIT_HLT,
  PARAM_AD,
  PARAM_PML,
  PML_ENTRIES,
  PROG_EMULATE,
  PROG_WRITE,
  TDP_EPT,
  TRACE_EVENTS,
  Vcpu,
} from "../../../src/abi/index.js";
import { formatTraceEvent, readTrace } from "../../../src/abi/trace_decode.js";
import { BUILDS } from "../harness.js";
import { BACKINGS, DirtyRig, GPA, KINDS, LOG, writesTo } from "./dirty_rig.js";
import { DEFAULT_PARAMS } from "./vm_rig.js";

const pagesOf = (entries: { page: number }[]): number[] => entries.map(({ page }) => page);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

let rig: DirtyRig;

describe.each(BUILDS)("dirty ring (%s)", (build) => {
  afterEach(() => rig.close());

  describe.each(KINDS)("$name", ({ tdp, params }) => {
    describe.each(BACKINGS)("$backing", ({ mapFlags, eager }) => {
      const open = (options = {}): Promise<DirtyRig> =>
        DirtyRig.open({ build, tdp, params, mapFlags, eager, ring: 1024, vcpus: 2, ...options });

      it("has what each vCPU wrote, in its order, once until it is reset", async () => {
        rig = await open();
        const [one, two] = rig.vcpus as [number, number];
        rig.populate();
        rig.setLogging(LOG);
        rig.write([9, 600, 3, 9], one);
        rig.write([4, 9], two);
        expect(pagesOf(rig.harvest(one, 0))).toEqual([9, 600, 3]);
        // The page is writable already, if that is how writes are noticed; but every processor sets Dirty once only, too.
        expect(pagesOf(rig.harvest(two, 0))).toEqual([4]);
        expect(rig.x.dirtyRingsReset(rig.vm.vm)).toBe(4);
        rig.write([9], two);
        rig.write([600, 9, 601], one);
        expect(pagesOf(rig.harvest(two, 1))).toEqual([9]);
        expect(pagesOf(rig.harvest(one, 3))).toEqual([600, 601]);
        expect(rig.x.dirtyRingsReset(rig.vm.vm)).toBe(3);
        expect(rig.x.dirtyRingsReset(rig.vm.vm)).toBe(0);
        // No vCPU's write went to the bitmap.
        expect(rig.get()).toEqual([]);
      });

      it("leaves what no vCPU wrote to the bitmap, and what the emulator wrote to its vCPU's ring", async () => {
        rig = await open();
        rig.populate();
        rig.setLogging(LOG);
        const from = rig.x.kblockAlloc(0) >>> 0;
        expect(rig.x.guestWrite(rig.vm.vm, 0, GPA + 5n * 4096n, from, 8)).toBe(0);
        (rig.x as unknown as { kblockFree(p: number, order: number): void }).kblockFree(from, 0);
        rig.vm.run(rig.vcpu, [{ op: PROG_WRITE, gpa: GPA + 8n * 4096n, flags: PROG_EMULATE, value: 1n }]);
        expect(pagesOf(rig.harvest(rig.vcpu, 0))).toEqual([8]);
        expect(rig.get()).toEqual([5]);
        expect(rig.get()).toEqual([]);
      });

      it("stops the vCPU at the soft limit, with room left, until entries are reset; goes round and loses none", async () => {
        rig = await open({ pages: 2048 });
        const { memory } = rig.vm;
        rig.populate();
        rig.setLogging(LOG);
        rig.vm.program(rig.vcpu, [{ op: PROG_WRITE, gpa: GPA, count: 2048, value: 3n }]);
        const seen: number[] = [];
        let exits = 0;
        for (;;) {
          expect(rig.x.vcpuRun(rig.vcpu)).toBe(0);
          if (memory.get(rig.vcpu, Vcpu.exitReason) === KVM_EXIT_HLT) break;
          expect(memory.get(rig.vcpu, Vcpu.exitReason)).toBe(KVM_EXIT_DIRTY_RING_FULL);
          // Not before something is reset, whatever is harvested.
          expect(rig.x.vcpuRun(rig.vcpu)).toBe(0);
          expect(memory.get(rig.vcpu, Vcpu.exitReason)).toBe(KVM_EXIT_DIRTY_RING_FULL);
          const used = memory.get(rig.vcpu, Vcpu.ringDirtyIndex) - seen.length;
          expect(used).toBeLessThanOrEqual(1024);
          exits += 2;
          seen.push(...pagesOf(rig.harvest(rig.vcpu, seen.length, 100 + exits)));
          expect(rig.x.dirtyRingsReset(rig.vm.vm)).toBe(100 + exits);
        }
        seen.push(...pagesOf(rig.harvest(rig.vcpu, seen.length)));
        expect(seen).toEqual(range(0, 2048));
        expect(exits).toBeGreaterThan(8);
        expect(memory.get(rig.vcpu, Vcpu.dirtyRingExits)).toBe(BigInt(exits));
        expect(rig.get()).toEqual([]);
      });
    });
  });

  const plain = (options = {}): Promise<DirtyRig> =>
    DirtyRig.open({ build, tdp: TDP_EPT, params: DEFAULT_PARAMS, ring: 256, ...options });

  it("refuses sizes that cannot hold what is reserved, a second ring, and one that comes after vCPUs", async () => {
    rig = await plain({ ring: 0, vcpus: 0, params: DEFAULT_PARAMS | PARAM_AD | PARAM_PML });
    const { x, vm } = rig;
    for (const entries of [0, 1, 128, 257, 384, 512, 131072]) {
      expect(x.vmSetDirtyRing(vm.vm, entries), String(entries)).toBe(-EINVAL);
    }
    expect(x.dirtyRingsReset(vm.vm)).toBe(-EINVAL);
    expect(x.vmSetDirtyRing(vm.vm, 65536)).toBe(0);
    expect(x.vmSetDirtyRing(vm.vm, 65536)).toBe(-EINVAL);
    rig.close();
    rig = await plain({ ring: 0, vcpus: 1 });
    expect(rig.x.vmSetDirtyRing(rig.vm.vm, 1024)).toBe(-EINVAL);
  });

  it("reserves room for what is logged before a vCPU stops", async () => {
    rig = await plain({ ring: 1024, params: DEFAULT_PARAMS | PARAM_AD | PARAM_PML, pages: 1024 });
    rig.populate();
    rig.setLogging(LOG);
    expect(rig.write(range(0, 1024))).toBe(KVM_EXIT_DIRTY_RING_FULL);
    const used = rig.vm.memory.get(rig.vcpu, Vcpu.ringDirtyIndex);
    expect(used).toBeGreaterThanOrEqual(1024 - DIRTY_RING_RSVD_ENTRIES - PML_ENTRIES);
    expect(used).toBeLessThanOrEqual(1024);
  });

  it("marks the bitmap when there is no room at all: prefault never looks at requests", async () => {
    rig = await plain({ pages: 512 });
    rig.setLogging(LOG);
    expect(rig.x.vcpuPrefault(rig.vcpu, GPA, 512n * 4096n)).toBe(512n * 4096n);
    expect(pagesOf(rig.harvest(rig.vcpu, 0))).toEqual(range(0, 256));
    expect(rig.get()).toEqual(range(256, 512));
  });

  it("resets in order, up to the first entry that nobody has read", async () => {
    rig = await plain();
    const { memory } = rig.vm;
    rig.populate();
    rig.setLogging(LOG);
    rig.write([1, 2, 3]);
    memory.store32(rig.ringEntry(rig.vcpu, 1), DirtyGfn.flags, DIRTY_GFN_F_RESET);
    expect(rig.x.dirtyRingsReset(rig.vm.vm)).toBe(0);
    memory.store32(rig.ringEntry(rig.vcpu, 0), DirtyGfn.flags, DIRTY_GFN_F_RESET);
    expect(rig.x.dirtyRingsReset(rig.vm.vm)).toBe(2);
    expect(memory.load32(rig.ringEntry(rig.vcpu, 0), DirtyGfn.flags)).toBe(0);
    expect(memory.load32(rig.ringEntry(rig.vcpu, 2), DirtyGfn.flags)).toBe(DIRTY_GFN_F_DIRTY);
    rig.write([1, 2, 3]);
    expect(pagesOf(rig.harvest(rig.vcpu, 2))).toEqual([3, 1, 2]);
  });

  it.each([
    ["forwards", range(10, 80)],
    ["backwards", range(10, 80).reverse()],
    ["there and back", [100, 130, 90, 153, 89, 154, 99]],
    ["far apart", [0, 63, 64, 127, 1, 700, 637, 636]],
  ])("protects every page again, whatever the order they were written in: %s", async (_order, pages) => {
    rig = await plain({ pages: 1024 });
    rig.populate();
    rig.setLogging(LOG);
    for (let pass = 0, at = 0; pass < 2; pass++, at += pages.length) {
      rig.write(pages);
      expect(pagesOf(rig.harvest(rig.vcpu, at))).toEqual(pages);
      expect(rig.x.dirtyRingsReset(rig.vm.vm)).toBe(pages.length);
    }
  });

  it("takes entries that userspace has spoilt for what they are: nothing to protect", async () => {
    rig = await plain();
    const { memory } = rig.vm;
    rig.populate();
    rig.setLogging(LOG);
    const spoilt = [
      [2 << 16, 0n],
      [7, 0n],
      [0, 1024n],
      [0, 2n ** 63n],
      [0, 2n ** 64n - 1n],
    ] as const;
    rig.write(range(0, spoilt.length));
    expect(rig.harvest(rig.vcpu, 0).length).toBe(spoilt.length);
    spoilt.forEach(([slot, page], i) => {
      memory.set(rig.ringEntry(rig.vcpu, i), DirtyGfn.slot, slot);
      memory.set(rig.ringEntry(rig.vcpu, i), DirtyGfn.offset, page);
    });
    expect(rig.x.dirtyRingsReset(rig.vm.vm)).toBe(spoilt.length);
    expect(rig.x.mmuInvariants(rig.vm.vm)).toBe(0);
  });

  it("is traced as the kernel traces it", async () => {
    rig = await plain({ nCpus: 1 });
    rig.populate();
    rig.setLogging(LOG);
    expect(rig.x.traceEnable(0, 13)).toBe(0);
    rig.x.traceEvents((1n << BigInt(TRACE_EVENTS)) - 1n);
    expect(rig.vm.run(rig.vcpu, writesTo(range(0, 200)))).toBe(KVM_EXIT_DIRTY_RING_FULL);
    rig.harvest(rig.vcpu, 0);
    rig.x.dirtyRingsReset(rig.vm.vm);
    rig.x.traceEvents(0n);
    const lines = readTrace(rig.vm.memory, 1).events.map(formatTraceEvent);
    expect(rig.x.traceDisable(0)).toBe(0);
    const of = (name: string): string[] => lines.filter((line) => line.includes(`: ${name}: `));
    expect(of("kvm_dirty_ring_push").length).toBe(192);
    expect(of("kvm_dirty_ring_push").at(-1)).toMatch(/ring 191: dirty 0xc0 reset 0x0 slot 0 offset 0xbf$/);
    expect(of("kvm_dirty_ring_reset").at(-1)).toMatch(/ring 191: dirty 0xc0 reset 0xbf$/);
    expect(of("kvm_dirty_ring_exit")).toHaveLength(1);
    expect(of("kvm_dirty_ring_exit")[0]).toMatch(/vcpu 0$/);
  });
});
