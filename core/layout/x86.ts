/**
 * The processor's architectural state, one X86 for each vCPU: what instructions read and write, in linear memory, so
 * that a vCPU can stop on one worker and go on, bit for bit, on another.
 *
 * Register operands are byte offsets into this struct (layout/x86_op.ts): AH is offset 1 of RAX, XMM3 that of YMM3.
 * Register numbers are the manuals': rax 0, rcx 1, rdx 2, rbx 3, rsp 4, rbp 5, rsi 6, rdi 7, r8 to r15.
 *
 * Flags are lazy. An arithmetic instruction stores its result and its carries; a flag is computed when asked for:
 *
 *   lazyResult   the result, sign-extended to 64 bits: ZF = (it is 0), SF = its bit 63, PF = parity of its low byte
 *   lazyAux      63 CF | 62 CF ^ OF | 3 AF | 2 invert PF | 1 invert SF | all others 0
 *
 * Bits 1 and 2 are for what no result gives, ZF with SF or with odd parity: POPF, SAHF and IRET make it.
 * core/cpu/flags.ts is the only place that knows this.
 */

/** Register numbers, and byte offsets of the general-purpose registers: number << 3. */
export const REG_RAX: u32 = 0;
export const REG_RCX: u32 = 1;
export const REG_RDX: u32 = 2;
export const REG_RBX: u32 = 3;
export const REG_RSP: u32 = 4;
export const REG_RBP: u32 = 5;
export const REG_RSI: u32 = 6;
export const REG_RDI: u32 = 7;
/** Not a register: reads as 0. The base or index of an address that has none. */
export const REG_ZERO: u32 = 16;

/** Segment register numbers, as in Sreg operands; LDTR and TR follow. */
export const SEG_ES: u32 = 0;
export const SEG_CS: u32 = 1;
export const SEG_SS: u32 = 2;
export const SEG_DS: u32 = 3;
export const SEG_FS: u32 = 4;
export const SEG_GS: u32 = 5;
export const SEG_LDTR: u32 = 6;
export const SEG_TR: u32 = 7;

/** RFLAGS. */
export const FLAG_CF: u64 = 1 << 0;
export const FLAG_FIXED: u64 = 1 << 1;
export const FLAG_PF: u64 = 1 << 2;
export const FLAG_AF: u64 = 1 << 4;
export const FLAG_ZF: u64 = 1 << 6;
export const FLAG_SF: u64 = 1 << 7;
export const FLAG_TF: u64 = 1 << 8;
export const FLAG_IF: u64 = 1 << 9;
export const FLAG_DF: u64 = 1 << 10;
export const FLAG_OF: u64 = 1 << 11;
export const FLAG_IOPL: u64 = 3 << 12;
export const FLAG_NT: u64 = 1 << 14;
export const FLAG_RF: u64 = 1 << 16;
export const FLAG_VM: u64 = 1 << 17;
export const FLAG_AC: u64 = 1 << 18;
export const FLAG_VIF: u64 = 1 << 19;
export const FLAG_VIP: u64 = 1 << 20;
export const FLAG_ID: u64 = 1 << 21;
/** Those that X86.lazyResult and lazyAux hold; X86.flags has 0 in their places. */
export const FLAGS_STATUS: u64 = FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF;

/** X86.lazyAux. */
export const AUX_CF: u64 = (<u64>1) << 63;
export const AUX_OF: u64 = (<u64>1) << 62;
export const AUX_AF: u64 = 1 << 3;
export const AUX_NOT_PF: u64 = 1 << 2;
export const AUX_NOT_SF: u64 = 1 << 1;

