/**
 * Writers against readers: a vCPU that faults all the time, while the host keeps taking pages away (notifier) or the VMM
 * keeps deleting a slot. The same under mmu_lock with distributed readers, as VMs have it, and with one reader count,
 * as the kernel's rwlock does: what distributed readers cost those who write.
 *
 * A writer looks at every CPU that ever was: `.416` is the writer's part alone, on a host whose CPUs are so many.
 */

import { PARAM_MMU_LOCK_CENTRAL, PROG_LOOP, PROG_ORDER_SHUFFLED, PROG_WRITE } from "../../abi/index.js";
import { MmuRig, PAGE_BYTES, type RigVm, VM_PARAMS } from "./mmu_rig.js";
import type { Stage } from "./mmu_stages.js";
import type { MmuCall } from "./mmu_worker.js";

/** What the vCPU writes to, and the storm takes away. */
const AREA_PAGES = 16_384;
/** Pages one notifier takes. */
const WINDOW_PAGES = 16;
const NOTIFIERS = AREA_PAGES / WINDOW_PAGES;
const DELETIONS = 10_000;
/** Times the whole area is taken away: long enough for both threads to be at work whatever else runs. */
const ROUNDS = 20;
const MANY_CPUS = 416;
/** Zaps of nothing: each takes and drops mmu_lock for write. */
const IDLE_WRITES = 20_000;

/** Each kind of mmu_lock: the parameters that choose it, and its figures. */
const LOCKS = [
  {
    params: VM_PARAMS,
    notifier: "mmu.mix.notifier.distributed",
    slotDelete: "mmu.mix.slotdelete.distributed",
    idle: "mmu.mix.idle.distributed",
    idleAmongMany: "mmu.mix.idle.distributed.416",
  },
  {
    params: VM_PARAMS | PARAM_MMU_LOCK_CENTRAL,
    notifier: "mmu.mix.notifier.central",
    slotDelete: "mmu.mix.slotdelete.central",
    idle: "mmu.mix.idle.central",
    idleAmongMany: "mmu.mix.idle.central.416",
  },
] as const;

/** The stages over an open rig. */
export async function makeMixStages(rig: MmuRig): Promise<Stage[]> {
  const stages: Stage[] = [];
  for (const lock of LOCKS) {
    const guest = await makeGuest(rig, lock.params);
    stages.push(
      mixStage(rig, lock.notifier, guest, notifierCalls(rig, guest.vm), ROUNDS),
      mixStage(rig, lock.slotDelete, guest, slotCalls(guest.vm), DELETIONS),
      idleStage(lock.idle, lock.params, 2),
      idleStage(lock.idleAmongMany, lock.params, MANY_CPUS),
    );
  }
  return stages;
}

interface Guest {
  readonly vm: RigVm;
  readonly vcpu: number;
}

async function makeGuest(rig: MmuRig, params: number): Promise<Guest> {
  const vm = await rig.slottedVm(rig.guestMiB, rig.plain.hva, rig.guestMiB, params);
  const write = { op: PROG_WRITE, count: AREA_PAGES, span: AREA_PAGES, stride: PAGE_BYTES, flags: PROG_ORDER_SHUFFLED };
  const forEver = { op: PROG_LOOP, count: 0xffffffff, stride: 0 };
  return { vm, vcpu: await rig.vcpu(vm, 0, [write, forEver]) };
}

/** Every page of the area given back once, window by window. */
function notifierCalls(rig: MmuRig, vm: RigVm): MmuCall[] {
  const bytes = BigInt(WINDOW_PAGES * PAGE_BYTES);
  return Array.from({ length: NOTIFIERS }, (_, i) => ({
    fn: "mmDontNeed",
    args: [rig.mm, vm.hva + BigInt(i) * bytes, bytes],
  }));
}

/** A slot beside the guest's memory made, and deleted: which zaps everything. */
function slotCalls(vm: RigVm): MmuCall[] {
  const set = (bytes: bigint): MmuCall => ({ fn: "memslotSet", args: [vm.address, 1, 0, vm.bytes, bytes, vm.hva] });
  return [set(BigInt(PAGE_BYTES)), set(0n)];
}

/** ns per call, and (`.guest`) per access of the vCPU meanwhile. */
function mixStage(rig: MmuRig, id: string, guest: Guest, calls: readonly MmuCall[], times: number): Stage {
  const pass = async (): Promise<Record<string, number>> => {
    await rig.demand("vmZapAll", guest.vm.address);
    const { ns, accesses } = await rig.storm(guest.vcpu, calls, times);
    if (accesses === 0) throw new Error("the vCPU made no access during the storm");
    return { [id]: ns / (calls.length * times), [`${id}.guest`]: ns / accesses };
  };
  return { ids: [id, `${id}.guest`], pass };
}

/** mmu_lock taken for write with nobody else there, ns, on a host of `cpus` CPUs. */
function idleStage(id: string, params: number, cpus: number): Stage {
  const pass = async (): Promise<Record<string, number>> => {
    await using rig = await MmuRig.open({
      guestMiB: 64,
      spareMiB: 0,
      cpuIds: [0, cpus - 1],
      resident: false,
      full: false,
    });
    const vm = await rig.vm(params);
    const zap: MmuCall = { fn: "vmZapGfnRange", args: [vm, 0n, 1n] };
    return { [id]: (await rig.repeat([zap], IDLE_WRITES)) / IDLE_WRITES };
  };
  return { ids: [id], pass, maxRuns: 5 };
}
