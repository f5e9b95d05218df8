/** BMI1, BMI2 (MULX is with the multiplications) and ADX. */

const BMI1 = "CPU_HAS_BMI1";
const BMI2 = "CPU_HAS_BMI2";
const ADX = "CPU_HAS_ADX";

export const rows = [
  { op: "VEX.LZ.NP.0F38 F2 /r", name: "ANDN", args: "Gy,By,Ey", fn: "andn", feature: BMI1, undefined: "AF|PF" },
  { op: "VEX.LZ.NP.0F38 F3 /1", name: "BLSR", args: "By,Ey", fn: "blsr", feature: BMI1, undefined: "AF|PF" },
  { op: "VEX.LZ.NP.0F38 F3 /2", name: "BLSMSK", args: "By,Ey", fn: "blsmsk", feature: BMI1, undefined: "AF|PF" },
  { op: "VEX.LZ.NP.0F38 F3 /3", name: "BLSI", args: "By,Ey", fn: "blsi", feature: BMI1, undefined: "AF|PF" },
  { op: "VEX.LZ.NP.0F38 F7 /r", name: "BEXTR", args: "Gy,Ey,By", fn: "bextr", feature: BMI1, undefined: "SF|AF|PF" },
  { op: "VEX.LZ.NP.0F38 F5 /r", name: "BZHI", args: "Gy,Ey,By", fn: "bzhi", feature: BMI2, undefined: "AF|PF" },
  { op: "VEX.LZ.F2.0F38 F5 /r", name: "PDEP", args: "Gy,By,Ey", fn: "pdep", feature: BMI2 },
  { op: "VEX.LZ.F3.0F38 F5 /r", name: "PEXT", args: "Gy,By,Ey", fn: "pext", feature: BMI2 },
  { op: "VEX.LZ.F2.0F3A F0 /r ib", name: "RORX", args: "Gy,Ey,Ib", fn: "rorx", feature: BMI2 },
  { op: "VEX.LZ.F3.0F38 F7 /r", name: "SARX", args: "Gy,Ey,By", fn: "sarx", feature: BMI2 },
  { op: "VEX.LZ.66.0F38 F7 /r", name: "SHLX", args: "Gy,Ey,By", fn: "shlx", feature: BMI2 },
  { op: "VEX.LZ.F2.0F38 F7 /r", name: "SHRX", args: "Gy,Ey,By", fn: "shrx", feature: BMI2 },
  { op: "66 0F 38 F6 /r", name: "ADCX", args: "Gy,Ey", fn: "adcx", feature: ADX },
  { op: "F3 0F 38 F6 /r", name: "ADOX", args: "Gy,Ey", fn: "adox", feature: ADX },
];
