/** Multiplications and divisions. */

const MULTIPLY = "SF|ZF|AF|PF";
const DIVIDE = "CF|OF|SF|ZF|AF|PF";

export const rows = [
  { op: "F6 /4", name: "MUL", args: "Eb", fn: "mul", undefined: MULTIPLY },
  { op: "F7 /4", name: "MUL", args: "Ev", fn: "mul", undefined: MULTIPLY },
  { op: "F6 /5", name: "IMUL", args: "Eb", fn: "imulWide", undefined: MULTIPLY },
  { op: "F7 /5", name: "IMUL", args: "Ev", fn: "imulWide", undefined: MULTIPLY },
  { op: "0F AF /r", name: "IMUL", args: "Gv,Ev", fn: "imul", undefined: MULTIPLY, hot: "reg" },
  { op: "69 /r iz", name: "IMUL", args: "Gv,Ev,Iz", fn: "imulImm", undefined: MULTIPLY },
  { op: "6B /r ib", name: "IMUL", args: "Gv,Ev,Ibs", fn: "imulImm", undefined: MULTIPLY },
  { op: "F6 /6", name: "DIV", args: "Eb", fn: "div", undefined: DIVIDE },
  { op: "F7 /6", name: "DIV", args: "Ev", fn: "div", undefined: DIVIDE },
  { op: "F6 /7", name: "IDIV", args: "Eb", fn: "idiv", undefined: DIVIDE },
  { op: "F7 /7", name: "IDIV", args: "Ev", fn: "idiv", undefined: DIVIDE },
  { op: "VEX.LZ.F2.0F38 F6 /r", name: "MULX", args: "Gy,By,Ey", fn: "mulx", feature: "CPU_HAS_BMI2" },
];
