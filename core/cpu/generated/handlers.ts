/** Generated from tools/isa/rows by tools/isa/generate.mjs (node tools/build.mjs isa). Do not edit. */

import { X86 } from "../../layout/x86";
import { Op } from "../../layout/x86_op";
import { adcEG, adcEI, adcGE, addEG, addEI, addGE, cmpEG, cmpEI, cmpGE, sbbEG, sbbEI, sbbGE, subEG, subEI, subGE } from "../alu/arithmetic";
import { andEG, andEI, andGE, orEG, orEI, orGE, xorEG, xorEI, xorGE } from "../alu/logic";
import { decE, decZ, incE, incZ, negE, notE, testEG, testEI } from "../alu/unary";
import { callE, callJ, jcxz, jmpE, jmpJ, loop, loope, loopne, ret } from "../branch/branch";
import { cmovb, cmovbe, cmovl, cmovle, cmovnb, cmovnbe, cmovnl, cmovnle, cmovno, cmovnp, cmovns, cmovnz, cmovo, cmovp, cmovs, cmovz, jb, jbe, jl, jle, jnb, jnbe, jnl, jnle, jno, jnp, jns, jnz, jo, jp, js, jz, setb, setbe, setl, setle, setnb, setnbe, setnl, setnle, setno, setnp, setns, setnz, seto, setp, sets, setz } from "../branch/condition";
import { addpd, addps, addsd, addss, addsubpd, addsubps, divpd, divps, divsd, divss, dppd, dpps, haddpd, haddps, hsubpd, hsubps, maxpd, maxps, maxsd, maxss, minpd, minps, minsd, minss, mulpd, mulps, mulsd, mulss, sqrtpd, sqrtps, sqrtsd, sqrtss, subpd, subps, subsd, subss } from "../fpu/sse_arith";
import { cmppd, cmpps, cmpsd, cmpss, comisd, comiss, rcpps, rcpss, rsqrtps, rsqrtss, ucomisd, ucomiss } from "../fpu/sse_compare";
import { cvtdq2pd, cvtdq2ps, cvtpd2dq, cvtpd2pi, cvtpd2ps, cvtpi2pd, cvtpi2ps, cvtps2dq, cvtps2pd, cvtps2pi, cvtsd2si, cvtsd2ss, cvtsi2sd, cvtsi2ss, cvtss2sd, cvtss2si, cvttpd2dq, cvttpd2pi, cvttps2dq, cvttps2pi, cvttsd2si, cvttss2si, ldmxcsr, roundpd, roundps, roundsd, roundss, stmxcsr } from "../fpu/sse_convert";
import { faddM32, faddM64, faddSt0Sti, faddStiSt0, faddpStiSt0, fdivM32, fdivM64, fdivSt0Sti, fdivStiSt0, fdivpStiSt0, fdivrM32, fdivrM64, fdivrSt0Sti, fdivrStiSt0, fdivrpStiSt0, fiaddM16, fiaddM32, fidivM16, fidivM32, fidivrM16, fidivrM32, fimulM16, fimulM32, fisubM16, fisubM32, fisubrM16, fisubrM32, fmulM32, fmulM64, fmulSt0Sti, fmulStiSt0, fmulpStiSt0, fsubM32, fsubM64, fsubSt0Sti, fsubStiSt0, fsubpStiSt0, fsubrM32, fsubrM64, fsubrSt0Sti, fsubrStiSt0, fsubrpStiSt0 } from "../fpu/x87_arith";
import { fcomM32, fcomM64, fcomSti, fcomi, fcomip, fcompM32, fcompM64, fcompSti, fcompp, ficomM16, ficomM32, ficompM16, ficompM32, ftst, fucomSti, fucomi, fucomip, fucompSti, fucompp, fxam } from "../fpu/x87_compare";
import { emms, fdecstp, fincstp, fldcw, fldenv, fnclex, fninit, fnop, fnop8087, fnsave, fnstcw, fnstenv, fnstsw, frstor, fwait } from "../fpu/x87_env";
import { fabs, fbld, fchs, fcmovb, fcmovbe, fcmove, fcmovnb, fcmovnbe, fcmovne, fcmovnu, fcmovu, fildM16, fildM32, fildM64, fld1, fldM32, fldM64, fldM80, fldSti, fldl2e, fldl2t, fldlg2, fldln2, fldpi, fldz, fxch } from "../fpu/x87_load";
import { fprem, fprem1, frndint, fscale, fsqrt, fxtract } from "../fpu/x87_misc";
import { fbstp, ffree, ffreep, fistM16, fistM32, fistpM16, fistpM32, fistpM64, fisttpM16, fisttpM32, fisttpM64, fstM32, fstM64, fstSti, fstpM32, fstpM64, fstpM80, fstpSti } from "../fpu/x87_store";
import { lea, movARax, movEG, movEI, movGE, movRaxA, movZI, movsxB, movsxW, movsxd, movzxB, movzxW, nop, xchgEG, xchgZ } from "../move/move";
import { popE, popZ, pushE, pushI, pushZ } from "../move/push_pop";
import { aesdec, aesdeclast, aesenc, aesenclast, aesimc, aeskeygenassist } from "../simd/aes";
import { pclmulqdq } from "../simd/clmul";
import { insertps, mmxPextrw, mmxPinsrw, mmxPmovmskb, movmsk, pextr, pextrwToReg, pinsr } from "../simd/element";
import { Absolute, Add, AddPairs, AddPairsSaturated, AddSaturated, And, AndNot, Average, DuplicateEven, DuplicateLow64, DuplicateOdd, Equal, Greater, LeastWord, Maximum, Minimum, MultiplyAddBytes, MultiplyAddWords, MultiplyEven, MultiplyHigh, MultiplyLow, MultiplyRounded, Or, Pack, ShuffleBytes, ShuffleBytes64, Sign, Subtract, SubtractPairs, SubtractPairsSaturated, SubtractSaturated, SumOfDifferences, UnpackHigh, UnpackHigh64, UnpackLow, Widen, Xor } from "../simd/lanes";
import { maskmovdqu, maskmovq } from "../simd/mask_move";
import { mmxLoad, mmxStore, movdFromMmx, movdFromXmm, movdToMmx, movdToXmm, movdq2q, movhpsLoad, movhpsStore, movlpsLoad, movlpsStore, movq2dq, movqLoad, movqStore, xmmLoadAligned, xmmLoadScalar, xmmLoadUnaligned, xmmStoreAligned, xmmStoreScalar, xmmStoreUnaligned } from "../simd/move";
import { mmxBinary, mmxBinary32, mmxJoined, mmxShift, mmxShiftImmediate, mmxUnary, xmmBinary, xmmShift, xmmShiftImmediate, xmmUnary, xmmUnarySized } from "../simd/packed";
import { sha1msg1, sha1msg2, sha1nexte, sha1rnds4, sha256msg1, sha256msg2, sha256rnds2 } from "../simd/sha";
import { ShiftLeft, ShiftLeftBytes, ShiftRight, ShiftRightBytes } from "../simd/shift_lanes";
import { blendImmediate, blendVariable, mmxPalignr, mpsadbw, palignr, pshufd, pshufhw, pshuflw, pshufw, ptest, shufpd, shufps } from "../simd/shuffle";
import { pcmpestri, pcmpestrm, pcmpistri, pcmpistrm } from "../simd/string_compare";
import { instructionTooLong, undefinedInstruction } from "../undefined";

