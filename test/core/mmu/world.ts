/**
 * One VM in core and the same VM in the oracle, side by side. Every operation is done to core first, then to the oracle;
 * what the host did meanwhile (notifiers) is read from core's tracepoints, what it has now from its tables. Then both
 * must hold the same entries, the same statistics and the same dirty logs.
 */
import { appendFileSync } from "node:fs";
import { expect } from "vitest";
import {
  FRAME_FLAG_ACCESSED,
  FRAME_FLAG_DIRTY,
  KVM_EXIT_DIRTY_RING_FULL,
  KVM_EXIT_HLT,
  KVM_EXIT_INTERNAL_ERROR,
  KVM_EXIT_MEMORY_FAULT,
  KVM_EXIT_MMIO,
  PARAM_AD,
  PARAM_EAGER_PAGE_SPLIT,
  PARAM_LA57,
  PARAM_MMIO_CACHING,
  PARAM_NX_OPT_OUT,
  PARAM_PML,
  TDP_EPT,
  TRACE_KVM_AGE_HVA,
  TRACE_KVM_SET_SPTE_HVA,
} from "../../../src/abi/index.js";
import { type Access, isHostWritable, isLeaf, pfnOf } from "../../../src/model/mmu_bits.js";
import { isLogged, slotKey } from "../../../src/model/mmu_log.js";
import {
  hvaOf,
  LOG_DIRTY_PAGES,
  pagesPerLevel,
  READONLY,
  type Region,
  type Slot,
} from "../../../src/model/mmu_memslots.js";
import type { DumpLine, Role } from "../../../src/model/mmu_roots.js";
import type { VmTraits } from "../../../src/model/mmu_traits.js";
import { VmModel } from "../../../src/model/mmu_vm.js";
import { openCore } from "../harness.js";
import { Watchdog } from "./watchdog.js";
import { type Burst, CoreSide } from "./world_core.js";
import {
  type HostOp,
  type LogOp,
  REGIONS,
  ROLES,
  regionHva,
  type WorldCore,
  type WorldKind,
  type WorldOp,
} from "./world_parts.js";

const PAGE = 4096n;
type SlotOp = Extract<WorldOp, { op: "setSlot" | "deleteSlot" | "log" }>;
type Op<Name extends WorldOp["op"]> = Extract<WorldOp, { op: Name }>;

const NORMAL: Role = { asId: 0, guestMode: 0 };
/** Leaves compared with the host's tables after one operation. */
const HOST_CHECKS = 100;
/** The most pages that are split into small ones at once: more would fill all dumps. */
const MAX_EAGER_PAGES = 0x2000n;

const ENOENT = 2;
const EFAULT = 14;

/** A core for worlds, one at a time, and who sees to it that they end. */
export interface Stage {
  readonly core: WorldCore;
  readonly watchdog: Watchdog;
}

export async function openStage(build: "test" | "test-release"): Promise<Stage> {
  const core: WorldCore = await openCore({ build, memMiB: 64, nCpus: 1 });
  return { core, watchdog: new Watchdog(core.memory) };
}

export class World {
  readonly #core: CoreSide;
  readonly #watchdog: Watchdog;
  readonly #model: VmModel;
  #role: Role = NORMAL;
  #steps = 0;
  /** Accessed bits were taken without a flush: the TLB's copies do not know. */
  #staleAccessed = false;
  /** The host has taken Accessed from frames in this step. */
  #hostHasAged = false;

