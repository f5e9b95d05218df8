/** Conversions, frames, tables, random numbers, cache hints, fences. */

/** Opcodes kept for hints that old processors ignore: ENDBR, RDSSP, CLDEMOTE ... do nothing here. */
const HINTS = ["18", "19", "1A", "1B", "1C", "1D", "1E"].map((byte) => ({
  op: `0F ${byte} /r`,
  name: "NOP",
  args: "Ev",
  fn: "nop",
  hot: "reg mem",
}));

const RANDOM = "reason: no two runs give the same";

export const rows = [
  ...HINTS,
  { op: "98", name: "CBW", fn: "cbw", sizes: "wlq" },
  { op: "99", name: "CWD", fn: "cwd", sizes: "wlq" },
  { op: "D7", name: "XLAT", fn: "xlat" },
  { op: "F2 0F 38 F0 /r", name: "CRC32", args: "Gd,Eb", sizes: "b", fn: "crc32", feature: "CPU_HAS_SSE42" },
  { op: "F2 0F 38 F1 /r", name: "CRC32", args: "Gd,Ev", fn: "crc32", feature: "CPU_HAS_SSE42" },
  { op: "0F 38 F0 /r", name: "MOVBE", args: "Gv,Mv", fn: "movbeLoad", feature: "CPU_HAS_MOVBE" },
  { op: "0F 38 F1 /r", name: "MOVBE", args: "Mv,Gv", fn: "movbeStore", feature: "CPU_HAS_MOVBE" },
  { op: "NP 0F C3 /r", name: "MOVNTI", args: "My,Gy", fn: "movnti", feature: "CPU_HAS_SSE2" },
  { op: "0F C7 /6", name: "RDRAND", args: "Rv", fn: "rdrand", feature: "CPU_HAS_RDRAND", cover: RANDOM },
  { op: "0F C7 /7", name: "RDSEED", args: "Rv", fn: "rdrand", feature: "CPU_HAS_RDSEED", cover: RANDOM },
  { op: "NP 0F AE /7", name: "CLFLUSH", args: "Mb", fn: "clflush", fixed: true, feature: "CPU_HAS_CLFLUSH" },
  { op: "66 0F AE /7", name: "CLFLUSHOPT", args: "Mb", fn: "clflush", fixed: true, feature: "CPU_HAS_CLFLUSHOPT" },
  { op: "66 0F AE /6", name: "CLWB", args: "Mb", fn: "clflush", fixed: true, feature: "CPU_HAS_CLWB" },
  { op: "0F 0D /0", name: "PREFETCH", args: "M", fn: "prefetch", feature: "CPU_HAS_PREFETCHW" },
  { op: "0F 0D /1", name: "PREFETCHW", args: "M", fn: "prefetch", feature: "CPU_HAS_PREFETCHW" },
  { op: "0F 18 /0", name: "PREFETCHNTA", args: "M", fn: "prefetch" },
  { op: "0F 18 /1", name: "PREFETCHT0", args: "M", fn: "prefetch" },
  { op: "0F 18 /2", name: "PREFETCHT1", args: "M", fn: "prefetch" },
  { op: "0F 18 /3", name: "PREFETCHT2", args: "M", fn: "prefetch" },
  { op: "NP 0F AE E8", name: "LFENCE", fn: "fence", feature: "CPU_HAS_SSE2" },
  { op: "NP 0F AE F0", name: "MFENCE", fn: "fence", feature: "CPU_HAS_SSE2" },
  { op: "NP 0F AE F8", name: "SFENCE", fn: "fence", feature: "CPU_HAS_SSE" },
  { op: "F3 90", name: "PAUSE", fn: "pause" },
  { op: "C8 iw ib", name: "ENTER", args: "Iw,Ib", fn: "enter", sizes: "wlq", d64: true },
  { op: "C9", name: "LEAVE", fn: "leave", sizes: "wlq", d64: true },
  { op: "60", name: "PUSHA", fn: "pusha", sizes: "wl", modes: "no64" },
  { op: "61", name: "POPA", fn: "popa", sizes: "wl", modes: "no64" },
  { op: "62 /r", name: "BOUND", args: "Gv,Ma", fn: "bound", sizes: "wl", modes: "no64" },
];
