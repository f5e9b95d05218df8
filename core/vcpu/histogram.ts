/** Fault latencies of one vCPU, recorded by its own thread; read by anybody, at worst one sample behind. Format: layout/histogram. */

import { hostNow } from "../layout/host";
import { histogramBucket } from "../layout/histogram";
import { Vcpu } from "../layout/vcpu";

/** Starts timing a fault, unless the access has faulted before and is still waiting. */
export function faultTimingStart(vcpu: Vcpu): void {
  if (vcpu.faultStartNs == 0) vcpu.faultStartNs = hostNow();
}

/** The access can go on: records the time since it first faulted. */
export function faultTimingEnd(vcpu: Vcpu): void {
  const elapsed = hostNow() - vcpu.faultStartNs;
  vcpu.faultStartNs = 0;
  const ns = elapsed > 0 ? <u64>elapsed : 0;
  const counter = vcpu.histogram + histogramBucket(ns) * 8;
  store<u64>(counter, load<u64>(counter) + 1);
  vcpu.faultTotalNs += ns;
  if (ns > vcpu.faultMaxNs) vcpu.faultMaxNs = ns;
}
