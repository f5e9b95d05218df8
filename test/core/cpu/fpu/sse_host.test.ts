/** SSE floating point against this machine's processor: every instruction, random and boundary operands, all of MXCSR. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import { type Call, FpuRig, xmm } from "./fpu_rig.js";
import { type HostCase, type HostResult, HostRunner, MEMORY_BYTES } from "./host_runner.js";
import { double, Random, single } from "./operands.js";

const CASES = 100;

interface Subject {
  name: string;
  code: readonly number[];
  call: Call;
  lanes: "single" | "double" | "int" | "mmx";
}

function forms(fn: string, prefix: number[], opcode: number[], lanes: Subject["lanes"], imm?: number): Subject[] {
  const tail = imm === undefined ? [] : [imm];
  const immediate = imm === undefined ? {} : { imm };
  const name = imm === undefined ? fn : `${fn} ${imm}`;
  const call = { fn, reg: xmm(1), ...immediate };
  return [
    { name, code: [...prefix, ...opcode, 0xca, ...tail], call: { ...call, rm: xmm(2) }, lanes },
    { name: `${name} m`, code: [...prefix, ...opcode, 0x0a, ...tail], call: { ...call, isMemory: true }, lanes },
  ];
}

const PREFIX = { ps: [], pd: [0x66], ss: [0xf3], sd: [0xf2] } as const;

function laneOf(suffix: keyof typeof PREFIX): "single" | "double" {
  return suffix.endsWith("s") && suffix !== "ss" && suffix !== "ps"
    ? "double"
    : suffix.endsWith("d")
      ? "double"
      : "single";
}

const SUFFIXES = ["ps", "pd", "ss", "sd"] as const;

function arithmetic(): Subject[] {
  const opcodes = { add: 0x58, mul: 0x59, sub: 0x5c, min: 0x5d, div: 0x5e, max: 0x5f, sqrt: 0x51 };
  const list = Object.entries(opcodes).flatMap(([name, opcode]) =>
    SUFFIXES.flatMap((suffix) => forms(name + suffix, [...PREFIX[suffix]], [0x0f, opcode], laneOf(suffix))),
  );
  list.push(...forms("haddps", [0xf2], [0x0f, 0x7c], "single"), ...forms("haddpd", [0x66], [0x0f, 0x7c], "double"));
  list.push(...forms("hsubps", [0xf2], [0x0f, 0x7d], "single"), ...forms("hsubpd", [0x66], [0x0f, 0x7d], "double"));
  list.push(...forms("addsubps", [0xf2], [0x0f, 0xd0], "single"), ...forms("addsubpd", [0x66], [0x0f, 0xd0], "double"));
  for (const imm of [0xf1, 0x7f, 0x35]) list.push(...forms("dpps", [0x66], [0x0f, 0x3a, 0x40], "single", imm));
  for (const imm of [0x31, 0x13]) list.push(...forms("dppd", [0x66], [0x0f, 0x3a, 0x41], "double", imm));
  return list;
}

function comparisons(): Subject[] {
  const list: Subject[] = [];
  for (let predicate = 0; predicate < 8; predicate++) {
    for (const suffix of SUFFIXES) {
      const fn = `cmp${suffix}`;
      list.push(...forms(fn, [...PREFIX[suffix]], [0x0f, 0xc2], laneOf(suffix), predicate));
    }
  }
  list.push(...forms("ucomiss", [], [0x0f, 0x2e], "single"), ...forms("ucomisd", [0x66], [0x0f, 0x2e], "double"));
  list.push(...forms("comiss", [], [0x0f, 0x2f], "single"), ...forms("comisd", [0x66], [0x0f, 0x2f], "double"));
  return list;
}

function conversions(): Subject[] {
  const list = [
    ...forms("cvtps2pd", [], [0x0f, 0x5a], "single"),
    ...forms("cvtpd2ps", [0x66], [0x0f, 0x5a], "double"),
    ...forms("cvtss2sd", [0xf3], [0x0f, 0x5a], "single"),
    ...forms("cvtsd2ss", [0xf2], [0x0f, 0x5a], "double"),
    ...forms("cvtdq2ps", [], [0x0f, 0x5b], "int"),
    ...forms("cvtps2dq", [0x66], [0x0f, 0x5b], "single"),
    ...forms("cvttps2dq", [0xf3], [0x0f, 0x5b], "single"),
    ...forms("cvttpd2dq", [0x66], [0x0f, 0xe6], "double"),
    ...forms("cvtdq2pd", [0xf3], [0x0f, 0xe6], "int"),
    ...forms("cvtpd2dq", [0xf2], [0x0f, 0xe6], "double"),
  ];
  for (let imm = 0; imm < 16; imm++) {
    for (const [i, suffix] of (["ps", "pd", "ss", "sd"] as const).entries()) {
      list.push(...forms(`round${suffix}`, [0x66], [0x0f, 0x3a, 0x08 + i], laneOf(suffix), imm));
    }
  }
  for (const [suffix, prefix] of [
    ["ss", 0xf3],
    ["sd", 0xf2],
  ] as const) {
    const lanes = laneOf(suffix);
    for (const [name, opcode] of [
      ["cvtt", 0x2c],
      ["cvt", 0x2d],
    ] as const) {
      // To eax and rax: the register is number 0.
      const fn = `${name}${suffix}2si`;
      list.push({
        name: `${fn}32`,
        code: [prefix, 0x0f, opcode, 0xc2],
        call: { fn: `${fn}32`, reg: 0, rm: xmm(2) },
        lanes,
      });
      list.push({
        name: `${fn}64`,
        code: [prefix, 0x48, 0x0f, opcode, 0xc2],
        call: { fn: `${fn}64`, reg: 0, rm: xmm(2) },
        lanes,
      });
    }
    const fn = `cvtsi2${suffix}`;
    list.push({
      name: `${fn}32`,
      code: [prefix, 0x0f, 0x2a, 0xc8],
      call: { fn: `${fn}32`, reg: xmm(1), rm: 0 },
      lanes: "int",
    });
    list.push({
      name: `${fn}64`,
      code: [prefix, 0x48, 0x0f, 0x2a, 0xc8],
      call: { fn: `${fn}64`, reg: xmm(1), rm: 0 },
      lanes: "int",
    });
    list.push({
      name: `${fn}64 m`,
      code: [prefix, 0x48, 0x0f, 0x2a, 0x0a],
      call: { fn: `${fn}64`, reg: xmm(1), isMemory: true },
      lanes: "int",
    });
  }
  return list;
}

function mmxConversions(): Subject[] {
  const mm = (n: number) => 2560 + n * 16;
  const toMmx = (fn: string, prefix: number[], opcode: number, lanes: Subject["lanes"]): Subject => ({
    name: fn,
    code: [...prefix, 0x0f, opcode, 0xca],
    call: { fn, reg: mm(1), rm: xmm(2) },
    lanes,
  });
  const fromMmx = (fn: string, prefix: number[]): Subject[] => [
    { name: fn, code: [...prefix, 0x0f, 0x2a, 0xca], call: { fn, reg: xmm(1), rm: mm(2) }, lanes: "mmx" },
    { name: `${fn} m`, code: [...prefix, 0x0f, 0x2a, 0x0a], call: { fn, reg: xmm(1), isMemory: true }, lanes: "mmx" },
  ];
  return [
    ...fromMmx("cvtpi2ps", []),
    ...fromMmx("cvtpi2pd", [0x66]),
    toMmx("cvttps2pi", [], 0x2c, "single"),
    toMmx("cvtps2pi", [], 0x2d, "single"),
    toMmx("cvttpd2pi", [0x66], 0x2c, "double"),
    toMmx("cvtpd2pi", [0x66], 0x2d, "double"),
  ];
}

function fill(random: Random, view: DataView, at: number, lanes: Subject["lanes"]): void {
  for (let i = 0; i < 16; i += 8) {
    if (lanes === "double") view.setBigUint64(at + i, double(random), true);
    else if (lanes === "single") view.setBigUint64(at + i, single(random) | (single(random) << 32n), true);
    else view.setBigUint64(at + i, random.pattern(64), true);
  }
}

/** One register is often the other's copy, or nearly: ties, cancellation and equality are common then. */
function makeCase(random: Random, subject: Subject): HostCase {
  const fx = new Uint8Array(512);
  const memory = new Uint8Array(MEMORY_BYTES);
  const view = new DataView(fx.buffer);
  view.setUint16(0, 0x37f, true);
  const masks = random.below(3) === 0 ? random.below(64) : 0x3f;
  const mode = random.below(3) === 0 ? 0 : random.below(4);
  const flush = random.below(4) === 0 ? random.below(4) : 0;
  const sticky = random.below(2) === 0 ? 0x20 : random.below(64);
  view.setUint32(24, (masks << 7) | (mode << 13) | ((flush & 1) << 6) | ((flush >> 1) << 15) | sticky, true);
  for (let n = 0; n < 8; n++) view.setBigUint64(32 + 16 * n, random.pattern(64), true);
  for (let n = 0; n < 3; n++) fill(random, view, 160 + 16 * n, subject.lanes);
  if (random.below(4) === 0) {
    fx.copyWithin(160 + 32, 160 + 16, 160 + 32);
    view.setUint32(160 + 32, view.getUint32(160 + 32, true) ^ random.below(2), true);
  }
  memory.set(fx.subarray(160 + 32, 160 + 48));
  return { fx, memory, flags: 0x202n | (random.u64() & 0x8d5n), rax: random.pattern(64), code: subject.code };
}

