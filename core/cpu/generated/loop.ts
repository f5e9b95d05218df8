/**
 * Generated from tools/isa/rows by tools/isa/generate.mjs (node tools/build.mjs isa). Do not edit: the text is in
 * tools/isa/loop.mjs.
 *
 * The executor's loop. The hot forms of instructions are cases of one switch, with c and op in locals: asc and V8 make
 * one jump table of it. All others are calls through the function table. At taken branches, and wherever else a block
 * is left, requests are looked at: what the code relies on in between is only that its translations stay.
 */

import { X86 } from "../../layout/x86";
import { EXEC_CHAIN, EXEC_LOOKUP, EXEC_NEXT, Op } from "../../layout/x86_op";
import { Vcpu } from "../../layout/vcpu";
import { aload32 } from "../../sync/atomics";
import { executeLeave } from "../execute";
import { opAfter } from "../operands";
import { adcEGMem, adcEGReg, adcEIMem, adcEIReg, adcGEMem, adcGEReg, addEGMem, addEGReg, addEIMem, addEIReg, addGEMem, addGEReg, cmpEGMem, cmpEGReg, cmpEIMem, cmpEIReg, cmpGEMem, cmpGEReg, sbbEGMem, sbbEGReg, sbbEIMem, sbbEIReg, sbbGEMem, sbbGEReg, subEGMem, subEGReg, subEIMem, subEIReg, subGEMem, subGEReg } from "../alu/arithmetic";
import { andEGMem, andEGReg, andEIMem, andEIReg, andGEMem, andGEReg, orEGMem, orEGReg, orEIMem, orEIReg, orGEMem, orGEReg, xorEGMem, xorEGReg, xorEIMem, xorEIReg, xorGEMem, xorGEReg } from "../alu/logic";
import { decEMem, decEReg, incEMem, incEReg, negEReg, notEReg, testEGMem, testEGReg, testEIMem, testEIReg } from "../alu/unary";
import { callJChain, jmpJChain } from "../branch/branch";
import { cmovbReg, cmovbeReg, cmovlReg, cmovleReg, cmovnbReg, cmovnbeReg, cmovnlReg, cmovnleReg, cmovnoReg, cmovnpReg, cmovnsReg, cmovnzReg, cmovoReg, cmovpReg, cmovsReg, cmovzReg, jbChain, jbeChain, jlChain, jleChain, jnbChain, jnbeChain, jnlChain, jnleChain, jnoChain, jnpChain, jnsChain, jnzChain, joChain, jpChain, jsChain, jzChain, setbReg, setbeReg, setlReg, setleReg, setnbReg, setnbeReg, setnlReg, setnleReg, setnoReg, setnpReg, setnsReg, setnzReg, setoReg, setpReg, setsReg, setzReg } from "../branch/condition";
import { imulReg } from "../integer/multiply";
import { sarImmReg, shlImmReg, shrImmReg } from "../integer/shift";
import { leaMem, movEGMem, movEGReg, movEIMem, movEIReg, movGEMem, movGEReg, movZIReg, movsxdReg, movzxBMem, movzxBReg, nopMem, nopReg } from "../move/move";

/** Blocks until the loop is left, so that V8 may go over to better code for it: there is no replacement on the stack. */
const BLOCKS: u32 = 20000;

