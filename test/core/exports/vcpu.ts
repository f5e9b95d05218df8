/** Probes of core/vcpu: its pure functions, and what stands in for other CPUs. */

import { ProgOp } from "../../../core/layout/access_program";
import { histogramBucket } from "../../../core/layout/histogram";
import { Vcpu } from "../../../core/layout/vcpu";
import { requestMake } from "../../../core/sync/guest_mode";
import { programGpa, programValue, truncateTo } from "../../../core/vcpu/program";

export function probeProgramGpa(op: usize, i: u64, seed: u64): u64 {
  return programGpa(changetype<ProgOp>(op), i, seed);
}

export function probeProgramValue(op: usize, gpa: u64, stamp: u64): u64 {
  return truncateTo(programValue(changetype<ProgOp>(op), gpa, stamp), changetype<ProgOp>(op).sizeLog2);
}

export function probeHistogramBucket(value: u64): u32 {
  return histogramBucket(value);
}

export function probeRequest(vcpu: usize, bit: u32): void {
  requestMake(changetype<Vcpu>(vcpu), bit);
}
