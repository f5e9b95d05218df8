/**
 * The oracle of one VM's TDP MMU: memory slots, roots by role, faults, zaps, notifiers, write protection; what the
 * tables must hold after each. One thread, no locks, no caches, every search from end to end. The host's side is a
 * function the caller gives. Legal outcomes of *concurrent* operations are not its business.
 */

import {
  ACC_ALL,
  type Access,
  allows,
  isAccessTracked,
  isLeaf,
  isMmio,
  isMmuWritable,
  isPresent,
  isWritable,
  type Masks,
  masksOf,
  WRITABLE,
} from "./mmu_bits.js";
import { ENOENT, isLogged, LogModel, MANUAL_PROTECT, type RingEntry, slotKey, type Writer } from "./mmu_log.js";
import {
  EINVAL,
  hvaOf,
  pagesPerLevel,
  permitsHugePage,
  READONLY,
  type Region,
  type Slot,
  type SlotChange,
  SlotModel,
} from "./mmu_memslots.js";
import { type GfnRange, type HandOver, type Role, RootsModel } from "./mmu_roots.js";
import { isMmioCurrent, makeLeaf, makeMmio, type PageTraits, restoreAccessTracked } from "./mmu_spte.js";
import { lowestEntry, maxGfnOf, type Place, type Table } from "./mmu_tables.js";
import type { AccessResult, Collected, FaultOutcome, HostLookup, HostPage, VmTraits } from "./mmu_traits.js";

interface Fault {
  readonly role: Role;
  readonly gfn: bigint;
  readonly write: boolean;
  readonly exec: boolean;
  readonly prefetch: boolean;
  readonly slot: Slot | undefined;
}

/** What a fault asks of the walk: the level to map at, the one that slot and host permit, whether execution forbids it. */
interface Wanted {
  readonly goal: number;
  readonly requested: number;
  readonly disallowed: boolean;
}

const MAX_FAULTS_PER_ACCESS = 8;

export class VmModel {
  readonly masks: Masks;
  readonly slots: SlotModel;
  readonly roots: RootsModel;
  readonly log: LogModel;
  /** The parameter nx_huge_pages, live. */
  nxHugePages = false;
  /** How often each gfn of a slot is write-tracked; gone with the slot. */
  readonly #tracked = new Map<number, Map<bigint, number>>();

  constructor(
    readonly traits: VmTraits,
    readonly host: HostLookup,
  ) {
    this.masks = masksOf(traits.format, traits.host);
    this.slots = new SlotModel({ maxGfn: maxGfnOf(traits.host.maxPhyAddr), hvaEnd: traits.hvaEnd });
    this.roots = new RootsModel(this.masks, traits.rootLevel, this.#adDisabled, () => this.#nxMitigated);
    this.log = new LogModel({ ringSize: traits.ringSize, pml: this.#hasPml });
  }

  get #adDisabled(): boolean {
    return this.traits.format === "ept" && !this.traits.ad;
  }

  get #hasPml(): boolean {
    return this.traits.pml && !this.#adDisabled;
  }

  get #nxMitigated(): boolean {
    return this.nxHugePages && !this.traits.nxOptOut;
  }

  /** The valid root of a role, made if there is none: what loading a vCPU's root does. */
  loadRoot(role: Role): Table {
    return this.roots.load(role);
  }

  #pageTraits(role: Role, level: number): PageTraits {
    const wrprotOnly = role.guestMode === 1 && this.#hasPml;
    return { level, adDisabled: this.#adDisabled, wrprotOnly, mayExecute: true };
  }

  // --- the guest's accesses ---

  /** One access of the guest: the processor's walk, the faults it takes, and the walk's own effects. */
  access(role: Role, gpa: bigint, access: Access): AccessResult {
    const faults: FaultOutcome[] = [];
    while (faults.length <= MAX_FAULTS_PER_ACCESS) {
      if (this.log.isRingFull) return { outcome: "ring-full", faults };
      const root = this.loadRoot(role);
      const place = lowestEntry(root, gpa >> 12n);
      const { spte } = place.entry;
      if (isPresent(spte) && allows(this.masks, spte, access)) {
        if (this.#touch(role, place, gpa >> 12n, access)) return { outcome: "done", faults };
        this.leaveGuest(role);
        continue;
      }
      // The guest is left: what the processor has logged goes where it belongs.
      this.leaveGuest(role);
      const reserved = isMmio(this.masks, spte);
      const present = !reserved && this.#hasPermission(spte);
      // A misconfiguration of EPT does not say what the access was; the next fault will.
      const reported = reserved && this.traits.format === "ept" ? "read" : access;
      const outcome = this.fault(role, gpa, reported, { present, reserved });
      faults.push(outcome);
      if (outcome === "emulate" || outcome === "write-protected") return { outcome: "emulate", faults };
      if (outcome === "efault") return { outcome: "efault", faults };
    }
    throw new Error(`the access to ${gpa.toString(16)} faults for ever: ${faults.join(", ")}`);
  }

  /** Any of R, W, X (EPT) or P (NPT): what makes the processor report the translation as present. */
  #hasPermission(spte: bigint): boolean {
    return isPresent(spte) && (["read", "write", "fetch"] as const).some((a) => allows(this.masks, spte, a));
  }

