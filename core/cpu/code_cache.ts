/**
 * Decoded instructions of a vCPU, by where they lie: codeAt finds those at X86.rip, or decodes them.
 *
 * Guarantee: the ops it answers are what the frame's bytes say, as of some moment after the vCPU last entered the guest
 * or stored there itself. They stay in memory until the next look-up.
 *
 * Instructions that cross a page are not cached, nor are those of pages that CS covers in part: they are decoded into a
 * scratch op each time, with a look-up behind it, and never with a code of the executor's own.
 */

import {
  CODE_BLOCK_OPS,
  CODE_BYTES_AT,
  CODE_ENTRIES,
  CODE_ENTRY_SHIFT,
  CODE_JUMP_SHIFT,
  CODE_JUMPS,
  CODE_LINE_SHIFT,
  CODE_SCRATCH_AT,
  CODE_WANTS_CHUNK,
  CodeBlock,
  CodeCache,
  CodeEntry,
  CodeJump,
  CodePage,
} from "../layout/code_cache";
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { CODE_64, SEG_CS, X86 } from "../layout/x86";
import { CODE_CALL, CODE_LOOKUP, EXEC_CODE, EXEC_FAULT, EXEC_NEXT, Op, OP_BYTES, OP_MEM } from "../layout/x86_op";
import { aor64 } from "../sync/atomics";
import { segmentOf } from "./address";
import { codeCacheOf, codeDropAll, codeHasRoom, codeMayGrow } from "./code_memory";
import { codePageEnter, codePageSlot, codePageAt, NO_PAGE } from "./code_page";
import { DECODE_END, DECODE_TRUNCATED, decodeInstruction, MAX_INSTRUCTION_BYTES } from "./decode";
import { raiseGp } from "./exceptions";
import { fetchTranslate } from "./memory";
import { opAfter } from "./operands";
import { codeLinear, ripOfLinear } from "./rip";

const OFFSET: u64 = PAGE_SIZE - 1;
/** Op.base of RIP-relative addresses. */
const PAGE_LINEAR: u8 = <u8>offsetof<X86>("pageLinear");
const RIP_BASE: u8 = <u8>offsetof<X86>("ripBase");
const NOTHING: Op = changetype<Op>(0);

// @ts-ignore: decorator
@inline
function entryOf(c: X86, key: u32): CodeEntry {
  // Neighbouring pages' ids differ by little: the id is spread over all of the table.
  const hash = key ^ ((key >> PAGE_SHIFT) * 0x9e5);
  return changetype<CodeEntry>(c.codeEntries + ((hash & (CODE_ENTRIES - 1)) << CODE_ENTRY_SHIFT));
}

/** The op of the instruction at X86.rip, or 0: X86.codeStatus says why (EXEC_*). */
// @ts-ignore: decorator
@inline
export function codeAt(c: X86): Op {
  const linear = codeLinear(c);
  const jump = jumpOf(c, linear);
  if (jump.linear != linear || jump.tag != c.codeJumpTag) return find(c, linear, jump);
  c.pageLinear = linear & PAGE_MASK;
  c.pageHost = jump.pageHost;
  c.codePageKey = jump.pageKey;
  return changetype<Op>(jump.op);
}

// @ts-ignore: decorator
@inline
function jumpOf(c: X86, linear: u64): CodeJump {
  // Functions begin at multiples of 16: page and offset are mixed.
  const hash = <u32>linear ^ (<u32>linear >> 10);
  return changetype<CodeJump>(c.codeJumps + ((hash & (CODE_JUMPS - 1)) << CODE_JUMP_SHIFT));
}

/** As codeAt, but what was known is not good any more: its op is a look-up. */
export function codeAtAgain(c: X86): Op {
  const linear = codeLinear(c);
  return find(c, linear, jumpOf(c, linear));
}

/** codeAtSlow, remembered in `jump`. */
function find(c: X86, linear: u64, jump: CodeJump): Op {
  const op = codeAtSlow(c, linear);
  if (changetype<usize>(op) == 0 || isScratch(c, op)) return op;
  jump.linear = linear;
  jump.tag = c.codeJumpTag;
  jump.op = <u32>changetype<usize>(op);
  jump.pageHost = c.pageHost;
  jump.pageKey = c.codePageKey;
  return op;
}

