/** Packed integers of MMX (64 bits) and SSE2 (128 bits): nearly all have both forms, with and without prefix 66. */

const MMX = "CPU_HAS_MMX";
const SSE = "CPU_HAS_SSE";
const SSE2 = "CPU_HAS_SSE2";

/** Name, opcode, operation on lanes, what the 64-bit form came with. */
const BINARY = [
  ["paddb", "FC", "Add<i8>", MMX],
  ["paddw", "FD", "Add<i16>", MMX],
  ["paddd", "FE", "Add<i32>", MMX],
  ["paddq", "D4", "Add<i64>", SSE2],
  ["paddsb", "EC", "AddSaturated<i8>", MMX],
  ["paddsw", "ED", "AddSaturated<i16>", MMX],
  ["paddusb", "DC", "AddSaturated<u8>", MMX],
  ["paddusw", "DD", "AddSaturated<u16>", MMX],
  ["psubb", "F8", "Subtract<i8>", MMX],
  ["psubw", "F9", "Subtract<i16>", MMX],
  ["psubd", "FA", "Subtract<i32>", MMX],
  ["psubq", "FB", "Subtract<i64>", SSE2],
  ["psubsb", "E8", "SubtractSaturated<i8>", MMX],
  ["psubsw", "E9", "SubtractSaturated<i16>", MMX],
  ["psubusb", "D8", "SubtractSaturated<u8>", MMX],
  ["psubusw", "D9", "SubtractSaturated<u16>", MMX],
  ["pmullw", "D5", "MultiplyLow<i16>", MMX],
  ["pmulhw", "E5", "MultiplyHigh<i16>", MMX],
  ["pmulhuw", "E4", "MultiplyHigh<u16>", SSE],
  ["pmuludq", "F4", "MultiplyEven<u32>", SSE2],
  ["pmaddwd", "F5", "MultiplyAddWords", MMX],
  ["psadbw", "F6", "SumOfDifferences", SSE],
  ["pavgb", "E0", "Average<u8>", SSE],
  ["pavgw", "E3", "Average<u16>", SSE],
  ["pminub", "DA", "Minimum<u8>", SSE],
  ["pminsw", "EA", "Minimum<i16>", SSE],
  ["pmaxub", "DE", "Maximum<u8>", SSE],
  ["pmaxsw", "EE", "Maximum<i16>", SSE],
  ["pcmpeqb", "74", "Equal<i8>", MMX],
  ["pcmpeqw", "75", "Equal<i16>", MMX],
  ["pcmpeqd", "76", "Equal<i32>", MMX],
  ["pcmpgtb", "64", "Greater<i8>", MMX],
  ["pcmpgtw", "65", "Greater<i16>", MMX],
  ["pcmpgtd", "66", "Greater<i32>", MMX],
  ["pand", "DB", "And", MMX],
  ["pandn", "DF", "AndNot", MMX],
  ["por", "EB", "Or", MMX],
  ["pxor", "EF", "Xor", MMX],
];

/** The same where lanes of both operands come together: name, opcode, 64-bit form, 128-bit form. */
const PACKS = [
  ["packsswb", "63", "mmxJoined<Pack<i8>>", "Pack<i8>"],
  ["packssdw", "6B", "mmxJoined<Pack<i16>>", "Pack<i16>"],
  ["packuswb", "67", "mmxJoined<Pack<u8>>", "Pack<u8>"],
  ["punpckhbw", "68", "mmxBinary<UnpackHigh64<u8>>", "UnpackHigh<u8>"],
  ["punpckhwd", "69", "mmxBinary<UnpackHigh64<u16>>", "UnpackHigh<u16>"],
  ["punpckhdq", "6A", "mmxBinary<UnpackHigh64<u32>>", "UnpackHigh<u32>"],
];

/** Of 64-bit operands the second one is read only as far as it is used. */
const UNPACKS = [
  ["punpcklbw", "60", "UnpackLow<u8>"],
  ["punpcklwd", "61", "UnpackLow<u16>"],
  ["punpckldq", "62", "UnpackLow<u32>"],
];

