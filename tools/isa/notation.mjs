/**
 * Reads a row of the decode table: an opcode in the manuals' notation and the operand codes of the Intel SDM's opcode
 * map ("Codes for Addressing Method", "Codes for Operand Type"). Answers with a Form, which says all that the decoder
 * has to know; every mistake in a row is an error that names it.
 */

/**
 * A row as it is written. Only op, name and fn must be there.
 * @typedef {object} Row
 * @property {string} op
 * @property {string} name
 * @property {string} [args]
 * @property {string} fn handler, in some file of core/cpu; `f<A<u8>>`: an instance, whose classes are in such files too
 * @property {string} [sizes] operand sizes, of "bwlq"
 * @property {boolean} [fixed] the handler is not generic over the operand size
 * @property {boolean} [d64] 64-bit mode: operands are 64 bits, or 16 with prefix 66
 * @property {boolean} [f64] 64-bit mode: operands are 64 bits, whatever the prefix
 * @property {"no64" | "only64"} [modes]
 * @property {boolean} [lock] LOCK is allowed where the destination is memory
 * @property {boolean} [rep] F2 and F3 repeat
 * @property {boolean} [ends] no instruction behind it is decoded with it
 * @property {string} [feature] CPU_HAS_*
 * @property {string} [undefined] flags that are undefined afterwards
 * @property {string} [cover] how it is proved, if not by vectors
 * @property {boolean} [rounding]
 * @property {string} [hot] forms that the executor's switch has cases for: "reg", "mem", "branch"
 */

/**
 * @typedef {object} Form
 * @property {number} map 0: one byte, 1 to 3: 0F, 0F 38, 0F 3A, 4 to 6: the same with VEX
 * @property {number} opcode
 * @property {string} prefix "", NP, 66, F3 or F2
 * @property {"any" | "mem" | "reg"} mod
 * @property {number} digit ModRM.reg, or -1
 * @property {number} rm ModRM.rm, or -1
 * @property {string} l "", L0 or L1
 * @property {string} w "", W0 or W1
 * @property {boolean} hasModrm
 * @property {boolean} isRegAlways ModRM.mod is ignored
 * @property {string} regClass "", gpr, gpr8, xmm, mmx, number, opcode, opcode8
 * @property {string} rmClass "", gpr, gpr8, xmm, mmx, number
 * @property {string} immediate "" or one of IMMEDIATES
 * @property {string} sizes of "bwlq"; "" if it has no operand size
 */

export const IMMEDIATES = ["", "ib", "iw", "id", "iz", "iv", "cb", "cz", "mo", "iw ib", "cp", "ib ib"];
const MAPS = new Map([
  ["0F", 1],
  ["0F38", 2],
  ["0F3A", 3],
]);
const PREFIXES = ["NP", "66", "F3", "F2"];
const VEX_MAP_OFFSET = 3;
const REG_CLASSES = new Map([
  ["G", "gpr"],
  ["V", "xmm"],
  ["P", "mmx"],
  ["S", "number"],
  ["C", "number"],
  ["D", "number"],
]);
const RM_CLASSES = new Map([
  ["E", "gpr"],
  ["R", "gpr"],
  ["W", "xmm"],
  ["U", "xmm"],
  ["Q", "mmx"],
  ["N", "mmx"],
  ["M", ""],
]);

/**
 * @param {Row} row
 * @returns {Form}
 */
export function parseRow(row) {
  const fail = (/** @type {string} */ what) => {
    throw new Error(`row "${row.op}" (${row.name} ${row.args ?? ""}): ${what}`);
  };
  const tokens = row.op.split(" ");
  /** @type {Form} */
  const form = {
    map: 0,
    opcode: -1,
    prefix: "",
    mod: "any",
    digit: -1,
    rm: -1,
    l: "",
    w: "",
    hasModrm: false,
    isRegAlways: false,
    regClass: "",
    rmClass: "",
    immediate: "",
    sizes: "",
  };
  parsePrefixes(tokens, form);
  parseOpcode(tokens, form, fail);
  parseImmediate(tokens, form, fail);
  const args = (row.args ?? "").split(",").filter((arg) => arg !== "");
  for (const arg of args) parseOperand(arg, form, fail);
  if (args.some((arg) => /^[CD]d$/.test(arg))) form.isRegAlways = true;
  if (form.regClass !== "" && !form.regClass.startsWith("opcode") && !form.hasModrm) fail("its operands need a ModRM");
  form.sizes = row.sizes ?? defaultSizes(args);
  if (!/^b?w?l?q?$/.test(form.sizes)) fail(`sizes "${form.sizes}" are not of "bwlq", in this order`);
  return form;
}

/**
 * @param {string[]} tokens
 * @param {Form} form
 */
