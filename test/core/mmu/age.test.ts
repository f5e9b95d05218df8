/** Access tracking: with and without A/D bits, at every level, without a lock, and what becomes of what was tracked. */
import { describe, expect, it } from "vitest";
import {
  BACKING_PHANTOM,
  CPU_BASE,
  Cpu,
  FRAME_FLAG_ACCESSED,
  FRAME_FLAG_DIRTY,
  KVM_EXIT_HLT,
  KVM_MEM_LOG_DIRTY_PAGES,
  MM_MAP_HUGE_1G,
  MM_MAP_HUGETLB,
  NOTIFIER_FLUSH,
  PARAM_AD,
  PARAM_MMIO_CACHING,
  PARAM_TDP_MMU,
  PROG_CHECK,
  PROG_FETCH,
  PROG_READ,
  PROG_WRITE,
  PROT_READ,
  PROT_WRITE,
  TDP_EPT,
  TDP_NPT,
  TRACE_KVM_AGE_HVA,
  TRACE_KVM_TEST_AGE_HVA,
  Vcpu,
} from "../../../src/abi/index.js";
import { formatTraceEvent, readTrace } from "../../../src/abi/trace_decode.js";
import { type HostTraits, isAccessed, isAccessTracked, type Masks, masksOf } from "../../../src/model/mmu_bits.js";
import { BUILDS, type CoreBuild, expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { LogReader } from "./log_reader.js";
import { type MmuExports, type Op, VmRig } from "./vm_rig.js";

interface AgeExports extends MmuExports {
  mmuProbeBuffer(order: number): number;
  mmuProbeBufferFree(buffer: number, order: number): void;
  mmuProbeDump(vm: number, out: number, capacity: number): number;
  mmuProbeWriteLock(vm: number): void;
  mmuProbeWriteUnlock(vm: number): void;
  mmuProbeClearYoung(mm: number, startHva: bigint, endHva: bigint, flags: number): number;
  mmuProbeTestYoung(mm: number, startHva: bigint, endHva: bigint): number;
  mmuProbeFrameFlags(mm: number, hva: bigint): number;
}

const PAGE = 4096n;
const MIB = 0x100000;
const GPA = 0x4000_0000n;
const host: HostTraits = { execOnly: true, maxPhyAddr: 46, l1tf: true };
const BASE = PARAM_TDP_MMU | PARAM_MMIO_CACHING;
const KINDS = [
  { name: "EPT", tdp: TDP_EPT, params: BASE | PARAM_AD, format: "ept" },
  { name: "EPT without A/D bits", tdp: TDP_EPT, params: BASE, format: "ept" },
  { name: "NPT", tdp: TDP_NPT, params: BASE | PARAM_AD, format: "npt" },
] as const;
type Kind = (typeof KINDS)[number];

interface Leaf {
  level: number;
  gfn: bigint;
  spte: bigint;
}

class AgeRig {
  readonly rig: VmRig;
  readonly x: AgeExports;
  readonly masks: Masks;

  private constructor(rig: VmRig, kind: Kind) {
    this.rig = rig;
    this.x = rig.x as AgeExports;
    this.masks = masksOf(kind.format, host);
  }

  static async with(build: CoreBuild, kind: Kind, body: (age: AgeRig) => void): Promise<void> {
    const core = await openCore<AgeExports>({ build, memMiB: 64, nCpus: 2 });
    const before = snapshotBalance(core);
    const rig = VmRig.in(core, kind);
    body(new AgeRig(rig, kind));
    expect(rig.x.mmuInvariants(rig.vm)).toBe(0);
    rig.close();
    expectBalanced(core, before);
  }

  /** A slot of `bytes` at GPA, logged or not, and where it is. */
  memory(bytes: number, flags = 0, slotFlags = 0): bigint {
    const hva = this.rig.map(bytes, flags);
    this.rig.slot(0, GPA, bytes, hva, slotFlags);
    return hva;
  }

  run(vcpu: number, ops: Op[]): void {
    expect(this.rig.run(vcpu, ops)).toBe(KVM_EXIT_HLT);
    expect(this.rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
  }

  leaves(): Leaf[] {
    const order = 5;
    const buffer = this.x.mmuProbeBuffer(order) >>> 0;
    const n = this.x.mmuProbeDump(this.rig.vm, buffer, 5000);
    const { view } = this.rig.memory;
    const found: Leaf[] = [];
    for (let at = buffer; at < buffer + n * 24; at += 24) {
      const level = view.getUint32(at, true) >> 8;
      const spte = view.getBigUint64(at + 16, true);
      const isLeaf = (spte & (1n << 11n)) !== 0n && (level === 1 || (level <= 3 && (spte & 0x80n) !== 0n));
      if (isLeaf) found.push({ level, gfn: view.getBigUint64(at + 8, true), spte });
    }
    this.x.mmuProbeBufferFree(buffer, order);
    return found;
  }

  young(): number {
    return this.leaves().filter(({ spte }) => isAccessed(this.masks, spte)).length;
  }
}

const read = (pages: number, value = 0n): Op => ({ op: PROG_READ, gpa: GPA, count: pages, flags: PROG_CHECK, value });
const write = (pages: number, value: bigint): Op => ({ op: PROG_WRITE, gpa: GPA, count: pages, value });

describe.each(BUILDS)("access tracking, build %s", (build) => {
  describe.each(KINDS)("$name", (kind) => {
    const hasAd = (kind.params & PARAM_AD) !== 0;
    const opened = (body: (age: AgeRig) => void) => AgeRig.with(build, kind, body);

    it("ages what was touched, once, until it is touched again", () =>
      opened((age) => {
        const { rig, x } = age;
        const hva = age.memory(MIB);
        const vcpu = rig.vcpu(0);
        age.run(vcpu, [write(64, 7n)]);
        expect(age.young()).toBe(64);
        expect(x.mmTestYoung(rig.mm, hva, 64n * PAGE)).toBe(1);
        expect(x.mmAge(rig.mm, hva, BigInt(MIB))).toBe(64n);
        expect(age.young()).toBe(0);
        expect(x.mmTestYoung(rig.mm, hva, BigInt(MIB))).toBe(0);
        expect(x.mmAge(rig.mm, hva, BigInt(MIB))).toBe(0n);
        // No TLB was flushed: a fresh one stands for time passing.
        x.mmuProbeClearYoung(rig.mm, hva, hva + PAGE, NOTIFIER_FLUSH);
        const faults = rig.memory.get(vcpu, Vcpu.pfTaken);
        const other = rig.vcpu(1);
        age.run(other, [{ ...read(16, 7n), gpa: GPA + 16n * PAGE }]);
        expect(age.young()).toBe(16);
        expect(rig.memory.get(other, Vcpu.pfFast)).toBe(hasAd ? 0n : 16n);
        expect(rig.memory.get(vcpu, Vcpu.pfTaken)).toBe(faults);
        expect(x.mmTestYoung(rig.mm, hva + 16n * PAGE, 16n * PAGE)).toBe(1);
        expect(x.mmTestYoung(rig.mm, hva, 16n * PAGE)).toBe(0);
        expect(x.mmAge(rig.mm, hva, BigInt(MIB))).toBe(16n);
      }));

    it("gives read, write and execute back, each when it is needed", () =>
      opened((age) => {
        const { rig, x } = age;
        const hva = age.memory(MIB);
        age.run(rig.vcpu(0), [write(4, 5n)]);
        const before = age.leaves();
        x.mmAge(rig.mm, hva, BigInt(MIB));
        for (const { spte } of age.leaves()) {
          expect(isAccessed(age.masks, spte)).toBe(false);
          expect(isAccessTracked(age.masks, spte)).toBe(!hasAd);
        }
        const other = rig.vcpu(1);
        age.run(other, [
          { op: PROG_READ, gpa: GPA, flags: PROG_CHECK, value: 5n },
          { op: PROG_WRITE, gpa: GPA + PAGE, value: 6n },
          { op: PROG_FETCH, gpa: GPA + 2n * PAGE },
          { op: PROG_READ, gpa: GPA + PAGE, flags: PROG_CHECK, value: 6n },
        ]);
        const after = age.leaves();
        const W = 2n;
        // Read and fetch do not bring W back where it was the Dirty bit.
        const lost = hasAd ? 0n : W;
        expect(after[0]?.spte).toBe((before[0] as Leaf).spte & ~lost);
        expect(after[1]?.spte).toBe(before[1]?.spte);
        expect(after[2]?.spte).toBe((before[2] as Leaf).spte & ~lost);
        expect(isAccessed(age.masks, (after[3] as Leaf).spte)).toBe(false);
        // A write to the page that was read since goes through the fast path again.
        age.run(other, [write(1, 8n), read(1, 8n)]);
        expect(age.leaves()[0]?.spte).toBe(before[0]?.spte);
      }));

    it("hands what a leaf loses to the frame: Accessed, and Dirty where W was the Dirty bit", () =>
      opened((age) => {
        const { rig, x } = age;
        const hva = age.memory(MIB);
        age.run(rig.vcpu(0), [write(1, 1n)]);
        expect(x.mmuProbeFrameFlags(rig.mm, hva)).toBe(0);
        expect(x.mmuProbeClearYoung(rig.mm, hva, hva + PAGE, 0)).toBe(1);
        expect(x.mmuProbeFrameFlags(rig.mm, hva)).toBe(FRAME_FLAG_ACCESSED | (hasAd ? 0 : FRAME_FLAG_DIRTY));
        expect(x.mmAge(rig.mm, hva, PAGE)).toBe(1n);
        expect(x.mmuProbeFrameFlags(rig.mm, hva) & FRAME_FLAG_ACCESSED).toBe(0);
        x.mmUnmap(rig.mm, hva, PAGE);
      }));

    it("a write after aging is logged, and what was logged stays", () =>
      opened((age) => {
        const { rig, x } = age;
        const log = new LogReader(rig, [], { manual: 0, ringSize: 0 });
        const hva = age.memory(MIB, 0, KVM_MEM_LOG_DIRTY_PAGES);
        age.run(rig.vcpu(0), [write(2, 1n)]);
        x.mmAge(rig.mm, hva, BigInt(MIB));
        expect(log.collect(0, 256)).toEqual([0, 1]);
        // Collected, aged and read again: none of that is a write, and the next write is noticed.
        x.mmAge(rig.mm, hva, BigInt(MIB));
        const other = rig.vcpu(1);
        age.run(other, [{ op: PROG_READ, gpa: GPA + 3n * PAGE }, read(2, 1n)]);
        x.mmAge(rig.mm, hva, BigInt(MIB));
        const last = rig.vcpu(2);
        age.run(last, [write(1, 9n), { op: PROG_READ, gpa: GPA + PAGE, flags: PROG_CHECK, value: 1n }]);
        expect(log.collect(0, 256)).toContain(0);
        expect(log.collect(0, 256)).toEqual([]);
        log.close();
      }));

    it.each([
      { name: "2 MiB", level: 2, flags: MM_MAP_HUGETLB, backing: 0, bytes: 4 * MIB, pages: 512n },
      {
        name: "1 GiB",
        level: 3,
        flags: MM_MAP_HUGE_1G,
        backing: BACKING_PHANTOM,
        bytes: 1024 * MIB,
        pages: 512n * 512n,
      },
    ])("ages $name leaves", ({ level, flags, backing, bytes, pages }) =>
      opened((age) => {
        const { rig, x } = age;
        const prot = PROT_READ | PROT_WRITE;
        const hva =
          backing === 0 ? rig.map(bytes, flags) : x.mmMap(rig.mm, 0n, BigInt(bytes), backing, prot, flags, 0, 0n);
        rig.slot(0, GPA, bytes, hva);
        age.run(rig.vcpu(0), [{ op: PROG_WRITE, gpa: GPA + 5n * PAGE, value: 3n }]);
        expect(age.leaves().map((leaf) => leaf.level)).toEqual([level]);
        expect(age.young()).toBe(1);
        expect(x.mmTestYoung(rig.mm, hva + PAGE, PAGE)).toBe(1);
        expect(BigInt(x.mmuProbeClearYoung(rig.mm, hva + PAGE, hva + 2n * PAGE, 0))).toBe(pages);
        expect(age.young()).toBe(0);
        age.run(rig.vcpu(1), [{ op: PROG_READ, gpa: GPA + 6n * PAGE }]);
        expect(age.young()).toBe(1);
      }),
    );

    it("takes no lock: it works while another CPU has mmu_lock for write", () =>
      opened((age) => {
        const { rig, x } = age;
        const hva = age.memory(MIB);
        age.run(rig.vcpu(0), [write(32, 7n)]);
        const other = rig.core.cpu(1) as AgeExports;
        other.mmuProbeWriteLock(rig.vm);
        expect(x.mmTestYoung(rig.mm, hva, BigInt(MIB))).toBe(1);
        expect(x.mmAge(rig.mm, hva, BigInt(MIB))).toBe(32n);
        expect(x.mmTestYoung(rig.mm, hva, BigInt(MIB))).toBe(0);
        other.mmuProbeWriteUnlock(rig.vm);
      }));

    it("flushes only when asked to, and only for something young", () =>
      opened((age) => {
        const { rig, x } = age;
        const hva = age.memory(MIB);
        const vcpu = rig.vcpu(0);
        age.run(vcpu, [write(8, 1n)]);
        const flushes = (): bigint => rig.memory.get(vcpu, Vcpu.tlbFlush);
        const start = flushes();
        expect(x.mmuProbeClearYoung(rig.mm, hva, hva + 4n * PAGE, 0)).toBe(4);
        age.run(vcpu, [read(4, 1n)]);
        expect(flushes()).toBe(start);
        expect(age.young()).toBe(4); // the TLB still had the four aged ones
        expect(x.mmuProbeClearYoung(rig.mm, hva, hva + 8n * PAGE, NOTIFIER_FLUSH)).toBe(4);
        age.run(vcpu, [read(8, 1n)]);
        expect(flushes()).toBe(start + 1n);
        expect(age.young()).toBe(8);
        expect(x.mmuProbeClearYoung(rig.mm, hva + 64n * PAGE, hva + 65n * PAGE, NOTIFIER_FLUSH)).toBe(0);
        age.run(vcpu, [read(1, 1n)]);
        expect(flushes()).toBe(start + 1n);
      }));

    it("prints the kernel's events", () =>
      opened((age) => {
        const { rig, x } = age;
        const hva = age.memory(MIB);
        expect(x.traceEnable(0, 8)).toBe(0);
        x.traceEvents((1n << BigInt(TRACE_KVM_AGE_HVA)) | (1n << BigInt(TRACE_KVM_TEST_AGE_HVA)));
        x.mmAge(rig.mm, hva, 16n * PAGE);
        x.mmTestYoung(rig.mm, hva, PAGE);
        x.traceEvents(0n);
        const lines = readTrace(rig.memory, 1).events.map(formatTraceEvent);
        expect(x.traceDisable(0)).toBe(0);
        const hex = (value: bigint): string => `0x${value.toString(16).padStart(16, "0")}`;
        expect(lines[0]).toContain(`mmu notifier age hva: ${hex(hva)} -- ${hex(hva + 16n * PAGE)}`);
        expect(lines[1]).toContain(`mmu notifier test age hva: ${hex(hva)}`);
      }));
  });
});

// Counted in protocol accesses, which the debug build counts.
it("a query stops at the first young leaf", () =>
  AgeRig.with("test", KINDS[0], (age) => {
    const { rig, x } = age;
    const hva = age.memory(4 * MIB);
    age.run(rig.vcpu(0), [write(1024, 1n)]);
    const cost = (): number => {
      const before = rig.memory.get(CPU_BASE, Cpu.hookCount);
      x.mmuProbeTestYoung(rig.mm, hva, hva + BigInt(4 * MIB));
      return rig.memory.get(CPU_BASE, Cpu.hookCount) - before;
    };
    const young = cost();
    x.mmAge(rig.mm, hva, BigInt(4 * MIB));
    expect(cost()).toBeGreaterThan(1024);
    expect(young).toBeLessThan(50);
  }));
