/**
 * The access ops' loops: what a guest's memory instructions are made of, in hw/access's terms. A TLB hit costs a lookup
 * and the access; a miss walks; a violation leaves the guest, has the MMU mend it, and
 * repeats the iteration; what the run loop must see leaves with STEP_LEFT and the iteration in Vcpu.progIter.
 *
 * State lives in locals and is written back once, on leaving. Pointers from the TLB are good until the vCPU next looks at
 * its requests: it does so before each access, and never inside one.
 */

import { LAB } from "../layout/build";
import { PROG_CHECK, PROG_ORDER_MASK, PROG_VALUE_GPA, ProgOp } from "../layout/access_program";
import { HW_OK, HW_READ, HW_WRITE } from "../layout/hw";
import { Gpa } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { hwFetch, hwReadSlow, hwWriteSlow } from "../hw/access";
import { labAccess } from "../hw/lab_access";
import { codeFrameStored } from "../mm/code_frame";
import { hwPointer, hwTranslate } from "../hw/second_dimension";
import { tlbHitRead, tlbHitWrite } from "../hw/tlb";
import { hasRequests } from "../sync/guest_mode";
import { thisCpu } from "../sync/this_cpu";
import { faultInGuest } from "./fault";
import { programPosition, programValue, programValueBase, truncateTo } from "./program";
import { STEP_NEXT, STEP_REQUEST } from "./steps";

/** Iterations [Vcpu.progIter, this) of the op are to be done: all that are left, or one that was deferred. */
// @ts-ignore: decorator
@inline
export function accessEnd(vcpu: Vcpu, op: ProgOp): u64 {
  return vcpu.progIsDeferred != 0 ? vcpu.progIter + 1 : op.count;
}

/** Writes the loop's state back. */
// @ts-ignore: decorator
@inline
function leave(vcpu: Vcpu, first: u64, i: u64, status: i32): i32 {
  vcpu.progIter = i;
  vcpu.progAccesses += i - first;
  return status;
}

export function accessReads<T>(vcpu: Vcpu, op: ProgOp): i32 {
  const isSequential = (op.flags & PROG_ORDER_MASK) == 0;
  const isChecked = (op.flags & PROG_CHECK) != 0;
  const n = accessEnd(vcpu, op);
  const first = vcpu.progIter;
  let status = STEP_NEXT;
  let value: T = <T>vcpu.progLastValue;
  let gpa = op.gpa + first * op.stride;
  let i = first;
  for (; i < n; i++) {
    if (hasRequests(vcpu)) {
      status = STEP_REQUEST;
      break;
    }
    if (!isSequential) gpa = op.gpa + <u64>programPosition(op, i, vcpu.progState) * op.stride;
    const p = tlbHitRead(vcpu, gpa, sizeof<T>());
    if (p != 0) {
      if (LAB) labAccess(vcpu, gpa, p, HW_READ);
      value = load<T>(p);
    } else if (hwReadSlow(vcpu, gpa, sizeof<T>(), HW_READ) == HW_OK) value = <T>thisCpu().ret0;
    else {
      status = faultInGuest(vcpu);
      if (status != STEP_NEXT) break;
      i--;
      continue;
    }
    if (isChecked) accessCheck(vcpu, op, gpa, <u64>value);
    gpa += op.stride;
  }
  vcpu.progLastValue = <u64>value;
  return leave(vcpu, first, i, status);
}

