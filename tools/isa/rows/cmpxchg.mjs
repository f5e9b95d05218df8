/** Exchanges with memory that compare or add. */

const CX16 = { modes: "only64", feature: "CPU_HAS_CX16" };

export const rows = [
  { op: "0F B0 /r", name: "CMPXCHG", args: "Eb,Gb", fn: "cmpxchg", lock: true },
  { op: "0F B1 /r", name: "CMPXCHG", args: "Ev,Gv", fn: "cmpxchg", lock: true },
  { op: "0F C0 /r", name: "XADD", args: "Eb,Gb", fn: "xadd", lock: true },
  { op: "0F C1 /r", name: "XADD", args: "Ev,Gv", fn: "xadd", lock: true },
  { op: "REX.W 0F C7 /1", name: "CMPXCHG16B", args: "Mdq", fn: "cmpxchg16b", fixed: true, lock: true, ...CX16 },
  { op: "0F C7 /1", name: "CMPXCHG8B", args: "Mq", fn: "cmpxchg8b", fixed: true, lock: true, feature: "CPU_HAS_CX8" },
];
