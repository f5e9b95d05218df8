/** Generated from tools/isa/rows by tools/isa/generate.mjs (node tools/build.mjs isa). Do not edit. */

import { X86 } from "../../layout/x86";
import { Op } from "../../layout/x86_op";
import { adcEG, adcEI, adcGE, addEG, addEI, addGE, cmpEG, cmpEI, cmpGE, sbbEG, sbbEI, sbbGE, subEG, subEI, subGE } from "../alu/arithmetic";
import { andEG, andEI, andGE, orEG, orEI, orGE, xorEG, xorEI, xorGE } from "../alu/logic";
import { decE, decZ, incE, incZ, negE, notE, testEG, testEI } from "../alu/unary";
import { callE, callJ, jcxz, jmpE, jmpJ, loop, loope, loopne, ret } from "../branch/branch";
import { cmovb, cmovbe, cmovl, cmovle, cmovnb, cmovnbe, cmovnl, cmovnle, cmovno, cmovnp, cmovns, cmovnz, cmovo, cmovp, cmovs, cmovz, jb, jbe, jl, jle, jnb, jnbe, jnl, jnle, jno, jnp, jns, jnz, jo, jp, js, jz, setb, setbe, setl, setle, setnb, setnbe, setnl, setnle, setno, setnp, setns, setnz, seto, setp, sets, setz } from "../branch/condition";
import { fxrstor, fxsave } from "../fpu/fxsave";
import { addpd, addps, addsd, addss, addsubpd, addsubps, divpd, divps, divsd, divss, dppd, dpps, haddpd, haddps, hsubpd, hsubps, maxpd, maxps, maxsd, maxss, minpd, minps, minsd, minss, mulpd, mulps, mulsd, mulss, sqrtpd, sqrtps, sqrtsd, sqrtss, subpd, subps, subsd, subss } from "../fpu/sse_arith";
import { cmppd, cmpps, cmpsd, cmpss, comisd, comiss, rcpps, rcpss, rsqrtps, rsqrtss, ucomisd, ucomiss } from "../fpu/sse_compare";
import { cvtdq2pd, cvtdq2ps, cvtpd2dq, cvtpd2pi, cvtpd2ps, cvtpi2pd, cvtpi2ps, cvtps2dq, cvtps2pd, cvtps2pi, cvtsd2si, cvtsd2ss, cvtsi2sd, cvtsi2ss, cvtss2sd, cvtss2si, cvttpd2dq, cvttpd2pi, cvttps2dq, cvttps2pi, cvttsd2si, cvttss2si, ldmxcsr, roundpd, roundps, roundsd, roundss, stmxcsr } from "../fpu/sse_convert";
import { faddM32, faddM64, faddSt0Sti, faddStiSt0, faddpStiSt0, fdivM32, fdivM64, fdivSt0Sti, fdivStiSt0, fdivpStiSt0, fdivrM32, fdivrM64, fdivrSt0Sti, fdivrStiSt0, fdivrpStiSt0, fiaddM16, fiaddM32, fidivM16, fidivM32, fidivrM16, fidivrM32, fimulM16, fimulM32, fisubM16, fisubM32, fisubrM16, fisubrM32, fmulM32, fmulM64, fmulSt0Sti, fmulStiSt0, fmulpStiSt0, fsubM32, fsubM64, fsubSt0Sti, fsubStiSt0, fsubpStiSt0, fsubrM32, fsubrM64, fsubrSt0Sti, fsubrStiSt0, fsubrpStiSt0 } from "../fpu/x87_arith";
import { fcomM32, fcomM64, fcomSti, fcomi, fcomip, fcompM32, fcompM64, fcompSti, fcompp, ficomM16, ficomM32, ficompM16, ficompM32, ftst, fucomSti, fucomi, fucomip, fucompSti, fucompp, fxam } from "../fpu/x87_compare";
import { emms, fdecstp, fincstp, fldcw, fldenv, fnclex, fninit, fnop, fnop8087, fnsave, fnstcw, fnstenv, fnstsw, frstor, fwait } from "../fpu/x87_env";
import { fabs, fbld, fchs, fcmovb, fcmovbe, fcmove, fcmovnb, fcmovnbe, fcmovne, fcmovnu, fcmovu, fildM16, fildM32, fildM64, fld1, fldM32, fldM64, fldM80, fldSti, fldl2e, fldl2t, fldlg2, fldln2, fldpi, fldz, fxch } from "../fpu/x87_load";
import { fprem, fprem1, frndint, fscale, fsqrt, fxtract } from "../fpu/x87_misc";
import { fbstp, ffree, ffreep, fistM16, fistM32, fistpM16, fistpM32, fistpM64, fisttpM16, fisttpM32, fisttpM64, fstM32, fstM64, fstSti, fstpM32, fstpM64, fstpM80, fstpSti, fstpnceSti } from "../fpu/x87_store";
import { f2xm1, fcos, fpatan, fptan, fsin, fsincos, fyl2x, fyl2xp1 } from "../fpu/x87_transcendental";
import { xrstor, xrstors, xsave, xsavec, xsaveopt, xsaves } from "../fpu/xsave";
import { aaa, aad, aam, aas, daa, das } from "../integer/bcd";
import { bsf, bsr, bswapReg, bt, btImm, btc, btcImm, btr, btrImm, bts, btsImm, lzcnt, popcntRm, tzcnt } from "../integer/bit";
import { adcx, adox, andn, bextr, blsi, blsmsk, blsr, bzhi, pdep, pext, rorx, sarx, shlx, shrx } from "../integer/bmi";
import { shldCl, shldImm, shrdCl, shrdImm } from "../integer/double_shift";
import { cmpxchg, cmpxchg16b, cmpxchg8b, xadd } from "../integer/exchange";
import { clc, cld, cmc, lahf, popf, pushf, sahf, stc, std } from "../integer/flag_control";
import { bound, enter, leave, popa, pusha } from "../integer/frame";
import { cbw, clflush, crc32, cwd, fence, movbeLoad, movbeStore, movnti, pause, prefetch, rdrand, xlat } from "../integer/misc";
import { div, idiv, imul, imulImm, imulWide, mul, mulx } from "../integer/multiply";
import { rclCl, rclImm, rclOne, rcrCl, rcrImm, rcrOne, rolCl, rolImm, rolOne, rorCl, rorImm, rorOne, sarCl, sarImm, sarOne, shlCl, shlImm, shlOne, shrCl, shrImm, shrOne } from "../integer/shift";
import { lods, movs, stos } from "../integer/string";
import { cmps, scas } from "../integer/string_compare";
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
import { clts, invlpg, invpcid, lmsw, movFromCr, movToCr, smsw } from "../system/control";
import { movFromDr, movToDr } from "../system/debug";
import { cli, sti } from "../system/flags_system";
import { inDx, inIb, ins, outDx, outIb, outs } from "../system/io";
import { clac, cpuid, hlt, monitor, mwait, rdmsr, rdpid, rdpkru, rdpmc, rdtsc, rdtscp, stac, wbinvd, wrmsr, wrpkru, xgetbv, xsetbv } from "../system/misc";
import { rsm } from "../system/smm";
import { lds, les, lfs, lgs, lss, movFromSreg, movToSreg, popDs, popEs, popFs, popGs, popSs, pushCs, pushDs, pushEs, pushFs, pushGs, pushSs } from "../system/sreg";
import { rdfsbase, rdgsbase, swapgs, syscall, sysenter, sysexit, sysret, wrfsbase, wrgsbase } from "../system/syscall";
import { lgdt, lidt, lldt, ltr, sgdt, sidt, sldt, str } from "../system/tables";
import { callFar, callFarMem, int1, int3, intIb, into, iret, jmpFar, jmpFarMem, retFar } from "../system/transfers";
import { arpl, lar, lsl, verr, verw } from "../system/verify";
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
function pushEs_u16(c: X86, op: Op): i32 {
  return pushEs<u16>(c, op);
}
function pushEs_u32(c: X86, op: Op): i32 {
  return pushEs<u32>(c, op);
}
function popEs_u16(c: X86, op: Op): i32 {
  return popEs<u16>(c, op);
}
function popEs_u32(c: X86, op: Op): i32 {
  return popEs<u32>(c, op);
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
function pushCs_u16(c: X86, op: Op): i32 {
  return pushCs<u16>(c, op);
}
function pushCs_u32(c: X86, op: Op): i32 {
  return pushCs<u32>(c, op);
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
function pushSs_u16(c: X86, op: Op): i32 {
  return pushSs<u16>(c, op);
}
function pushSs_u32(c: X86, op: Op): i32 {
  return pushSs<u32>(c, op);
}
function popSs_u16(c: X86, op: Op): i32 {
  return popSs<u16>(c, op);
}
function popSs_u32(c: X86, op: Op): i32 {
  return popSs<u32>(c, op);
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
function pushDs_u16(c: X86, op: Op): i32 {
  return pushDs<u16>(c, op);
}
function pushDs_u32(c: X86, op: Op): i32 {
  return pushDs<u32>(c, op);
}
function popDs_u16(c: X86, op: Op): i32 {
  return popDs<u16>(c, op);
}
function popDs_u32(c: X86, op: Op): i32 {
  return popDs<u32>(c, op);
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
function pusha_u16(c: X86, op: Op): i32 {
  return pusha<u16>(c, op);
}
function pusha_u32(c: X86, op: Op): i32 {
  return pusha<u32>(c, op);
}
function popa_u16(c: X86, op: Op): i32 {
  return popa<u16>(c, op);
}
function popa_u32(c: X86, op: Op): i32 {
  return popa<u32>(c, op);
}
function bound_u16(c: X86, op: Op): i32 {
  return bound<u16>(c, op);
}
function bound_u32(c: X86, op: Op): i32 {
  return bound<u32>(c, op);
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
function imulImm_u16(c: X86, op: Op): i32 {
  return imulImm<u16>(c, op);
}
function imulImm_u32(c: X86, op: Op): i32 {
  return imulImm<u32>(c, op);
}
function imulImm_u64(c: X86, op: Op): i32 {
  return imulImm<u64>(c, op);
}
function ins_u8(c: X86, op: Op): i32 {
  return ins<u8>(c, op);
}
function ins_u16(c: X86, op: Op): i32 {
  return ins<u16>(c, op);
}
function ins_u32(c: X86, op: Op): i32 {
  return ins<u32>(c, op);
}
function outs_u8(c: X86, op: Op): i32 {
  return outs<u8>(c, op);
}
function outs_u16(c: X86, op: Op): i32 {
  return outs<u16>(c, op);
}
function outs_u32(c: X86, op: Op): i32 {
  return outs<u32>(c, op);
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
function movFromSreg_u16(c: X86, op: Op): i32 {
  return movFromSreg<u16>(c, op);
}
function movFromSreg_u32(c: X86, op: Op): i32 {
  return movFromSreg<u32>(c, op);
}
function movFromSreg_u64(c: X86, op: Op): i32 {
  return movFromSreg<u64>(c, op);
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
function cbw_u16(c: X86, op: Op): i32 {
  return cbw<u16>(c, op);
}
function cbw_u32(c: X86, op: Op): i32 {
  return cbw<u32>(c, op);
}
function cbw_u64(c: X86, op: Op): i32 {
  return cbw<u64>(c, op);
}
function cwd_u16(c: X86, op: Op): i32 {
  return cwd<u16>(c, op);
}
function cwd_u32(c: X86, op: Op): i32 {
  return cwd<u32>(c, op);
}
function cwd_u64(c: X86, op: Op): i32 {
  return cwd<u64>(c, op);
}
function callFar_u16(c: X86, op: Op): i32 {
  return callFar<u16>(c, op);
}
function callFar_u32(c: X86, op: Op): i32 {
  return callFar<u32>(c, op);
}
function pushf_u16(c: X86, op: Op): i32 {
  return pushf<u16>(c, op);
}
function pushf_u32(c: X86, op: Op): i32 {
  return pushf<u32>(c, op);
}
function pushf_u64(c: X86, op: Op): i32 {
  return pushf<u64>(c, op);
}
function popf_u16(c: X86, op: Op): i32 {
  return popf<u16>(c, op);
}
function popf_u32(c: X86, op: Op): i32 {
  return popf<u32>(c, op);
}
function popf_u64(c: X86, op: Op): i32 {
  return popf<u64>(c, op);
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
function movs_u8(c: X86, op: Op): i32 {
  return movs<u8>(c, op);
}
function movs_u16(c: X86, op: Op): i32 {
  return movs<u16>(c, op);
}
function movs_u32(c: X86, op: Op): i32 {
  return movs<u32>(c, op);
}
function movs_u64(c: X86, op: Op): i32 {
  return movs<u64>(c, op);
}
function cmps_u8(c: X86, op: Op): i32 {
  return cmps<u8>(c, op);
}
function cmps_u16(c: X86, op: Op): i32 {
  return cmps<u16>(c, op);
}
function cmps_u32(c: X86, op: Op): i32 {
  return cmps<u32>(c, op);
}
function cmps_u64(c: X86, op: Op): i32 {
  return cmps<u64>(c, op);
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
function stos_u8(c: X86, op: Op): i32 {
  return stos<u8>(c, op);
}
function stos_u16(c: X86, op: Op): i32 {
  return stos<u16>(c, op);
}
function stos_u32(c: X86, op: Op): i32 {
  return stos<u32>(c, op);
}
function stos_u64(c: X86, op: Op): i32 {
  return stos<u64>(c, op);
}
function lods_u8(c: X86, op: Op): i32 {
  return lods<u8>(c, op);
}
function lods_u16(c: X86, op: Op): i32 {
  return lods<u16>(c, op);
}
function lods_u32(c: X86, op: Op): i32 {
  return lods<u32>(c, op);
}
function lods_u64(c: X86, op: Op): i32 {
  return lods<u64>(c, op);
}
function scas_u8(c: X86, op: Op): i32 {
  return scas<u8>(c, op);
}
function scas_u16(c: X86, op: Op): i32 {
  return scas<u16>(c, op);
}
function scas_u32(c: X86, op: Op): i32 {
  return scas<u32>(c, op);
}
function scas_u64(c: X86, op: Op): i32 {
  return scas<u64>(c, op);
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
function rolImm_u8(c: X86, op: Op): i32 {
  return rolImm<u8>(c, op);
}
function rorImm_u8(c: X86, op: Op): i32 {
  return rorImm<u8>(c, op);
}
function rclImm_u8(c: X86, op: Op): i32 {
  return rclImm<u8>(c, op);
}
function rcrImm_u8(c: X86, op: Op): i32 {
  return rcrImm<u8>(c, op);
}
function shlImm_u8(c: X86, op: Op): i32 {
  return shlImm<u8>(c, op);
}
function shrImm_u8(c: X86, op: Op): i32 {
  return shrImm<u8>(c, op);
}
function sarImm_u8(c: X86, op: Op): i32 {
  return sarImm<u8>(c, op);
}
function rolImm_u16(c: X86, op: Op): i32 {
  return rolImm<u16>(c, op);
}
function rolImm_u32(c: X86, op: Op): i32 {
  return rolImm<u32>(c, op);
}
function rolImm_u64(c: X86, op: Op): i32 {
  return rolImm<u64>(c, op);
}
function rorImm_u16(c: X86, op: Op): i32 {
  return rorImm<u16>(c, op);
}
function rorImm_u32(c: X86, op: Op): i32 {
  return rorImm<u32>(c, op);
}
function rorImm_u64(c: X86, op: Op): i32 {
  return rorImm<u64>(c, op);
}
function rclImm_u16(c: X86, op: Op): i32 {
  return rclImm<u16>(c, op);
}
function rclImm_u32(c: X86, op: Op): i32 {
  return rclImm<u32>(c, op);
}
function rclImm_u64(c: X86, op: Op): i32 {
  return rclImm<u64>(c, op);
}
function rcrImm_u16(c: X86, op: Op): i32 {
  return rcrImm<u16>(c, op);
}
function rcrImm_u32(c: X86, op: Op): i32 {
  return rcrImm<u32>(c, op);
}
function rcrImm_u64(c: X86, op: Op): i32 {
  return rcrImm<u64>(c, op);
}
function shlImm_u16(c: X86, op: Op): i32 {
  return shlImm<u16>(c, op);
}
function shlImm_u32(c: X86, op: Op): i32 {
  return shlImm<u32>(c, op);
}
function shlImm_u64(c: X86, op: Op): i32 {
  return shlImm<u64>(c, op);
}
function shrImm_u16(c: X86, op: Op): i32 {
  return shrImm<u16>(c, op);
}
function shrImm_u32(c: X86, op: Op): i32 {
  return shrImm<u32>(c, op);
}
function shrImm_u64(c: X86, op: Op): i32 {
  return shrImm<u64>(c, op);
}
function sarImm_u16(c: X86, op: Op): i32 {
  return sarImm<u16>(c, op);
}
function sarImm_u32(c: X86, op: Op): i32 {
  return sarImm<u32>(c, op);
}
function sarImm_u64(c: X86, op: Op): i32 {
  return sarImm<u64>(c, op);
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
function les_u16(c: X86, op: Op): i32 {
  return les<u16>(c, op);
}
function les_u32(c: X86, op: Op): i32 {
  return les<u32>(c, op);
}
function lds_u16(c: X86, op: Op): i32 {
  return lds<u16>(c, op);
}
function lds_u32(c: X86, op: Op): i32 {
  return lds<u32>(c, op);
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
function enter_u16(c: X86, op: Op): i32 {
  return enter<u16>(c, op);
}
function enter_u32(c: X86, op: Op): i32 {
  return enter<u32>(c, op);
}
function enter_u64(c: X86, op: Op): i32 {
  return enter<u64>(c, op);
}
function leave_u16(c: X86, op: Op): i32 {
  return leave<u16>(c, op);
}
function leave_u32(c: X86, op: Op): i32 {
  return leave<u32>(c, op);
}
function leave_u64(c: X86, op: Op): i32 {
  return leave<u64>(c, op);
}
function retFar_u16(c: X86, op: Op): i32 {
  return retFar<u16>(c, op);
}
function retFar_u32(c: X86, op: Op): i32 {
  return retFar<u32>(c, op);
}
function retFar_u64(c: X86, op: Op): i32 {
  return retFar<u64>(c, op);
}
function iret_u16(c: X86, op: Op): i32 {
  return iret<u16>(c, op);
}
function iret_u32(c: X86, op: Op): i32 {
  return iret<u32>(c, op);
}
function iret_u64(c: X86, op: Op): i32 {
  return iret<u64>(c, op);
}
function rolOne_u8(c: X86, op: Op): i32 {
  return rolOne<u8>(c, op);
}
function rorOne_u8(c: X86, op: Op): i32 {
  return rorOne<u8>(c, op);
}
function rclOne_u8(c: X86, op: Op): i32 {
  return rclOne<u8>(c, op);
}
function rcrOne_u8(c: X86, op: Op): i32 {
  return rcrOne<u8>(c, op);
}
function shlOne_u8(c: X86, op: Op): i32 {
  return shlOne<u8>(c, op);
}
function shrOne_u8(c: X86, op: Op): i32 {
  return shrOne<u8>(c, op);
}
function sarOne_u8(c: X86, op: Op): i32 {
  return sarOne<u8>(c, op);
}
function rolOne_u16(c: X86, op: Op): i32 {
  return rolOne<u16>(c, op);
}
function rolOne_u32(c: X86, op: Op): i32 {
  return rolOne<u32>(c, op);
}
function rolOne_u64(c: X86, op: Op): i32 {
  return rolOne<u64>(c, op);
}
function rorOne_u16(c: X86, op: Op): i32 {
  return rorOne<u16>(c, op);
}
function rorOne_u32(c: X86, op: Op): i32 {
  return rorOne<u32>(c, op);
}
function rorOne_u64(c: X86, op: Op): i32 {
  return rorOne<u64>(c, op);
}
function rclOne_u16(c: X86, op: Op): i32 {
  return rclOne<u16>(c, op);
}
function rclOne_u32(c: X86, op: Op): i32 {
  return rclOne<u32>(c, op);
}
function rclOne_u64(c: X86, op: Op): i32 {
  return rclOne<u64>(c, op);
}
function rcrOne_u16(c: X86, op: Op): i32 {
  return rcrOne<u16>(c, op);
}
function rcrOne_u32(c: X86, op: Op): i32 {
  return rcrOne<u32>(c, op);
}
function rcrOne_u64(c: X86, op: Op): i32 {
  return rcrOne<u64>(c, op);
}
function shlOne_u16(c: X86, op: Op): i32 {
  return shlOne<u16>(c, op);
}
function shlOne_u32(c: X86, op: Op): i32 {
  return shlOne<u32>(c, op);
}
function shlOne_u64(c: X86, op: Op): i32 {
  return shlOne<u64>(c, op);
}
function shrOne_u16(c: X86, op: Op): i32 {
  return shrOne<u16>(c, op);
}
function shrOne_u32(c: X86, op: Op): i32 {
  return shrOne<u32>(c, op);
}
function shrOne_u64(c: X86, op: Op): i32 {
  return shrOne<u64>(c, op);
}
function sarOne_u16(c: X86, op: Op): i32 {
  return sarOne<u16>(c, op);
}
function sarOne_u32(c: X86, op: Op): i32 {
  return sarOne<u32>(c, op);
}
function sarOne_u64(c: X86, op: Op): i32 {
  return sarOne<u64>(c, op);
}
function rolCl_u8(c: X86, op: Op): i32 {
  return rolCl<u8>(c, op);
}
function rorCl_u8(c: X86, op: Op): i32 {
  return rorCl<u8>(c, op);
}
function rclCl_u8(c: X86, op: Op): i32 {
  return rclCl<u8>(c, op);
}
function rcrCl_u8(c: X86, op: Op): i32 {
  return rcrCl<u8>(c, op);
}
function shlCl_u8(c: X86, op: Op): i32 {
  return shlCl<u8>(c, op);
}
function shrCl_u8(c: X86, op: Op): i32 {
  return shrCl<u8>(c, op);
}
function sarCl_u8(c: X86, op: Op): i32 {
  return sarCl<u8>(c, op);
}
function rolCl_u16(c: X86, op: Op): i32 {
  return rolCl<u16>(c, op);
}
function rolCl_u32(c: X86, op: Op): i32 {
  return rolCl<u32>(c, op);
}
function rolCl_u64(c: X86, op: Op): i32 {
  return rolCl<u64>(c, op);
}
function rorCl_u16(c: X86, op: Op): i32 {
  return rorCl<u16>(c, op);
}
function rorCl_u32(c: X86, op: Op): i32 {
  return rorCl<u32>(c, op);
}
function rorCl_u64(c: X86, op: Op): i32 {
  return rorCl<u64>(c, op);
}
function rclCl_u16(c: X86, op: Op): i32 {
  return rclCl<u16>(c, op);
}
function rclCl_u32(c: X86, op: Op): i32 {
  return rclCl<u32>(c, op);
}
function rclCl_u64(c: X86, op: Op): i32 {
  return rclCl<u64>(c, op);
}
function rcrCl_u16(c: X86, op: Op): i32 {
  return rcrCl<u16>(c, op);
}
function rcrCl_u32(c: X86, op: Op): i32 {
  return rcrCl<u32>(c, op);
}
function rcrCl_u64(c: X86, op: Op): i32 {
  return rcrCl<u64>(c, op);
}
function shlCl_u16(c: X86, op: Op): i32 {
  return shlCl<u16>(c, op);
}
function shlCl_u32(c: X86, op: Op): i32 {
  return shlCl<u32>(c, op);
}
function shlCl_u64(c: X86, op: Op): i32 {
  return shlCl<u64>(c, op);
}
function shrCl_u16(c: X86, op: Op): i32 {
  return shrCl<u16>(c, op);
}
function shrCl_u32(c: X86, op: Op): i32 {
  return shrCl<u32>(c, op);
}
function shrCl_u64(c: X86, op: Op): i32 {
  return shrCl<u64>(c, op);
}
function sarCl_u16(c: X86, op: Op): i32 {
  return sarCl<u16>(c, op);
}
function sarCl_u32(c: X86, op: Op): i32 {
  return sarCl<u32>(c, op);
}
function sarCl_u64(c: X86, op: Op): i32 {
  return sarCl<u64>(c, op);
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
function inIb_u8(c: X86, op: Op): i32 {
  return inIb<u8>(c, op);
}
function inIb_u16(c: X86, op: Op): i32 {
  return inIb<u16>(c, op);
}
function inIb_u32(c: X86, op: Op): i32 {
  return inIb<u32>(c, op);
}
function outIb_u8(c: X86, op: Op): i32 {
  return outIb<u8>(c, op);
}
function outIb_u16(c: X86, op: Op): i32 {
  return outIb<u16>(c, op);
}
function outIb_u32(c: X86, op: Op): i32 {
  return outIb<u32>(c, op);
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
function jmpFar_u16(c: X86, op: Op): i32 {
  return jmpFar<u16>(c, op);
}
function jmpFar_u32(c: X86, op: Op): i32 {
  return jmpFar<u32>(c, op);
}
function inDx_u8(c: X86, op: Op): i32 {
  return inDx<u8>(c, op);
}
function inDx_u16(c: X86, op: Op): i32 {
  return inDx<u16>(c, op);
}
function inDx_u32(c: X86, op: Op): i32 {
  return inDx<u32>(c, op);
}
function outDx_u8(c: X86, op: Op): i32 {
  return outDx<u8>(c, op);
}
function outDx_u16(c: X86, op: Op): i32 {
  return outDx<u16>(c, op);
}
function outDx_u32(c: X86, op: Op): i32 {
  return outDx<u32>(c, op);
}
function notE_u8(c: X86, op: Op): i32 {
  return notE<u8>(c, op);
}
function negE_u8(c: X86, op: Op): i32 {
  return negE<u8>(c, op);
}
function mul_u8(c: X86, op: Op): i32 {
  return mul<u8>(c, op);
}
function imulWide_u8(c: X86, op: Op): i32 {
  return imulWide<u8>(c, op);
}
function div_u8(c: X86, op: Op): i32 {
  return div<u8>(c, op);
}
function idiv_u8(c: X86, op: Op): i32 {
  return idiv<u8>(c, op);
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
function mul_u16(c: X86, op: Op): i32 {
  return mul<u16>(c, op);
}
function mul_u32(c: X86, op: Op): i32 {
  return mul<u32>(c, op);
}
function mul_u64(c: X86, op: Op): i32 {
  return mul<u64>(c, op);
}
function imulWide_u16(c: X86, op: Op): i32 {
  return imulWide<u16>(c, op);
}
function imulWide_u32(c: X86, op: Op): i32 {
  return imulWide<u32>(c, op);
}
function imulWide_u64(c: X86, op: Op): i32 {
  return imulWide<u64>(c, op);
}
function div_u16(c: X86, op: Op): i32 {
  return div<u16>(c, op);
}
function div_u32(c: X86, op: Op): i32 {
  return div<u32>(c, op);
}
function div_u64(c: X86, op: Op): i32 {
  return div<u64>(c, op);
}
function idiv_u16(c: X86, op: Op): i32 {
  return idiv<u16>(c, op);
}
function idiv_u32(c: X86, op: Op): i32 {
  return idiv<u32>(c, op);
}
function idiv_u64(c: X86, op: Op): i32 {
  return idiv<u64>(c, op);
}
function incE_u8(c: X86, op: Op): i32 {
  return incE<u8>(c, op);
}
function decE_u8(c: X86, op: Op): i32 {
  return decE<u8>(c, op);
}
function jmpFarMem_u16(c: X86, op: Op): i32 {
  return jmpFarMem<u16>(c, op);
}
function jmpFarMem_u32(c: X86, op: Op): i32 {
  return jmpFarMem<u32>(c, op);
}
function jmpFarMem_u64(c: X86, op: Op): i32 {
  return jmpFarMem<u64>(c, op);
}
function callFarMem_u16(c: X86, op: Op): i32 {
  return callFarMem<u16>(c, op);
}
function callFarMem_u32(c: X86, op: Op): i32 {
  return callFarMem<u32>(c, op);
}
function callFarMem_u64(c: X86, op: Op): i32 {
  return callFarMem<u64>(c, op);
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
function sldt_u16(c: X86, op: Op): i32 {
  return sldt<u16>(c, op);
}
function sldt_u32(c: X86, op: Op): i32 {
  return sldt<u32>(c, op);
}
function sldt_u64(c: X86, op: Op): i32 {
  return sldt<u64>(c, op);
}
function str_u16(c: X86, op: Op): i32 {
  return str<u16>(c, op);
}
function str_u32(c: X86, op: Op): i32 {
  return str<u32>(c, op);
}
function str_u64(c: X86, op: Op): i32 {
  return str<u64>(c, op);
}
function smsw_u16(c: X86, op: Op): i32 {
  return smsw<u16>(c, op);
}
function smsw_u32(c: X86, op: Op): i32 {
  return smsw<u32>(c, op);
}
function smsw_u64(c: X86, op: Op): i32 {
  return smsw<u64>(c, op);
}
function lar_u16(c: X86, op: Op): i32 {
  return lar<u16>(c, op);
}
function lar_u32(c: X86, op: Op): i32 {
  return lar<u32>(c, op);
}
function lar_u64(c: X86, op: Op): i32 {
  return lar<u64>(c, op);
}
function lsl_u16(c: X86, op: Op): i32 {
  return lsl<u16>(c, op);
}
function lsl_u32(c: X86, op: Op): i32 {
  return lsl<u32>(c, op);
}
function lsl_u64(c: X86, op: Op): i32 {
  return lsl<u64>(c, op);
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
function pushFs_u16(c: X86, op: Op): i32 {
  return pushFs<u16>(c, op);
}
function pushFs_u32(c: X86, op: Op): i32 {
  return pushFs<u32>(c, op);
}
function pushFs_u64(c: X86, op: Op): i32 {
  return pushFs<u64>(c, op);
}
function popFs_u16(c: X86, op: Op): i32 {
  return popFs<u16>(c, op);
}
function popFs_u32(c: X86, op: Op): i32 {
  return popFs<u32>(c, op);
}
function popFs_u64(c: X86, op: Op): i32 {
  return popFs<u64>(c, op);
}
function bt_u16(c: X86, op: Op): i32 {
  return bt<u16>(c, op);
}
function bt_u32(c: X86, op: Op): i32 {
  return bt<u32>(c, op);
}
function bt_u64(c: X86, op: Op): i32 {
  return bt<u64>(c, op);
}
function shldImm_u16(c: X86, op: Op): i32 {
  return shldImm<u16>(c, op);
}
function shldImm_u32(c: X86, op: Op): i32 {
  return shldImm<u32>(c, op);
}
function shldImm_u64(c: X86, op: Op): i32 {
  return shldImm<u64>(c, op);
}
function shldCl_u16(c: X86, op: Op): i32 {
  return shldCl<u16>(c, op);
}
function shldCl_u32(c: X86, op: Op): i32 {
  return shldCl<u32>(c, op);
}
function shldCl_u64(c: X86, op: Op): i32 {
  return shldCl<u64>(c, op);
}
function pushGs_u16(c: X86, op: Op): i32 {
  return pushGs<u16>(c, op);
}
function pushGs_u32(c: X86, op: Op): i32 {
  return pushGs<u32>(c, op);
}
function pushGs_u64(c: X86, op: Op): i32 {
  return pushGs<u64>(c, op);
}
function popGs_u16(c: X86, op: Op): i32 {
  return popGs<u16>(c, op);
}
function popGs_u32(c: X86, op: Op): i32 {
  return popGs<u32>(c, op);
}
function popGs_u64(c: X86, op: Op): i32 {
  return popGs<u64>(c, op);
}
function bts_u16(c: X86, op: Op): i32 {
  return bts<u16>(c, op);
}
function bts_u32(c: X86, op: Op): i32 {
  return bts<u32>(c, op);
}
function bts_u64(c: X86, op: Op): i32 {
  return bts<u64>(c, op);
}
function shrdImm_u16(c: X86, op: Op): i32 {
  return shrdImm<u16>(c, op);
}
function shrdImm_u32(c: X86, op: Op): i32 {
  return shrdImm<u32>(c, op);
}
function shrdImm_u64(c: X86, op: Op): i32 {
  return shrdImm<u64>(c, op);
}
function shrdCl_u16(c: X86, op: Op): i32 {
  return shrdCl<u16>(c, op);
}
function shrdCl_u32(c: X86, op: Op): i32 {
  return shrdCl<u32>(c, op);
}
function shrdCl_u64(c: X86, op: Op): i32 {
  return shrdCl<u64>(c, op);
}
function rdfsbase_u32(c: X86, op: Op): i32 {
  return rdfsbase<u32>(c, op);
}
function rdfsbase_u64(c: X86, op: Op): i32 {
  return rdfsbase<u64>(c, op);
}
function rdgsbase_u32(c: X86, op: Op): i32 {
  return rdgsbase<u32>(c, op);
}
function rdgsbase_u64(c: X86, op: Op): i32 {
  return rdgsbase<u64>(c, op);
}
function wrfsbase_u32(c: X86, op: Op): i32 {
  return wrfsbase<u32>(c, op);
}
function wrfsbase_u64(c: X86, op: Op): i32 {
  return wrfsbase<u64>(c, op);
}
function wrgsbase_u32(c: X86, op: Op): i32 {
  return wrgsbase<u32>(c, op);
}
function wrgsbase_u64(c: X86, op: Op): i32 {
  return wrgsbase<u64>(c, op);
}
function imul_u16(c: X86, op: Op): i32 {
  return imul<u16>(c, op);
}
function imul_u32(c: X86, op: Op): i32 {
  return imul<u32>(c, op);
}
function imul_u64(c: X86, op: Op): i32 {
  return imul<u64>(c, op);
}
function cmpxchg_u8(c: X86, op: Op): i32 {
  return cmpxchg<u8>(c, op);
}
function cmpxchg_u16(c: X86, op: Op): i32 {
  return cmpxchg<u16>(c, op);
}
function cmpxchg_u32(c: X86, op: Op): i32 {
  return cmpxchg<u32>(c, op);
}
function cmpxchg_u64(c: X86, op: Op): i32 {
  return cmpxchg<u64>(c, op);
}
function lss_u16(c: X86, op: Op): i32 {
  return lss<u16>(c, op);
}
function lss_u32(c: X86, op: Op): i32 {
  return lss<u32>(c, op);
}
function lss_u64(c: X86, op: Op): i32 {
  return lss<u64>(c, op);
}
function btr_u16(c: X86, op: Op): i32 {
  return btr<u16>(c, op);
}
function btr_u32(c: X86, op: Op): i32 {
  return btr<u32>(c, op);
}
function btr_u64(c: X86, op: Op): i32 {
  return btr<u64>(c, op);
}
function lfs_u16(c: X86, op: Op): i32 {
  return lfs<u16>(c, op);
}
function lfs_u32(c: X86, op: Op): i32 {
  return lfs<u32>(c, op);
}
function lfs_u64(c: X86, op: Op): i32 {
  return lfs<u64>(c, op);
}
function lgs_u16(c: X86, op: Op): i32 {
  return lgs<u16>(c, op);
}
function lgs_u32(c: X86, op: Op): i32 {
  return lgs<u32>(c, op);
}
function lgs_u64(c: X86, op: Op): i32 {
  return lgs<u64>(c, op);
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
function popcntRm_u16(c: X86, op: Op): i32 {
  return popcntRm<u16>(c, op);
}
function popcntRm_u32(c: X86, op: Op): i32 {
  return popcntRm<u32>(c, op);
}
function popcntRm_u64(c: X86, op: Op): i32 {
  return popcntRm<u64>(c, op);
}
function btImm_u16(c: X86, op: Op): i32 {
  return btImm<u16>(c, op);
}
function btImm_u32(c: X86, op: Op): i32 {
  return btImm<u32>(c, op);
}
function btImm_u64(c: X86, op: Op): i32 {
  return btImm<u64>(c, op);
}
function btsImm_u16(c: X86, op: Op): i32 {
  return btsImm<u16>(c, op);
}
function btsImm_u32(c: X86, op: Op): i32 {
  return btsImm<u32>(c, op);
}
function btsImm_u64(c: X86, op: Op): i32 {
  return btsImm<u64>(c, op);
}
function btrImm_u16(c: X86, op: Op): i32 {
  return btrImm<u16>(c, op);
}
function btrImm_u32(c: X86, op: Op): i32 {
  return btrImm<u32>(c, op);
}
function btrImm_u64(c: X86, op: Op): i32 {
  return btrImm<u64>(c, op);
}
function btcImm_u16(c: X86, op: Op): i32 {
  return btcImm<u16>(c, op);
}
function btcImm_u32(c: X86, op: Op): i32 {
  return btcImm<u32>(c, op);
}
function btcImm_u64(c: X86, op: Op): i32 {
  return btcImm<u64>(c, op);
}
function btc_u16(c: X86, op: Op): i32 {
  return btc<u16>(c, op);
}
function btc_u32(c: X86, op: Op): i32 {
  return btc<u32>(c, op);
}
function btc_u64(c: X86, op: Op): i32 {
  return btc<u64>(c, op);
}
function tzcnt_u16(c: X86, op: Op): i32 {
  return tzcnt<u16>(c, op);
}
function tzcnt_u32(c: X86, op: Op): i32 {
  return tzcnt<u32>(c, op);
}
function tzcnt_u64(c: X86, op: Op): i32 {
  return tzcnt<u64>(c, op);
}
function bsf_u16(c: X86, op: Op): i32 {
  return bsf<u16>(c, op);
}
function bsf_u32(c: X86, op: Op): i32 {
  return bsf<u32>(c, op);
}
function bsf_u64(c: X86, op: Op): i32 {
  return bsf<u64>(c, op);
}
function lzcnt_u16(c: X86, op: Op): i32 {
  return lzcnt<u16>(c, op);
}
function lzcnt_u32(c: X86, op: Op): i32 {
  return lzcnt<u32>(c, op);
}
function lzcnt_u64(c: X86, op: Op): i32 {
  return lzcnt<u64>(c, op);
}
function bsr_u16(c: X86, op: Op): i32 {
  return bsr<u16>(c, op);
}
function bsr_u32(c: X86, op: Op): i32 {
  return bsr<u32>(c, op);
}
function bsr_u64(c: X86, op: Op): i32 {
  return bsr<u64>(c, op);
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
function xadd_u8(c: X86, op: Op): i32 {
  return xadd<u8>(c, op);
}
function xadd_u16(c: X86, op: Op): i32 {
  return xadd<u16>(c, op);
}
function xadd_u32(c: X86, op: Op): i32 {
  return xadd<u32>(c, op);
}
function xadd_u64(c: X86, op: Op): i32 {
  return xadd<u64>(c, op);
}
function movnti_u32(c: X86, op: Op): i32 {
  return movnti<u32>(c, op);
}
function movnti_u64(c: X86, op: Op): i32 {
  return movnti<u64>(c, op);
}
function pinsr_u16(c: X86, op: Op): i32 {
  return pinsr<u16>(c, op);
}
function rdrand_u16(c: X86, op: Op): i32 {
  return rdrand<u16>(c, op);
}
function rdrand_u32(c: X86, op: Op): i32 {
  return rdrand<u32>(c, op);
}
function rdrand_u64(c: X86, op: Op): i32 {
  return rdrand<u64>(c, op);
}
function bswapReg_u16(c: X86, op: Op): i32 {
  return bswapReg<u16>(c, op);
}
function bswapReg_u32(c: X86, op: Op): i32 {
  return bswapReg<u32>(c, op);
}
function bswapReg_u64(c: X86, op: Op): i32 {
  return bswapReg<u64>(c, op);
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
function crc32_u8(c: X86, op: Op): i32 {
  return crc32<u8>(c, op);
}
function movbeLoad_u16(c: X86, op: Op): i32 {
  return movbeLoad<u16>(c, op);
}
function movbeLoad_u32(c: X86, op: Op): i32 {
  return movbeLoad<u32>(c, op);
}
function movbeLoad_u64(c: X86, op: Op): i32 {
  return movbeLoad<u64>(c, op);
}
function crc32_u16(c: X86, op: Op): i32 {
  return crc32<u16>(c, op);
}
function crc32_u32(c: X86, op: Op): i32 {
  return crc32<u32>(c, op);
}
function crc32_u64(c: X86, op: Op): i32 {
  return crc32<u64>(c, op);
}
function movbeStore_u16(c: X86, op: Op): i32 {
  return movbeStore<u16>(c, op);
}
function movbeStore_u32(c: X86, op: Op): i32 {
  return movbeStore<u32>(c, op);
}
function movbeStore_u64(c: X86, op: Op): i32 {
  return movbeStore<u64>(c, op);
}
function adcx_u32(c: X86, op: Op): i32 {
  return adcx<u32>(c, op);
}
function adcx_u64(c: X86, op: Op): i32 {
  return adcx<u64>(c, op);
}
function adox_u32(c: X86, op: Op): i32 {
  return adox<u32>(c, op);
}
function adox_u64(c: X86, op: Op): i32 {
  return adox<u64>(c, op);
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
function andn_u32(c: X86, op: Op): i32 {
  return andn<u32>(c, op);
}
function andn_u64(c: X86, op: Op): i32 {
  return andn<u64>(c, op);
}
function blsr_u32(c: X86, op: Op): i32 {
  return blsr<u32>(c, op);
}
function blsr_u64(c: X86, op: Op): i32 {
  return blsr<u64>(c, op);
}
function blsmsk_u32(c: X86, op: Op): i32 {
  return blsmsk<u32>(c, op);
}
function blsmsk_u64(c: X86, op: Op): i32 {
  return blsmsk<u64>(c, op);
}
function blsi_u32(c: X86, op: Op): i32 {
  return blsi<u32>(c, op);
}
function blsi_u64(c: X86, op: Op): i32 {
  return blsi<u64>(c, op);
}
function pdep_u32(c: X86, op: Op): i32 {
  return pdep<u32>(c, op);
}
function pdep_u64(c: X86, op: Op): i32 {
  return pdep<u64>(c, op);
}
function pext_u32(c: X86, op: Op): i32 {
  return pext<u32>(c, op);
}
function pext_u64(c: X86, op: Op): i32 {
  return pext<u64>(c, op);
}
function bzhi_u32(c: X86, op: Op): i32 {
  return bzhi<u32>(c, op);
}
function bzhi_u64(c: X86, op: Op): i32 {
  return bzhi<u64>(c, op);
}
function mulx_u32(c: X86, op: Op): i32 {
  return mulx<u32>(c, op);
}
function mulx_u64(c: X86, op: Op): i32 {
  return mulx<u64>(c, op);
}
function sarx_u32(c: X86, op: Op): i32 {
  return sarx<u32>(c, op);
}
function sarx_u64(c: X86, op: Op): i32 {
  return sarx<u64>(c, op);
}
function shlx_u32(c: X86, op: Op): i32 {
  return shlx<u32>(c, op);
}
function shlx_u64(c: X86, op: Op): i32 {
  return shlx<u64>(c, op);
}
function shrx_u32(c: X86, op: Op): i32 {
  return shrx<u32>(c, op);
}
function shrx_u64(c: X86, op: Op): i32 {
  return shrx<u64>(c, op);
}
function bextr_u32(c: X86, op: Op): i32 {
  return bextr<u32>(c, op);
}
function bextr_u64(c: X86, op: Op): i32 {
  return bextr<u64>(c, op);
}
function rorx_u32(c: X86, op: Op): i32 {
  return rorx<u32>(c, op);
}
function rorx_u64(c: X86, op: Op): i32 {
  return rorx<u64>(c, op);
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
    case 4:
      return group4(id);
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
      return pushEs_u16.index;
    case 15:
      return pushEs_u32.index;
    case 16:
      return popEs_u16.index;
    case 17:
      return popEs_u32.index;
    case 18:
      return orEG_u8.index;
    case 19:
      return orEG_u16.index;
    case 20:
      return orEG_u32.index;
    case 21:
      return orEG_u64.index;
    case 22:
      return orGE_u8.index;
    case 23:
      return orGE_u16.index;
    case 24:
      return orGE_u32.index;
    case 25:
      return orGE_u64.index;
    case 26:
      return orEI_u8.index;
    case 27:
      return orEI_u16.index;
    case 28:
      return orEI_u32.index;
    case 29:
      return orEI_u64.index;
    case 30:
      return pushCs_u16.index;
    case 31:
      return pushCs_u32.index;
    case 32:
      return adcEG_u8.index;
    case 33:
      return adcEG_u16.index;
    case 34:
      return adcEG_u32.index;
    case 35:
      return adcEG_u64.index;
    case 36:
      return adcGE_u8.index;
    case 37:
      return adcGE_u16.index;
    case 38:
      return adcGE_u32.index;
    case 39:
      return adcGE_u64.index;
    case 40:
      return adcEI_u8.index;
    case 41:
      return adcEI_u16.index;
    case 42:
      return adcEI_u32.index;
    case 43:
      return adcEI_u64.index;
    case 44:
      return pushSs_u16.index;
    case 45:
      return pushSs_u32.index;
    case 46:
      return popSs_u16.index;
    case 47:
      return popSs_u32.index;
    case 48:
      return sbbEG_u8.index;
    case 49:
      return sbbEG_u16.index;
    case 50:
      return sbbEG_u32.index;
    case 51:
      return sbbEG_u64.index;
    case 52:
      return sbbGE_u8.index;
    case 53:
      return sbbGE_u16.index;
    case 54:
      return sbbGE_u32.index;
    case 55:
      return sbbGE_u64.index;
    case 56:
      return sbbEI_u8.index;
    case 57:
      return sbbEI_u16.index;
    case 58:
      return sbbEI_u32.index;
    case 59:
      return sbbEI_u64.index;
    case 60:
      return pushDs_u16.index;
    case 61:
      return pushDs_u32.index;
    case 62:
      return popDs_u16.index;
    case 63:
      return popDs_u32.index;
    case 64:
      return andEG_u8.index;
    case 65:
      return andEG_u16.index;
    case 66:
      return andEG_u32.index;
    case 67:
      return andEG_u64.index;
    case 68:
      return andGE_u8.index;
    case 69:
      return andGE_u16.index;
    case 70:
      return andGE_u32.index;
    case 71:
      return andGE_u64.index;
    case 72:
      return andEI_u8.index;
    case 73:
      return andEI_u16.index;
    case 74:
      return andEI_u32.index;
    case 75:
      return andEI_u64.index;
    case 76:
      return daa.index;
    case 77:
      return subEG_u8.index;
    case 78:
      return subEG_u16.index;
    case 79:
      return subEG_u32.index;
    case 80:
      return subEG_u64.index;
    case 81:
      return subGE_u8.index;
    case 82:
      return subGE_u16.index;
    case 83:
      return subGE_u32.index;
    case 84:
      return subGE_u64.index;
    case 85:
      return subEI_u8.index;
    case 86:
      return subEI_u16.index;
    case 87:
      return subEI_u32.index;
    case 88:
      return subEI_u64.index;
    case 89:
      return das.index;
    case 90:
      return xorEG_u8.index;
    case 91:
      return xorEG_u16.index;
    case 92:
      return xorEG_u32.index;
    case 93:
      return xorEG_u64.index;
    case 94:
      return xorGE_u8.index;
    case 95:
      return xorGE_u16.index;
    case 96:
      return xorGE_u32.index;
    case 97:
      return xorGE_u64.index;
    case 98:
      return xorEI_u8.index;
    case 99:
      return xorEI_u16.index;
    case 100:
      return xorEI_u32.index;
    case 101:
      return xorEI_u64.index;
    case 102:
      return aaa.index;
    case 103:
      return cmpEG_u8.index;
    case 104:
      return cmpEG_u16.index;
    case 105:
      return cmpEG_u32.index;
    case 106:
      return cmpEG_u64.index;
    case 107:
      return cmpGE_u8.index;
    case 108:
      return cmpGE_u16.index;
    case 109:
      return cmpGE_u32.index;
    case 110:
      return cmpGE_u64.index;
    case 111:
      return cmpEI_u8.index;
    case 112:
      return cmpEI_u16.index;
    case 113:
      return cmpEI_u32.index;
    case 114:
      return cmpEI_u64.index;
    case 115:
      return aas.index;
    case 116:
      return incZ_u16.index;
    case 117:
      return incZ_u32.index;
    case 118:
      return incZ_u64.index;
    case 119:
      return decZ_u16.index;
    case 120:
      return decZ_u32.index;
    case 121:
      return decZ_u64.index;
    case 122:
      return pushZ_u16.index;
    case 123:
      return pushZ_u32.index;
    case 124:
      return pushZ_u64.index;
    case 125:
      return popZ_u16.index;
    case 126:
      return popZ_u32.index;
    case 127:
      return popZ_u64.index;
    case 128:
      return pusha_u16.index;
    case 129:
      return pusha_u32.index;
    case 130:
      return popa_u16.index;
    case 131:
      return popa_u32.index;
    case 132:
      return bound_u16.index;
    case 133:
      return bound_u32.index;
    case 134:
      return movsxd_u16.index;
    case 135:
      return movsxd_u32.index;
    case 136:
      return movsxd_u64.index;
    case 137:
      return arpl.index;
    case 138:
      return pushI_u16.index;
    case 139:
      return pushI_u32.index;
    case 140:
      return pushI_u64.index;
    case 141:
      return imulImm_u16.index;
    case 142:
      return imulImm_u32.index;
    case 143:
      return imulImm_u64.index;
    case 144:
      return ins_u8.index;
    case 145:
      return ins_u16.index;
    case 146:
      return ins_u32.index;
    case 147:
      return outs_u8.index;
    case 148:
      return outs_u16.index;
    case 149:
      return outs_u32.index;
    case 150:
      return jo_u16.index;
    case 151:
      return jo_u32.index;
    case 152:
      return jo_u64.index;
    case 153:
      return jno_u16.index;
    case 154:
      return jno_u32.index;
    case 155:
      return jno_u64.index;
    case 156:
      return jb_u16.index;
    case 157:
      return jb_u32.index;
    case 158:
      return jb_u64.index;
    case 159:
      return jnb_u16.index;
    case 160:
      return jnb_u32.index;
    case 161:
      return jnb_u64.index;
    case 162:
      return jz_u16.index;
    case 163:
      return jz_u32.index;
    case 164:
      return jz_u64.index;
    case 165:
      return jnz_u16.index;
    case 166:
      return jnz_u32.index;
    case 167:
      return jnz_u64.index;
    case 168:
      return jbe_u16.index;
    case 169:
      return jbe_u32.index;
    case 170:
      return jbe_u64.index;
    case 171:
      return jnbe_u16.index;
    case 172:
      return jnbe_u32.index;
    case 173:
      return jnbe_u64.index;
    case 174:
      return js_u16.index;
    case 175:
      return js_u32.index;
    case 176:
      return js_u64.index;
    case 177:
      return jns_u16.index;
    case 178:
      return jns_u32.index;
    case 179:
      return jns_u64.index;
    case 180:
      return jp_u16.index;
    case 181:
      return jp_u32.index;
    case 182:
      return jp_u64.index;
    case 183:
      return jnp_u16.index;
    case 184:
      return jnp_u32.index;
    case 185:
      return jnp_u64.index;
    case 186:
      return jl_u16.index;
    case 187:
      return jl_u32.index;
    case 188:
      return jl_u64.index;
    case 189:
      return jnl_u16.index;
    case 190:
      return jnl_u32.index;
    case 191:
      return jnl_u64.index;
    case 192:
      return jle_u16.index;
    case 193:
      return jle_u32.index;
    case 194:
      return jle_u64.index;
    case 195:
      return jnle_u16.index;
    case 196:
      return jnle_u32.index;
    case 197:
      return jnle_u64.index;
    case 198:
      return testEG_u8.index;
    case 199:
      return testEG_u16.index;
    case 200:
      return testEG_u32.index;
    case 201:
      return testEG_u64.index;
    case 202:
      return xchgEG_u8.index;
    case 203:
      return xchgEG_u16.index;
    case 204:
      return xchgEG_u32.index;
    case 205:
      return xchgEG_u64.index;
    case 206:
      return movEG_u8.index;
    case 207:
      return movEG_u16.index;
    case 208:
      return movEG_u32.index;
    case 209:
      return movEG_u64.index;
    case 210:
      return movGE_u8.index;
    case 211:
      return movGE_u16.index;
    case 212:
      return movGE_u32.index;
    case 213:
      return movGE_u64.index;
    case 214:
      return movFromSreg_u16.index;
    case 215:
      return movFromSreg_u32.index;
    case 216:
      return movFromSreg_u64.index;
    case 217:
      return lea_u16.index;
    case 218:
      return lea_u32.index;
    case 219:
      return lea_u64.index;
    case 220:
      return movToSreg.index;
    case 221:
      return popE_u16.index;
    case 222:
      return popE_u32.index;
    case 223:
      return popE_u64.index;
    case 224:
      return pause.index;
    case 225:
      return xchgZ_u16.index;
    case 226:
      return xchgZ_u32.index;
    case 227:
      return xchgZ_u64.index;
    case 228:
      return cbw_u16.index;
    case 229:
      return cbw_u32.index;
    case 230:
      return cbw_u64.index;
    case 231:
      return cwd_u16.index;
    case 232:
      return cwd_u32.index;
    case 233:
      return cwd_u64.index;
    case 234:
      return callFar_u16.index;
    case 235:
      return callFar_u32.index;
    case 236:
      return fwait.index;
    case 237:
      return pushf_u16.index;
    case 238:
      return pushf_u32.index;
    case 239:
      return pushf_u64.index;
    case 240:
      return popf_u16.index;
    case 241:
      return popf_u32.index;
    case 242:
      return popf_u64.index;
    case 243:
      return sahf.index;
    case 244:
      return lahf.index;
    case 245:
      return movRaxA_u8.index;
    case 246:
      return movRaxA_u16.index;
    case 247:
      return movRaxA_u32.index;
    case 248:
      return movRaxA_u64.index;
    case 249:
      return movARax_u8.index;
    case 250:
      return movARax_u16.index;
    case 251:
      return movARax_u32.index;
    case 252:
      return movARax_u64.index;
    case 253:
      return movs_u8.index;
    case 254:
      return movs_u16.index;
    case 255:
      return movs_u32.index;
  }
  return 0;
}

function group1(id: u32): u32 {
  switch (id) {
    case 256:
      return movs_u64.index;
    case 257:
      return cmps_u8.index;
    case 258:
      return cmps_u16.index;
    case 259:
      return cmps_u32.index;
    case 260:
      return cmps_u64.index;
    case 261:
      return testEI_u8.index;
    case 262:
      return testEI_u16.index;
    case 263:
      return testEI_u32.index;
    case 264:
      return testEI_u64.index;
    case 265:
      return stos_u8.index;
    case 266:
      return stos_u16.index;
    case 267:
      return stos_u32.index;
    case 268:
      return stos_u64.index;
    case 269:
      return lods_u8.index;
    case 270:
      return lods_u16.index;
    case 271:
      return lods_u32.index;
    case 272:
      return lods_u64.index;
    case 273:
      return scas_u8.index;
    case 274:
      return scas_u16.index;
    case 275:
      return scas_u32.index;
    case 276:
      return scas_u64.index;
    case 277:
      return movZI_u8.index;
    case 278:
      return movZI_u16.index;
    case 279:
      return movZI_u32.index;
    case 280:
      return movZI_u64.index;
    case 281:
      return rolImm_u8.index;
    case 282:
      return rorImm_u8.index;
    case 283:
      return rclImm_u8.index;
    case 284:
      return rcrImm_u8.index;
    case 285:
      return shlImm_u8.index;
    case 286:
      return shrImm_u8.index;
    case 287:
      return sarImm_u8.index;
    case 288:
      return rolImm_u16.index;
    case 289:
      return rolImm_u32.index;
    case 290:
      return rolImm_u64.index;
    case 291:
      return rorImm_u16.index;
    case 292:
      return rorImm_u32.index;
    case 293:
      return rorImm_u64.index;
    case 294:
      return rclImm_u16.index;
    case 295:
      return rclImm_u32.index;
    case 296:
      return rclImm_u64.index;
    case 297:
      return rcrImm_u16.index;
    case 298:
      return rcrImm_u32.index;
    case 299:
      return rcrImm_u64.index;
    case 300:
      return shlImm_u16.index;
    case 301:
      return shlImm_u32.index;
    case 302:
      return shlImm_u64.index;
    case 303:
      return shrImm_u16.index;
    case 304:
      return shrImm_u32.index;
    case 305:
      return shrImm_u64.index;
    case 306:
      return sarImm_u16.index;
    case 307:
      return sarImm_u32.index;
    case 308:
      return sarImm_u64.index;
    case 309:
      return ret_u16.index;
    case 310:
      return ret_u32.index;
    case 311:
      return ret_u64.index;
    case 312:
      return les_u16.index;
    case 313:
      return les_u32.index;
    case 314:
      return lds_u16.index;
    case 315:
      return lds_u32.index;
    case 316:
      return movEI_u8.index;
    case 317:
      return movEI_u16.index;
    case 318:
      return movEI_u32.index;
    case 319:
      return movEI_u64.index;
    case 320:
      return enter_u16.index;
    case 321:
      return enter_u32.index;
    case 322:
      return enter_u64.index;
    case 323:
      return leave_u16.index;
    case 324:
      return leave_u32.index;
    case 325:
      return leave_u64.index;
    case 326:
      return retFar_u16.index;
    case 327:
      return retFar_u32.index;
    case 328:
      return retFar_u64.index;
    case 329:
      return int3.index;
    case 330:
      return intIb.index;
    case 331:
      return into.index;
    case 332:
      return iret_u16.index;
    case 333:
      return iret_u32.index;
    case 334:
      return iret_u64.index;
    case 335:
      return rolOne_u8.index;
    case 336:
      return rorOne_u8.index;
    case 337:
      return rclOne_u8.index;
    case 338:
      return rcrOne_u8.index;
    case 339:
      return shlOne_u8.index;
    case 340:
      return shrOne_u8.index;
    case 341:
      return sarOne_u8.index;
    case 342:
      return rolOne_u16.index;
    case 343:
      return rolOne_u32.index;
    case 344:
      return rolOne_u64.index;
    case 345:
      return rorOne_u16.index;
    case 346:
      return rorOne_u32.index;
    case 347:
      return rorOne_u64.index;
    case 348:
      return rclOne_u16.index;
    case 349:
      return rclOne_u32.index;
    case 350:
      return rclOne_u64.index;
    case 351:
      return rcrOne_u16.index;
    case 352:
      return rcrOne_u32.index;
    case 353:
      return rcrOne_u64.index;
    case 354:
      return shlOne_u16.index;
    case 355:
      return shlOne_u32.index;
    case 356:
      return shlOne_u64.index;
    case 357:
      return shrOne_u16.index;
    case 358:
      return shrOne_u32.index;
    case 359:
      return shrOne_u64.index;
    case 360:
      return sarOne_u16.index;
    case 361:
      return sarOne_u32.index;
    case 362:
      return sarOne_u64.index;
    case 363:
      return rolCl_u8.index;
    case 364:
      return rorCl_u8.index;
    case 365:
      return rclCl_u8.index;
    case 366:
      return rcrCl_u8.index;
    case 367:
      return shlCl_u8.index;
    case 368:
      return shrCl_u8.index;
    case 369:
      return sarCl_u8.index;
    case 370:
      return rolCl_u16.index;
    case 371:
      return rolCl_u32.index;
    case 372:
      return rolCl_u64.index;
    case 373:
      return rorCl_u16.index;
    case 374:
      return rorCl_u32.index;
    case 375:
      return rorCl_u64.index;
    case 376:
      return rclCl_u16.index;
    case 377:
      return rclCl_u32.index;
    case 378:
      return rclCl_u64.index;
    case 379:
      return rcrCl_u16.index;
    case 380:
      return rcrCl_u32.index;
    case 381:
      return rcrCl_u64.index;
    case 382:
      return shlCl_u16.index;
    case 383:
      return shlCl_u32.index;
    case 384:
      return shlCl_u64.index;
    case 385:
      return shrCl_u16.index;
    case 386:
      return shrCl_u32.index;
    case 387:
      return shrCl_u64.index;
    case 388:
      return sarCl_u16.index;
    case 389:
      return sarCl_u32.index;
    case 390:
      return sarCl_u64.index;
    case 391:
      return aam.index;
    case 392:
      return aad.index;
    case 393:
      return xlat.index;
    case 394:
      return faddSt0Sti.index;
    case 395:
      return faddM32.index;
    case 396:
      return fsubSt0Sti.index;
    case 397:
      return fsubM32.index;
    case 398:
      return fsubrSt0Sti.index;
    case 399:
      return fsubrM32.index;
    case 400:
      return fmulSt0Sti.index;
    case 401:
      return fmulM32.index;
    case 402:
      return fdivSt0Sti.index;
    case 403:
      return fdivM32.index;
    case 404:
      return fdivrSt0Sti.index;
    case 405:
      return fdivrM32.index;
    case 406:
      return fcomSti.index;
    case 407:
      return fcompSti.index;
    case 408:
      return fcomM32.index;
    case 409:
      return fcompM32.index;
    case 410:
      return ftst.index;
    case 411:
      return fxam.index;
    case 412:
      return fld1.index;
    case 413:
      return fldl2t.index;
    case 414:
      return fldl2e.index;
    case 415:
      return fldpi.index;
    case 416:
      return fldlg2.index;
    case 417:
      return fldln2.index;
    case 418:
      return fldz.index;
    case 419:
      return fchs.index;
    case 420:
      return fabs.index;
    case 421:
      return fsqrt.index;
    case 422:
      return frndint.index;
    case 423:
      return fscale.index;
    case 424:
      return fxtract.index;
    case 425:
      return fprem.index;
    case 426:
      return fprem1.index;
    case 427:
      return fnop.index;
    case 428:
      return fdecstp.index;
    case 429:
      return fincstp.index;
    case 430:
      return f2xm1.index;
    case 431:
      return fyl2x.index;
    case 432:
      return fptan.index;
    case 433:
      return fpatan.index;
    case 434:
      return fyl2xp1.index;
    case 435:
      return fsincos.index;
    case 436:
      return fsin.index;
    case 437:
      return fcos.index;
    case 438:
      return fldSti.index;
    case 439:
      return fxch.index;
    case 440:
      return fldM32.index;
    case 441:
      return fstM32.index;
    case 442:
      return fstpM32.index;
    case 443:
      return fstpnceSti.index;
    case 444:
      return fldcw.index;
    case 445:
      return fnstcw.index;
    case 446:
      return fldenv_u16.index;
    case 447:
      return fldenv_u32.index;
    case 448:
      return fnstenv_u16.index;
    case 449:
      return fnstenv_u32.index;
    case 450:
      return fucompp.index;
    case 451:
      return fiaddM32.index;
    case 452:
      return fisubM32.index;
    case 453:
      return fisubrM32.index;
    case 454:
      return fimulM32.index;
    case 455:
      return fidivM32.index;
    case 456:
      return fidivrM32.index;
    case 457:
      return ficomM32.index;
    case 458:
      return ficompM32.index;
    case 459:
      return fcmovb.index;
    case 460:
      return fcmove.index;
    case 461:
      return fcmovbe.index;
    case 462:
      return fcmovu.index;
    case 463:
      return fnop8087.index;
    case 464:
      return fnclex.index;
    case 465:
      return fninit.index;
    case 466:
      return fucomi.index;
    case 467:
      return fcomi.index;
    case 468:
      return fldM80.index;
    case 469:
      return fildM32.index;
    case 470:
      return fcmovnb.index;
    case 471:
      return fcmovne.index;
    case 472:
      return fcmovnbe.index;
    case 473:
      return fcmovnu.index;
    case 474:
      return fstpM80.index;
    case 475:
      return fistM32.index;
    case 476:
      return fistpM32.index;
    case 477:
      return fisttpM32.index;
    case 478:
      return faddStiSt0.index;
    case 479:
      return faddM64.index;
    case 480:
      return fsubStiSt0.index;
    case 481:
      return fsubM64.index;
    case 482:
      return fsubrStiSt0.index;
    case 483:
      return fsubrM64.index;
    case 484:
      return fmulStiSt0.index;
    case 485:
      return fmulM64.index;
    case 486:
      return fdivStiSt0.index;
    case 487:
      return fdivM64.index;
    case 488:
      return fdivrStiSt0.index;
    case 489:
      return fdivrM64.index;
    case 490:
      return fcomM64.index;
    case 491:
      return fcompM64.index;
    case 492:
      return fucomSti.index;
    case 493:
      return fucompSti.index;
    case 494:
      return fldM64.index;
    case 495:
      return fstM64.index;
    case 496:
      return fstpM64.index;
    case 497:
      return fisttpM64.index;
    case 498:
      return fstSti.index;
    case 499:
      return fstpSti.index;
    case 500:
      return ffree.index;
    case 501:
      return fnstsw.index;
    case 502:
      return frstor_u16.index;
    case 503:
      return frstor_u32.index;
    case 504:
      return fnsave_u16.index;
    case 505:
      return fnsave_u32.index;
    case 506:
      return fcompp.index;
    case 507:
      return faddpStiSt0.index;
    case 508:
      return fiaddM16.index;
    case 509:
      return fsubpStiSt0.index;
    case 510:
      return fisubM16.index;
    case 511:
      return fsubrpStiSt0.index;
  }
  return 0;
}

function group2(id: u32): u32 {
  switch (id) {
    case 512:
      return fisubrM16.index;
    case 513:
      return fmulpStiSt0.index;
    case 514:
      return fimulM16.index;
    case 515:
      return fdivpStiSt0.index;
    case 516:
      return fidivM16.index;
    case 517:
      return fdivrpStiSt0.index;
    case 518:
      return fidivrM16.index;
    case 519:
      return ficomM16.index;
    case 520:
      return ficompM16.index;
    case 521:
      return fucomip.index;
    case 522:
      return fcomip.index;
    case 523:
      return fildM16.index;
    case 524:
      return fildM64.index;
    case 525:
      return fbld.index;
    case 526:
      return fistM16.index;
    case 527:
      return fistpM16.index;
    case 528:
      return fistpM64.index;
    case 529:
      return fisttpM16.index;
    case 530:
      return fbstp.index;
    case 531:
      return ffreep.index;
    case 532:
      return loopne_u16.index;
    case 533:
      return loopne_u32.index;
    case 534:
      return loopne_u64.index;
    case 535:
      return loope_u16.index;
    case 536:
      return loope_u32.index;
    case 537:
      return loope_u64.index;
    case 538:
      return loop_u16.index;
    case 539:
      return loop_u32.index;
    case 540:
      return loop_u64.index;
    case 541:
      return jcxz_u16.index;
    case 542:
      return jcxz_u32.index;
    case 543:
      return jcxz_u64.index;
    case 544:
      return inIb_u8.index;
    case 545:
      return inIb_u16.index;
    case 546:
      return inIb_u32.index;
    case 547:
      return outIb_u8.index;
    case 548:
      return outIb_u16.index;
    case 549:
      return outIb_u32.index;
    case 550:
      return callJ_u16.index;
    case 551:
      return callJ_u32.index;
    case 552:
      return callJ_u64.index;
    case 553:
      return jmpJ_u16.index;
    case 554:
      return jmpJ_u32.index;
    case 555:
      return jmpJ_u64.index;
    case 556:
      return jmpFar_u16.index;
    case 557:
      return jmpFar_u32.index;
    case 558:
      return inDx_u8.index;
    case 559:
      return inDx_u16.index;
    case 560:
      return inDx_u32.index;
    case 561:
      return outDx_u8.index;
    case 562:
      return outDx_u16.index;
    case 563:
      return outDx_u32.index;
    case 564:
      return int1.index;
    case 565:
      return hlt.index;
    case 566:
      return cmc.index;
    case 567:
      return notE_u8.index;
    case 568:
      return negE_u8.index;
    case 569:
      return mul_u8.index;
    case 570:
      return imulWide_u8.index;
    case 571:
      return div_u8.index;
    case 572:
      return idiv_u8.index;
    case 573:
      return notE_u16.index;
    case 574:
      return notE_u32.index;
    case 575:
      return notE_u64.index;
    case 576:
      return negE_u16.index;
    case 577:
      return negE_u32.index;
    case 578:
      return negE_u64.index;
    case 579:
      return mul_u16.index;
    case 580:
      return mul_u32.index;
    case 581:
      return mul_u64.index;
    case 582:
      return imulWide_u16.index;
    case 583:
      return imulWide_u32.index;
    case 584:
      return imulWide_u64.index;
    case 585:
      return div_u16.index;
    case 586:
      return div_u32.index;
    case 587:
      return div_u64.index;
    case 588:
      return idiv_u16.index;
    case 589:
      return idiv_u32.index;
    case 590:
      return idiv_u64.index;
    case 591:
      return clc.index;
    case 592:
      return stc.index;
    case 593:
      return cli.index;
    case 594:
      return sti.index;
    case 595:
      return cld.index;
    case 596:
      return std.index;
    case 597:
      return incE_u8.index;
    case 598:
      return decE_u8.index;
    case 599:
      return jmpFarMem_u16.index;
    case 600:
      return jmpFarMem_u32.index;
    case 601:
      return jmpFarMem_u64.index;
    case 602:
      return callFarMem_u16.index;
    case 603:
      return callFarMem_u32.index;
    case 604:
      return callFarMem_u64.index;
    case 605:
      return incE_u16.index;
    case 606:
      return incE_u32.index;
    case 607:
      return incE_u64.index;
    case 608:
      return decE_u16.index;
    case 609:
      return decE_u32.index;
    case 610:
      return decE_u64.index;
    case 611:
      return jmpE_u16.index;
    case 612:
      return jmpE_u32.index;
    case 613:
      return jmpE_u64.index;
    case 614:
      return callE_u16.index;
    case 615:
      return callE_u32.index;
    case 616:
      return callE_u64.index;
    case 617:
      return pushE_u16.index;
    case 618:
      return pushE_u32.index;
    case 619:
      return pushE_u64.index;
    case 620:
      return sldt_u16.index;
    case 621:
      return sldt_u32.index;
    case 622:
      return sldt_u64.index;
    case 623:
      return str_u16.index;
    case 624:
      return str_u32.index;
    case 625:
      return str_u64.index;
    case 626:
      return lldt.index;
    case 627:
      return ltr.index;
    case 628:
      return verr.index;
    case 629:
      return verw.index;
    case 630:
      return clac.index;
    case 631:
      return stac.index;
    case 632:
      return rdpkru.index;
    case 633:
      return wrpkru.index;
    case 634:
      return xgetbv.index;
    case 635:
      return xsetbv.index;
    case 636:
      return monitor.index;
    case 637:
      return mwait.index;
    case 638:
      return rdtscp.index;
    case 639:
      return swapgs.index;
    case 640:
      return sgdt.index;
    case 641:
      return sidt.index;
    case 642:
      return lgdt.index;
    case 643:
      return lidt.index;
    case 644:
      return invlpg.index;
    case 645:
      return smsw_u16.index;
    case 646:
      return smsw_u32.index;
    case 647:
      return smsw_u64.index;
    case 648:
      return lmsw.index;
    case 649:
      return lar_u16.index;
    case 650:
      return lar_u32.index;
    case 651:
      return lar_u64.index;
    case 652:
      return lsl_u16.index;
    case 653:
      return lsl_u32.index;
    case 654:
      return lsl_u64.index;
    case 655:
      return syscall.index;
    case 656:
      return clts.index;
    case 657:
      return sysret.index;
    case 658:
      return wbinvd.index;
    case 659:
      return prefetch.index;
    case 660:
      return xmmLoadUnaligned.index;
    case 661:
      return xmmLoadScalar_u32.index;
    case 662:
      return xmmLoadScalar_u64.index;
    case 663:
      return xmmStoreUnaligned.index;
    case 664:
      return xmmStoreScalar_u32.index;
    case 665:
      return xmmStoreScalar_u64.index;
    case 666:
      return movlpsLoad.index;
    case 667:
      return xmmUnary_DuplicateEven.index;
    case 668:
      return xmmUnarySized_DuplicateLow64_u64.index;
    case 669:
      return movlpsStore.index;
    case 670:
      return xmmBinary_UnpackLow_u64.index;
    case 671:
      return xmmBinary_UnpackLow_u32.index;
    case 672:
      return xmmBinary_UnpackHigh_u64.index;
    case 673:
      return xmmBinary_UnpackHigh_u32.index;
    case 674:
      return movhpsLoad.index;
    case 675:
      return xmmUnary_DuplicateOdd.index;
    case 676:
      return movhpsStore.index;
    case 677:
      return nop_u16.index;
    case 678:
      return nop_u32.index;
    case 679:
      return nop_u64.index;
    case 680:
      return movFromCr.index;
    case 681:
      return movFromDr.index;
    case 682:
      return movToCr.index;
    case 683:
      return movToDr.index;
    case 684:
      return xmmLoadAligned.index;
    case 685:
      return xmmStoreAligned.index;
    case 686:
      return cvtpi2pd.index;
    case 687:
      return cvtsi2ss_u32.index;
    case 688:
      return cvtsi2ss_u64.index;
    case 689:
      return cvtsi2sd_u32.index;
    case 690:
      return cvtsi2sd_u64.index;
    case 691:
      return cvtpi2ps.index;
    case 692:
      return cvttpd2pi.index;
    case 693:
      return cvttss2si_u32.index;
    case 694:
      return cvttss2si_u64.index;
    case 695:
      return cvttsd2si_u32.index;
    case 696:
      return cvttsd2si_u64.index;
    case 697:
      return cvttps2pi.index;
    case 698:
      return cvtpd2pi.index;
    case 699:
      return cvtss2si_u32.index;
    case 700:
      return cvtss2si_u64.index;
    case 701:
      return cvtsd2si_u32.index;
    case 702:
      return cvtsd2si_u64.index;
    case 703:
      return cvtps2pi.index;
    case 704:
      return ucomisd.index;
    case 705:
      return ucomiss.index;
    case 706:
      return comisd.index;
    case 707:
      return comiss.index;
    case 708:
      return wrmsr.index;
    case 709:
      return rdtsc.index;
    case 710:
      return rdmsr.index;
    case 711:
      return rdpmc.index;
    case 712:
      return sysenter.index;
    case 713:
      return sysexit.index;
    case 714:
      return cmovo_u16.index;
    case 715:
      return cmovo_u32.index;
    case 716:
      return cmovo_u64.index;
    case 717:
      return cmovno_u16.index;
    case 718:
      return cmovno_u32.index;
    case 719:
      return cmovno_u64.index;
    case 720:
      return cmovb_u16.index;
    case 721:
      return cmovb_u32.index;
    case 722:
      return cmovb_u64.index;
    case 723:
      return cmovnb_u16.index;
    case 724:
      return cmovnb_u32.index;
    case 725:
      return cmovnb_u64.index;
    case 726:
      return cmovz_u16.index;
    case 727:
      return cmovz_u32.index;
    case 728:
      return cmovz_u64.index;
    case 729:
      return cmovnz_u16.index;
    case 730:
      return cmovnz_u32.index;
    case 731:
      return cmovnz_u64.index;
    case 732:
      return cmovbe_u16.index;
    case 733:
      return cmovbe_u32.index;
    case 734:
      return cmovbe_u64.index;
    case 735:
      return cmovnbe_u16.index;
    case 736:
      return cmovnbe_u32.index;
    case 737:
      return cmovnbe_u64.index;
    case 738:
      return cmovs_u16.index;
    case 739:
      return cmovs_u32.index;
    case 740:
      return cmovs_u64.index;
    case 741:
      return cmovns_u16.index;
    case 742:
      return cmovns_u32.index;
    case 743:
      return cmovns_u64.index;
    case 744:
      return cmovp_u16.index;
    case 745:
      return cmovp_u32.index;
    case 746:
      return cmovp_u64.index;
    case 747:
      return cmovnp_u16.index;
    case 748:
      return cmovnp_u32.index;
    case 749:
      return cmovnp_u64.index;
    case 750:
      return cmovl_u16.index;
    case 751:
      return cmovl_u32.index;
    case 752:
      return cmovl_u64.index;
    case 753:
      return cmovnl_u16.index;
    case 754:
      return cmovnl_u32.index;
    case 755:
      return cmovnl_u64.index;
    case 756:
      return cmovle_u16.index;
    case 757:
      return cmovle_u32.index;
    case 758:
      return cmovle_u64.index;
    case 759:
      return cmovnle_u16.index;
    case 760:
      return cmovnle_u32.index;
    case 761:
      return cmovnle_u64.index;
    case 762:
      return movmsk_i64.index;
    case 763:
      return movmsk_i32.index;
    case 764:
      return sqrtpd.index;
    case 765:
      return sqrtss.index;
    case 766:
      return sqrtsd.index;
    case 767:
      return sqrtps.index;
  }
  return 0;
}

function group3(id: u32): u32 {
  switch (id) {
    case 768:
      return rsqrtss.index;
    case 769:
      return rsqrtps.index;
    case 770:
      return rcpss.index;
    case 771:
      return rcpps.index;
    case 772:
      return xmmBinary_And.index;
    case 773:
      return xmmBinary_AndNot.index;
    case 774:
      return xmmBinary_Or.index;
    case 775:
      return xmmBinary_Xor.index;
    case 776:
      return addpd.index;
    case 777:
      return addss.index;
    case 778:
      return addsd.index;
    case 779:
      return addps.index;
    case 780:
      return mulpd.index;
    case 781:
      return mulss.index;
    case 782:
      return mulsd.index;
    case 783:
      return mulps.index;
    case 784:
      return cvtpd2ps.index;
    case 785:
      return cvtss2sd.index;
    case 786:
      return cvtsd2ss.index;
    case 787:
      return cvtps2pd.index;
    case 788:
      return cvtps2dq.index;
    case 789:
      return cvttps2dq.index;
    case 790:
      return cvtdq2ps.index;
    case 791:
      return subpd.index;
    case 792:
      return subss.index;
    case 793:
      return subsd.index;
    case 794:
      return subps.index;
    case 795:
      return minpd.index;
    case 796:
      return minss.index;
    case 797:
      return minsd.index;
    case 798:
      return minps.index;
    case 799:
      return divpd.index;
    case 800:
      return divss.index;
    case 801:
      return divsd.index;
    case 802:
      return divps.index;
    case 803:
      return maxpd.index;
    case 804:
      return maxss.index;
    case 805:
      return maxsd.index;
    case 806:
      return maxps.index;
    case 807:
      return xmmBinary_UnpackLow_u8.index;
    case 808:
      return mmxBinary32_UnpackLow_u8.index;
    case 809:
      return xmmBinary_UnpackLow_u16.index;
    case 810:
      return mmxBinary32_UnpackLow_u16.index;
    case 811:
      return mmxBinary32_UnpackLow_u32.index;
    case 812:
      return xmmBinary_Pack_i8.index;
    case 813:
      return mmxJoined_Pack_i8.index;
    case 814:
      return xmmBinary_Greater_i8.index;
    case 815:
      return mmxBinary_Greater_i8.index;
    case 816:
      return xmmBinary_Greater_i16.index;
    case 817:
      return mmxBinary_Greater_i16.index;
    case 818:
      return xmmBinary_Greater_i32.index;
    case 819:
      return mmxBinary_Greater_i32.index;
    case 820:
      return xmmBinary_Pack_u8.index;
    case 821:
      return mmxJoined_Pack_u8.index;
    case 822:
      return xmmBinary_UnpackHigh_u8.index;
    case 823:
      return mmxBinary_UnpackHigh64_u8.index;
    case 824:
      return xmmBinary_UnpackHigh_u16.index;
    case 825:
      return mmxBinary_UnpackHigh64_u16.index;
    case 826:
      return mmxBinary_UnpackHigh64_u32.index;
    case 827:
      return xmmBinary_Pack_i16.index;
    case 828:
      return mmxJoined_Pack_i16.index;
    case 829:
      return movdToXmm_u32.index;
    case 830:
      return movdToXmm_u64.index;
    case 831:
      return movdToMmx_u32.index;
    case 832:
      return movdToMmx_u64.index;
    case 833:
      return mmxLoad.index;
    case 834:
      return pshufd.index;
    case 835:
      return pshuflw.index;
    case 836:
      return pshufhw.index;
    case 837:
      return pshufw.index;
    case 838:
      return xmmShiftImmediate_ShiftRight_u16.index;
    case 839:
      return xmmShiftImmediate_ShiftRight_i16.index;
    case 840:
      return xmmShiftImmediate_ShiftLeft_u16.index;
    case 841:
      return mmxShiftImmediate_ShiftRight_u16.index;
    case 842:
      return mmxShiftImmediate_ShiftRight_i16.index;
    case 843:
      return mmxShiftImmediate_ShiftLeft_u16.index;
    case 844:
      return xmmShiftImmediate_ShiftRight_u32.index;
    case 845:
      return xmmShiftImmediate_ShiftRight_i32.index;
    case 846:
      return xmmShiftImmediate_ShiftLeft_u32.index;
    case 847:
      return mmxShiftImmediate_ShiftRight_u32.index;
    case 848:
      return mmxShiftImmediate_ShiftRight_i32.index;
    case 849:
      return mmxShiftImmediate_ShiftLeft_u32.index;
    case 850:
      return xmmShiftImmediate_ShiftRight_u64.index;
    case 851:
      return xmmShiftImmediate_ShiftLeft_u64.index;
    case 852:
      return xmmShiftImmediate_ShiftRightBytes.index;
    case 853:
      return xmmShiftImmediate_ShiftLeftBytes.index;
    case 854:
      return mmxShiftImmediate_ShiftRight_u64.index;
    case 855:
      return mmxShiftImmediate_ShiftLeft_u64.index;
    case 856:
      return xmmBinary_Equal_i8.index;
    case 857:
      return mmxBinary_Equal_i8.index;
    case 858:
      return xmmBinary_Equal_i16.index;
    case 859:
      return mmxBinary_Equal_i16.index;
    case 860:
      return xmmBinary_Equal_i32.index;
    case 861:
      return mmxBinary_Equal_i32.index;
    case 862:
      return emms.index;
    case 863:
      return haddps.index;
    case 864:
      return haddpd.index;
    case 865:
      return hsubps.index;
    case 866:
      return hsubpd.index;
    case 867:
      return movdFromXmm_u32.index;
    case 868:
      return movdFromXmm_u64.index;
    case 869:
      return movqLoad.index;
    case 870:
      return movdFromMmx_u32.index;
    case 871:
      return movdFromMmx_u64.index;
    case 872:
      return mmxStore.index;
    case 873:
      return seto_u8.index;
    case 874:
      return setno_u8.index;
    case 875:
      return setb_u8.index;
    case 876:
      return setnb_u8.index;
    case 877:
      return setz_u8.index;
    case 878:
      return setnz_u8.index;
    case 879:
      return setbe_u8.index;
    case 880:
      return setnbe_u8.index;
    case 881:
      return sets_u8.index;
    case 882:
      return setns_u8.index;
    case 883:
      return setp_u8.index;
    case 884:
      return setnp_u8.index;
    case 885:
      return setl_u8.index;
    case 886:
      return setnl_u8.index;
    case 887:
      return setle_u8.index;
    case 888:
      return setnle_u8.index;
    case 889:
      return pushFs_u16.index;
    case 890:
      return pushFs_u32.index;
    case 891:
      return pushFs_u64.index;
    case 892:
      return popFs_u16.index;
    case 893:
      return popFs_u32.index;
    case 894:
      return popFs_u64.index;
    case 895:
      return cpuid.index;
    case 896:
      return bt_u16.index;
    case 897:
      return bt_u32.index;
    case 898:
      return bt_u64.index;
    case 899:
      return shldImm_u16.index;
    case 900:
      return shldImm_u32.index;
    case 901:
      return shldImm_u64.index;
    case 902:
      return shldCl_u16.index;
    case 903:
      return shldCl_u32.index;
    case 904:
      return shldCl_u64.index;
    case 905:
      return pushGs_u16.index;
    case 906:
      return pushGs_u32.index;
    case 907:
      return pushGs_u64.index;
    case 908:
      return popGs_u16.index;
    case 909:
      return popGs_u32.index;
    case 910:
      return popGs_u64.index;
    case 911:
      return rsm.index;
    case 912:
      return bts_u16.index;
    case 913:
      return bts_u32.index;
    case 914:
      return bts_u64.index;
    case 915:
      return shrdImm_u16.index;
    case 916:
      return shrdImm_u32.index;
    case 917:
      return shrdImm_u64.index;
    case 918:
      return shrdCl_u16.index;
    case 919:
      return shrdCl_u32.index;
    case 920:
      return shrdCl_u64.index;
    case 921:
      return clflush.index;
    case 922:
      return rdfsbase_u32.index;
    case 923:
      return rdfsbase_u64.index;
    case 924:
      return rdgsbase_u32.index;
    case 925:
      return rdgsbase_u64.index;
    case 926:
      return wrfsbase_u32.index;
    case 927:
      return wrfsbase_u64.index;
    case 928:
      return wrgsbase_u32.index;
    case 929:
      return wrgsbase_u64.index;
    case 930:
      return fence.index;
    case 931:
      return ldmxcsr.index;
    case 932:
      return stmxcsr.index;
    case 933:
      return fxsave.index;
    case 934:
      return fxrstor.index;
    case 935:
      return xsave.index;
    case 936:
      return xrstor.index;
    case 937:
      return xsaveopt.index;
    case 938:
      return imul_u16.index;
    case 939:
      return imul_u32.index;
    case 940:
      return imul_u64.index;
    case 941:
      return cmpxchg_u8.index;
    case 942:
      return cmpxchg_u16.index;
    case 943:
      return cmpxchg_u32.index;
    case 944:
      return cmpxchg_u64.index;
    case 945:
      return lss_u16.index;
    case 946:
      return lss_u32.index;
    case 947:
      return lss_u64.index;
    case 948:
      return btr_u16.index;
    case 949:
      return btr_u32.index;
    case 950:
      return btr_u64.index;
    case 951:
      return lfs_u16.index;
    case 952:
      return lfs_u32.index;
    case 953:
      return lfs_u64.index;
    case 954:
      return lgs_u16.index;
    case 955:
      return lgs_u32.index;
    case 956:
      return lgs_u64.index;
    case 957:
      return movzxB_u16.index;
    case 958:
      return movzxB_u32.index;
    case 959:
      return movzxB_u64.index;
    case 960:
      return movzxW_u16.index;
    case 961:
      return movzxW_u32.index;
    case 962:
      return movzxW_u64.index;
    case 963:
      return popcntRm_u16.index;
    case 964:
      return popcntRm_u32.index;
    case 965:
      return popcntRm_u64.index;
    case 966:
      return btImm_u16.index;
    case 967:
      return btImm_u32.index;
    case 968:
      return btImm_u64.index;
    case 969:
      return btsImm_u16.index;
    case 970:
      return btsImm_u32.index;
    case 971:
      return btsImm_u64.index;
    case 972:
      return btrImm_u16.index;
    case 973:
      return btrImm_u32.index;
    case 974:
      return btrImm_u64.index;
    case 975:
      return btcImm_u16.index;
    case 976:
      return btcImm_u32.index;
    case 977:
      return btcImm_u64.index;
    case 978:
      return btc_u16.index;
    case 979:
      return btc_u32.index;
    case 980:
      return btc_u64.index;
    case 981:
      return tzcnt_u16.index;
    case 982:
      return tzcnt_u32.index;
    case 983:
      return tzcnt_u64.index;
    case 984:
      return bsf_u16.index;
    case 985:
      return bsf_u32.index;
    case 986:
      return bsf_u64.index;
    case 987:
      return lzcnt_u16.index;
    case 988:
      return lzcnt_u32.index;
    case 989:
      return lzcnt_u64.index;
    case 990:
      return bsr_u16.index;
    case 991:
      return bsr_u32.index;
    case 992:
      return bsr_u64.index;
    case 993:
      return movsxB_u16.index;
    case 994:
      return movsxB_u32.index;
    case 995:
      return movsxB_u64.index;
    case 996:
      return movsxW_u16.index;
    case 997:
      return movsxW_u32.index;
    case 998:
      return movsxW_u64.index;
    case 999:
      return xadd_u8.index;
    case 1000:
      return xadd_u16.index;
    case 1001:
      return xadd_u32.index;
    case 1002:
      return xadd_u64.index;
    case 1003:
      return cmppd.index;
    case 1004:
      return cmpss.index;
    case 1005:
      return cmpsd.index;
    case 1006:
      return cmpps.index;
    case 1007:
      return movnti_u32.index;
    case 1008:
      return movnti_u64.index;
    case 1009:
      return pinsr_u16.index;
    case 1010:
      return mmxPinsrw.index;
    case 1011:
      return pextrwToReg.index;
    case 1012:
      return mmxPextrw.index;
    case 1013:
      return shufpd.index;
    case 1014:
      return shufps.index;
    case 1015:
      return rdpid.index;
    case 1016:
      return xsavec.index;
    case 1017:
      return xsaves.index;
    case 1018:
      return xrstors.index;
    case 1019:
      return cmpxchg16b.index;
    case 1020:
      return cmpxchg8b.index;
    case 1021:
      return rdrand_u16.index;
    case 1022:
      return rdrand_u32.index;
    case 1023:
      return rdrand_u64.index;
  }
  return 0;
}

function group4(id: u32): u32 {
  switch (id) {
    case 1024:
      return bswapReg_u16.index;
    case 1025:
      return bswapReg_u32.index;
    case 1026:
      return bswapReg_u64.index;
    case 1027:
      return addsubps.index;
    case 1028:
      return addsubpd.index;
    case 1029:
      return xmmShift_ShiftRight_u16.index;
    case 1030:
      return mmxShift_ShiftRight_u16.index;
    case 1031:
      return xmmShift_ShiftRight_u32.index;
    case 1032:
      return mmxShift_ShiftRight_u32.index;
    case 1033:
      return xmmShift_ShiftRight_u64.index;
    case 1034:
      return mmxShift_ShiftRight_u64.index;
    case 1035:
      return xmmBinary_Add_i64.index;
    case 1036:
      return mmxBinary_Add_i64.index;
    case 1037:
      return xmmBinary_MultiplyLow_i16.index;
    case 1038:
      return mmxBinary_MultiplyLow_i16.index;
    case 1039:
      return movdq2q.index;
    case 1040:
      return movq2dq.index;
    case 1041:
      return movqStore.index;
    case 1042:
      return movmsk_i8.index;
    case 1043:
      return mmxPmovmskb.index;
    case 1044:
      return xmmBinary_SubtractSaturated_u8.index;
    case 1045:
      return mmxBinary_SubtractSaturated_u8.index;
    case 1046:
      return xmmBinary_SubtractSaturated_u16.index;
    case 1047:
      return mmxBinary_SubtractSaturated_u16.index;
    case 1048:
      return xmmBinary_Minimum_u8.index;
    case 1049:
      return mmxBinary_Minimum_u8.index;
    case 1050:
      return mmxBinary_And.index;
    case 1051:
      return xmmBinary_AddSaturated_u8.index;
    case 1052:
      return mmxBinary_AddSaturated_u8.index;
    case 1053:
      return xmmBinary_AddSaturated_u16.index;
    case 1054:
      return mmxBinary_AddSaturated_u16.index;
    case 1055:
      return xmmBinary_Maximum_u8.index;
    case 1056:
      return mmxBinary_Maximum_u8.index;
    case 1057:
      return mmxBinary_AndNot.index;
    case 1058:
      return xmmBinary_Average_u8.index;
    case 1059:
      return mmxBinary_Average_u8.index;
    case 1060:
      return xmmShift_ShiftRight_i16.index;
    case 1061:
      return mmxShift_ShiftRight_i16.index;
    case 1062:
      return xmmShift_ShiftRight_i32.index;
    case 1063:
      return mmxShift_ShiftRight_i32.index;
    case 1064:
      return xmmBinary_Average_u16.index;
    case 1065:
      return mmxBinary_Average_u16.index;
    case 1066:
      return xmmBinary_MultiplyHigh_u16.index;
    case 1067:
      return mmxBinary_MultiplyHigh_u16.index;
    case 1068:
      return xmmBinary_MultiplyHigh_i16.index;
    case 1069:
      return mmxBinary_MultiplyHigh_i16.index;
    case 1070:
      return cvttpd2dq.index;
    case 1071:
      return cvtdq2pd.index;
    case 1072:
      return cvtpd2dq.index;
    case 1073:
      return xmmBinary_SubtractSaturated_i8.index;
    case 1074:
      return mmxBinary_SubtractSaturated_i8.index;
    case 1075:
      return xmmBinary_SubtractSaturated_i16.index;
    case 1076:
      return mmxBinary_SubtractSaturated_i16.index;
    case 1077:
      return xmmBinary_Minimum_i16.index;
    case 1078:
      return mmxBinary_Minimum_i16.index;
    case 1079:
      return mmxBinary_Or.index;
    case 1080:
      return xmmBinary_AddSaturated_i8.index;
    case 1081:
      return mmxBinary_AddSaturated_i8.index;
    case 1082:
      return xmmBinary_AddSaturated_i16.index;
    case 1083:
      return mmxBinary_AddSaturated_i16.index;
    case 1084:
      return xmmBinary_Maximum_i16.index;
    case 1085:
      return mmxBinary_Maximum_i16.index;
    case 1086:
      return mmxBinary_Xor.index;
    case 1087:
      return xmmShift_ShiftLeft_u16.index;
    case 1088:
      return mmxShift_ShiftLeft_u16.index;
    case 1089:
      return xmmShift_ShiftLeft_u32.index;
    case 1090:
      return mmxShift_ShiftLeft_u32.index;
    case 1091:
      return xmmShift_ShiftLeft_u64.index;
    case 1092:
      return mmxShift_ShiftLeft_u64.index;
    case 1093:
      return xmmBinary_MultiplyEven_u32.index;
    case 1094:
      return mmxBinary_MultiplyEven_u32.index;
    case 1095:
      return xmmBinary_MultiplyAddWords.index;
    case 1096:
      return mmxBinary_MultiplyAddWords.index;
    case 1097:
      return xmmBinary_SumOfDifferences.index;
    case 1098:
      return mmxBinary_SumOfDifferences.index;
    case 1099:
      return maskmovdqu.index;
    case 1100:
      return maskmovq.index;
    case 1101:
      return xmmBinary_Subtract_i8.index;
    case 1102:
      return mmxBinary_Subtract_i8.index;
    case 1103:
      return xmmBinary_Subtract_i16.index;
    case 1104:
      return mmxBinary_Subtract_i16.index;
    case 1105:
      return xmmBinary_Subtract_i32.index;
    case 1106:
      return mmxBinary_Subtract_i32.index;
    case 1107:
      return xmmBinary_Subtract_i64.index;
    case 1108:
      return mmxBinary_Subtract_i64.index;
    case 1109:
      return xmmBinary_Add_i8.index;
    case 1110:
      return mmxBinary_Add_i8.index;
    case 1111:
      return xmmBinary_Add_i16.index;
    case 1112:
      return mmxBinary_Add_i16.index;
    case 1113:
      return xmmBinary_Add_i32.index;
    case 1114:
      return mmxBinary_Add_i32.index;
    case 1115:
      return xmmBinary_ShuffleBytes.index;
    case 1116:
      return mmxBinary_ShuffleBytes64.index;
    case 1117:
      return xmmBinary_AddPairs_i16.index;
    case 1118:
      return mmxJoined_AddPairs_i16.index;
    case 1119:
      return xmmBinary_AddPairs_i32.index;
    case 1120:
      return mmxJoined_AddPairs_i32.index;
    case 1121:
      return xmmBinary_AddPairsSaturated.index;
    case 1122:
      return mmxJoined_AddPairsSaturated.index;
    case 1123:
      return xmmBinary_MultiplyAddBytes.index;
    case 1124:
      return mmxBinary_MultiplyAddBytes.index;
    case 1125:
      return xmmBinary_SubtractPairs_i16.index;
    case 1126:
      return mmxJoined_SubtractPairs_i16.index;
    case 1127:
      return xmmBinary_SubtractPairs_i32.index;
    case 1128:
      return mmxJoined_SubtractPairs_i32.index;
    case 1129:
      return xmmBinary_SubtractPairsSaturated.index;
    case 1130:
      return mmxJoined_SubtractPairsSaturated.index;
    case 1131:
      return xmmBinary_Sign_i8.index;
    case 1132:
      return mmxBinary_Sign_i8.index;
    case 1133:
      return xmmBinary_Sign_i16.index;
    case 1134:
      return mmxBinary_Sign_i16.index;
    case 1135:
      return xmmBinary_Sign_i32.index;
    case 1136:
      return mmxBinary_Sign_i32.index;
    case 1137:
      return xmmBinary_MultiplyRounded.index;
    case 1138:
      return mmxBinary_MultiplyRounded.index;
    case 1139:
      return blendVariable_i8.index;
    case 1140:
      return blendVariable_i32.index;
    case 1141:
      return blendVariable_i64.index;
    case 1142:
      return ptest.index;
    case 1143:
      return xmmUnary_Absolute_i8.index;
    case 1144:
      return mmxUnary_Absolute_i8.index;
    case 1145:
      return xmmUnary_Absolute_i16.index;
    case 1146:
      return mmxUnary_Absolute_i16.index;
    case 1147:
      return xmmUnary_Absolute_i32.index;
    case 1148:
      return mmxUnary_Absolute_i32.index;
    case 1149:
      return xmmUnarySized_Widen_i8_i16_u64.index;
    case 1150:
      return xmmUnarySized_Widen_i8_i32_u32.index;
    case 1151:
      return xmmUnarySized_Widen_i8_i64_u16.index;
    case 1152:
      return xmmUnarySized_Widen_i16_i32_u64.index;
    case 1153:
      return xmmUnarySized_Widen_i16_i64_u32.index;
    case 1154:
      return xmmUnarySized_Widen_i32_i64_u64.index;
    case 1155:
      return xmmBinary_MultiplyEven_i32.index;
    case 1156:
      return xmmBinary_Equal_i64.index;
    case 1157:
      return xmmBinary_Pack_u16.index;
    case 1158:
      return xmmUnarySized_Widen_u8_u16_u64.index;
    case 1159:
      return xmmUnarySized_Widen_u8_u32_u32.index;
    case 1160:
      return xmmUnarySized_Widen_u8_u64_u16.index;
    case 1161:
      return xmmUnarySized_Widen_u16_u32_u64.index;
    case 1162:
      return xmmUnarySized_Widen_u16_u64_u32.index;
    case 1163:
      return xmmUnarySized_Widen_u32_u64_u64.index;
    case 1164:
      return xmmBinary_Greater_i64.index;
    case 1165:
      return xmmBinary_Minimum_i8.index;
    case 1166:
      return xmmBinary_Minimum_i32.index;
    case 1167:
      return xmmBinary_Minimum_u16.index;
    case 1168:
      return xmmBinary_Minimum_u32.index;
    case 1169:
      return xmmBinary_Maximum_i8.index;
    case 1170:
      return xmmBinary_Maximum_i32.index;
    case 1171:
      return xmmBinary_Maximum_u16.index;
    case 1172:
      return xmmBinary_Maximum_u32.index;
    case 1173:
      return xmmBinary_MultiplyLow_i32.index;
    case 1174:
      return xmmUnary_LeastWord.index;
    case 1175:
      return invpcid.index;
    case 1176:
      return sha1nexte.index;
    case 1177:
      return sha1msg1.index;
    case 1178:
      return sha1msg2.index;
    case 1179:
      return sha256rnds2.index;
    case 1180:
      return sha256msg1.index;
    case 1181:
      return sha256msg2.index;
    case 1182:
      return aesimc.index;
    case 1183:
      return aesenc.index;
    case 1184:
      return aesenclast.index;
    case 1185:
      return aesdec.index;
    case 1186:
      return aesdeclast.index;
    case 1187:
      return crc32_u8.index;
    case 1188:
      return movbeLoad_u16.index;
    case 1189:
      return movbeLoad_u32.index;
    case 1190:
      return movbeLoad_u64.index;
    case 1191:
      return crc32_u16.index;
    case 1192:
      return crc32_u32.index;
    case 1193:
      return crc32_u64.index;
    case 1194:
      return movbeStore_u16.index;
    case 1195:
      return movbeStore_u32.index;
    case 1196:
      return movbeStore_u64.index;
    case 1197:
      return adcx_u32.index;
    case 1198:
      return adcx_u64.index;
    case 1199:
      return adox_u32.index;
    case 1200:
      return adox_u64.index;
    case 1201:
      return roundps.index;
    case 1202:
      return roundpd.index;
    case 1203:
      return roundss.index;
    case 1204:
      return roundsd.index;
    case 1205:
      return blendImmediate_i32.index;
    case 1206:
      return blendImmediate_i64.index;
    case 1207:
      return blendImmediate_i16.index;
    case 1208:
      return palignr.index;
    case 1209:
      return mmxPalignr.index;
    case 1210:
      return pextr_u8.index;
    case 1211:
      return pextr_u16.index;
    case 1212:
      return pextr_u32.index;
    case 1213:
      return pextr_u64.index;
    case 1214:
      return pextr_u32.index;
    case 1215:
      return pinsr_u8.index;
    case 1216:
      return insertps.index;
    case 1217:
      return pinsr_u32.index;
    case 1218:
      return pinsr_u64.index;
    case 1219:
      return dpps.index;
    case 1220:
      return dppd.index;
    case 1221:
      return mpsadbw.index;
    case 1222:
      return pclmulqdq.index;
    case 1223:
      return pcmpestrm.index;
    case 1224:
      return pcmpestri.index;
    case 1225:
      return pcmpistrm.index;
    case 1226:
      return pcmpistri.index;
    case 1227:
      return sha1rnds4.index;
    case 1228:
      return aeskeygenassist.index;
    case 1229:
      return andn_u32.index;
    case 1230:
      return andn_u64.index;
    case 1231:
      return blsr_u32.index;
    case 1232:
      return blsr_u64.index;
    case 1233:
      return blsmsk_u32.index;
    case 1234:
      return blsmsk_u64.index;
    case 1235:
      return blsi_u32.index;
    case 1236:
      return blsi_u64.index;
    case 1237:
      return pdep_u32.index;
    case 1238:
      return pdep_u64.index;
    case 1239:
      return pext_u32.index;
    case 1240:
      return pext_u64.index;
    case 1241:
      return bzhi_u32.index;
    case 1242:
      return bzhi_u64.index;
    case 1243:
      return mulx_u32.index;
    case 1244:
      return mulx_u64.index;
    case 1245:
      return sarx_u32.index;
    case 1246:
      return sarx_u64.index;
    case 1247:
      return shlx_u32.index;
    case 1248:
      return shlx_u64.index;
    case 1249:
      return shrx_u32.index;
    case 1250:
      return shrx_u64.index;
    case 1251:
      return bextr_u32.index;
    case 1252:
      return bextr_u64.index;
    case 1253:
      return rorx_u32.index;
    case 1254:
      return rorx_u64.index;
  }
  return 0;
}
