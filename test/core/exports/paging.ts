/** Probes of guest paging and of instructions' memory helpers. */
import { linearInit } from "../../../core/hw/linear_tlb";
import { EXC_NONE, X86 } from "../../../core/layout/x86";
import { Op } from "../../../core/layout/x86_op";
import { Vcpu } from "../../../core/layout/vcpu";
import { opAddress } from "../../../core/cpu/address";
import {
  fetchTranslate,
  memLockedPointer,
  memRead,
  memRead16,
  memReadForWrite,
  memTranslate,
  memWrite,
  memWrite16,
  memWriteBack,
  stackRead,
  stackWrite,
  sysRead,
  sysTranslate,
  sysWrite,
} from "../../../core/cpu/memory";
import { cr3Load, privilegeChanged } from "../../../core/cpu/privilege";

/** Makes the zeroed frame at `p` the X86 of `vcpu`, with a linear TLB at `block`. */
export function pagingProbeInit(p: usize, vcpu: usize, block: usize): void {
  const c = changetype<X86>(p);
  c.vcpu = <u32>vcpu;
  changetype<Vcpu>(vcpu).x86 = <u32>p;
  c.excVector = EXC_NONE;
  linearInit(c, block);
  privilegeChanged(c);
}
export function pagingProbeChanged(p: usize): void {
  privilegeChanged(changetype<X86>(p));
}
export function pagingProbeCr3(p: usize, value: u64): i32 {
  return cr3Load(changetype<X86>(p), value);
}
export function pagingProbeRead(p: usize, op: usize, lin: u64, size: u32): i32 {
  const c = changetype<X86>(p);
  const o = changetype<Op>(op);
  if (size == 1) return memRead<u8>(c, o, lin);
  if (size == 2) return memRead<u16>(c, o, lin);
  if (size == 4) return memRead<u32>(c, o, lin);
  if (size == 8) return memRead<u64>(c, o, lin);
  return memRead16(c, o, lin);
}
export function pagingProbeWrite(p: usize, op: usize, lin: u64, size: u32, low: u64, high: u64): i32 {
  const c = changetype<X86>(p);
  const o = changetype<Op>(op);
  if (size == 1) return memWrite<u8>(c, o, lin, <u8>low);
  if (size == 2) return memWrite<u16>(c, o, lin, <u16>low);
  if (size == 4) return memWrite<u32>(c, o, lin, <u32>low);
  if (size == 8) return memWrite<u64>(c, o, lin, low);
  return memWrite16(c, o, lin, low, high);
}
export function pagingProbeReadForWrite(p: usize, op: usize, lin: u64): i32 {
  return memReadForWrite<u64>(changetype<X86>(p), changetype<Op>(op), lin);
}
export function pagingProbeWriteBack(p: usize, op: usize, lin: u64, value: u64): i32 {
  return memWriteBack<u64>(changetype<X86>(p), changetype<Op>(op), lin, value);
}
export function pagingProbeLocked(p: usize, op: usize, lin: u64): i32 {
  return memLockedPointer<u64>(changetype<X86>(p), changetype<Op>(op), lin);
}
export function pagingProbeTranslate(p: usize, op: usize, lin: u64, size: u32, access: u32): i32 {
  return memTranslate(changetype<X86>(p), changetype<Op>(op), lin, size, access);
}
export function pagingProbeFetch(p: usize, lin: u64): i32 {
  return fetchTranslate(changetype<X86>(p), lin);
}
export function pagingProbeStackRead(p: usize, lin: u64): i32 {
  return stackRead<u64>(changetype<X86>(p), lin);
}
export function pagingProbeStackWrite(p: usize, lin: u64, value: u64): i32 {
  return stackWrite<u64>(changetype<X86>(p), lin, value);
}
export function pagingProbeSysRead(p: usize, lin: u64): i32 {
  return sysRead<u64>(changetype<X86>(p), lin);
}
export function pagingProbeSysWrite(p: usize, lin: u64, value: u64): i32 {
  return sysWrite<u64>(changetype<X86>(p), lin, value);
}
export function pagingProbeSysTranslate(p: usize, lin: u64, size: u32, access: u32): i32 {
  return sysTranslate(changetype<X86>(p), lin, size, access);
}
export function pagingProbeAddress(p: usize, op: usize, access: u32): u64 {
  return opAddress<u32>(changetype<X86>(p), changetype<Op>(op), access);
}
