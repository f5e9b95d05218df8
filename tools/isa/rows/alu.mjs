/** Integer arithmetic and logic: the eight binary operations, TEST, INC, DEC, NEG, NOT. */

/** By the number in the opcode's bits 5:3. */
const BINARY = ["add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"];
const LOGIC = ["or", "and", "xor"];
const CARRY = ["adc", "sbb"];

/** @param {number} byte */
const hex = (byte) => byte.toString(16).toUpperCase().padStart(2, "0");

const binary = BINARY.flatMap((fn, n) => {
  const first = n << 3;
  const lock = fn !== "cmp";
  const common = { name: fn.toUpperCase(), hot: "reg", ...(LOGIC.includes(fn) && { undefined: "AF" }) };
  const reads = CARRY.includes(fn) ? {} : { hot: "reg mem" };
  // Replacing memory is a call: seldom enough.
  const into = lock ? {} : reads;
  return [
    { ...common, ...into, op: `${hex(first)} /r`, args: "Eb,Gb", fn: `${fn}EG`, lock },
    { ...common, ...into, op: `${hex(first + 1)} /r`, args: "Ev,Gv", fn: `${fn}EG`, lock },
    { ...common, ...reads, op: `${hex(first + 2)} /r`, args: "Gb,Eb", fn: `${fn}GE` },
    { ...common, ...reads, op: `${hex(first + 3)} /r`, args: "Gv,Ev", fn: `${fn}GE` },
    { ...common, op: `${hex(first + 4)} ib`, args: "AL,Ib", fn: `${fn}EI` },
    { ...common, op: `${hex(first + 5)} iz`, args: "rAX,Iz", fn: `${fn}EI` },
    { ...common, ...into, op: `80 /${n} ib`, args: "Eb,Ib", fn: `${fn}EI`, lock },
    { ...common, ...into, op: `81 /${n} iz`, args: "Ev,Iz", fn: `${fn}EI`, lock },
    { ...common, ...into, op: `82 /${n} ib`, args: "Eb,Ib", fn: `${fn}EI`, lock, modes: "no64" },
    { ...common, ...into, op: `83 /${n} ib`, args: "Ev,Ibs", fn: `${fn}EI`, lock },
  ];
});

const unary = [
  { op: "/0", name: "INC", fn: "incE", bytes: ["FE", "FF"], hot: "reg" },
  { op: "/1", name: "DEC", fn: "decE", bytes: ["FE", "FF"], hot: "reg" },
  { op: "/2", name: "NOT", fn: "notE", bytes: ["F6", "F7"], hot: "reg" },
  { op: "/3", name: "NEG", fn: "negE", bytes: ["F6", "F7"], hot: "reg" },
].flatMap(({ op, bytes, ...row }) => [
  { ...row, op: `${bytes[0]} ${op}`, args: "Eb", lock: true },
  { ...row, op: `${bytes[1]} ${op}`, args: "Ev", lock: true },
]);

const test = { name: "TEST", hot: "reg mem", undefined: "AF" };

/** @type {import("../notation.mjs").Row[]} */
export const rows = [
  .../** @type {import("../notation.mjs").Row[]} */ (binary),
  ...unary,
  { op: "40+r", name: "INC", args: "Zv", fn: "incZ", modes: "no64" },
  { op: "48+r", name: "DEC", args: "Zv", fn: "decZ", modes: "no64" },
  { ...test, op: "84 /r", args: "Eb,Gb", fn: "testEG" },
  { ...test, op: "85 /r", args: "Ev,Gv", fn: "testEG" },
  { ...test, op: "A8 ib", args: "AL,Ib", fn: "testEI", hot: "reg" },
  { ...test, op: "A9 iz", args: "rAX,Iz", fn: "testEI", hot: "reg" },
  { ...test, op: "F6 /0 ib", args: "Eb,Ib", fn: "testEI" },
  { ...test, op: "F6 /1 ib", args: "Eb,Ib", fn: "testEI" },
  { ...test, op: "F7 /0 iz", args: "Ev,Iz", fn: "testEI" },
  { ...test, op: "F7 /1 iz", args: "Ev,Iz", fn: "testEI" },
];
