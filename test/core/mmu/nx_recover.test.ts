/** Recovery from the NX huge page mitigation: what is given back, in which order, and what is left alone. */
import { afterEach, describe, expect, it } from "vitest";
import {
  KVM_EXIT_HLT,
  KVM_MEM_LOG_DIRTY_PAGES,
  NX_HUGE_PAGES_FORCE,
  NX_HUGE_PAGES_OFF,
  PARAM_NX_OPT_OUT,
  PROG_FETCH,
  PROG_READ,
  PROG_ROLE,
  Vcpu,
  VmCpu,
} from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import {
  check,
  counter,
  fill,
  GFN,
  GIB,
  GPA,
  type HugeTest,
  KINDS,
  MIB,
  mapHuge,
  nxCounters,
  openHuge,
  pagesOf,
} from "./huge_rig.js";

const HUGE_PAGES = 6n;
const SMM = 1;

describe.each(BUILDS)("NX huge pages (%s)", (build) => {
  describe.each(KINDS)("$name", (kind) => {
    let rig: HugeTest["rig"];
    let vcpu: number;
    let close: HugeTest["close"];

    async function open(params: number = kind.params): Promise<void> {
      ({ rig, vcpu, close } = await openHuge(build, { tdp: kind.tdp, params }));
      rig.x.nxHugePagesSet(NX_HUGE_PAGES_FORCE);
      rig.x.nxRecoverySet(1, 100);
      const hva = mapHuge(rig, HUGE_PAGES * 2n * MIB, "2M");
      rig.slot(0, GPA, Number(HUGE_PAGES * 2n * MIB), hva);
    }
    afterEach(() => close());

    const at = (hugePage: number, page = 0): bigint => GPA + BigInt(hugePage) * 2n * MIB + BigInt(page) * 4096n;
    function access(op: number, gpa: bigint, role = 0): void {
      const ops = [
        { op: PROG_ROLE, value: BigInt(role) },
        { op, gpa },
      ];
      expect(rig.run(vcpu, ops)).toBe(KVM_EXIT_HLT);
    }
    const read = (hugePage: number): void => access(PROG_READ, at(hugePage));
    const exec = (hugePage: number, page = 0): void => access(PROG_FETCH, at(hugePage, page));

    /** The steps of KVM's nx_huge_pages_test, with [pages_2m, nx_lpage_splits] after each. */
    function selftest(): [number, number][] {
      const steps = [
        () => read(0),
        () => read(1),
        () => exec(0),
        () => exec(2),
        () => read(0),
        () => rig.x.nxRecover(rig.vm),
        () => read(2),
      ];
      return steps.map((step) => {
        step();
        expect(rig.x.mmuInvariants(rig.vm)).toBe(0);
        return nxCounters(rig);
      });
    }

    it("nx_huge_pages_test: read, read, execute, execute, read, reclaim, read", async () => {
      await open();
      expect(selftest()).toEqual([
        [1, 0],
        [2, 0],
        [1, 1],
        [1, 2],
        [1, 2],
        [1, 0],
        [2, 0],
      ]);
    });

    it.each(["switched off", "opted out of"])("nx_huge_pages_test with the mitigation %s", async (how) => {
      await open(how === "switched off" ? kind.params : kind.params | PARAM_NX_OPT_OUT);
      if (how === "switched off") rig.x.nxHugePagesSet(NX_HUGE_PAGES_OFF);
      expect(selftest()).toEqual([1, 2, 2, 3, 3, 3, 3].map((huge) => [huge, 0]));
    });

    it("gives back one in `ratio`, rounded up, the oldest first; what executes again comes last", async () => {
      await open();
      for (let i = 0; i < 5; i++) exec(i);
      expect(nxCounters(rig)).toEqual([0, 5]);
      rig.x.nxRecoverySet(3, 0);
      expect(rig.x.nxRecover(rig.vm)).toBe(2);
      expect(nxCounters(rig)).toEqual([0, 3]);
      // 0 and 1 went: reading maps them huge again, and 2 not.
      [0, 1, 2].forEach(read);
      expect(nxCounters(rig)).toEqual([2, 3]);
      exec(0);
      expect(nxCounters(rig)).toEqual([1, 4]);
      rig.x.nxRecoverySet(4, 0);
      for (const [hugePage, expected] of [
        [2, 2],
        [3, 3],
        [4, 4],
        [0, 5],
      ] as const) {
        expect(rig.x.nxRecover(rig.vm)).toBe(1);
        read(hugePage);
        expect(nxCounters(rig)[0], `after ${hugePage}`).toBe(expected);
      }
      expect(rig.x.nxRecover(rig.vm)).toBe(0);
    });

    it("ratio 0 gives nothing back", async () => {
      await open();
      exec(0);
      rig.x.nxRecoverySet(0, 0);
      expect(rig.x.nxRecover(rig.vm)).toBe(0);
      expect(nxCounters(rig)).toEqual([0, 1]);
    });

    it("contents stay, and one flush per table is enough", async () => {
      await open();
      const pages = Number(HUGE_PAGES) * 512;
      for (let i = 0; i < 6; i++) exec(i, 17 * i);
      fill(rig, vcpu, pages);
      const flushes = counter(rig, VmCpu.remoteTlbFlushRequests);
      expect(rig.x.nxRecover(rig.vm)).toBe(6);
      expect(counter(rig, VmCpu.remoteTlbFlushRequests)).toBe(flushes + 6);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 0 });
      check(rig, vcpu, pages);
      expect(nxCounters(rig)).toEqual([6, 0]);
      expect(rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
    });

    it("in a logged slot the table only leaves the list", async () => {
      await open();
      exec(0);
      exec(1);
      const { hva, bytes } = { hva: rig.hvaOfSlot(0), bytes: HUGE_PAGES * 2n * MIB };
      expect(rig.x.memslotSet(rig.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, GPA, bytes, hva)).toBe(0);
      const { tables } = pagesOf(rig);
      expect(rig.x.nxRecover(rig.vm)).toBe(0);
      expect(nxCounters(rig)).toEqual([0, 0]);
      expect(pagesOf(rig).tables).toBe(tables);
      // Logging stops: the next recovery of huge pages may have them.
      expect(rig.x.memslotSet(rig.vm, 0, 0, GPA, bytes, hva)).toBe(0);
      rig.x.mmuHugeRecover(rig.vm, 0, GFN);
      expect(nxCounters(rig)).toEqual([2, 0]);
    });

    it("asks the slot of the table's own address space", async () => {
      await open();
      // SMM has the same gfns elsewhere, logged; and none where the normal address space has its third huge page.
      const hva = rig.map(Number(4n * MIB), 2, 1024n * GIB);
      rig.slot(SMM << 16, GPA, Number(4n * MIB), hva);
      exec(0);
      access(PROG_FETCH, at(0), SMM);
      access(PROG_FETCH, at(1), SMM);
      expect(nxCounters(rig)).toEqual([0, 3]);
      expect(rig.x.memslotSet(rig.vm, SMM << 16, KVM_MEM_LOG_DIRTY_PAGES, GPA, 4n * MIB, hva)).toBe(0);
      expect(rig.x.nxRecover(rig.vm)).toBe(1);
      expect(nxCounters(rig)).toEqual([0, 0]);
    });

    it("1 GiB: every level of the way is on the list", async () => {
      await open();
      rig.x.memslotSet(rig.vm, 0, 0, GPA, 0n, 0n);
      rig.x.mmUnmap(rig.mm, 64n * GIB, HUGE_PAGES * 2n * MIB);
      rig.slot(1, GPA, Number(GIB), mapHuge(rig, GIB, "1G"));
      read(0);
      expect(pagesOf(rig)).toMatchObject({ pages_1g: 1 });
      exec(0);
      // The 1 GiB page became 2 MiB pages but for one, which became 4 KiB pages.
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 512, pages_2m: 511, pages_1g: 0 });
      expect(nxCounters(rig)[1]).toBe(2);
      expect(rig.x.nxRecover(rig.vm)).toBe(1);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 0, pages_1g: 0 });
      expect(nxCounters(rig)[1]).toBe(0);
      read(0);
      expect(pagesOf(rig)).toMatchObject({ pages_1g: 1 });
    });

    it("zaps, unmapping and new roots take tables off the list", async () => {
      await open();
      for (let i = 0; i < 4; i++) exec(i);
      rig.x.vmZapGfnRange(rig.vm, GFN, GFN + 512n);
      expect(nxCounters(rig)).toEqual([0, 4]); // leaves go, tables stay
      rig.x.vmZapAll(rig.vm);
      expect(nxCounters(rig)).toEqual([0, 0]);
      expect(rig.x.nxRecover(rig.vm)).toBe(0);
    });
  });
});
