/**
 * What the main side knows about the VMs and address spaces that exist: who depends on whom, and whether they may still
 * be used. The public classes are thin over these.
 */
import type { CallOwner } from "./control_client.js";
import type { RunEnd, VcpuWorker } from "./cpu_pool.js";
import type { Deferred } from "./deferred.js";
import type { KvmError, WorkerDiedError } from "./errors.js";
import type { Region } from "./memory_region.js";
import { Sequence } from "./sequence.js";

/** A host address space. Calls on it work for no VM in particular. */
export class SpaceLife implements CallOwner {
  readonly address = 0;
  /** Address of the Mm. */
  readonly mm: number;
  /** VMs that map it; they go first. */
  readonly vms = new Set<VmLife>();
  readonly pagers = new Set<number>();
  /** Pages have been stored since core was last told; it is being told. */
  hasStored = false;
  isEndingPageOuts = false;
  /** Why it cannot be used any more. */
  end: KvmError | undefined;

  constructor(mm: number) {
    this.mm = mm;
  }
}

/** A virtual machine. */
export class VmLife implements CallOwner {
  /** Address of the Vm. */
  readonly address: number;
  readonly space: SpaceLife;
  /** The address space is nobody else's: it lives and dies with the VM. */
  readonly ownsSpace: boolean;
  readonly vcpus: VcpuLife[] = [];
  /** The memory slots that core has, by their number with the address space. */
  readonly slots = new Map<number, Region>();
  /** Changes of slots, and what needs to know them: one at a time, in the order of the calls. */
  readonly slotCalls = new Sequence();
  /** KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP. */
  hasRingBitmap = false;
  /** Why it cannot be used any more. */
  end: KvmError | undefined;
  /** Set if it lost a worker: nothing of it in core may be touched again. */
  death: WorkerDiedError | undefined;

  constructor(address: number, space: SpaceLife, ownsSpace: boolean) {
    this.address = address;
    this.space = space;
    this.ownsSpace = ownsSpace;
  }
}

/** A run() under way. */
export interface Run {
  /** Rejecting it ends the caller's wait at once; the worker follows. */
  readonly outcome: Deferred<RunEnd>;
  /** Aborted to take it out of the queue for a worker. */
  readonly queue: AbortController;
  worker: VcpuWorker | undefined;
  /** Settles when the worker, if it had one, is free again. */
  readonly over: Deferred<void>;
}

/** A virtual CPU. */
export class VcpuLife {
  readonly address: number;
  readonly vm: VmLife;
  run: Run | undefined;
  /** Where it ran last: its data are warm there. */
  lastWorker: VcpuWorker | undefined;
  /** Data of the last exit, which the caller may have changed: the next run takes it. */
  answer: Uint8Array | undefined;
  /** A call that needs the vCPU at rest is under way. */
  isHeld = false;

  constructor(address: number, vm: VmLife) {
    this.address = address;
    this.vm = vm;
  }
}
