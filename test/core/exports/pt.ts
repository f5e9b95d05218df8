/** Probes of core/pt: its pure functions over many entries in one call. Results are packed as the comments say. */

import {
  eptIsLeaf,
  eptIsMisconfigured,
  eptIsPresent,
  eptMemtype,
  eptPageAddress,
  eptPermissions,
  eptTableAddress,
} from "../../../core/pt/ept";
import {
  nptGrants,
  nptHasReserved,
  nptIsLeaf,
  nptIsPresent,
  nptPageAddress,
  nptPatIndex,
  nptPermissions,
  nptTableAddress,
} from "../../../core/pt/npt";
import { ptAddressFits, ptEntryOffset, ptOffsetMask } from "../../../core/pt/levels";

/** For each of the `n` entries at `entries`: u64 at `out`: bit 0 present, 1 leaf, 2 misconfigured, 5:3 permissions, 8:6 memory type. */
export function ptProbeEpt(entries: usize, n: u32, level: u32, maxPhyAddr: u32, hwFlags: u32, out: usize): void {
  for (let i: u32 = 0; i < n; i++) {
    const e = load<u64>(entries + (i << 3));
    let r = <u64>eptIsPresent(e) | ((<u64>eptIsLeaf(e, level)) << 1);
    r |= (<u64>eptIsMisconfigured(e, level, maxPhyAddr, hwFlags)) << 2;
    r |= ((<u64>eptPermissions(e)) << 3) | (eptMemtype(e) << 6);
    store<u64>(out + (i << 3), r);
  }
}

/** As ptProbeEpt for NPT: bit 2 a reserved bit is set, 8:6 PAT index. */
export function ptProbeNpt(entries: usize, n: u32, level: u32, maxPhyAddr: u32, hwFlags: u32, out: usize): void {
  for (let i: u32 = 0; i < n; i++) {
    const e = load<u64>(entries + (i << 3));
    let r = <u64>nptIsPresent(e) | ((<u64>nptIsLeaf(e, level)) << 1);
    r |= (<u64>nptHasReserved(e, level, maxPhyAddr, hwFlags)) << 2;
    r |= ((<u64>nptPermissions(nptGrants(e))) << 3) | ((<u64>nptPatIndex(e, level)) << 6);
    store<u64>(out + (i << 3), r);
  }
}

export function ptProbeEptTable(entry: u64): u64 {
  return eptTableAddress(entry);
}

export function ptProbeEptPage(entry: u64, level: u32): u64 {
  return eptPageAddress(entry, level);
}

export function ptProbeNptTable(entry: u64): u64 {
  return nptTableAddress(entry);
}

export function ptProbeNptPage(entry: u64, level: u32): u64 {
  return nptPageAddress(entry, level);
}

export function ptProbeEntryOffset(address: u64, level: u32): u32 {
  return <u32>ptEntryOffset(address, level);
}

export function ptProbeOffsetMask(level: u32): u64 {
  return ptOffsetMask(level);
}

export function ptProbeAddressFits(address: u64, levels: u32): u32 {
  return u32(ptAddressFits(address, levels));
}
