/** Walks that give the lock up after every step, as if others always waited for it, do what they do otherwise. */
import { describe, expect, it } from "vitest";
import {
  KVM_EXIT_HLT,
  KVM_MEM_LOG_DIRTY_PAGES,
  PARAM_EAGER_PAGE_SPLIT,
  PROG_WRITE,
  VmCpu,
} from "../../../src/abi/index.js";
import { expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { GPA, type HugeExports, HVA, hugeRig, KINDS, MIB, mapHuge, pagesOf } from "./huge_rig.js";

interface YieldExports extends HugeExports {
  mmuProbeYieldEvery(steps: number): void;
}

const SIZE = 6n * MIB;

describe.each(KINDS)("$name", ({ tdp, params }) => {
  it.each([0, 1, 3])("a log begins and ends, ranges and all are zapped, yielding every %d steps", async (steps) => {
    const core = await openCore<YieldExports>({ build: "test", memMiB: 32, nCpus: 2 });
    const before = snapshotBalance(core);
    const rig = hugeRig(core, { tdp, params: params | PARAM_EAGER_PAGE_SPLIT });
    core.x.mmuProbeYieldEvery(steps);
    mapHuge(rig, SIZE, "2M");
    const log = (flags: number): void => rig.slot(0, GPA, Number(SIZE), HVA, flags);
    log(0);
    const vcpu = rig.vcpu(0);
    const write = (): void => {
      const everywhere = { op: PROG_WRITE, gpa: GPA, count: Number(SIZE / 4096n), value: 7n };
      expect(rig.run(vcpu, [everywhere])).toBe(KVM_EXIT_HLT);
    };
    write();
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 3 });
    log(KVM_MEM_LOG_DIRTY_PAGES);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 3 * 512, pages_2m: 0 });
    write();
    log(0);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 3 });
    log(KVM_MEM_LOG_DIRTY_PAGES);
    rig.x.vmZapGfnRange(rig.vm, GPA >> 12n, (GPA >> 12n) + 700n);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 3 * 512 - 700 });
    expect(rig.x.mmDontNeed(rig.mm, HVA + 4n * MIB, 2n * MIB)).toBe(0);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 3 * 512 - 700 - 512 });
    write();
    expect(rig.x.mmuInvariants(rig.vm)).toBe(0);
    // The address space ends under the VM: everything goes.
    expect(rig.x.mmDestroy(rig.mm)).toBe(0);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 0 });
    expect(rig.x.vmDestroy(rig.vm)).toBe(0);
    core.x.mmuProbeYieldEvery(0);
    expectBalanced(core, before);
  });
});

it("a log begins over huge pages, yielding at each: writes split them one by one", async () => {
  const core = await openCore<YieldExports>({ build: "test", memMiB: 32, nCpus: 2 });
  const before = snapshotBalance(core);
  const rig = hugeRig(core, KINDS[0]);
  core.x.mmuProbeYieldEvery(1);
  mapHuge(rig, SIZE, "2M");
  rig.slot(0, GPA, Number(SIZE), HVA);
  const vcpu = rig.vcpu(0);
  const write = (): void => {
    const inEach = { op: PROG_WRITE, gpa: GPA, count: 3, stride: Number(2n * MIB), value: 7n };
    expect(rig.run(vcpu, [inEach])).toBe(KVM_EXIT_HLT);
  };
  write();
  rig.slot(0, GPA, Number(SIZE), HVA, KVM_MEM_LOG_DIRTY_PAGES);
  expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 3 });
  write();
  expect(pagesOf(rig)).toMatchObject({ pages_4k: 3 * 512, pages_2m: 0 });
  core.x.mmuProbeYieldEvery(0);
  rig.close();
  expectBalanced(core, before);
});

it("a VM's memory is free when its destruction returns", async () => {
  const core = await openCore<HugeExports & { epochPendingCount(): number }>({ build: "test", memMiB: 32, nCpus: 2 });
  const rig = hugeRig(core, KINDS[0]);
  const hva = rig.map(4096);
  rig.slot(0, GPA, 4096, hva);
  expect(rig.run(rig.vcpu(0), [{ op: PROG_WRITE, gpa: GPA, value: 1n }])).toBe(KVM_EXIT_HLT);
  expect(rig.x.vmCounter(rig.vm, VmCpu.tdpMmuPages.offset)).not.toBe(0n);
  expect(rig.x.vmDestroy(rig.vm)).toBe(0);
  expect(core.x.epochPendingCount()).toBe(0);
  rig.x.mmDestroy(rig.mm);
});
