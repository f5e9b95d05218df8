/**
 * Moves between vector registers, memory and general-purpose registers. What a move to an XMM register does not write it
 * either keeps or clears, as each function says; the upper halves of YMM registers are never touched.
 *
 * Non-temporal moves are plain ones: the guest cannot tell, and its ordering is at least what it may expect.
 */

import {
  isStatus,
  mmxEnter,
  mmxIsOff,
  mmxRefuse,
  mmxSource,
  mmxWrite,
  registerAt,
  storeAligned,
  storeSized,
  storeUnaligned,
  xmmIsOff,
  xmmRefuse,
  xmmSource,
  xmmSourceSized,
  xmmSourceUnaligned,
} from "./access";
import { regWrite } from "../operands";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, OP_MEM, Op } from "../../layout/x86_op";

// --- whole registers ---

/** MOVAPS, MOVAPD, MOVDQA xmm, xmm/m128; MOVNTDQA. */
export function xmmLoadAligned(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  v128.store(registerAt(c, op.reg), v128.load(source));
  return EXEC_NEXT;
}

/** MOVUPS, MOVUPD, MOVDQU xmm, xmm/m128; LDDQU. */
export function xmmLoadUnaligned(c: X86, op: Op): i32 {
  const source = xmmSourceUnaligned(c, op);
  if (isStatus(source)) return <i32>source;
  v128.store(registerAt(c, op.reg), v128.load(source));
  return EXEC_NEXT;
}

/** MOVAPS, MOVAPD, MOVDQA xmm/m128, xmm; MOVNTPS, MOVNTPD, MOVNTDQ. */
export function xmmStoreAligned(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  const reg = registerAt(c, op.reg);
  if ((op.flags & OP_MEM) != 0) return storeAligned(c, op, reg);
  v128.store(registerAt(c, op.rm), v128.load(reg));
  return EXEC_NEXT;
}

/** MOVUPS, MOVUPD, MOVDQU xmm/m128, xmm. */
export function xmmStoreUnaligned(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  const reg = registerAt(c, op.reg);
  if ((op.flags & OP_MEM) != 0) return storeUnaligned(c, op, reg);
  v128.store(registerAt(c, op.rm), v128.load(reg));
  return EXEC_NEXT;
}

// --- one element ---

