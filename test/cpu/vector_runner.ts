/** Runs the recorded vectors of a group of the decode table, and tells the first failures of each case. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tools/lib/files.mjs";
import { type Case, casesOf, isCoveredByVectors, type Row, VECTORS_PER_CASE } from "../../tools/vectors/cases.mjs";
import { inputsOf, vectorFile } from "../../tools/vectors/inputs.mjs";
import { HLT, RECORD_BYTES, TRAP_AT } from "../../tools/vectors/layout.mjs";
import { CaseReader, type PackedCases, unpackFile } from "../../tools/vectors/results.mjs";
import { undefinedOf } from "../../tools/vectors/undefined.mjs";
import { describeInput, differencesOf, type VectorRig, type View } from "./vector_rig.js";

/** Failures that are told of one case; TADPOLE_VECTORS_TOLD asks for more. */
const TOLD = Number(process.env["TADPOLE_VECTORS_TOLD"] ?? 2);

export interface Failure {
  key: string;
  failed: number;
  text: string;
}

/** The group's recorded results; none if nothing was recorded. */
export function recordedOf(group: string): PackedCases {
  const path = join(ROOT, vectorFile(group));
  return existsSync(path) ? unpackFile(readFileSync(path)).cases : new Map();
}

/** Runs every case of the group that was recorded: `how` as VectorRig.run. */
export function runGroup(rig: VectorRig, group: string, rows: readonly Row[], how: "one" | "cached"): Failure[] {
  const recorded = recordedOf(group);
  const failures: Failure[] = [];
  for (const c of rows.filter(isCoveredByVectors).flatMap(casesOf)) {
    const failure = runCase(rig, c, recorded, how);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

function runCase(rig: VectorRig, c: Case, recorded: PackedCases, how: "one" | "cached"): Failure | undefined {
  const packed = recorded.get(c.key);
  if (packed === undefined)
    return { key: c.key, failed: VECTORS_PER_CASE, text: "not recorded: npm run vectors:record" };
  const { inputs, records, instructions } = inputsOf(c);
  if (inputs !== packed.inputs)
    return { key: c.key, failed: VECTORS_PER_CASE, text: "its inputs have changed: npm run vectors:record" };
  const views = instructions.map((_, i) => new DataView(records.buffer, i * RECORD_BYTES, RECORD_BYTES));
  const reader = new CaseReader(packed.packed);
  const expected = new DataView(new ArrayBuffer(RECORD_BYTES));
  const texts: string[] = [];
  let failed = 0;
  rig.begin(views);
  for (const [i, made] of instructions.entries()) {
    const input = views[i] as View;
    copy(input, expected);
    reader.next(expected, made.bytes.length);
    copy(input, rig.record);
    rig.run(how);
    const undefinedParts = undefinedOf({ c, made, input, expected });
    const hasFaulted = expected.getUint32(TRAP_AT, true) !== rig.record.getUint32(TRAP_AT, true);
    if (undefinedParts.isResultUndefined && !hasFaulted) continue;
    const differences = differencesOf(expected, rig.record, undefinedParts.flags);
    if (differences.length === 0) continue;
    failed++;
    if (texts.length < TOLD) texts.push(describeFailure(c, i, made.bytes, input, differences));
  }
  return failed === 0 ? undefined : { key: c.key, failed, text: texts.join("\n") };
}

function copy(from: View, to: View): void {
  new Uint8Array(to.buffer, to.byteOffset, RECORD_BYTES).set(
    new Uint8Array(from.buffer, from.byteOffset, RECORD_BYTES),
  );
}

function describeFailure(c: Case, number: number, bytes: number[], input: View, differences: string[]): string {
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `  vector ${number}: ${hex}  ${disassemble(bytes, c.mode)}\n    expected ${differences.join("\n             ")}\n    input ${describeInput(c, input)}`;
}

/** The instruction as GNU's disassembler writes it, where there is one. */
function disassemble(bytes: number[], mode: number): string {
  const machine = mode === 64 ? "i386:x86-64" : "i386";
  const args = ["-D", "-b", "binary", "-m", machine, "-M", "intel", "/dev/stdin"];
  const input = Uint8Array.from([...bytes, HLT]);
  const { stdout, status } = spawnSync("objdump", args, { input, encoding: "utf8" });
  if (status !== 0) return "";
  return /^\s*0:\t[0-9a-f ]+\t(.*)$/m.exec(stdout)?.[1]?.trim() ?? "";
}