function addEG_u8(c: X86, op: Op): i32 {
  return addEG<u8>(c, op);
}
function addEG_u16(c: X86, op: Op): i32 {
  return addEG<u16>(c, op);
}
function addEG_u32(c: X86, op: Op): i32 {
  return addEG<u32>(c, op);
}
function addEG_u64(c: X86, op: Op): i32 {
  return addEG<u64>(c, op);
}
function addGE_u8(c: X86, op: Op): i32 {
  return addGE<u8>(c, op);
}
function addGE_u16(c: X86, op: Op): i32 {
  return addGE<u16>(c, op);
}
function addGE_u32(c: X86, op: Op): i32 {
  return addGE<u32>(c, op);
}
function addGE_u64(c: X86, op: Op): i32 {
  return addGE<u64>(c, op);
}
function addEI_u8(c: X86, op: Op): i32 {
  return addEI<u8>(c, op);
}
function addEI_u16(c: X86, op: Op): i32 {
  return addEI<u16>(c, op);
}
function addEI_u32(c: X86, op: Op): i32 {
  return addEI<u32>(c, op);
}
function addEI_u64(c: X86, op: Op): i32 {
  return addEI<u64>(c, op);
}
function orEG_u8(c: X86, op: Op): i32 {
  return orEG<u8>(c, op);
}
function orEG_u16(c: X86, op: Op): i32 {
  return orEG<u16>(c, op);
}
function orEG_u32(c: X86, op: Op): i32 {
  return orEG<u32>(c, op);
}
function orEG_u64(c: X86, op: Op): i32 {
  return orEG<u64>(c, op);
}
function orGE_u8(c: X86, op: Op): i32 {
  return orGE<u8>(c, op);
}
function orGE_u16(c: X86, op: Op): i32 {
  return orGE<u16>(c, op);
}
function orGE_u32(c: X86, op: Op): i32 {
  return orGE<u32>(c, op);
}
function orGE_u64(c: X86, op: Op): i32 {
  return orGE<u64>(c, op);
}
function orEI_u8(c: X86, op: Op): i32 {
  return orEI<u8>(c, op);
}
function orEI_u16(c: X86, op: Op): i32 {
  return orEI<u16>(c, op);
}
function orEI_u32(c: X86, op: Op): i32 {
  return orEI<u32>(c, op);
}
function orEI_u64(c: X86, op: Op): i32 {
  return orEI<u64>(c, op);
}
function adcEG_u8(c: X86, op: Op): i32 {
  return adcEG<u8>(c, op);
}
function adcEG_u16(c: X86, op: Op): i32 {
  return adcEG<u16>(c, op);
}
function adcEG_u32(c: X86, op: Op): i32 {
  return adcEG<u32>(c, op);
}
function adcEG_u64(c: X86, op: Op): i32 {
  return adcEG<u64>(c, op);
}
function adcGE_u8(c: X86, op: Op): i32 {
  return adcGE<u8>(c, op);
}
function adcGE_u16(c: X86, op: Op): i32 {
  return adcGE<u16>(c, op);
}
function adcGE_u32(c: X86, op: Op): i32 {
  return adcGE<u32>(c, op);
}
function adcGE_u64(c: X86, op: Op): i32 {
  return adcGE<u64>(c, op);
}
function adcEI_u8(c: X86, op: Op): i32 {
  return adcEI<u8>(c, op);
}
function adcEI_u16(c: X86, op: Op): i32 {
  return adcEI<u16>(c, op);
}
function adcEI_u32(c: X86, op: Op): i32 {
  return adcEI<u32>(c, op);
}
function adcEI_u64(c: X86, op: Op): i32 {
  return adcEI<u64>(c, op);
}
function sbbEG_u8(c: X86, op: Op): i32 {
  return sbbEG<u8>(c, op);
}
function sbbEG_u16(c: X86, op: Op): i32 {
  return sbbEG<u16>(c, op);
}
function sbbEG_u32(c: X86, op: Op): i32 {
  return sbbEG<u32>(c, op);
}
function sbbEG_u64(c: X86, op: Op): i32 {
  return sbbEG<u64>(c, op);
}
function sbbGE_u8(c: X86, op: Op): i32 {
  return sbbGE<u8>(c, op);
}
function sbbGE_u16(c: X86, op: Op): i32 {
  return sbbGE<u16>(c, op);
}
function sbbGE_u32(c: X86, op: Op): i32 {
  return sbbGE<u32>(c, op);
}
function sbbGE_u64(c: X86, op: Op): i32 {
  return sbbGE<u64>(c, op);
}
function sbbEI_u8(c: X86, op: Op): i32 {
  return sbbEI<u8>(c, op);
}
function sbbEI_u16(c: X86, op: Op): i32 {
  return sbbEI<u16>(c, op);
}
function sbbEI_u32(c: X86, op: Op): i32 {
  return sbbEI<u32>(c, op);
}
function sbbEI_u64(c: X86, op: Op): i32 {
  return sbbEI<u64>(c, op);
}
function andEG_u8(c: X86, op: Op): i32 {
  return andEG<u8>(c, op);
}
function andEG_u16(c: X86, op: Op): i32 {
  return andEG<u16>(c, op);
}
function andEG_u32(c: X86, op: Op): i32 {
  return andEG<u32>(c, op);
}
function andEG_u64(c: X86, op: Op): i32 {
  return andEG<u64>(c, op);
}
function andGE_u8(c: X86, op: Op): i32 {
  return andGE<u8>(c, op);
}
function andGE_u16(c: X86, op: Op): i32 {
  return andGE<u16>(c, op);
}
function andGE_u32(c: X86, op: Op): i32 {
  return andGE<u32>(c, op);
}
function andGE_u64(c: X86, op: Op): i32 {
  return andGE<u64>(c, op);
}
function andEI_u8(c: X86, op: Op): i32 {
  return andEI<u8>(c, op);
}
function andEI_u16(c: X86, op: Op): i32 {
  return andEI<u16>(c, op);
}
function andEI_u32(c: X86, op: Op): i32 {
  return andEI<u32>(c, op);
}
function andEI_u64(c: X86, op: Op): i32 {
  return andEI<u64>(c, op);
}
function subEG_u8(c: X86, op: Op): i32 {
  return subEG<u8>(c, op);
}
function subEG_u16(c: X86, op: Op): i32 {
  return subEG<u16>(c, op);
}
function subEG_u32(c: X86, op: Op): i32 {
  return subEG<u32>(c, op);
}
function subEG_u64(c: X86, op: Op): i32 {
  return subEG<u64>(c, op);
}
function subGE_u8(c: X86, op: Op): i32 {
  return subGE<u8>(c, op);
}
function subGE_u16(c: X86, op: Op): i32 {
  return subGE<u16>(c, op);
}
function subGE_u32(c: X86, op: Op): i32 {
  return subGE<u32>(c, op);
}
function subGE_u64(c: X86, op: Op): i32 {
  return subGE<u64>(c, op);
}
function subEI_u8(c: X86, op: Op): i32 {
  return subEI<u8>(c, op);
}
function subEI_u16(c: X86, op: Op): i32 {
  return subEI<u16>(c, op);
}
function subEI_u32(c: X86, op: Op): i32 {
  return subEI<u32>(c, op);
}
function subEI_u64(c: X86, op: Op): i32 {
  return subEI<u64>(c, op);
}
function xorEG_u8(c: X86, op: Op): i32 {
  return xorEG<u8>(c, op);
}
function xorEG_u16(c: X86, op: Op): i32 {
  return xorEG<u16>(c, op);
}
function xorEG_u32(c: X86, op: Op): i32 {
  return xorEG<u32>(c, op);
}
function xorEG_u64(c: X86, op: Op): i32 {
  return xorEG<u64>(c, op);
}
function xorGE_u8(c: X86, op: Op): i32 {
  return xorGE<u8>(c, op);
}
function xorGE_u16(c: X86, op: Op): i32 {
  return xorGE<u16>(c, op);
}
function xorGE_u32(c: X86, op: Op): i32 {
  return xorGE<u32>(c, op);
}
function xorGE_u64(c: X86, op: Op): i32 {
  return xorGE<u64>(c, op);
}
function xorEI_u8(c: X86, op: Op): i32 {
  return xorEI<u8>(c, op);
}
function xorEI_u16(c: X86, op: Op): i32 {
  return xorEI<u16>(c, op);
}
function xorEI_u32(c: X86, op: Op): i32 {
  return xorEI<u32>(c, op);
}
function xorEI_u64(c: X86, op: Op): i32 {
  return xorEI<u64>(c, op);
}
function cmpEG_u8(c: X86, op: Op): i32 {
  return cmpEG<u8>(c, op);
}
function cmpEG_u16(c: X86, op: Op): i32 {
  return cmpEG<u16>(c, op);
}
function cmpEG_u32(c: X86, op: Op): i32 {
  return cmpEG<u32>(c, op);
}
function cmpEG_u64(c: X86, op: Op): i32 {
  return cmpEG<u64>(c, op);
}
function cmpGE_u8(c: X86, op: Op): i32 {
  return cmpGE<u8>(c, op);
}
function cmpGE_u16(c: X86, op: Op): i32 {
  return cmpGE<u16>(c, op);
}
function cmpGE_u32(c: X86, op: Op): i32 {
  return cmpGE<u32>(c, op);
}
function cmpGE_u64(c: X86, op: Op): i32 {
  return cmpGE<u64>(c, op);
}
function cmpEI_u8(c: X86, op: Op): i32 {
  return cmpEI<u8>(c, op);
}
function cmpEI_u16(c: X86, op: Op): i32 {
  return cmpEI<u16>(c, op);
}
function cmpEI_u32(c: X86, op: Op): i32 {
  return cmpEI<u32>(c, op);
}
function cmpEI_u64(c: X86, op: Op): i32 {
  return cmpEI<u64>(c, op);
}
function incZ_u16(c: X86, op: Op): i32 {
  return incZ<u16>(c, op);
}
function incZ_u32(c: X86, op: Op): i32 {
  return incZ<u32>(c, op);
}
function incZ_u64(c: X86, op: Op): i32 {
  return incZ<u64>(c, op);
}
function decZ_u16(c: X86, op: Op): i32 {
  return decZ<u16>(c, op);
}
function decZ_u32(c: X86, op: Op): i32 {
  return decZ<u32>(c, op);
}
function decZ_u64(c: X86, op: Op): i32 {
  return decZ<u64>(c, op);
}
function pushZ_u16(c: X86, op: Op): i32 {
  return pushZ<u16>(c, op);
}
function pushZ_u32(c: X86, op: Op): i32 {
  return pushZ<u32>(c, op);
}
function pushZ_u64(c: X86, op: Op): i32 {
  return pushZ<u64>(c, op);
}
function popZ_u16(c: X86, op: Op): i32 {
  return popZ<u16>(c, op);
}
function popZ_u32(c: X86, op: Op): i32 {
  return popZ<u32>(c, op);
}
function popZ_u64(c: X86, op: Op): i32 {
  return popZ<u64>(c, op);
}
function movsxd_u16(c: X86, op: Op): i32 {
  return movsxd<u16>(c, op);
}
function movsxd_u32(c: X86, op: Op): i32 {
  return movsxd<u32>(c, op);
}
function movsxd_u64(c: X86, op: Op): i32 {
  return movsxd<u64>(c, op);
}
function pushI_u16(c: X86, op: Op): i32 {
  return pushI<u16>(c, op);
}
function pushI_u32(c: X86, op: Op): i32 {
  return pushI<u32>(c, op);
}
function pushI_u64(c: X86, op: Op): i32 {
  return pushI<u64>(c, op);
}
function jo_u16(c: X86, op: Op): i32 {
  return jo<u16>(c, op);
}
function jo_u32(c: X86, op: Op): i32 {
  return jo<u32>(c, op);
}
function jo_u64(c: X86, op: Op): i32 {
  return jo<u64>(c, op);
}
function jno_u16(c: X86, op: Op): i32 {
  return jno<u16>(c, op);
}
function jno_u32(c: X86, op: Op): i32 {
  return jno<u32>(c, op);
}
function jno_u64(c: X86, op: Op): i32 {
  return jno<u64>(c, op);
}
function jb_u16(c: X86, op: Op): i32 {
  return jb<u16>(c, op);
}
function jb_u32(c: X86, op: Op): i32 {
  return jb<u32>(c, op);
}
function jb_u64(c: X86, op: Op): i32 {
  return jb<u64>(c, op);
}
function jnb_u16(c: X86, op: Op): i32 {
  return jnb<u16>(c, op);
}
function jnb_u32(c: X86, op: Op): i32 {
  return jnb<u32>(c, op);
}
function jnb_u64(c: X86, op: Op): i32 {
  return jnb<u64>(c, op);
}
function jz_u16(c: X86, op: Op): i32 {
  return jz<u16>(c, op);
}
function jz_u32(c: X86, op: Op): i32 {
  return jz<u32>(c, op);
}
function jz_u64(c: X86, op: Op): i32 {
  return jz<u64>(c, op);
}
function jnz_u16(c: X86, op: Op): i32 {
  return jnz<u16>(c, op);
}
function jnz_u32(c: X86, op: Op): i32 {
  return jnz<u32>(c, op);
}
function jnz_u64(c: X86, op: Op): i32 {
  return jnz<u64>(c, op);
}
function jbe_u16(c: X86, op: Op): i32 {
  return jbe<u16>(c, op);
}
function jbe_u32(c: X86, op: Op): i32 {
  return jbe<u32>(c, op);
}
function jbe_u64(c: X86, op: Op): i32 {
  return jbe<u64>(c, op);
}
function jnbe_u16(c: X86, op: Op): i32 {
  return jnbe<u16>(c, op);
}
function jnbe_u32(c: X86, op: Op): i32 {
  return jnbe<u32>(c, op);
}
function jnbe_u64(c: X86, op: Op): i32 {
  return jnbe<u64>(c, op);
}
function js_u16(c: X86, op: Op): i32 {
  return js<u16>(c, op);
}
function js_u32(c: X86, op: Op): i32 {
  return js<u32>(c, op);
}
function js_u64(c: X86, op: Op): i32 {
  return js<u64>(c, op);
}
function jns_u16(c: X86, op: Op): i32 {
  return jns<u16>(c, op);
}
function jns_u32(c: X86, op: Op): i32 {
  return jns<u32>(c, op);
}
function jns_u64(c: X86, op: Op): i32 {
  return jns<u64>(c, op);
}
function jp_u16(c: X86, op: Op): i32 {
  return jp<u16>(c, op);
}
function jp_u32(c: X86, op: Op): i32 {
  return jp<u32>(c, op);
}
function jp_u64(c: X86, op: Op): i32 {
  return jp<u64>(c, op);
}
function jnp_u16(c: X86, op: Op): i32 {
  return jnp<u16>(c, op);
}
function jnp_u32(c: X86, op: Op): i32 {
  return jnp<u32>(c, op);
}
function jnp_u64(c: X86, op: Op): i32 {
  return jnp<u64>(c, op);
}
function jl_u16(c: X86, op: Op): i32 {
  return jl<u16>(c, op);
}
function jl_u32(c: X86, op: Op): i32 {
  return jl<u32>(c, op);
}
function jl_u64(c: X86, op: Op): i32 {
  return jl<u64>(c, op);
}
function jnl_u16(c: X86, op: Op): i32 {
  return jnl<u16>(c, op);
}
function jnl_u32(c: X86, op: Op): i32 {
  return jnl<u32>(c, op);
}
function jnl_u64(c: X86, op: Op): i32 {
  return jnl<u64>(c, op);
}
function jle_u16(c: X86, op: Op): i32 {
  return jle<u16>(c, op);
}
function jle_u32(c: X86, op: Op): i32 {
  return jle<u32>(c, op);
}
function jle_u64(c: X86, op: Op): i32 {
  return jle<u64>(c, op);
}
function jnle_u16(c: X86, op: Op): i32 {
  return jnle<u16>(c, op);
}
function jnle_u32(c: X86, op: Op): i32 {
  return jnle<u32>(c, op);
}
function jnle_u64(c: X86, op: Op): i32 {
  return jnle<u64>(c, op);
}
function testEG_u8(c: X86, op: Op): i32 {
  return testEG<u8>(c, op);
}
function testEG_u16(c: X86, op: Op): i32 {
  return testEG<u16>(c, op);
}
function testEG_u32(c: X86, op: Op): i32 {
  return testEG<u32>(c, op);
}
function testEG_u64(c: X86, op: Op): i32 {
  return testEG<u64>(c, op);
}
function xchgEG_u8(c: X86, op: Op): i32 {
  return xchgEG<u8>(c, op);
}
function xchgEG_u16(c: X86, op: Op): i32 {
  return xchgEG<u16>(c, op);
}
function xchgEG_u32(c: X86, op: Op): i32 {
  return xchgEG<u32>(c, op);
}
function xchgEG_u64(c: X86, op: Op): i32 {
  return xchgEG<u64>(c, op);
}
function movEG_u8(c: X86, op: Op): i32 {
  return movEG<u8>(c, op);
}
function movEG_u16(c: X86, op: Op): i32 {
  return movEG<u16>(c, op);
}
function movEG_u32(c: X86, op: Op): i32 {
  return movEG<u32>(c, op);
}
function movEG_u64(c: X86, op: Op): i32 {
  return movEG<u64>(c, op);
}
function movGE_u8(c: X86, op: Op): i32 {
  return movGE<u8>(c, op);
}
function movGE_u16(c: X86, op: Op): i32 {
  return movGE<u16>(c, op);
}
function movGE_u32(c: X86, op: Op): i32 {
  return movGE<u32>(c, op);
}
function movGE_u64(c: X86, op: Op): i32 {
  return movGE<u64>(c, op);
}
function lea_u16(c: X86, op: Op): i32 {
  return lea<u16>(c, op);
}
function lea_u32(c: X86, op: Op): i32 {
  return lea<u32>(c, op);
}
function lea_u64(c: X86, op: Op): i32 {
  return lea<u64>(c, op);
}
function popE_u16(c: X86, op: Op): i32 {
  return popE<u16>(c, op);
}
function popE_u32(c: X86, op: Op): i32 {
  return popE<u32>(c, op);
}
function popE_u64(c: X86, op: Op): i32 {
  return popE<u64>(c, op);
}
function xchgZ_u16(c: X86, op: Op): i32 {
  return xchgZ<u16>(c, op);
}
function xchgZ_u32(c: X86, op: Op): i32 {
  return xchgZ<u32>(c, op);
}
function xchgZ_u64(c: X86, op: Op): i32 {
  return xchgZ<u64>(c, op);
}
function movRaxA_u8(c: X86, op: Op): i32 {
  return movRaxA<u8>(c, op);
}
function movRaxA_u16(c: X86, op: Op): i32 {
  return movRaxA<u16>(c, op);
}
function movRaxA_u32(c: X86, op: Op): i32 {
  return movRaxA<u32>(c, op);
}
function movRaxA_u64(c: X86, op: Op): i32 {
  return movRaxA<u64>(c, op);
}
function movARax_u8(c: X86, op: Op): i32 {
  return movARax<u8>(c, op);
}
function movARax_u16(c: X86, op: Op): i32 {
  return movARax<u16>(c, op);
}
function movARax_u32(c: X86, op: Op): i32 {
  return movARax<u32>(c, op);
}
function movARax_u64(c: X86, op: Op): i32 {
  return movARax<u64>(c, op);
}
function testEI_u8(c: X86, op: Op): i32 {
  return testEI<u8>(c, op);
}
function testEI_u16(c: X86, op: Op): i32 {
  return testEI<u16>(c, op);
}
function testEI_u32(c: X86, op: Op): i32 {
  return testEI<u32>(c, op);
}
function testEI_u64(c: X86, op: Op): i32 {
  return testEI<u64>(c, op);
}
function movZI_u8(c: X86, op: Op): i32 {
  return movZI<u8>(c, op);
}
function movZI_u16(c: X86, op: Op): i32 {
  return movZI<u16>(c, op);
}
function movZI_u32(c: X86, op: Op): i32 {
  return movZI<u32>(c, op);
}
function movZI_u64(c: X86, op: Op): i32 {
  return movZI<u64>(c, op);
}
function ret_u16(c: X86, op: Op): i32 {
  return ret<u16>(c, op);
}
function ret_u32(c: X86, op: Op): i32 {
  return ret<u32>(c, op);
}
function ret_u64(c: X86, op: Op): i32 {
  return ret<u64>(c, op);
}
function movEI_u8(c: X86, op: Op): i32 {
  return movEI<u8>(c, op);
}
function movEI_u16(c: X86, op: Op): i32 {
  return movEI<u16>(c, op);
}
function movEI_u32(c: X86, op: Op): i32 {
  return movEI<u32>(c, op);
}
function movEI_u64(c: X86, op: Op): i32 {
  return movEI<u64>(c, op);
}
function fldenv_u16(c: X86, op: Op): i32 {
  return fldenv<u16>(c, op);
}
function fldenv_u32(c: X86, op: Op): i32 {
  return fldenv<u32>(c, op);
}
function fnstenv_u16(c: X86, op: Op): i32 {
  return fnstenv<u16>(c, op);
}
function fnstenv_u32(c: X86, op: Op): i32 {
  return fnstenv<u32>(c, op);
}
function frstor_u16(c: X86, op: Op): i32 {
  return frstor<u16>(c, op);
}
function frstor_u32(c: X86, op: Op): i32 {
  return frstor<u32>(c, op);
}
function fnsave_u16(c: X86, op: Op): i32 {
  return fnsave<u16>(c, op);
}
function fnsave_u32(c: X86, op: Op): i32 {
  return fnsave<u32>(c, op);
}
function loopne_u16(c: X86, op: Op): i32 {
  return loopne<u16>(c, op);
}
function loopne_u32(c: X86, op: Op): i32 {
  return loopne<u32>(c, op);
}
function loopne_u64(c: X86, op: Op): i32 {
  return loopne<u64>(c, op);
}
function loope_u16(c: X86, op: Op): i32 {
  return loope<u16>(c, op);
}
function loope_u32(c: X86, op: Op): i32 {
  return loope<u32>(c, op);
}
function loope_u64(c: X86, op: Op): i32 {
  return loope<u64>(c, op);
}
function loop_u16(c: X86, op: Op): i32 {
  return loop<u16>(c, op);
}
function loop_u32(c: X86, op: Op): i32 {
  return loop<u32>(c, op);
}
function loop_u64(c: X86, op: Op): i32 {
  return loop<u64>(c, op);
}
function jcxz_u16(c: X86, op: Op): i32 {
  return jcxz<u16>(c, op);
}
function jcxz_u32(c: X86, op: Op): i32 {
  return jcxz<u32>(c, op);
}
function jcxz_u64(c: X86, op: Op): i32 {
  return jcxz<u64>(c, op);
}
function callJ_u16(c: X86, op: Op): i32 {
  return callJ<u16>(c, op);
}
function callJ_u32(c: X86, op: Op): i32 {
  return callJ<u32>(c, op);
}
function callJ_u64(c: X86, op: Op): i32 {
  return callJ<u64>(c, op);
}
function jmpJ_u16(c: X86, op: Op): i32 {
  return jmpJ<u16>(c, op);
}
function jmpJ_u32(c: X86, op: Op): i32 {
  return jmpJ<u32>(c, op);
}
function jmpJ_u64(c: X86, op: Op): i32 {
  return jmpJ<u64>(c, op);
}
function notE_u8(c: X86, op: Op): i32 {
  return notE<u8>(c, op);
}
function negE_u8(c: X86, op: Op): i32 {
  return negE<u8>(c, op);
}
function notE_u16(c: X86, op: Op): i32 {
  return notE<u16>(c, op);
}
function notE_u32(c: X86, op: Op): i32 {
  return notE<u32>(c, op);
}
function notE_u64(c: X86, op: Op): i32 {
  return notE<u64>(c, op);
}
function negE_u16(c: X86, op: Op): i32 {
  return negE<u16>(c, op);
}
function negE_u32(c: X86, op: Op): i32 {
  return negE<u32>(c, op);
}
function negE_u64(c: X86, op: Op): i32 {
  return negE<u64>(c, op);
}
function incE_u8(c: X86, op: Op): i32 {
  return incE<u8>(c, op);
}
function decE_u8(c: X86, op: Op): i32 {
  return decE<u8>(c, op);
}
function incE_u16(c: X86, op: Op): i32 {
  return incE<u16>(c, op);
}
function incE_u32(c: X86, op: Op): i32 {
  return incE<u32>(c, op);
}
function incE_u64(c: X86, op: Op): i32 {
  return incE<u64>(c, op);
}
function decE_u16(c: X86, op: Op): i32 {
  return decE<u16>(c, op);
}
function decE_u32(c: X86, op: Op): i32 {
  return decE<u32>(c, op);
}
function decE_u64(c: X86, op: Op): i32 {
  return decE<u64>(c, op);
}
function jmpE_u16(c: X86, op: Op): i32 {
  return jmpE<u16>(c, op);
}
function jmpE_u32(c: X86, op: Op): i32 {
  return jmpE<u32>(c, op);
}
function jmpE_u64(c: X86, op: Op): i32 {
  return jmpE<u64>(c, op);
}
function callE_u16(c: X86, op: Op): i32 {
  return callE<u16>(c, op);
}
function callE_u32(c: X86, op: Op): i32 {
  return callE<u32>(c, op);
}
function callE_u64(c: X86, op: Op): i32 {
  return callE<u64>(c, op);
}
function pushE_u16(c: X86, op: Op): i32 {
  return pushE<u16>(c, op);
}
function pushE_u32(c: X86, op: Op): i32 {
  return pushE<u32>(c, op);
}
function pushE_u64(c: X86, op: Op): i32 {
  return pushE<u64>(c, op);
}
function xmmLoadScalar_u32(c: X86, op: Op): i32 {
  return xmmLoadScalar<u32>(c, op);
}
function xmmLoadScalar_u64(c: X86, op: Op): i32 {
  return xmmLoadScalar<u64>(c, op);
}
function xmmStoreScalar_u32(c: X86, op: Op): i32 {
  return xmmStoreScalar<u32>(c, op);
}
function xmmStoreScalar_u64(c: X86, op: Op): i32 {
  return xmmStoreScalar<u64>(c, op);
}
function xmmUnary_DuplicateEven(c: X86, op: Op): i32 {
  return xmmUnary<DuplicateEven>(c, op);
}
function xmmUnarySized_DuplicateLow64_u64(c: X86, op: Op): i32 {
  return xmmUnarySized<DuplicateLow64,u64>(c, op);
}
function xmmBinary_UnpackLow_u64(c: X86, op: Op): i32 {
  return xmmBinary<UnpackLow<u64>>(c, op);
}
function xmmBinary_UnpackLow_u32(c: X86, op: Op): i32 {
  return xmmBinary<UnpackLow<u32>>(c, op);
}
function xmmBinary_UnpackHigh_u64(c: X86, op: Op): i32 {
  return xmmBinary<UnpackHigh<u64>>(c, op);
}
function xmmBinary_UnpackHigh_u32(c: X86, op: Op): i32 {
  return xmmBinary<UnpackHigh<u32>>(c, op);
}
function xmmUnary_DuplicateOdd(c: X86, op: Op): i32 {
  return xmmUnary<DuplicateOdd>(c, op);
}
function nop_u16(c: X86, op: Op): i32 {
  return nop<u16>(c, op);
}
function nop_u32(c: X86, op: Op): i32 {
  return nop<u32>(c, op);
}
function nop_u64(c: X86, op: Op): i32 {
  return nop<u64>(c, op);
}
function cvtsi2ss_u32(c: X86, op: Op): i32 {
  return cvtsi2ss<u32>(c, op);
}
function cvtsi2ss_u64(c: X86, op: Op): i32 {
  return cvtsi2ss<u64>(c, op);
}
function cvtsi2sd_u32(c: X86, op: Op): i32 {
  return cvtsi2sd<u32>(c, op);
}
function cvtsi2sd_u64(c: X86, op: Op): i32 {
  return cvtsi2sd<u64>(c, op);
}
function cvttss2si_u32(c: X86, op: Op): i32 {
  return cvttss2si<u32>(c, op);
}
function cvttss2si_u64(c: X86, op: Op): i32 {
  return cvttss2si<u64>(c, op);
}
function cvttsd2si_u32(c: X86, op: Op): i32 {
  return cvttsd2si<u32>(c, op);
}
function cvttsd2si_u64(c: X86, op: Op): i32 {
  return cvttsd2si<u64>(c, op);
}
function cvtss2si_u32(c: X86, op: Op): i32 {
  return cvtss2si<u32>(c, op);
}
function cvtss2si_u64(c: X86, op: Op): i32 {
  return cvtss2si<u64>(c, op);
}
function cvtsd2si_u32(c: X86, op: Op): i32 {
  return cvtsd2si<u32>(c, op);
}
function cvtsd2si_u64(c: X86, op: Op): i32 {
  return cvtsd2si<u64>(c, op);
}
function cmovo_u16(c: X86, op: Op): i32 {
  return cmovo<u16>(c, op);
}
function cmovo_u32(c: X86, op: Op): i32 {
  return cmovo<u32>(c, op);
}
function cmovo_u64(c: X86, op: Op): i32 {
  return cmovo<u64>(c, op);
}
function cmovno_u16(c: X86, op: Op): i32 {
  return cmovno<u16>(c, op);
}
function cmovno_u32(c: X86, op: Op): i32 {
  return cmovno<u32>(c, op);
}
function cmovno_u64(c: X86, op: Op): i32 {
  return cmovno<u64>(c, op);
}
function cmovb_u16(c: X86, op: Op): i32 {
  return cmovb<u16>(c, op);
}
function cmovb_u32(c: X86, op: Op): i32 {
  return cmovb<u32>(c, op);
}
function cmovb_u64(c: X86, op: Op): i32 {
  return cmovb<u64>(c, op);
}
function cmovnb_u16(c: X86, op: Op): i32 {
  return cmovnb<u16>(c, op);
}
function cmovnb_u32(c: X86, op: Op): i32 {
  return cmovnb<u32>(c, op);
}
function cmovnb_u64(c: X86, op: Op): i32 {
  return cmovnb<u64>(c, op);
}
function cmovz_u16(c: X86, op: Op): i32 {
  return cmovz<u16>(c, op);
}
function cmovz_u32(c: X86, op: Op): i32 {
  return cmovz<u32>(c, op);
}
function cmovz_u64(c: X86, op: Op): i32 {
  return cmovz<u64>(c, op);
}
function cmovnz_u16(c: X86, op: Op): i32 {
  return cmovnz<u16>(c, op);
}
function cmovnz_u32(c: X86, op: Op): i32 {
  return cmovnz<u32>(c, op);
}
function cmovnz_u64(c: X86, op: Op): i32 {
  return cmovnz<u64>(c, op);
}
function cmovbe_u16(c: X86, op: Op): i32 {
  return cmovbe<u16>(c, op);
}
function cmovbe_u32(c: X86, op: Op): i32 {
  return cmovbe<u32>(c, op);
}
function cmovbe_u64(c: X86, op: Op): i32 {
  return cmovbe<u64>(c, op);
}
function cmovnbe_u16(c: X86, op: Op): i32 {
  return cmovnbe<u16>(c, op);
}
function cmovnbe_u32(c: X86, op: Op): i32 {
  return cmovnbe<u32>(c, op);
}
function cmovnbe_u64(c: X86, op: Op): i32 {
  return cmovnbe<u64>(c, op);
}
function cmovs_u16(c: X86, op: Op): i32 {
  return cmovs<u16>(c, op);
}
function cmovs_u32(c: X86, op: Op): i32 {
  return cmovs<u32>(c, op);
}
function cmovs_u64(c: X86, op: Op): i32 {
  return cmovs<u64>(c, op);
}
function cmovns_u16(c: X86, op: Op): i32 {
  return cmovns<u16>(c, op);
}
function cmovns_u32(c: X86, op: Op): i32 {
  return cmovns<u32>(c, op);
}
function cmovns_u64(c: X86, op: Op): i32 {
  return cmovns<u64>(c, op);
}
function cmovp_u16(c: X86, op: Op): i32 {
  return cmovp<u16>(c, op);
}
function cmovp_u32(c: X86, op: Op): i32 {
  return cmovp<u32>(c, op);
}
function cmovp_u64(c: X86, op: Op): i32 {
  return cmovp<u64>(c, op);
}
function cmovnp_u16(c: X86, op: Op): i32 {
  return cmovnp<u16>(c, op);
}
function cmovnp_u32(c: X86, op: Op): i32 {
  return cmovnp<u32>(c, op);
}
function cmovnp_u64(c: X86, op: Op): i32 {
  return cmovnp<u64>(c, op);
}
function cmovl_u16(c: X86, op: Op): i32 {
  return cmovl<u16>(c, op);
}
function cmovl_u32(c: X86, op: Op): i32 {
  return cmovl<u32>(c, op);
}
function cmovl_u64(c: X86, op: Op): i32 {
  return cmovl<u64>(c, op);
}
function cmovnl_u16(c: X86, op: Op): i32 {
  return cmovnl<u16>(c, op);
}
function cmovnl_u32(c: X86, op: Op): i32 {
  return cmovnl<u32>(c, op);
}
function cmovnl_u64(c: X86, op: Op): i32 {
  return cmovnl<u64>(c, op);
}
function cmovle_u16(c: X86, op: Op): i32 {
  return cmovle<u16>(c, op);
}
function cmovle_u32(c: X86, op: Op): i32 {
  return cmovle<u32>(c, op);
}
function cmovle_u64(c: X86, op: Op): i32 {
  return cmovle<u64>(c, op);
}
function cmovnle_u16(c: X86, op: Op): i32 {
  return cmovnle<u16>(c, op);
}
function cmovnle_u32(c: X86, op: Op): i32 {
  return cmovnle<u32>(c, op);
}
function cmovnle_u64(c: X86, op: Op): i32 {
  return cmovnle<u64>(c, op);
}
function movmsk_i64(c: X86, op: Op): i32 {
  return movmsk<i64>(c, op);
}
function movmsk_i32(c: X86, op: Op): i32 {
  return movmsk<i32>(c, op);
}
function xmmBinary_And(c: X86, op: Op): i32 {
  return xmmBinary<And>(c, op);
}
function xmmBinary_AndNot(c: X86, op: Op): i32 {
  return xmmBinary<AndNot>(c, op);
}
function xmmBinary_Or(c: X86, op: Op): i32 {
  return xmmBinary<Or>(c, op);
}
function xmmBinary_Xor(c: X86, op: Op): i32 {
  return xmmBinary<Xor>(c, op);
}
function xmmBinary_UnpackLow_u8(c: X86, op: Op): i32 {
  return xmmBinary<UnpackLow<u8>>(c, op);
}
function mmxBinary32_UnpackLow_u8(c: X86, op: Op): i32 {
  return mmxBinary32<UnpackLow<u8>>(c, op);
}
function xmmBinary_UnpackLow_u16(c: X86, op: Op): i32 {
  return xmmBinary<UnpackLow<u16>>(c, op);
}
function mmxBinary32_UnpackLow_u16(c: X86, op: Op): i32 {
  return mmxBinary32<UnpackLow<u16>>(c, op);
}
function mmxBinary32_UnpackLow_u32(c: X86, op: Op): i32 {
  return mmxBinary32<UnpackLow<u32>>(c, op);
}
function xmmBinary_Pack_i8(c: X86, op: Op): i32 {
  return xmmBinary<Pack<i8>>(c, op);
}
function mmxJoined_Pack_i8(c: X86, op: Op): i32 {
  return mmxJoined<Pack<i8>>(c, op);
}
function xmmBinary_Greater_i8(c: X86, op: Op): i32 {
  return xmmBinary<Greater<i8>>(c, op);
}
function mmxBinary_Greater_i8(c: X86, op: Op): i32 {
  return mmxBinary<Greater<i8>>(c, op);
}
function xmmBinary_Greater_i16(c: X86, op: Op): i32 {
  return xmmBinary<Greater<i16>>(c, op);
}
function mmxBinary_Greater_i16(c: X86, op: Op): i32 {
  return mmxBinary<Greater<i16>>(c, op);
}
function xmmBinary_Greater_i32(c: X86, op: Op): i32 {
  return xmmBinary<Greater<i32>>(c, op);
}
function mmxBinary_Greater_i32(c: X86, op: Op): i32 {
  return mmxBinary<Greater<i32>>(c, op);
}
function xmmBinary_Pack_u8(c: X86, op: Op): i32 {
  return xmmBinary<Pack<u8>>(c, op);
}
function mmxJoined_Pack_u8(c: X86, op: Op): i32 {
  return mmxJoined<Pack<u8>>(c, op);
}
function xmmBinary_UnpackHigh_u8(c: X86, op: Op): i32 {
  return xmmBinary<UnpackHigh<u8>>(c, op);
}
function mmxBinary_UnpackHigh64_u8(c: X86, op: Op): i32 {
  return mmxBinary<UnpackHigh64<u8>>(c, op);
}
function xmmBinary_UnpackHigh_u16(c: X86, op: Op): i32 {
  return xmmBinary<UnpackHigh<u16>>(c, op);
}
function mmxBinary_UnpackHigh64_u16(c: X86, op: Op): i32 {
  return mmxBinary<UnpackHigh64<u16>>(c, op);
}
function mmxBinary_UnpackHigh64_u32(c: X86, op: Op): i32 {
  return mmxBinary<UnpackHigh64<u32>>(c, op);
}
function xmmBinary_Pack_i16(c: X86, op: Op): i32 {
  return xmmBinary<Pack<i16>>(c, op);
}
function mmxJoined_Pack_i16(c: X86, op: Op): i32 {
  return mmxJoined<Pack<i16>>(c, op);
}
function movdToXmm_u32(c: X86, op: Op): i32 {
  return movdToXmm<u32>(c, op);
}
function movdToXmm_u64(c: X86, op: Op): i32 {
  return movdToXmm<u64>(c, op);
}
function movdToMmx_u32(c: X86, op: Op): i32 {
  return movdToMmx<u32>(c, op);
}
function movdToMmx_u64(c: X86, op: Op): i32 {
  return movdToMmx<u64>(c, op);
}
function xmmShiftImmediate_ShiftRight_u16(c: X86, op: Op): i32 {
  return xmmShiftImmediate<ShiftRight<u16>>(c, op);
}
function xmmShiftImmediate_ShiftRight_i16(c: X86, op: Op): i32 {
  return xmmShiftImmediate<ShiftRight<i16>>(c, op);
}
function xmmShiftImmediate_ShiftLeft_u16(c: X86, op: Op): i32 {
  return xmmShiftImmediate<ShiftLeft<u16>>(c, op);
}
function mmxShiftImmediate_ShiftRight_u16(c: X86, op: Op): i32 {
  return mmxShiftImmediate<ShiftRight<u16>>(c, op);
}
function mmxShiftImmediate_ShiftRight_i16(c: X86, op: Op): i32 {
  return mmxShiftImmediate<ShiftRight<i16>>(c, op);
}
function mmxShiftImmediate_ShiftLeft_u16(c: X86, op: Op): i32 {
  return mmxShiftImmediate<ShiftLeft<u16>>(c, op);
}
function xmmShiftImmediate_ShiftRight_u32(c: X86, op: Op): i32 {
  return xmmShiftImmediate<ShiftRight<u32>>(c, op);
}
function xmmShiftImmediate_ShiftRight_i32(c: X86, op: Op): i32 {
  return xmmShiftImmediate<ShiftRight<i32>>(c, op);
}
function xmmShiftImmediate_ShiftLeft_u32(c: X86, op: Op): i32 {
  return xmmShiftImmediate<ShiftLeft<u32>>(c, op);
}
function mmxShiftImmediate_ShiftRight_u32(c: X86, op: Op): i32 {
  return mmxShiftImmediate<ShiftRight<u32>>(c, op);
}
function mmxShiftImmediate_ShiftRight_i32(c: X86, op: Op): i32 {
  return mmxShiftImmediate<ShiftRight<i32>>(c, op);
}
function mmxShiftImmediate_ShiftLeft_u32(c: X86, op: Op): i32 {
  return mmxShiftImmediate<ShiftLeft<u32>>(c, op);
}
function xmmShiftImmediate_ShiftRight_u64(c: X86, op: Op): i32 {
  return xmmShiftImmediate<ShiftRight<u64>>(c, op);
}
function xmmShiftImmediate_ShiftLeft_u64(c: X86, op: Op): i32 {
  return xmmShiftImmediate<ShiftLeft<u64>>(c, op);
}
function xmmShiftImmediate_ShiftRightBytes(c: X86, op: Op): i32 {
  return xmmShiftImmediate<ShiftRightBytes>(c, op);
}
function xmmShiftImmediate_ShiftLeftBytes(c: X86, op: Op): i32 {
  return xmmShiftImmediate<ShiftLeftBytes>(c, op);
}
function mmxShiftImmediate_ShiftRight_u64(c: X86, op: Op): i32 {
  return mmxShiftImmediate<ShiftRight<u64>>(c, op);
}
function mmxShiftImmediate_ShiftLeft_u64(c: X86, op: Op): i32 {
  return mmxShiftImmediate<ShiftLeft<u64>>(c, op);
}
function xmmBinary_Equal_i8(c: X86, op: Op): i32 {
  return xmmBinary<Equal<i8>>(c, op);
}
function mmxBinary_Equal_i8(c: X86, op: Op): i32 {
  return mmxBinary<Equal<i8>>(c, op);
}
function xmmBinary_Equal_i16(c: X86, op: Op): i32 {
  return xmmBinary<Equal<i16>>(c, op);
}
function mmxBinary_Equal_i16(c: X86, op: Op): i32 {
  return mmxBinary<Equal<i16>>(c, op);
}
function xmmBinary_Equal_i32(c: X86, op: Op): i32 {
  return xmmBinary<Equal<i32>>(c, op);
}
function mmxBinary_Equal_i32(c: X86, op: Op): i32 {
  return mmxBinary<Equal<i32>>(c, op);
}
function movdFromXmm_u32(c: X86, op: Op): i32 {
  return movdFromXmm<u32>(c, op);
}
function movdFromXmm_u64(c: X86, op: Op): i32 {
  return movdFromXmm<u64>(c, op);
}
function movdFromMmx_u32(c: X86, op: Op): i32 {
  return movdFromMmx<u32>(c, op);
}
function movdFromMmx_u64(c: X86, op: Op): i32 {
  return movdFromMmx<u64>(c, op);
}
function seto_u8(c: X86, op: Op): i32 {
  return seto<u8>(c, op);
}
function setno_u8(c: X86, op: Op): i32 {
  return setno<u8>(c, op);
}
function setb_u8(c: X86, op: Op): i32 {
  return setb<u8>(c, op);
}
function setnb_u8(c: X86, op: Op): i32 {
  return setnb<u8>(c, op);
}
function setz_u8(c: X86, op: Op): i32 {
  return setz<u8>(c, op);
}
function setnz_u8(c: X86, op: Op): i32 {
  return setnz<u8>(c, op);
}
function setbe_u8(c: X86, op: Op): i32 {
  return setbe<u8>(c, op);
}
function setnbe_u8(c: X86, op: Op): i32 {
  return setnbe<u8>(c, op);
}
function sets_u8(c: X86, op: Op): i32 {
  return sets<u8>(c, op);
}
function setns_u8(c: X86, op: Op): i32 {
  return setns<u8>(c, op);
}
function setp_u8(c: X86, op: Op): i32 {
  return setp<u8>(c, op);
}
function setnp_u8(c: X86, op: Op): i32 {
  return setnp<u8>(c, op);
}
function setl_u8(c: X86, op: Op): i32 {
  return setl<u8>(c, op);
}
function setnl_u8(c: X86, op: Op): i32 {
  return setnl<u8>(c, op);
}
function setle_u8(c: X86, op: Op): i32 {
  return setle<u8>(c, op);
}
function setnle_u8(c: X86, op: Op): i32 {
  return setnle<u8>(c, op);
}
function movzxB_u16(c: X86, op: Op): i32 {
  return movzxB<u16>(c, op);
}
function movzxB_u32(c: X86, op: Op): i32 {
  return movzxB<u32>(c, op);
}
function movzxB_u64(c: X86, op: Op): i32 {
  return movzxB<u64>(c, op);
}
function movzxW_u16(c: X86, op: Op): i32 {
  return movzxW<u16>(c, op);
}
function movzxW_u32(c: X86, op: Op): i32 {
  return movzxW<u32>(c, op);
}
function movzxW_u64(c: X86, op: Op): i32 {
  return movzxW<u64>(c, op);
}
function movsxB_u16(c: X86, op: Op): i32 {
  return movsxB<u16>(c, op);
}
function movsxB_u32(c: X86, op: Op): i32 {
  return movsxB<u32>(c, op);
}
function movsxB_u64(c: X86, op: Op): i32 {
  return movsxB<u64>(c, op);
}
function movsxW_u16(c: X86, op: Op): i32 {
  return movsxW<u16>(c, op);
}
function movsxW_u32(c: X86, op: Op): i32 {
  return movsxW<u32>(c, op);
}
function movsxW_u64(c: X86, op: Op): i32 {
  return movsxW<u64>(c, op);
}
function pinsr_u16(c: X86, op: Op): i32 {
  return pinsr<u16>(c, op);
}
function xmmShift_ShiftRight_u16(c: X86, op: Op): i32 {
  return xmmShift<ShiftRight<u16>>(c, op);
}
function mmxShift_ShiftRight_u16(c: X86, op: Op): i32 {
  return mmxShift<ShiftRight<u16>>(c, op);
}
function xmmShift_ShiftRight_u32(c: X86, op: Op): i32 {
  return xmmShift<ShiftRight<u32>>(c, op);
}
function mmxShift_ShiftRight_u32(c: X86, op: Op): i32 {
  return mmxShift<ShiftRight<u32>>(c, op);
}
function xmmShift_ShiftRight_u64(c: X86, op: Op): i32 {
  return xmmShift<ShiftRight<u64>>(c, op);
}
function mmxShift_ShiftRight_u64(c: X86, op: Op): i32 {
  return mmxShift<ShiftRight<u64>>(c, op);
}
function xmmBinary_Add_i64(c: X86, op: Op): i32 {
  return xmmBinary<Add<i64>>(c, op);
}
function mmxBinary_Add_i64(c: X86, op: Op): i32 {
  return mmxBinary<Add<i64>>(c, op);
}
function xmmBinary_MultiplyLow_i16(c: X86, op: Op): i32 {
  return xmmBinary<MultiplyLow<i16>>(c, op);
}
function mmxBinary_MultiplyLow_i16(c: X86, op: Op): i32 {
  return mmxBinary<MultiplyLow<i16>>(c, op);
}
function movmsk_i8(c: X86, op: Op): i32 {
  return movmsk<i8>(c, op);
}
function xmmBinary_SubtractSaturated_u8(c: X86, op: Op): i32 {
  return xmmBinary<SubtractSaturated<u8>>(c, op);
}
function mmxBinary_SubtractSaturated_u8(c: X86, op: Op): i32 {
  return mmxBinary<SubtractSaturated<u8>>(c, op);
}
function xmmBinary_SubtractSaturated_u16(c: X86, op: Op): i32 {
  return xmmBinary<SubtractSaturated<u16>>(c, op);
}
function mmxBinary_SubtractSaturated_u16(c: X86, op: Op): i32 {
  return mmxBinary<SubtractSaturated<u16>>(c, op);
}
function xmmBinary_Minimum_u8(c: X86, op: Op): i32 {
  return xmmBinary<Minimum<u8>>(c, op);
}
function mmxBinary_Minimum_u8(c: X86, op: Op): i32 {
  return mmxBinary<Minimum<u8>>(c, op);
}
function mmxBinary_And(c: X86, op: Op): i32 {
  return mmxBinary<And>(c, op);
}
function xmmBinary_AddSaturated_u8(c: X86, op: Op): i32 {
  return xmmBinary<AddSaturated<u8>>(c, op);
}
function mmxBinary_AddSaturated_u8(c: X86, op: Op): i32 {
  return mmxBinary<AddSaturated<u8>>(c, op);
}
function xmmBinary_AddSaturated_u16(c: X86, op: Op): i32 {
  return xmmBinary<AddSaturated<u16>>(c, op);
}
function mmxBinary_AddSaturated_u16(c: X86, op: Op): i32 {
  return mmxBinary<AddSaturated<u16>>(c, op);
}
function xmmBinary_Maximum_u8(c: X86, op: Op): i32 {
  return xmmBinary<Maximum<u8>>(c, op);
}
function mmxBinary_Maximum_u8(c: X86, op: Op): i32 {
  return mmxBinary<Maximum<u8>>(c, op);
}
function mmxBinary_AndNot(c: X86, op: Op): i32 {
  return mmxBinary<AndNot>(c, op);
}
function xmmBinary_Average_u8(c: X86, op: Op): i32 {
  return xmmBinary<Average<u8>>(c, op);
}
function mmxBinary_Average_u8(c: X86, op: Op): i32 {
  return mmxBinary<Average<u8>>(c, op);
}
function xmmShift_ShiftRight_i16(c: X86, op: Op): i32 {
  return xmmShift<ShiftRight<i16>>(c, op);
}
function mmxShift_ShiftRight_i16(c: X86, op: Op): i32 {
  return mmxShift<ShiftRight<i16>>(c, op);
}
function xmmShift_ShiftRight_i32(c: X86, op: Op): i32 {
  return xmmShift<ShiftRight<i32>>(c, op);
}
function mmxShift_ShiftRight_i32(c: X86, op: Op): i32 {
  return mmxShift<ShiftRight<i32>>(c, op);
}
function xmmBinary_Average_u16(c: X86, op: Op): i32 {
  return xmmBinary<Average<u16>>(c, op);
}
function mmxBinary_Average_u16(c: X86, op: Op): i32 {
  return mmxBinary<Average<u16>>(c, op);
}
function xmmBinary_MultiplyHigh_u16(c: X86, op: Op): i32 {
  return xmmBinary<MultiplyHigh<u16>>(c, op);
}
function mmxBinary_MultiplyHigh_u16(c: X86, op: Op): i32 {
  return mmxBinary<MultiplyHigh<u16>>(c, op);
}
function xmmBinary_MultiplyHigh_i16(c: X86, op: Op): i32 {
  return xmmBinary<MultiplyHigh<i16>>(c, op);
}
function mmxBinary_MultiplyHigh_i16(c: X86, op: Op): i32 {
  return mmxBinary<MultiplyHigh<i16>>(c, op);
}
function xmmBinary_SubtractSaturated_i8(c: X86, op: Op): i32 {
  return xmmBinary<SubtractSaturated<i8>>(c, op);
}
function mmxBinary_SubtractSaturated_i8(c: X86, op: Op): i32 {
  return mmxBinary<SubtractSaturated<i8>>(c, op);
}
function xmmBinary_SubtractSaturated_i16(c: X86, op: Op): i32 {
  return xmmBinary<SubtractSaturated<i16>>(c, op);
}
function mmxBinary_SubtractSaturated_i16(c: X86, op: Op): i32 {
  return mmxBinary<SubtractSaturated<i16>>(c, op);
}
function xmmBinary_Minimum_i16(c: X86, op: Op): i32 {
  return xmmBinary<Minimum<i16>>(c, op);
}
function mmxBinary_Minimum_i16(c: X86, op: Op): i32 {
  return mmxBinary<Minimum<i16>>(c, op);
}
function mmxBinary_Or(c: X86, op: Op): i32 {
  return mmxBinary<Or>(c, op);
}
function xmmBinary_AddSaturated_i8(c: X86, op: Op): i32 {
  return xmmBinary<AddSaturated<i8>>(c, op);
}
function mmxBinary_AddSaturated_i8(c: X86, op: Op): i32 {
  return mmxBinary<AddSaturated<i8>>(c, op);
}
function xmmBinary_AddSaturated_i16(c: X86, op: Op): i32 {
  return xmmBinary<AddSaturated<i16>>(c, op);
}
function mmxBinary_AddSaturated_i16(c: X86, op: Op): i32 {
  return mmxBinary<AddSaturated<i16>>(c, op);
}
function xmmBinary_Maximum_i16(c: X86, op: Op): i32 {
  return xmmBinary<Maximum<i16>>(c, op);
}
function mmxBinary_Maximum_i16(c: X86, op: Op): i32 {
  return mmxBinary<Maximum<i16>>(c, op);
}
function mmxBinary_Xor(c: X86, op: Op): i32 {
  return mmxBinary<Xor>(c, op);
}
function xmmShift_ShiftLeft_u16(c: X86, op: Op): i32 {
  return xmmShift<ShiftLeft<u16>>(c, op);
}
function mmxShift_ShiftLeft_u16(c: X86, op: Op): i32 {
  return mmxShift<ShiftLeft<u16>>(c, op);
}
function xmmShift_ShiftLeft_u32(c: X86, op: Op): i32 {
  return xmmShift<ShiftLeft<u32>>(c, op);
}
function mmxShift_ShiftLeft_u32(c: X86, op: Op): i32 {
  return mmxShift<ShiftLeft<u32>>(c, op);
}
function xmmShift_ShiftLeft_u64(c: X86, op: Op): i32 {
  return xmmShift<ShiftLeft<u64>>(c, op);
}
function mmxShift_ShiftLeft_u64(c: X86, op: Op): i32 {
  return mmxShift<ShiftLeft<u64>>(c, op);
}
function xmmBinary_MultiplyEven_u32(c: X86, op: Op): i32 {
  return xmmBinary<MultiplyEven<u32>>(c, op);
}
function mmxBinary_MultiplyEven_u32(c: X86, op: Op): i32 {
  return mmxBinary<MultiplyEven<u32>>(c, op);
}
function xmmBinary_MultiplyAddWords(c: X86, op: Op): i32 {
  return xmmBinary<MultiplyAddWords>(c, op);
}
function mmxBinary_MultiplyAddWords(c: X86, op: Op): i32 {
  return mmxBinary<MultiplyAddWords>(c, op);
}
function xmmBinary_SumOfDifferences(c: X86, op: Op): i32 {
  return xmmBinary<SumOfDifferences>(c, op);
}
function mmxBinary_SumOfDifferences(c: X86, op: Op): i32 {
  return mmxBinary<SumOfDifferences>(c, op);
}
function xmmBinary_Subtract_i8(c: X86, op: Op): i32 {
  return xmmBinary<Subtract<i8>>(c, op);
}
function mmxBinary_Subtract_i8(c: X86, op: Op): i32 {
  return mmxBinary<Subtract<i8>>(c, op);
}
function xmmBinary_Subtract_i16(c: X86, op: Op): i32 {
  return xmmBinary<Subtract<i16>>(c, op);
}
function mmxBinary_Subtract_i16(c: X86, op: Op): i32 {
  return mmxBinary<Subtract<i16>>(c, op);
}
function xmmBinary_Subtract_i32(c: X86, op: Op): i32 {
  return xmmBinary<Subtract<i32>>(c, op);
}
function mmxBinary_Subtract_i32(c: X86, op: Op): i32 {
  return mmxBinary<Subtract<i32>>(c, op);
}
function xmmBinary_Subtract_i64(c: X86, op: Op): i32 {
  return xmmBinary<Subtract<i64>>(c, op);
}
function mmxBinary_Subtract_i64(c: X86, op: Op): i32 {
  return mmxBinary<Subtract<i64>>(c, op);
}
function xmmBinary_Add_i8(c: X86, op: Op): i32 {
  return xmmBinary<Add<i8>>(c, op);
}
function mmxBinary_Add_i8(c: X86, op: Op): i32 {
  return mmxBinary<Add<i8>>(c, op);
}
function xmmBinary_Add_i16(c: X86, op: Op): i32 {
  return xmmBinary<Add<i16>>(c, op);
}
function mmxBinary_Add_i16(c: X86, op: Op): i32 {
  return mmxBinary<Add<i16>>(c, op);
}
function xmmBinary_Add_i32(c: X86, op: Op): i32 {
  return xmmBinary<Add<i32>>(c, op);
}
function mmxBinary_Add_i32(c: X86, op: Op): i32 {
  return mmxBinary<Add<i32>>(c, op);
}
function xmmBinary_ShuffleBytes(c: X86, op: Op): i32 {
  return xmmBinary<ShuffleBytes>(c, op);
}
function mmxBinary_ShuffleBytes64(c: X86, op: Op): i32 {
  return mmxBinary<ShuffleBytes64>(c, op);
}
function xmmBinary_AddPairs_i16(c: X86, op: Op): i32 {
  return xmmBinary<AddPairs<i16>>(c, op);
}
function mmxJoined_AddPairs_i16(c: X86, op: Op): i32 {
  return mmxJoined<AddPairs<i16>>(c, op);
}
function xmmBinary_AddPairs_i32(c: X86, op: Op): i32 {
  return xmmBinary<AddPairs<i32>>(c, op);
}
function mmxJoined_AddPairs_i32(c: X86, op: Op): i32 {
  return mmxJoined<AddPairs<i32>>(c, op);
}
function xmmBinary_AddPairsSaturated(c: X86, op: Op): i32 {
  return xmmBinary<AddPairsSaturated>(c, op);
}
function mmxJoined_AddPairsSaturated(c: X86, op: Op): i32 {
  return mmxJoined<AddPairsSaturated>(c, op);
}
function xmmBinary_MultiplyAddBytes(c: X86, op: Op): i32 {
  return xmmBinary<MultiplyAddBytes>(c, op);
}
function mmxBinary_MultiplyAddBytes(c: X86, op: Op): i32 {
  return mmxBinary<MultiplyAddBytes>(c, op);
}
function xmmBinary_SubtractPairs_i16(c: X86, op: Op): i32 {
  return xmmBinary<SubtractPairs<i16>>(c, op);
}
function mmxJoined_SubtractPairs_i16(c: X86, op: Op): i32 {
  return mmxJoined<SubtractPairs<i16>>(c, op);
}
function xmmBinary_SubtractPairs_i32(c: X86, op: Op): i32 {
  return xmmBinary<SubtractPairs<i32>>(c, op);
}
function mmxJoined_SubtractPairs_i32(c: X86, op: Op): i32 {
  return mmxJoined<SubtractPairs<i32>>(c, op);
}
function xmmBinary_SubtractPairsSaturated(c: X86, op: Op): i32 {
  return xmmBinary<SubtractPairsSaturated>(c, op);
}
function mmxJoined_SubtractPairsSaturated(c: X86, op: Op): i32 {
  return mmxJoined<SubtractPairsSaturated>(c, op);
}
function xmmBinary_Sign_i8(c: X86, op: Op): i32 {
  return xmmBinary<Sign<i8>>(c, op);
}
function mmxBinary_Sign_i8(c: X86, op: Op): i32 {
  return mmxBinary<Sign<i8>>(c, op);
}
function xmmBinary_Sign_i16(c: X86, op: Op): i32 {
  return xmmBinary<Sign<i16>>(c, op);
}
function mmxBinary_Sign_i16(c: X86, op: Op): i32 {
  return mmxBinary<Sign<i16>>(c, op);
}
function xmmBinary_Sign_i32(c: X86, op: Op): i32 {
  return xmmBinary<Sign<i32>>(c, op);
}
function mmxBinary_Sign_i32(c: X86, op: Op): i32 {
  return mmxBinary<Sign<i32>>(c, op);
}
function xmmBinary_MultiplyRounded(c: X86, op: Op): i32 {
  return xmmBinary<MultiplyRounded>(c, op);
}
function mmxBinary_MultiplyRounded(c: X86, op: Op): i32 {
  return mmxBinary<MultiplyRounded>(c, op);
}
function blendVariable_i8(c: X86, op: Op): i32 {
  return blendVariable<i8>(c, op);
}
function blendVariable_i32(c: X86, op: Op): i32 {
  return blendVariable<i32>(c, op);
}
function blendVariable_i64(c: X86, op: Op): i32 {
  return blendVariable<i64>(c, op);
}
function xmmUnary_Absolute_i8(c: X86, op: Op): i32 {
  return xmmUnary<Absolute<i8>>(c, op);
}
function mmxUnary_Absolute_i8(c: X86, op: Op): i32 {
  return mmxUnary<Absolute<i8>>(c, op);
}
function xmmUnary_Absolute_i16(c: X86, op: Op): i32 {
  return xmmUnary<Absolute<i16>>(c, op);
}
function mmxUnary_Absolute_i16(c: X86, op: Op): i32 {
  return mmxUnary<Absolute<i16>>(c, op);
}
function xmmUnary_Absolute_i32(c: X86, op: Op): i32 {
  return xmmUnary<Absolute<i32>>(c, op);
}
function mmxUnary_Absolute_i32(c: X86, op: Op): i32 {
  return mmxUnary<Absolute<i32>>(c, op);
}
function xmmUnarySized_Widen_i8_i16_u64(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<i8,i16>,u64>(c, op);
}
function xmmUnarySized_Widen_i8_i32_u32(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<i8,i32>,u32>(c, op);
}
function xmmUnarySized_Widen_i8_i64_u16(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<i8,i64>,u16>(c, op);
}
function xmmUnarySized_Widen_i16_i32_u64(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<i16,i32>,u64>(c, op);
}
function xmmUnarySized_Widen_i16_i64_u32(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<i16,i64>,u32>(c, op);
}
function xmmUnarySized_Widen_i32_i64_u64(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<i32,i64>,u64>(c, op);
}
function xmmBinary_MultiplyEven_i32(c: X86, op: Op): i32 {
  return xmmBinary<MultiplyEven<i32>>(c, op);
}
function xmmBinary_Equal_i64(c: X86, op: Op): i32 {
  return xmmBinary<Equal<i64>>(c, op);
}
function xmmBinary_Pack_u16(c: X86, op: Op): i32 {
  return xmmBinary<Pack<u16>>(c, op);
}
function xmmUnarySized_Widen_u8_u16_u64(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<u8,u16>,u64>(c, op);
}
function xmmUnarySized_Widen_u8_u32_u32(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<u8,u32>,u32>(c, op);
}
function xmmUnarySized_Widen_u8_u64_u16(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<u8,u64>,u16>(c, op);
}
function xmmUnarySized_Widen_u16_u32_u64(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<u16,u32>,u64>(c, op);
}
function xmmUnarySized_Widen_u16_u64_u32(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<u16,u64>,u32>(c, op);
}
function xmmUnarySized_Widen_u32_u64_u64(c: X86, op: Op): i32 {
  return xmmUnarySized<Widen<u32,u64>,u64>(c, op);
}
function xmmBinary_Greater_i64(c: X86, op: Op): i32 {
  return xmmBinary<Greater<i64>>(c, op);
}
function xmmBinary_Minimum_i8(c: X86, op: Op): i32 {
  return xmmBinary<Minimum<i8>>(c, op);
}
function xmmBinary_Minimum_i32(c: X86, op: Op): i32 {
  return xmmBinary<Minimum<i32>>(c, op);
}
function xmmBinary_Minimum_u16(c: X86, op: Op): i32 {
  return xmmBinary<Minimum<u16>>(c, op);
}
function xmmBinary_Minimum_u32(c: X86, op: Op): i32 {
  return xmmBinary<Minimum<u32>>(c, op);
}
function xmmBinary_Maximum_i8(c: X86, op: Op): i32 {
  return xmmBinary<Maximum<i8>>(c, op);
}
function xmmBinary_Maximum_i32(c: X86, op: Op): i32 {
  return xmmBinary<Maximum<i32>>(c, op);
}
function xmmBinary_Maximum_u16(c: X86, op: Op): i32 {
  return xmmBinary<Maximum<u16>>(c, op);
}
function xmmBinary_Maximum_u32(c: X86, op: Op): i32 {
  return xmmBinary<Maximum<u32>>(c, op);
}
function xmmBinary_MultiplyLow_i32(c: X86, op: Op): i32 {
  return xmmBinary<MultiplyLow<i32>>(c, op);
}
function xmmUnary_LeastWord(c: X86, op: Op): i32 {
  return xmmUnary<LeastWord>(c, op);
}
function blendImmediate_i32(c: X86, op: Op): i32 {
  return blendImmediate<i32>(c, op);
}
function blendImmediate_i64(c: X86, op: Op): i32 {
  return blendImmediate<i64>(c, op);
}
function blendImmediate_i16(c: X86, op: Op): i32 {
  return blendImmediate<i16>(c, op);
}
function pextr_u8(c: X86, op: Op): i32 {
  return pextr<u8>(c, op);
}
function pextr_u16(c: X86, op: Op): i32 {
  return pextr<u16>(c, op);
}
function pextr_u32(c: X86, op: Op): i32 {
  return pextr<u32>(c, op);
}
function pextr_u64(c: X86, op: Op): i32 {
  return pextr<u64>(c, op);
}
function pinsr_u8(c: X86, op: Op): i32 {
  return pinsr<u8>(c, op);
}
function pinsr_u32(c: X86, op: Op): i32 {
  return pinsr<u32>(c, op);
}
function pinsr_u64(c: X86, op: Op): i32 {
  return pinsr<u64>(c, op);
}

