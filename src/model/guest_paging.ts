/**
 * The guest's own paging, written down as the manual tells it (Intel SDM, "Paging"): slow, without caches, over any
 * memory. Linear address and access in; guest-physical address with the flags it sets, or a page fault, out.
 */
import { bit, bits, field } from "./bits.js";

export type GuestPagingMode = "none" | "32-bit" | "PAE" | "4-level" | "5-level";

/** What the control registers, and the processor, say. */
export interface GuestControls {
  mode: GuestPagingMode;
  /** CR0.WP. */
  writeProtect: boolean;
  /** EFER.NXE. */
  noExecute: boolean;
  smep: boolean;
  smap: boolean;
  /** CR4.PSE: 4 MiB pages of 32-bit paging. */
  pse: boolean;
  /** CR4.PKE. */
  keys: boolean;
  pkru: bigint;
  maxPhyAddr: number;
  /** CPUID: pages of 1 GiB. */
  page1g: boolean;
}

export interface GuestAccess {
  linear: bigint;
  read: boolean;
  write: boolean;
  fetch: boolean;
  /** By CPL 3; by a supervisor; by the processor itself, to a descriptor table or TSS. */
  by: "user" | "supervisor" | "system";
  /** EFLAGS.AC. */
  ac: boolean;
}

export interface GuestTables {
  cr3: bigint;
  /** PAE: the registers that MOV CR3 loaded. */
  pdptes: readonly bigint[];
  /** The entry of 4 or 8 bytes at a guest-physical address. */
  read(gpa: bigint, bytes: 4 | 8): bigint;
}

export type GuestOutcome =
  | {
      kind: "translation";
      gpa: bigint;
      /** Entries, and what they become. */
      updates: { gpa: bigint; bytes: 4 | 8; value: bigint }[];
    }
  | { kind: "fault"; error: number };

/** Bits of a page-fault error code. */
const P = 1;
const WR = 2;
const US = 4;
const RSVD = 8;
const ID = 16;
const PK = 32;

interface Step {
  gpa: bigint;
  bytes: 4 | 8;
  entry: bigint;
}

/** A page that a walk came to. */
interface Page {
  gpa: bigint;
  steps: Step[];
  /** Of all entries together. */
  writable: boolean;
  user: boolean;
  noExecute: boolean;
  key: number;
}

export function modelGuestWalk(controls: GuestControls, tables: GuestTables, access: GuestAccess): GuestOutcome {
  if (controls.mode === "none") return { kind: "translation", gpa: access.linear, updates: [] };
  const page = findPage(controls, tables, access.linear);
  if (typeof page === "number") return { kind: "fault", error: page | accessBits(controls, access) };
  const byKey = keyForbids(controls, access, page);
  if (byKey || !modeAllows(controls, access, page)) {
    return { kind: "fault", error: P | (byKey ? PK : 0) | accessBits(controls, access) };
  }
  const updates = page.steps.map(({ gpa, bytes, entry }, i) => {
    const isLast = i === page.steps.length - 1;
    return { gpa, bytes, value: entry | bit(5) | (isLast && access.write ? bit(6) : 0n) };
  });
  return { kind: "translation", gpa: page.gpa, updates };
}

/** The bits of an error code that describe the access. */
function accessBits(controls: GuestControls, access: GuestAccess): number {
  const pae = controls.mode !== "32-bit";
  const tellsFetches = controls.smep || (pae && controls.noExecute);
  return (access.write ? WR : 0) | (access.by === "user" ? US : 0) | (access.fetch && tellsFetches ? ID : 0);
}

/** "Determination of Access Rights". */
function modeAllows(controls: GuestControls, access: GuestAccess, page: Page): boolean {
  if (access.by === "user") {
    if (!page.user) return false;
    if (access.fetch && page.noExecute) return false;
    return !access.write || page.writable;
  }
  if (access.fetch) return !page.noExecute && !(controls.smep && page.user);
  if (page.user && controls.smap && (access.by === "system" || !access.ac)) return false;
  return !access.write || page.writable || !controls.writeProtect;
}

