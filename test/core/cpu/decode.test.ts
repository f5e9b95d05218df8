/** How long instructions are, and which are none, in each mode: told by where execution stops behind them. */
import { describe, expect, test } from "vitest";
import { CODE_16, CODE_32, CODE_64, KVM_EXIT_HLT } from "../../../src/abi/index.js";
import { CodeRig } from "./code_rig.js";

const START = 0x1000;
const HLT = 0xf4;

/** Bytes, and the modes (16, 32, 64) in which they are one instruction; elsewhere they are none, or another. */
const INSTRUCTIONS: [name: string, bytes: number[], modes: number[]][] = [
  ["mov eax, imm32", [0xb8, 1, 2, 3, 4], [32, 64]],
  ["mov ax, imm16", [0xb8, 1, 2], [16]],
  ["66 mov: the other size", [0x66, 0xb8, 1, 2], [32, 64]],
  ["66 mov in 16-bit code", [0x66, 0xb8, 1, 2, 3, 4], [16]],
  ["mov rax, imm64", [0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8], [64]],
  ["a REX that a prefix follows does not count", [0x48, 0x66, 0xb8, 1, 2], [64]],
  ["inc and nop where REX is none", [0x40, 0x90], [16, 32, 64]],
  ["lea eax, [bx + si]", [0x8d, 0x00], [16]],
  ["lea eax, [disp16]", [0x8d, 0x06, 1, 2], [16]],
  ["lea eax, [bp + disp8]", [0x8d, 0x46, 1], [16]],
  ["lea eax, [bx + disp16]", [0x8d, 0x87, 1, 2], [16]],
  ["lea eax, [disp32], or RIP-relative", [0x8d, 0x05, 1, 2, 3, 4], [32, 64]],
  ["lea eax, [esp]", [0x8d, 0x04, 0x24], [32, 64]],
  ["lea eax, [index * 8 + disp32]", [0x8d, 0x04, 0xcd, 1, 2, 3, 4], [32, 64]],
  ["lea eax, [esp + disp8]", [0x8d, 0x44, 0x24, 1], [32, 64]],
  ["lea with 16-bit addressing", [0x67, 0x8d, 0x46, 1], [32]],
  ["lea with 32-bit addressing", [0x67, 0x8d, 0x44, 0x24, 1], [16, 64]],
  ["mov al, moffs", [0xa0, 0, 1, 0, 0], [32]],
  ["mov al, moffs64", [0xa0, 0, 1, 0, 0, 0, 0, 0, 0], [64]],
  ["mov al, moffs16", [0xa0, 0, 1], [16]],
  ["67 mov al, moffs32", [0x67, 0xa0, 0, 1, 0, 0], [16, 64]],
  ["prefixes in any order", [0x2e, 0x66, 0xf3, 0x90], [16, 32, 64]],
  [
    "fifteen bytes",
    [0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90],
    [16, 32, 64],
  ],
  ["nop of many bytes", [0x66, 0x0f, 0x1f, 0x84, 0x00, 0, 0, 0, 0], [32, 64]],
  ["test r/m8, imm8, both ways to say it", [0xf6, 0xc8, 1], [16, 32, 64]],
];

/** Bytes that are no instruction, and the modes in which they are not. */
const UNDEFINED: [name: string, bytes: number[], modes: number[]][] = [
  ["UD2", [0x0f, 0x0b], [16, 32, 64]],
  ["LOCK of what has none", [0xf0, 0x90], [16, 32, 64]],
  ["LOCK of a register", [0xf0, 0x01, 0xc0], [16, 32, 64]],
  ["LOCK of CMP", [0xf0, 0x39, 0x03], [32, 64]],
  ["LEA of a register", [0x8d, 0xc0], [16, 32, 64]],
  ["PUSH ES", [0x06], [64]],
  ["82", [0x82, 0xc0, 1], [64]],
  ["BSWAP's neighbour", [0x0f, 0x0f, 0xc0, 0], [16, 32, 64]],
  ["VEX behind 66", [0x66, 0xc5, 0xf8, 0x77], [64]],
  ["a map of VEX that there is not", [0xc4, 0xe0, 0x78, 0x00], [64]],
];

async function runBytes(mode: number, bytes: number[]): Promise<{ rip: bigint; reason: number }> {
  const rig = await CodeRig.open();
  if (mode !== 64) rig.enterLegacy(mode === 16 ? CODE_16 : CODE_32);
  rig.write(START, [...bytes, HLT]);
  rig.set("rip", START);
  const reason = rig.run();
  const rip = rig.get("rip");
  rig.close();
  return { rip, reason };
}

describe("an instruction's length", () => {
  test.each(INSTRUCTIONS)("%s", async (_, bytes, modes) => {
    for (const mode of modes) {
      const { rip, reason } = await runBytes(mode, bytes);
      expect([mode, reason, rip]).toEqual([mode, KVM_EXIT_HLT, BigInt(START + bytes.length + 1)]);
    }
  });
});

describe("no instruction", () => {
  test.each(UNDEFINED)("%s", async (_, bytes, modes) => {
    for (const mode of modes) {
      const { reason } = await runBytes(mode, bytes);
      expect([mode, reason]).not.toEqual([mode, KVM_EXIT_HLT]);
    }
  });

  test("sixteen bytes", async () => {
    const { reason } = await runBytes(64, [...Array.from({ length: 15 }, () => 0x66), 0x90]);
    expect(reason).not.toBe(KVM_EXIT_HLT);
  });

  test("the modes are what the tables say", () => {
    expect(CODE_64).toBe(2);
  });
});
