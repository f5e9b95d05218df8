/** The vectors' instructions are what their rows say: a disassembler reads each as one instruction of that length. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Case, casesOf, isCoveredByVectors, loadRows } from "../../tools/vectors/cases.mjs";
import { generate } from "../../tools/vectors/generate.mjs";
import { RECORD_BYTES } from "../../tools/vectors/layout.mjs";

const hasObjdump = spawnSync("objdump", ["--version"]).status === 0;
/** Vectors of each case that are looked at; bytes from one to the next. */
const SAMPLE = 6;
const STRIDE = 32;
const NOP = 0x90;

/** Not known to objdump: hints that it takes for MPX; aliases of x87 instructions; WAIT behind REX, which it takes for a prefix. */
const UNKNOWN = new Set([
  "0F 1A /r",
  "0F 1B /r",
  "9B",
  "DC D0+i",
  "DC D8+i",
  "DE D0+i",
  "DD C8+i",
  "DF C8+i",
  "D9 D8+i",
  "DF D0+i",
  "DF D8+i",
  "D9 D0",
  "DB E0",
  "DB E1",
  "DB E4",
  "DF C0+i",
]);

const groups = await loadRows();

/** Offsets at which objdump sees instructions begin, and what they are. */
function disassemble(code: Uint8Array, mode: number): Map<number, string> {
  const dir = mkdtempSync(join(tmpdir(), "tadpole-objdump-"));
  try {
    const file = join(dir, "code.bin");
    writeFileSync(file, code);
    const machine = mode === 64 ? "i386:x86-64" : "i386";
    const args = ["-D", "-z", "-b", "binary", "-m", machine, "-M", "intel", file];
    const { stdout } = spawnSync("objdump", args, { encoding: "utf8", maxBuffer: 1 << 30 });
    const found = new Map<number, string>();
    for (const [, at = "", text = ""] of stdout.matchAll(/^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/gm))
      found.set(Number.parseInt(at, 16), text.trim());
    return found;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function check(cases: readonly Case[], mode: number): string[] {
  const code = new Uint8Array(cases.length * SAMPLE * STRIDE).fill(NOP);
  const record = new DataView(new ArrayBuffer(RECORD_BYTES));
  const expected: { c: Case; at: number; bytes: number[] }[] = [];
  for (const [i, c] of cases.entries())
    for (let n = 0; n < SAMPLE; n++) {
      const at = (i * SAMPLE + n) * STRIDE;
      const { bytes } = generate(c, n, record);
      code.set(bytes, at);
      expected.push({ c, at, bytes });
    }
  const found = disassemble(code, mode);
  return expected.flatMap(({ c, at, bytes }) => {
    const text = found.get(at) ?? "nothing";
    const isWhole = found.has(at + bytes.length) && !bytes.some((_, i) => i > 0 && found.has(at + i));
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return isWhole && !text.includes("(bad)") ? [] : [`${c.key}: ${hex} is ${text}`];
  });
}

describe.skipIf(!hasObjdump)("encodings (skipped where there is no objdump)", () => {
  for (const [group, rows] of groups)
    test(group, () => {
      const cases = rows
        .filter(isCoveredByVectors)
        .flatMap(casesOf)
        .filter(({ row }) => !UNKNOWN.has(row.op));
      const problems = [32, 64].flatMap((mode) =>
        check(
          cases.filter((c) => c.mode === mode),
          mode,
        ),
      );
      expect(problems).toEqual([]);
    });
});
