/** Near branches, and the other users of the sixteen conditions. */

const CONDITIONS = ["o", "no", "b", "nb", "z", "nz", "be", "nbe", "s", "ns", "p", "np", "l", "nl", "le", "nle"];

/** Those that compilers use. */
const OFTEN = ["b", "nb", "z", "nz", "be", "nbe", "s", "ns", "l", "nl", "le", "nle"];

const conditional = CONDITIONS.flatMap((condition, n) => {
  const digit = n.toString(16).toUpperCase();
  const upper = condition.toUpperCase();
  const jump = { name: `J${upper}`, fn: `j${condition}`, f64: true, hot: "branch" };
  const often = OFTEN.includes(condition) ? { hot: "reg" } : {};
  return [
    { ...jump, op: `7${digit} cb`, args: "Jb" },
    { ...jump, op: `0F 8${digit} cz`, args: "Jz" },
    { op: `0F 9${digit} /r`, name: `SET${upper}`, args: "Eb", fn: `set${condition}`, ...often },
    { op: `0F 4${digit} /r`, name: `CMOV${upper}`, args: "Gv,Ev", fn: `cmov${condition}`, ...often, feature: "CMOV" },
  ];
});

const near = { f64: true };

/** @type {import("../notation.mjs").Row[]} */
export const rows = [
  ...conditional,
  { ...near, op: "E0 cb", name: "LOOPNE", args: "Jb", fn: "loopne" },
  { ...near, op: "E1 cb", name: "LOOPE", args: "Jb", fn: "loope" },
  { ...near, op: "E2 cb", name: "LOOP", args: "Jb", fn: "loop" },
  { ...near, op: "E3 cb", name: "JCXZ", args: "Jb", fn: "jcxz" },
  { ...near, op: "E9 cz", name: "JMP", args: "Jz", fn: "jmpJ", ends: true, hot: "branch" },
  { ...near, op: "EB cb", name: "JMP", args: "Jb", fn: "jmpJ", ends: true, hot: "branch" },
  { ...near, op: "FF /4", name: "JMP", args: "Ev", fn: "jmpE", ends: true },
  { ...near, op: "E8 cz", name: "CALL", args: "Jz", fn: "callJ", ends: true, hot: "branch" },
  { ...near, op: "FF /2", name: "CALL", args: "Ev", fn: "callE", ends: true },
  { ...near, op: "C3", name: "RET", sizes: "wlq", fn: "ret", ends: true },
  { ...near, op: "C2 iw", name: "RET", args: "Iw", sizes: "wlq", fn: "ret", ends: true },
];
