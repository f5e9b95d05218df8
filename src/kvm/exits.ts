/** Why a run() ended: struct kvm_run's exit_reason and its union, as a discriminated union on `reason`. */
import * as abi from "../abi/index.js";
import { type CoreMemory, Vcpu, X86 } from "../abi/index.js";
import { errnoName, type KvmErrorCode } from "./errors.js";

/** The guest executed HLT, or ran past the end of its program. (KVM_EXIT_HLT) */
export interface HltExit {
  reason: "hlt";
}

/**
 * An access to an address without a memory slot, or a write to a read-only one. Of a read, put the answer into `data`
 * before the next run(), which completes it. An access that crosses a page comes as two exits. (KVM_EXIT_MMIO)
 */
export interface MmioExit {
  reason: "mmio";
  /** Guest-physical address, bytes. */
  physAddr: bigint;
  /** Bytes, 1 to 8. */
  length: number;
  isWrite: boolean;
  /** The `length` bytes, little-endian. What it holds at the next run() is what a read gets. */
  data: Uint8Array;
}

/** Port accesses: one, or several of a string instruction. Of an input, put the answer into `data` before the next run(). (KVM_EXIT_IO) */
export interface IoExit {
  reason: "io";
  direction: "in" | "out";
  /** 0 to 65535. */
  port: number;
  /** Bytes of one access: 1, 2 or 4. */
  size: number;
  /** Accesses, one after the other: 1 or more. */
  count: number;
  /** `size` * `count` bytes, little-endian. What it holds at the next run() is what an input gets. */
  data: Uint8Array;
}

/**
 * An access that the host cannot serve; the next run() tries it again. `code` says why: EFAULT (nothing is mapped at the
 * slot's host address, or the mapping forbids it, or the pager failed), ENOMEM (no frame is left). (KVM_EXIT_MEMORY_FAULT)
 */
export interface MemoryFaultExit {
  reason: "memoryFault";
  /** Guest-physical range of the fault, bytes. */
  gpa: bigint;
  size: bigint;
  /** KVM_MEMORY_EXIT_FLAG_*. */
  flags: number;
  code: KvmErrorCode;
}

/** kick() or the signal of run() ended it; the next run() goes on. (KVM_EXIT_INTR) */
export interface InterruptedExit {
  reason: "interrupted";
}

/** The guest's triple fault. (KVM_EXIT_SHUTDOWN) */
export interface ShutdownExit {
  reason: "shutdown";
}

/** The hypervisor cannot go on with this guest. (KVM_EXIT_INTERNAL_ERROR) */
export interface InternalErrorExit {
  reason: "internalError";
  /** `emulation`: the instruction cannot be emulated, such as a fetch from MMIO. `unexpectedExit`: the processor left for a reason unknown. */
  suberror: "emulation" | "unexpectedExit";
}

/** The vCPU's dirty ring reached its soft limit: harvest and reset it. (KVM_EXIT_DIRTY_RING_FULL) */
export interface DirtyRingFullExit {
  reason: "dirtyRingFull";
}

/** RunOptions.requestInterruptWindow: the guest would take an external interrupt now. (KVM_EXIT_IRQ_WINDOW_OPEN) */
export interface IrqWindowOpenExit {
  reason: "irqWindowOpen";
}

/** RunOptions.instructions: so many have retired. Not KVM's. */
export interface InstructionLimitExit {
  reason: "instructionLimit";
}

export type VcpuExit =
  | HltExit
  | MmioExit
  | IoExit
  | MemoryFaultExit
  | InterruptedExit
  | ShutdownExit
  | InternalErrorExit
  | DirtyRingFullExit
  | IrqWindowOpenExit
  | InstructionLimitExit;

/** Reads the exit record of the vCPU at `vcpu`, which is at rest. */
export function readExit(memory: CoreMemory, vcpu: number): VcpuExit {
  const reason = memory.get(vcpu, Vcpu.exitReason);
  switch (reason) {
    case abi.KVM_EXIT_HLT:
      return { reason: "hlt" };
    case abi.KVM_EXIT_MMIO:
      return readMmio(memory, vcpu);
    case abi.KVM_EXIT_IO:
      return readIo(memory, vcpu);
    case abi.KVM_EXIT_MEMORY_FAULT:
      return readMemoryFault(memory, vcpu);
    case abi.KVM_EXIT_INTR:
      return { reason: "interrupted" };
    case abi.KVM_EXIT_SHUTDOWN:
      return { reason: "shutdown" };
    case abi.KVM_EXIT_IRQ_WINDOW_OPEN:
      return { reason: "irqWindowOpen" };
    case abi.EXIT_INSTRUCTION_LIMIT:
      return { reason: "instructionLimit" };
    case abi.KVM_EXIT_DIRTY_RING_FULL:
      return { reason: "dirtyRingFull" };
    case abi.KVM_EXIT_INTERNAL_ERROR: {
      const isEmulation = memory.get(vcpu, Vcpu.internalSuberror) === abi.KVM_INTERNAL_ERROR_EMULATION;
      return { reason: "internalError", suberror: isEmulation ? "emulation" : "unexpectedExit" };
    }
    default:
      throw new Error(`exit reason ${reason} is none that core gives`);
  }
}

/** The data of the KVM_EXIT_IO or KVM_EXIT_MMIO of the vCPU at `vcpu`, in core's memory. */
export function exitData(memory: CoreMemory, vcpu: number): Uint8Array {
  const x86 = memory.get(vcpu, Vcpu.x86);
  const isInstruction = memory.get(vcpu, Vcpu.progBase) === 0;
  if (memory.get(vcpu, Vcpu.exitReason) !== abi.KVM_EXIT_IO || !isInstruction)
    return memory.bytesAt(vcpu + Vcpu.mmioData.offset, memory.get(vcpu, Vcpu.mmioLen));
  return memory.bytesAt(x86 + abi.X86_SCRATCH, memory.get(x86, X86.ioSize) * memory.get(x86, X86.ioCount));
}

function readMmio(memory: CoreMemory, vcpu: number): MmioExit {
  return {
    reason: "mmio",
    physAddr: memory.get(vcpu, Vcpu.mmioPhysAddr),
    length: memory.get(vcpu, Vcpu.mmioLen),
    isWrite: memory.get(vcpu, Vcpu.mmioIsWrite) !== 0,
    data: exitData(memory, vcpu).slice(),
  };
}

function readIo(memory: CoreMemory, vcpu: number): IoExit {
  const data = exitData(memory, vcpu).slice();
  if (memory.get(vcpu, Vcpu.progBase) !== 0) {
    const direction = memory.get(vcpu, Vcpu.mmioIsWrite) !== 0 ? "out" : "in";
    const port = Number(memory.get(vcpu, Vcpu.mmioPhysAddr));
    return { reason: "io", direction, port, size: data.length, count: 1, data };
  }
  const x86 = memory.get(vcpu, Vcpu.x86);
  return {
    reason: "io",
    direction: memory.get(x86, X86.ioIn) === abi.KVM_EXIT_IO_IN ? "in" : "out",
    port: memory.get(x86, X86.ioPort),
    size: memory.get(x86, X86.ioSize),
    count: memory.get(x86, X86.ioCount),
    data,
  };
}

function readMemoryFault(memory: CoreMemory, vcpu: number): MemoryFaultExit {
  return {
    reason: "memoryFault",
    gpa: memory.get(vcpu, Vcpu.faultGpa),
    size: memory.get(vcpu, Vcpu.faultSize),
    flags: memory.get(vcpu, Vcpu.faultFlags),
    code: errnoName(-memory.get(vcpu, Vcpu.exitError)),
  };
}
