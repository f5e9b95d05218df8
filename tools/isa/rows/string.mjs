/** String instructions; INS and OUTS are with the port accesses. */

export const rows = [
  { op: "A4", name: "MOVS", args: "Yb,Xb", fn: "movs", rep: true },
  { op: "A5", name: "MOVS", args: "Yv,Xv", fn: "movs", rep: true },
  { op: "A6", name: "CMPS", args: "Xb,Yb", fn: "cmps", rep: true },
  { op: "A7", name: "CMPS", args: "Xv,Yv", fn: "cmps", rep: true },
  { op: "AA", name: "STOS", args: "Yb,AL", fn: "stos", rep: true },
  { op: "AB", name: "STOS", args: "Yv,rAX", fn: "stos", rep: true },
  { op: "AC", name: "LODS", args: "AL,Xb", fn: "lods", rep: true },
  { op: "AD", name: "LODS", args: "rAX,Xv", fn: "lods", rep: true },
  { op: "AE", name: "SCAS", args: "AL,Yb", fn: "scas", rep: true },
  { op: "AF", name: "SCAS", args: "rAX,Yv", fn: "scas", rep: true },
];