  /** The processor's own marks: Accessed, and Dirty on a write, which it may log. False: there is no room to log it. */
  #touch(role: Role, { table, gfn: base, entry }: Place, gfn: bigint, access: Access): boolean {
    if (this.#adDisabled) return true;
    const { spte } = entry;
    const sets = this.masks.accessed | (access === "write" ? this.masks.dirty : 0n);
    if (access === "write" && (spte & this.masks.dirty) === 0n && this.#isProcessorLogging(role)) {
      if (this.log.isPmlFull) return false;
      this.log.logByProcessor(gfn);
    }
    table.set(base, { spte: spte | sets });
    return true;
  }

  /** PML is on while any slot is logged, and off for a nested guest, whose addresses it would log. */
  #isProcessorLogging(role: Role): boolean {
    return this.#hasPml && role.guestMode === 0 && this.slots.all().some(isLogged);
  }

  /** The vCPU leaves the guest, in `role`: what the processor has logged is dirty. */
  leaveGuest(role: Role): void {
    for (const gfn of this.log.drain()) this.markDirty(this.slots.find(role.asId, gfn), gfn, "vcpu");
  }

  // --- faults ---

  /** kvm_mmu_page_fault: `present` and `reserved` as the processor reported them. */
  fault(role: Role, gpa: bigint, access: Access, how: { present: boolean; reserved: boolean }): FaultOutcome {
    const gfn = gpa >> 12n;
    const root = this.loadRoot(role);
    if (how.reserved) {
      const { spte } = lowestEntry(root, gfn).entry;
      if (!isMmio(this.masks, spte)) return "retry";
      if (isMmioCurrent(spte, this.slots.generations[role.asId] as bigint)) return "emulate";
    }
    const write = access === "write";
    const exec = access === "fetch";
    const slot = this.slots.find(role.asId, gfn);
    const fault: Fault = { role, gfn, write, exec, prefetch: false, slot };
    if (how.present && write && !how.reserved && this.isTracked(slot, gfn)) return "write-protected";
    const fast = how.reserved ? undefined : this.#fastFault(root, fault, access, how.present);
    return fast ?? this.#slowFault(root, fault);
  }

  /** Maps `gfn` before anybody asks for it (KVM_PRE_FAULT_MEMORY): as a read, not accessed. */
  prefetch(role: Role, gfn: bigint): FaultOutcome {
    const root = this.loadRoot(role);
    const fault: Fault = {
      role,
      gfn,
      write: false,
      exec: false,
      prefetch: true,
      slot: this.slots.find(role.asId, gfn),
    };
    return this.#fastFault(root, fault, "read", false) ?? this.#slowFault(root, fault);
  }

  /** Without the lock: only permissions the entry may have anyway are given back. */
  #fastFault(root: Table, fault: Fault, access: Access, present: boolean): FaultOutcome | undefined {
    const adOff = this.#pageTraits(fault.role, 1).adDisabled;
    if (!(present ? fault.write : adOff)) return undefined;
    const place = lowestEntry(root, fault.gfn);
    const { spte } = place.entry;
    if (!isPresent(spte)) return undefined;
    if (allows(this.masks, spte, access)) return "spurious";
    let fixed = spte;
    if (adOff && isAccessTracked(this.masks, spte)) fixed = restoreAccessTracked(this.masks, spte);
    if (fault.write && isMmuWritable(this.masks, spte)) {
      if (place.level > 1 && isLogged(fault.slot)) return undefined;
      fixed |= WRITABLE;
    }
    if (fixed === spte || !allows(this.masks, fixed, access)) return undefined;
    place.table.set(place.gfn, { spte: fixed });
    if (isWritable(fixed) && !isWritable(spte)) this.markDirty(fault.slot, fault.gfn, "vcpu");
    return "fixed";
  }

  #slowFault(root: Table, fault: Fault): FaultOutcome {
    const { slot } = fault;
    if (slot === undefined) return this.#mapMmio(root, fault);
    if (fault.write && (slot.flags & READONLY) !== 0) return "emulate";
    const page = this.host(hvaOf(slot, fault.gfn), fault.write);
    if (page === undefined) return "efault";
    return this.#mapPage(root, fault, slot, page);
  }

  #mapMmio(root: Table, fault: Fault): FaultOutcome {
    if (!this.traits.mmioCaching || fault.gfn >= this.slots.limits.maxGfn) return "emulate";
    const table = this.#descend(root, fault, {
      goal: 1,
      requested: 1,
      disallowed: fault.exec && this.#nxMitigated,
    }).table;
    const generation = this.slots.generations[fault.role.asId] as bigint;
    table.set(fault.gfn, { spte: makeMmio(this.masks, fault.gfn, ACC_ALL, generation) });
    return "emulate";
  }

  /** The level the slot, the host and the processor agree on. */
  #requestedLevel(fault: Fault, slot: Slot, page: HostPage): number {
    if (isLogged(slot)) return 1;
    return this.#greatestLevel(slot, fault.gfn, page);
  }

  #greatestLevel(slot: Slot, gfn: bigint, page: HostPage): number {
    let level = Math.min(this.traits.maxHugeLevel, 3);
    while (level > 1 && !(permitsHugePage(slot, gfn, level) && !this.#hasTracked(slot, gfn, level))) level--;
    return Math.min(level, page.level);
  }

  #mapPage(root: Table, fault: Fault, slot: Slot, page: HostPage): FaultOutcome {
    const disallowed = fault.exec && this.#nxMitigated;
    const requested = this.#requestedLevel(fault, slot, page);
    const { table, level } = this.#descend(root, fault, { goal: disallowed ? 1 : requested, requested, disallowed });
    const pages = pagesPerLevel(level);
    const gfn = fault.gfn - (fault.gfn % pages);
    const pfn = page.pfn - (fault.gfn % pages);
    const old = table.get(gfn);
    if (isLeaf(old.spte, level) && (fault.prefetch || allows(this.masks, old.spte, kindOfFault(fault))))
      return "spurious";
    const made = makeLeaf(this.masks, {
      page: this.#pageTraits(fault.role, level),
      access: ACC_ALL,
      pfn,
      oldSpte: old.spte,
      prefetch: fault.prefetch,
      hostWritable: page.writable && (slot.flags & READONLY) === 0,
      nxHugePages: this.#nxMitigated,
      canUnsync: !this.isTracked(slot, fault.gfn),
      logged: isLogged(slot),
    });
    if (made.spte === old.spte) return "spurious";
    this.roots.replace(fault.role.asId, { table, gfn, level, entry: old }, { spte: made.spte });
    if (made.marksDirty && !(isLeaf(old.spte, level) && isWritable(old.spte))) this.markDirty(slot, fault.gfn, "vcpu");
    return made.writeProtected && fault.write ? "write-protected" : "fixed";
  }

  /**
   * The table that holds the fault's entry at `goal`, made on the way; huge leaves on the way are split. One level lower
   * where a table stands that execution forced to be small.
   */
  #descend(root: Table, fault: Fault, want: Wanted): { table: Table; level: number } {
    let table = root;
    let level = want.goal;
    for (;;) {
      const entry = table.get(fault.gfn);
      if (this.#nxMitigated && table.level === level && level > 1 && entry.child?.nxHugePageDisallowed) level--;
      if (table.level === level) return { table, level };
      table = entry.child ?? this.#linkChild(table, fault, want);
    }
  }

  #linkChild(table: Table, { role, gfn }: Fault, { requested, disallowed }: Wanted): Table {
    const place = { table, gfn, level: table.level, entry: table.get(gfn) };
    const child = this.roots.linkChild(role.asId, place, disallowed);
    if (disallowed && requested >= table.level) this.roots.trackNx(role.asId, child);
    return child;
  }

  // --- the dirty log ---

  /** `writer` wrote `gfn`. */
  markDirty(slot: Slot | undefined, gfn: bigint, writer: Writer): void {
    if (slot !== undefined) this.log.mark(slot, gfn, writer);
  }

  /** KVM_GET_DIRTY_LOG. Without manual protection the log is emptied, and the pages in it are watched again. */
  getDirtyLog(slot: number): Collected {
    const found = this.#loggedSlot(slot);
    if (found === undefined) return { kind: "error", errno: ENOENT };
    const dirty = (this.log.bitmap(found) as Uint8Array).slice();
    if ((this.log.manual & MANUAL_PROTECT) === 0) this.#forget(found, 0, dirty.length, () => true);
    return { kind: "bitmap", dirty };
  }

  /** KVM_CLEAR_DIRTY_LOG of [first, first + count): the pages `isWanted`. 0 or an errno. */
  clearDirtyLog(slot: number, first: number, count: number, isWanted: (offset: number) => boolean): number {
    if (first % 64 !== 0) return EINVAL;
    const found = this.#loggedSlot(slot);
    if (found === undefined) return ENOENT;
    const nPages = Number(found.nPages);
    if (first > nPages || count > nPages - first) return EINVAL;
    if (count % 64 !== 0 && first + count !== nPages) return EINVAL;
    this.#forget(found, first, first + count, isWanted);
    return 0;
  }

  #loggedSlot(slot: number): Slot | undefined {
    return this.slots.all().find((s) => slotKey(s) === slot && isLogged(s));
  }

  #forget(slot: Slot, start: number, end: number, isWanted: (offset: number) => boolean): void {
    const { asId, baseGfn } = slot;
    const offsets = this.log.forget(slot, start, end, isWanted);
    for (let word = start; word < end; word += 64) {
      const gfns = offsets.filter((at) => at >= word && at < word + 64).map((at) => baseGfn + BigInt(at));
      const [first, last] = [gfns[0], gfns.at(-1)];
      if (first === undefined || last === undefined) continue;
      // A log that began with every page in it has left huge pages alone.
      if (this.log.initiallySet && this.traits.eagerPageSplit)
        this.roots.split({ asId, startGfn: first, endGfn: last + 1n }, 1);
      for (const gfn of gfns) this.#watch({ asId, startGfn: gfn, endGfn: gfn + 1n });
    }
  }

  /** Huge leaves lose W, small ones what says "dirty". */
  #watch(range: GfnRange): void {
    if (this.#hasPml) this.roots.clearDirty(range);
    this.roots.writeProtect(range, this.#hasPml ? 2 : 1);
  }

  /** KVM_RESET_DIRTY_RINGS: what was collected is watched again. Returns how many entries that were, or a negated errno. */
  resetRing(): number {
    if (this.traits.ringSize === 0) return -EINVAL;
    const taken = this.log.takeCollected();
    for (const entry of taken) this.#resetEntry(entry);
    return taken.length;
  }

  #resetEntry({ slot, offset }: RingEntry): void {
    const found = this.slots.all().find((s) => slotKey(s) === slot);
    if (found === undefined || offset >= found.nPages) return;
    const gfn = found.baseGfn + offset;
    this.#watch({ asId: found.asId, startGfn: gfn, endGfn: gfn + 1n });
  }

  // --- write tracking ---

  isTracked(slot: Slot | undefined, gfn: bigint): boolean {
    return slot !== undefined && (this.#tracked.get(slotKey(slot))?.get(gfn) ?? 0) > 0;
  }

  /** A gfn under the page of `level` at `gfn` is tracked: no such page. */
  #hasTracked(slot: Slot, gfn: bigint, level: number): boolean {
    const pages = pagesPerLevel(level);
    return [...(this.#tracked.get(slotKey(slot)) ?? [])].some(([g, n]) => n > 0 && g / pages === gfn / pages);
  }

  /** Begins to track writes to `gfn`. False: there is no slot. Huge leaves over it go, a 4 KiB one loses all writability. */
  trackAdd(asId: number, gfn: bigint): boolean {
    const slot = this.slots.find(asId, gfn);
    if (slot === undefined) return false;
    const counts = this.#tracked.get(slotKey(slot)) ?? new Map<bigint, number>();
    this.#tracked.set(slotKey(slot), counts.set(gfn, (counts.get(gfn) ?? 0) + 1));
    const range = { asId, startGfn: gfn, endGfn: gfn + 1n };
    this.roots.zapHuge(range);
    this.roots.writeProtectForGood(range);
    return true;
  }

  /** Takes one reason to track back. False: there is none. Permissions come back by faults. */
  trackRemove(asId: number, gfn: bigint): boolean {
    const slot = this.slots.find(asId, gfn);
    if (slot === undefined || !this.isTracked(slot, gfn)) return false;
    const counts = this.#tracked.get(slotKey(slot));
    counts?.set(gfn, (counts.get(gfn) ?? 0) - 1);
    return true;
  }

  // --- slots ---

  /**
   * KVM_SET_USER_MEMORY_REGION. Deleting and moving zap everything, as the default VM type does; logging that begins
   * makes what is mapped small and watched, logging that ends makes it huge again.
   */
  setUserMemoryRegion(region: Region): SlotChange {
    const change = this.slots.set(region);
    if (change.kind === "error" || change.kind === "none") return change;
    const slot = change.kind === "delete" ? change.old : change.slot;
    if (change.kind !== "flags") this.#tracked.delete(slotKey(slot));
    this.log.end(slot);
    if (change.kind !== "delete" && isLogged(slot)) this.log.begin(slot);
    if (change.kind === "delete" || change.kind === "move") this.zapAllFast();
    if (change.kind === "flags") this.#changeLogging(slot);
    return change;
  }

  #changeLogging(slot: Slot): void {
    const range = { asId: slot.asId, startGfn: slot.baseGfn, endGfn: slot.baseGfn + slot.nPages };
    if (!isLogged(slot)) {
      this.roots.recover(range, (gfn, level) => this.#mayBeHuge(slot, gfn, level));
      return;
    }
    if (this.log.initiallySet) return;
    if (this.traits.eagerPageSplit) this.roots.split(range, 1);
    this.#watch(range);
  }

  #mayBeHuge(slot: Slot, gfn: bigint, level: number): boolean {
    const page = this.host(hvaOf(slot, gfn), false);
    return page !== undefined && this.#greatestLevel(slot, gfn, page) >= level;
  }

  // --- zaps ---

  /** Invalidates every root; what was in them is gone. vCPUs get new ones when they enter. */
  zapAllFast(): void {
    this.roots.drop();
  }

  /** kvm_zap_gfn_range: both address spaces. */
  zapGfnRange(startGfn: bigint, endGfn: bigint): void {
    for (const asId of [0, 1]) this.roots.zap({ asId, startGfn, endGfn });
  }

  /** One period of NX recovery at `ratio`: a fraction of the tables that execution made gives way to huge pages again. */
  recoverNx(ratio: number): void {
    const count = ratio === 0 ? 0 : Math.ceil(this.roots.nxLpageSplits / ratio);
    for (let i = 0; i < count; i++) this.roots.recoverNx((asId, gfn) => isLogged(this.slots.find(asId, gfn)));
  }

  // --- the host's notifiers ---

  /** The gfns of each slot behind a range of host addresses. */
  #behind(startHva: bigint, endHva: bigint): GfnRange[] {
    return this.slots.all().flatMap(({ asId, hva, nPages, baseGfn }) => {
      const slotEnd = hva + (nPages << 12n);
      const start = startHva > hva ? startHva : hva;
      const end = endHva < slotEnd ? endHva : slotEnd;
      if (start >= end) return [];
      const startGfn = baseGfn + ((start - hva) >> 12n);
      return [{ asId, startGfn, endGfn: baseGfn + ((end - hva + 4095n) >> 12n) }];
    });
  }

  /** The host takes a range away: every leaf over it goes. */
  hostUnmap(startHva: bigint, endHva: bigint): void {
    for (const range of this.#behind(startHva, endHva)) this.roots.zap(range);
  }

  /** The host puts another frame in place. */
  changePte(hva: bigint, pfn: bigint, writable: boolean): void {
    for (const { asId, startGfn } of this.#behind(hva, hva + 4096n))
      this.roots.changePte(asId, startGfn, pfn, writable);
  }

  /** Forgets that a range was accessed. Returns 4 KiB pages of the leaves that had been. */
  age(startHva: bigint, endHva: bigint): bigint {
    return this.#behind(startHva, endHva).reduce((young, range) => young + this.roots.age(range), 0n);
  }

  /** Part of the range was accessed since it was last aged. */
  isYoung(startHva: bigint, endHva: bigint): boolean {
    return this.#behind(startHva, endHva).some((range) => this.roots.isYoung(range));
  }

  /** Accessed and Dirty that leaves have lost since the last call. */
  takeHandedOver(): HandOver[] {
    return this.roots.takeHandedOver();
  }

  /** 4 KiB pages of the leaf over `gfn`; 1 where there is none. */
  leafSize(role: Role, gfn: bigint): bigint {
    const place = lowestEntry(this.loadRoot(role), gfn);
    return isLeaf(place.entry.spte, place.level) ? pagesPerLevel(place.level) : 1n;
  }
}

function kindOfFault(fault: Fault): Access {
  if (fault.write) return "write";
  return fault.exec ? "fetch" : "read";
}
