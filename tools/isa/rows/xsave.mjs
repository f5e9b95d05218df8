/** FXSAVE and the XSAVE family. REX.W asks for 64-bit pointers: the handlers look at OP_W. */

/** @type {import("../notation.mjs").Row[]} */
export const rows = [
  {
    op: "NP 0F AE /0",
    name: "FXSAVE",
    args: "M",
    fn: "fxsave",
    feature: "CPU_HAS_FXSR",
    cover: "reason: the image depends on the processor; test/core/cpu/fpu",
  },
  {
    op: "NP 0F AE /1",
    name: "FXRSTOR",
    args: "M",
    fn: "fxrstor",
    feature: "CPU_HAS_FXSR",
    cover: "reason: the image depends on the processor; test/core/cpu/fpu",
  },
  {
    op: "NP 0F AE /4",
    name: "XSAVE",
    args: "M",
    fn: "xsave",
    feature: "CPU_HAS_XSAVE",
    cover: "reason: the image depends on the processor; test/core/cpu/fpu",
  },
  {
    op: "NP 0F AE /5",
    name: "XRSTOR",
    args: "M",
    fn: "xrstor",
    feature: "CPU_HAS_XSAVE",
    cover: "reason: the image depends on the processor; test/core/cpu/fpu",
  },
  {
    op: "NP 0F AE /6",
    name: "XSAVEOPT",
    args: "M",
    fn: "xsaveopt",
    feature: "CPU_HAS_XSAVEOPT",
    cover: "reason: the image depends on the processor; test/core/cpu/fpu",
  },
  {
    op: "NP 0F C7 /4",
    name: "XSAVEC",
    args: "M",
    fn: "xsavec",
    feature: "CPU_HAS_XSAVEC",
    cover: "reason: the image depends on the processor; test/core/cpu/fpu",
  },
  {
    op: "NP 0F C7 /5",
    name: "XSAVES",
    args: "M",
    fn: "xsaves",
    feature: "CPU_HAS_XSAVES",
    cover: "reason: the image depends on the processor; test/core/cpu/fpu",
  },
  {
    op: "NP 0F C7 /3",
    name: "XRSTORS",
    args: "M",
    fn: "xrstors",
    feature: "CPU_HAS_XSAVES",
    cover: "reason: the image depends on the processor; test/core/cpu/fpu",
  },
];
