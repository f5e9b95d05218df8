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
import { adcEGReg, adcEIReg, adcGEReg, addEGReg, addEIReg, addGEMem, addGEReg, cmpEGMem, cmpEGReg, cmpEIMem, cmpEIReg, cmpGEMem, cmpGEReg, sbbEGReg, sbbEIReg, sbbGEReg, subEGReg, subEIReg, subGEMem, subGEReg } from "../alu/arithmetic";
import { andEGReg, andEIReg, andGEMem, andGEReg, orEGReg, orEIReg, orGEMem, orGEReg, xorEGReg, xorEIReg, xorGEMem, xorGEReg } from "../alu/logic";
import { decEReg, incEReg, negEReg, notEReg, testEGMem, testEGReg, testEIMem, testEIReg } from "../alu/unary";
import { callJChain, jmpJChain } from "../branch/branch";
import { cmovbReg, cmovbeReg, cmovlReg, cmovleReg, cmovnbReg, cmovnbeReg, cmovnlReg, cmovnleReg, cmovnsReg, cmovnzReg, cmovsReg, cmovzReg, jbChain, jbeChain, jlChain, jleChain, jnbChain, jnbeChain, jnlChain, jnleChain, jnoChain, jnpChain, jnsChain, jnzChain, joChain, jpChain, jsChain, jzChain, setbReg, setbeReg, setlReg, setleReg, setnbReg, setnbeReg, setnlReg, setnleReg, setnsReg, setnzReg, setsReg, setzReg } from "../branch/condition";
import { imulReg } from "../integer/multiply";
import { sarImmReg, shlImmReg, shrImmReg } from "../integer/shift";
import { leaMem, movEGMem, movEGReg, movEIMem, movEIReg, movGEMem, movGEReg, movZIReg, movsxdReg, movzxBMem, movzxBReg, nopMem, nopReg } from "../move/move";

