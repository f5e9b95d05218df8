/**
 * System state of the processor beside its registers: events and their kinds, stepping, debug registers, features,
 * model-specific registers, and CPUID tables in KVM's shape.
 */

/** X86.excKind and deliverKind: what pushes which RIP, what of RFLAGS.RF, and what makes a fault double. */
/** Restartable: RIP is the instruction's. */
export const EXC_KIND_FAULT: u32 = 0;
/** RIP is the next instruction's. */
export const EXC_KIND_TRAP: u32 = 1;
/** State is lost: #DF, #MC. */
export const EXC_KIND_ABORT: u32 = 2;
/** INT n: gates must be accessible to CPL. */
export const EXC_KIND_SOFT: u32 = 3;
/** INT3, INTO: as INT n, but never by the virtual-8086 rules of INT n. */
export const EXC_KIND_SOFT_EXCEPTION: u32 = 4;
/** INT1 (ICEBP): a trap that instructions make; no privilege check. */
export const EXC_KIND_PRIVILEGED_SOFT: u32 = 5;
/** External interrupt, NMI: the EXT bit of error codes is set, as for faults. */
export const EXC_KIND_EXTERNAL: u32 = 6;
export const EXC_KIND_NMI: u32 = 7;
/** X86.deliverKind: the event pushes X86.deliverError. */
export const DELIVER_HAS_ERROR: u32 = 1 << 8;

/** X86.stepping: reasons to run one instruction at a time, with debugBefore and debugAfter (core/cpu/debug.ts) around it. */
/** RFLAGS.TF. */
export const STEPPING_TF: u32 = 1 << 0;
/** Breakpoints are enabled in DR7. */
export const STEPPING_BREAKPOINTS: u32 = 1 << 1;
/** The instruction runs through the emulation port. */
export const STEPPING_EMULATE: u32 = 1 << 2;
/** An event waits for an interrupt shadow to end. */
export const STEPPING_SHADOW: u32 = 1 << 3;
/** Userspace single-steps the guest (KVM_GUESTDBG_SINGLESTEP). */
export const STEPPING_USER: u32 = 1 << 4;
/** The instruction runs while no other vCPU does. */
export const STEPPING_EXCLUSIVE: u32 = 1 << 5;
/** Data breakpoints are enabled: every access takes the slow path, and tells core/cpu/watch.ts. */
export const STEPPING_WATCH: u32 = 1 << 6;
/** The instruction under way began with TF, or RF, set (debugBefore). */
export const STEPPING_STARTED_TF: u32 = 1 << 7;
export const STEPPING_STARTED_RF: u32 = 1 << 8;

/** X86.ioState. */
/** No port access is under way. */
export const IO_NONE: u32 = 0;
/** KVM_EXIT_IO was given for an IN: the next run writes X86_SCRATCH's bytes to the accumulator. X86.rip is past it. */
export const IO_IN: u32 = 1;
/** For an INS: the next run executes it again; it stores ioCount elements of X86_SCRATCH from element ioDone on. */
export const IO_INS: u32 = 2;
/** For an OUT or OUTS: nothing is left to do. */
export const IO_OUT: u32 = 3;
/** Most that one exit carries; at X86_SCRATCH. */
export const IO_DATA_BYTES: u32 = 512;
/** X86.ioIn, and kvm_run.io.direction. */
export const KVM_EXIT_IO_IN: u32 = 0;
export const KVM_EXIT_IO_OUT: u32 = 1;

/** DR6. */
export const DR6_B0: u64 = 1 << 0;
export const DR6_BREAKPOINTS: u64 = 0xf;
export const DR6_BD: u64 = 1 << 13;
export const DR6_BS: u64 = 1 << 14;
export const DR6_BT: u64 = 1 << 15;
/** Bits that read as 1 whatever is written (no RTM, no bus lock detection). */
export const DR6_FIXED: u64 = 0xffff0ff0;
export const DR6_WRITABLE: u64 = DR6_BREAKPOINTS | DR6_BD | DR6_BS | DR6_BT;
/** DR7. */
export const DR7_ENABLED: u64 = 0xff;
export const DR7_LOCAL: u64 = 0x55;
export const DR7_GLOBAL: u64 = 0xaa;
export const DR7_LE: u64 = 1 << 8;
export const DR7_FIXED: u64 = 1 << 10;
export const DR7_GD: u64 = 1 << 13;
export const DR7_WRITABLE: u64 = 0xffff23ff;