/** Executes from `first` on. @ret EXEC_*, as core/cpu/execute.ts says */
export function executeLoop(c: X86, first: Op): i32 {
  const requests = <usize>c.vcpu + offsetof<Vcpu>("requests");
  let op = first;
  let blocks = BLOCKS;
  while (true) {
    let status: i32;
    switch (<u32>op.code) {
      case 0:
        status = call_indirect<i32>(op.fn, c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 2:
        addEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 3:
        status = addEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 4:
        addEGReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 5:
        addEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 6:
        addEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 7:
        status = addEGMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 8:
        status = addEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 9:
        status = addEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 10:
        addGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 11:
        status = addGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 12:
        addGEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 13:
        addGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 14:
        addGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 15:
        status = addGEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 16:
        status = addGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 17:
        status = addGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 18:
        addEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 19:
        addEIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 20:
        addEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 21:
        addEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 22:
        orEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 23:
        status = orEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 24:
        orEGReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 25:
        orEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 26:
        orEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 27:
        status = orEGMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 28:
        status = orEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 29:
        status = orEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 30:
        orGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 31:
        status = orGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 32:
        orGEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 33:
        orGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 34:
        orGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 35:
        status = orGEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 36:
        status = orGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 37:
        status = orGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 38:
        orEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 39:
        orEIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 40:
        orEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 41:
        orEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 42:
        adcEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 43:
        status = adcEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 44:
        adcEGReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 45:
        adcEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 46:
        adcEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 47:
        status = adcEGMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 48:
        status = adcEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 49:
        status = adcEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 50:
        adcGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 51:
        status = adcGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 52:
        adcGEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 53:
        adcGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 54:
        adcGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 55:
        status = adcGEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 56:
        status = adcGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 57:
        status = adcGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 58:
        adcEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 59:
        adcEIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 60:
        adcEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 61:
        adcEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 62:
        sbbEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 63:
        status = sbbEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 64:
        sbbEGReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 65:
        sbbEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 66:
        sbbEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 67:
        status = sbbEGMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 68:
        status = sbbEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 69:
        status = sbbEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 70:
        sbbGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 71:
        status = sbbGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 72:
        sbbGEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 73:
        sbbGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 74:
        sbbGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 75:
        status = sbbGEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 76:
        status = sbbGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 77:
        status = sbbGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 78:
        sbbEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 79:
        sbbEIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 80:
        sbbEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 81:
        sbbEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 82:
        andEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 83:
        status = andEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 84:
        andEGReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 85:
        andEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 86:
        andEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 87:
        status = andEGMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 88:
        status = andEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 89:
        status = andEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 90:
        andGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 91:
        status = andGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 92:
        andGEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 93:
        andGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 94:
        andGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 95:
        status = andGEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 96:
        status = andGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 97:
        status = andGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 98:
        andEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 99:
        andEIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 100:
        andEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 101:
        andEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 102:
        subEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 103:
        status = subEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 104:
        subEGReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 105:
        subEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 106:
        subEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 107:
        status = subEGMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 108:
        status = subEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 109:
        status = subEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 110:
        subGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 111:
        status = subGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 112:
        subGEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 113:
        subGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 114:
        subGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 115:
        status = subGEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 116:
        status = subGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 117:
        status = subGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 118:
        subEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 119:
        subEIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 120:
        subEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 121:
        subEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 122:
        xorEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 123:
        status = xorEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 124:
        xorEGReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 125:
        xorEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 126:
        xorEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 127:
        status = xorEGMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 128:
        status = xorEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 129:
        status = xorEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 130:
        xorGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 131:
        status = xorGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 132:
        xorGEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 133:
        xorGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 134:
        xorGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 135:
        status = xorGEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 136:
        status = xorGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 137:
        status = xorGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 138:
        xorEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 139:
        xorEIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 140:
        xorEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 141:
        xorEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 142:
        cmpEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 143:
        status = cmpEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 144:
        cmpEGReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 145:
        cmpEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 146:
        cmpEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 147:
        status = cmpEGMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 148:
        status = cmpEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 149:
        status = cmpEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 150:
        cmpGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 151:
        status = cmpGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 152:
        cmpGEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 153:
        cmpGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 154:
        cmpGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 155:
        status = cmpGEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 156:
        status = cmpGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 157:
        status = cmpGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 158:
        cmpEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 159:
        cmpEIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 160:
        cmpEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 161:
        cmpEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 162:
        movsxdReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 163:
        movsxdReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 164:
        movsxdReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 165:
        status = joChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 166:
        status = joChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 167:
        status = joChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 168:
        status = jnoChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 169:
        status = jnoChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 170:
        status = jnoChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 171:
        status = jbChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 172:
        status = jbChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 173:
        status = jbChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 174:
        status = jnbChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 175:
        status = jnbChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 176:
        status = jnbChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 177:
        status = jzChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 178:
        status = jzChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 179:
        status = jzChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 180:
        status = jnzChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 181:
        status = jnzChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 182:
        status = jnzChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 183:
        status = jbeChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 184:
        status = jbeChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 185:
        status = jbeChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 186:
        status = jnbeChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 187:
        status = jnbeChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 188:
        status = jnbeChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 189:
        status = jsChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 190:
        status = jsChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 191:
        status = jsChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 192:
        status = jnsChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 193:
        status = jnsChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 194:
        status = jnsChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 195:
        status = jpChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 196:
        status = jpChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 197:
        status = jpChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 198:
        status = jnpChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 199:
        status = jnpChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 200:
        status = jnpChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 201:
        status = jlChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 202:
        status = jlChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 203:
        status = jlChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 204:
        status = jnlChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 205:
        status = jnlChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 206:
        status = jnlChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 207:
        status = jleChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 208:
        status = jleChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 209:
        status = jleChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 210:
        status = jnleChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 211:
        status = jnleChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 212:
        status = jnleChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 213:
        status = addEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 214:
        status = orEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 215:
        status = adcEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 216:
        status = sbbEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 217:
        status = andEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 218:
        status = subEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 219:
        status = xorEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 220:
        status = cmpEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 221:
        status = addEIMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 222:
        status = addEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 223:
        status = addEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 224:
        status = orEIMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 225:
        status = orEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 226:
        status = orEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 227:
        status = adcEIMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 228:
        status = adcEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 229:
        status = adcEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 230:
        status = sbbEIMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 231:
        status = sbbEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 232:
        status = sbbEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 233:
        status = andEIMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 234:
        status = andEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 235:
        status = andEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 236:
        status = subEIMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 237:
        status = subEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 238:
        status = subEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 239:
        status = xorEIMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 240:
        status = xorEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 241:
        status = xorEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 242:
        status = cmpEIMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 243:
        status = cmpEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 244:
        status = cmpEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 245:
        testEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 246:
        status = testEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 247:
        testEGReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 248:
        testEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 249:
        testEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 250:
        status = testEGMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 251:
        status = testEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 252:
        status = testEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 253:
        movEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 254:
        status = movEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 255:
        movEGReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 256:
        movEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 257:
        movEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 258:
        status = movEGMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 259:
        status = movEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 260:
        status = movEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 261:
        movGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 262:
        status = movGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 263:
        movGEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 264:
        movGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 265:
        movGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 266:
        status = movGEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 267:
        status = movGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 268:
        status = movGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 269:
        status = leaMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 270:
        status = leaMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 271:
        status = leaMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 272:
        testEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 273:
        testEIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 274:
        testEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 275:
        testEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 276:
        movZIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 277:
        movZIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 278:
        movZIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 279:
        movZIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 280:
        shlImmReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 281:
        shlImmReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 282:
        shlImmReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 283:
        shrImmReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 284:
        shrImmReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 285:
        shrImmReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 286:
        sarImmReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 287:
        sarImmReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 288:
        sarImmReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 289:
        movEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 290:
        status = movEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 291:
        movEIReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 292:
        movEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 293:
        movEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 294:
        status = movEIMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 295:
        status = movEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 296:
        status = movEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 297:
        status = callJChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 298:
        status = callJChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 299:
        status = callJChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 300:
        status = jmpJChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 301:
        status = jmpJChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 302:
        status = jmpJChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 303:
        notEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 304:
        negEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 305:
        status = testEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 306:
        notEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 307:
        notEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 308:
        notEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 309:
        negEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 310:
        negEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 311:
        negEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 312:
        status = testEIMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 313:
        status = testEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 314:
        status = testEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 315:
        incEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 316:
        status = incEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 317:
        decEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 318:
        status = decEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 319:
        incEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 320:
        incEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 321:
        incEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 322:
        status = incEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 323:
        status = incEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 324:
        status = incEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 325:
        decEReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 326:
        decEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 327:
        decEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 328:
        status = decEMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 329:
        status = decEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 330:
        status = decEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 331:
        nopReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 332:
        nopReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 333:
        nopReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 334:
        status = nopMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 335:
        status = nopMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 336:
        status = nopMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 337:
        cmovoReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 338:
        cmovoReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 339:
        cmovoReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 340:
        cmovnoReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 341:
        cmovnoReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 342:
        cmovnoReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 343:
        cmovbReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 344:
        cmovbReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 345:
        cmovbReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 346:
        cmovnbReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 347:
        cmovnbReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 348:
        cmovnbReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 349:
        cmovzReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 350:
        cmovzReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 351:
        cmovzReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 352:
        cmovnzReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 353:
        cmovnzReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 354:
        cmovnzReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 355:
        cmovbeReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 356:
        cmovbeReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 357:
        cmovbeReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 358:
        cmovnbeReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 359:
        cmovnbeReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 360:
        cmovnbeReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 361:
        cmovsReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 362:
        cmovsReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 363:
        cmovsReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 364:
        cmovnsReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 365:
        cmovnsReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 366:
        cmovnsReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 367:
        cmovpReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 368:
        cmovpReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 369:
        cmovpReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 370:
        cmovnpReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 371:
        cmovnpReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 372:
        cmovnpReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 373:
        cmovlReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 374:
        cmovlReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 375:
        cmovlReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 376:
        cmovnlReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 377:
        cmovnlReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 378:
        cmovnlReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 379:
        cmovleReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 380:
        cmovleReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 381:
        cmovleReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 382:
        cmovnleReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 383:
        cmovnleReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 384:
        cmovnleReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 385:
        setoReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 386:
        setnoReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 387:
        setbReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 388:
        setnbReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 389:
        setzReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 390:
        setnzReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 391:
        setbeReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 392:
        setnbeReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 393:
        setsReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 394:
        setnsReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 395:
        setpReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 396:
        setnpReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 397:
        setlReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 398:
        setnlReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 399:
        setleReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 400:
        setnleReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 401:
        imulReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 402:
        imulReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 403:
        imulReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 404:
        movzxBReg<u16>(c, op);
        op = opAfter(op);
        continue;
      case 405:
        movzxBReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 406:
        movzxBReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 407:
        status = movzxBMem<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 408:
        status = movzxBMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 409:
        status = movzxBMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      default:
        // CODE_LOOKUP: the block ends, or what was here has been written.
        status = EXEC_LOOKUP;
    }
    blocks--;
    if (status == EXEC_CHAIN && op.fn != 0 && blocks != 0 && aload32(requests) == 0) {
      c.retired += op.count;
      op = changetype<Op>(op.fn);
      continue;
    }
    op = executeLeave(c, op, status, blocks);
    if (changetype<usize>(op) == 0) return c.codeStatus;
  }
}
