/**
 * Floating point: control and status bits, the unpacked number that software arithmetic works on, and the layout of
 * the XSAVE area.
 *
 * The six exceptions have the same bit numbers in MXCSR, in x87's status word and in FloatEnv.flags; so have their
 * masks in x87's control word and in FloatEnv.masks.
 */

import { X86_SCRATCH, X86_SCRATCH_BYTES } from "./x86";

/** Exceptions: invalid, denormal operand, division by zero, overflow, underflow, precision. */
export const FE_I: u32 = 1 << 0;
export const FE_D: u32 = 1 << 1;
export const FE_Z: u32 = 1 << 2;
export const FE_O: u32 = 1 << 3;
export const FE_U: u32 = 1 << 4;
export const FE_P: u32 = 1 << 5;
export const FE_ALL: u32 = 0x3f;
/** Found before the operation is carried out: unmasked, they leave no result. */
export const FE_BEFORE: u32 = FE_I | FE_D | FE_Z;

/** Rounding control, in MXCSR, the x87 control word and ROUNDPS's immediate. */
export const ROUND_NEAREST: u32 = 0;
export const ROUND_DOWN: u32 = 1;
export const ROUND_UP: u32 = 2;
export const ROUND_ZERO: u32 = 3;

export const MXCSR_DAZ: u32 = 1 << 6;
export const MXCSR_MASK_SHIFT: u32 = 7;
export const MXCSR_PM: u32 = 1 << 12;
export const MXCSR_RC_SHIFT: u32 = 13;
export const MXCSR_RC: u32 = 3 << 13;
export const MXCSR_FTZ: u32 = 1 << 15;
export const MXCSR_RESET: u32 = 0x1f80;
/** Bits that may be set. */
export const MXCSR_VALID: u32 = 0xffff;

export const FCW_PC_SHIFT: u32 = 8;
export const FCW_RC_SHIFT: u32 = 10;
export const FCW_RESET: u16 = 0x37f;
/** Bit 6 always reads as 1; 13 to 15 are reserved. */
export const FCW_FIXED: u16 = 0x40;
export const FCW_VALID: u16 = 0x1f7f;

export const FSW_SF: u32 = 1 << 6;
export const FSW_ES: u32 = 1 << 7;
export const FSW_C0: u32 = 1 << 8;
export const FSW_C1: u32 = 1 << 9;
export const FSW_C2: u32 = 1 << 10;
export const FSW_C3: u32 = 1 << 14;
export const FSW_B: u32 = 1 << 15;
export const FSW_TOP_SHIFT: u32 = 11;
export const FSW_CONDITIONS: u32 = FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3;

/** What a Real is. NaNs come last, the worst at the end. */
export const REAL_ZERO: u32 = 0;
export const REAL_FINITE: u32 = 1;
export const REAL_INF: u32 = 2;
export const REAL_QNAN: u32 = 3;
export const REAL_SNAN: u32 = 4;
/** An 80-bit pattern that is no number: unnormal, pseudo-infinity, pseudo-NaN. */
export const REAL_UNSUPPORTED: u32 = 5;

/**
 * A number taken apart. FINITE: (sig + low / 2^64) * 2^(exp - 63), bit 63 of sig set (but for a denormal that is rounded
 * and ready to be packed). NaN: sig is the significand of its 80-bit form.
 */
@unmanaged
export class Real {
  /** REAL_*. */
  kind: u32;
  /** 0 or 1. */
  sign: u32;
  exp: i32;
  /** 1: it was unpacked from a denormal. */
  denormal: u32;
  sig: u64;
  /** Of an operand 0; of a result the bits after sig, the last of them also standing for all that are lost. */
  low: u64;
}
export const REAL_BYTES: u32 = 32;
if (offsetof<Real>() != REAL_BYTES) ERROR("a Real is 32 bytes");

/** How an operation is to round, and what happened in it. */
@unmanaged
export class FloatEnv {
  /** FE_*: raised so far. */
  flags: u32;
  /** FE_*: masked. */
  masks: u32;
  /** ROUND_*. */
  rounding: u32;
  /** FLOAT_*. */
  options: u32;
  /** 1: the last rounding increased the magnitude (x87's C1). */
  roundedUp: u32;
  /** Significand bits of x87 results: 24, 53 or 64. */
  bits: u32;
  spare: u64;
}
/** Unmasked overflow and underflow leave a result with its exponent wrapped (x87 registers). */
export const FLOAT_WRAP: u32 = 1 << 0;
/** Denormal operands are zeros (MXCSR.DAZ). */
export const FLOAT_DAZ: u32 = 1 << 1;
/** Tiny results are zeros (MXCSR.FTZ). */
export const FLOAT_FTZ: u32 = 1 << 2;

/** In X86_SCRATCH: an XSAVE image in standard form up to the AVX component; then one FloatEnv, five Reals. */
export const FPU_IMAGE: u32 = X86_SCRATCH;
export const FPU_IMAGE_BYTES: u32 = 832;
export const FPU_ENV: u32 = X86_SCRATCH + FPU_IMAGE_BYTES;
export const FPU_REALS: u32 = FPU_ENV + <u32>offsetof<FloatEnv>();
if (FPU_REALS + 5 * REAL_BYTES > X86_SCRATCH + X86_SCRATCH_BYTES) ERROR("the scratch is too small");

/**
 * XSAVE components and their places in the standard form. The compacted form has the same order; no component asks for
 * 64-byte alignment there.
 */
export const XSTATE_X87: u64 = 1 << 0;
export const XSTATE_SSE: u64 = 1 << 1;
export const XSTATE_AVX: u64 = 1 << 2;
export const XSTATE_PKRU: u64 = 1 << 9;
export const XSAVE_LEGACY_BYTES: u32 = 512;
export const XSAVE_HEADER: u32 = 512;
export const XSAVE_EXTENDED: u32 = 576;
export const XSAVE_AVX: u32 = 576;
export const XSAVE_AVX_BYTES: u32 = 256;
export const XSAVE_PKRU: u32 = 832;
export const XSAVE_PKRU_BYTES: u32 = 8;
/** XCOMP_BV: the compacted form. */
export const XCOMP_COMPACTED: u64 = (<u64>1) << 63;
