/**
 * Names for people: of core's bugs, of addresses of linear memory as things are there at the moment of asking, and of
 * what words hold.
 */
import * as abi from "../../abi/index.js";
import {
  type CoreMemory,
  CPU_BASE,
  CPU_STRIDE,
  Cpu,
  type Field,
  FRAME_ANON,
  FRAME_BYTES,
  FRAME_HOST_TABLE,
  FRAME_SPT,
  Frame,
  LAB_BASE,
  LOCK_WAITERS,
  Mm,
  MmuPage,
  MODE_IN_GUEST,
  RwLock,
  SpinLock,
  SYSTEM_BASE,
  SYSTEM_BYTES,
  SYSTEM_MAGIC,
  System,
  Vcpu,
  Vm,
} from "../../abi/index.js";

type Struct = Readonly<Record<string, Field>>;

function constants(prefix: string): (readonly [string, number])[] {
  return Object.entries(abi).flatMap(([name, value]) =>
    name.startsWith(prefix) && typeof value === "number" ? [[name, value] as const] : [],
  );
}

const BUG_NAMES = new Map(constants("BUG_").map(([name, value]) => [value, name]));
const REQUESTS = constants("REQ_");

/** SPTE bits that are the same in every format (core/mmu/spte.ts). */
const SPTE_NONPRESENT = 1n << 63n;
const SPTE_FROZEN = SPTE_NONPRESENT | 0x5a0n;
const SPTE_PRESENT = 1n << 11n;
const SPTE_WRITABLE = 2n;
const SPTE_LARGE = 1n << 7n;

const RWLOCK_WORDS = 4;

/** CoreBug as core/layout/bugs.ts numbers them. */
export function describeBug(code: number, a: bigint, b: bigint): string {
  return `${BUG_NAMES.get(code) ?? `BUG ${code}`} a=${hex(a)} b=${hex(b)}`;
}

function hex(value: bigint | number): string {
  return `0x${(typeof value === "bigint" ? BigInt.asUintN(64, value) : value).toString(16)}`;
}

/** What lies at an address. */
export interface Place {
  readonly name: string;
  /** How its words are to be read: "spte", a field's name, or "". */
  readonly kind: string;
  /** Of an SPTE. */
  readonly level?: number;
  readonly vm?: number;
}

export class NameMap {
  readonly #memory: CoreMemory;
  readonly #extra: ReadonlyMap<number, string>;

  constructor(memory: CoreMemory, extra: ReadonlyMap<number, string> | undefined) {
    this.#memory = memory;
    this.#extra = extra ?? new Map();
  }