export function accessWrites<T>(vcpu: Vcpu, op: ProgOp): i32 {
  const isSequential = (op.flags & PROG_ORDER_MASK) == 0;
  const gpaTerm: u64 = (op.flags & PROG_VALUE_GPA) != 0 ? ~0 : 0;
  const value = programValueBase(op, vcpu.progStamp);
  const n = accessEnd(vcpu, op);
  const first = vcpu.progIter;
  let status = STEP_NEXT;
  let gpa = op.gpa + first * op.stride;
  let i = first;
  for (; i < n; i++) {
    if (hasRequests(vcpu)) {
      status = STEP_REQUEST;
      break;
    }
    if (!isSequential) gpa = op.gpa + <u64>programPosition(op, i, vcpu.progState) * op.stride;
    const p = tlbHitWrite(vcpu, gpa, sizeof<T>());
    if (p != 0) {
      if (LAB) labAccess(vcpu, gpa, p, HW_WRITE);
      store<T>(p, <T>(value + (gpa & gpaTerm)));
    } else if (hwWriteSlow(vcpu, gpa, sizeof<T>(), value + (gpa & gpaTerm), 0) != HW_OK) {
      status = faultInGuest(vcpu);
      if (status != STEP_NEXT) break;
      i--;
      continue;
    }
    gpa += op.stride;
  }
  return leave(vcpu, first, i, status);
}

/** Locked adds. Operands are aligned (the loader checks), so none crosses a page, and wasm's atomics accept them. */
export function accessAdds<T>(vcpu: Vcpu, op: ProgOp): i32 {
  const isSequential = (op.flags & PROG_ORDER_MASK) == 0;
  const n = accessEnd(vcpu, op);
  const first = vcpu.progIter;
  let status = STEP_NEXT;
  let i = first;
  for (; i < n; i++) {
    if (hasRequests(vcpu)) {
      status = STEP_REQUEST;
      break;
    }
    const position = isSequential ? i : <u64>programPosition(op, i, vcpu.progState);
    if (addOne<T>(vcpu, op.gpa + position * op.stride, <T>op.value) != HW_OK) {
      status = faultInGuest(vcpu);
      if (status != STEP_NEXT) break;
      i--;
      continue;
    }
  }
  return leave(vcpu, first, i, status);
}

function addOne<T>(vcpu: Vcpu, gpa: Gpa, addend: T): i32 {
  const hit = tlbHitWrite(vcpu, gpa, sizeof<T>());
  if (hit != 0) {
    if (LAB) labAccess(vcpu, gpa, hit, HW_WRITE);
    vcpu.progLastValue = <u64>atomic.add<T>(hit, addend); // raw atomic: the guest's own
    return HW_OK;
  }
  const status = hwTranslate(vcpu, gpa, HW_READ | HW_WRITE);
  if (status != HW_OK) return status;
  const p = hwPointer();
  if (LAB) labAccess(vcpu, gpa, p, HW_WRITE);
  if (p == 0) return HW_OK; // phantom
  vcpu.progLastValue = <u64>atomic.add<T>(p, addend); // raw atomic: the guest's own
  codeFrameStored(<u64>p);
  return HW_OK;
}

export function accessFetches(vcpu: Vcpu, op: ProgOp): i32 {
  const isSequential = (op.flags & PROG_ORDER_MASK) == 0;
  const size: u32 = 1 << op.sizeLog2;
  const n = accessEnd(vcpu, op);
  const first = vcpu.progIter;
  let status = STEP_NEXT;
  let i = first;
  for (; i < n; i++) {
    if (hasRequests(vcpu)) {
      status = STEP_REQUEST;
      break;
    }
    const position = isSequential ? i : <u64>programPosition(op, i, vcpu.progState);
    if (hwFetch(vcpu, op.gpa + position * op.stride, size) != HW_OK) {
      status = faultInGuest(vcpu);
      if (status != STEP_NEXT) break;
      i--;
      continue;
    }
  }
  return leave(vcpu, first, i, status);
}

/** PROG_CHECK: counts a difference, and records the first. */
export function accessCheck(vcpu: Vcpu, op: ProgOp, gpa: Gpa, value: u64): void {
  const expected = truncateTo(programValue(op, gpa, vcpu.progStamp), op.sizeLog2);
  if (value == expected || vcpu.progMismatches++ != 0) return;
  vcpu.progBadGpa = gpa;
  vcpu.progBadValue = value;
  vcpu.progBadExpected = expected;
}