function parsePrefixes(tokens, form) {
  if (tokens[0]?.startsWith("VEX.")) return parseVex(/** @type {string} */ (tokens.shift()), form);
  if (PREFIXES.includes(tokens[0] ?? "") && (tokens[0] === "NP" || tokens.length > 1))
    form.prefix = /** @type {string} */ (tokens.shift());
  if (tokens[0] === "REX.W") {
    form.w = "W1";
    tokens.shift();
  }
  const [first, second] = tokens;
  if (first !== "0F") return;
  tokens.shift();
  form.map = 1;
  // 0F 38 and 0F 3A are maps, not opcodes.
  if (second !== "38" && second !== "3A") return;
  tokens.shift();
  form.map = second === "38" ? 2 : 3;
}

/**
 * @param {string} vex
 * @param {Form} form
 */
function parseVex(vex, form) {
  form.prefix = "NP";
  for (const part of vex.split(".").slice(1)) {
    const map = MAPS.get(part);
    if (map !== undefined) form.map = map + VEX_MAP_OFFSET;
    else if (PREFIXES.includes(part)) form.prefix = part;
    else if (part === "L0" || part === "LZ" || part === "128") form.l = "L0";
    else if (part === "L1" || part === "256") form.l = "L1";
    else if (part === "W0" || part === "W1") form.w = part;
    else if (part !== "LIG" && part !== "WIG") throw new Error(`${vex}: ${part}?`);
  }
}

/** @typedef {(what: string) => never} Fail */

/**
 * @param {string[]} tokens
 * @param {Form} form
 * @param {(what: string) => void} fail
 */
function parseOpcode(tokens, form, fail) {
  const opcode = /^([0-9A-F]{2})(\+r)?$/.exec(tokens.shift() ?? "");
  if (opcode === null) return fail("no opcode byte");
  form.opcode = Number.parseInt(/** @type {string} */ (opcode[1]), 16);
  if (opcode[2] !== undefined) form.regClass = "opcode";
  if (tokens[0] === "/r") form.hasModrm = true;
  else if (/^\/[0-7]$/.test(tokens[0] ?? "")) {
    form.hasModrm = true;
    form.digit = Number(tokens[0]?.[1]);
  } else if (/^[C-F][0-9A-F](\+i)?$/.test(tokens[0] ?? "")) {
    // A second byte that is always the same: a ModRM of registers, or with +i one of eight.
    const modrm = Number.parseInt(/** @type {string} */ (tokens[0]).slice(0, 2), 16);
    form.hasModrm = true;
    form.mod = "reg";
    form.digit = (modrm >> 3) & 7;
    if (!tokens[0]?.endsWith("+i")) form.rm = modrm & 7;
  } else return;
  tokens.shift();
}

/**
 * @param {string[]} tokens
 * @param {Form} form
 * @param {(what: string) => void} fail
 */
function parseImmediate(tokens, form, fail) {
  form.immediate = tokens.join(" ").replace(/^io$/, "iv");
  if (!IMMEDIATES.includes(form.immediate)) fail(`"${form.immediate}" is no immediate`);
}

/**
 * @param {string} arg
 * @param {Form} form
 * @param {(what: string) => void} fail
 */
function parseOperand(arg, form, fail) {
  if (/^(ST\(?[i0]\)?|STi)$/.test(arg)) {
    if (/i/.test(arg)) form.rmClass = "number";
    return;
  }
  const [code = "", alternative] = arg.split("/");
  const method = /** @type {string} */ (code[0]);
  const isByte = code.slice(1) === "b";
  if (!/^[EGMWVQPNURSCDZ][a-z]/.test(code) && code !== "M") return; // implicit, immediate, vvvv: nothing in ModRM
  if (/^(Db|Cb)$/.test(code)) return fail(`operand ${arg}?`);
  if (method === "Z") {
    form.regClass = isByte ? "opcode8" : "opcode";
    return;
  }
  const reg = REG_CLASSES.get(method);
  if (reg !== undefined) {
    form.regClass = reg === "gpr" && isByte ? "gpr8" : reg;
    return;
  }
  const rm = RM_CLASSES.get(method);
  if (rm === undefined) return fail(`operand ${arg}?`);
  form.rmClass = rm === "gpr" && isByte && alternative === undefined ? "gpr8" : rm;
  if (!form.hasModrm) fail(`operand ${arg} needs a ModRM`);
  if (method === "M") form.mod = "mem";
  if ((method === "N" || method === "U" || method === "R") && alternative === undefined) form.mod = "reg";
}

/**
 * The operand sizes that the operands imply; a byte counts only as the first of them.
 * @param {string[]} args
 */
function defaultSizes(args) {
  if (args.some((arg) => /^([EGMZORXY]v|rAX|[IJ]z|Jb)$/.test(arg))) return "wlq";
  if (args.some((arg) => /^[EGMR]y$/.test(arg))) return "lq";
  if (args.some((arg) => /^(eAX|[XY]z)$/.test(arg))) return "wl";
  return /^([EGZOXY]b|AL)$/.test(args[0] ?? "") ? "b" : "";
}

/**
 * What a handler is made of: itself, or, where it has type arguments, those too that are classes of core/cpu.
 * @param {string} fn
 */
export function namesIn(fn) {
  return (fn.match(/\w+/g) ?? []).filter((name) => !/^[iu](8|16|32|64)$/.test(name));
}
