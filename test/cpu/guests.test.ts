/**
 * Guest programs (guests/), judged by the log that they leave in memory; and their images, which are what their sources
 * make (compared where GNU as and ld are there).
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { KVM_EXIT_HLT, SEGMENT_BYTES, Vcpu, X86, X86_SEGMENTS } from "../../src/abi/index.js";
import { assembleGuest, guestNames, guestPath, hasBinutils } from "../../tools/guests.mjs";
import { openRig } from "../core/vcpu/vcpu_rig.js";

const LOAD_ADDRESS = 0x8000n;
const LOG = 0x10000n;
const LOG_BYTES = 4096;
const ENTRY_BYTES = 32;
const MEMORY_PAGES = 1024;
const END = 0xffffffff;
const NO_ERROR = 0xffffffff;
const SEG_CS = 1;

interface Entry {
  vector: number;
  error: number;
  distance: bigint;
  cr2: bigint;
}

/** Runs a guest from its first instruction, in real mode, to its last HLT. @returns its log */
async function runGuest(name: string): Promise<Entry[]> {
  const rig = await openRig("test", MEMORY_PAGES);
  const { x, memory, vm, vcpu } = rig;
  const buffer = x.kblockAlloc(0) >>> 0;
  const image = readFileSync(guestPath(name));
  expect(image.length).toBeLessThanOrEqual(4096);
  memory.bytesAt(buffer, image.length).set(image);
  expect(x.guestWrite(vm, 0, LOAD_ADDRESS, buffer, image.length)).toBe(0);
  const c = memory.get(vcpu, Vcpu.x86);
  const dv = rig.core.dv();
  dv.setBigUint64(c + X86.rip.offset, LOAD_ADDRESS, true);
  dv.setBigUint64(c + X86_SEGMENTS + SEG_CS * SEGMENT_BYTES, 0n, true);
  dv.setUint16(c + X86_SEGMENTS + SEG_CS * SEGMENT_BYTES + 12, 0, true);
  x.vcpuRun(vcpu);
  const reason = memory.get(vcpu, Vcpu.exitReason);
  const rip = dv.getBigUint64(c + X86.rip.offset, true);
  expect(x.guestRead(vm, 0, LOG, buffer, LOG_BYTES)).toBe(0);
  const log: Entry[] = [];
  for (let at = buffer; at < buffer + LOG_BYTES; at += ENTRY_BYTES) {
    const vector = dv.getUint32(at, true);
    if (vector === END) break;
    const error = dv.getUint32(at + 4, true);
    log.push({ vector, error, distance: dv.getBigInt64(at + 8, true), cr2: dv.getBigUint64(at + 16, true) });
  }
  x.kblockFree(buffer, 0);
  expect(reason, `ended at ${rip.toString(16)} after ${log.length} entries`).toBe(KVM_EXIT_HLT);
  rig.close();
  return log;
}

describe("guest programs", () => {
  test("exceptions of 64-bit mode: vectors, error codes, saved RIP, CR2, in order", async () => {
    const log = await runGuest("exceptions");
    const seen = log.map(({ vector, error, distance, cr2 }) =>
      [vector, error === NO_ERROR ? "none" : error, Number(distance), ...(vector === 14 ? [cr2] : [])].join(" "),
    );
    expect(seen).toEqual([
      "0 none 0",
      "3 none 1",
      "6 none 0",
      "1 none 1",
      "7 none 0",
      "7 none 0",
      "7 none 0",
      "6 none 0",
      ...[0x1234, 0x48, 0x48, 8, 0, 0x38].map((error, i) => `${i === 1 ? 11 : 13} ${error} 0`),
      `11 ${18 * 8 + 2} 0`,
      `13 ${200 * 8 + 2} 0`,
      "13 0 0",
      "12 0 0",
      "13 0 0",
      "13 0 0",
      "13 0 0",
      "6 none 0",
      "13 0 0",
      "13 0 0",
      `14 0 0 ${0x50123}`,
      `14 2 0 ${0x50456}`,
      `14 3 0 ${0x51789}`,
      `14 9 0 ${0x52abc}`,
      `14 17 0 ${0x53000}`,
      `14 0 0 ${0x50000}`,
      "19 none 0",
      "16 none 0",
      "1 none 0",
    ]);
  });

  test("ring 3: what is refused, and interrupts, SYSCALL, a call gate and compatibility mode", async () => {
    const log = await runGuest("rings");
    const refused = log
      .slice(1, 35)
      .map(({ vector, error, distance, cr2 }) =>
        [vector, error === NO_ERROR ? "none" : error, Number(distance), ...(vector === 14 ? [cr2] : [])].join(" "),
      );
    expect(refused).toEqual([
      ...Array.from({ length: 21 }, () => "13 0 0"),
      `13 ${13 * 8 + 2} 0`,
      `13 ${0x10} 0`,
      "13 8 0",
      `13 ${0x48} 0`,
      `14 5 0 ${0x9000}`,
      `14 7 0 ${0x9000}`,
      `14 21 0 ${0x8000}`,
      "32 none 2",
      "33 none 2",
      "34 none 2",
      `13 ${3 * 8 + 2} 0`, // INT3's gate is ring 0's
      "1 none 1", // INT1 asks for no privilege
      `${0x130} 0 ${0xcd7}`,
    ]);
    const notes = [log[0], ...log.slice(35)].map((entry) => [(entry?.vector ?? 0) - 0x100, entry?.distance]);
    expect(notes).toEqual([
      [0x00, 0x1234_0000_5678n], // SWAPGS
      [0x31, 0n], // LAR: ring 0's code is not seen
      [0x32, 0xa0_fb00n],
      [0x33, 0xffff_ffffn], // LSL
      [0x34, 0n], // VERR
      [0x35, 1n], // VERW
      [0x36, 0n],
      [0x37, 0x38n], // STR
      [0x38, 0n], // SLDT
      [0x39, 0x33n], // SMSW
      [0x10, 0n], // SYSCALL: RCX, R11, RFLAGS, CS, SS
      [0x11, 0xcd7n],
      [0x12, 6n],
      [0x13, 8n],
      [0x14, 0x10n],
      [0x3a, 0x33n], // after SYSRET: CS, SS, RFLAGS
      [0x3b, 0x2bn],
      [0x3c, 0xcd7n],
      [0x20, 0n], // through the gate: RIP, CS, RSP, SS on the stack; CS, SS, RSP
      [0x21, 0x33n],
      [0x22, 0x21_0000n],
      [0x23, 0x2bn],
      [0x24, 8n],
      [0x25, 0n],
      [0x26, 0x9_ffe0n],
      [0x3d, 0x33n], // after RETF: CS, SS, whether RSP is what it was
      [0x3e, 0x2bn],
      [0x3f, 1n],
      [0x40, 0x20_ffbcn], // compatibility mode: ESP after a push, RDX, what was pushed
      [0x41, 0x7fff_ffffn],
      [0x42, 0x7fff_ffffn],
    ]);
  });
});

describe.skipIf(!hasBinutils())("images (skipped where there are no GNU as and ld)", () => {
  test.each(guestNames())("%s is what its source makes", (name) => {
    expect(assembleGuest(name).equals(readFileSync(guestPath(name)))).toBe(true);
  });
});