/** What must agree: registers, MXCSR, status flags, rax. The x87 part only where MMX is. */
function digest(result: HostResult): string {
  const view = new DataView(result.fx.buffer, result.fx.byteOffset);
  const hex = (from: number, to: number) => Buffer.from(result.fx.subarray(from, to)).toString("hex");
  const flags = (result.flags & 0x8d5n).toString(16);
  const fields = [
    `signal ${result.signal}`,
    `mxcsr ${view.getUint32(24, true).toString(16)}`,
    `xmm1 ${hex(176, 192)}`,
    `xmm2 ${hex(192, 208)}`,
    `flags ${flags}`,
    `rax ${result.rax.toString(16)}`,
    `x87 ${hex(2, 5)}`,
    `mm1 ${hex(48, 58)}`,
  ];
  return fields.join(" ");
}

const host = HostRunner.open();
afterAll(() => {
  if (typeof host !== "string") host.close();
});

describe.each(BUILDS)("SSE floating point on silicon and here (%s)", (build) => {
  let rig: FpuRig;
  beforeAll(async () => {
    rig = await FpuRig.open(build);
  });
  afterAll(() => rig.close());

  const groups = {
    arithmetic: arithmetic(),
    comparisons: comparisons(),
    conversions: conversions(),
    mmx: mmxConversions(),
  };
  it.for(Object.entries(groups))("%s", ([, subjects], { skip }) => {
    if (typeof host === "string") return skip(host);
    const random = new Random(0x5eedn);
    const wrong: string[] = [];
    for (const subject of subjects) {
      const cases = Array.from({ length: Math.ceil((CASES * 60) / subjects.length) }, () => makeCase(random, subject));
      const results = host.run(cases);
      let shown = 0;
      cases.forEach((one, i) => {
        const expected = digest(results[i] as HostResult);
        const actual = digest(rig.run(subject.call, one));
        if (expected === actual || shown++ >= 3) return;
        wrong.push(
          `${subject.name}\n  before ${digest({ ...one, signal: 0 })}\n  host   ${expected}\n  here   ${actual}`,
        );
      });
    }
    expect(wrong.join("\n")).toBe("");
  });
});
