/** x87 against this machine's processor: every exact instruction, any stack, random and boundary operands, all control words. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import { type Call, FpuRig } from "./fpu_rig.js";
import { type HostCase, type HostResult, HostRunner, MEMORY_BYTES } from "./host_runner.js";
import { double, extended, Random, setExtended, single } from "./operands.js";

const CASES = 6000;

interface Subject {
  name: string;
  code: readonly number[];
  call: Call;
  /** What the memory operand holds. */
  memory?: "single" | "double" | "extended" | "int" | "bcd" | "image";
}

const ARITHMETIC = [
  ["fadd", 0xc0, 0xc0, 0],
  ["fmul", 0xc8, 0xc8, 1],
  ["fsub", 0xe0, 0xe8, 4],
  ["fsubr", 0xe8, 0xe0, 5],
  ["fdiv", 0xf0, 0xf8, 6],
  ["fdivr", 0xf8, 0xf0, 7],
] as const;

function register(fn: string, byte: number, modrm: number, i: number): Subject {
  return { name: `${fn} ${i}`, code: [byte, modrm + i], call: { fn, rm: i } };
}

function memory(fn: string, byte: number, digit: number, kind: NonNullable<Subject["memory"]>): Subject {
  return { name: fn, code: [byte, (digit << 3) | 2], call: { fn, isMemory: true }, memory: kind };
}

function arithmetic(): Subject[] {
  return ARITHMETIC.flatMap(([fn, top, other, digit]) => [
    register(`${fn}St0Sti`, 0xd8, top, 1),
    register(`${fn}StiSt0`, 0xdc, other, 2),
    register(`${fn}pStiSt0`, 0xde, other, 1),
    memory(`${fn}M32`, 0xd8, digit, "single"),
    memory(`${fn}M64`, 0xdc, digit, "double"),
    memory(`fi${fn.slice(1)}M16`, 0xde, digit, "int"),
    memory(`fi${fn.slice(1)}M32`, 0xda, digit, "int"),
  ]);
}

function comparisons(): Subject[] {
  return [
    register("fcomSti", 0xd8, 0xd0, 1),
    register("fcompSti", 0xd8, 0xd8, 2),
    register("fucomSti", 0xdd, 0xe0, 1),
    register("fucompSti", 0xdd, 0xe8, 1),
    register("fcomi", 0xdb, 0xf0, 1),
    register("fucomi", 0xdb, 0xe8, 1),
    register("fcomip", 0xdf, 0xf0, 1),
    register("fucomip", 0xdf, 0xe8, 2),
    { name: "fcompp", code: [0xde, 0xd9], call: { fn: "fcompp" } },
    { name: "fucompp", code: [0xda, 0xe9], call: { fn: "fucompp" } },
    { name: "ftst", code: [0xd9, 0xe4], call: { fn: "ftst" } },
    { name: "fxam", code: [0xd9, 0xe5], call: { fn: "fxam" } },
    memory("fcomM32", 0xd8, 2, "single"),
    memory("fcompM32", 0xd8, 3, "single"),
    memory("fcomM64", 0xdc, 2, "double"),
    memory("fcompM64", 0xdc, 3, "double"),
    memory("ficomM16", 0xde, 2, "int"),
    memory("ficompM16", 0xde, 3, "int"),
    memory("ficomM32", 0xda, 2, "int"),
    memory("ficompM32", 0xda, 3, "int"),
  ];
}

function moves(): Subject[] {
  const constants = ["fld1", "fldl2t", "fldl2e", "fldpi", "fldlg2", "fldln2", "fldz"];
  return [
    ...constants.map((fn, i) => ({ name: fn, code: [0xd9, 0xe8 + i], call: { fn } })),
    { name: "fchs", code: [0xd9, 0xe0], call: { fn: "fchs" } },
    { name: "fabs", code: [0xd9, 0xe1], call: { fn: "fabs" } },
    register("fldSti", 0xd9, 0xc0, 3),
    register("fxch", 0xd9, 0xc8, 2),
    register("ffree", 0xdd, 0xc0, 2),
    register("fstSti", 0xdd, 0xd0, 3),
    register("fstpSti", 0xdd, 0xd8, 1),
    register("fcmovb", 0xda, 0xc0, 1),
    register("fcmove", 0xda, 0xc8, 1),
    register("fcmovbe", 0xda, 0xd0, 1),
    register("fcmovu", 0xda, 0xd8, 1),
    register("fcmovnb", 0xdb, 0xc0, 1),
    register("fcmovne", 0xdb, 0xc8, 1),
    register("fcmovnbe", 0xdb, 0xd0, 1),
    register("fcmovnu", 0xdb, 0xd8, 1),
    { name: "fdecstp", code: [0xd9, 0xf6], call: { fn: "fdecstp" } },
    { name: "fincstp", code: [0xd9, 0xf7], call: { fn: "fincstp" } },
    memory("fldM32", 0xd9, 0, "single"),
    memory("fldM64", 0xdd, 0, "double"),
    memory("fldM80", 0xdb, 5, "extended"),
    memory("fildM16", 0xdf, 0, "int"),
    memory("fildM32", 0xdb, 0, "int"),
    memory("fildM64", 0xdf, 5, "int"),
    memory("fbld", 0xdf, 4, "bcd"),
  ];
}

