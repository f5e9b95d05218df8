/** Every row whose destination is a vector register, against a model: register and memory forms, MMX and XMM. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import { MODELS, type Operands } from "./models.js";
import { Random } from "./random.js";
import { hex, memoryBytes, type Row, readRows, regAndRm, SimdRig } from "./rig.js";

const RUNS = 60;
/** Proved elsewhere: AES, SHA and string comparisons by their standards; what has no vector destination. */
const ELSEWHERE = /^(aes|sha|pcmp[ei]str|pextr|extractps|p?movmsk|ptest|maskmov)/;

const rows = await readRows();
const random = new Random(20261122);

describe.each(BUILDS)("packed instructions (%s)", (build) => {
  let rig: SimdRig;
  let page: bigint;
  beforeAll(async () => {
    rig = await SimdRig.open(build);
    page = rig.paging.page();
  });
  afterAll(() => rig.close());

  const vectors = rows.filter((row) => !ELSEWHERE.test(row.name) && !/^(pinsr|movd$)/.test(row.name));
  it.each(vectors.map((row) => [row.op, row.name, row] as const))("%s %s", (_op, _name, row) => {
    for (let run = 0; run < RUNS; run++) check(row, run);
  });

  function check(row: Row, run: number): void {
    const [regArg, rmArg] = regAndRm(row);
    const isStore = row.args.startsWith(rmArg) && regArg !== "";
    const canBeMemory =
      /^[EMWQR]/.test(rmArg) && !/^[UN]/.test(rmArg) && (/^[EMWQ]/.test(rmArg) || rmArg.includes("/"));
    const isMemory = /^M/.test(rmArg) || (canBeMemory && run % 2 === 1);
    const [reg, rm] = run % 7 === 6 ? [3, 3] : [1 + (run % 2), 5];
    const imm = regArg === "" || run > RUNS / 2 ? random.below(20) : random.below(256);
    rig.setState("fpuTop", 3);
    rig.setState("fpuEmpty", 0xff);
    for (let n = 0; n < 16; n++) rig.setYmm(n, random.bytes(32));
    for (let n = 0; n < 8; n++) rig.setX87(n, random.bytes(10));
    if (/^ps[rl][la]/.test(row.name) && regArg !== "" && run % 3 !== 2) smallCount(rmArg, rm);
    const address = page + BigInt(16 * random.below(16));
    const memory = random.bytes(16);
    rig.setBytes(rig.paging.at(address), memory);
    if (isStore) checkStore(row, isMemory, reg, rm, imm, address, memory);
    else checkLoad(row, isMemory, reg, rm, imm, address, memory);
  }

  /** Shift counts that shift. */
  function smallCount(rmArg: string, rm: number): void {
    const count = new Uint8Array(32);
    count[0] = random.below(80);
    if (/^Q/.test(rmArg)) rig.setX87(rm, count.subarray(0, 10));
    else rig.setYmm(rm, count);
  }

  function read(arg: string, n: number): Uint8Array {
    return /^[PQN]/.test(arg) ? rig.x87(n).subarray(0, 8) : rig.xmm(n);
  }

  function checkLoad(
    row: Row,
    isMemory: boolean,
    reg: number,
    rm: number,
    imm: number,
    at: bigint,
    memory: Uint8Array,
  ) {
    const [regArg, rmArg] = regAndRm(row);
    const to = regArg === "" ? rm : reg;
    const toArg = regArg === "" ? rmArg : regArg;
    const size = /^[PQN]/.test(toArg) && /^[PQN]/.test(rmArg) ? 8 : 16;
    let b: Uint8Array;
    if (regArg === "") b = Uint8Array.of(imm, ...new Uint8Array(15)).subarray(0, size);
    else if (!isMemory) b = Uint8Array.of(...read(rmArg, rm), ...new Uint8Array(16)).subarray(0, size);
    else b = Uint8Array.of(...memory.subarray(0, memoryBytes(rmArg)), ...new Uint8Array(16)).subarray(0, size);
    const operands: Operands = { a: read(toArg, to), b, imm, xmm0: rig.xmm(0), isMemory };
    const toYmm = rig.ymm(to);
    const model = MODELS[row.name];
    if (model === undefined) throw new Error(`no model of ${row.name}`);
    const expected = model(operands);
    const rmBefore = read(rmArg, rm);
    expect(rig.execute({ row, reg, rm: isMemory ? at : rm, imm })).toBeUndefined();
    const context = `${row.name} ${row.args} reg ${reg} rm ${isMemory ? "memory" : rm} imm ${imm} a ${hex(operands.a)} b ${hex(b)}`;
    expect(hex(read(toArg, to)), context).toBe(hex(expected.subarray(0, /^[PQN]/.test(toArg) ? 8 : 16)));
    if (/^[VU]/.test(toArg)) expect(hex(rig.ymm(to).subarray(16)), context).toBe(hex(toYmm.subarray(16)));
    else expect(hex(rig.x87(to).subarray(8)), context).toBe("ffff");
    if (to !== rm) expect(hex(read(rmArg, rm)), context).toBe(hex(rmBefore));
    checkX87(row);
  }

  function checkStore(
    row: Row,
    isMemory: boolean,
    reg: number,
    rm: number,
    imm: number,
    at: bigint,
    memory: Uint8Array,
  ) {
    const [regArg, rmArg] = regAndRm(row);
    const value = read(regArg, reg);
    const n = memoryBytes(rmArg);
    const low = /^movhp/.test(row.name) ? value.subarray(8) : value;
    const before = read(rmArg, rm);
    expect(rig.execute({ row, reg, rm: isMemory ? at : rm, imm })).toBeUndefined();
    if (isMemory) {
      const expected = Uint8Array.of(...low.subarray(0, n), ...memory.subarray(n));
      expect(hex(rig.bytes(rig.paging.at(at), 16)), row.name).toBe(hex(expected));
    } else {
      const rest = row.name === "movq" ? new Uint8Array(8) : before.subarray(n);
      expect(hex(read(rmArg, rm)), row.name).toBe(
        hex(Uint8Array.of(...value.subarray(0, n), ...(value.length > n ? rest : []))),
      );
    }
    checkX87(row);
  }

  /** An MMX instruction makes all registers valid and TOP 0; no other touches them. */
  function checkX87(row: Row): void {
    const isMmx = /[PQN]q|Qd/.test(row.args);
    expect([rig.state("fpuTop"), rig.state("fpuEmpty")], row.name).toEqual(isMmx ? [0, 0] : [3, 0xff]);
  }
});
