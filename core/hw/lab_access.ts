/** Lab builds: a guest access through a translation is a step at which others may run, and is shown to the monitor. */

import { LAB_ACCESS, LAB_BASE } from "../layout/lab";
import { HW_WRITE } from "../layout/hw";
import { Vcpu } from "../layout/vcpu";
import { HOOK_LOAD, HOOK_STORE } from "../layout/hook";
import { labHook } from "../sync/atomics";
import { labEvent } from "../trace/lab_event";

/**
 * The vCPU is about to access `gpa` at `pointer` (0: phantom memory), by HW_* kind `access`, through a translation it
 * has in hand. Calls' ends store to the lab's time word: that orders them with accesses.
 */
export function labAccess(vcpu: Vcpu, gpa: u64, pointer: usize, access: u32): void {
  labHook(HOOK_LOAD, LAB_BASE);
  if (pointer != 0) labHook((access & HW_WRITE) != 0 ? HOOK_STORE : HOOK_LOAD, pointer);
  labEvent(LAB_ACCESS, changetype<usize>(vcpu), gpa, pointer, access, 0);
}
