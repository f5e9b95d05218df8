/** Trace rings written by core, read and printed by src/abi. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CoreMemory, CPU_BASE, CPU_STRIDE, Cpu } from "../../../src/abi/index.js";
import {
  formatErrorCode,
  formatTraceEvent,
  readTrace,
  readTraceRing,
  TRACE_EVENT_NAMES,
  traceEventFields,
} from "../../../src/abi/trace_decode.js";
import { BUILDS, CoreBug, expectBalanced, openCore, snapshotBalance } from "../harness.js";

interface TraceExports {
  traceEnable(cpuId: number, capacityOrder: number): number;
  traceDisable(cpuId: number): number;
  traceEvents(mask: bigint): void;
  traceEmit(event: number, vcpuId1: number, ...fields: bigint[]): void;
  traceEmitMany(event: number, n: number): void;
  kalloc(bytes: number): number;
  kfree(p: number): void;
  check(condition: number, code: number): void;
  dbgAssert(condition: number, code: number): void;
  bug(code: number, a: bigint, b: bigint): void;
}

const open = (build: (typeof BUILDS)[number], nCpus = 2) => openCore<TraceExports>({ build, memMiB: 8, nCpus });
const ALL = (1n << BigInt(TRACE_EVENT_NAMES.length)) - 1n;

describe.each(BUILDS)("trace rings, build %s", (build) => {
  it("record only while on, and only events in the mask", async () => {
    const core = await open(build);
    const { x } = core;
    const memory = new CoreMemory(core.memory);
    const before = snapshotBalance(core);
    x.traceEvents(ALL);
    x.traceEmit(0, 1, 1n, 2n, 3n, 0n, 0n, 0n);
    expect(readTrace(memory, 2)).toEqual({ events: [], lost: 0 });

    expect(x.traceEnable(0, 6)).toBe(0);
    x.traceEvents(1n << 1n);
    x.traceEmit(0, 1, 1n, 2n, 3n, 0n, 0n, 0n);
    x.traceEmit(1, 0, 0x1234n, 2n ** 64n - 1n, 2n, 0n, 0n, 0n);
    const { events, lost } = readTraceRing(memory, 0);
    expect(lost).toBe(0);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      name: "kvm_mmu_spte_requested",
      cpu: 0,
      vcpuId: undefined,
      fields: { gfn: 0x1234n, pfn: 2n ** 64n - 1n, level: 2n },
    });
    expect(x.traceDisable(0)).toBe(0);
    expect(readTraceRing(memory, 0).events).toEqual([]);
    expectBalanced(core, before);
  });

  it("refuse bad sizes and CPUs, a second ring, and taking away none", async () => {
    const { x } = await open(build);
    expect(x.traceEnable(2, 6)).toBe(-22);
    expect(x.traceEnable(0, 5)).toBe(-22);
    expect(x.traceEnable(0, 16)).toBe(-22);
    expect(x.traceDisable(0)).toBe(-2);
    expect(x.traceDisable(2)).toBe(-22);
    expect(x.traceEnable(0, 7)).toBe(0);
    expect(x.traceEnable(0, 7)).toBe(-17);
    expect(x.traceDisable(0)).toBe(0);
  });

  it("keep the newest records and say how many are lost", async () => {
    const core = await open(build);
    core.x.traceEvents(ALL);
    core.x.traceEnable(0, 6);
    core.x.traceEmitMany(14, 1000);
    const { events, lost } = readTraceRing(new CoreMemory(core.memory), 0);
    expect(lost).toBe(1000 - 64);
    expect(events.map((event) => event.fields["hva"])).toEqual(Array.from({ length: 64 }, (_, i) => BigInt(936 + i)));
    core.x.traceDisable(0);
  });

  it("are merged by time over the CPUs", async () => {
    const core = await open(build);
    core.x.traceEvents(ALL);
    for (const id of [0, 1]) core.x.traceEnable(id, 6);
    for (let i = 0; i < 6; i++) core.cpu(i % 2).traceEmit(14, 0, BigInt(i), 0n, 0n, 0n, 0n, 0n);
    const { events } = readTrace(new CoreMemory(core.memory), 2);
    expect(events.map((event) => [event.cpu, event.fields["hva"]])).toEqual(
      Array.from({ length: 6 }, (_, i) => [i % 2, BigInt(i)]),
    );
    for (const id of [0, 1]) core.x.traceDisable(id);
  });

  it("are read, taken away and given while their CPU writes", async () => {
    const core = await open(build);
    const memory = new CoreMemory(core.memory);
    const before = snapshotBalance(core);
    core.x.traceEvents(ALL);
    const stop = core.x.kalloc(32);
    const thread = await core.thread(1);
    const call = thread.call("traceEmitUntil", 8, stop);
    for (let i = 0; i < 15; i++) {
      expect(core.x.traceEnable(1, 6 + (i % 3))).toBe(0);
      while (readTraceRing(memory, 1).events.length === 0) await new Promise((resolve) => setImmediate(resolve));
      for (let turn = 0; turn < 3; turn++) {
        const { events } = readTraceRing(memory, 1);
        for (const { fields } of events) expect(new Set(Object.values(fields)).size).toBe(1); // no half-written one
      }
      expect(core.x.traceDisable(1)).toBe(0);
    }
    core.dv().setUint32(stop, 1, true);
    expect(await call).toBeGreaterThan(0);
    await thread.terminate();
    core.x.kfree(stop);
    expectBalanced(core, before);
  });

  it("are not taken away in the middle of a record, unless the CPU died in it", async () => {
    const core = await open(build, 3);
    const before = snapshotBalance(core);
    const memory = new CoreMemory(core.memory);
    const area = CPU_BASE + CPU_STRIDE;
    const other = await core.thread(2);
    for (const release of [Cpu.traceBusy, Cpu.dead]) {
      expect(core.x.traceEnable(1, 6)).toBe(0);
      memory.store32(area, Cpu.traceBusy, 1); // as CPU 1 does first
      let isDone = false;
      const taken = other.call("traceDisable", 1).finally(() => {
        isDone = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(isDone).toBe(false);
      memory.store32(area, release, release === Cpu.dead ? 1 : 0);
      expect(await taken).toBe(0);
    }
    await other.terminate();
    expectBalanced(core, before);
  });
});

describe.each(BUILDS)("bugs, build %s", (build) => {
  it("arrive as CoreBug with the code's name and both numbers", async () => {
    const { x } = await open(build);
    const error = (() => {
      try {
        x.bug(1, 2n ** 64n - 1n, 7n);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(CoreBug);
    expect(error).toMatchObject({ code: 1, codeName: "BUG_LOCK_ORDER", a: 2n ** 64n - 1n, b: 7n });
  });

  it("come from check in every build, from dbgAssert in debug ones", async () => {
    const { x } = await open(build);
    expect(() => x.check(1, 2)).not.toThrow();
    expect(() => x.check(0, 2)).toThrow("BUG_LOCK_OWNER");
    expect(() => x.dbgAssert(1, 2)).not.toThrow();
    if (build === "test") expect(() => x.dbgAssert(0, 2)).toThrow("BUG_LOCK_OWNER");
    else expect(() => x.dbgAssert(0, 2)).not.toThrow();
  });
});

describe("the table of trace events", () => {
  const layout = readFileSync(new URL("../../../core/layout/trace.ts", import.meta.url), "utf8");
  const declared = Array.from(layout.matchAll(/export const TRACE_(\w+): u32 = (\d+); \/\/ (.*)/g), (match) => ({
    name: match[1]?.toLowerCase(),
    number: Number(match[2]),
    fields: match[3]
      ?.replace(/\s*\([^)]*\)/g, "")
      .split(", ")
      .filter((field) => field !== ""),
  }));

  it("has core's events by number", () => {
    expect(declared.length).toBe(TRACE_EVENT_NAMES.length);
    for (const { name, number } of declared) expect(TRACE_EVENT_NAMES[number]).toBe(name);
  });

  it.each(declared)("has the fields of $name in the order core writes them", ({ number, fields }) => {
    expect(traceEventFields(number)).toEqual(fields);
  });

  it("gives no event a number or name that core has not", () => {
    expect(() => traceEventFields(TRACE_EVENT_NAMES.length)).toThrow(RangeError);
    const unknown = { timeNs: 0, name: "no_such_event", cpu: 0, vcpuId: undefined, fields: {} };
    expect(() => formatTraceEvent(unknown)).toThrow(RangeError);
  });
});

describe("a trace event as text", () => {
  const print = (name: string, values: bigint[], vcpuId?: number): string => {
    const number = TRACE_EVENT_NAMES.indexOf(name);
    const fields = Object.fromEntries(traceEventFields(number).map((field, i) => [field, values[i] ?? 0n]));
    return formatTraceEvent({ timeNs: 12_345_678_901, name, cpu: 3, vcpuId, fields });
  };
  /** Level 4, direct, all access, NX, of a normal vCPU: what a TDP root has. */
  const ROOT_ROLE = 4n | (1n << 7n) | (7n << 8n) | (1n << 12n);

  it.each([
    ["kvm_page_fault", [0x10n, 0x4000n, 0x182n], "vcpu 1 rip 0x10 address 0x0000000000004000 error_code 0x182"],
    ["kvm_mmu_spte_requested", [0x40n, 0x3ffn, 1n], "gfn 40 pfn 3ff level 1"],
    [
      "kvm_tdp_mmu_spte_changed",
      [0x40n, 0n, 0x80000000003ff007n, 1n, 1n],
      "as id 1 gfn 40 level 1 old_spte 0 new_spte 80000000003ff007",
    ],
    ["kvm_mmu_set_spte", [0x40n, 0x3ff007n, 0x5200n, 1n, 7n], "gfn 40 spte 3ff007 (rwxu) level 1 at 5200"],
    ["kvm_mmu_set_spte", [0x40n, 0x3ff005n, 0x5200n, 2n, 3n], "gfn 40 spte 3ff005 (r-x-) level 2 at 5200"],
    [
      "fast_page_fault",
      [0x40123n, 2n, 0x5200n, 0x3ff001n, 0x3ff003n, 5n],
      "vcpu 1 gva 40123 error_code W sptep 5200 old 0x3ff001 new 0x3ff003 spurious 0 fixed 1",
    ],
    [
      "fast_page_fault",
      [0x40123n, 0x13n, 0x5200n, 0x3ff001n, 0x3ff001n, 6n],
      "vcpu 1 gva 40123 error_code P|W|F sptep 5200 old 0x3ff001 new 0x3ff001 spurious 1 fixed 0",
    ],
    ["mark_mmio_spte", [0x5200n, 0xfee00n, 6n, 0x12n], "sptep 5200 gfn fee00 access 6 gen 12"],
    ["handle_mmio_page_fault", [0xfee00000n, 0xfee00n, 6n], "addr fee00000 gfn fee00 access 6"],
    ["check_mmio_spte", [0x12n, 0x12n, 0xabcn], "spte abc kvm_gen 12 spte-gen 12 valid 1"],
    ["check_mmio_spte", [0x14n, 0x12n, 0xabcn], "spte abc kvm_gen 14 spte-gen 12 valid 0"],
    [
      "kvm_mmu_get_page",
      [0n, ROOT_ROLE, 2n, 1n, 0n, 3n],
      "sp gen 3 gfn 0 l4 8-byte q0 direct wux nxe ad root 2 sync new",
    ],
    [
      "kvm_mmu_get_page",
      [0x200n, 1n | (1n << 4n) | (2n << 5n) | (1n << 8n) | (1n << 11n) | (1n << 16n), 0n, 0n, 1n, 0n],
      "sp gen 0 gfn 200 l1 4-byte q2 --x invalid !nxe !ad root 0 unsync existing",
    ],
    [
      "kvm_mmu_prepare_zap_page",
      [0n, ROOT_ROLE, 0n, 0n, 1n],
      "sp gen 1 gfn 0 l4 8-byte q0 direct wux nxe ad root 0 sync",
    ],
    ["kvm_mmu_zap_all_fast", [2n, 0x11n], "mmu_valid_gen 2 used_pages 11"],
    ["kvm_mmu_split_huge_page", [0x200n, 0xabcn, 2n, 2n ** 64n - 12n], "gfn 200 spte abc level 2 errno -12"],
    ["kvm_unmap_hva_range", [0x10000n, 0x20000n], "mmu notifier unmap range: 0x0000000000010000 -- 0x0000000000020000"],
    ["kvm_age_hva", [0x10000n, 0x20000n], "mmu notifier age hva: 0x0000000000010000 -- 0x0000000000020000"],
    ["kvm_test_age_hva", [0x10000n], "mmu notifier test age hva: 0x0000000000010000"],
    ["kvm_tlb_flush_remote", [0x40n, 512n], "gfn 40 pages 512"],
    ["kvm_tlb_flush_remote", [0n, 0n], "all"],
    ["kvm_set_spte_hva", [0x10000n], "mmu notifier set pte hva: 0x0000000000010000"],
    ["kvm_try_async_get_page", [0x40000n, 0x40n], "gva = 0x40000, gfn = 0x40"],
  ])("%s %#", (name, values, text) => {
    expect(print(name, values, 1)).toBe(`[003] 12.345678901: ${name}: ${text}`);
  });

  it("says so outside of a vCPU", () => {
    expect(print("kvm_page_fault", [0n, 0n, 0n])).toContain("vcpu - rip");
  });

  it("names an error code's flags and shows the others in hex", () => {
    expect(formatErrorCode(0n)).toBe("0");
    expect(formatErrorCode(0x1fn)).toBe("P|W|U|RSVD|F");
    expect(formatErrorCode((1n << 32n) | 2n)).toBe("W|0x100000000");
  });
});