/** Function-table index of handler `id`. */
export function handlerIndex(id: u32): u32 {
  switch (id / 256) {
    case 1:
      return group1(id);
    case 2:
      return group2(id);
    case 3:
      return group3(id);
  }
  return group0(id);
}

function group0(id: u32): u32 {
  switch (id) {
    case 0:
      return undefinedInstruction.index;
    case 1:
      return instructionTooLong.index;
    case 2:
      return addEG_u8.index;
    case 3:
      return addEG_u16.index;
    case 4:
      return addEG_u32.index;
    case 5:
      return addEG_u64.index;
    case 6:
      return addGE_u8.index;
    case 7:
      return addGE_u16.index;
    case 8:
      return addGE_u32.index;
    case 9:
      return addGE_u64.index;
    case 10:
      return addEI_u8.index;
    case 11:
      return addEI_u16.index;
    case 12:
      return addEI_u32.index;
    case 13:
      return addEI_u64.index;
    case 14:
      return orEG_u8.index;
    case 15:
      return orEG_u16.index;
    case 16:
      return orEG_u32.index;
    case 17:
      return orEG_u64.index;
    case 18:
      return orGE_u8.index;
    case 19:
      return orGE_u16.index;
    case 20:
      return orGE_u32.index;
    case 21:
      return orGE_u64.index;
    case 22:
      return orEI_u8.index;
    case 23:
      return orEI_u16.index;
    case 24:
      return orEI_u32.index;
    case 25:
      return orEI_u64.index;
    case 26:
      return adcEG_u8.index;
    case 27:
      return adcEG_u16.index;
    case 28:
      return adcEG_u32.index;
    case 29:
      return adcEG_u64.index;
    case 30:
      return adcGE_u8.index;
    case 31:
      return adcGE_u16.index;
    case 32:
      return adcGE_u32.index;
    case 33:
      return adcGE_u64.index;
    case 34:
      return adcEI_u8.index;
    case 35:
      return adcEI_u16.index;
    case 36:
      return adcEI_u32.index;
    case 37:
      return adcEI_u64.index;
    case 38:
      return sbbEG_u8.index;
    case 39:
      return sbbEG_u16.index;
    case 40:
      return sbbEG_u32.index;
    case 41:
      return sbbEG_u64.index;
    case 42:
      return sbbGE_u8.index;
    case 43:
      return sbbGE_u16.index;
    case 44:
      return sbbGE_u32.index;
    case 45:
      return sbbGE_u64.index;
    case 46:
      return sbbEI_u8.index;
    case 47:
      return sbbEI_u16.index;
    case 48:
      return sbbEI_u32.index;
    case 49:
      return sbbEI_u64.index;
    case 50:
      return andEG_u8.index;
    case 51:
      return andEG_u16.index;
    case 52:
      return andEG_u32.index;
    case 53:
      return andEG_u64.index;
    case 54:
      return andGE_u8.index;
    case 55:
      return andGE_u16.index;
    case 56:
      return andGE_u32.index;
    case 57:
      return andGE_u64.index;
    case 58:
      return andEI_u8.index;
    case 59:
      return andEI_u16.index;
    case 60:
      return andEI_u32.index;
    case 61:
      return andEI_u64.index;
    case 62:
      return subEG_u8.index;
    case 63:
      return subEG_u16.index;
    case 64:
      return subEG_u32.index;
    case 65:
      return subEG_u64.index;
    case 66:
      return subGE_u8.index;
    case 67:
      return subGE_u16.index;
    case 68:
      return subGE_u32.index;
    case 69:
      return subGE_u64.index;
    case 70:
      return subEI_u8.index;
    case 71:
      return subEI_u16.index;
    case 72:
      return subEI_u32.index;
    case 73:
      return subEI_u64.index;
    case 74:
      return xorEG_u8.index;
    case 75:
      return xorEG_u16.index;
    case 76:
      return xorEG_u32.index;
    case 77:
      return xorEG_u64.index;
    case 78:
      return xorGE_u8.index;
    case 79:
      return xorGE_u16.index;
    case 80:
      return xorGE_u32.index;
    case 81:
      return xorGE_u64.index;
    case 82:
      return xorEI_u8.index;
    case 83:
      return xorEI_u16.index;
    case 84:
      return xorEI_u32.index;
    case 85:
      return xorEI_u64.index;
    case 86:
      return cmpEG_u8.index;
    case 87:
      return cmpEG_u16.index;
    case 88:
      return cmpEG_u32.index;
    case 89:
      return cmpEG_u64.index;
    case 90:
      return cmpGE_u8.index;
    case 91:
      return cmpGE_u16.index;
    case 92:
      return cmpGE_u32.index;
    case 93:
      return cmpGE_u64.index;
    case 94:
      return cmpEI_u8.index;
    case 95:
      return cmpEI_u16.index;
    case 96:
      return cmpEI_u32.index;
    case 97:
      return cmpEI_u64.index;
    case 98:
      return incZ_u16.index;
    case 99:
      return incZ_u32.index;
    case 100:
      return incZ_u64.index;
    case 101:
      return decZ_u16.index;
    case 102:
      return decZ_u32.index;
    case 103:
      return decZ_u64.index;
    case 104:
      return pushZ_u16.index;
    case 105:
      return pushZ_u32.index;
    case 106:
      return pushZ_u64.index;
    case 107:
      return popZ_u16.index;
    case 108:
      return popZ_u32.index;
    case 109:
      return popZ_u64.index;
    case 110:
      return movsxd_u16.index;
    case 111:
      return movsxd_u32.index;
    case 112:
      return movsxd_u64.index;
    case 113:
      return pushI_u16.index;
    case 114:
      return pushI_u32.index;
    case 115:
      return pushI_u64.index;
    case 116:
      return jo_u16.index;
    case 117:
      return jo_u32.index;
    case 118:
      return jo_u64.index;
    case 119:
      return jno_u16.index;
    case 120:
      return jno_u32.index;
    case 121:
      return jno_u64.index;
    case 122:
      return jb_u16.index;
    case 123:
      return jb_u32.index;
    case 124:
      return jb_u64.index;
    case 125:
      return jnb_u16.index;
    case 126:
      return jnb_u32.index;
    case 127:
      return jnb_u64.index;
    case 128:
      return jz_u16.index;
    case 129:
      return jz_u32.index;
    case 130:
      return jz_u64.index;
    case 131:
      return jnz_u16.index;
    case 132:
      return jnz_u32.index;
    case 133:
      return jnz_u64.index;
    case 134:
      return jbe_u16.index;
    case 135:
      return jbe_u32.index;
    case 136:
      return jbe_u64.index;
    case 137:
      return jnbe_u16.index;
    case 138:
      return jnbe_u32.index;
    case 139:
      return jnbe_u64.index;
    case 140:
      return js_u16.index;
    case 141:
      return js_u32.index;
    case 142:
      return js_u64.index;
    case 143:
      return jns_u16.index;
    case 144:
      return jns_u32.index;
    case 145:
      return jns_u64.index;
    case 146:
      return jp_u16.index;
    case 147:
      return jp_u32.index;
    case 148:
      return jp_u64.index;
    case 149:
      return jnp_u16.index;
    case 150:
      return jnp_u32.index;
    case 151:
      return jnp_u64.index;
    case 152:
      return jl_u16.index;
    case 153:
      return jl_u32.index;
    case 154:
      return jl_u64.index;
    case 155:
      return jnl_u16.index;
    case 156:
      return jnl_u32.index;
    case 157:
      return jnl_u64.index;
    case 158:
      return jle_u16.index;
    case 159:
      return jle_u32.index;
    case 160:
      return jle_u64.index;
    case 161:
      return jnle_u16.index;
    case 162:
      return jnle_u32.index;
    case 163:
      return jnle_u64.index;
    case 164:
      return testEG_u8.index;
    case 165:
      return testEG_u16.index;
    case 166:
      return testEG_u32.index;
    case 167:
      return testEG_u64.index;
    case 168:
      return xchgEG_u8.index;
    case 169:
      return xchgEG_u16.index;
    case 170:
      return xchgEG_u32.index;
    case 171:
      return xchgEG_u64.index;
    case 172:
      return movEG_u8.index;
    case 173:
      return movEG_u16.index;
    case 174:
      return movEG_u32.index;
    case 175:
      return movEG_u64.index;
    case 176:
      return movGE_u8.index;
    case 177:
      return movGE_u16.index;
    case 178:
      return movGE_u32.index;
    case 179:
      return movGE_u64.index;
    case 180:
      return lea_u16.index;
    case 181:
      return lea_u32.index;
    case 182:
      return lea_u64.index;
    case 183:
      return popE_u16.index;
    case 184:
      return popE_u32.index;
    case 185:
      return popE_u64.index;
    case 186:
      return xchgZ_u16.index;
    case 187:
      return xchgZ_u32.index;
    case 188:
      return xchgZ_u64.index;
    case 189:
      return fwait.index;
    case 190:
      return movRaxA_u8.index;
    case 191:
      return movRaxA_u16.index;
    case 192:
      return movRaxA_u32.index;
    case 193:
      return movRaxA_u64.index;
    case 194:
      return movARax_u8.index;
    case 195:
      return movARax_u16.index;
    case 196:
      return movARax_u32.index;
    case 197:
      return movARax_u64.index;
    case 198:
      return testEI_u8.index;
    case 199:
      return testEI_u16.index;
    case 200:
      return testEI_u32.index;
    case 201:
      return testEI_u64.index;
    case 202:
      return movZI_u8.index;
    case 203:
      return movZI_u16.index;
    case 204:
      return movZI_u32.index;
    case 205:
      return movZI_u64.index;
    case 206:
      return ret_u16.index;
    case 207:
      return ret_u32.index;
    case 208:
      return ret_u64.index;
    case 209:
      return movEI_u8.index;
    case 210:
      return movEI_u16.index;
    case 211:
      return movEI_u32.index;
    case 212:
      return movEI_u64.index;
    case 213:
      return faddSt0Sti.index;
    case 214:
      return faddM32.index;
    case 215:
      return fsubSt0Sti.index;
    case 216:
      return fsubM32.index;
    case 217:
      return fsubrSt0Sti.index;
    case 218:
      return fsubrM32.index;
    case 219:
      return fmulSt0Sti.index;
    case 220:
      return fmulM32.index;
    case 221:
      return fdivSt0Sti.index;
    case 222:
      return fdivM32.index;
    case 223:
      return fdivrSt0Sti.index;
    case 224:
      return fdivrM32.index;
    case 225:
      return fcomSti.index;
    case 226:
      return fcompSti.index;
    case 227:
      return fcomM32.index;
    case 228:
      return fcompM32.index;
    case 229:
      return ftst.index;
    case 230:
      return fxam.index;
    case 231:
      return fld1.index;
    case 232:
      return fldl2t.index;
    case 233:
      return fldl2e.index;
    case 234:
      return fldpi.index;
    case 235:
      return fldlg2.index;
    case 236:
      return fldln2.index;
    case 237:
      return fldz.index;
    case 238:
      return fchs.index;
    case 239:
      return fabs.index;
    case 240:
      return fsqrt.index;
    case 241:
      return frndint.index;
    case 242:
      return fscale.index;
    case 243:
      return fxtract.index;
    case 244:
      return fprem.index;
    case 245:
      return fprem1.index;
    case 246:
      return fnop.index;
    case 247:
      return fdecstp.index;
    case 248:
      return fincstp.index;
    case 249:
      return fldSti.index;
    case 250:
      return fxch.index;
    case 251:
      return fldM32.index;
    case 252:
      return fstM32.index;
    case 253:
      return fstpM32.index;
    case 254:
      return fstpSti.index;
    case 255:
      return fldcw.index;
  }
  return 0;
}