/** Control registers. */
export const CR0_PE: u64 = 1 << 0;
export const CR0_MP: u64 = 1 << 1;
export const CR0_EM: u64 = 1 << 2;
export const CR0_TS: u64 = 1 << 3;
export const CR0_ET: u64 = 1 << 4;
export const CR0_NE: u64 = 1 << 5;
export const CR0_WP: u64 = 1 << 16;
export const CR0_AM: u64 = 1 << 18;
export const CR0_NW: u64 = 1 << 29;
export const CR0_CD: u64 = 1 << 30;
export const CR0_PG: u64 = (<u64>1) << 31;
export const CR4_VME: u64 = 1 << 0;
export const CR4_PVI: u64 = 1 << 1;
export const CR4_TSD: u64 = 1 << 2;
export const CR4_DE: u64 = 1 << 3;
export const CR4_PSE: u64 = 1 << 4;
export const CR4_PAE: u64 = 1 << 5;
export const CR4_MCE: u64 = 1 << 6;
export const CR4_PGE: u64 = 1 << 7;
export const CR4_PCE: u64 = 1 << 8;
export const CR4_OSFXSR: u64 = 1 << 9;
export const CR4_OSXMMEXCPT: u64 = 1 << 10;
export const CR4_UMIP: u64 = 1 << 11;
export const CR4_LA57: u64 = 1 << 12;
export const CR4_FSGSBASE: u64 = 1 << 16;
export const CR4_PCIDE: u64 = 1 << 17;
export const CR4_OSXSAVE: u64 = 1 << 18;
export const CR4_SMEP: u64 = 1 << 20;
export const CR4_SMAP: u64 = 1 << 21;
export const CR4_PKE: u64 = 1 << 22;
export const EFER_SCE: u64 = 1 << 0;
export const EFER_LME: u64 = 1 << 8;
export const EFER_LMA: u64 = 1 << 10;
export const EFER_NXE: u64 = 1 << 11;

/** Exception vectors (Intel SDM, "Exception and Interrupt Reference"). */
export const EXC_DE: u32 = 0;
export const EXC_DB: u32 = 1;
export const EXC_NMI: u32 = 2;
export const EXC_BP: u32 = 3;
export const EXC_OF: u32 = 4;
export const EXC_BR: u32 = 5;
export const EXC_UD: u32 = 6;
export const EXC_NM: u32 = 7;
export const EXC_DF: u32 = 8;
export const EXC_TS: u32 = 10;
export const EXC_NP: u32 = 11;
export const EXC_SS: u32 = 12;
export const EXC_GP: u32 = 13;
export const EXC_PF: u32 = 14;
export const EXC_MF: u32 = 16;
export const EXC_AC: u32 = 17;
export const EXC_MC: u32 = 18;
export const EXC_XM: u32 = 19;
/** X86.excVector: none is raised. */
export const EXC_NONE: u32 = 0xffffffff;

/** X86.inhibit: what holds events off until the next instruction is done (KVM_X86_SHADOW_INT_*). */
export const INHIBIT_MOV_SS: u32 = 1;
export const INHIBIT_STI: u32 = 2;

/** X86.mpState, as the KVM API numbers it. */
export const KVM_MP_STATE_RUNNABLE: u32 = 0;
export const KVM_MP_STATE_UNINITIALIZED: u32 = 1;
export const KVM_MP_STATE_INIT_RECEIVED: u32 = 2;
export const KVM_MP_STATE_HALTED: u32 = 3;
export const KVM_MP_STATE_SIPI_RECEIVED: u32 = 4;

/** X86.codeMode: how instructions are decoded. */
export const CODE_16: u32 = 0;
export const CODE_32: u32 = 1;
export const CODE_64: u32 = 2;

/**
 * A segment register with its hidden part (VMCS terms). Attributes are those of a descriptor's bytes 5 and 6:
 *
 *   15 G | 14 D/B | 13 L | 12 AVL | 11:8 0 | 7 P | 6:5 DPL | 4 S | 3:0 type        SEG_UNUSABLE: bit 16
 */
@unmanaged
export class Segment {
  base: u64;
  /** In bytes: granularity is applied. */
  limit: u32;
  selector: u16;
  segPad: u16;
  attributes: u32;
  segPad1: u32;
}
export const SEGMENT_BYTES: u32 = 24;
if (offsetof<Segment>() != SEGMENT_BYTES) ERROR("Segment is 24 bytes");
export const SEG_TYPE: u32 = 0xf;
export const SEG_TYPE_ACCESSED: u32 = 1 << 0;
/** Data: writable. Code: readable. */
export const SEG_TYPE_WRITABLE: u32 = 1 << 1;
/** Data: expand-down. Code: conforming. */
export const SEG_TYPE_DOWN: u32 = 1 << 2;
export const SEG_TYPE_CODE: u32 = 1 << 3;
export const SEG_S: u32 = 1 << 4;
export const SEG_DPL_SHIFT: u32 = 5;
export const SEG_PRESENT: u32 = 1 << 7;
export const SEG_AVL: u32 = 1 << 12;
export const SEG_L: u32 = 1 << 13;
export const SEG_DB: u32 = 1 << 14;
export const SEG_G: u32 = 1 << 15;
export const SEG_UNUSABLE: u32 = 1 << 16;