  place(address: number): Place {
    const extra = this.#extra.get(address);
    if (extra !== undefined) return { name: extra, kind: "" };
    if (address < SYSTEM_BASE || this.#memory.get(SYSTEM_BASE, System.magic) !== SYSTEM_MAGIC)
      return { name: hex(address), kind: "" };
    return this.#controlPlace(address) ?? this.#objectPlace(address) ?? this.#framePlace(address);
  }

  /** System page, lab, CPU areas, frame metadata. */
  #controlPlace(address: number): Place | undefined {
    const { nCpus, frameMeta, memFrames } = System;
    const cpus = this.#memory.get(SYSTEM_BASE, nCpus);
    const meta = this.#memory.get(SYSTEM_BASE, frameMeta);
    if (address < SYSTEM_BASE + SYSTEM_BYTES) return fieldPlace("system", System, address - SYSTEM_BASE);
    if (address < CPU_BASE) return { name: `lab+${hex(address - LAB_BASE)}`, kind: "" };
    if (address < CPU_BASE + cpus * CPU_STRIDE) {
      const offset = address - CPU_BASE;
      return fieldPlace(`cpu${Math.floor(offset / CPU_STRIDE)}`, Cpu, offset % CPU_STRIDE);
    }
    if (address < meta || address >= meta + this.#memory.get(SYSTEM_BASE, memFrames) * FRAME_BYTES) return undefined;
    const offset = address - meta;
    return fieldPlace(`frame ${hex(Math.floor(offset / FRAME_BYTES))}`, Frame, offset % FRAME_BYTES);
  }

  /** Structs that are found by walking core's lists. */
  #objectPlace(address: number): Place | undefined {
    const memory = this.#memory;
    for (let vm = memory.get(SYSTEM_BASE, System.vmHead); vm !== 0; vm = memory.get(vm, Vm.next)) {
      const name = `vm${memory.get(vm, Vm.id)}`;
      const found = structPlace(name, Vm, abi.VM_SIZE, vm, address) ?? this.#vcpuPlace(vm, address);
      if (found !== undefined) return { ...found, vm };
    }
    for (let mm = memory.get(SYSTEM_BASE, System.mmHead); mm !== 0; mm = memory.get(mm, Mm.next)) {
      const found = structPlace(`mm${memory.get(mm, Mm.id)}`, Mm, abi.MM_SIZE, mm, address);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #vcpuPlace(vm: number, address: number): Place | undefined {
    const memory = this.#memory;
    for (let i = 0; i < memory.get(vm, Vm.vcpuCount); i++) {
      const vcpu = memory.view.getUint32(memory.get(vm, Vm.vcpus) + i * 4, true);
      const found = structPlace(`vcpu${memory.get(vcpu, Vcpu.id)}`, Vcpu, abi.VCPU_SIZE, vcpu, address);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** By the kind of the frame. */
  #framePlace(address: number): Place {
    const memory = this.#memory;
    const pfn = address >>> 12;
    const meta = memory.get(SYSTEM_BASE, System.frameMeta) + pfn * FRAME_BYTES;
    const kind = memory.get(meta, Frame.kind);
    if (kind === FRAME_SPT) return this.#sptePlace(memory.get(meta, Frame.owner), address);
    if (kind === FRAME_ANON) return { name: `guest memory ${hex(address)}`, kind: "" };
    if (kind === FRAME_HOST_TABLE) return { name: `host table ${hex(pfn)}[${(address & 0xfff) >>> 3}]`, kind: "" };
    return this.#pagePlace(address) ?? { name: hex(address), kind: "" };
  }

  #sptePlace(page: number, address: number): Place {
    const memory = this.#memory;
    const role = memory.get(page, MmuPage.role);
    const level = role & abi.ROLE_LEVEL_MASK;
    const index = BigInt((address & 0xfff) >>> 3);
    const gfn = memory.get(page, MmuPage.gfn) + (index << (9n * BigInt(level - 1)));
    const notes = [
      (role & abi.ROLE_SMM) !== 0 ? ", SMM" : "",
      (role & abi.ROLE_GUEST_MODE) !== 0 ? ", guest_mode" : "",
      (role & abi.ROLE_INVALID) !== 0 ? ", invalid" : "",
    ];
    const name = `spte gfn ${hex(gfn)} L${level} (table ${hex(address >>> 12)}${notes.join("")})`;
    return { name, kind: "spte", level, vm: memory.get(page, MmuPage.vm) };
  }

  /** A field of the MmuPage of some table. */
  #pagePlace(address: number): Place | undefined {
    const memory = this.#memory;
    const meta = memory.get(SYSTEM_BASE, System.frameMeta);
    for (let pfn = 0; pfn < memory.get(SYSTEM_BASE, System.memFrames); pfn++) {
      if (memory.get(meta + pfn * FRAME_BYTES, Frame.kind) !== FRAME_SPT) continue;
      const page = memory.get(meta + pfn * FRAME_BYTES, Frame.owner);
      const found = structPlace(`page of table ${hex(pfn)}`, MmuPage, abi.MMU_PAGE_SIZE, page, address);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What `value`, read at `place`, says. */
  value(place: Place, value: bigint): string {
    if (place.kind === "spte") return this.#spteValue(place, value);
    if (place.kind === "writer")
      return value % 0x80000000n === 0n ? "no writer" : `writer cpu${(value & 0xffffn) - 1n}`;
    if (place.kind === "word") {
      if (value === 0n) return "free";
      return `cpu${(value & 0xffffn) - 1n}${(value & BigInt(LOCK_WAITERS)) !== 0n ? ", others sleep" : ""}`;
    }
    if (place.kind === "mode") return value === BigInt(MODE_IN_GUEST) ? "IN_GUEST" : "OUTSIDE";
    if (place.kind === "requests") {
      const names = REQUESTS.filter(([, bit]) => (value & BigInt(bit)) !== 0n).map(([name]) => name.slice(4));
      return names.length === 0 ? "none" : names.join("|");
    }
    if (/^(readHeld|rwInvolved)/.test(place.kind) && value !== 0n)
      return this.place(Number(value)).name.replace(/\.writer$/, "");
    return value < 1000n ? String(value) : hex(value);
  }

  #spteValue({ level = 1, vm = 0 }: Place, spte: bigint): string {
    if (spte === SPTE_FROZEN) return "FROZEN";
    if ((spte & SPTE_PRESENT) === 0n) return spte === SPTE_NONPRESENT ? "nonpresent" : `MMIO ${hex(spte)}`;
    const pfn = hex((spte >> 12n) & 0xff_ffff_ffffn);
    if (level > 1 && (spte & SPTE_LARGE) === 0n) return `table ${pfn}`;
    const memory = this.#memory;
    const bits = [
      (spte & SPTE_WRITABLE) !== 0n ? " W" : (spte & memory.get(vm, Vm.mmuWritableMask)) !== 0n ? " (W)" : "",
      (spte & memory.get(vm, Vm.accessedMask)) !== 0n ? " A" : "",
      (spte & memory.get(vm, Vm.dirtyMask)) !== 0n ? " D" : "",
    ];
    return `leaf ${pfn}${bits.join("")}`;
  }
}

function structPlace(name: string, struct: Struct, size: number, at: number, address: number): Place | undefined {
  return address >= at && address < at + size ? fieldPlace(name, struct, address - at) : undefined;
}

function fieldPlace(name: string, struct: Struct, offset: number): Place {
  let best = "";
  let start = -1;
  for (const [field, { offset: at }] of Object.entries(struct)) {
    if (at <= offset && at > start) {
      best = field;
      start = at;
    }
  }
  const lock = /^(.*Lock)([1-3]?)$/.exec(best);
  if (lock !== null) return lockPlace(name, struct, lock[1] as string, Number(lock[2] || 0), offset - start);
  const rest = offset - start;
  if (best === "" || rest >= 8) return { name: `${name}+${hex(offset)}`, kind: "" };
  return { name: rest === 0 ? `${name}.${best}` : `${name}.${best}+${rest}`, kind: best };
}

/** A lock is embedded as one u64 (SpinLock) or four (RwLock). */
function lockPlace(name: string, struct: Struct, field: string, index: number, rest: number): Place {
  const isRw = `${field}${RWLOCK_WORDS - 1}` in struct;
  const offset = index * 8 + rest;
  const inner =
    Object.entries(isRw ? RwLock : SpinLock).find(([, { offset: at }]) => at === offset)?.[0] ?? hex(offset);
  return { name: `${name}.${field}.${inner}`, kind: inner };
}
