/** Linear addresses of operands: address sizes, segment bases, limits and types. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CODE_16,
  CODE_32,
  CODE_64,
  CR0_PE,
  EXC_GP,
  EXC_NONE,
  EXC_SS,
  HW_READ,
  HW_WRITE,
  OP_ADDR_SEG_SHIFT,
  OP_ADDR_SIZE_SHIFT,
  OP_ADDR_SLOW,
  Op,
  REG_ZERO,
  SEG_CS,
  SEG_DS,
  SEG_FS,
  SEG_SS,
  SEG_UNUSABLE,
  SEGMENT_BYTES,
  Segment,
  X86,
  X86_SEGMENTS,
} from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { PagingRig } from "./paging_rig.js";

const ADDRESS_FAULT = 1n << 63n;
const DATA = 0x93;
const READ_ONLY = 0x91;
const EXPAND_DOWN = 0x97;
const CODE = 0x9b;
const EXECUTE_ONLY = 0x99;
const BIG = 0x4000;

/** Of the operand: four bytes. */
interface Operand {
  seg: number;
  /** 0, 1, 2: 16, 32, 64 bits. */
  size: number;
  base?: bigint;
  index?: bigint;
  scale?: number;
  disp?: number;
}

describe.each(BUILDS)("addresses (%s)", (build) => {
  let rig: PagingRig;
  beforeEach(async () => {
    rig = await PagingRig.open(build, "ept");
    rig.set("cr0", CR0_PE);
    for (let seg = 0; seg < 6; seg++) segment(seg, 0n, 0xffff_ffff, DATA | BIG);
  });
  afterEach(() => rig.close());

  function segment(seg: number, base: bigint, limit: number, attributes: number): void {
    const at = rig.c + X86_SEGMENTS + seg * SEGMENT_BYTES;
    const dv = rig.rig.core.dv();
    dv.setBigUint64(at + Segment.base.offset, base, true);
    dv.setUint32(at + Segment.limit.offset, limit, true);
    dv.setUint32(at + Segment.attributes.offset, attributes, true);
  }

  function address(operand: Operand, access = HW_READ): bigint {
    const { seg, size, base = 0n, index = 0n, scale = 0, disp = 0 } = operand;
    rig.set("rbx", base);
    rig.set("rsi", index);
    const dv = rig.rig.core.dv();
    dv.setUint8(rig.op + Op.flags.offset, OP_ADDR_SLOW);
    dv.setUint8(rig.op + Op.base.offset, X86.rbx.offset);
    dv.setUint8(rig.op + Op.index.offset, index === 0n ? REG_ZERO << 3 : X86.rsi.offset);
    dv.setUint8(rig.op + Op.addr.offset, scale | (seg << OP_ADDR_SEG_SHIFT) | (size << OP_ADDR_SIZE_SHIFT));
    dv.setInt32(rig.op + Op.disp.offset, disp, true);
    return BigInt.asUintN(64, rig.x.pagingProbeAddress(rig.c, rig.op, access));
  }

  /** The vector that a refused operand raised. */
  function refusal(operand: Operand, access = HW_READ): number {
    expect(address(operand, access)).toBe(ADDRESS_FAULT);
    // The address goes on to a memory helper, which hands the exception on.
    const outcome = rig.read(ADDRESS_FAULT, 4);
    expect(outcome).toMatchObject({ kind: "fault", error: 0 });
    expect(rig.get("excVector")).toBe(BigInt(EXC_NONE));
    return outcome.kind === "fault" ? outcome.vector : -1;
  }

  it("add base, scaled index and displacement", () => {
    rig.set("codeMode", CODE_64);
    const operand = { seg: SEG_DS, size: 2, base: 0x1000n, index: -1n, scale: 3, disp: -0x10 };
    expect(address(operand)).toBe(0x1000n - 8n - 16n);
    rig.rig.core.dv().setUint8(rig.op + Op.flags.offset, 0);
    expect(BigInt.asUintN(64, rig.x.pagingProbeAddress(rig.c, rig.op, HW_READ))).toBe(0x1000n - 8n - 16n);
  });

  it("are cut to the address size before the base is added", () => {
    rig.set("codeMode", CODE_64);
    segment(SEG_FS, 0xffff_8000_0000_0000n, 0, 0);
    segment(SEG_DS, 0x1234_0000n, 0, SEG_UNUSABLE);
    const base = 0xffff_ffff_0000_0010n;
    expect(address({ seg: SEG_DS, size: 1, base })).toBe(0x10n);
    expect(address({ seg: SEG_FS, size: 1, base })).toBe(0xffff_8000_0000_0010n);
    expect(address({ seg: SEG_FS, size: 2, base: -8n })).toBe(0xffff_7fff_ffff_fff8n);
    rig.set("codeMode", CODE_16);
    segment(SEG_DS, 0xffff_fff0n, 0xffff, DATA);
    expect(address({ seg: SEG_DS, size: 0, base: 0xffffn, disp: 0x21 })).toBe(0x10n);
  });

  it("obey limits", () => {
    rig.set("codeMode", CODE_32);
    segment(SEG_DS, 0x1000n, 0xfff, DATA | BIG);
    expect(address({ seg: SEG_DS, size: 1, base: 0xffcn })).toBe(0x1ffcn);
    expect(refusal({ seg: SEG_DS, size: 1, base: 0xffdn })).toBe(EXC_GP);
    segment(SEG_SS, 0n, 0xffff_ffff, DATA | BIG);
    expect(address({ seg: SEG_SS, size: 1, base: 0xffff_fffcn })).toBe(0xffff_fffcn);
    expect(refusal({ seg: SEG_SS, size: 1, base: 0xffff_fffdn })).toBe(EXC_SS);
  });

  it("obey limits of expand-down segments", () => {
    rig.set("codeMode", CODE_32);
    segment(SEG_DS, 0n, 0xfff, EXPAND_DOWN);
    expect(refusal({ seg: SEG_DS, size: 1, base: 0xfffn })).toBe(EXC_GP);
    expect(address({ seg: SEG_DS, size: 1, base: 0x1000n })).toBe(0x1000n);
    expect(address({ seg: SEG_DS, size: 1, base: 0xfffcn })).toBe(0xfffcn);
    expect(refusal({ seg: SEG_DS, size: 1, base: 0xfffdn })).toBe(EXC_GP);
    segment(SEG_DS, 0n, 0xfff, EXPAND_DOWN | BIG);
    expect(address({ seg: SEG_DS, size: 1, base: 0xffff_fffcn })).toBe(0xffff_fffcn);
  });

  it.each([
    ["data", DATA, true, true],
    ["read-only data", READ_ONLY, true, false],
    ["readable code", CODE, true, false],
    ["execute-only code", EXECUTE_ONLY, false, false],
    ["nothing", SEG_UNUSABLE | DATA, false, false],
  ] as const)("obey the type of a segment of %s", (_, attributes, mayRead, mayWrite) => {
    rig.set("codeMode", CODE_32);
    segment(SEG_CS, 0n, 0xffff_ffff, attributes | BIG);
    const operand = { seg: SEG_CS, size: 1, base: 0x100n };
    if (mayRead) expect(address(operand)).toBe(0x100n);
    else expect(refusal(operand)).toBe(EXC_GP);
    if (mayWrite) expect(address(operand, HW_WRITE)).toBe(0x100n);
    else expect(refusal(operand, HW_READ | HW_WRITE)).toBe(EXC_GP);
    // Real mode asks for limits only.
    rig.set("cr0", 0n);
    expect(address(operand, HW_WRITE)).toBe(0x100n);
  });
});