function stores(): Subject[] {
  return [
    memory("fstM32", 0xd9, 2, "int"),
    memory("fstpM32", 0xd9, 3, "int"),
    memory("fstM64", 0xdd, 2, "int"),
    memory("fstpM64", 0xdd, 3, "int"),
    memory("fstpM80", 0xdb, 7, "int"),
    memory("fistM16", 0xdf, 2, "int"),
    memory("fistpM16", 0xdf, 3, "int"),
    memory("fistM32", 0xdb, 2, "int"),
    memory("fistpM32", 0xdb, 3, "int"),
    memory("fistpM64", 0xdf, 7, "int"),
    memory("fisttpM16", 0xdf, 1, "int"),
    memory("fisttpM32", 0xdb, 1, "int"),
    memory("fisttpM64", 0xdd, 1, "int"),
    memory("fbstp", 0xdf, 6, "int"),
  ];
}

function others(): Subject[] {
  return [
    { name: "fsqrt", code: [0xd9, 0xfa], call: { fn: "fsqrt" } },
    { name: "frndint", code: [0xd9, 0xfc], call: { fn: "frndint" } },
    { name: "fscale", code: [0xd9, 0xfd], call: { fn: "fscale" } },
    { name: "fxtract", code: [0xd9, 0xf4], call: { fn: "fxtract" } },
    { name: "fprem", code: [0xd9, 0xf8], call: { fn: "fprem" } },
    { name: "fprem1", code: [0xd9, 0xf5], call: { fn: "fprem1" } },
  ];
}

/** The same with an operand size prefix. */
function withSize(subject: Subject): Subject {
  return { ...subject, code: [0x66, ...subject.code] };
}

function control(): Subject[] {
  return [
    memory("fldcw", 0xd9, 5, "int"),
    memory("fnstcw", 0xd9, 7, "int"),
    memory("fnstsw", 0xdd, 7, "int"),
    { name: "fnstsw ax", code: [0xdf, 0xe0], call: { fn: "fnstsw" } },
    { name: "fnclex", code: [0xdb, 0xe2], call: { fn: "fnclex" } },
    { name: "fninit", code: [0xdb, 0xe3], call: { fn: "fninit" } },
    { name: "fnop", code: [0xd9, 0xd0], call: { fn: "fnop" } },
    { name: "fwait", code: [0x9b], call: { fn: "fwait" } },
    memory("fnstenv32", 0xd9, 6, "int"),
    memory("fnsave32", 0xdd, 6, "int"),
    memory("fldenv32", 0xd9, 4, "image"),
    memory("frstor32", 0xdd, 4, "image"),
    ...[memory("fnstenv16", 0xd9, 6, "int"), memory("fnsave16", 0xdd, 6, "int")].map(withSize),
    ...[memory("fldenv16", 0xd9, 4, "image"), memory("frstor16", 0xdd, 4, "image")].map(withSize),
    { name: "emms", code: [0x0f, 0x77], call: { fn: "emms" } },
  ];
}

function decimal(random: Random): bigint {
  let value = 0n;
  const digits = random.below(19);
  for (let i = 0; i < digits; i++) value = (value << 4n) | BigInt(random.below(10));
  return value | ((random.u64() & 1n) << 79n);
}

function operand(random: Random, kind: NonNullable<Subject["memory"]>): bigint {
  if (kind === "single") return single(random);
  if (kind === "double") return double(random);
  if (kind === "extended") return extended(random);
  return kind === "bcd" ? decimal(random) : random.pattern(64);
}

const PRECISIONS = [0, 2, 3, 3];