function group1(id: u32): u32 {
  switch (id) {
    case 256:
      return fnstcw.index;
    case 257:
      return fldenv_u16.index;
    case 258:
      return fldenv_u32.index;
    case 259:
      return fnstenv_u16.index;
    case 260:
      return fnstenv_u32.index;
    case 261:
      return fucompp.index;
    case 262:
      return fiaddM32.index;
    case 263:
      return fisubM32.index;
    case 264:
      return fisubrM32.index;
    case 265:
      return fimulM32.index;
    case 266:
      return fidivM32.index;
    case 267:
      return fidivrM32.index;
    case 268:
      return ficomM32.index;
    case 269:
      return ficompM32.index;
    case 270:
      return fcmovb.index;
    case 271:
      return fcmove.index;
    case 272:
      return fcmovbe.index;
    case 273:
      return fcmovu.index;
    case 274:
      return fnop8087.index;
    case 275:
      return fnclex.index;
    case 276:
      return fninit.index;
    case 277:
      return fucomi.index;
    case 278:
      return fcomi.index;
    case 279:
      return fldM80.index;
    case 280:
      return fildM32.index;
    case 281:
      return fcmovnb.index;
    case 282:
      return fcmovne.index;
    case 283:
      return fcmovnbe.index;
    case 284:
      return fcmovnu.index;
    case 285:
      return fstpM80.index;
    case 286:
      return fistM32.index;
    case 287:
      return fistpM32.index;
    case 288:
      return fisttpM32.index;
    case 289:
      return faddStiSt0.index;
    case 290:
      return faddM64.index;
    case 291:
      return fsubStiSt0.index;
    case 292:
      return fsubM64.index;
    case 293:
      return fsubrStiSt0.index;
    case 294:
      return fsubrM64.index;
    case 295:
      return fmulStiSt0.index;
    case 296:
      return fmulM64.index;
    case 297:
      return fdivStiSt0.index;
    case 298:
      return fdivM64.index;
    case 299:
      return fdivrStiSt0.index;
    case 300:
      return fdivrM64.index;
    case 301:
      return fcomM64.index;
    case 302:
      return fcompM64.index;
    case 303:
      return fucomSti.index;
    case 304:
      return fucompSti.index;
    case 305:
      return fldM64.index;
    case 306:
      return fstM64.index;
    case 307:
      return fstpM64.index;
    case 308:
      return fisttpM64.index;
    case 309:
      return fstSti.index;
    case 310:
      return ffree.index;
    case 311:
      return fnstsw.index;
    case 312:
      return frstor_u16.index;
    case 313:
      return frstor_u32.index;
    case 314:
      return fnsave_u16.index;
    case 315:
      return fnsave_u32.index;
    case 316:
      return fcompp.index;
    case 317:
      return faddpStiSt0.index;
    case 318:
      return fiaddM16.index;
    case 319:
      return fsubpStiSt0.index;
    case 320:
      return fisubM16.index;
    case 321:
      return fsubrpStiSt0.index;
    case 322:
      return fisubrM16.index;
    case 323:
      return fmulpStiSt0.index;
    case 324:
      return fimulM16.index;
    case 325:
      return fdivpStiSt0.index;
    case 326:
      return fidivM16.index;
    case 327:
      return fdivrpStiSt0.index;
    case 328:
      return fidivrM16.index;
    case 329:
      return ficomM16.index;
    case 330:
      return ficompM16.index;
    case 331:
      return fucomip.index;
    case 332:
      return fcomip.index;
    case 333:
      return fildM16.index;
    case 334:
      return fildM64.index;
    case 335:
      return fbld.index;
    case 336:
      return fistM16.index;
    case 337:
      return fistpM16.index;
    case 338:
      return fistpM64.index;
    case 339:
      return fisttpM16.index;
    case 340:
      return fbstp.index;
    case 341:
      return ffreep.index;
    case 342:
      return loopne_u16.index;
    case 343:
      return loopne_u32.index;
    case 344:
      return loopne_u64.index;
    case 345:
      return loope_u16.index;
    case 346:
      return loope_u32.index;
    case 347:
      return loope_u64.index;
    case 348:
      return loop_u16.index;
    case 349:
      return loop_u32.index;
    case 350:
      return loop_u64.index;
    case 351:
      return jcxz_u16.index;
    case 352:
      return jcxz_u32.index;
    case 353:
      return jcxz_u64.index;
    case 354:
      return callJ_u16.index;
    case 355:
      return callJ_u32.index;
    case 356:
      return callJ_u64.index;
    case 357:
      return jmpJ_u16.index;
    case 358:
      return jmpJ_u32.index;
    case 359:
      return jmpJ_u64.index;
    case 360:
      return notE_u8.index;
    case 361:
      return negE_u8.index;
    case 362:
      return notE_u16.index;
    case 363:
      return notE_u32.index;
    case 364:
      return notE_u64.index;
    case 365:
      return negE_u16.index;
    case 366:
      return negE_u32.index;
    case 367:
      return negE_u64.index;
    case 368:
      return incE_u8.index;
    case 369:
      return decE_u8.index;
    case 370:
      return incE_u16.index;
    case 371:
      return incE_u32.index;
    case 372:
      return incE_u64.index;
    case 373:
      return decE_u16.index;
    case 374:
      return decE_u32.index;
    case 375:
      return decE_u64.index;
    case 376:
      return jmpE_u16.index;
    case 377:
      return jmpE_u32.index;
    case 378:
      return jmpE_u64.index;
    case 379:
      return callE_u16.index;
    case 380:
      return callE_u32.index;
    case 381:
      return callE_u64.index;
    case 382:
      return pushE_u16.index;
    case 383:
      return pushE_u32.index;
    case 384:
      return pushE_u64.index;
    case 385:
      return xmmLoadUnaligned.index;
    case 386:
      return xmmLoadScalar_u32.index;
    case 387:
      return xmmLoadScalar_u64.index;
    case 388:
      return xmmStoreUnaligned.index;
    case 389:
      return xmmStoreScalar_u32.index;
    case 390:
      return xmmStoreScalar_u64.index;
    case 391:
      return movlpsLoad.index;
    case 392:
      return xmmUnary_DuplicateEven.index;
    case 393:
      return xmmUnarySized_DuplicateLow64_u64.index;
    case 394:
      return movlpsStore.index;
    case 395:
      return xmmBinary_UnpackLow_u64.index;
    case 396:
      return xmmBinary_UnpackLow_u32.index;
    case 397:
      return xmmBinary_UnpackHigh_u64.index;
    case 398:
      return xmmBinary_UnpackHigh_u32.index;
    case 399:
      return movhpsLoad.index;
    case 400:
      return xmmUnary_DuplicateOdd.index;
    case 401:
      return movhpsStore.index;
    case 402:
      return nop_u16.index;
    case 403:
      return nop_u32.index;
    case 404:
      return nop_u64.index;
    case 405:
      return xmmLoadAligned.index;
    case 406:
      return xmmStoreAligned.index;
    case 407:
      return cvtpi2pd.index;
    case 408:
      return cvtsi2ss_u32.index;
    case 409:
      return cvtsi2ss_u64.index;
    case 410:
      return cvtsi2sd_u32.index;
    case 411:
      return cvtsi2sd_u64.index;
    case 412:
      return cvtpi2ps.index;
    case 413:
      return cvttpd2pi.index;
    case 414:
      return cvttss2si_u32.index;
    case 415:
      return cvttss2si_u64.index;
    case 416:
      return cvttsd2si_u32.index;
    case 417:
      return cvttsd2si_u64.index;
    case 418:
      return cvttps2pi.index;
    case 419:
      return cvtpd2pi.index;
    case 420:
      return cvtss2si_u32.index;
    case 421:
      return cvtss2si_u64.index;
    case 422:
      return cvtsd2si_u32.index;
    case 423:
      return cvtsd2si_u64.index;
    case 424:
      return cvtps2pi.index;
    case 425:
      return ucomisd.index;
    case 426:
      return ucomiss.index;
    case 427:
      return comisd.index;
    case 428:
      return comiss.index;
    case 429:
      return cmovo_u16.index;
    case 430:
      return cmovo_u32.index;
    case 431:
      return cmovo_u64.index;
    case 432:
      return cmovno_u16.index;
    case 433:
      return cmovno_u32.index;
    case 434:
      return cmovno_u64.index;
    case 435:
      return cmovb_u16.index;
    case 436:
      return cmovb_u32.index;
    case 437:
      return cmovb_u64.index;
    case 438:
      return cmovnb_u16.index;
    case 439:
      return cmovnb_u32.index;
    case 440:
      return cmovnb_u64.index;
    case 441:
      return cmovz_u16.index;
    case 442:
      return cmovz_u32.index;
    case 443:
      return cmovz_u64.index;
    case 444:
      return cmovnz_u16.index;
    case 445:
      return cmovnz_u32.index;
    case 446:
      return cmovnz_u64.index;
    case 447:
      return cmovbe_u16.index;
    case 448:
      return cmovbe_u32.index;
    case 449:
      return cmovbe_u64.index;
    case 450:
      return cmovnbe_u16.index;
    case 451:
      return cmovnbe_u32.index;
    case 452:
      return cmovnbe_u64.index;
    case 453:
      return cmovs_u16.index;
    case 454:
      return cmovs_u32.index;
    case 455:
      return cmovs_u64.index;
    case 456:
      return cmovns_u16.index;
    case 457:
      return cmovns_u32.index;
    case 458:
      return cmovns_u64.index;
    case 459:
      return cmovp_u16.index;
    case 460:
      return cmovp_u32.index;
    case 461:
      return cmovp_u64.index;
    case 462:
      return cmovnp_u16.index;
    case 463:
      return cmovnp_u32.index;
    case 464:
      return cmovnp_u64.index;
    case 465:
      return cmovl_u16.index;
    case 466:
      return cmovl_u32.index;
    case 467:
      return cmovl_u64.index;
    case 468:
      return cmovnl_u16.index;
    case 469:
      return cmovnl_u32.index;
    case 470:
      return cmovnl_u64.index;
    case 471:
      return cmovle_u16.index;
    case 472:
      return cmovle_u32.index;
    case 473:
      return cmovle_u64.index;
    case 474:
      return cmovnle_u16.index;
    case 475:
      return cmovnle_u32.index;
    case 476:
      return cmovnle_u64.index;
    case 477:
      return movmsk_i64.index;
    case 478:
      return movmsk_i32.index;
    case 479:
      return sqrtpd.index;
    case 480:
      return sqrtss.index;
    case 481:
      return sqrtsd.index;
    case 482:
      return sqrtps.index;
    case 483:
      return rsqrtss.index;
    case 484:
      return rsqrtps.index;
    case 485:
      return rcpss.index;
    case 486:
      return rcpps.index;
    case 487:
      return xmmBinary_And.index;
    case 488:
      return xmmBinary_AndNot.index;
    case 489:
      return xmmBinary_Or.index;
    case 490:
      return xmmBinary_Xor.index;
    case 491:
      return addpd.index;
    case 492:
      return addss.index;
    case 493:
      return addsd.index;
    case 494:
      return addps.index;
    case 495:
      return mulpd.index;
    case 496:
      return mulss.index;
    case 497:
      return mulsd.index;
    case 498:
      return mulps.index;
    case 499:
      return cvtpd2ps.index;
    case 500:
      return cvtss2sd.index;
    case 501:
      return cvtsd2ss.index;
    case 502:
      return cvtps2pd.index;
    case 503:
      return cvtps2dq.index;
    case 504:
      return cvttps2dq.index;
    case 505:
      return cvtdq2ps.index;
    case 506:
      return subpd.index;
    case 507:
      return subss.index;
    case 508:
      return subsd.index;
    case 509:
      return subps.index;
    case 510:
      return minpd.index;
    case 511:
      return minss.index;
  }
  return 0;
}

