/** Real and protected mode without paging: the guest program guests/legacy.S, and what it logs. */
import { describe, expect, test } from "vitest";
import { BUILDS } from "../../harness.js";
import { SystemRig } from "./system_rig.js";

const LOG = 0x10000;
const LOG_END = 0x7f00;
const UNDEFINED = 0xe06;
const TSS_FAULT = 0xe0a;
const PROTECTION = 0xe0d;

const REAL = [
  [1, 0x200], // IRET has set IF again
  [2, 0x12345678], // unreal mode reached beyond 64 KiB
  [3, 0x7dfa], // the interrupt has pushed three words
];
const TABLES = [
  [4, 0x38],
  [5, 0x58],
  [0x10, 0xcff300], // LAR
  [0x11, 0xffffffff], // LSL
  [0x12, 0x100], // readable, not writable
  [0x13, 0], // beyond the table
  [0x14, 0x43], // ARPL
];
const REFUSED = [
  [PROTECTION, 0x1230], // beyond the table
  [PROTECTION, 0], // SS null
  [PROTECTION, 0x78], // SS read-only
  [PROTECTION, 0x30], // SS of ring 3
  [PROTECTION, 0], // a write to read-only data
  [PROTECTION, 0], // a null segment used
  [PROTECTION, 0x10], // JMP to data
  [PROTECTION, 0], // JMP to null
  [PROTECTION, 0x202], // a gate beyond the table
];
const GATES = [
  [0x20, -6 >>> 0], // the 16-bit gate's frame
  [0x21, 0x200], // the trap gate has left IF set
];
const USER = [
  [0x30, 0x2b],
  [PROTECTION, 0], // HLT
  [PROTECTION, 0], // MOV CR0
  [PROTECTION, 0x72], // INT through a gate of ring 0
  [PROTECTION, 0x10], // ring 0's data
  [0x31, 0x22222222], // parameters of the call gate, the last first
  [0x32, 0x11111111],
  [0x33, 0xc0000], // RETF has released them on both stacks
  [0x34, 0], // DS was ring 0's
  [0x35, 0x6b], // conforming: CPL is 3 still
  [0x36, 0x9fff8], // a frame of four words
  [0x37, 0], // ESP comes back as 16 bits
  [0x38, 8],
  [0x39, 0],
];
const TASKS = [
  [0x40, 0x0b0b0b0b],
  [0x41, 0x40],
  [0x42, 0x4000], // NT
  [0x43, 0x38], // the link
  [0x44, 0],
  [0x45, 0x38],
  [0x46, 8], // CR0.TS
  [0x47, 0x78], // #NP's error code, pushed by the task gate
  [0x48, 0], // the fault's EIP in the old TSS
  [0x4a, 0x78],
  [0x4b, 0x50], // the 16-bit task
  [0x4c, 0x38], // and back
  [PROTECTION, 0x38], // busy
  [TSS_FAULT, 0x40], // too small
];
const SYSENTER = [
  [0x50, 0x1b],
  [0x51, 0x23],
  [0x52, 8],
  [0x53, 0xa0000],
];

describe.each(BUILDS)("protected and real mode, %s", (build) => {
  test("segments, gates, levels, tasks and the way back", async () => {
    const rig = await SystemRig.openGuest(build, "legacy");
    rig.runToHlt();
    const end = Number(rig.read64(BigInt(LOG_END)) & 0xffffffffn);
    const log = new DataView(rig.code.read(LOG, end - LOG).buffer);
    const entries = Array.from({ length: (end - LOG) / 8 }, (_, i) => [
      log.getUint32(i * 8, true),
      log.getUint32(i * 8 + 4, true),
    ]);
    expect(entries).toEqual([...REAL, ...TABLES, ...REFUSED, ...GATES, ...USER, ...TASKS, ...SYSENTER]);
    expect(entries).not.toContainEqual([UNDEFINED, expect.anything()]);
    // In real mode again, an interrupt through the vector table and back.
    expect(rig.code.get("cr0") & 1n).toBe(0n);
    expect([rig.code.get("rbx"), rig.code.get("rdx")]).toEqual([0n, 0x600dn]);
    rig.close();
  });
});
