/**
 * Runs recorded vectors: states go in and come out as records (tools/vectors/layout.mjs), exceptions are told, not
 * delivered.
 */
import { codeCacheOf, codeDropAll, codeFree, codeGrow, codeInit } from "../../../core/cpu/code_memory";
import { codePageFlushed } from "../../../core/cpu/code_page";
import { execute, EXECUTE_BLOCKS, executeOne } from "../../../core/cpu/execute";
import { flagsRead, flagsWrite } from "../../../core/cpu/flags";
import { x87SetStatusWord, x87StatusWord } from "../../../core/cpu/fpu/x87_state";
import { privilegeChanged } from "../../../core/cpu/privilege";
import {
  CODE_32,
  CODE_64,
  EXC_GP,
  EXC_NONE,
  EXC_PF,
  SEG_CS,
  SEG_DB,
  SEG_ES,
  SEG_FS,
  SEG_G,
  SEG_GS,
  SEG_L,
  SEG_PRESENT,
  SEG_S,
  SEG_SS,
  SEG_DS,
  SEG_DPL_SHIFT,
  SEG_UNUSABLE,
  Segment,
  SEGMENT_BYTES,
  X86,
  X86_SEGMENTS,
  X86_X87,
  X86_YMM,
} from "../../../core/layout/x86";
import { CODE_WANTS_CHUNK, CODE_WANTS_NOTHING } from "../../../core/layout/code_cache";
import {
  EXEC_CODE,
  EXEC_EXCLUSIVE,
  EXEC_FAULT,
  EXEC_JUMP,
  EXEC_REFETCH,
  EXEC_REQUEST,
  EXEC_STOP,
} from "../../../core/layout/x86_op";
import { STEPPING_EXCLUSIVE } from "../../../core/layout/x86_system";

const RIP_AT: usize = 128;
const RFLAGS_AT: usize = 136;
const TRAP_AT: usize = 144;
const ERROR_AT: usize = 148;
const CODE_AT: usize = 152;
const FX_AT: usize = 168;
const ST_AT: usize = FX_AT + 32;
const XMM_AT: usize = FX_AT + 160;
const MEMORY_AT: usize = 584;
/** Each of the two data pages has half of the window: the end of the first one, the start of the second. */
const HALF: usize = 512;
const PAGE: usize = 4096;
const HLT: u8 = 0xf4;
/** Not an exception: the executor gave a status that no vector can have; it is in the error code. */
const TRAP_STATUS: u32 = 0x200;

function setSegment(c: X86, seg: u32, selector: u16, base: u64, attributes: u32): void {
  const s = changetype<Segment>(changetype<usize>(c) + X86_SEGMENTS + seg * SEGMENT_BYTES);
  s.selector = selector;
  s.base = base;
  s.limit = 0xffffffff;
  s.attributes = attributes;
}

/** Linux's user mode, 32 or 64 bits; GS has a base. */
export function vectorsProbeMode(p: usize, mode: u32, gsBase: u64): void {
  const c = changetype<X86>(p);
  const user: u32 = SEG_PRESENT | SEG_S | (3 << SEG_DPL_SHIFT) | SEG_G;
  const data: u32 = user | SEG_DB | 3;
  c.cpl = 3;
  c.codeMode = mode == 64 ? CODE_64 : CODE_32;
  if (mode == 64) setSegment(c, SEG_CS, 0x33, 0, user | SEG_L | 0xb);
  else setSegment(c, SEG_CS, 0x23, 0, user | SEG_DB | 0xb);
  setSegment(c, SEG_SS, 0x2b, 0, data);
  setSegment(c, SEG_DS, 0x2b, 0, data);
  setSegment(c, SEG_ES, 0x2b, 0, data);
  setSegment(c, SEG_FS, 0, 0, SEG_UNUSABLE);
  setSegment(c, SEG_GS, 0, gsBase, SEG_UNUSABLE);
  privilegeChanged(c);
}

/** Decoded instructions are forgotten: the test has written code behind the processor's back. */
export function vectorsProbeForget(p: usize): i32 {
  const c = changetype<X86>(p);
  if (c.codeCache == 0 && !codeInit(c)) return -1;
  codeDropAll(c);
  return 0;
}

export function vectorsProbeFree(p: usize): void {
  codeFree(changetype<X86>(p));
}

