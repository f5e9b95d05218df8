/**
 * Which instruction may run when, and which of several faults comes first: #UD, #NM, #MF, #GP of misaligned operands,
 * then those of the access. A fault changes nothing.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  CR0_EM,
  CR0_NE,
  CR0_TS,
  CR4_OSFXSR,
  EXC_GP,
  EXC_MF,
  EXC_NM,
  EXC_PF,
  EXC_UD,
} from "../../../../src/abi/index.js";
import { BUILDS } from "../../harness.js";
import { memoryBytes, POINTER, type Row, readRows, regAndRm, SimdRig } from "./rig.js";

const rows = await readRows();
/** An invalid operation was seen: it is pending where the control word does not mask it. */
const INVALID = 1;

const usesXmm = (row: Row) => /[VWU](x|dq|[wdq]\b)/.test(row.args);
const usesMmx = (row: Row) => /[PQN]q|Qd/.test(row.args);
const canBeMemory = (row: Row) => {
  const [, rmArg] = regAndRm(row);
  return /^[EMWQ]/.test(rmArg) || rmArg.includes("/");
};
/** By the manual's exception classes: 16 bytes, and not one of the instructions that load or store anywhere. */
const mustAlign = (row: Row) =>
  memoryBytes(regAndRm(row)[1]) === 16 && !/^(movup[sd]|movdqu|lddqu|pcmp[ei]str)/.test(row.name);

const NAMES = rows.map((row) => [`${row.op} ${row.name}`, row] as const);
const IN_MEMORY = NAMES.filter(([, row]) => canBeMemory(row));

describe.each(BUILDS)("faults of MMX and SSE instructions (%s)", (build) => {
  let rig: SimdRig;
  let page: bigint;
  beforeAll(async () => {
    rig = await SimdRig.open(build);
    page = rig.paging.page();
  });
  afterAll(() => rig.close());
  beforeEach(() => rig.enable());

  const change = (register: "cr0" | "cr4", bits: bigint, isSet: boolean) =>
    rig.paging.set(register, isSet ? rig.paging.get(register) | bits : rig.paging.get(register) & ~bits);

  /** What it raises, with the operand, if there can be one, in memory at `at`. */
  function vectorOf(row: Row, at: bigint): number | undefined {
    rig.setGpr(7, at); // MASKMOV's
    rig.setGpr(POINTER, at);
    const before = rig.snapshot();
    const fault = rig.execute({ row, reg: 1, rm: canBeMemory(row) ? at : 2 });
    if (fault !== undefined) expect(rig.snapshot()).toBe(before);
    return fault?.vector;
  }

  it.each(NAMES)("%s asks for what it uses", (_, row) => {
    expect(vectorOf(row, page)).toBeUndefined();

    change("cr0", CR0_TS, true);
    expect(vectorOf(row, page + 1n), "TS").toBe(EXC_NM);
    change("cr0", CR0_EM, true);
    expect(vectorOf(row, page + 1n), "EM and TS").toBe(EXC_UD);
    change("cr0", CR0_TS, false);
    expect(vectorOf(row, page + 1n), "EM").toBe(EXC_UD);
    change("cr0", CR0_EM, false);

    change("cr4", CR4_OSFXSR, false);
    expect(vectorOf(row, page), "no OSFXSR").toBe(usesXmm(row) ? EXC_UD : undefined);
    change("cr0", CR0_TS, true);
    expect(vectorOf(row, page), "no OSFXSR, TS").toBe(usesXmm(row) ? EXC_UD : EXC_NM);
    rig.enable();

    rig.setState("fsw", INVALID);
    expect(vectorOf(row, page), "x87 error pending, NE clear").toBeUndefined();
    change("cr0", CR0_NE, true);
    rig.setState("fcw", INVALID);
    expect(vectorOf(row, page), "x87 error masked").toBeUndefined();
    rig.setState("fcw", 0);
    expect(vectorOf(row, page), "x87 error pending").toBe(usesMmx(row) ? EXC_MF : undefined);
    change("cr0", CR0_TS, true);
    expect(vectorOf(row, page), "x87 error pending, TS").toBe(EXC_NM);
    change("cr0", CR0_NE, false);
  });

  it.each(IN_MEMORY)("%s: operands of 16 bytes are aligned", (_, row) => {
    expect(vectorOf(row, page + 16n)).toBeUndefined();
    for (const by of [1n, 4n, 8n, 15n])
      expect(vectorOf(row, page + by), `by ${by}`).toBe(mustAlign(row) ? EXC_GP : undefined);
  });

  describe("with paging", () => {
    const ABSENT = 0x7000n;
    beforeAll(() => {
      // 32-bit tables that map the first 4 MiB to themselves, but for one page.
      const directory = rig.paging.page();
      const table = rig.paging.page();
      rig.paging.setWord(directory, table | 7n, 4);
      for (let gfn = 0n; gfn < 1024n; gfn++)
        rig.paging.setWord(table + 4n * gfn, gfn === ABSENT >> 12n ? 0n : (gfn << 12n) | 0x67n, 4);
      rig.useMode("32-bit", directory);
    });
    afterAll(() => rig.useMode("none", 0n));

    it.each(IN_MEMORY)("%s: #UD, #NM, #MF, #GP, then #PF", (_, row) => {
      expect(vectorOf(row, ABSENT)).toBe(EXC_PF);
      expect(rig.paging.get("excAddress")).toBe(ABSENT);
      expect(vectorOf(row, ABSENT + 1n)).toBe(mustAlign(row) ? EXC_GP : EXC_PF);
      rig.setState("fsw", INVALID);
      change("cr0", CR0_NE, true);
      expect(vectorOf(row, ABSENT)).toBe(usesMmx(row) ? EXC_MF : EXC_PF);
      change("cr0", CR0_TS, true);
      expect(vectorOf(row, ABSENT + 1n)).toBe(EXC_NM);
      change("cr0", CR0_EM, true);
      expect(vectorOf(row, ABSENT + 1n)).toBe(EXC_UD);
      change("cr0", CR0_NE, false);
    });
  });
});