/** Whether `op` is the one that is decoded each time. */
function isScratch(c: X86, op: Op): bool {
  return changetype<usize>(op) == <usize>c.codeCache + CODE_SCRATCH_AT;
}

export function codeAtSlow(c: X86, linear: u64): Op {
  if ((linear & PAGE_MASK) != c.pageLinear) {
    c.pageLinear = NO_PAGE;
    const status = codePageEnter(c, linear);
    if (status != EXEC_NEXT) return fail(c, status);
  }
  if (c.codePageKey == 0) return codeUncached(c, linear);
  const key = c.codePageKey | <u32>(linear & OFFSET);
  const entry = entryOf(c, key);
  return entry.key == key ? changetype<Op>(entry.op) : makeBlock(c, linear, key);
}

function fail(c: X86, status: i32): Op {
  c.codeStatus = status;
  return NOTHING;
}

/** Decodes from `linear`, in the present page, on. */
function makeBlock(c: X86, linear: u64, key: u32): Op {
  const d = codeCacheOf(c);
  if (!codeHasRoom(d)) {
    if (codeMayGrow(d)) {
      d.wants = CODE_WANTS_CHUNK;
      return fail(c, EXEC_CODE);
    }
    codeDropAll(c);
    c.pageLinear = NO_PAGE;
    return codeAtSlow(c, linear);
  }
  const page = codePageAt(c, codePageSlot(c, c.pageHost >> PAGE_SHIFT, c.codeMode));
  if (page.id != key >> PAGE_SHIFT) {
    // The page was given up while it was executed.
    c.pageLinear = NO_PAGE;
    return codeAtSlow(c, linear);
  }
  const block = changetype<CodeBlock>(d.opNext);
  const first = changetype<Op>(d.opNext + OP_BYTES);
  const from = <u32>(linear & OFFSET);
  const count = decodeBlock(c, d, page, first, from);
  if (count == 0) return codeUncached(c, linear);
  const last = changetype<Op>(changetype<usize>(first) + (count - 1) * OP_BYTES);
  block.key = key;
  block.ops = count;
  block.from = from;
  block.to = <u32>last.offset + last.length;
  block.next = page.blocks;
  page.blocks = <u32>changetype<usize>(block);
  d.opNext += (count + 1) * OP_BYTES;
  d.blocksDecoded++;
  d.opsDecoded += count;
  const entry = entryOf(c, key);
  entry.key = key;
  entry.op = <u32>changetype<usize>(first);
  return first;
}

/** Decodes up to a branch that is always taken, or the page's end. @ret ops made; 0: the first instruction crosses the page */
function decodeBlock(c: X86, d: CodeCache, page: CodePage, first: Op, from: u32): u32 {
  let op = first;
  let at = from;
  let n: u32 = 0;
  let status: i32 = 0;
  d.mode = c.codeMode;
  while (n < CODE_BLOCK_OPS && status != DECODE_END) {
    publishLines(page, at);
    d.start = c.pageHost + at;
    d.limit = PAGE_SIZE - at;
    status = decodeInstruction(c, d, op);
    if (status == DECODE_TRUNCATED) break;
    op.offset = <u16>at;
    op.count = <u16>(n + 1);
    const next = at + op.length;
    if (!placeOp(d, op, next)) break;
    at = next;
    n++;
    op = opAfter(op);
  }
  if (n == 0) return 0;
  // Behind DECODE_END too: what ends a block need not jump (OUTS of no elements, say).
  lookupOp(op, at, n + 1);
  return n + 1;
}

/** Before the bytes of an instruction at `at` are read: who stores there from now on sees that they matter. */
function publishLines(page: CodePage, at: u32): void {
  const end = at + MAX_INSTRUCTION_BYTES - 1 < PAGE_SIZE ? at + MAX_INSTRUCTION_BYTES - 1 : PAGE_SIZE - 1;
  const bits = ((<u64>1) << (at >> CODE_LINE_SHIFT)) | ((<u64>1) << (end >> CODE_LINE_SHIFT));
  if ((page.lines & bits) != bits) aor64(changetype<usize>(page) + offsetof<CodePage>("lines"), bits);
}