/** The state of `record`; the window's halves end at `low` + PAGE and begin at `high`. */
function loadState(c: X86, record: usize, low: usize, high: usize): void {
  memory.copy(changetype<usize>(c), record, 128);
  c.rip = load<u64>(record + RIP_AT);
  flagsWrite(c, load<u64>(record + RFLAGS_AT), u64.MAX_VALUE);
  privilegeChanged(c);
  const fx = record + FX_AT;
  c.fcw = load<u16>(fx);
  x87SetStatusWord(c, load<u16>(fx + 2));
  c.fpuEmpty = <u16>~load<u8>(fx + 4);
  c.fop = load<u16>(fx + 6);
  c.fip = load<u64>(fx + 8);
  c.fdp = load<u64>(fx + 16);
  c.mxcsr = load<u32>(fx + 24);
  for (let i: usize = 0; i < 8; i++)
    memory.copy(changetype<usize>(c) + X86_X87 + (((i + c.fpuTop) & 7) << 4), record + ST_AT + (i << 4), 10);
  for (let i: usize = 0; i < 16; i++)
    memory.copy(changetype<usize>(c) + X86_YMM + (i << 5), record + XMM_AT + (i << 4), 16);
  memory.copy(low + PAGE - HALF, record + MEMORY_AT, HALF);
  memory.copy(high, record + MEMORY_AT + HALF, HALF);
}

function saveState(c: X86, record: usize, low: usize, high: usize): void {
  memory.copy(record, changetype<usize>(c), 128);
  store<u64>(record + RIP_AT, c.rip);
  store<u64>(record + RFLAGS_AT, flagsRead(c));
  const fx = record + FX_AT;
  store<u16>(fx, c.fcw);
  store<u16>(fx + 2, <u16>x87StatusWord(c));
  store<u8>(fx + 4, <u8>~c.fpuEmpty);
  store<u16>(fx + 6, c.fop);
  store<u64>(fx + 8, c.fip);
  store<u64>(fx + 16, c.fdp);
  store<u32>(fx + 24, c.mxcsr);
  for (let i: usize = 0; i < 8; i++)
    memory.copy(record + ST_AT + (i << 4), changetype<usize>(c) + X86_X87 + (((i + c.fpuTop) & 7) << 4), 10);
  for (let i: usize = 0; i < 16; i++)
    memory.copy(record + XMM_AT + (i << 4), changetype<usize>(c) + X86_YMM + (i << 5), 16);
  memory.copy(record + MEMORY_AT, low + PAGE - HALF, HALF);
  memory.copy(record + MEMORY_AT + HALF, high, HALF);
}

/** What ended the instruction: the record's trap, error and address. */
function saveTrap(c: X86, record: usize, status: i32): void {
  let trap = TRAP_STATUS;
  let error = <u32>status;
  let address: u64 = 0;
  if (status == EXEC_FAULT) {
    trap = c.excVector;
    error = c.excHasError != 0 ? c.excError : 0;
    if (trap == EXC_PF) address = c.excAddress;
    c.excVector = EXC_NONE;
  } else if (status == EXEC_NEXT_DONE) {
    trap = EXC_GP;
    error = 0;
  }
  store<u32>(record + TRAP_AT, trap);
  store<u32>(record + ERROR_AT, error);
  store<u64>(record + CODE_AT, address);
  store<u64>(record + CODE_AT + 8, 0);
}

/** The HLT behind the instruction was reached. */
const EXEC_NEXT_DONE: i32 = 100;

/** What the run loop does for the code cache; there is no other vCPU. */
function serveCode(c: X86): bool {
  const d = codeCacheOf(c);
  const wants = d.wants;
  d.wants = CODE_WANTS_NOTHING;
  if (wants == CODE_WANTS_CHUNK) return codeGrow(c);
  codePageFlushed(c);
  return true;
}

/** There is no other vCPU that could be in the way. */
function runExclusive(c: X86): i32 {
  c.stepping |= STEPPING_EXCLUSIVE;
  const status = executeOne(c);
  c.stepping &= ~STEPPING_EXCLUSIVE;
  return status;
}

/** Instructions one at a time, decoded afresh, until one is another's. */
function runOne(c: X86): i32 {
  const rip = c.rip;
  for (let i = 0; i < 64; i++) {
    let status = executeOne(c);
    if (status == EXEC_EXCLUSIVE) status = runExclusive(c);
    if (status == EXEC_REQUEST || (status == EXEC_CODE && serveCode(c))) continue;
    if (status != EXEC_JUMP && status != EXEC_REFETCH && status != EXEC_STOP) return status;
    if (c.rip != rip) return EXEC_NEXT_DONE;
  }
  return EXEC_REQUEST;
}

/** As the run loop does it, to the HLT. */
function runBlocks(c: X86): i32 {
  for (let i = 0; i < 64; i++) {
    let status = execute(c, EXECUTE_BLOCKS);
    if (status == EXEC_EXCLUSIVE) status = runExclusive(c);
    if (status == EXEC_CODE) {
      if (!serveCode(c)) return status;
    } else if (status != EXEC_JUMP && status != EXEC_REFETCH && status != EXEC_REQUEST) return status;
  }
  return EXEC_REQUEST;
}

/** Runs the vector in `record` and leaves its result there. */
export function vectorsProbeRun(p: usize, record: usize, low: usize, high: usize, isCached: u32): void {
  const c = changetype<X86>(p);
  loadState(c, record, low, high);
  const status = isCached != 0 ? runBlocks(c) : runOne(c);
  saveState(c, record, low, high);
  saveTrap(c, record, status);
}