/** "Protection Keys": data accesses to user-mode addresses. */
function keyForbids(controls: GuestControls, access: GuestAccess, page: Page): boolean {
  const isLong = controls.mode === "4-level" || controls.mode === "5-level";
  if (!isLong || !controls.keys || access.fetch || !page.user) return false;
  const accessDisable = field(controls.pkru, page.key * 2, page.key * 2) === 1n;
  const writeDisable = field(controls.pkru, page.key * 2 + 1, page.key * 2 + 1) === 1n;
  if (accessDisable) return true;
  return writeDisable && access.write && (access.by === "user" || controls.writeProtect);
}

/** The page of `linear`, or an error code without the access's bits. */
function findPage(controls: GuestControls, tables: GuestTables, linear: bigint): Page | number {
  if (controls.mode === "32-bit") return findPage32(controls, tables, linear);
  let level = { PAE: 2, "4-level": 4, "5-level": 5, none: 0 }[controls.mode];
  let table = tables.cr3 & bits(51, 12);
  if (controls.mode === "PAE") {
    const pointer = tables.pdptes[Number(field(linear, 31, 30))] ?? 0n;
    if ((pointer & bit(0)) === 0n) return 0;
    table = pointer & bits(51, 12);
  }
  const page: Page = { gpa: 0n, steps: [], writable: true, user: true, noExecute: false, key: 0 };
  for (; ; level--) {
    const shift = 12 + 9 * (level - 1);
    const gpa = table + 8n * field(linear, shift + 8, shift);
    const entry = tables.read(gpa, 8);
    page.steps.push({ gpa, bytes: 8, entry });
    if ((entry & bit(0)) === 0n) return 0;
    const isPage = level === 1 || (level <= 3 && (entry & bit(7)) !== 0n);
    if ((entry & reservedBits(controls, level, isPage)) !== 0n) return P | RSVD;
    page.writable &&= (entry & bit(1)) !== 0n;
    page.user &&= (entry & bit(2)) !== 0n;
    page.noExecute ||= (entry & bit(63)) !== 0n;
    if (isPage) {
      page.gpa = (entry & bits(51, shift)) | field(linear, shift - 1, 0);
      page.key = Number(field(entry, 62, 59));
      return page;
    }
    table = entry & bits(51, 12);
  }
}

/** Reserved bits of a present 64-bit entry. */
function reservedBits(controls: GuestControls, level: number, isPage: boolean): bigint {
  // In PAE paging 62:52 are reserved too.
  let reserved = bits(controls.mode === "PAE" ? 62 : 51, controls.maxPhyAddr);
  if (!controls.noExecute) reserved |= bit(63);
  if (level >= 4) reserved |= bit(7);
  if (level === 3 && isPage) reserved |= controls.page1g ? bits(29, 13) : bit(7);
  if (level === 2 && isPage) reserved |= bits(20, 13);
  return reserved;
}

function findPage32(controls: GuestControls, tables: GuestTables, linear: bigint): Page | number {
  const pdeGpa = (tables.cr3 & bits(31, 12)) + 4n * field(linear, 31, 22);
  const pde = tables.read(pdeGpa, 4);
  if ((pde & bit(0)) === 0n) return 0;
  const steps: Step[] = [{ gpa: pdeGpa, bytes: 4, entry: pde }];
  const both = (entry: bigint, gpa: bigint): Page => ({
    gpa,
    steps,
    writable: (entry & bit(1)) !== 0n,
    user: (entry & bit(2)) !== 0n,
    noExecute: false,
    key: 0,
  });
  if ((pde & bit(7)) !== 0n && controls.pse) {
    const width = Math.min(40, controls.maxPhyAddr);
    if ((pde & bits(21, width - 19)) !== 0n) return P | RSVD;
    const address = (pde & bits(31, 22)) | (field(pde, 20, 13) << 32n);
    return both(pde, address | field(linear, 21, 0));
  }
  const pteGpa = (pde & bits(31, 12)) + 4n * field(linear, 21, 12);
  const pte = tables.read(pteGpa, 4);
  if ((pte & bit(0)) === 0n) return 0;
  steps.push({ gpa: pteGpa, bytes: 4, entry: pte });
  return both(pde & pte, (pte & bits(31, 12)) | field(linear, 11, 0));
}

/** Whether MOV CR3 may load `entry` as a page-directory pointer of PAE paging. */
export function modelPdpteIsLegal(entry: bigint, maxPhyAddr: number): boolean {
  const reserved = bits(2, 1) | bits(8, 5) | bits(63, maxPhyAddr);
  return (entry & bit(0)) === 0n || (entry & reserved) === 0n;
}
