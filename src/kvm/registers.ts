/** What KVM_GET_REGS, KVM_GET_SREGS2, KVM_GET_DEBUGREGS, KVM_GET_VCPU_EVENTS and KVM_GET_MP_STATE speak of, in KVM's shapes. */

/** General-purpose registers. (struct kvm_regs) */
export interface Registers {
  rax: bigint;
  rbx: bigint;
  rcx: bigint;
  rdx: bigint;
  rsi: bigint;
  rdi: bigint;
  rsp: bigint;
  rbp: bigint;
  r8: bigint;
  r9: bigint;
  r10: bigint;
  r11: bigint;
  r12: bigint;
  r13: bigint;
  r14: bigint;
  r15: bigint;
  rip: bigint;
  rflags: bigint;
}

/** A segment register with its hidden part. (struct kvm_segment) */
export interface SegmentRegister {
  base: bigint;
  /** Bytes: the last offset that is inside, granularity applied. 0 to 2^32 - 1. */
  limit: number;
  selector: number;
  /** Bits 3:0 of the descriptor's access byte. */
  type: number;
  present: boolean;
  /** 0 to 3. */
  dpl: number;
  /** D/B: 32-bit. */
  db: boolean;
  /** Code or data, not a system segment. */
  s: boolean;
  /** 64-bit code. */
  l: boolean;
  /** The limit is in pages. */
  g: boolean;
  avl: boolean;
  unusable: boolean;
}

/** GDTR, IDTR. (struct kvm_dtable) */
export interface DescriptorTable {
  base: bigint;
  /** 0 to 65535. */
  limit: number;
}

/** Segments, descriptor tables and control registers. (struct kvm_sregs2) */
export interface SpecialRegisters {
  cs: SegmentRegister;
  ds: SegmentRegister;
  es: SegmentRegister;
  fs: SegmentRegister;
  gs: SegmentRegister;
  ss: SegmentRegister;
  tr: SegmentRegister;
  ldt: SegmentRegister;
  gdt: DescriptorTable;
  idt: DescriptorTable;
  cr0: bigint;
  cr2: bigint;
  cr3: bigint;
  cr4: bigint;
  cr8: bigint;
  efer: bigint;
  apicBase: bigint;
  /** The PAE page-directory-pointer entries that the last MOV CR3 loaded; in use only under PAE paging. */
  pdptrs: [bigint, bigint, bigint, bigint];
}

/** DR0 to DR3, DR6, DR7. (struct kvm_debugregs) */
export interface DebugRegisters {
  db: [bigint, bigint, bigint, bigint];
  dr6: bigint;
  dr7: bigint;
}

/** Events on their way. (struct kvm_vcpu_events) */
export interface VcpuEvents {
  /** An exception that is raised and not yet delivered. */
  exception: { pending: boolean; nr: number; errorCode: number | undefined; payload: bigint };
  /** An external interrupt that waits for the guest to take it, and what holds it off for one instruction. */
  interrupt: { injected: boolean; nr: number; shadow: "none" | "sti" | "mov_ss" };
  nmi: { pending: boolean; masked: boolean };
  /** The vector of a start-up IPI that waits. */
  sipiVector: number | undefined;
  smi: { smm: boolean; pending: boolean };
}

/** (struct kvm_mp_state) */
export type MpState = "runnable" | "uninitialized" | "init_received" | "halted" | "sipi_received";

/** x87 and SSE. (struct kvm_fpu) */
export interface FpuRegisters {
  /** ST0 to ST7, 16 bytes each: the 80-bit value, little-endian, then zeros. */
  fpr: Uint8Array[];
  fcw: number;
  fsw: number;
  /** The abridged tag word of FXSAVE: bit n is 1 if physical register n is in use. */
  ftwx: number;
  lastOpcode: number;
  lastIp: bigint;
  lastDp: bigint;
  /** XMM0 to XMM15, 16 bytes each. */
  xmm: Uint8Array[];
  mxcsr: number;
}
