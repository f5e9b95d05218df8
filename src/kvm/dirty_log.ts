/** KVM_GET_DIRTY_LOG and KVM_CLEAR_DIRTY_LOG: their arguments, and why they may be refused. */
import { PAGE_SIZE } from "../abi/index.js";
import type { DirtyBitmap } from "./dirty_bitmap.js";
import { KvmError } from "./errors.js";
import type { Region } from "./memory_region.js";
import { hex, integer } from "./values.js";

/** Argument of Vm.clearDirtyLog: struct kvm_clear_dirty_log. */
export interface ClearDirtyLogOptions {
  /** Slot number with its address space, see slotId(). */
  slot: number;
  /** The pages to clear, among those of [firstPage, firstPage + numPages): what getDirtyLog(slot) gave, or a part of it. */
  bitmap: DirtyBitmap;
  /** A multiple of 64. Default 0. */
  firstPage?: number;
  /** A multiple of 64 unless it reaches the slot's end. Default: to the slot's end. */
  numPages?: number;
}

/** Pages that can be logged in one word: what clearing is aligned to. */
const WORD_PAGES = 64;

export function slotPages({ size }: Region): number {
  return Number(size / BigInt(PAGE_SIZE));
}

/** Checks what to clear of `region`. */
export function checkClear(
  { bitmap, firstPage = 0, numPages }: ClearDirtyLogOptions,
  region: Region,
): { firstPage: number; numPages: number } {
  const pages = slotPages(region);
  if (bitmap.slot !== region.slot || bitmap.numPages !== pages) {
    const text = `The bitmap is of slot ${hex(bitmap.slot)} with ${bitmap.numPages} pages, not of slot ${hex(region.slot)} with ${pages}; use what getDirtyLog(${hex(region.slot)}) gives.`;
    throw new KvmError("EINVAL", text);
  }
  integer(firstPage, "firstPage", 0, pages);
  const count = integer(numPages ?? pages - firstPage, "numPages", 0, pages - firstPage);
  if (firstPage % WORD_PAGES !== 0 || (count % WORD_PAGES !== 0 && firstPage + count !== pages)) {
    const text = `The pages from ${firstPage} on, ${count} of them: firstPage must be a multiple of 64, and numPages too unless it reaches the slot's end at ${pages}.`;
    throw new KvmError("EINVAL", text);
  }
  return { firstPage, numPages: count };
}

/** There is no such slot: what KVM says of it. */
export function noSlot(slot: number): KvmError {
  return new KvmError("ENOENT", `There is no slot ${hex(slot)}; make it with setUserMemoryRegion().`);
}

/** Why core refused to read or clear the log of `slot`. */
export function explainDirtyLog(slot: number, { code }: KvmError): string {
  switch (code) {
    case "ENOENT":
      return `Slot ${hex(slot)} is not logged; set KVM_MEM_LOG_DIRTY_PAGES in its flags.`;
    case "ENOMEM":
      return `There is no memory left for the pages of slot ${hex(slot)}, a bit each; open the System with more.`;
    case "ENXIO":
      return NO_BITMAP;
    default:
      return `The dirty log of slot ${hex(slot)} could not be used.`;
  }
}

/** ENXIO's sentence. */
export const NO_BITMAP =
  "This VM logs to dirty rings: use vcpu.dirtyRing, or enable KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP for what no vCPU writes.";