@unmanaged
export class X86 {
  // --- general-purpose registers, by number; then zero ---
  rax: u64;
  rcx: u64;
  rdx: u64;
  rbx: u64;
  rsp: u64;
  rbp: u64;
  rsi: u64;
  rdi: u64;
  r8: u64;
  r9: u64;
  r10: u64;
  r11: u64;
  r12: u64;
  r13: u64;
  r14: u64;
  r15: u64;
  /** Always 0 (REG_ZERO). */
  zero: u64;
  lazyResult: u64;
  lazyAux: u64;
  /** RFLAGS without the status flags. Bit 1 is set. */
  flags: u64;

  // --- where execution is (core/cpu/execute.ts); valid between instructions ---
  /** Of the next instruction; while one runs, of whatever the last jump went to: see opRip. */
  rip: u64;
  /** Linear address of the page that instructions are fetched from; ~0 = none: the next fetch translates. */
  pageLinear: u64;
  /** End of the instruction that is executed uncached: base of its RIP-relative address. */
  ripBase: u64;
  /** Its address in linear memory. */
  pageHost: u32;
  /** The Vcpu this is the state of. */
  vcpu: u32;
  /** Retired instructions. Exact between blocks; instructionsRetired() counts those of the block under way. */
  retired: u64;
  /** What a memory helper read or translated (core/cpu/memory.ts). */
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
  pointer: u32;
  /** CODE_16, CODE_32, CODE_64: follows CS and EFER.LMA. */
  codeMode: u32;
  cpl: u32;
  /** 1: in SMM. Address space 1 is then in use. */
  smm: u32;
  /** INHIBIT_*: what the last instruction holds off until after the next one. */
  inhibit: u32;
  /** Not 0: instructions run one at a time, none is cached (TF, breakpoints, the emulation port): STEPPING_*. */
  stepping: u32;

  // --- linear TLB (core/hw/linear_tlb.ts, layout/linear_tlb.ts) ---
  /** The entries of the present view: changes with CPL and, for supervisors under SMAP, with AC. */
  ltlbBase: u32;
  ltlbMask: u32;
  /** What a hit carries: ltlbSpace, or LTLB_TAG_NONE: every access takes the slow path. */
  ltlbTag: u32;
  /** LTLB_VIEW_*. */
  ltlbView: u32;
  /** All of its memory: a block of LTLB_ORDER, or 0. */
  ltlbBlock: u32;
  /** The present address space's tag, that of global pages, the lowest that an address space may have, the next one. */
  ltlbSpace: u32;
  ltlbGlobal: u32;
  ltlbFloor: u32;
  ltlbNext: u32;
  /** The generation of TableEntries. */
  ltlbWalks: u32;
  /** Control bits, and PKRU, that the entries were made under (core/cpu/privilege.ts). */
  ltlbModes: u64;
  /** Accesses that the first level did not answer, and walks of guest tables. */
  ltlbMisses: u64;
  guestWalks: u64;
  /** The last guest walk: gpa, WALK_* of the page, the page fault's error code, the entries by level. */
  walkGpa: u64;
  walkInfo: u32;
  walkError: u32;
  /** What walkInfo allows in the view of the walk: HW_*. */
  walkRights: u32;
  /** EXEC_*: why an entry of the tables could not be had. */
  walkStatus: i32;
  /** An entry of the guest's tables that the emulation port has supplied. */
  walkPort: u64;
  walkEntry1: u64;
  walkEntry2: u64;
  walkEntry3: u64;
  walkEntry4: u64;
  walkEntry5: u64;
  /** The operand of a read-modify-write under way, where X86.pointer is 0: see core/cpu/memory.ts. */
  rmwFirst: u32;
  rmwSecond: u32;
  rmwGpa: u64;
  rmwGpa1: u64;

  // --- decoded instructions (core/cpu/code_cache.ts) ---
  /** CodeCache, and its tables of CodeEntry and CodePage; 0 before the first run. */
  codeCache: u32;
  codeEntries: u32;
  codePages: u32;
  /** id << 12 of the CodePage at pageLinear. */
  codePageKey: u32;
  /** EXEC_*: why a look-up of code answered 0. */
  codeStatus: i32;
  /** Table of CodeJump, and what its live entries carry: changes whenever translations or modes may have. */
  codeJumps: u32;
  codeJumpTag: u32;
  codePad: u32;

