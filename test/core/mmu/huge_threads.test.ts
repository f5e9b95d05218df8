/**
 * Huge pages come and go under running vCPUs, in real threads: two of them split, recover and give NX tables back at
 * random, while two vCPUs write, read back and execute in the same range and the main thread zaps and unmaps parts of
 * it. No value is lost, and afterwards tables, statistics and memory are whole.
 */
import { describe, expect, it } from "vitest";
import {
  KVM_EXIT_HLT,
  NX_HUGE_PAGES_FORCE,
  NX_HUGE_PAGES_OFF,
  PROG_CHECK,
  PROG_FETCH,
  PROG_LOOP,
  PROG_ORDER_RANDOM,
  PROG_READ,
  PROG_STAMP,
  PROG_VALUE_GPA,
  PROG_VALUE_STAMP,
  PROG_WRITE,
  Vcpu,
} from "../../../src/abi/index.js";
import { BUILDS, expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { GFN, GIB, GPA, type HugeExports, HVA, hugeRig, KINDS, mapHuge, pagesOf } from "./huge_rig.js";
import type { Op } from "./vm_rig.js";

const PAGES = 1024;
const PASSES = 20;
/** Of each disturbing thread. */
const ROUNDS = Number(process.env["TADPOLE_PASSES"] ?? 500);
const TIMEOUT_MS = 60_000 + ROUNDS * 100;

interface ThreadExports extends HugeExports {
  cpuFramesReclaim(id: number): void;
}

/** Stamps pages [first, first + count) and checks them, and executes in some. */
function stamper(first: number, count: number): Op[] {
  const pages = { gpa: GPA + BigInt(first) * 4096n, count, flags: PROG_VALUE_GPA | PROG_VALUE_STAMP };
  return [
    { op: PROG_WRITE, ...pages },
    { op: PROG_READ, ...pages, flags: pages.flags | PROG_CHECK },
    { op: PROG_FETCH, ...pages, count: 8, flags: PROG_ORDER_RANDOM, span: count, value: 0n },
    { op: PROG_READ, ...pages, flags: pages.flags | PROG_CHECK | PROG_ORDER_RANDOM, span: count },
    { op: PROG_STAMP, value: 1n },
    { op: PROG_LOOP, count: PASSES, stride: 0 },
  ];
}

/** Touches pages all over 1 GiB without contents. */
function wanderer(): Op[] {
  const anywhere = { gpa: GPA, flags: PROG_ORDER_RANDOM, span: 0x40000 };
  return [
    { op: PROG_WRITE, ...anywhere, count: 256, value: 1n },
    { op: PROG_FETCH, ...anywhere, count: 16 },
    { op: PROG_READ, ...anywhere, count: 256 },
    { op: PROG_LOOP, count: PASSES, stride: 0 },
  ];
}

const UNITS = [
  { unit: "2M", bytes: BigInt(PAGES) * 4096n },
  { unit: "1G", bytes: GIB },
] as const;
const CASES = KINDS.flatMap((kind) => UNITS.map((unit) => ({ ...kind, ...unit })));

describe.each(BUILDS)("huge pages in threads (%s)", (build) => {
  it.each(CASES)("$name, $unit", { timeout: TIMEOUT_MS }, async ({ unit, bytes, ...kind }) => {
    const seed = Number(process.env["TADPOLE_SEED"] ?? Date.now() & 0xffff);
    console.info(`huge pages seed ${seed}`);
    const core = await openCore<ThreadExports>({ build, memMiB: 64, nCpus: 5 });
    const before = snapshotBalance(core);
    core.x.nxHugePagesSet(NX_HUGE_PAGES_FORCE);
    core.x.nxRecoverySet(2, 0);
    const rig = hugeRig(core, kind);
    rig.slot(0, GPA, Number(bytes), mapHuge(rig, bytes, unit));
    const vcpus = [rig.vcpu(0), rig.vcpu(1)];
    const half = PAGES / 2;
    vcpus.forEach((vcpu, i) => rig.program(vcpu, unit === "2M" ? stamper(i * half, half) : wanderer()));

    const threads = await Promise.all([1, 2, 3, 4].map((id) => core.thread(id)));
    let churning = 2;
    const churns = threads.slice(2).map(async (thread, i) => {
      await thread.call("mmuHugeChurn", rig.vm, GFN, bytes / 4096n, seed + i, ROUNDS);
      churning--;
    });
    const runs = vcpus.map(async (vcpu, i) => {
      while (churning > 0) {
        expect(await threads[i]?.call("vcpuRun", vcpu)).toBe(0);
        expect(rig.memory.get(vcpu, Vcpu.exitReason)).toBe(KVM_EXIT_HLT);
      }
    });
    for (let i = 0; churning > 0; i++) {
      const gfn = GFN + BigInt((i * 77) % PAGES);
      if (i % 3 === 0) rig.x.vmZapGfnRange(rig.vm, gfn, gfn + 8n);
      // Only pages that nobody stamps may lose their contents.
      else if (i % 3 === 1 && unit === "1G") rig.x.mmDontNeed(rig.mm, HVA, GIB);
      else if (i % 50 === 2) rig.x.vmZapAll(rig.vm);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all([...churns, ...runs]);
    await Promise.all(threads.map((thread) => thread.terminate()));

    for (const vcpu of vcpus) {
      expect(rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
      expect(rig.memory.get(vcpu, Vcpu.progAccesses)).toBeGreaterThan(0n);
    }
    expect(rig.x.mmuInvariants(rig.vm)).toBe(0);
    // Without any NX table in the way, all of what is there can be huge.
    core.x.nxRecoverySet(1, 0);
    rig.x.nxRecover(rig.vm);
    rig.x.mmuHugeRecover(rig.vm, 0, GFN);
    expect(pagesOf(rig).pages_4k).toBe(0);
    expect(rig.x.mmuInvariants(rig.vm)).toBe(0);
    rig.close();
    core.x.nxHugePagesSet(NX_HUGE_PAGES_OFF);
    for (const id of [1, 2, 3, 4]) core.x.cpuFramesReclaim(id);
    expectBalanced(core, before);
  });
});
