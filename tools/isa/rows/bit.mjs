/** Bit tests, scans, counts, byte swaps. Without BMI1 or LZCNT the F3 forms are BSF and BSR. */

const TEST = "OF|SF|AF|PF";
const SCAN = "CF|OF|SF|AF|PF";
const COUNT = "OF|SF|AF|PF";

export const rows = [
  { op: "0F A3 /r", name: "BT", args: "Ev,Gv", fn: "bt", undefined: TEST },
  { op: "0F AB /r", name: "BTS", args: "Ev,Gv", fn: "bts", undefined: TEST, lock: true },
  { op: "0F B3 /r", name: "BTR", args: "Ev,Gv", fn: "btr", undefined: TEST, lock: true },
  { op: "0F BB /r", name: "BTC", args: "Ev,Gv", fn: "btc", undefined: TEST, lock: true },
  { op: "0F BA /4 ib", name: "BT", args: "Ev,Ib", fn: "btImm", undefined: TEST },
  { op: "0F BA /5 ib", name: "BTS", args: "Ev,Ib", fn: "btsImm", undefined: TEST, lock: true },
  { op: "0F BA /6 ib", name: "BTR", args: "Ev,Ib", fn: "btrImm", undefined: TEST, lock: true },
  { op: "0F BA /7 ib", name: "BTC", args: "Ev,Ib", fn: "btcImm", undefined: TEST, lock: true },
  { op: "F3 0F BC /r", name: "TZCNT", args: "Gv,Ev", fn: "tzcnt", undefined: COUNT, feature: "CPU_HAS_BMI1" },
  { op: "0F BC /r", name: "BSF", args: "Gv,Ev", fn: "bsf", undefined: SCAN },
  { op: "F3 0F BD /r", name: "LZCNT", args: "Gv,Ev", fn: "lzcnt", undefined: COUNT, feature: "CPU_HAS_LZCNT" },
  { op: "0F BD /r", name: "BSR", args: "Gv,Ev", fn: "bsr", undefined: SCAN },
  { op: "F3 0F B8 /r", name: "POPCNT", args: "Gv,Ev", fn: "popcntRm", feature: "CPU_HAS_POPCNT" },
  { op: "0F C8+r", name: "BSWAP", args: "Zv", fn: "bswapReg" },
];