/** Executes from `first` on, at most `most` blocks. @ret EXEC_*, as core/cpu/execute.ts says */
export function executeLoop(c: X86, first: Op, most: u32): i32 {
  const requests = <usize>c.vcpu + offsetof<Vcpu>("requests");
  let op = first;
  let blocks = most;
  while (true) {
    let status: i32;
    switch (<u32>op.code) {
      case 0:
      case 3:
      case 8:
      case 11:
      case 15:
      case 19:
      case 24:
      case 27:
      case 31:
      case 35:
      case 39:
      case 43:
      case 47:
      case 51:
      case 55:
      case 59:
      case 64:
      case 67:
      case 71:
      case 75:
      case 80:
      case 83:
      case 87:
      case 91:
      case 96:
      case 99:
      case 103:
      case 108:
      case 111:
      case 116:
      case 119:
      case 123:
      case 126:
      case 178:
      case 183:
      case 186:
      case 191:
      case 194:
      case 199:
      case 202:
      case 205:
      case 209:
      case 213:
      case 216:
      case 219:
      case 222:
      case 227:
      case 230:
      case 242:
      case 245:
      case 248:
      case 253:
      case 256:
      case 259:
      case 262:
      case 265:
      case 268:
      case 271:
      case 274:
      case 277:
      case 280:
      case 283:
      case 286:
      case 289:
      case 292:
      case 295:
      case 298:
      case 313:
      case 316:
      case 319:
        status = call_indirect<i32>(op.fn, c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 2:
        addEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 4:
        addEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 5:
        addEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 6:
        addGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 7:
        status = addGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 9:
        addGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 10:
        addGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 12:
        status = addGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 13:
        status = addGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 14:
        addEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 16:
        addEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 17:
        addEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 18:
        orEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 20:
        orEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 21:
        orEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 22:
        orGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 23:
        status = orGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 25:
        orGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 26:
        orGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 28:
        status = orGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 29:
        status = orGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 30:
        orEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 32:
        orEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 33:
        orEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 34:
        adcEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 36:
        adcEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 37:
        adcEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 38:
        adcGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 40:
        adcGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 41:
        adcGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 42:
        adcEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 44:
        adcEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 45:
        adcEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 46:
        sbbEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 48:
        sbbEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 49:
        sbbEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 50:
        sbbGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 52:
        sbbGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 53:
        sbbGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 54:
        sbbEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 56:
        sbbEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 57:
        sbbEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 58:
        andEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 60:
        andEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 61:
        andEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 62:
        andGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 63:
        status = andGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 65:
        andGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 66:
        andGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 68:
        status = andGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 69:
        status = andGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 70:
        andEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 72:
        andEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 73:
        andEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 74:
        subEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 76:
        subEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 77:
        subEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 78:
        subGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 79:
        status = subGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 81:
        subGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 82:
        subGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 84:
        status = subGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 85:
        status = subGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 86:
        subEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 88:
        subEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 89:
        subEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 90:
        xorEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 92:
        xorEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 93:
        xorEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 94:
        xorGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 95:
        status = xorGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 97:
        xorGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 98:
        xorGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 100:
        status = xorGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 101:
        status = xorGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 102:
        xorEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 104:
        xorEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 105:
        xorEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 106:
        cmpEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 107:
        status = cmpEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 109:
        cmpEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 110:
        cmpEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 112:
        status = cmpEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 113:
        status = cmpEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 114:
        cmpGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 115:
        status = cmpGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 117:
        cmpGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 118:
        cmpGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 120:
        status = cmpGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 121:
        status = cmpGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 122:
        cmpEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 124:
        cmpEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 125:
        cmpEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 127:
        movsxdReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 128:
        movsxdReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 129:
        status = joChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 130:
        status = joChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 131:
        status = joChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 132:
        status = jnoChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 133:
        status = jnoChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 134:
        status = jnoChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 135:
        status = jbChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 136:
        status = jbChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 137:
        status = jbChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 138:
        status = jnbChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 139:
        status = jnbChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 140:
        status = jnbChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 141:
        status = jzChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 142:
        status = jzChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 143:
        status = jzChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 144:
        status = jnzChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 145:
        status = jnzChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 146:
        status = jnzChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 147:
        status = jbeChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 148:
        status = jbeChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 149:
        status = jbeChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 150:
        status = jnbeChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 151:
        status = jnbeChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 152:
        status = jnbeChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 153:
        status = jsChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 154:
        status = jsChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 155:
        status = jsChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 156:
        status = jnsChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 157:
        status = jnsChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 158:
        status = jnsChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 159:
        status = jpChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 160:
        status = jpChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 161:
        status = jpChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 162:
        status = jnpChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 163:
        status = jnpChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 164:
        status = jnpChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 165:
        status = jlChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 166:
        status = jlChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 167:
        status = jlChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 168:
        status = jnlChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 169:
        status = jnlChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 170:
        status = jnlChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 171:
        status = jleChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 172:
        status = jleChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 173:
        status = jleChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 174:
        status = jnleChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 175:
        status = jnleChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 176:
        status = jnleChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 177:
        status = cmpEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 179:
        status = cmpEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 180:
        status = cmpEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 181:
        testEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 182:
        status = testEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 184:
        testEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 185:
        testEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 187:
        status = testEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 188:
        status = testEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 189:
        movEGReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 190:
        status = movEGMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 192:
        movEGReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 193:
        movEGReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 195:
        status = movEGMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 196:
        status = movEGMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 197:
        movGEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 198:
        status = movGEMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 200:
        movGEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 201:
        movGEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 203:
        status = movGEMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 204:
        status = movGEMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 206:
        status = leaMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 207:
        status = leaMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 208:
        testEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 210:
        testEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 211:
        testEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 212:
        movZIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 214:
        movZIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 215:
        movZIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 217:
        shlImmReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 218:
        shlImmReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 220:
        shrImmReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 221:
        shrImmReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 223:
        sarImmReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 224:
        sarImmReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 225:
        movEIReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 226:
        status = movEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 228:
        movEIReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 229:
        movEIReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 231:
        status = movEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 232:
        status = movEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 233:
        status = callJChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 234:
        status = callJChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 235:
        status = callJChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 236:
        status = jmpJChain<u16>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 237:
        status = jmpJChain<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 238:
        status = jmpJChain<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 239:
        notEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 240:
        negEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 241:
        status = testEIMem<u8>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 243:
        notEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 244:
        notEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 246:
        negEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 247:
        negEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 249:
        status = testEIMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 250:
        status = testEIMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 251:
        incEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 252:
        decEReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 254:
        incEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 255:
        incEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 257:
        decEReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 258:
        decEReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 260:
        nopReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 261:
        nopReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 263:
        status = nopMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 264:
        status = nopMem<u64>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 266:
        cmovbReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 267:
        cmovbReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 269:
        cmovnbReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 270:
        cmovnbReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 272:
        cmovzReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 273:
        cmovzReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 275:
        cmovnzReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 276:
        cmovnzReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 278:
        cmovbeReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 279:
        cmovbeReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 281:
        cmovnbeReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 282:
        cmovnbeReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 284:
        cmovsReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 285:
        cmovsReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 287:
        cmovnsReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 288:
        cmovnsReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 290:
        cmovlReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 291:
        cmovlReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 293:
        cmovnlReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 294:
        cmovnlReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 296:
        cmovleReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 297:
        cmovleReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 299:
        cmovnleReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 300:
        cmovnleReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 301:
        setbReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 302:
        setnbReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 303:
        setzReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 304:
        setnzReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 305:
        setbeReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 306:
        setnbeReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 307:
        setsReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 308:
        setnsReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 309:
        setlReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 310:
        setnlReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 311:
        setleReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 312:
        setnleReg<u8>(c, op);
        op = opAfter(op);
        continue;
      case 314:
        imulReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 315:
        imulReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 317:
        movzxBReg<u32>(c, op);
        op = opAfter(op);
        continue;
      case 318:
        movzxBReg<u64>(c, op);
        op = opAfter(op);
        continue;
      case 320:
        status = movzxBMem<u32>(c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;
      case 321:
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
