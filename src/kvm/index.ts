/**
 * The KVM-shaped API. Everything is a Promise, served by worker threads; the calling thread never blocks. Names follow the
 * kernel's KVM API documentation, whose sections the comments name ("KVM API: ...").
 */

export {
  DIRTY_LOG_INITIALLY_SET as KVM_DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE as KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  KVM_MEM_LOG_DIRTY_PAGES,
  KVM_MEM_READONLY,
} from "../abi/index.js";
export { formatTraceEvent, type TraceEvent } from "../abi/trace_decode.js";
export {
  type AccessOptions,
  AccessProgram,
  type AccessSize,
  type AddOptions,
  type ReadOptions,
  type ValueOptions,
  type WriteOptions,
} from "./access_program.js";
export type {
  AddressSpace,
  AddressSpaceStats,
  Backing,
  MmapOptions,
  Protection,
  SharedMemory,
} from "./address_space.js";
export type { Extension } from "./capabilities.js";
export { type CpuidEntry, featuresOf } from "./cpuid.js";
export type { DirtyBitmap, PageRange } from "./dirty_bitmap.js";
export type { ClearDirtyLogOptions } from "./dirty_log.js";
export type { DirtyGfn, DirtyRing } from "./dirty_ring.js";
export { CoreBugError, KvmError, type KvmErrorCode, WorkerDiedError } from "./errors.js";
export type {
  DirtyRingFullExit,
  HltExit,
  InstructionLimitExit,
  InternalErrorExit,
  InterruptedExit,
  IoExit,
  IrqWindowOpenExit,
  MemoryFaultExit,
  MmioExit,
  ShutdownExit,
  VcpuExit,
} from "./exits.js";
export type { GuestMemory } from "./guest_memory.js";
export { type FaultLatency, mergeFaultLatencies } from "./histogram.js";
export type { LiveParameterValues } from "./live_parameters.js";
export { ADDRESS_SPACE_SMM, slotId, type UserMemoryRegion } from "./memory_region.js";
export type { MsrEntry } from "./msrs.js";
export type { Pager } from "./pager_service.js";
export type { Switch, SystemParameters, VmParameters } from "./params.js";
export type {
  DebugRegisters,
  DescriptorTable,
  FpuRegisters,
  MpState,
  Registers,
  SegmentRegister,
  SpecialRegisters,
  VcpuEvents,
} from "./registers.js";
export type { VcpuStats, VmStats } from "./stats.js";
export {
  KVM_API_VERSION,
  type SupportedCpuidOptions,
  System,
  type SystemOptions,
  type SystemStats,
  type VmOptions,
} from "./system.js";
export type { Trace, TraceOptions, Tracing } from "./tracing.js";
export type { U64 } from "./values.js";
export type { RunOptions, Vcpu } from "./vcpu.js";
export type { VcpuOptions, Vm } from "./vm.js";
export type { CapabilityArguments, VmCapability } from "./vm_capabilities.js";
