/** SSE4.1 but for its arithmetic on floating point, and the string comparisons and PCMPGTQ of SSE4.2. */

const SSE41 = "CPU_HAS_SSE41";
const SSE42 = "CPU_HAS_SSE42";

/** Name, third opcode byte, operation on lanes. */
const BINARY = [
  ["pmuldq", "28", "MultiplyEven<i32>"],
  ["pcmpeqq", "29", "Equal<i64>"],
  ["packusdw", "2B", "Pack<u16>"],
  ["pminsb", "38", "Minimum<i8>"],
  ["pminsd", "39", "Minimum<i32>"],
  ["pminuw", "3A", "Minimum<u16>"],
  ["pminud", "3B", "Minimum<u32>"],
  ["pmaxsb", "3C", "Maximum<i8>"],
  ["pmaxsd", "3D", "Maximum<i32>"],
  ["pmaxuw", "3E", "Maximum<u16>"],
  ["pmaxud", "3F", "Maximum<u32>"],
  ["pmulld", "40", "MultiplyLow<i32>"],
];

/** Suffix, last digit of the opcode, lanes of rm and of reg, size of rm. */
const WIDEN = [
  ["bw", "0", "8", "16", "q", "u64"],
  ["bd", "1", "8", "32", "d", "u32"],
  ["bq", "2", "8", "64", "w", "u16"],
  ["wd", "3", "16", "32", "q", "u64"],
  ["wq", "4", "16", "64", "d", "u32"],
  ["dq", "5", "32", "64", "q", "u64"],
];

export const rows = [
  ...BINARY.map(([name, opcode, lanes]) => ({
    op: `66 0F 38 ${opcode} /r`,
    name,
    args: "Vx,Wx",
    fn: `xmmBinary<${lanes}>`,
    feature: SSE41,
  })),
  ...WIDEN.flatMap(([suffix, digit, from, to, size, type]) => [
    {
      op: `66 0F 38 2${digit} /r`,
      name: `pmovsx${suffix}`,
      args: `Vx,W${size}`,
      fn: `xmmUnarySized<Widen<i${from},i${to}>,${type}>`,
      feature: SSE41,
    },
    {
      op: `66 0F 38 3${digit} /r`,
      name: `pmovzx${suffix}`,
      args: `Vx,W${size}`,
      fn: `xmmUnarySized<Widen<u${from},u${to}>,${type}>`,
      feature: SSE41,
    },
  ]),
  { op: "66 0F 38 10 /r", name: "pblendvb", args: "Vx,Wx", fn: "blendVariable<i8>", feature: SSE41 },
  { op: "66 0F 38 14 /r", name: "blendvps", args: "Vx,Wx", fn: "blendVariable<i32>", feature: SSE41 },
  { op: "66 0F 38 15 /r", name: "blendvpd", args: "Vx,Wx", fn: "blendVariable<i64>", feature: SSE41 },
  { op: "66 0F 38 17 /r", name: "ptest", args: "Vx,Wx", fn: "ptest", feature: SSE41 },
  { op: "66 0F 38 2A /r", name: "movntdqa", args: "Vx,Mdq", fn: "xmmLoadAligned", feature: SSE41 },
  { op: "66 0F 38 41 /r", name: "phminposuw", args: "Vx,Wx", fn: "xmmUnary<LeastWord>", feature: SSE41 },
  { op: "66 0F 3A 0C /r ib", name: "blendps", args: "Vx,Wx,Ib", fn: "blendImmediate<i32>", feature: SSE41 },
  { op: "66 0F 3A 0D /r ib", name: "blendpd", args: "Vx,Wx,Ib", fn: "blendImmediate<i64>", feature: SSE41 },
  { op: "66 0F 3A 0E /r ib", name: "pblendw", args: "Vx,Wx,Ib", fn: "blendImmediate<i16>", feature: SSE41 },
  { op: "66 0F 3A 14 /r ib", name: "pextrb", args: "Rd/Mb,Vdq,Ib", fn: "pextr<u8>", feature: SSE41 },
  { op: "66 0F 3A 15 /r ib", name: "pextrw", args: "Rd/Mw,Vdq,Ib", fn: "pextr<u16>", feature: SSE41 },
  { op: "66 0F 3A 16 /r ib", name: "pextrd", args: "Ey,Vdq,Ib", fn: "pextr", feature: SSE41 },
  { op: "66 0F 3A 17 /r ib", name: "extractps", args: "Ed,Vdq,Ib", fn: "pextr<u32>", feature: SSE41 },
  { op: "66 0F 3A 20 /r ib", name: "pinsrb", args: "Vdq,Rd/Mb,Ib", fn: "pinsr<u8>", feature: SSE41 },
  { op: "66 0F 3A 21 /r ib", name: "insertps", args: "Vdq,Wd,Ib", fn: "insertps", feature: SSE41 },
  { op: "66 0F 3A 22 /r ib", name: "pinsrd", args: "Vdq,Ey,Ib", fn: "pinsr", feature: SSE41 },
  { op: "66 0F 3A 42 /r ib", name: "mpsadbw", args: "Vx,Wx,Ib", fn: "mpsadbw", feature: SSE41 },

  { op: "66 0F 38 37 /r", name: "pcmpgtq", args: "Vx,Wx", fn: "xmmBinary<Greater<i64>>", feature: SSE42 },
  { op: "66 0F 3A 60 /r ib", name: "pcmpestrm", args: "Vdq,Wdq,Ib", fn: "pcmpestrm", feature: SSE42 },
  { op: "66 0F 3A 61 /r ib", name: "pcmpestri", args: "Vdq,Wdq,Ib", fn: "pcmpestri", feature: SSE42 },
  { op: "66 0F 3A 62 /r ib", name: "pcmpistrm", args: "Vdq,Wdq,Ib", fn: "pcmpistrm", feature: SSE42 },
  { op: "66 0F 3A 63 /r ib", name: "pcmpistri", args: "Vdq,Wdq,Ib", fn: "pcmpistri", feature: SSE42 },
];
