/** Decimal adjustments: not in 64-bit mode. */

const modes = "no64";

export const rows = [
  { op: "27", name: "DAA", fn: "daa", modes, undefined: "OF" },
  { op: "2F", name: "DAS", fn: "das", modes, undefined: "OF" },
  { op: "37", name: "AAA", fn: "aaa", modes, undefined: "OF|SF|ZF|PF" },
  { op: "3F", name: "AAS", fn: "aas", modes, undefined: "OF|SF|ZF|PF" },
  { op: "D4 ib", name: "AAM", args: "Ib", fn: "aam", modes, undefined: "OF|AF|CF" },
  { op: "D5 ib", name: "AAD", args: "Ib", fn: "aad", modes, undefined: "OF|AF|CF" },
];