  // --- events (core/cpu/events.ts) ---
  /** An exception raised by the instruction under way: vector (EXC_NONE: none), whether it has an error code, the code, CR2 or DR6. */
  excVector: u32;
  excHasError: u32;
  excError: u32;
  /** EXC_KIND_*: fault, trap, software interrupt ... */
  excKind: u32;
  excAddress: u64;
  /** The vector being delivered, + 1; 0 = none. What makes a second fault double. */
  delivering: u32;
  /** An external interrupt injected from outside (KVM_INTERRUPT): vector + 1, or 0. */
  irqPending: u32;
  nmiPending: u32;
  nmiMasked: u32;
  smiPending: u32;
  initPending: u32;
  /** SIPI's vector + 1, or 0. */
  sipiPending: u32;
  /** KVM_MP_STATE_*. */
  mpState: u32;
  /** Pending debug exceptions: bits of DR6. */
  pendingDb: u64;

  // --- segments, by SEG_* ---
  segments: u64; // first quad word of SEG_COUNT Segments
  segmentsRest: u64;
  segmentsRest1: u64;
  seg1: u64;
  seg1a: u64;
  seg1b: u64;
  seg2: u64;
  seg2a: u64;
  seg2b: u64;
  seg3: u64;
  seg3a: u64;
  seg3b: u64;
  seg4: u64;
  seg4a: u64;
  seg4b: u64;
  seg5: u64;
  seg5a: u64;
  seg5b: u64;
  seg6: u64;
  seg6a: u64;
  seg6b: u64;
  seg7: u64;
  seg7a: u64;
  seg7b: u64;
  gdtBase: u64;
  idtBase: u64;
  gdtLimit: u32;
  idtLimit: u32;

  // --- control, debug, model-specific ---
  cr0: u64;
  cr2: u64;
  cr3: u64;
  cr4: u64;
  cr8: u64;
  efer: u64;
  xcr0: u64;
  pkru: u64;
  dr0: u64;
  dr1: u64;
  dr2: u64;
  dr3: u64;
  dr6: u64;
  dr7: u64;
  /** PAE paging: the four page-directory-pointer entries that MOV CR3 loaded. */
  pdpte0: u64;
  pdpte1: u64;
  pdpte2: u64;
  pdpte3: u64;
  star: u64;
  lstar: u64;
  cstar: u64;
  sfmask: u64;
  kernelGsBase: u64;
  tscAux: u64;
  sysenterCs: u64;
  sysenterEsp: u64;
  sysenterEip: u64;
  pat: u64;
  apicBase: u64;
  miscEnable: u64;
  featureControl: u64;
  smbase: u64;
  debugCtl: u64;
  xss: u64;
  tscOffset: u64;
  tscAdjust: u64;
  tscDeadline: u64;
  mtrrDefType: u64;
  /** Fixed MTRRs (11), then variable ones (8 pairs): X86_MTRRS. */
  mtrr0: u64;
  mtrrs1: u64;
  mtrrs2: u64;
  mtrrs3: u64;
  mtrrs4: u64;
  mtrrs5: u64;
  mtrrs6: u64;
  mtrrs7: u64;
  mtrrs8: u64;
  mtrrs9: u64;
  mtrrs10: u64;
  mtrrs11: u64;
  mtrrs12: u64;
  mtrrs13: u64;
  mtrrs14: u64;
  mtrrs15: u64;
  mtrrs16: u64;
  mtrrs17: u64;
  mtrrs18: u64;
  mtrrs19: u64;
  mtrrs20: u64;
  mtrrs21: u64;
  mtrrs22: u64;
  mtrrs23: u64;
  mtrrs24: u64;
  mtrrs25: u64;
  mtrrs26: u64;