function group2(id: u32): u32 {
  switch (id) {
    case 512:
      return minsd.index;
    case 513:
      return minps.index;
    case 514:
      return divpd.index;
    case 515:
      return divss.index;
    case 516:
      return divsd.index;
    case 517:
      return divps.index;
    case 518:
      return maxpd.index;
    case 519:
      return maxss.index;
    case 520:
      return maxsd.index;
    case 521:
      return maxps.index;
    case 522:
      return xmmBinary_UnpackLow_u8.index;
    case 523:
      return mmxBinary32_UnpackLow_u8.index;
    case 524:
      return xmmBinary_UnpackLow_u16.index;
    case 525:
      return mmxBinary32_UnpackLow_u16.index;
    case 526:
      return mmxBinary32_UnpackLow_u32.index;
    case 527:
      return xmmBinary_Pack_i8.index;
    case 528:
      return mmxJoined_Pack_i8.index;
    case 529:
      return xmmBinary_Greater_i8.index;
    case 530:
      return mmxBinary_Greater_i8.index;
    case 531:
      return xmmBinary_Greater_i16.index;
    case 532:
      return mmxBinary_Greater_i16.index;
    case 533:
      return xmmBinary_Greater_i32.index;
    case 534:
      return mmxBinary_Greater_i32.index;
    case 535:
      return xmmBinary_Pack_u8.index;
    case 536:
      return mmxJoined_Pack_u8.index;
    case 537:
      return xmmBinary_UnpackHigh_u8.index;
    case 538:
      return mmxBinary_UnpackHigh64_u8.index;
    case 539:
      return xmmBinary_UnpackHigh_u16.index;
    case 540:
      return mmxBinary_UnpackHigh64_u16.index;
    case 541:
      return mmxBinary_UnpackHigh64_u32.index;
    case 542:
      return xmmBinary_Pack_i16.index;
    case 543:
      return mmxJoined_Pack_i16.index;
    case 544:
      return movdToXmm_u32.index;
    case 545:
      return movdToXmm_u64.index;
    case 546:
      return movdToMmx_u32.index;
    case 547:
      return movdToMmx_u64.index;
    case 548:
      return mmxLoad.index;
    case 549:
      return pshufd.index;
    case 550:
      return pshuflw.index;
    case 551:
      return pshufhw.index;
    case 552:
      return pshufw.index;
    case 553:
      return xmmShiftImmediate_ShiftRight_u16.index;
    case 554:
      return xmmShiftImmediate_ShiftRight_i16.index;
    case 555:
      return xmmShiftImmediate_ShiftLeft_u16.index;
    case 556:
      return mmxShiftImmediate_ShiftRight_u16.index;
    case 557:
      return mmxShiftImmediate_ShiftRight_i16.index;
    case 558:
      return mmxShiftImmediate_ShiftLeft_u16.index;
    case 559:
      return xmmShiftImmediate_ShiftRight_u32.index;
    case 560:
      return xmmShiftImmediate_ShiftRight_i32.index;
    case 561:
      return xmmShiftImmediate_ShiftLeft_u32.index;
    case 562:
      return mmxShiftImmediate_ShiftRight_u32.index;
    case 563:
      return mmxShiftImmediate_ShiftRight_i32.index;
    case 564:
      return mmxShiftImmediate_ShiftLeft_u32.index;
    case 565:
      return xmmShiftImmediate_ShiftRight_u64.index;
    case 566:
      return xmmShiftImmediate_ShiftLeft_u64.index;
    case 567:
      return xmmShiftImmediate_ShiftRightBytes.index;
    case 568:
      return xmmShiftImmediate_ShiftLeftBytes.index;
    case 569:
      return mmxShiftImmediate_ShiftRight_u64.index;
    case 570:
      return mmxShiftImmediate_ShiftLeft_u64.index;
    case 571:
      return xmmBinary_Equal_i8.index;
    case 572:
      return mmxBinary_Equal_i8.index;
    case 573:
      return xmmBinary_Equal_i16.index;
    case 574:
      return mmxBinary_Equal_i16.index;
    case 575:
      return xmmBinary_Equal_i32.index;
    case 576:
      return mmxBinary_Equal_i32.index;
    case 577:
      return emms.index;
    case 578:
      return haddps.index;
    case 579:
      return haddpd.index;
    case 580:
      return hsubps.index;
    case 581:
      return hsubpd.index;
    case 582:
      return movdFromXmm_u32.index;
    case 583:
      return movdFromXmm_u64.index;
    case 584:
      return movqLoad.index;
    case 585:
      return movdFromMmx_u32.index;
    case 586:
      return movdFromMmx_u64.index;
    case 587:
      return mmxStore.index;
    case 588:
      return seto_u8.index;
    case 589:
      return setno_u8.index;
    case 590:
      return setb_u8.index;
    case 591:
      return setnb_u8.index;
    case 592:
      return setz_u8.index;
    case 593:
      return setnz_u8.index;
    case 594:
      return setbe_u8.index;
    case 595:
      return setnbe_u8.index;
    case 596:
      return sets_u8.index;
    case 597:
      return setns_u8.index;
    case 598:
      return setp_u8.index;
    case 599:
      return setnp_u8.index;
    case 600:
      return setl_u8.index;
    case 601:
      return setnl_u8.index;
    case 602:
      return setle_u8.index;
    case 603:
      return setnle_u8.index;
    case 604:
      return ldmxcsr.index;
    case 605:
      return stmxcsr.index;
    case 606:
      return movzxB_u16.index;
    case 607:
      return movzxB_u32.index;
    case 608:
      return movzxB_u64.index;
    case 609:
      return movzxW_u16.index;
    case 610:
      return movzxW_u32.index;
    case 611:
      return movzxW_u64.index;
    case 612:
      return movsxB_u16.index;
    case 613:
      return movsxB_u32.index;
    case 614:
      return movsxB_u64.index;
    case 615:
      return movsxW_u16.index;
    case 616:
      return movsxW_u32.index;
    case 617:
      return movsxW_u64.index;
    case 618:
      return cmppd.index;
    case 619:
      return cmpss.index;
    case 620:
      return cmpsd.index;
    case 621:
      return cmpps.index;
    case 622:
      return pinsr_u16.index;
    case 623:
      return mmxPinsrw.index;
    case 624:
      return pextrwToReg.index;
    case 625:
      return mmxPextrw.index;
    case 626:
      return shufpd.index;
    case 627:
      return shufps.index;
    case 628:
      return addsubps.index;
    case 629:
      return addsubpd.index;
    case 630:
      return xmmShift_ShiftRight_u16.index;
    case 631:
      return mmxShift_ShiftRight_u16.index;
    case 632:
      return xmmShift_ShiftRight_u32.index;
    case 633:
      return mmxShift_ShiftRight_u32.index;
    case 634:
      return xmmShift_ShiftRight_u64.index;
    case 635:
      return mmxShift_ShiftRight_u64.index;
    case 636:
      return xmmBinary_Add_i64.index;
    case 637:
      return mmxBinary_Add_i64.index;
    case 638:
      return xmmBinary_MultiplyLow_i16.index;
    case 639:
      return mmxBinary_MultiplyLow_i16.index;
    case 640:
      return movdq2q.index;
    case 641:
      return movq2dq.index;
    case 642:
      return movqStore.index;
    case 643:
      return movmsk_i8.index;
    case 644:
      return mmxPmovmskb.index;
    case 645:
      return xmmBinary_SubtractSaturated_u8.index;
    case 646:
      return mmxBinary_SubtractSaturated_u8.index;
    case 647:
      return xmmBinary_SubtractSaturated_u16.index;
    case 648:
      return mmxBinary_SubtractSaturated_u16.index;
    case 649:
      return xmmBinary_Minimum_u8.index;
    case 650:
      return mmxBinary_Minimum_u8.index;
    case 651:
      return mmxBinary_And.index;
    case 652:
      return xmmBinary_AddSaturated_u8.index;
    case 653:
      return mmxBinary_AddSaturated_u8.index;
    case 654:
      return xmmBinary_AddSaturated_u16.index;
    case 655:
      return mmxBinary_AddSaturated_u16.index;
    case 656:
      return xmmBinary_Maximum_u8.index;
    case 657:
      return mmxBinary_Maximum_u8.index;
    case 658:
      return mmxBinary_AndNot.index;
    case 659:
      return xmmBinary_Average_u8.index;
    case 660:
      return mmxBinary_Average_u8.index;
    case 661:
      return xmmShift_ShiftRight_i16.index;
    case 662:
      return mmxShift_ShiftRight_i16.index;
    case 663:
      return xmmShift_ShiftRight_i32.index;
    case 664:
      return mmxShift_ShiftRight_i32.index;
    case 665:
      return xmmBinary_Average_u16.index;
    case 666:
      return mmxBinary_Average_u16.index;
    case 667:
      return xmmBinary_MultiplyHigh_u16.index;
    case 668:
      return mmxBinary_MultiplyHigh_u16.index;
    case 669:
      return xmmBinary_MultiplyHigh_i16.index;
    case 670:
      return mmxBinary_MultiplyHigh_i16.index;
    case 671:
      return cvttpd2dq.index;
    case 672:
      return cvtdq2pd.index;
    case 673:
      return cvtpd2dq.index;
    case 674:
      return xmmBinary_SubtractSaturated_i8.index;
    case 675:
      return mmxBinary_SubtractSaturated_i8.index;
    case 676:
      return xmmBinary_SubtractSaturated_i16.index;
    case 677:
      return mmxBinary_SubtractSaturated_i16.index;
    case 678:
      return xmmBinary_Minimum_i16.index;
    case 679:
      return mmxBinary_Minimum_i16.index;
    case 680:
      return mmxBinary_Or.index;
    case 681:
      return xmmBinary_AddSaturated_i8.index;
    case 682:
      return mmxBinary_AddSaturated_i8.index;
    case 683:
      return xmmBinary_AddSaturated_i16.index;
    case 684:
      return mmxBinary_AddSaturated_i16.index;
    case 685:
      return xmmBinary_Maximum_i16.index;
    case 686:
      return mmxBinary_Maximum_i16.index;
    case 687:
      return mmxBinary_Xor.index;
    case 688:
      return xmmShift_ShiftLeft_u16.index;
    case 689:
      return mmxShift_ShiftLeft_u16.index;
    case 690:
      return xmmShift_ShiftLeft_u32.index;
    case 691:
      return mmxShift_ShiftLeft_u32.index;
    case 692:
      return xmmShift_ShiftLeft_u64.index;
    case 693:
      return mmxShift_ShiftLeft_u64.index;
    case 694:
      return xmmBinary_MultiplyEven_u32.index;
    case 695:
      return mmxBinary_MultiplyEven_u32.index;
    case 696:
      return xmmBinary_MultiplyAddWords.index;
    case 697:
      return mmxBinary_MultiplyAddWords.index;
    case 698:
      return xmmBinary_SumOfDifferences.index;
    case 699:
      return mmxBinary_SumOfDifferences.index;
    case 700:
      return maskmovdqu.index;
    case 701:
      return maskmovq.index;
    case 702:
      return xmmBinary_Subtract_i8.index;
    case 703:
      return mmxBinary_Subtract_i8.index;
    case 704:
      return xmmBinary_Subtract_i16.index;
    case 705:
      return mmxBinary_Subtract_i16.index;
    case 706:
      return xmmBinary_Subtract_i32.index;
    case 707:
      return mmxBinary_Subtract_i32.index;
    case 708:
      return xmmBinary_Subtract_i64.index;
    case 709:
      return mmxBinary_Subtract_i64.index;
    case 710:
      return xmmBinary_Add_i8.index;
    case 711:
      return mmxBinary_Add_i8.index;
    case 712:
      return xmmBinary_Add_i16.index;
    case 713:
      return mmxBinary_Add_i16.index;
    case 714:
      return xmmBinary_Add_i32.index;
    case 715:
      return mmxBinary_Add_i32.index;
    case 716:
      return xmmBinary_ShuffleBytes.index;
    case 717:
      return mmxBinary_ShuffleBytes64.index;
    case 718:
      return xmmBinary_AddPairs_i16.index;
    case 719:
      return mmxJoined_AddPairs_i16.index;
    case 720:
      return xmmBinary_AddPairs_i32.index;
    case 721:
      return mmxJoined_AddPairs_i32.index;
    case 722:
      return xmmBinary_AddPairsSaturated.index;
    case 723:
      return mmxJoined_AddPairsSaturated.index;
    case 724:
      return xmmBinary_MultiplyAddBytes.index;
    case 725:
      return mmxBinary_MultiplyAddBytes.index;
    case 726:
      return xmmBinary_SubtractPairs_i16.index;
    case 727:
      return mmxJoined_SubtractPairs_i16.index;
    case 728:
      return xmmBinary_SubtractPairs_i32.index;
    case 729:
      return mmxJoined_SubtractPairs_i32.index;
    case 730:
      return xmmBinary_SubtractPairsSaturated.index;
    case 731:
      return mmxJoined_SubtractPairsSaturated.index;
    case 732:
      return xmmBinary_Sign_i8.index;
    case 733:
      return mmxBinary_Sign_i8.index;
    case 734:
      return xmmBinary_Sign_i16.index;
    case 735:
      return mmxBinary_Sign_i16.index;
    case 736:
      return xmmBinary_Sign_i32.index;
    case 737:
      return mmxBinary_Sign_i32.index;
    case 738:
      return xmmBinary_MultiplyRounded.index;
    case 739:
      return mmxBinary_MultiplyRounded.index;
    case 740:
      return blendVariable_i8.index;
    case 741:
      return blendVariable_i32.index;
    case 742:
      return blendVariable_i64.index;
    case 743:
      return ptest.index;
    case 744:
      return xmmUnary_Absolute_i8.index;
    case 745:
      return mmxUnary_Absolute_i8.index;
    case 746:
      return xmmUnary_Absolute_i16.index;
    case 747:
      return mmxUnary_Absolute_i16.index;
    case 748:
      return xmmUnary_Absolute_i32.index;
    case 749:
      return mmxUnary_Absolute_i32.index;
    case 750:
      return xmmUnarySized_Widen_i8_i16_u64.index;
    case 751:
      return xmmUnarySized_Widen_i8_i32_u32.index;
    case 752:
      return xmmUnarySized_Widen_i8_i64_u16.index;
    case 753:
      return xmmUnarySized_Widen_i16_i32_u64.index;
    case 754:
      return xmmUnarySized_Widen_i16_i64_u32.index;
    case 755:
      return xmmUnarySized_Widen_i32_i64_u64.index;
    case 756:
      return xmmBinary_MultiplyEven_i32.index;
    case 757:
      return xmmBinary_Equal_i64.index;
    case 758:
      return xmmBinary_Pack_u16.index;
    case 759:
      return xmmUnarySized_Widen_u8_u16_u64.index;
    case 760:
      return xmmUnarySized_Widen_u8_u32_u32.index;
    case 761:
      return xmmUnarySized_Widen_u8_u64_u16.index;
    case 762:
      return xmmUnarySized_Widen_u16_u32_u64.index;
    case 763:
      return xmmUnarySized_Widen_u16_u64_u32.index;
    case 764:
      return xmmUnarySized_Widen_u32_u64_u64.index;
    case 765:
      return xmmBinary_Greater_i64.index;
    case 766:
      return xmmBinary_Minimum_i8.index;
    case 767:
      return xmmBinary_Minimum_i32.index;
  }
  return 0;
}

