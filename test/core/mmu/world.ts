/**
 * One VM in core and the same VM in the oracle, side by side. Every operation is done to core first, then to the oracle;
 * what the host did meanwhile (notifiers) is read from core's tracepoints, what it has now from its tables. Then both
 * must hold the same entries.
 */
import { appendFileSync } from "node:fs";
import { expect } from "vitest";
import {
  BACKING_OBJECT,
  CoreMemory,
  CPU_BASE,
  Cpu,
  KVM_EXIT_HLT,
  KVM_EXIT_INTERNAL_ERROR,
  KVM_EXIT_MEMORY_FAULT,
  KVM_EXIT_MMIO,
  MM_MAP_FIXED,
  PARAM_AD,
  PARAM_LA57,
  PARAM_MMIO_CACHING,
  PARAM_PML,
  PROG_FETCH,
  PROG_OP_BYTES,
  PROG_READ,
  PROG_ROLE,
  PROG_WRITE,
  PROT_READ,
  PROT_WRITE,
  ProgOp,
  TDP_EPT,
  TRACE_KVM_SET_SPTE_HVA,
  TRACE_KVM_UNMAP_HVA_RANGE,
  TraceRecord,
  Vcpu,
} from "../../../src/abi/index.js";
import type { Access } from "../../../src/model/mmu_bits.js";
import { LOG_DIRTY_PAGES, READONLY, type Region } from "../../../src/model/mmu_memslots.js";
import {
  type DumpLine,
  type HostPage,
  type MappedLeaf,
  type Role,
  VmModel,
  type VmTraits,
} from "../../../src/model/mmu_vm.js";
import { type Balance, expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { type HostOp, REGIONS, ROLES, regionHva, type WorldCore, type WorldKind, type WorldOp } from "./world_parts.js";

const MIB = 1n << 20n;
const PAGE = 4096n;
type SlotOp = Extract<WorldOp, { op: "setSlot" | "deleteSlot" | "log" }>;

const NORMAL: Role = { asId: 0, guestMode: 0 };
/** Leaves compared with the host's tables after one operation. */
const HOST_CHECKS = 100;
const DUMP_ORDER = 8;
const LINE_BYTES = 24;
const DUMP_LINES = ((4096 << DUMP_ORDER) / LINE_BYTES) | 0;
const TRACE_ORDER = 8;

/** Opens a core for worlds; one at a time lives in it. */
export function openWorldCore(build: "test" | "test-release"): Promise<WorldCore> {
  return openCore({ build, memMiB: 64, nCpus: 1 });
}

export class World {
  readonly #core: WorldCore;
  readonly #memory: CoreMemory;
  readonly #before: Balance;
  readonly #mm: number;
  readonly #object: number;
  readonly #vm: number;
  readonly #vcpu: number;
  readonly #buffer: number;
  readonly #model: VmModel;
  #role: Role = NORMAL;
  #tracesSeen = 0;
  #steps = 0;

  constructor(core: WorldCore, kind: WorldKind) {
    logOp({ kind: kind.name });
    const { x } = core;
    this.#core = core;
    this.#memory = new CoreMemory(core.memory);
    this.#before = snapshotBalance(core);
    this.#buffer = x.mmuProbeBuffer(DUMP_ORDER) >>> 0;
    expect(x.traceEnable(0, TRACE_ORDER)).toBe(0);
    x.traceEvents((1n << BigInt(TRACE_KVM_UNMAP_HVA_RANGE)) | (1n << BigInt(TRACE_KVM_SET_SPTE_HVA)));
    this.#mm = x.mmCreate() >>> 0;
    this.#object = x.mmObjectCreate(2n * MIB) >>> 0;
    for (let region = 0; region < REGIONS.length; region++) this.#mapRegion(region);
    x.nxHugePagesSet(kind.nxHugePages === true ? 1 : 0);
    this.#vm = x.vmCreate(this.#mm, kind.tdp, kind.params) >>> 0;
    this.#vcpu = x.vcpuCreate(this.#vm, 0) >>> 0;
    this.#model = new VmModel(traitsOf(kind), (hva, write) => this.#hostPage(hva, write));
    this.#model.nxHugePages = kind.nxHugePages === true;
  }

  #mapRegion(region: number): void {
    const { bytes, backing, flags } = REGIONS[region] as (typeof REGIONS)[number];
    const source = backing === BACKING_OBJECT ? this.#object : 0;
    const prot = PROT_READ | PROT_WRITE;
    const hva = this.#core.x.mmMap(this.#mm, regionHva(region), bytes, backing, prot, flags | MM_MAP_FIXED, source, 0n);
    expect(hva).toBe(regionHva(region));
  }

  /** What the host has there now; an access that succeeded has made it so. */
  #hostPage(hva: bigint, write: boolean): HostPage | undefined {
    if (this.#core.x.mmuProbeHost(this.#mm, hva, this.#buffer) !== 0) return undefined;
    const [pfn, writable, level] = [0, 8, 16].map((at) => this.#memory.view.getBigUint64(this.#buffer + at, true));
    if (write && writable === 0n) return undefined;
    return { pfn: pfn as bigint, writable: writable !== 0n, level: Number(level) };
  }

  /** Does one operation to both and compares everything. TADPOLE_OPS_LOG names a file that tells the last one, for hangs. */
  step(op: WorldOp): void {
    const log = process.env["TADPOLE_OPS_LOG"];
    if (log !== undefined)
      appendFileSync(log, `${JSON.stringify(op, (_, v) => (typeof v === "bigint" ? `${v}n` : v))}\n`);
    this.#apply(op);
    this.#compare();
  }

  /** Takes the world down: nothing may be left of it. */
  close(): void {
    const { x } = this.#core;
    expect(x.vmDestroy(this.#vm)).toBe(0);
    expect(x.mmDestroy(this.#mm)).toBe(0);
    x.mmObjectPut(this.#object);
    x.traceEvents(0n);
    x.traceDisable(0);
    x.nxHugePagesSet(0);
    x.mmuProbeBufferFree(this.#buffer, DUMP_ORDER);
    expectBalanced(this.#core, this.#before);
  }

  #apply(op: WorldOp): void {
    if (op.op === "setSlot" || op.op === "deleteSlot" || op.op === "log") this.#setSlot(op);
    else if (op.op === "access") this.#access(op.role, op.gfn, op.kind);
    else if (op.op === "prefault") this.#prefault(op.gfn, op.pages);
    else if (op.op === "track" || op.op === "untrack") this.#track(op);
    else if (op.op === "hostWrite") this.#hostWrite(op.asId, op.gfn);
    else if (op.op === "zapAll" || op.op === "zapRange" || op.op === "nx") this.#zap(op);
    else {
      this.#changeHost(op);
      this.#followNotifiers();
    }
  }

  #setSlot(op: SlotOp): void {
    const region = this.#regionOf(op);
    const { slot, flags, guestPhysAddr, memorySize, userspaceAddr } = region;
    const result = this.#core.x.memslotSet(this.#vm, slot, flags, guestPhysAddr, memorySize, userspaceAddr);
    const change = this.#model.setUserMemoryRegion(region);
    expect(result, "memslotSet").toBe(change.kind === "error" ? -change.errno : 0);
  }

  #regionOf(op: SlotOp): Region {
    const gone = { slot: op.slot, flags: 0, guestPhysAddr: 0n, memorySize: 0n, userspaceAddr: 0n };
    if (op.op === "deleteSlot") return gone;
    if (op.op === "setSlot") {
      const place = { guestPhysAddr: op.gfn * PAGE, memorySize: op.pages * PAGE };
      return { slot: op.slot, flags: op.flags, ...place, userspaceAddr: regionHva(op.region) + op.page * PAGE };
    }
    const slots = this.#model.slots.all();
    const known = slots.find(({ asId, id }) => ((asId << 16) | id) === op.slot);
    if (known === undefined) return gone;
    const flags = op.on ? known.flags | LOG_DIRTY_PAGES : known.flags & ~LOG_DIRTY_PAGES;
    const place = { guestPhysAddr: known.baseGfn * PAGE, memorySize: known.nPages * PAGE };
    return { slot: op.slot, flags, ...place, userspaceAddr: known.hva };
  }

  #access(roleIndex: number, gfn: bigint, kind: Access): void {
    const role = ROLES[roleIndex] as Role;
    const gpa = gfn * PAGE + 8n;
    // A program begins in the normal role, and a root is loaded for it.
    this.#model.loadRoot(NORMAL);
    const exit = this.#runAccess(role, gpa, kind);
    this.#role = role;
    this.#followNotifiers();
    const { outcome } = this.#model.access(role, gpa, kind);
    expect(exit, `${kind} of ${gpa.toString(16)}, the oracle says ${outcome}`).toBe(
      this.#expectedExit(outcome, role, gfn, kind),
    );
  }

  /** Runs a program of two ops, the role and the access, to its exit. */
  #runAccess(role: Role, gpa: bigint, kind: Access): number {
    const { x } = this.#core;
    const base = x.vcpuProgramAlloc(this.#vcpu, 2) >>> 0;
    const opcode = { read: PROG_READ, write: PROG_WRITE, fetch: PROG_FETCH }[kind];
    this.#putOp(base, PROG_ROLE, 0n, BigInt(role.asId | (role.guestMode << 1)));
    this.#putOp(base + PROG_OP_BYTES, opcode, gpa, 0x1234n);
    expect(x.vcpuRun(this.#vcpu), "vcpuRun").toBe(0);
    return this.#memory.get(this.#vcpu, Vcpu.exitReason);
  }

  #putOp(at: number, opcode: number, gpa: bigint, value: bigint): void {
    const { view } = this.#memory;
    for (let i = 0; i < PROG_OP_BYTES; i += 8) view.setBigUint64(at + i, 0n, true);
    this.#memory.set(at, ProgOp.op, opcode);
    this.#memory.set(at, ProgOp.sizeLog2, 3);
    this.#memory.set(at, ProgOp.count, 1);
    this.#memory.set(at, ProgOp.gpa, gpa);
    this.#memory.set(at, ProgOp.value, value);
  }

  #expectedExit(outcome: "done" | "emulate" | "efault", role: Role, gfn: bigint, kind: Access): number {
    if (outcome === "done") return KVM_EXIT_HLT;
    if (outcome === "efault") return KVM_EXIT_MEMORY_FAULT;
    // Instructions are not fetched through the emulation port.
    if (kind === "fetch") return KVM_EXIT_INTERNAL_ERROR;
    const slot = this.#model.slots.find(role.asId, gfn);
    if (slot === undefined || (kind === "write" && (slot.flags & READONLY) !== 0)) return KVM_EXIT_MMIO;
    // A tracked write: software writes the memory, if the host lets it.
    if (this.#hostPage(slot.hva + (gfn - slot.baseGfn) * PAGE, true) === undefined) return KVM_EXIT_MEMORY_FAULT;
    this.#model.markDirty(slot, gfn);
    return KVM_EXIT_HLT;
  }

  #prefault(gfn: bigint, pages: bigint): void {
    const result = this.#core.x.vcpuPrefault(this.#vcpu, gfn * PAGE, pages * PAGE);
    this.#followNotifiers();
    this.#model.loadRoot(this.#role);
    expect(result, "prefault").toBe(this.#modelPrefault(gfn, pages));
  }

  #modelPrefault(gfn: bigint, pages: bigint): bigint {
    let at = gfn;
    const error = (errno: number): bigint => (at === gfn ? BigInt(-errno) : (at - gfn) * PAGE);
    while (at < gfn + pages) {
      if (this.#model.slots.find(this.#role.asId, at) === undefined) return error(ENOENT);
      if (this.#model.prefetch(this.#role, at) === "efault") return error(EFAULT);
      const mapped = this.#model.leafSize(this.#role, at);
      at = at - (at % mapped) + mapped;
    }
    return pages * PAGE;
  }

  #track(op: Extract<WorldOp, { op: "track" | "untrack" }>): void {
    const { x } = this.#core;
    const call = op.op === "track" ? x.writeTrackAdd : x.writeTrackRemove;
    const result = call(this.#vm, op.asId, op.gfn);
    const done = op.op === "track" ? this.#model.trackAdd(op.asId, op.gfn) : this.#model.trackRemove(op.asId, op.gfn);
    expect(result, op.op).toBe(done ? 0 : -ENOENT);
  }

  #hostWrite(asId: number, gfn: bigint): void {
    const result = this.#core.x.guestWrite(this.#vm, asId, gfn * PAGE, this.#buffer, 8);
    this.#followNotifiers();
    const slot = this.#model.slots.find(asId, gfn);
    const writable = slot !== undefined && (slot.flags & READONLY) === 0;
    const page = writable ? this.#hostPage(slot.hva + (gfn - slot.baseGfn) * PAGE, true) : undefined;
    expect(result, "guestWrite").toBe(page === undefined ? -EFAULT : 0);
    if (slot !== undefined && page !== undefined) this.#model.markDirty(slot, gfn);
  }

  #zap(op: Extract<WorldOp, { op: "zapAll" | "zapRange" | "nx" }>): void {
    const { x } = this.#core;
    if (op.op === "zapRange") {
      x.vmZapGfnRange(this.#vm, op.gfn, op.gfn + op.pages);
      this.#model.zapGfnRange(op.gfn, op.gfn + op.pages);
      return;
    }
    if (op.op === "nx") {
      x.nxHugePagesSet(op.on ? 1 : 0);
      this.#model.nxHugePages = op.on;
    }
    x.vmZapAll(this.#vm);
    this.#model.zapAllFast();
  }

  /** The host's own operations; whether they succeed is hostmm's business, what they notify is ours. */
  #changeHost(op: HostOp): void {
    const { x } = this.#core;
    const mm = this.#mm;
    if (op.op === "fork") {
      const child = x.mmFork(mm) >>> 0;
      expect(child).not.toBe(0);
      this.#followNotifiers();
      expect(x.mmDestroy(child)).toBe(0);
      this.#newEvents(); // the child's: no VM maps it
      return;
    }
    const base = regionHva(op.region);
    if (op.op === "remap") {
      x.mmUnmap(mm, base, (REGIONS[op.region] as (typeof REGIONS)[number]).bytes);
      this.#mapRegion(op.region);
      return;
    }
    const hva = base + op.page * PAGE;
    if (op.op === "migrate") x.mmMigrate(mm, hva);
    else if (op.op === "merge") x.mmMerge(mm, hva, base + op.other * PAGE);
    else if (op.op === "unmap") x.mmUnmap(mm, hva, op.pages * PAGE);
    else if (op.op === "dontNeed") x.mmDontNeed(mm, hva, op.pages * PAGE);
    else x.mmProtect(mm, hva, op.pages * PAGE, op.prot);
  }

  /** Tells the oracle what the notifiers have told the MMU since the last look. */
  #followNotifiers(): void {
    const events = this.#newEvents();
    events.forEach(({ event, a, b }, i) => {
      const next = events[i + 1];
      if (event === TRACE_KVM_SET_SPTE_HVA) this.#changePte(a);
      // The bracket around a changed page holds faults off; it unmaps nothing.
      else if (next?.event !== TRACE_KVM_SET_SPTE_HVA || next.a !== a) this.#model.hostUnmap(a, b);
    });
  }

  #changePte(hva: bigint): void {
    const page = this.#hostPage(hva, false);
    if (page === undefined) throw new Error("a changed page is not there");
    this.#model.changePte(hva, page.pfn, false);
  }

  #newEvents(): { event: number; a: bigint; b: bigint }[] {
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

  // --- comparison ---

  #compare(): void {
    expect(this.#core.x.mmuInvariants(this.#vm), "mmuInvariants").toBe(0);
    const core = this.#coreDump();
    const model = this.#model.dump();
    const isSame = core.length === model.length && core.every((line, i) => isSameLine(line, model[i]));
    if (!isSame) expect(differences(core, model), "entries of core (-) and of the oracle (+)").toEqual([]);
    this.#compareWithHost();
    this.#compareDirtyLogs();
  }

  #coreDump(): DumpLine[] {
    const n = this.#core.x.mmuProbeDump(this.#vm, this.#buffer, DUMP_LINES);
    expect(n, "mmuProbeDump").toBeGreaterThanOrEqual(0);
    const { view } = this.#memory;
    const lines: DumpLine[] = [];
    for (let i = 0; i < n; i++) {
      const at = this.#buffer + i * LINE_BYTES;
      const tag = view.getUint32(at, true);
      const [gfn, spte] = [view.getBigUint64(at + 8, true), view.getBigUint64(at + 16, true)];
      lines.push({ asId: tag & 1, guestMode: (tag >> 1) & 1, level: tag >> 8, gfn, spte });
    }
    // Roots come in the order of their making; within a root, both dumps ascend.
    return [0, 1, 2, 3].flatMap((flavour) => lines.filter((line) => flavourOf(line) === flavour));
  }

  /** Every leaf maps what the host has at its address now, and lets nobody write what the host does not. */
  #compareWithHost(): void {
    const leaves = this.#model.leaves();
    // A split huge page is 512 neighbours: some of them speak for all.
    const stride = Math.ceil(leaves.length / HOST_CHECKS);
    for (let i = this.#steps++ % stride; i < leaves.length; i += stride) {
      const { asId, gfn, pfn, pages, hostWritable } = leaves[i] as MappedLeaf;
      const slot = this.#model.slots.find(asId, gfn);
      expect(slot, `slot of mapped gfn ${gfn.toString(16)}`).toBeDefined();
      if (slot === undefined) continue;
      for (const offset of pages === 1n ? [0n] : [0n, pages - 1n]) {
        const hva = slot.hva + (gfn + offset - slot.baseGfn) * PAGE;
        const page = this.#hostPage(hva, false);
        expect(page?.pfn, `frame behind gfn ${(gfn + offset).toString(16)}`).toBe(pfn + offset);
        if (hostWritable) expect(page?.writable, `gfn ${gfn.toString(16)} is writable for the host`).toBe(true);
      }
    }
  }

  /** The same gfns are dirty: as many, and each that the oracle knows. */
  #compareDirtyLogs(): void {
    const { x } = this.#core;
    for (const slot of this.#model.slots.all()) {
      const dirty = this.#model.dirtyGfns(slot);
      const count = x.mmuProbeDirtyCount(this.#vm, slot.asId, slot.baseGfn);
      expect(count, `dirty gfns of slot ${slot.id}, address space ${slot.asId}`).toBe(dirty?.length ?? -1);
      for (const gfn of dirty ?? []) {
        expect(x.mmuProbeIsDirty(this.#vm, slot.asId, gfn), `dirty log at ${gfn.toString(16)}`).toBe(1);
      }
    }
  }
}

const ENOENT = 2;
const EFAULT = 14;

function traitsOf(kind: WorldKind): VmTraits {
  const has = (param: number): boolean => (kind.params & param) !== 0;
  return {
    format: kind.tdp === TDP_EPT ? "ept" : "npt",
    host: { execOnly: true, maxPhyAddr: 46, l1tf: true },
    rootLevel: has(PARAM_LA57) ? 5 : 4,
    ad: has(PARAM_AD),
    pml: has(PARAM_PML),
    mmioCaching: has(PARAM_MMIO_CACHING),
    maxHugeLevel: 3,
    hvaEnd: 1n << 47n,
  };
}

function flavourOf(line: DumpLine): number {
  return line.asId * 2 + line.guestMode;
}

function isSameLine(a: DumpLine, b: DumpLine | undefined): boolean {
  return (
    b !== undefined && a.spte === b.spte && a.gfn === b.gfn && a.level === b.level && flavourOf(a) === flavourOf(b)
  );
}

function textOf({ asId, guestMode, level, gfn, spte }: DumpLine): string {
  return `as ${asId} guest_mode ${guestMode} gfn ${gfn.toString(16).padStart(9, "0")} level ${level} ${spte.toString(16)}`;
}

function differences(core: readonly DumpLine[], model: readonly DumpLine[]): string[] {
  const [inCore, inModel] = [new Set(core.map(textOf)), new Set(model.map(textOf))];
  const minus = [...inCore].filter((line) => !inModel.has(line)).map((line) => `- ${line}`);
  const plus = [...inModel].filter((line) => !inCore.has(line)).map((line) => `+ ${line}`);
  return minus.length + plus.length === 0
    ? ["the same entries, but not in the same order"]
    : [...minus, ...plus].slice(0, 20);
}

function logOp(op: object): void {
  const log = process.env["TADPOLE_OPS_LOG"];
  if (log !== undefined)
    appendFileSync(log, `${JSON.stringify(op, (_, v) => (typeof v === "bigint" ? `${v}n` : v))}\n`);
}
