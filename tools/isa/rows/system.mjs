/**
 * System instructions: segments, far transfers, interrupts, control and debug registers, ports, time, and the like.
 * `ends` is for handlers that never return EXEC_NEXT: nothing is decoded behind them.
 */

const TESTS = "guest:test/core/cpu/system";
const segments = { cover: `${TESTS}/legacy.test.ts` };
const far = { cover: `${TESTS}/legacy.test.ts`, ends: true };
const interrupts = { cover: `${TESTS}/events.test.ts`, ends: true };
const control = { cover: `${TESTS}/control.test.ts` };
const tables = { cover: `${TESTS}/legacy.test.ts` };
const ports = { cover: `${TESTS}/ports.test.ts`, ends: true };
const calls = { cover: `${TESTS}/control.test.ts` };

const pushes = /** @type {const} */ ([
  ["06", "Es"],
  ["0E", "Cs"],
  ["16", "Ss"],
  ["1E", "Ds"],
]).map(([op, seg]) => ({
  ...segments,
  op,
  name: "PUSH",
  args: seg.toUpperCase(),
  fn: `push${seg}`,
  sizes: "wl",
  modes: /** @type {const} */ ("no64"),
}));
const pops = /** @type {const} */ ([
  ["07", "Es"],
  ["17", "Ss"],
  ["1F", "Ds"],
]).map(([op, seg]) => ({
  ...segments,
  op,
  name: "POP",
  args: seg.toUpperCase(),
  fn: `pop${seg}`,
  sizes: "wl",
  modes: /** @type {const} */ ("no64"),
}));
const bases = ["rdfsbase", "rdgsbase", "wrfsbase", "wrgsbase"].map((fn, n) => ({
  ...calls,
  op: `F3 0F AE /${n}`,
  name: fn.toUpperCase(),
  args: "Ry",
  fn,
  modes: /** @type {const} */ ("only64"),
  feature: "CPU_HAS_FSGSBASE",
}));

