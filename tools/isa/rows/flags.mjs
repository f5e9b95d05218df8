/** Instructions on RFLAGS. CLI and STI are with the events. */

export const rows = [
  { op: "F5", name: "CMC", fn: "cmc" },
  { op: "F8", name: "CLC", fn: "clc" },
  { op: "F9", name: "STC", fn: "stc" },
  { op: "FC", name: "CLD", fn: "cld" },
  { op: "FD", name: "STD", fn: "std" },
  { op: "9E", name: "SAHF", fn: "sahf", modes: "no64" },
  { op: "9E", name: "SAHF", fn: "sahf", modes: "only64", feature: "CPU_HAS_LAHF64" },
  { op: "9F", name: "LAHF", fn: "lahf", modes: "no64" },
  { op: "9F", name: "LAHF", fn: "lahf", modes: "only64", feature: "CPU_HAS_LAHF64" },
  { op: "9C", name: "PUSHF", fn: "pushf", sizes: "wlq", d64: true },
  { op: "9D", name: "POPF", fn: "popf", sizes: "wlq", d64: true },
];