  // --- CPUID and capabilities derived from it (core/cpu/cpuid.ts) ---
  /** CPU_HAS_*: features that instructions ask for. */
  features: u64;
  /** Table of CpuidEntry in kernel memory, and how many; 0 = the default model. */
  cpuidBase: u32;
  cpuidCount: u32;
  /** Guest MAXPHYADDR, bits. */
  maxPhyAddr: u32;
  /** 1: TSC = retired instructions. */
  deterministic: u32;
  /** Exits to userspace that the instruction under way asks for: port, size, direction, count ... (core/cpu/io.ts). */
  ioPort: u32;
  ioSize: u32;
  ioIn: u32;
  ioState: u32;
  /** Random generator of RDRAND. */
  random: u64;
  /** RFLAGS whole, in an image of the state (core/vcpu/state.ts) only: the processor itself keeps lazy ones. */
  rflags: u64;
  /** Elements of the port access, and how many of an INS's are stored (IO_INS). */
  ioCount: u32;
  ioDone: u32;
  /** Of the event in `delivering`: error code, EXC_KIND_* | DELIVER_HAS_ERROR, CR2 or DR6's bits. */
  deliverError: u32;
  deliverKind: u32;
  deliverAddress: u64;
  /** Where INHIBIT_* hold: anywhere else they are stale. */
  inhibitRip: u64;
  /** PAUSEs so far, modulo 2^32. */
  pauses: u32;
  /** Written by fences only, as the atomic access that makes one. */
  fenceWord: u32;
  /** A task switch under way: what is left to do (core/cpu/system/task.ts). */
  taskPending: u32;
  /** Not 0: the address space has to follow SMM first (core/cpu/system/smm.ts). */
  smmSwitch: u32;
  /** Data and I/O breakpoints that the instruction under way has met: bits of DR6. */
  watchHits: u32;
  /** 1: the run ends as soon as an external interrupt would be taken (KVM_EXIT_IRQ_WINDOW_OPEN). */
  irqWindow: u32;
  /** Not 0: the run ends when X86.retired is that (EXIT_INSTRUCTION_LIMIT). */
  retiredLimit: u64;

  // --- x87 and SSE control ---
  fcw: u16;
  fsw: u16; // without TOP
  /** TOP, 0 to 7. */
  fpuTop: u16;
  /** Bit n: physical register n is empty (the inverse of FXSAVE's abridged tag). */
  fpuEmpty: u16;
  fop: u16;
  fcs: u16;
  fds: u16;
  fpuPad: u16;
  fip: u64;
  fdp: u64;
  mxcsr: u32;
  mxcsrPad: u32;
  fpuSpare0: u64;
  fpuSpare1: u64;
}

/** Offset of a Segment: X86_SEGMENTS + seg * SEGMENT_BYTES. */
export const X86_SEGMENTS: u32 = <u32>offsetof<X86>("segments");
export const X86_MTRRS: u32 = <u32>offsetof<X86>("mtrr0");
if (offsetof<X86>("gdtBase") != X86_SEGMENTS + 8 * SEGMENT_BYTES) ERROR("eight segments");
/** 16 vector registers of 32 bytes; XMM is the lower half. */
export const X86_YMM: u32 = 2048;
export const YMM_SHIFT: u32 = 5;
/** Eight physical x87 registers of 16 bytes: the 64-bit significand, then sign and exponent. MM registers are the significands. */
export const X86_X87: u32 = 2560;
export const X87_SHIFT: u32 = 4;
/** Scratch of instructions that need more than registers: FXSAVE images, string buffers. */
export const X86_SCRATCH: u32 = 3072;
export const X86_SCRATCH_BYTES: u32 = 1024;
/** What vcpuSetState takes over from an image: KVM_SET_REGS, _SREGS2, _DEBUGREGS, _VCPU_EVENTS, _MP_STATE, _XCRS. */
export const STATE_REGS: u32 = 1 << 0;
export const STATE_SREGS: u32 = 1 << 1;
export const STATE_DEBUGREGS: u32 = 1 << 2;
export const STATE_EVENTS: u32 = 1 << 3;
export const STATE_MP_STATE: u32 = 1 << 4;
export const STATE_XCRS: u32 = 1 << 5;
/** x87, SSE and their control words, as they lie in X86. */
export const STATE_FPU: u32 = 1 << 6;
export const STATE_ALL: u32 = (1 << 7) - 1;

/** The state is one frame. */
export const X86_BYTES: u32 = 4096;
if (offsetof<X86>() > X86_YMM) ERROR("X86 overlaps the vector registers");
if (X86_YMM + (16 << YMM_SHIFT) > X86_X87) ERROR("vector registers overlap x87");
if (X86_X87 + (8 << X87_SHIFT) > X86_SCRATCH) ERROR("x87 overlaps the scratch");
if (offsetof<X86>("zero") != REG_ZERO << 3) ERROR("REG_ZERO is the register after r15");
