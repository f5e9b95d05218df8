/** Reading a VM's counters, which each CPU has a part of. */

import { system } from "../layout/system";
import { Vm, VMCPU_STRIDE } from "../layout/vm";
import { aload64 } from "../sync/atomics";

/** Sum over all CPUs of the VmCpu counter at byte `offset`. Exact while nobody changes it. */
export function vmCounter(vm: Vm, offset: usize): u64 {
  let sum: u64 = 0;
  for (let id: u32 = 0; id < system().nCpus; id++) sum += aload64(<usize>vm.perCpu + id * VMCPU_STRIDE + offset);
  return sum;
}
