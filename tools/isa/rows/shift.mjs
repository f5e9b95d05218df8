/** Shifts and rotates. Undefined flags: Intel SDM, "Instruction Set Reference", each instruction's "Flags Affected". */

const ROTATE = "OF if count != 1";
const SHIFT = "AF|OF if count != 1|CF if count > size";
const DOUBLE = "AF|OF if count != 1|all if count > size";

/** By ModRM.reg: name and undefined flags. /6 is SHL too, though not documented. @type {[string, string][]} */
const GROUP_2 = [
  ["rol", ROTATE],
  ["ror", ROTATE],
  ["rcl", ROTATE],
  ["rcr", ROTATE],
  ["shl", SHIFT],
  ["shr", SHIFT],
  ["shl", SHIFT],
  ["sar", SHIFT],
];

/** Whose shifts by an immediate the executor has cases for, but for those of bytes. */
const HOT = ["shl", "shr", "sar"];

const group2 = GROUP_2.flatMap(([stem, flags], digit) =>
  ["Eb", "Ev"]
    .flatMap((operand, i) => [
      {
        op: `C${i} /${digit} ib`,
        args: `${operand},Ib`,
        fn: `${stem}Imm`,
        ...(i === 1 && HOT.includes(stem) && { hot: "reg" }),
      },
      { op: `D${i} /${digit}`, args: `${operand},1`, fn: `${stem}One` },
      { op: `D${i + 2} /${digit}`, args: `${operand},CL`, fn: `${stem}Cl` },
    ])
    .map((row) => ({ ...row, name: stem.toUpperCase(), undefined: flags })),
);

export const rows = [
  ...group2,
  { op: "0F A4 /r ib", name: "SHLD", args: "Ev,Gv,Ib", fn: "shldImm", undefined: DOUBLE },
  { op: "0F A5 /r", name: "SHLD", args: "Ev,Gv,CL", fn: "shldCl", undefined: DOUBLE },
  { op: "0F AC /r ib", name: "SHRD", args: "Ev,Gv,Ib", fn: "shrdImm", undefined: DOUBLE },
  { op: "0F AD /r", name: "SHRD", args: "Ev,Gv,CL", fn: "shrdCl", undefined: DOUBLE },
];