/** Name, opcode with a count in a vector, opcode and digit with an immediate one, operation. */
const SHIFTS = [
  ["psrlw", "D1", "71 /2", "ShiftRight<u16>"],
  ["psrld", "D2", "72 /2", "ShiftRight<u32>"],
  ["psrlq", "D3", "73 /2", "ShiftRight<u64>"],
  ["psraw", "E1", "71 /4", "ShiftRight<i16>"],
  ["psrad", "E2", "72 /4", "ShiftRight<i32>"],
  ["psllw", "F1", "71 /6", "ShiftLeft<u16>"],
  ["pslld", "F2", "72 /6", "ShiftLeft<u32>"],
  ["psllq", "F3", "73 /6", "ShiftLeft<u64>"],
];

export const rows = [
  ...BINARY.flatMap(([name, opcode, lanes, feature]) => [
    { op: `NP 0F ${opcode} /r`, name, args: "Pq,Qq", fn: `mmxBinary<${lanes}>`, feature },
    { op: `66 0F ${opcode} /r`, name, args: "Vx,Wx", fn: `xmmBinary<${lanes}>`, feature: SSE2 },
  ]),
  ...PACKS.flatMap(([name, opcode, fn, lanes]) => [
    { op: `NP 0F ${opcode} /r`, name, args: "Pq,Qq", fn, feature: MMX },
    { op: `66 0F ${opcode} /r`, name, args: "Vx,Wx", fn: `xmmBinary<${lanes}>`, feature: SSE2 },
  ]),
  ...UNPACKS.flatMap(([name, opcode, lanes]) => [
    { op: `NP 0F ${opcode} /r`, name, args: "Pq,Qd", fn: `mmxBinary32<${lanes}>`, feature: MMX },
    { op: `66 0F ${opcode} /r`, name, args: "Vx,Wx", fn: `xmmBinary<${lanes}>`, feature: SSE2 },
  ]),
  { op: "66 0F 6C /r", name: "punpcklqdq", args: "Vx,Wx", fn: "xmmBinary<UnpackLow<u64>>", feature: SSE2 },
  { op: "66 0F 6D /r", name: "punpckhqdq", args: "Vx,Wx", fn: "xmmBinary<UnpackHigh<u64>>", feature: SSE2 },
  ...SHIFTS.flatMap(([name, opcode, immediate, lanes]) => [
    { op: `NP 0F ${opcode} /r`, name, args: "Pq,Qq", fn: `mmxShift<${lanes}>`, feature: MMX },
    { op: `66 0F ${opcode} /r`, name, args: "Vx,Wx", fn: `xmmShift<${lanes}>`, feature: SSE2 },
    { op: `NP 0F ${immediate} ib`, name, args: "Nq,Ib", fn: `mmxShiftImmediate<${lanes}>`, feature: MMX },
    { op: `66 0F ${immediate} ib`, name, args: "Udq,Ib", fn: `xmmShiftImmediate<${lanes}>`, feature: SSE2 },
  ]),
  { op: "66 0F 73 /3 ib", name: "psrldq", args: "Udq,Ib", fn: "xmmShiftImmediate<ShiftRightBytes>", feature: SSE2 },
  { op: "66 0F 73 /7 ib", name: "pslldq", args: "Udq,Ib", fn: "xmmShiftImmediate<ShiftLeftBytes>", feature: SSE2 },
  { op: "66 0F 70 /r ib", name: "pshufd", args: "Vx,Wx,Ib", fn: "pshufd", feature: SSE2 },
  { op: "F2 0F 70 /r ib", name: "pshuflw", args: "Vx,Wx,Ib", fn: "pshuflw", feature: SSE2 },
  { op: "F3 0F 70 /r ib", name: "pshufhw", args: "Vx,Wx,Ib", fn: "pshufhw", feature: SSE2 },
  { op: "66 0F C4 /r ib", name: "pinsrw", args: "Vdq,Rd/Mw,Ib", fn: "pinsr<u16>", feature: SSE2 },
  { op: "66 0F C5 /r ib", name: "pextrw", args: "Gd,Udq,Ib", fn: "pextrwToReg", feature: SSE2 },
];
