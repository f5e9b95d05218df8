/** Lab builds: tells the monitor (core/lab) what happens, by an index that it registered. Always inside `if (LAB)`. */

import { LAB_BASE, Lab, lab } from "../layout/lab";

/** Reports event `kind` (LAB_* of layout/lab.ts) with its arguments. The monitor may end the execution by bug(). */
export function labEvent(kind: u32, a: u64, b: u64, c: u64, d: u64, e: u64): void {
  const monitor = lab().monitor;
  if (monitor == 0) return;
  // What the monitor does is no step of the machine: its reads are not reported.
  store<u32>(LAB_BASE + offsetof<Lab>("quiet"), 1);
  call_indirect<void>(monitor, kind, a, b, c, d, e);
  store<u32>(LAB_BASE + offsetof<Lab>("quiet"), 0);
}
