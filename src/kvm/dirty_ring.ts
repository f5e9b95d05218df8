/**
 * The dirty ring of a vCPU, as userspace sees it in KVM: core writes entries, this side takes them out in order, core makes
 * the room free again when asked to reset. The states of an entry's flags are 0 (free), DIRTY, RESET. Takes no lock, never waits.
 */
import {
  DIRTY_GFN_F_DIRTY,
  DIRTY_GFN_F_RESET,
  DIRTY_GFN_SHIFT,
  DIRTY_RING_MAX_ENTRIES,
  DirtyGfn as DirtyGfnStruct,
  Vcpu,
} from "../abi/index.js";
import type { Host } from "./host.js";
import type { VcpuLife } from "./lives.js";
import { integer } from "./values.js";

/** A page that a vCPU wrote: an entry of its dirty ring (struct kvm_dirty_gfn). */
export interface DirtyGfn {
  /** The slot's number, without the address space: 0 to 32763. */
  slot: number;
  /** The slot's address space: 0, or ADDRESS_SPACE_SMM. */
  asId: number;
  /** The page, counted from the slot's first. */
  offset: number;
}

/**
 * The dirty ring of one vCPU. harvest() at any time, also while the vCPU runs; then Vm.resetDirtyRings(), and *after* that
 * copy the pages: only from the reset on is the next write to such a page logged again. (KVM API: KVM_CAP_DIRTY_LOG_RING)
 */
export class DirtyRing {
  /** How many entries it has, a power of two. The run ends with `dirtyRingFull` somewhat before all are in use. */
  readonly size: number;
  readonly #host: Host;
  readonly #life: VcpuLife;
  /** Entries taken out so far, modulo 2^32. */
  #fetched = 0;

  /** @internal */
  constructor(host: Host, life: VcpuLife, size: number) {
    this.#host = host;
    this.#life = life;
    this.size = size;
  }

  /**
   * Takes out the entries that are there, oldest first. Each is marked for the next reset as it is given; those not asked
   * for, because the loop ended before, come next time. An entry may name a page twice, or a slot that is gone.
   *
   * @param limit entries at most, 0 to 65536. Default: the ring's size
   * Throws KvmError EBADF: the VM is destroyed; EINVAL; WorkerDiedError.
   */
  *harvest(limit: number = this.size): Generator<DirtyGfn, void, undefined> {
    integer(limit, "limit", 0, DIRTY_RING_MAX_ENTRIES);
    for (let taken = 0; taken < limit; taken++) {
      const entry = this.#take();
      if (entry === undefined) return;
      yield entry;
    }
  }

  #take(): DirtyGfn | undefined {
    this.#host.checkVm(this.#life.vm);
    const { memory } = this.#host;
    const entry = memory.get(this.#life.address, Vcpu.ringBase) + ((this.#fetched % this.size) << DIRTY_GFN_SHIFT);
    // The atomic read comes before those of the entry's other words, which core wrote first.
    if (memory.load32(entry, DirtyGfnStruct.flags) !== DIRTY_GFN_F_DIRTY) return undefined;
    const slot = memory.get(entry, DirtyGfnStruct.slot);
    const offset = Number(memory.get(entry, DirtyGfnStruct.offset));
    memory.store32(entry, DirtyGfnStruct.flags, DIRTY_GFN_F_RESET);
    this.#fetched = (this.#fetched + 1) >>> 0;
    return { slot: slot & 0xffff, asId: slot >>> 16, offset };
  }
}
