/** Carry-less multiplication. */

export const rows = [
  { op: "66 0F 3A 44 /r ib", name: "pclmulqdq", args: "Vx,Wx,Ib", fn: "pclmulqdq", feature: "CPU_HAS_PCLMUL" },
];
