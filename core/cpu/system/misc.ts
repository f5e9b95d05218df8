/** HLT, time stamps, cache and monitor instructions, access control bits, extended control registers, protection keys. */

import { KVM_EXIT_HLT } from "../../layout/exits";
import { Vcpu } from "../../layout/vcpu";
import { EXEC_NEXT, EXEC_REFETCH, EXEC_STOP, Op } from "../../layout/x86_op";
import { CR4_OSXSAVE, CR4_PCE, CR4_PKE, CR4_TSD, FLAG_AC, FLAG_IF, X86 } from "../../layout/x86";
import { CPUID_XSAVE_LEAF, cpuidQuery } from "../cpuid";
import { raiseGp, raiseUd } from "../exceptions";
import { msrRead, msrWrite, tscRead } from "../msr";
import { regWrite } from "../operands";
import { privilegeChanged } from "../privilege";
import { opNextRip } from "../rip";

/** XCR0's bits: x87 must be set, AVX asks for SSE. */
const XCR0_X87: u64 = 1;
const XCR0_SSE: u64 = 2;
const XCR0_AVX: u64 = 4;

export function hlt(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseGp(c, 0);
  c.rip = opNextRip(c, op);
  // What would wake it is there already.
  if (c.nmiPending != 0 || c.smiPending != 0 || (c.irqPending != 0 && (c.flags & FLAG_IF) != 0)) return EXEC_REFETCH;
  changetype<Vcpu>(c.vcpu).exitReason = KVM_EXIT_HLT;
  return EXEC_STOP;
}

/** EDX:EAX. */
function pairWrite(c: X86, value: u64): i32 {
  c.rax = value & 0xffffffff;
  c.rdx = value >> 32;
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
function pairRead(c: X86): u64 {
  return (c.rax & 0xffffffff) | (c.rdx << 32);
}

export function rdtsc(c: X86, op: Op): i32 {
  if ((c.cr4 & CR4_TSD) != 0 && c.cpl != 0) return raiseGp(c, 0);
  return pairWrite(c, tscRead(c, op.count));
}

export function rdtscp(c: X86, op: Op): i32 {
  if ((c.cr4 & CR4_TSD) != 0 && c.cpl != 0) return raiseGp(c, 0);
  c.rcx = c.tscAux & 0xffffffff;
  return pairWrite(c, tscRead(c, op.count));
}

export function rdpid(c: X86, op: Op): i32 {
  regWrite<u64>(c, op.rm, c.tscAux);
  return EXEC_NEXT;
}

/** There are no performance counters. */
export function rdpmc(c: X86, op: Op): i32 {
  if ((c.cr4 & CR4_PCE) == 0 && c.cpl != 0) return raiseGp(c, 0);
  return raiseGp(c, 0);
}

export function rdmsr(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseGp(c, 0);
  if (!msrRead(c, <u32>c.rcx, op.count)) return raiseGp(c, 0);
  return pairWrite(c, c.value0);
}

export function wrmsr(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseGp(c, 0);
  if (!msrWrite(c, <u32>c.rcx, pairRead(c), op.count)) return raiseGp(c, 0);
  c.rip = opNextRip(c, op);
  return EXEC_REFETCH;
}

export function cpuid(c: X86, op: Op): i32 {
  cpuidQuery(c, <u32>c.rax, <u32>c.rcx);
  c.rax = c.value0;
  c.rbx = c.value1;
  c.rcx = c.value2;
  c.rdx = c.value3;
  return EXEC_NEXT;
}

/** WBINVD, INVD: caches are coherent here. */
export function wbinvd(c: X86, op: Op): i32 {
  return c.cpl != 0 ? raiseGp(c, 0) : EXEC_NEXT;
}

export function monitor(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseUd(c);
  return <u32>c.rcx != 0 ? raiseGp(c, 0) : EXEC_NEXT;
}

/** May end its wait at any time: at once. */
export function mwait(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseUd(c);
  return (c.rcx & 0xfffffffe) != 0 ? raiseGp(c, 0) : EXEC_NEXT;
}

export function stac(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseUd(c);
  c.flags |= FLAG_AC;
  privilegeChanged(c);
  return EXEC_NEXT;
}

export function clac(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseUd(c);
  c.flags &= ~FLAG_AC;
  privilegeChanged(c);
  return EXEC_NEXT;
}

export function rdpkru(c: X86, op: Op): i32 {
  if ((c.cr4 & CR4_PKE) == 0) return raiseUd(c);
  if (<u32>c.rcx != 0) return raiseGp(c, 0);
  return pairWrite(c, c.pkru);
}

export function wrpkru(c: X86, op: Op): i32 {
  if ((c.cr4 & CR4_PKE) == 0) return raiseUd(c);
  if (<u32>c.rcx != 0 || <u32>c.rdx != 0) return raiseGp(c, 0);
  c.pkru = c.rax & 0xffffffff;
  privilegeChanged(c);
  return EXEC_NEXT;
}

export function xgetbv(c: X86, op: Op): i32 {
  if ((c.cr4 & CR4_OSXSAVE) == 0) return raiseUd(c);
  // ECX = 1, the components in use, comes with XSAVEC.
  if (<u32>c.rcx > 1) return raiseGp(c, 0);
  return pairWrite(c, c.xcr0);
}

/** Whether the processor can manage the state components of `value` together (Intel SDM, "XSETBV"). */
export function xcr0IsValid(c: X86, value: u64): bool {
  cpuidQuery(c, CPUID_XSAVE_LEAF, 0);
  const supported = c.value0 | (c.value3 << 32);
  if ((value & ~supported) != 0 || (value & XCR0_X87) == 0) return false;
  return (value & (XCR0_AVX | XCR0_SSE)) != XCR0_AVX;
}

export function xsetbv(c: X86, op: Op): i32 {
  if ((c.cr4 & CR4_OSXSAVE) == 0) return raiseUd(c);
  if (c.cpl != 0 || <u32>c.rcx != 0) return raiseGp(c, 0);
  const value = pairRead(c);
  if (!xcr0IsValid(c, value)) return raiseGp(c, 0);
  c.xcr0 = value;
  return EXEC_NEXT;
}
