/** SSSE3: all have a 64-bit and a 128-bit form. */

const SSSE3 = "CPU_HAS_SSSE3";

/** Name, third opcode byte, 64-bit form, 128-bit form. */
const OPERATIONS = [
  ["pshufb", "00", "mmxBinary<ShuffleBytes64>", "xmmBinary<ShuffleBytes>"],
  ["phaddw", "01", "mmxJoined<AddPairs<i16>>", "xmmBinary<AddPairs<i16>>"],
  ["phaddd", "02", "mmxJoined<AddPairs<i32>>", "xmmBinary<AddPairs<i32>>"],
  ["phaddsw", "03", "mmxJoined<AddPairsSaturated>", "xmmBinary<AddPairsSaturated>"],
  ["pmaddubsw", "04", "mmxBinary<MultiplyAddBytes>", "xmmBinary<MultiplyAddBytes>"],
  ["phsubw", "05", "mmxJoined<SubtractPairs<i16>>", "xmmBinary<SubtractPairs<i16>>"],
  ["phsubd", "06", "mmxJoined<SubtractPairs<i32>>", "xmmBinary<SubtractPairs<i32>>"],
  ["phsubsw", "07", "mmxJoined<SubtractPairsSaturated>", "xmmBinary<SubtractPairsSaturated>"],
  ["psignb", "08", "mmxBinary<Sign<i8>>", "xmmBinary<Sign<i8>>"],
  ["psignw", "09", "mmxBinary<Sign<i16>>", "xmmBinary<Sign<i16>>"],
  ["psignd", "0A", "mmxBinary<Sign<i32>>", "xmmBinary<Sign<i32>>"],
  ["pmulhrsw", "0B", "mmxBinary<MultiplyRounded>", "xmmBinary<MultiplyRounded>"],
  ["pabsb", "1C", "mmxUnary<Absolute<i8>>", "xmmUnary<Absolute<i8>>"],
  ["pabsw", "1D", "mmxUnary<Absolute<i16>>", "xmmUnary<Absolute<i16>>"],
  ["pabsd", "1E", "mmxUnary<Absolute<i32>>", "xmmUnary<Absolute<i32>>"],
];

export const rows = [
  ...OPERATIONS.flatMap(([name, opcode, mmx, xmm]) => [
    { op: `NP 0F 38 ${opcode} /r`, name, args: "Pq,Qq", fn: mmx, feature: SSSE3 },
    { op: `66 0F 38 ${opcode} /r`, name, args: "Vx,Wx", fn: xmm, feature: SSSE3 },
  ]),
  { op: "NP 0F 3A 0F /r ib", name: "palignr", args: "Pq,Qq,Ib", fn: "mmxPalignr", feature: SSSE3 },
  { op: "66 0F 3A 0F /r ib", name: "palignr", args: "Vx,Wx,Ib", fn: "palignr", feature: SSSE3 },
];