  constructor({ core, watchdog }: Stage, kind: WorldKind) {
    logOp({ kind: kind.name });
    this.#core = new CoreSide(core, kind);
    this.#watchdog = watchdog;
    watchdog.watch(this.#core.vm, this.#core.vcpu);
    this.#model = new VmModel(traitsOf(kind), (hva, write) => this.#core.hostPage(hva, write));
    this.#model.nxHugePages = kind.nxHugePages === true;
  }

  /** Does one operation to both and compares everything. TADPOLE_OPS_LOG names a file that tells the last one, for hangs. */
  step(op: WorldOp): void {
    logOp(op);
    this.#watchdog.beat();
    this.#hostHasAged = false;
    this.#apply(op);
    // The same frames may be there again, and know nothing.
    if (op.op === "remap") this.#model.takeHandedOver();
    this.#compare();
  }

  /** Takes the world down: nothing may be left of it. */
  close(): void {
    this.#watchdog.watch(0, 0);
    this.#core.close();
  }

  #apply(op: WorldOp): void {
    switch (op.op) {
      case "setSlot":
      case "deleteSlot":
      case "log":
        return this.#setSlot(op);
      case "access":
        return this.#burst(op.role, op.gfn, 1, op.kind);
      case "burst":
        return this.#burst(op.role, op.gfn, op.pages, op.kind);
      case "prefault":
        return this.#prefault(op.gfn, op.pages);
      case "track":
      case "untrack":
        return this.#track(op);
      case "hostWrite":
        return this.#hostWrite(op.asId, op.gfn);
      case "zapAll":
      case "zapRange":
      case "nx":
      case "nxRecover":
        return this.#zap(op);
      case "manual":
      case "getLog":
      case "clearLog":
      case "ring":
        return this.#collect(op);
      default:
        this.#changeHost(op);
        this.#followNotifiers();
    }
  }

  // --- slots ---

  #setSlot(op: SlotOp): void {
    const region = this.#regionOf(op);
    if (this.#isTooLarge(region)) return;
    const { slot, flags, guestPhysAddr, memorySize, userspaceAddr } = region;
    const result = this.#core.x.memslotSet(this.#core.vm, slot, flags, guestPhysAddr, memorySize, userspaceAddr);
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
    const known = this.#slot(op.slot);
    if (known === undefined) return gone;
    const flags = op.on ? known.flags | LOG_DIRTY_PAGES : known.flags & ~LOG_DIRTY_PAGES;
    const place = { guestPhysAddr: known.baseGfn * PAGE, memorySize: known.nPages * PAGE };
    return { slot: op.slot, flags, ...place, userspaceAddr: known.hva };
  }

