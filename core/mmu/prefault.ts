/** KVM_PRE_FAULT_MEMORY: maps what the vCPU has not touched yet, as if it had read it. */

import { EAGAIN, EINVAL, EIO, ENOENT } from "../layout/errno";
import { PFERR_USER, RET_PF_EMULATE, RET_PF_FIXED, RET_PF_RETRY, RET_PF_SPURIOUS } from "../layout/exits";
import { KVM_MEMSLOT_INVALID } from "../layout/memslot";
import { FAULT_PREFETCH } from "../layout/mmu_walk";
import { Gpa, PAGE_SHIFT, pagesPerLevel } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { spinHint } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { thisCpu } from "../sync/this_cpu";
import { checkDead } from "../sync/wait";
import { walkToLeaf } from "./fast_fault";
import { faultInit, tdpPageFault } from "./fault";
import { memslotFind } from "./memslot";
import { mmuFreeObsoleteRoots, mmuReload } from "./mmu";
import { thisFault } from "./mmu_lock";
import { isLeaf } from "./spte";

/**
 * Maps [gpa, gpa + size) of address space 0, in bytes, both multiples of 4096. The vCPU does not run; its own thread,
 * or one that has claimed it, calls. Stops at the first page that cannot be mapped.
 * @ret bytes mapped (0 < n <= size), or, if none: -EINVAL; -ENOENT: no slot; -EAGAIN: the slot is being deleted or
 * moved, or a pager must be waited for (Vcpu.pagerRequest); -EFAULT, -ENOMEM
 */
export function prefault(vcpu: Vcpu, gpa: Gpa, size: u64): i64 {
  if (size == 0 || ((gpa | size) & 0xfff) != 0 || gpa + size < gpa) return -EINVAL;
  vcpu.pagerRequest = 0;
  let done: u64 = 0;
  while (done < size) {
    mmuFreeObsoleteRoots(vcpu);
    if (vcpu.root == 0) {
      const r = mmuReload(vcpu);
      if (r != 0) return done != 0 ? <i64>done : r;
    }
    epochEnter();
    const r = prefaultOne(vcpu, gpa + done);
    epochExit();
    if (r == RET_PF_RETRY) {
      checkDead();
      spinHint(changetype<usize>(vcpu));
      continue;
    }
    if (r < 0) return done != 0 ? <i64>done : r;
    const level = <u32>thisCpu().ret2;
    const bytes = pagesPerLevel(level) << PAGE_SHIFT;
    done = ((gpa + done) & ~(bytes - 1)) + bytes - gpa;
  }
  return size;
}

/** Maps one page. @epoch @ret RET_PF_FIXED (ret2 = its level), RET_PF_RETRY, or negative errno */
function prefaultOne(vcpu: Vcpu, gpa: Gpa): i32 {
  const vm = changetype<Vm>(vcpu.vm);
  const slot = memslotFind(vm, vcpu.asId, gpa >> PAGE_SHIFT);
  if (slot === null) return -ENOENT;
  // Retrying would keep the update waiting for this very section.
  if ((slot.flags & KVM_MEMSLOT_INVALID) != 0) return -EAGAIN;
  const f = thisFault();
  faultInit(vm, f, gpa, PFERR_USER);
  f.flags |= FAULT_PREFETCH;
  const r = tdpPageFault(vcpu, f);
  if (r == RET_PF_EMULATE) return -ENOENT;
  if (r == RET_PF_RETRY || r < 0) return r;
  if (r != RET_PF_FIXED && r != RET_PF_SPURIOUS) return -EIO;
  // How much is mapped is known only from the entry; it may be gone again already.
  if (walkToLeaf(vcpu, gpa >> PAGE_SHIFT) == 0 || !isLeaf(thisCpu().ret1, <u32>thisCpu().ret2)) thisCpu().ret2 = 1;
  return RET_PF_FIXED;
}