/** @type {import("../notation.mjs").Row[]} */
export const rows = [
  // segment registers
  { ...segments, op: "8C /r", name: "MOV", args: "Ev,Sw", fn: "movFromSreg" },
  { ...segments, op: "8E /r", name: "MOV", args: "Sw,Ew", fn: "movToSreg" },
  ...pushes,
  ...pops,
  { ...segments, op: "0F A0", name: "PUSH", args: "FS", fn: "pushFs", sizes: "wlq", d64: true },
  { ...segments, op: "0F A1", name: "POP", args: "FS", fn: "popFs", sizes: "wlq", d64: true },
  { ...segments, op: "0F A8", name: "PUSH", args: "GS", fn: "pushGs", sizes: "wlq", d64: true },
  { ...segments, op: "0F A9", name: "POP", args: "GS", fn: "popGs", sizes: "wlq", d64: true },
  { ...segments, op: "C4 /r", name: "LES", args: "Gv,Mp", fn: "les", sizes: "wl", modes: "no64" },
  { ...segments, op: "C5 /r", name: "LDS", args: "Gv,Mp", fn: "lds", sizes: "wl", modes: "no64" },
  { ...segments, op: "0F B2 /r", name: "LSS", args: "Gv,Mp", fn: "lss" },
  { ...segments, op: "0F B4 /r", name: "LFS", args: "Gv,Mp", fn: "lfs" },
  { ...segments, op: "0F B5 /r", name: "LGS", args: "Gv,Mp", fn: "lgs" },

  // far transfers, interrupts
  { ...far, op: "EA cp", name: "JMP", args: "Ap", fn: "jmpFar", sizes: "wl", modes: "no64" },
  { ...far, op: "9A cp", name: "CALL", args: "Ap", fn: "callFar", sizes: "wl", modes: "no64" },
  { ...far, op: "FF /5", name: "JMP", args: "Mp", fn: "jmpFarMem", sizes: "wlq" },
  { ...far, op: "FF /3", name: "CALL", args: "Mp", fn: "callFarMem", sizes: "wlq" },
  { ...far, op: "CB", name: "RETF", fn: "retFar", sizes: "wlq" },
  { ...far, op: "CA iw", name: "RETF", args: "Iw", fn: "retFar", sizes: "wlq" },
  { ...interrupts, op: "CF", name: "IRET", fn: "iret", sizes: "wlq" },
  { ...interrupts, op: "CC", name: "INT3", fn: "int3" },
  { ...interrupts, op: "CD ib", name: "INT", args: "Ib", fn: "intIb" },
  { ...interrupts, op: "CE", name: "INTO", fn: "into", modes: "no64", ends: false },
  { ...interrupts, op: "F1", name: "INT1", fn: "int1" },
  { ...interrupts, op: "FA", name: "CLI", fn: "cli", ends: false },
  { ...interrupts, op: "FB", name: "STI", fn: "sti", ends: false },
  { ...interrupts, op: "F4", name: "HLT", fn: "hlt" },

  // descriptor tables
  { ...tables, op: "0F 00 /0", name: "SLDT", args: "Ev", fn: "sldt" },
  { ...tables, op: "0F 00 /1", name: "STR", args: "Ev", fn: "str" },
  { ...tables, op: "0F 00 /2", name: "LLDT", args: "Ew", fn: "lldt" },
  { ...tables, op: "0F 00 /3", name: "LTR", args: "Ew", fn: "ltr" },
  { ...tables, op: "0F 00 /4", name: "VERR", args: "Ew", fn: "verr" },
  { ...tables, op: "0F 00 /5", name: "VERW", args: "Ew", fn: "verw" },
  { ...tables, op: "0F 01 /0", name: "SGDT", args: "Ms", fn: "sgdt" },
  { ...tables, op: "0F 01 /1", name: "SIDT", args: "Ms", fn: "sidt" },
  { ...tables, op: "0F 01 /2", name: "LGDT", args: "Ms", fn: "lgdt" },
  { ...tables, op: "0F 01 /3", name: "LIDT", args: "Ms", fn: "lidt" },
  { ...tables, op: "0F 02 /r", name: "LAR", args: "Gv,Ew", fn: "lar" },
  { ...tables, op: "0F 03 /r", name: "LSL", args: "Gv,Ew", fn: "lsl" },
  { ...tables, op: "63 /r", name: "ARPL", args: "Ew,Gw", fn: "arpl", modes: "no64" },

  // control and debug registers, translations
  { ...control, op: "0F 20 /r", name: "MOV", args: "Rd,Cd", fn: "movFromCr" },
  { ...control, op: "0F 22 /r", name: "MOV", args: "Cd,Rd", fn: "movToCr", ends: true },
  { ...control, op: "0F 21 /r", name: "MOV", args: "Rd,Dd", fn: "movFromDr" },
  { ...control, op: "0F 23 /r", name: "MOV", args: "Dd,Rd", fn: "movToDr" },
  { ...control, op: "0F 01 /4", name: "SMSW", args: "Ev", fn: "smsw" },
  { ...control, op: "0F 01 /6", name: "LMSW", args: "Ew", fn: "lmsw", ends: true },
  { ...control, op: "0F 06", name: "CLTS", fn: "clts" },
  { ...control, op: "0F 01 /7", name: "INVLPG", args: "Mb", fn: "invlpg", ends: true },
  {
    ...control,
    op: "66 0F 38 82 /r",
    name: "INVPCID",
    args: "Gy,Mdq",
    fn: "invpcid",
    fixed: true,
    ends: true,
    feature: "CPU_HAS_INVPCID",
  },
  { ...control, op: "0F 08", name: "INVD", fn: "wbinvd" },
  { ...control, op: "0F 09", name: "WBINVD", fn: "wbinvd" },
  { ...control, op: "NP 0F 01 CA", name: "CLAC", fn: "clac", feature: "CPU_HAS_SMAP" },
  { ...control, op: "NP 0F 01 CB", name: "STAC", fn: "stac", feature: "CPU_HAS_SMAP" },
  { ...control, op: "NP 0F 01 EE", name: "RDPKRU", fn: "rdpkru", feature: "CPU_HAS_PKU" },
  { ...control, op: "NP 0F 01 EF", name: "WRPKRU", fn: "wrpkru", feature: "CPU_HAS_PKU" },
  { ...control, op: "NP 0F 01 D0", name: "XGETBV", fn: "xgetbv", feature: "CPU_HAS_XSAVE" },
  { ...control, op: "NP 0F 01 D1", name: "XSETBV", fn: "xsetbv", feature: "CPU_HAS_XSAVE" },
  { ...control, op: "NP 0F 01 C8", name: "MONITOR", fn: "monitor", feature: "CPU_HAS_MONITOR" },
  { ...control, op: "NP 0F 01 C9", name: "MWAIT", fn: "mwait", feature: "CPU_HAS_MONITOR" },

  // model-specific registers, time, identification
  { ...control, op: "0F 30", name: "WRMSR", fn: "wrmsr", ends: true },
  { ...control, op: "0F 31", name: "RDTSC", fn: "rdtsc", feature: "CPU_HAS_TSC" },
  { ...control, op: "0F 32", name: "RDMSR", fn: "rdmsr" },
  { ...control, op: "0F 33", name: "RDPMC", fn: "rdpmc" },
  { ...control, op: "0F 01 F9", name: "RDTSCP", fn: "rdtscp", feature: "CPU_HAS_RDTSCP" },
  { ...control, op: "F3 0F C7 /7", name: "RDPID", args: "Rd", fn: "rdpid", feature: "CPU_HAS_RDPID" },
  { ...control, op: "0F A2", name: "CPUID", fn: "cpuid" },
  { op: "0F AA", name: "RSM", fn: "rsm", ends: true, cover: `${TESTS}/smm.test.ts` },

  // system calls
  { ...calls, op: "0F 05", name: "SYSCALL", fn: "syscall", ends: true, feature: "CPU_HAS_SYSCALL" },
  { ...calls, op: "0F 07", name: "SYSRET", fn: "sysret", ends: true, feature: "CPU_HAS_SYSCALL" },
  { ...calls, op: "0F 34", name: "SYSENTER", fn: "sysenter", ends: true, feature: "CPU_HAS_SEP" },
  { ...calls, op: "0F 35", name: "SYSEXIT", fn: "sysexit", ends: true, feature: "CPU_HAS_SEP" },
  { ...calls, op: "0F 01 F8", name: "SWAPGS", fn: "swapgs", modes: "only64" },
  ...bases,

  // ports
  { ...ports, op: "E4 ib", name: "IN", args: "AL,Ib", fn: "inIb" },
  { ...ports, op: "E5 ib", name: "IN", args: "eAX,Ib", fn: "inIb" },
  { ...ports, op: "EC", name: "IN", args: "AL,DX", fn: "inDx" },
  { ...ports, op: "ED", name: "IN", args: "eAX,DX", fn: "inDx" },
  { ...ports, op: "E6 ib", name: "OUT", args: "Ib,AL", fn: "outIb", sizes: "b" },
  { ...ports, op: "E7 ib", name: "OUT", args: "Ib,eAX", fn: "outIb" },
  { ...ports, op: "EE", name: "OUT", args: "DX,AL", fn: "outDx", sizes: "b" },
  { ...ports, op: "EF", name: "OUT", args: "DX,eAX", fn: "outDx" },
  { ...ports, op: "6C", name: "INS", args: "Yb,DX", fn: "ins", rep: true, ends: false },
  { ...ports, op: "6D", name: "INS", args: "Yz,DX", fn: "ins", rep: true, ends: false },
  { ...ports, op: "6E", name: "OUTS", args: "DX,Xb", fn: "outs", sizes: "b", rep: true, ends: false },
  { ...ports, op: "6F", name: "OUTS", args: "DX,Xz", fn: "outs", rep: true, ends: false },
];