  #slot(number: number): Slot | undefined {
    return this.#model.slots.all().find((slot) => slotKey(slot) === number);
  }

  /** Giant pages are not split eagerly here. */
  #isTooLarge(region: Region): boolean {
    const begins = (region.flags & LOG_DIRTY_PAGES) !== 0 && !isLogged(this.#slot(region.slot));
    const splits = this.#model.traits.eagerPageSplit && !this.#model.log.initiallySet;
    return begins && splits && region.memorySize > MAX_EAGER_PAGES * PAGE;
  }

  // --- the guest ---

  #burst(roleIndex: number, gfn: bigint, pages: number, kind: Access): void {
    const role = ROLES[roleIndex] as Role;
    const burst = { role, gpa: gfn * PAGE + 8n, pages, kind, flush: this.#staleAccessed };
    this.#staleAccessed = false;
    const exit = this.#core.run(burst);
    this.#followNotifiers();
    expect(exit, `${kind} of ${pages} pages at ${burst.gpa.toString(16)}`).toBe(this.#expectedExit(burst));
  }

  /** Does to the oracle what the program did; returns how it must have ended. */
  #expectedExit({ role, gpa, pages, kind }: Burst): number {
    // A program begins in the normal role, and a root is loaded for it.
    this.#role = NORMAL;
    if (this.#model.log.isRingFull) return KVM_EXIT_DIRTY_RING_FULL;
    this.#model.loadRoot(NORMAL);
    this.#role = role;
    let exit = KVM_EXIT_HLT;
    for (let i = 0; i < pages && exit === KVM_EXIT_HLT; i++)
      exit = this.#accessOnce(role, gpa + BigInt(i) * PAGE, kind);
    this.#model.leaveGuest(role);
    return exit;
  }

  #accessOnce(role: Role, gpa: bigint, kind: Access): number {
    const { outcome } = this.#model.access(role, gpa, kind);
    if (outcome === "done") return KVM_EXIT_HLT;
    if (outcome === "ring-full") return KVM_EXIT_DIRTY_RING_FULL;
    if (outcome === "efault") return KVM_EXIT_MEMORY_FAULT;
    // Instructions are not fetched through the emulation port.
    if (kind === "fetch") return KVM_EXIT_INTERNAL_ERROR;
    const gfn = gpa >> 12n;
    const slot = this.#model.slots.find(role.asId, gfn);
    if (slot === undefined || (kind === "write" && (slot.flags & READONLY) !== 0)) return KVM_EXIT_MMIO;
    // A tracked write: software writes the memory, if the host lets it.
    if (this.#core.hostPage(hvaOf(slot, gfn), true) === undefined) return KVM_EXIT_MEMORY_FAULT;
    this.#model.markDirty(slot, gfn, "vcpu");
    return KVM_EXIT_HLT;
  }

  #prefault(gfn: bigint, pages: bigint): void {
    const result = this.#core.x.vcpuPrefault(this.#core.vcpu, gfn * PAGE, pages * PAGE);
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

  // --- from outside ---

  #track(op: Op<"track" | "untrack">): void {
    const { x, vm } = this.#core;
    const call = op.op === "track" ? x.writeTrackAdd : x.writeTrackRemove;
    const result = call(vm, op.asId, op.gfn);
    const done = op.op === "track" ? this.#model.trackAdd(op.asId, op.gfn) : this.#model.trackRemove(op.asId, op.gfn);
    expect(result, op.op).toBe(done ? 0 : -ENOENT);
  }

  #hostWrite(asId: number, gfn: bigint): void {
    const result = this.#core.x.guestWrite(this.#core.vm, asId, gfn * PAGE, this.#core.buffer, 8);
    this.#followNotifiers();
    const slot = this.#model.slots.find(asId, gfn);
    const writable = slot !== undefined && (slot.flags & READONLY) === 0;
    const page = writable ? this.#core.hostPage(hvaOf(slot, gfn), true) : undefined;
    expect(result, "guestWrite").toBe(page === undefined ? -EFAULT : 0);
    if (page !== undefined) this.#model.markDirty(slot, gfn, "host");
  }

  #zap(op: Op<"zapAll" | "zapRange" | "nx" | "nxRecover">): void {
    const { x, vm } = this.#core;
    if (op.op === "zapRange") {
      x.vmZapGfnRange(vm, op.gfn, op.gfn + op.pages);
      this.#model.zapGfnRange(op.gfn, op.gfn + op.pages);
      return;
    }
    if (op.op === "nxRecover") {
      x.nxRecoverySet(op.ratio, 0);
      x.nxRecover(vm);
      this.#model.recoverNx(op.ratio);
      return;
    }
    if (op.op === "nx") {
      x.nxHugePagesSet(op.on ? 1 : 0);
      this.#model.nxHugePages = op.on;
    }
    x.vmZapAll(vm);
    this.#model.zapAllFast();
  }

  #collect(op: LogOp): void {
    const { x, vm } = this.#core;
    if (op.op === "manual") {
      expect(x.vmSetManualProtect(vm, op.flags), "vmSetManualProtect").toBe(
        negated(this.#model.log.setManual(op.flags)),
      );
    } else if (op.op === "ring") {
      this.#core.collectRing(op.entries);
      this.#model.log.collect(op.entries);
      expect(x.dirtyRingsReset(vm), "dirtyRingsReset").toBe(this.#model.resetRing());
    } else if (op.op === "getLog") {
      const result = this.#core.getDirtyLog(op.slot, Number(this.#slot(op.slot)?.nPages ?? 0n));
      const expected = this.#model.getDirtyLog(op.slot);
      if (expected.kind === "error") expect(result, "dirtyLogGet").toBe(-expected.errno);
      else expectSameLog(`log of slot ${op.slot}`, result, expected.dirty);
    } else {
      const isWanted = this.#wanted(op);
      const result = this.#core.clearDirtyLog(op.slot, op.first, op.pages, isWanted);
      const expected = this.#model.clearDirtyLog(op.slot, op.first, op.pages, isWanted);
      expect(result, "dirtyLogClear").toBe(negated(expected));
    }
  }

  #wanted({ slot, pattern }: Op<"clearLog">): (offset: number) => boolean {
    if (pattern === "all") return () => true;
    if (pattern === "odd") return (offset) => offset % 2 === 1;
    const known = this.#slot(slot);
    const dirty = known && this.#model.log.bitmap(known)?.slice();
    return (offset) => dirty?.[offset] === 1;
  }

  // --- the host ---

  /** The host's own operations; whether they succeed is hostmm's business, what they notify is ours. */
  #changeHost(op: HostOp): void {
    const { x, mm } = this.#core;
    if (op.op === "fork") return this.#fork();
    const base = regionHva(op.region);
    if (op.op === "remap") {
      x.mmUnmap(mm, base, (REGIONS[op.region] as (typeof REGIONS)[number]).bytes);
      this.#core.mapRegion(op.region);
      return;
    }
    const hva = base + op.page * PAGE;
    if (op.op === "migrate") x.mmMigrate(mm, hva);
    else if (op.op === "merge") x.mmMerge(mm, hva, base + op.other * PAGE);
    else if (op.op === "unmap") x.mmUnmap(mm, hva, op.pages * PAGE);
    else if (op.op === "dontNeed") x.mmDontNeed(mm, hva, op.pages * PAGE);
    else if (op.op === "protect") x.mmProtect(mm, hva, op.pages * PAGE, op.prot);
    else if (op.op === "hostAge") x.mmAge(mm, hva, op.pages * PAGE);
    else this.#lookForYoung(op, hva, hva + op.pages * PAGE);
  }

  #lookForYoung({ op }: Op<"age" | "testYoung">, start: bigint, end: bigint): void {
    const { x, mm } = this.#core;
    if (op === "testYoung") {
      expect(x.mmuProbeTestYoung(mm, start, end), op).toBe(this.#model.isYoung(start, end) ? 1 : 0);
      return;
    }
    const young = x.mmuProbeClearYoung(mm, start, end, 0);
    this.#staleAccessed = true;
    this.#core.newEvents();
    expect(young, op).toBe(Number(this.#model.age(start, end)));
  }

  #fork(): void {
    const { x, mm } = this.#core;
    const child = x.mmFork(mm) >>> 0;
    expect(child).not.toBe(0);
    this.#followNotifiers();
    expect(x.mmDestroy(child)).toBe(0);
    this.#core.newEvents(); // the child's: no VM maps it
  }

  /** Tells the oracle what the notifiers have told the MMU since the last look. */
  #followNotifiers(): void {
    const events = this.#core.newEvents();
    events.forEach(({ event, a, b }, i) => {
      const next = events[i + 1];
      if (event === TRACE_KVM_SET_SPTE_HVA) this.#changePte(a);
      else if (event === TRACE_KVM_AGE_HVA) this.#age(a, b);
      // The bracket around a changed page holds faults off; it unmaps nothing.
      else if (next?.event !== TRACE_KVM_SET_SPTE_HVA || next.a !== a) this.#model.hostUnmap(a, b);
    });
  }

  /** The host looks for cold pages: what the tables and frames knew of accesses it takes. */
  #age(start: bigint, end: bigint): void {
    this.#model.age(start, end);
    this.#staleAccessed = true;
    this.#hostHasAged = true;
  }

  #changePte(hva: bigint): void {
    const page = this.#core.hostPage(hva, false);
    if (page === undefined) throw new Error("a changed page is not there");
    this.#model.changePte(hva, page.pfn, false);
  }

  // --- comparison ---

  #compare(): void {
    expect(this.#core.x.mmuInvariants(this.#core.vm), "mmuInvariants").toBe(0);
    this.#steps++;
    const core = this.#core.dump();
    const model = this.#model.roots.dump();
    const isSame = core.length === model.length && core.every((line, i) => isSameLine(line, model[i]));
    if (!isSame) expect(differences(core, model), "entries of core (-) and of the oracle (+)").toEqual([]);
    const { roots: _, ...counts } = this.#model.roots.counts(model);
    expect(this.#core.counts(), "statistics").toEqual({ ...counts, nxLpageSplits: this.#model.roots.nxLpageSplits });
    this.#compareWithHost(model.filter(({ spte, level }) => isLeaf(spte, level)));
    this.#compareHandedOver();
    this.#compareDirtyLogs();
  }

  /** Every leaf maps what the host has at its address now, and lets nobody write what the host does not. */
  #compareWithHost(leaves: readonly DumpLine[]): void {
    // A split huge page is 512 neighbours: some of them speak for all.
    const stride = Math.ceil(leaves.length / HOST_CHECKS);
    for (let i = this.#steps % stride; i < leaves.length; i += stride) {
      const { asId, gfn, spte, level } = leaves[i] as DumpLine;
      const slot = this.#model.slots.find(asId, gfn);
      expect(slot, `slot of mapped gfn ${gfn.toString(16)}`).toBeDefined();
      if (slot === undefined) continue;
      for (const offset of level === 1 ? [0n] : [0n, pagesPerLevel(level) - 1n]) {
        const page = this.#core.hostPage(hvaOf(slot, gfn + offset), false);
        expect(page?.pfn, `frame behind gfn ${(gfn + offset).toString(16)}`).toBe(pfnOf(spte) + offset);
        if (isHostWritable(this.#model.masks, spte))
          expect(page?.writable, `gfn ${gfn.toString(16)} is writable for the host`).toBe(true);
      }
    }
  }

  /** A frame knows what a leaf that mapped it knew, as far as the host has not taken the frame away. */
  #compareHandedOver(): void {
    for (const { asId, gfn, pfn, accessed, dirty } of this.#model.takeHandedOver()) {
      const slot = this.#model.slots.find(asId, gfn);
      if (slot === undefined || this.#core.hostPage(hvaOf(slot, gfn), false)?.pfn !== pfn) continue;
      const flags = this.#core.frameFlags(hvaOf(slot, gfn));
      const isAccessed = accessed && !this.#hostHasAged;
      const expected = (isAccessed ? FRAME_FLAG_ACCESSED : 0) | (dirty ? FRAME_FLAG_DIRTY : 0);
      if (flags !== undefined) expect(flags & expected, `flags of frame ${pfn.toString(16)}`).toBe(expected);
    }
  }

  /** The same pages are dirty, and the vCPU's ring holds the same, in order. */
  #compareDirtyLogs(): void {
    for (const slot of this.#model.slots.all()) {
      const expected = this.#model.log.bitmap(slot);
      const found = this.#core.peekDirtyLog(slotKey(slot), Number(slot.nPages));
      expectSameLog(`bitmap of slot ${slotKey(slot)}`, found, expected);
    }
    const { ring } = this.#model.log;
    if (ring.length > 0) expect(this.#core.ring(), "ring").toEqual(ring);
  }
}

function traitsOf(kind: WorldKind): VmTraits {
  const has = (param: number): boolean => (kind.params & param) !== 0;
  return {
    format: kind.tdp === TDP_EPT ? "ept" : "npt",
    host: { execOnly: true, maxPhyAddr: 46, l1tf: true },
    rootLevel: has(PARAM_LA57) ? 5 : 4,
    ad: has(PARAM_AD),
    pml: has(PARAM_PML),
    ringSize: kind.ringSize ?? 0,
    eagerPageSplit: has(PARAM_EAGER_PAGE_SPLIT),
    nxOptOut: has(PARAM_NX_OPT_OUT),
    mmioCaching: has(PARAM_MMIO_CACHING),
    maxHugeLevel: 3,
    hvaEnd: 1n << 47n,
  };
}

/** Of an errno, or of 0. */
function negated(errno: number): number {
  return errno === 0 ? 0 : -errno;
}

/** Equal, told by the first page that is not. */
function expectSameLog(what: string, found: Uint8Array | number | undefined, expected: Uint8Array | undefined): void {
  if (!(found instanceof Uint8Array) || expected === undefined) {
    expect(found, what).toBe(expected);
    return;
  }
  if (Buffer.compare(found, expected) === 0) return;
  const page = expected.findIndex((dirty, i) => dirty !== found[i]);
  expect.fail(`${what}: page 0x${page.toString(16)} is ${found[page]} in core, ${expected[page]} in the oracle`);
}

function isSameLine(a: DumpLine, b: DumpLine | undefined): boolean {
  return (
    b !== undefined &&
    a.spte === b.spte &&
    a.gfn === b.gfn &&
    a.level === b.level &&
    a.asId === b.asId &&
    a.guestMode === b.guestMode
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
