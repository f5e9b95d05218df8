/** Core's side of a world: one VM with one vCPU, its programs, and what can be read of it. Knows nothing of the oracle. */
import { expect } from "vitest";
import {
  BACKING_OBJECT,
  CoreMemory,
  CPU_BASE,
  Cpu,
  DIRTY_GFN_F_DIRTY,
  DIRTY_GFN_F_RESET,
  DIRTY_GFN_SHIFT,
  DirtyGfn,
  MM_MAP_FIXED,
  PROG_FETCH,
  PROG_FLUSH,
  PROG_OP_BYTES,
  PROG_READ,
  PROG_ROLE,
  PROG_WRITE,
  PROT_READ,
  PROT_WRITE,
  ProgOp,
  TRACE_KVM_AGE_HVA,
  TRACE_KVM_SET_SPTE_HVA,
  TRACE_KVM_UNMAP_HVA_RANGE,
  TraceRecord,
  Vcpu,
  Vm,
  VmCpu,
} from "../../../src/abi/index.js";
import type { Access } from "../../../src/model/mmu_bits.js";
import type { RingEntry } from "../../../src/model/mmu_log.js";
import type { DumpLine, PageCounts, Role } from "../../../src/model/mmu_roots.js";
import type { HostPage } from "../../../src/model/mmu_traits.js";
import { type Balance, expectBalanced, snapshotBalance } from "../harness.js";
import { REGIONS, regionHva, type WorldCore, type WorldKind } from "./world_parts.js";

const MIB = 1n << 20n;
const PAGE = 4096n;
const DUMP_ORDER = 8;
const LINE_BYTES = 24;
const DUMP_LINES = ((4096 << DUMP_ORDER) / LINE_BYTES) | 0;
const TRACE_ORDER = 8;
/** A sequence number that no 32-bit word holds: snapshots of it must not be cut. */
const FIRST_SEQUENCE = (1n << 33n) + (1n << 31n);
/** Bytes of a log: of the largest slot, one bit a page; as many as a kernel array's chunk has. */
const LOG_BYTES = 0x80000 / 8;

/** Accesses of one run of the vCPU: `pages` of them, a page apart. */
export interface Burst {
  readonly role: Role;
  readonly gpa: bigint;
  readonly pages: number;
  readonly kind: Access;
  /** The TLB is emptied before. */
  readonly flush: boolean;
}

export class CoreSide {
  readonly x: WorldCore["x"];
  readonly mm: number;
  readonly vm: number;
  readonly vcpu: number;
  readonly buffer: number;
  readonly #core: WorldCore;
  readonly #memory: CoreMemory;
  readonly #before: Balance;
  readonly #object: number;
  /** Kernel array that logs are read into and written from. */
  readonly #log: number;
  readonly #ringSize: number;
  #ringNext = 0;
  #tracesSeen = 0;

