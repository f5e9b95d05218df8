/** The calls that are more than one function of core: those that move bytes. They run in the control worker. */
import {
  CPUID_ENTRY_SIZE,
  EINVAL,
  ENOMEM,
  KARRAY_CHUNK_BYTES,
  MSR_ENTRY_SIZE,
  PARAM_NX_OPT_OUT,
  PROG_OP_SIZE,
  Vcpu,
  Vm,
  X86_BYTES,
} from "../abi/index.js";
import type { CoreInstance } from "./core_instance.js";

/** A call ended with an errno. */
export class Refused extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

/** Runs `attempt` in core as work for `owner`; throws Refused. */
export type Enter = <R extends number | bigint>(owner: number, attempt: () => R) => Promise<R>;

/** Bytes that one call into core moves; between two of them others get their turn at the locks. */
const CHUNK_BYTES = 65536;
const CHUNK_ORDER = 4;

/** Pages of the guest that a call works on: the address space (1 = SMM) and the first byte. */
export interface GuestRange {
  vm: number;
  asId: number;
  gpa: bigint;
}

export type ControlCalls = ReturnType<typeof controlCalls>;

/** A block of core's memory for bytes on their way; 0 = out of memory. */
export function chunkAlloc({ x }: CoreInstance): number {
  return x.kblockAlloc(CHUNK_ORDER) >>> 0;
}

