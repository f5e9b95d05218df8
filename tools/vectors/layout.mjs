/**
 * A vector's input and result as bytes, and where its code and data are: what test/cpu/recorder/recorder.c calls a
 * record, field by field.
 */

export const RECORD_BYTES = 1608;
export const RIP_AT = 128;
export const RFLAGS_AT = 136;
/** In: 32 or 64. Out: the exception's vector. */
export const MODE_AT = 144;
export const TRAP_AT = 144;
/** Out. */
export const ERROR_AT = 148;
/** In. */
export const CODE_AT = 152;
export const CODE_MAX = 16;
/** Out: of a page fault. */
export const CR2_AT = 152;
export const FX_AT = 168;
export const MEMORY_AT = 584;

/** In the FXSAVE image. */
export const FCW_AT = FX_AT;
export const FSW_AT = FX_AT + 2;
export const FTW_AT = FX_AT + 4;
export const FOP_AT = FX_AT + 6;
export const FIP_AT = FX_AT + 8;
export const FDP_AT = FX_AT + 16;
export const MXCSR_AT = FX_AT + 24;
export const ST_AT = FX_AT + 32;
export const XMM_AT = FX_AT + 160;

export const CODE_BASE = 0x1000_0000;
export const CODE_BYTES = 0x1_0000;
/** Each vector of a batch has its own part of the code region; the rest of it is HLT. */
export const SLOT_BYTES = 512;
export const SLOTS = CODE_BYTES / SLOT_BYTES;
export const HLT = 0xf4;

export const DATA_BASE = 0x2000_0000;
export const DATA_BYTES = 0x2000;
/** The part of the data pages that vectors read and write; the border of the two pages is in its middle. */
export const WINDOW_BASE = DATA_BASE + 0xe00;
export const WINDOW_BYTES = 1024;
/** The data pages' end: nothing is mapped behind, and nothing before DATA_BASE. */
export const DATA_END = DATA_BASE + DATA_BYTES;

/** Not exceptions: what the recorder says of an input that is no vector. */
export const TRAP_HANG = 0xff;
export const TRAP_STRAY = 0x100;

/** The HLT behind an instruction, at CPL 3. */
