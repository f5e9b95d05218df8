/** The list of all VMs (System.vmHead), under vmLock. */

import { System, SYSTEM_BASE, system } from "../layout/system";
import { Vm } from "../layout/vm";
import { remoteFlush } from "../sync/guest_mode";
import { spinLock, spinUnlock } from "../sync/spinlock";

const VM_LIST_LOCK: usize = SYSTEM_BASE + offsetof<System>("vmLock");

/** @takes vmLock */
export function vmLink(vm: Vm): void {
  spinLock(VM_LIST_LOCK);
  vm.next = system().vmHead;
  system().vmHead = <u32>changetype<usize>(vm);
  spinUnlock(VM_LIST_LOCK);
}

/** @takes vmLock */
export function vmUnlink(vm: Vm): void {
  const address = <u32>changetype<usize>(vm);
  spinLock(VM_LIST_LOCK);
  let link: usize = SYSTEM_BASE + offsetof<System>("vmHead");
  while (load<u32>(link) != 0 && load<u32>(link) != address) link = load<u32>(link) + offsetof<Vm>("next");
  if (load<u32>(link) == address) store<u32>(link, vm.next);
  spinUnlock(VM_LIST_LOCK);
}

/**
 * Flushes the TLBs of every vCPU of every VM, as remoteFlush does of one. The caller is OUTSIDE of the guest. Under the
 * list's lock nobody can take a VM away; whoever is waited for needs no lock to leave the guest.
 * @takes vmLock
 */
export function vmsFlush(): void {
  spinLock(VM_LIST_LOCK);
  for (let p: usize = system().vmHead; p != 0; p = changetype<Vm>(p).next) remoteFlush(changetype<Vm>(p));
  spinUnlock(VM_LIST_LOCK);
}