/** X86.features: what instructions, control registers and MSRs ask for. */
export const CPU_HAS_FPU: u64 = 1 << 0;
export const CPU_HAS_MMX: u64 = 1 << 1;
export const CPU_HAS_SSE: u64 = 1 << 2;
export const CPU_HAS_SSE2: u64 = 1 << 3;
export const CPU_HAS_SSE3: u64 = 1 << 4;
export const CPU_HAS_SSSE3: u64 = 1 << 5;
export const CPU_HAS_SSE41: u64 = 1 << 6;
export const CPU_HAS_SSE42: u64 = 1 << 7;
export const CPU_HAS_POPCNT: u64 = 1 << 8;
export const CPU_HAS_LZCNT: u64 = 1 << 9;
export const CPU_HAS_BMI1: u64 = 1 << 10;
export const CPU_HAS_BMI2: u64 = 1 << 11;
export const CPU_HAS_MOVBE: u64 = 1 << 12;
export const CPU_HAS_ADX: u64 = 1 << 13;
export const CPU_HAS_RDRAND: u64 = 1 << 14;
export const CPU_HAS_RDSEED: u64 = 1 << 15;
export const CPU_HAS_FSGSBASE: u64 = 1 << 16;
export const CPU_HAS_CLFLUSH: u64 = 1 << 17;
export const CPU_HAS_CLFLUSHOPT: u64 = 1 << 18;
export const CPU_HAS_AES: u64 = 1 << 19;
export const CPU_HAS_SHA: u64 = 1 << 20;
export const CPU_HAS_PCLMUL: u64 = 1 << 21;
export const CPU_HAS_FXSR: u64 = 1 << 22;
export const CPU_HAS_XSAVE: u64 = 1 << 23;
export const CPU_HAS_XSAVEOPT: u64 = 1 << 24;
export const CPU_HAS_XSAVEC: u64 = 1 << 25;
export const CPU_HAS_XSAVES: u64 = 1 << 26;
export const CPU_HAS_CX8: u64 = 1 << 27;
export const CPU_HAS_CX16: u64 = 1 << 28;
export const CPU_HAS_CMOV: u64 = 1 << 29;
export const CPU_HAS_TSC: u64 = 1 << 30;
export const CPU_HAS_RDTSCP: u64 = (<u64>1) << 31;
export const CPU_HAS_RDPID: u64 = (<u64>1) << 32;
export const CPU_HAS_SYSCALL: u64 = (<u64>1) << 33;
export const CPU_HAS_SEP: u64 = (<u64>1) << 34;
export const CPU_HAS_LAHF64: u64 = (<u64>1) << 35;
export const CPU_HAS_LONG: u64 = (<u64>1) << 36;
export const CPU_HAS_NX: u64 = (<u64>1) << 37;
export const CPU_HAS_PAGE1G: u64 = (<u64>1) << 38;
export const CPU_HAS_PSE: u64 = (<u64>1) << 39;
export const CPU_HAS_PAE: u64 = (<u64>1) << 40;
export const CPU_HAS_PGE: u64 = (<u64>1) << 41;
export const CPU_HAS_PCID: u64 = (<u64>1) << 42;
export const CPU_HAS_INVPCID: u64 = (<u64>1) << 43;
export const CPU_HAS_SMEP: u64 = (<u64>1) << 44;
export const CPU_HAS_SMAP: u64 = (<u64>1) << 45;
export const CPU_HAS_PKU: u64 = (<u64>1) << 46;
export const CPU_HAS_UMIP: u64 = (<u64>1) << 47;
export const CPU_HAS_LA57: u64 = (<u64>1) << 48;
export const CPU_HAS_MONITOR: u64 = (<u64>1) << 49;
export const CPU_HAS_PREFETCHW: u64 = (<u64>1) << 50;
export const CPU_HAS_AVX: u64 = (<u64>1) << 51;
export const CPU_HAS_AVX2: u64 = (<u64>1) << 52;
export const CPU_HAS_TSC_DEADLINE: u64 = (<u64>1) << 53;
export const CPU_HAS_X2APIC: u64 = (<u64>1) << 54;
export const CPU_HAS_DE: u64 = (<u64>1) << 55;
export const CPU_HAS_VME: u64 = (<u64>1) << 56;
export const CPU_HAS_MCE: u64 = (<u64>1) << 57;
export const CPU_HAS_MTRR: u64 = (<u64>1) << 58;
export const CPU_HAS_PAT: u64 = (<u64>1) << 59;
export const CPU_HAS_TSC_ADJUST: u64 = (<u64>1) << 60;
export const CPU_HAS_ARCH_CAPABILITIES: u64 = (<u64>1) << 61;
export const CPU_HAS_CLWB: u64 = (<u64>1) << 62;
export const CPU_HAS_ERMS: u64 = (<u64>1) << 63;

/** One leaf of CPUID: struct kvm_cpuid_entry2. */
@unmanaged
export class CpuidEntry {
  function: u32;
  index: u32;
  /** CPUID_INDEX_SIGNIFICANT: `index` must match ECX. */
  flags: u32;
  eax: u32;
  ebx: u32;
  ecx: u32;
  edx: u32;
  padding0: u32;
  padding1: u32;
  padding2: u32;
}
export const CPUID_ENTRY_BYTES: u32 = 40;
if (offsetof<CpuidEntry>() != CPUID_ENTRY_BYTES) ERROR("CpuidEntry is struct kvm_cpuid_entry2");
export const CPUID_INDEX_SIGNIFICANT: u32 = 1;
/** KVM_MAX_CPUID_ENTRIES of a table; what fits a frame. */
export const CPUID_MAX_ENTRIES: u32 = 100;

/** A model-specific register and its value: struct kvm_msr_entry. */
@unmanaged
export class MsrEntry {
  index: u32;
  msrPad: u32;
  data: u64;
}
export const MSR_ENTRY_BYTES: u32 = 16;
if (offsetof<MsrEntry>() != MSR_ENTRY_BYTES) ERROR("MsrEntry is struct kvm_msr_entry");
/** Of one call. */
export const MSR_MAX_ENTRIES: u32 = 256;

/** TSC ticks are nanoseconds: what CPUID's and KVM's leaves say, and what time-outs count in. */
export const TSC_KHZ: u32 = 1000000;