function group3(id: u32): u32 {
  switch (id) {
    case 768:
      return xmmBinary_Minimum_u16.index;
    case 769:
      return xmmBinary_Minimum_u32.index;
    case 770:
      return xmmBinary_Maximum_i8.index;
    case 771:
      return xmmBinary_Maximum_i32.index;
    case 772:
      return xmmBinary_Maximum_u16.index;
    case 773:
      return xmmBinary_Maximum_u32.index;
    case 774:
      return xmmBinary_MultiplyLow_i32.index;
    case 775:
      return xmmUnary_LeastWord.index;
    case 776:
      return sha1nexte.index;
    case 777:
      return sha1msg1.index;
    case 778:
      return sha1msg2.index;
    case 779:
      return sha256rnds2.index;
    case 780:
      return sha256msg1.index;
    case 781:
      return sha256msg2.index;
    case 782:
      return aesimc.index;
    case 783:
      return aesenc.index;
    case 784:
      return aesenclast.index;
    case 785:
      return aesdec.index;
    case 786:
      return aesdeclast.index;
    case 787:
      return roundps.index;
    case 788:
      return roundpd.index;
    case 789:
      return roundss.index;
    case 790:
      return roundsd.index;
    case 791:
      return blendImmediate_i32.index;
    case 792:
      return blendImmediate_i64.index;
    case 793:
      return blendImmediate_i16.index;
    case 794:
      return palignr.index;
    case 795:
      return mmxPalignr.index;
    case 796:
      return pextr_u8.index;
    case 797:
      return pextr_u16.index;
    case 798:
      return pextr_u32.index;
    case 799:
      return pextr_u64.index;
    case 800:
      return pextr_u32.index;
    case 801:
      return pinsr_u8.index;
    case 802:
      return insertps.index;
    case 803:
      return pinsr_u32.index;
    case 804:
      return pinsr_u64.index;
    case 805:
      return dpps.index;
    case 806:
      return dppd.index;
    case 807:
      return mpsadbw.index;
    case 808:
      return pclmulqdq.index;
    case 809:
      return pcmpestrm.index;
    case 810:
      return pcmpestri.index;
    case 811:
      return pcmpistrm.index;
    case 812:
      return pcmpistri.index;
    case 813:
      return sha1rnds4.index;
    case 814:
      return aeskeygenassist.index;
  }
  return 0;
}
