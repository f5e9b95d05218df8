/** Instructions' memory helpers over guest tables: what is reached, what is set, and in what order things fail. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CR0_AM,
  EXC_AC,
  EXC_GP,
  EXC_SS,
  EXEC_EXCLUSIVE,
  FLAG_AC,
  FRAME_FLAG_CODE,
  HW_EXIT_EPT_VIOLATION,
  HW_EXIT_NPF,
  HW_GUEST_TABLE,
  HW_READ,
  HW_WRITE,
  SEG_SS,
  STEPPING_EMULATE,
  X86_SCRATCH,
} from "../../../src/abi/index.js";
import { modelPdpteIsLegal } from "../../../src/model/index.js";
import { BUILDS, runThreads } from "../harness.js";
import { PROCESSOR } from "../hw/rig.js";
import { MAX_PHY_ADDR, PagingRig } from "./paging_rig.js";
import { DIMENSIONS } from "./paging_rights.js";

const LIN = 0x7fff_1234_5000n;
const PAGE_FAULT = 14;
const EPT_DIRTY = 0x200n;
const EPT_ACCESSED = 0x100n;

describe.each(BUILDS)("memory helpers (%s)", (build) => {
  describe.each(DIMENSIONS)("over %s", (dimension) => {
    let rig: PagingRig;
    let cr3: bigint;
    /** Two pages in a row of linear addresses, not of guest-physical ones. */
    let first: bigint;
    let second: bigint;
    let places: [bigint, bigint];
    beforeEach(async () => {
      rig = await PagingRig.open(build, dimension);
      cr3 = rig.page();
      rig.useMode("4-level", cr3);
      second = rig.page();
      first = rig.page();
      places = [rig.map4k(cr3, LIN, first | 7n), rig.map4k(cr3, LIN + 0x1000n, second | 7n)];
    });
    afterEach(() => rig.close());

    it("reach guest-physical memory without paging", () => {
      rig.setWord(first + 8n, 0x1122_3344_5566_7788n);
      rig.useMode("none", 0n);
      expect(rig.read(first + 8n)).toMatchObject({ kind: "done", value: 0x1122_3344_5566_7788n });
      expect(rig.read(first + 8n, 2)).toMatchObject({ kind: "done", value: 0x7788n });
      expect(rig.write(first + 16n, 0xabcdn, 4)).toMatchObject({ kind: "done" });
      expect(rig.word(first + 16n)).toBe(0xabcdn);
    });

    it("set Accessed by a read, Dirty by a write", () => {
      rig.setWord(first + 0x678n, 42n);
      rig.set("cpl", 3);
      rig.changed();
      expect(rig.read(LIN + 0x678n)).toMatchObject({ kind: "done", value: 42n });
      expect(rig.word(places[0])).toBe(first | 0x27n);
      expect(rig.write(LIN + 0x678n, 43n)).toMatchObject({ kind: "done" });
      expect(rig.word(first + 0x678n)).toBe(43n);
      expect(rig.word(places[0])).toBe(first | 0x67n);
      expect(rig.fetch(LIN + 0x678n)).toMatchObject({ kind: "done", pointer: rig.at(first + 0x678n) });
      const lin = LIN + 0x2000n;
      expect(rig.read(lin)).toEqual({ kind: "fault", vector: PAGE_FAULT, error: 4, address: lin });
    });

    it.each([2, 4, 8, 16])("read and write %i bytes that cross a page", (size) => {
      const lin = LIN + 0x1000n - BigInt(size / 2);
      const value = 0x1122_3344_5566_7788n & ((1n << BigInt(8 * Math.min(size, 8))) - 1n);
      expect(rig.write(lin, value, size, 0x99aa_bbcc_ddee_ff00n)).toMatchObject({ kind: "done" });
      expect(rig.read(lin, size)).toMatchObject({ kind: "done", value });
      if (size === 16) {
        expect(rig.get("value1")).toBe(0x99aa_bbcc_ddee_ff00n);
        expect(rig.word(second)).toBe(0x99aa_bbcc_ddee_ff00n);
      } else expect(rig.word(second)).toBe(value >> BigInt(4 * size));
    });

    it("touch nothing if the second of two pages refuses", () => {
      rig.setWord(places[1], second | 5n);
      rig.set("cpl", 3);
      rig.changed();
      const lin = LIN + 0xffcn;
      expect(rig.write(lin, -1n)).toEqual({ kind: "fault", vector: PAGE_FAULT, error: 7, address: LIN + 0x1000n });
      expect(rig.word(first + 0xff8n)).toBe(0n);
      rig.setFrameEntry(Number(second >> 12n), 0n);
      expect(rig.read(lin)).toMatchObject({ kind: "exit", gpa: second });
    });

    it("write back what was read for writing, in one page and in two", () => {
      for (const lin of [LIN + 8n, LIN + 0xffdn, LIN + 8n]) {
        rig.write(lin, 7n);
        const read = rig.outcome(rig.x.pagingProbeReadForWrite(rig.c, rig.op, lin));
        expect(read).toMatchObject({ kind: "done", value: 7n });
        rig.x.pagingProbeWriteBack(rig.c, rig.op, lin, 0x0102_0304_0506_0708n);
        expect(rig.read(lin)).toMatchObject({ kind: "done", value: 0x0102_0304_0506_0708n });
      }
      expect(rig.word(places[1])).toBe(second | 0x67n);
      rig.setWord(places[0], first | 0x25n);
      rig.set("cpl", 3);
      rig.x.pagingProbeFlushAll(rig.c);
      rig.changed();
      const refused = rig.outcome(rig.x.pagingProbeReadForWrite(rig.c, rig.op, LIN));
      expect(refused).toMatchObject({ kind: "fault", error: 7 });
    });

    it("raise #GP, or #SS for the stack, where an address is not canonical", () => {
      for (const lin of [1n << 47n, 0xffff_7fff_ffff_fff8n, 1n << 63n, 0x7fff_ffff_fffcn]) {
        rig.segment(3);
        expect(rig.read(lin)).toMatchObject({ kind: "fault", vector: EXC_GP, error: 0 });
        rig.segment(SEG_SS);
        expect(rig.write(lin, 0n)).toMatchObject({ kind: "fault", vector: EXC_SS, error: 0 });
        expect(rig.outcome(rig.x.pagingProbeStackRead(rig.c, lin))).toMatchObject({ vector: EXC_SS });
        expect(rig.outcome(rig.x.pagingProbeSysRead(rig.c, lin))).toMatchObject({ vector: EXC_GP });
      }
      expect(rig.fetch(1n << 47n)).toMatchObject({ kind: "fault", vector: EXC_GP });
    });

    it("wrap at 4 GiB outside of 64-bit mode", () => {
      const top = rig.page();
      const bottom = rig.page();
      rig.map4k(cr3, 0xffff_f000n, top | 0x67n);
      rig.map4k(cr3, 0n, bottom | 0x67n);
      rig.set("codeMode", 1);
      expect(rig.write(0xffff_fffcn, 0x1111_2222_3333_4444n)).toMatchObject({ kind: "done" });
      expect(rig.word(top + 0xffcn, 4)).toBe(0x3333_4444n);
      expect(rig.word(bottom, 4)).toBe(0x1111_2222n);
    });

    it("raise #AC for what is misaligned, at CPL 3 with AM and AC, before the page is looked at", () => {
      rig.set("cr0", rig.get("cr0") | CR0_AM);
      rig.set("flags", 2n | FLAG_AC);
      rig.changed();
      expect(rig.read(LIN + 1n, 2)).toMatchObject({ kind: "done" });
      rig.set("cpl", 3);
      rig.changed();
      expect(rig.read(LIN + 1n, 1)).toMatchObject({ kind: "done" });
      expect(rig.read(LIN + 8n)).toMatchObject({ kind: "done" });
      for (const size of [2, 4, 8, 16]) {
        expect(rig.read(LIN + 1n, size)).toMatchObject({ kind: "fault", vector: EXC_AC, error: 0 });
        expect(rig.write(0x1001n, 0n, size)).toMatchObject({ kind: "fault", vector: EXC_AC });
      }
      expect(rig.outcome(rig.x.pagingProbeSysRead(rig.c, LIN + 1n))).toMatchObject({ kind: "done" });
      rig.set("flags", 2n);
      rig.changed();
      expect(rig.read(LIN + 1n, 2)).toMatchObject({ kind: "done" });
    });

    it("translate aligned operands for LOCK, and ask to be alone for others", () => {
      const aligned = rig.outcome(rig.x.pagingProbeLocked(rig.c, rig.op, LIN + 16n));
      expect(aligned).toMatchObject({ kind: "done", pointer: rig.at(first + 16n) });
      expect(rig.word(places[0])).toBe(first | 0x67n);
      expect(rig.x.pagingProbeLocked(rig.c, rig.op, LIN + 0xffcn)).toBe(EXEC_EXCLUSIVE);
      const fault = rig.outcome(rig.x.pagingProbeLocked(rig.c, rig.op, LIN + 0x1ffcn));
      expect(fault).toMatchObject({ kind: "fault", vector: PAGE_FAULT, address: LIN + 0x2000n });
    });

    it("translate ranges of several pages, all or none", () => {
      const range = rig.outcome(rig.x.pagingProbeTranslate(rig.c, rig.op, LIN + 0xff0n, 0x200, HW_WRITE));
      expect(range).toMatchObject({ kind: "done", pointer: rig.at(first + 0xff0n) });
      expect(rig.word(places[1])).toBe(second | 0x67n);
      const beyond = rig.outcome(rig.x.pagingProbeTranslate(rig.c, rig.op, LIN + 0x1f00n, 0x200, HW_READ));
      expect(beyond).toMatchObject({ kind: "fault", address: LIN + 0x2000n });
    });

    it("report stores to frames whose instructions are cached, and only those", () => {
      const pfn = BigInt(rig.at(first)) >> 12n;
      rig.x.hwProbeWatchCode();
      rig.write(LIN, 1n);
      expect(rig.x.hwProbeCodeReports()).toBe(0n);
      rig.x.hwProbeSetCode(Number(pfn), FRAME_FLAG_CODE);
      rig.x.hwProbeFlushAll(rig.rig.vcpu);
      for (let i = 0; i < 2; i++) {
        rig.write(LIN, 2n);
        expect(rig.x.hwProbeCodeReports()).toBe((1n << 32n) | pfn);
        rig.write(LIN + 0xffcn, 3n);
        expect(rig.x.hwProbeCodeReports()).toBe((1n << 32n) | pfn);
        rig.x.pagingProbeReadForWrite(rig.c, rig.op, LIN);
        expect(rig.x.hwProbeCodeReports()).toBe(0n);
        rig.x.pagingProbeWriteBack(rig.c, rig.op, LIN, 4n);
        expect(rig.x.hwProbeCodeReports()).toBe((1n << 32n) | pfn);
        expect(rig.read(LIN)).toMatchObject({ kind: "done", value: 4n });
      }
      rig.x.hwProbeSetCode(Number(pfn), 0);
      rig.x.hwProbeUnwatchCode();
    });

    it("walk tables as accesses to tables in the second dimension", () => {
      const table = Number(places[0] >> 12n);
      const flags = dimension === "ept" ? EPT_ACCESSED | EPT_DIRTY : 0x60n;
      rig.setFrameEntry(table, rig.frameEntry(table) & ~flags);
      const data = Number(first >> 12n);
      rig.setFrameEntry(data, rig.frameEntry(data) & ~flags);
      expect(rig.read(LIN)).toMatchObject({ kind: "done" });
      // A read of a table is a write of it; that of the page is a read.
      expect(rig.frameEntry(table) & flags).toBe(flags);
      expect(rig.frameEntry(data) & flags).toBe(dimension === "ept" ? EPT_ACCESSED : 0x20n);
      rig.write(LIN, 1n);
      expect(rig.frameEntry(data) & flags).toBe(flags);
      // What may not be written is no table.
      rig.setFrameEntry(table, rig.frameEntry(table) & ~2n);
      const reason = dimension === "ept" ? HW_EXIT_EPT_VIOLATION : HW_EXIT_NPF;
      expect(rig.read(LIN)).toEqual({ kind: "exit", reason, gpa: places[0] });
    });

    it("never bring an entry back that another processor has taken away", async () => {
      const [x86, op] = [rig.c, rig.op];
      const jobs = [
        { cpu: 1, fn: "pagingStressTake", args: [rig.at(places[0]), first | 7n, 20_000] },
        { cpu: 2, fn: "pagingStressReads", args: [x86, op, LIN, 20_000] },
      ];
      const [found, done] = await runThreads(rig.rig.core, jobs);
      expect(found).toBe(0);
      expect(done).toBeLessThanOrEqual(20_000);
    });

    it("set no flag in tables that the second dimension does not let be written", () => {
      if (dimension === "npt") return;
      rig.rig.use({ ...PROCESSOR, accessedDirty: false }, rig.root);
      const table = Number(places[0] >> 12n);
      rig.setFrameEntry(table, rig.frameEntry(table) & ~2n);
      expect(rig.read(LIN)).toEqual({ kind: "exit", reason: HW_EXIT_EPT_VIOLATION, gpa: places[0] });
      rig.setWord(places[0], first | 0x27n);
      expect(rig.read(LIN)).toMatchObject({ kind: "done" });
      expect(rig.write(LIN, 1n)).toEqual({ kind: "exit", reason: HW_EXIT_EPT_VIOLATION, gpa: places[0] });
      expect(rig.word(places[0])).toBe(first | 0x27n);
      expect(rig.word(first)).toBe(0n);
    });

    describe("loading PAE's pointers", () => {
      let pointers: bigint;
      beforeEach(() => {
        pointers = rig.page() + 0x20n;
        for (let i = 0n; i < 4n; i++) rig.setWord(pointers + i * 8n, rig.page() | 1n);
        rig.useMode("PAE", pointers);
      });

      it("takes all four, and keeps them though memory changes", () => {
        const table = (rig.word(pointers + 8n) & ~0xfffn) + 8n;
        rig.setWord(table, rig.page() | 7n);
        rig.setWord(rig.word(table) & ~0xfffn, first | 0x67n);
        rig.setWord(pointers + 8n, 0n);
        expect(rig.read(0x4020_0000n)).toMatchObject({ kind: "done" });
        rig.x.pagingProbeCr3(rig.c, pointers);
        expect(rig.read(0x4020_0000n)).toMatchObject({ kind: "fault", error: 0 });
      });

      it("refuses what the manual reserves in a present one, and then changes nothing", () => {
        const registers = ["pdpte0", "pdpte1", "pdpte2", "pdpte3", "cr3"] as const;
        const last = rig.word(pointers + 24n);
        for (const present of [0n, 1n]) {
          for (let n = 1n; n < 64n; n++) {
            const entry = (last & ~1n) | present | (1n << n);
            const before = registers.map((name) => rig.get(name));
            rig.setWord(pointers + 24n, entry);
            const outcome = rig.outcome(rig.x.pagingProbeCr3(rig.c, pointers));
            if (modelPdpteIsLegal(entry, MAX_PHY_ADDR)) {
              expect(outcome).toMatchObject({ kind: "done" });
              expect(rig.get("pdpte3")).toBe(entry);
            } else {
              expect(outcome).toMatchObject({ kind: "fault", vector: EXC_GP, error: 0 });
              expect(registers.map((name) => rig.get(name))).toEqual(before);
            }
          }
        }
      });

      it("leaves for pointers that the second dimension has not", () => {
        rig.setFrameEntry(Number(pointers >> 12n), 0n);
        expect(rig.outcome(rig.x.pagingProbeCr3(rig.c, pointers))).toMatchObject({ kind: "exit", gpa: pointers });
      });
    });

    describe("under the emulation port", () => {
      beforeEach(() => {
        rig.x.pagingProbePort();
        rig.read(LIN);
        rig.write(LIN + 0x1000n, 0n);
        rig.set("stepping", STEPPING_EMULATE);
        rig.changed();
      });

      /** Calls of the port since the last look: address, size, access, value. */
      function calls(): [bigint, number, number, bigint][] {
        const log = rig.c + X86_SCRATCH;
        const n = Number(rig.rig.word(log));
        rig.rig.setWord(log, 0n);
        return Array.from({ length: n }, (_, i) => {
          const [gpa, how, value] = [0, 1, 2].map((w) => rig.rig.word(log + 8 + i * 24 + w * 8)) as [
            bigint,
            bigint,
            bigint,
          ];
          return [gpa, Number(how & 0xffn), Number(how >> 8n), value];
        });
      }

      it("ask the port for every operand, by guest-physical address", () => {
        const low = first & 0xffn;
        expect(rig.read(LIN + 2n, 2)).toMatchObject({ kind: "done", value: ((low + 3n) << 8n) | (low + 2n) });
        expect(rig.write(LIN + 0xffcn, 0x1111_2222_3333_4444n)).toMatchObject({ kind: "done" });
        expect(calls()).toEqual([
          [first + 2n, 2, HW_READ, 0n],
          [first + 0xffcn, 4, HW_WRITE, 0x3333_4444n],
          [second, 4, HW_WRITE, 0x1111_2222n],
        ]);
        expect(rig.word(second)).toBe(0n);
        expect(rig.x.pagingProbeReadForWrite(rig.c, rig.op, LIN + 8n)).toBe(0);
        rig.x.pagingProbeWriteBack(rig.c, rig.op, LIN + 8n, 5n);
        expect(calls()).toEqual([
          [first + 8n, 8, HW_READ | HW_WRITE, 0n],
          [first + 8n, 8, HW_WRITE, 5n],
        ]);
      });

      it("ask for nothing before all of an operand's pages are known", () => {
        rig.setWord(places[1], 0n);
        expect(rig.read(LIN + 0xffcn)).toMatchObject({ kind: "fault", vector: PAGE_FAULT, address: LIN + 0x1000n });
        expect(calls()).toEqual([]);
      });

      it("ask for tables that the second dimension refuses; where is no memory nothing is present", () => {
        rig.setFrameEntry(Number(places[0] >> 12n), 0n);
        expect(rig.read(LIN)).toMatchObject({ kind: "fault", vector: PAGE_FAULT, error: 0, address: LIN });
        expect(calls()).toEqual([[places[0], 8, HW_READ | HW_GUEST_TABLE, 0n]]);
        rig.set("stepping", 0);
        rig.changed();
        expect(rig.read(LIN)).toMatchObject({ kind: "exit", gpa: places[0] });
      });
    });
  });
});
