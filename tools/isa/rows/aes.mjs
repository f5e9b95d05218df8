/** AES. */

const AES = "CPU_HAS_AES";

export const rows = [
  { op: "66 0F 38 DB /r", name: "aesimc", args: "Vx,Wx", fn: "aesimc", feature: AES },
  { op: "66 0F 38 DC /r", name: "aesenc", args: "Vx,Wx", fn: "aesenc", feature: AES },
  { op: "66 0F 38 DD /r", name: "aesenclast", args: "Vx,Wx", fn: "aesenclast", feature: AES },
  { op: "66 0F 38 DE /r", name: "aesdec", args: "Vx,Wx", fn: "aesdec", feature: AES },
  { op: "66 0F 38 DF /r", name: "aesdeclast", args: "Vx,Wx", fn: "aesdeclast", feature: AES },
  { op: "66 0F 3A DF /r ib", name: "aeskeygenassist", args: "Vx,Wx,Ib", fn: "aeskeygenassist", feature: AES },
];