/** `buffer`: what chunkAlloc gave. */
export function controlCalls(core: CoreInstance, enter: Enter, buffer: number) {
  const { x, memory } = core;
  /** Calls `move` for each piece of [0, length): it is repeated whole when a pager had to be asked. */
  async function inChunks(owner: number, length: number, move: (at: number, size: number) => number): Promise<void> {
    for (let at = 0; at < length; at += CHUNK_BYTES) {
      const size = Math.min(CHUNK_BYTES, length - at);
      await enter(owner, () => move(at, size));
    }
  }

  /** A kernel array of `bytes` for the length of `use`. If core is cut short, it is lost with what core was doing. */
  async function withArray<R>(bytes: number, use: (array: number) => Promise<R>): Promise<R> {
    const array = x.karrayAlloc(BigInt(bytes));
    if (array === 0) throw new Refused(ENOMEM);
    const result = await use(array).catch((error: unknown) => {
      if (error instanceof Refused) x.karrayFree(array);
      throw error;
    });
    x.karrayFree(array);
    return result;
  }

  /** The array's first `bytes` bytes, piece by piece: not copied. */
  function* arrayChunks(array: number, bytes: number): Generator<[at: number, chunk: Uint8Array]> {
    for (let at = 0; at < bytes; at += KARRAY_CHUNK_BYTES)
      yield [at, memory.bytesAt(x.karrayAt(array, BigInt(at)), Math.min(KARRAY_CHUNK_BYTES, bytes - at))];
  }

  function copyOut(bytes: number): Uint8Array {
    return memory.bytesAt(buffer, bytes).slice();
  }

  return {
    /** KVM_GET_DIRTY_LOG of a slot whose bitmap has `bytes` bytes. */
    getDirtyLog(owner: number, vm: number, slot: number, bytes: number): Promise<Uint8Array> {
      return withArray(bytes, async (array) => {
        await enter(owner, () => x.dirtyLogGet(vm, slot, array));
        const result = new Uint8Array(bytes);
        for (const [at, chunk] of arrayChunks(array, bytes)) result.set(chunk, at);
        return result;
      });
    },

    /** KVM_CLEAR_DIRTY_LOG: `bits` stand for [firstPage, firstPage + numPages). */
    async clearDirtyLog(
      owner: number,
      vm: number,
      slot: number,
      firstPage: number,
      numPages: number,
      bits: Uint8Array,
    ): Promise<void> {
      await withArray(bits.length, async (array) => {
        for (const [at, chunk] of arrayChunks(array, bits.length)) chunk.set(bits.subarray(at, at + chunk.length));
        await enter(owner, () => x.dirtyLogClear(vm, slot, BigInt(firstPage), BigInt(numPages), array));
      });
    },

    /** Opts the VM out of the NX-huge-pages mitigation; it has no vCPU that could be faulting. */
    async disableNxHugePages(_owner: number, vm: number): Promise<void> {
      if (memory.get(vm, Vm.vcpuCount) !== 0) throw new Refused(EINVAL);
      memory.set(vm, Vm.params, memory.get(vm, Vm.params) | PARAM_NX_OPT_OUT);
    },

    /** Pre-faults [gpa, gpa + size). Bytes left when it was refused in the middle. */
    async preFault(owner: number, vcpu: number, gpa: bigint, size: bigint): Promise<bigint> {
      let left = size;
      while (left > 0n) {
        try {
          left -= await enter(owner, () => x.vcpuPrefault(vcpu, gpa + size - left, left));
        } catch (error) {
          if (error instanceof Refused && left < size) return left;
          throw error;
        }
      }
      return 0n;
    },

    /** Evicts up to `pages` pages; how many it were. */
    async reclaim(owner: number, mm: number, pages: bigint): Promise<bigint> {
      let left = pages;
      while (left > 0n) {
        const evicted = await enter(owner, () => x.mmReclaim(mm, left));
        if (evicted === 0n) break;
        left -= evicted;
      }
      return pages - left;
    },

    /** The state of a vCPU: an image (layout/x86.ts). */
    async getState(owner: number, vcpu: number): Promise<Uint8Array> {
      await enter(owner, () => x.vcpuGetState(vcpu, buffer));
      return memory.bytesAt(buffer, X86_BYTES).slice();
    },

    /** Takes the parts `what` (STATE_*) of the image over. */
    async setState(owner: number, vcpu: number, image: Uint8Array, what: number): Promise<void> {
      memory.bytesAt(buffer, X86_BYTES).set(image);
      await enter(owner, () => x.vcpuSetState(vcpu, buffer, what));
    },

    /** KVM_GET_XSAVE. */
    async getXsave(owner: number, vcpu: number): Promise<Uint8Array> {
      return copyOut(await enter(owner, () => x.vcpuGetXsave(vcpu, buffer)));
    },

    /** KVM_SET_XSAVE. */
    async setXsave(owner: number, vcpu: number, area: Uint8Array): Promise<void> {
      memory.bytesAt(buffer, area.length).set(area);
      await enter(owner, () => x.vcpuSetXsave(vcpu, buffer));
    },

    /** KVM_GET_CPUID2: CpuidEntries. */
    async getCpuid(owner: number, vcpu: number): Promise<Uint8Array> {
      return copyOut(CPUID_ENTRY_SIZE * (await enter(owner, () => x.vcpuGetCpuid(vcpu, buffer))));
    },

    /** KVM_SET_CPUID2. */
    async setCpuid(owner: number, vcpu: number, entries: Uint8Array): Promise<void> {
      memory.bytesAt(buffer, entries.length).set(entries);
      await enter(owner, () => x.vcpuSetCpuid(vcpu, buffer, entries.length / CPUID_ENTRY_SIZE));
    },

    /** KVM_GET_SUPPORTED_CPUID, for a vCPU of APIC id `apicId`. */
    async supportedCpuid(owner: number, apicId: number): Promise<Uint8Array> {
      return copyOut(CPUID_ENTRY_SIZE * (await enter(owner, () => x.cpuidSupported(apicId, buffer))));
    },

    /** KVM_GET_MSRS: the MsrEntries, with data, up to the first that was refused. */
    async getMsrs(owner: number, vcpu: number, entries: Uint8Array): Promise<Uint8Array> {
      memory.bytesAt(buffer, entries.length).set(entries);
      const count = entries.length / MSR_ENTRY_SIZE;
      return copyOut(MSR_ENTRY_SIZE * (await enter(owner, () => x.vcpuGetMsrs(vcpu, buffer, count))));
    },

    /** KVM_SET_MSRS: how many were written. */
    setMsrs(owner: number, vcpu: number, entries: Uint8Array): Promise<number> {
      memory.bytesAt(buffer, entries.length).set(entries);
      return enter(owner, () => x.vcpuSetMsrs(vcpu, buffer, entries.length / MSR_ENTRY_SIZE));
    },

    /** KVM_GET_MSR_INDEX_LIST: u32 each. */
    async msrIndices(owner: number): Promise<Uint8Array> {
      return copyOut(4 * (await enter(owner, () => x.msrIndexList(buffer))));
    },

    async loadProgram(owner: number, vcpu: number, ops: Uint8Array, seed: bigint): Promise<void> {
      const base = await enter(owner, () => x.vcpuProgramAlloc(vcpu, ops.length / PROG_OP_SIZE));
      if (ops.length > 0) memory.bytesAt(base, ops.length).set(ops);
      memory.set(vcpu, Vcpu.progState, seed);
    },

    async readMemory(owner: number, range: GuestRange, length: number): Promise<Uint8Array> {
      const { vm, asId, gpa } = range;
      const result = new Uint8Array(length);
      await inChunks(owner, length, (at, size) => {
        const error = x.guestRead(vm, asId, gpa + BigInt(at), buffer, size);
        if (error === 0) result.set(memory.bytesAt(buffer, size), at);
        return error;
      });
      return result;
    },

    async writeMemory(owner: number, range: GuestRange, bytes: Uint8Array): Promise<void> {
      const { vm, asId, gpa } = range;
      await inChunks(owner, bytes.length, (at, size) => {
        memory.bytesAt(buffer, size).set(bytes.subarray(at, at + size));
        return x.guestWrite(vm, asId, gpa + BigInt(at), buffer, size);
      });
    },

    async fillMemory(owner: number, range: GuestRange, length: number, value: number): Promise<void> {
      const { vm, asId, gpa } = range;
      await inChunks(owner, length, (at, size) => {
        memory.bytesAt(buffer, size).fill(value);
        return x.guestWrite(vm, asId, gpa + BigInt(at), buffer, size);
      });
    },
  };
}