function makeCase(random: Random, subject: Subject): HostCase {
  const fx = new Uint8Array(512);
  const bytes = new Uint8Array(MEMORY_BYTES);
  const view = new DataView(fx.buffer);
  const masks = random.below(3) === 0 ? random.below(64) : 0x3f;
  view.setUint16(0, 0x40 | masks | (random.pick(PRECISIONS) << 8) | (random.below(4) << 10), true);
  const pending = random.below(3) === 0 ? random.below(128) & (random.below(4) === 0 ? 0xff : masks | 0x40) : 0;
  const conditions = random.below(16);
  view.setUint16(2, pending | (random.below(8) << 11) | ((conditions & 7) << 8) | ((conditions >> 3) << 14), true);
  view.setUint8(4, random.below(4) === 0 ? random.below(256) : 0xff);
  const pushes = /^(fld|fild|fbld|fxtract)/.test(subject.call.fn);
  if (pushes && random.below(8) !== 0)
    view.setUint8(4, view.getUint8(4) & ~(1 << (((view.getUint16(2, true) >> 11) - 1) & 7)));
  view.setUint32(24, 0x1f80, true);
  for (let n = 0; n < 8; n++) setExtended(view, 32 + 16 * n, extended(random));
  // Now and then ST(1) and ST(2) are near ST(0).
  if (random.below(3) === 0) {
    const near = extended(random);
    setExtended(view, 32, near);
    setExtended(view, 48, near ^ ((random.u64() & 1n) << 79n) ^ BigInt(random.below(3)));
    setExtended(view, 64, near + (BigInt(random.below(70)) << 64n));
  }
  const value = operand(random, subject.memory ?? "int");
  const memoryView = new DataView(bytes.buffer);
  memoryView.setBigUint64(0, value & 0xffff_ffff_ffff_ffffn, true);
  memoryView.setUint16(8, Number(value >> 64n), true);
  if (subject.memory === "image") {
    for (let i = 0; i < 112; i += 2) memoryView.setUint16(i, Number(random.pattern(16)), true);
  }
  return { fx, memory: bytes, flags: 0x202n | (random.u64() & 0x8d5n), rax: 0x1234n, code: subject.code };
}

/** The memory operand; of an environment that was stored, without what FIP, FDP and FOP were. */
function withoutPointers(memory: Uint8Array, name: string): Uint8Array {
  const bytes = memory.slice(0, 112);
  if (name === "fnstenv32" || name === "fnsave32") bytes.fill(0, 12, 28);
  if (name === "fnstenv16" || name === "fnsave16") bytes.fill(0, 6, 14);
  return bytes;
}

/** What must agree: the x87 state but for its pointers, memory, status flags, rax. */
function digest(result: HostResult, name: string): string {
  const view = new DataView(result.fx.buffer, result.fx.byteOffset);
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const registers: string[] = [];
  for (let n = 0; n < 8; n++) {
    const at = 32 + 16 * n;
    registers.push(`${view.getUint16(at + 8, true).toString(16)}:${view.getBigUint64(at, true).toString(16)}`);
  }
  const sw = view.getUint16(2, true);
  return [
    `signal ${result.signal}`,
    `cw ${view.getUint16(0, true).toString(16)} sw ${(sw & 0xc7ff).toString(16)} top ${(sw >> 11) & 7}`,
    `tags ${view.getUint8(4).toString(16)}`,
    `st ${registers.join(" ")}`,
    `memory ${hex(withoutPointers(result.memory, name))}`,
    `flags ${(result.flags & 0x8d5n).toString(16)} rax ${result.rax.toString(16)}`,
  ].join(" ");
}

const host = HostRunner.open();
afterAll(() => {
  if (typeof host !== "string") host.close();
});

describe.each(BUILDS)("x87 on silicon and here (%s)", (build) => {
  let rig: FpuRig;
  beforeAll(async () => {
    rig = await FpuRig.open(build);
  });
  afterAll(() => rig.close());

  const groups = {
    arithmetic: arithmetic(),
    comparisons: comparisons(),
    moves: moves(),
    stores: stores(),
    others: others(),
    control: control(),
  };
  it.for(Object.entries(groups))("%s", ([, subjects], { skip }) => {
    if (typeof host === "string") return skip(host);
    const random = new Random(0xf00dn);
    const wrong: string[] = [];
    for (const subject of subjects) {
      const cases = Array.from({ length: Math.ceil(CASES / subjects.length) }, () => makeCase(random, subject));
      const results = host.run(cases);
      let shown = 0;
      cases.forEach((one, i) => {
        const expected = digest(results[i] as HostResult, subject.call.fn);
        const actual = digest(rig.run(subject.call, one), subject.call.fn);
        if (expected === actual || shown++ >= 3) return;
        wrong.push(
          `${subject.name}\n  before ${digest({ ...one, signal: 0 }, subject.call.fn)}\n  host   ${expected}\n  here   ${actual}`,
        );
      });
      if (shown > 0) wrong.push(`${subject.name}: ${shown} of ${cases.length}`);
    }
    expect(wrong.join("\n")).toBe("");
  });
});
