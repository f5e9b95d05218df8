/** MMX: moves, and what exists only for 64-bit operands. Instructions that have an XMM form too are in sse_int.mjs and ssse3.mjs. */

const MMX = "CPU_HAS_MMX";
const SSE = "CPU_HAS_SSE";
const SSE2 = "CPU_HAS_SSE2";

export const rows = [
  { op: "NP 0F 6E /r", name: "movd", args: "Pq,Ey", fn: "movdToMmx", feature: MMX },
  { op: "NP 0F 7E /r", name: "movd", args: "Ey,Pq", fn: "movdFromMmx", feature: MMX },
  { op: "NP 0F 6F /r", name: "movq", args: "Pq,Qq", fn: "mmxLoad", feature: MMX },
  { op: "NP 0F 7F /r", name: "movq", args: "Qq,Pq", fn: "mmxStore", feature: MMX },
  { op: "NP 0F E7 /r", name: "movntq", args: "Mq,Pq", fn: "mmxStore", feature: SSE },
  { op: "NP 0F F7 /r", name: "maskmovq", args: "Pq,Nq", fn: "maskmovq", feature: SSE },
  { op: "F2 0F D6 /r", name: "movdq2q", args: "Pq,Udq", fn: "movdq2q", feature: SSE2 },
  { op: "F3 0F D6 /r", name: "movq2dq", args: "Vdq,Nq", fn: "movq2dq", feature: SSE2 },
  { op: "NP 0F 70 /r ib", name: "pshufw", args: "Pq,Qq,Ib", fn: "pshufw", feature: SSE },
  { op: "NP 0F C4 /r ib", name: "pinsrw", args: "Pq,Rd/Mw,Ib", fn: "mmxPinsrw", feature: SSE },
  { op: "NP 0F C5 /r ib", name: "pextrw", args: "Gd,Nq,Ib", fn: "mmxPextrw", feature: SSE },
  { op: "NP 0F D7 /r", name: "pmovmskb", args: "Gd,Nq", fn: "mmxPmovmskb", feature: SSE },
];