/** MOVSS, MOVSD xmm, xmm/m: from a register it keeps what is above the element, from memory it clears that. */
export function xmmLoadScalar<T extends number>(c: X86, op: Op): i32 {
  const source = xmmSourceSized<T>(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  if ((op.flags & OP_MEM) != 0) v128.store(reg, v128.load_zero<T>(source));
  else store<T>(reg, load<T>(source));
  return EXEC_NEXT;
}

/** MOVSS, MOVSD xmm/m, xmm. */
export function xmmStoreScalar<T extends number>(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  const reg = registerAt(c, op.reg);
  if ((op.flags & OP_MEM) != 0) return storeSized<T>(c, op, reg);
  store<T>(registerAt(c, op.rm), load<T>(reg));
  return EXEC_NEXT;
}

/** MOVQ xmm, xmm/m64: clears the upper half. */
export function movqLoad(c: X86, op: Op): i32 {
  const source = xmmSourceSized<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  v128.store(registerAt(c, op.reg), v128.load_zero<u64>(source));
  return EXEC_NEXT;
}

/** MOVQ xmm/m64, xmm: clears the upper half. */
export function movqStore(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  const reg = registerAt(c, op.reg);
  if ((op.flags & OP_MEM) != 0) return storeSized<u64>(c, op, reg);
  v128.store(registerAt(c, op.rm), v128.load_zero<u64>(reg));
  return EXEC_NEXT;
}

// --- halves ---

/** MOVLPS, MOVLPD xmm, m64; MOVHLPS xmm, xmm: writes the lower half, a register gives its upper one. */
export function movlpsLoad(c: X86, op: Op): i32 {
  const source = xmmSourceSized<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  const from = (op.flags & OP_MEM) != 0 ? source : source + 8;
  store<u64>(registerAt(c, op.reg), load<u64>(from));
  return EXEC_NEXT;
}

/** MOVHPS, MOVHPD xmm, m64; MOVLHPS xmm, xmm: writes the upper half, a register gives its lower one. */
export function movhpsLoad(c: X86, op: Op): i32 {
  const source = xmmSourceSized<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  store<u64>(registerAt(c, op.reg), load<u64>(source), 8);
  return EXEC_NEXT;
}

/** MOVLPS, MOVLPD m64, xmm. */
export function movlpsStore(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  return storeSized<u64>(c, op, registerAt(c, op.reg));
}

/** MOVHPS, MOVHPD m64, xmm. */
export function movhpsStore(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  return storeSized<u64>(c, op, registerAt(c, op.reg) + 8);
}

// --- to and from general-purpose registers ---

/** MOVD, MOVQ xmm, r/m: clears what is above. */
export function movdToXmm<T extends number>(c: X86, op: Op): i32 {
  const source = xmmSourceSized<T>(c, op);
  if (isStatus(source)) return <i32>source;
  v128.store(registerAt(c, op.reg), v128.load_zero<T>(source));
  return EXEC_NEXT;
}

/** MOVD, MOVQ r/m, xmm. */
export function movdFromXmm<T extends number>(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  const reg = registerAt(c, op.reg);
  if ((op.flags & OP_MEM) != 0) return storeSized<T>(c, op, reg);
  regWrite<T>(c, op.rm, load<T>(reg));
  return EXEC_NEXT;
}

/** MOVD, MOVQ mm, r/m: clears what is above. */
export function movdToMmx<T extends number>(c: X86, op: Op): i32 {
  const source = mmxSource<T>(c, op);
  if (isStatus(source)) return <i32>source;
  mmxWrite(c, op.reg, <u64>load<T>(source));
  return EXEC_NEXT;
}

/** MOVD, MOVQ r/m, mm. */
export function movdFromMmx<T extends number>(c: X86, op: Op): i32 {
  if (mmxIsOff(c)) return mmxRefuse(c);
  if ((op.flags & OP_MEM) != 0) return mmxStoreSized<T>(c, op);
  mmxEnter(c);
  regWrite<T>(c, op.rm, load<T>(registerAt(c, op.reg)));
  return EXEC_NEXT;
}

// --- MMX ---

/** MOVQ mm, mm/m64. */
export function mmxLoad(c: X86, op: Op): i32 {
  const source = mmxSource<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  mmxWrite(c, op.reg, load<u64>(source));
  return EXEC_NEXT;
}

/** MOVQ mm/m64, mm; MOVNTQ. */
export function mmxStore(c: X86, op: Op): i32 {
  if (mmxIsOff(c)) return mmxRefuse(c);
  if ((op.flags & OP_MEM) != 0) return mmxStoreSized<u64>(c, op);
  mmxWrite(c, op.rm, load<u64>(registerAt(c, op.reg)));
  return EXEC_NEXT;
}

function mmxStoreSized<T extends number>(c: X86, op: Op): i32 {
  const status = storeSized<T>(c, op, registerAt(c, op.reg));
  if (status == EXEC_NEXT) mmxEnter(c);
  return status;
}

/** MOVDQ2Q mm, xmm. */
export function movdq2q(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  if (mmxIsOff(c)) return mmxRefuse(c);
  mmxWrite(c, op.reg, load<u64>(registerAt(c, op.rm)));
  return EXEC_NEXT;
}

/** MOVQ2DQ xmm, mm: clears the upper half. */
export function movq2dq(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  if (mmxIsOff(c)) return mmxRefuse(c);
  mmxEnter(c);
  v128.store(registerAt(c, op.reg), v128.load_zero<u64>(registerAt(c, op.rm)));
  return EXEC_NEXT;
}