  constructor(core: WorldCore, kind: WorldKind) {
    const { x } = core;
    this.#core = core;
    this.x = x;
    this.#memory = new CoreMemory(core.memory);
    this.#before = snapshotBalance(core);
    this.buffer = x.mmuProbeBuffer(DUMP_ORDER) >>> 0;
    this.#log = x.karrayAlloc(BigInt(LOG_BYTES)) >>> 0;
    expect(x.traceEnable(0, TRACE_ORDER)).toBe(0);
    const events = [TRACE_KVM_UNMAP_HVA_RANGE, TRACE_KVM_SET_SPTE_HVA, TRACE_KVM_AGE_HVA];
    x.traceEvents(events.reduce((mask, event) => mask | (1n << BigInt(event)), 0n));
    x.mmuProbeYieldEvery(kind.yieldEvery ?? 0);
    this.mm = x.mmCreate() >>> 0;
    this.#object = x.mmObjectCreate(2n * MIB) >>> 0;
    for (let region = 0; region < REGIONS.length; region++) this.mapRegion(region);
    x.nxHugePagesSet(kind.nxHugePages === true ? 1 : 0);
    this.vm = x.vmCreate(this.mm, kind.tdp, kind.params) >>> 0;
    this.#memory.set(this.vm, Vm.invalidateSeq, FIRST_SEQUENCE);
    this.#ringSize = kind.ringSize ?? 0;
    if (this.#ringSize !== 0) expect(x.vmSetDirtyRing(this.vm, this.#ringSize)).toBe(0);
    this.vcpu = x.vcpuCreate(this.vm, 0) >>> 0;
  }

  /** Takes the VM down: nothing may be left of it. */
  close(): void {
    const { x } = this;
    expect(x.vmDestroy(this.vm)).toBe(0);
    expect(x.mmDestroy(this.mm)).toBe(0);
    x.mmObjectPut(this.#object);
    x.traceEvents(0n);
    x.traceDisable(0);
    x.nxHugePagesSet(0);
    x.mmuProbeYieldEvery(0);
    x.karrayFree(this.#log);
    x.mmuProbeBufferFree(this.buffer, DUMP_ORDER);
    expectBalanced(this.#core, this.#before);
  }

  mapRegion(region: number): void {
    const { bytes, backing, flags } = REGIONS[region] as (typeof REGIONS)[number];
    const source = backing === BACKING_OBJECT ? this.#object : 0;
    const prot = PROT_READ | PROT_WRITE;
    const hva = this.x.mmMap(this.mm, regionHva(region), bytes, backing, prot, flags | MM_MAP_FIXED, source, 0n);
    expect(hva).toBe(regionHva(region));
  }

  /** What the host has there now; an access that succeeded has made it so. */
  hostPage(hva: bigint, write: boolean): HostPage | undefined {
    if (this.x.mmuProbeHost(this.mm, hva, this.buffer) !== 0) return undefined;
    const [pfn, writable, level] = [0, 8, 16].map((at) => this.#memory.view.getBigUint64(this.buffer + at, true));
    if (write && writable === 0n) return undefined;
    return { pfn: pfn as bigint, writable: writable !== 0n, level: Number(level) };
  }

  /** Runs a program that takes the role and does the accesses; returns its exit reason. */
  run({ role, gpa, pages, kind, flush }: Burst): number {
    const { x } = this;
    const base = x.vcpuProgramAlloc(this.vcpu, flush ? 3 : 2) >>> 0;
    const opcode = { read: PROG_READ, write: PROG_WRITE, fetch: PROG_FETCH }[kind];
    let at = base;
    if (flush) at = this.#putOp(at, PROG_FLUSH, 0n, 0n, 1);
    at = this.#putOp(at, PROG_ROLE, 0n, BigInt(role.asId | (role.guestMode << 1)), 1);
    this.#putOp(at, opcode, gpa, 0x1234n, pages);
    expect(x.vcpuRun(this.vcpu), "vcpuRun").toBe(0);
    return this.#memory.get(this.vcpu, Vcpu.exitReason);
  }

  #putOp(at: number, opcode: number, gpa: bigint, value: bigint, count: number): number {
    const { view } = this.#memory;
    for (let i = 0; i < PROG_OP_BYTES; i += 8) view.setBigUint64(at + i, 0n, true);
    this.#memory.set(at, ProgOp.op, opcode);
    this.#memory.set(at, ProgOp.sizeLog2, 3);
    this.#memory.set(at, ProgOp.count, count);
    this.#memory.set(at, ProgOp.stride, Number(PAGE));
    this.#memory.set(at, ProgOp.gpa, gpa);
    this.#memory.set(at, ProgOp.value, value);
    return at + PROG_OP_BYTES;
  }

  /** What the notifiers have told the MMU since the last call. */
  newEvents(): { event: number; a: bigint; b: bigint }[] {
    const cpu = CPU_BASE;
    const base = this.#memory.get(cpu, Cpu.traceBase);
    const next = this.#memory.get(cpu, Cpu.traceNext);
    const size = TraceRecord.f.offset + 8;
    const events = [];
    expect(next - this.#tracesSeen).toBeLessThanOrEqual(1 << TRACE_ORDER);
    for (; this.#tracesSeen < next; this.#tracesSeen++) {
      const at = base + (this.#tracesSeen % (1 << TRACE_ORDER)) * size;
      const { event, a, b } = TraceRecord;
      events.push({ event: this.#memory.get(at, event), a: this.#memory.get(at, a), b: this.#memory.get(at, b) });
    }
    return events;
  }

  // --- tables and counters ---

  /** Every entry of every valid root, as the oracle's dump orders them. */
  dump(): DumpLine[] {
    const n = this.x.mmuProbeDump(this.vm, this.buffer, DUMP_LINES);
    expect(n, "mmuProbeDump").toBeGreaterThanOrEqual(0);
    const { view } = this.#memory;
    const lines: DumpLine[] = [];
    for (let i = 0; i < n; i++) {
      const at = this.buffer + i * LINE_BYTES;
      const tag = view.getUint32(at, true);
      const [gfn, spte] = [view.getBigUint64(at + 8, true), view.getBigUint64(at + 16, true)];
      lines.push({ asId: tag & 1, guestMode: (tag >> 1) & 1, level: tag >> 8, gfn, spte });
    }
    // Roots come in the order of their making; within a root, both dumps ascend.
    return [0, 1, 2, 3].flatMap((flavour) => lines.filter((line) => line.asId * 2 + line.guestMode === flavour));
  }

  counts(): Omit<PageCounts, "roots"> & { nxLpageSplits: number } {
    const counter = (field: { readonly offset: number }): number => Number(this.x.vmCounter(this.vm, field.offset));
    return {
      pages4k: counter(VmCpu.pages4k),
      pages2m: counter(VmCpu.pages2m),
      pages1g: counter(VmCpu.pages1g),
      tables: counter(VmCpu.tdpMmuPages),
      nxLpageSplits: counter(VmCpu.nxLpageSplits),
    };
  }

  /** FRAME_FLAG_* of the frame at `hva`; undefined = there is none that has contents. */
  frameFlags(hva: bigint): number | undefined {
    const flags = this.x.mmuProbeFrameFlags(this.mm, hva);
    return flags === -1 ? undefined : flags;
  }

  // --- dirty logs ---

  /** KVM_GET_DIRTY_LOG: one byte a page, or a negated errno. */
  getDirtyLog(slot: number, nPages: number): Uint8Array | number {
    const r = this.x.dirtyLogGet(this.vm, slot, this.#log);
    return r === 0 ? this.#unpack(nPages) : r;
  }

  /** What the slot's bitmap holds, without collecting it; undefined = it has none. */
  peekDirtyLog(slot: number, nPages: number): Uint8Array | undefined {
    return this.x.mmuProbeBitmap(this.vm, slot, this.#log) === 0 ? this.#unpack(nPages) : undefined;
  }

  /** The array is one chunk. */
  get #logBytes(): Uint8Array {
    const at = this.x.karrayAt(this.#log, 0n) >>> 0;
    return this.#memory.bytes.subarray(at, at + LOG_BYTES);
  }

  #unpack(nPages: number): Uint8Array {
    const bytes = this.#logBytes;
    const pages = new Uint8Array(nPages);
    for (let page = 0; page < nPages; page++) pages[page] = ((bytes[page >> 3] as number) >> (page & 7)) & 1;
    return pages;
  }

  /** KVM_CLEAR_DIRTY_LOG of [first, first + count): the pages `isWanted`. */
  clearDirtyLog(slot: number, first: number, count: number, isWanted: (offset: number) => boolean): number {
    const bytes = this.#logBytes.fill(0);
    for (let i = 0; i < count; i++) {
      if (isWanted(first + i)) bytes[i >> 3] = (bytes[i >> 3] as number) | (1 << (i & 7));
    }
    return this.x.dirtyLogClear(this.vm, slot, BigInt(first), BigInt(count), this.#log);
  }

  /** The entries of the vCPU's ring that wait for userspace, oldest first. */
  ring(): RingEntry[] {
    const entries: RingEntry[] = [];
    for (let i = this.#ringNext; i < this.#ringNext + this.#ringSize; i++) {
      const at = this.#ringEntry(i);
      if (this.#memory.get(at, DirtyGfn.flags) !== DIRTY_GFN_F_DIRTY) break;
      entries.push({ slot: this.#memory.get(at, DirtyGfn.slot), offset: this.#memory.get(at, DirtyGfn.offset) });
    }
    return entries;
  }

  #ringEntry(index: number): number {
    const base = this.#memory.get(this.vcpu, Vcpu.ringBase);
    return base + ((index % this.#ringSize) << DIRTY_GFN_SHIFT);
  }

  /** Userspace takes so many entries out of the ring, the oldest first. */
  collectRing(entries: number): void {
    for (let i = 0; i < entries && this.ring().length > 0; i++) {
      this.#memory.set(this.#ringEntry(this.#ringNext), DirtyGfn.flags, DIRTY_GFN_F_RESET);
      this.#ringNext++;
    }
  }
}