/** What an op needs to know of its place; it ends at offset `next`. @ret false: it cannot be cached */
function placeOp(d: CodeCache, op: Op, next: u32): bool {
  if (op.base == PAGE_LINEAR && (op.flags & OP_MEM) != 0) {
    const disp = <i64>op.disp + next;
    if (<i64>(<i32>disp) != disp) return false;
    op.disp = <i32>disp;
  }
  if (op.code != CODE_CALL && d.chains != 0) {
    // A branch that leaves the page, or cuts its target, is its handler's.
    if (<u64>next + op.imm < <u64>PAGE_SIZE && d.chains == d.mode + 1) op.fn = 0;
    else op.code = CODE_CALL;
  }
  return true;
}

function lookupOp(op: Op, at: u32, count: u32): void {
  memory.fill(changetype<usize>(op), 0, OP_BYTES);
  op.code = CODE_LOOKUP;
  op.offset = <u16>at;
  op.count = <u16>count;
}

/** The instruction at `linear`, in the present page, by itself. */
export function codeUncached(c: X86, linear: u64): Op {
  const d = codeCacheOf(c);
  const left = PAGE_SIZE - <u32>(linear & OFFSET);
  const op = changetype<Op>(changetype<usize>(d) + CODE_SCRATCH_AT);
  d.mode = c.codeMode;
  d.start = c.pageHost + <u32>(linear & OFFSET);
  d.limit = left;
  let status = decodeWithin(c, d, op, linear);
  if (status == DECODE_TRUNCATED && d.limit == left) {
    status = fetchAcross(c, d, linear, left);
    if (status != EXEC_NEXT) return fail(c, status);
    status = decodeWithin(c, d, op, linear);
  }
  // What CS's limit cuts off is not fetched.
  if (status == DECODE_TRUNCATED) return fail(c, raiseGp(c, 0));
  op.code = CODE_CALL;
  op.offset = <u16>(linear & OFFSET);
  op.count = 1;
  c.ripBase = linear + op.length;
  if (op.base == PAGE_LINEAR && (op.flags & OP_MEM) != 0) op.base = RIP_BASE;
  lookupOp(opAfter(op), <u32>op.offset + op.length, 2);
  return op;
}

/** Decodes what CS's limit leaves of d.limit. */
function decodeWithin(c: X86, d: CodeCache, op: Op, linear: u64): i32 {
  if (c.codeMode != CODE_64) {
    const limit = segmentOf(c, SEG_CS).limit;
    const rip = <u32>ripOfLinear(c, linear);
    if (rip > limit) d.limit = 0;
    else if (limit - rip < d.limit - 1) d.limit = limit - rip + 1;
  }
  return d.limit == 0 ? DECODE_TRUNCATED : decodeInstruction(c, d, op);
}

/** Collects the bytes of an instruction that `left` bytes of this page do not hold, and d.start, d.limit with them. */
function fetchAcross(c: X86, d: CodeCache, linear: u64, left: u32): i32 {
  const bytes = changetype<usize>(d) + CODE_BYTES_AT;
  const next = c.codeMode == CODE_64 ? linear + left : <u64>(<u32>linear + left);
  const status = fetchTranslate(c, next);
  if (status != EXEC_NEXT) return status;
  memory.copy(bytes, c.pageHost + (PAGE_SIZE - left), left);
  memory.copy(bytes + left, c.pointer, MAX_INSTRUCTION_BYTES - left);
  d.start = <u32>bytes;
  d.limit = MAX_INSTRUCTION_BYTES;
  return EXEC_NEXT;
}

/** Drops what is decoded of bytes [from, to) of a page. Their ops become look-ups: one of them may be what runs now. */
export function codeDropRange(c: X86, page: CodePage, from: u32, to: u32): void {
  let link = changetype<usize>(page) + offsetof<CodePage>("blocks");
  const d = codeCacheOf(c);
  let at = load<u32>(link);
  while (at != 0) {
    const block = changetype<CodeBlock>(at);
    if (block.from < to && from < block.to) {
      store<u32>(link, block.next);
      dropBlock(c, block);
      d.blocksDropped++;
    } else link = at + offsetof<CodeBlock>("next");
    at = load<u32>(link);
  }
}

function dropBlock(c: X86, block: CodeBlock): void {
  const entry = entryOf(c, block.key);
  if (entry.key == block.key) entry.key = 0;
  let op = changetype<Op>(changetype<usize>(block) + OP_BYTES);
  for (let i: u32 = 0; i < block.ops; i++) {
    op.code = CODE_LOOKUP;
    op = opAfter(op);
  }
}
