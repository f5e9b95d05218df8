/** What has no end in the guest ends for its host: every endless sequence heeds a kick. */
import { describe, expect, test } from "vitest";
import {
  KVM_EXIT_INTR,
  REQ_KICK,
  SEG_CS,
  SEG_SS,
  SEGMENT_BYTES,
  Segment,
  STATE_REGS,
  STATE_SREGS,
  Vcpu,
  X86,
  X86_SEGMENTS,
} from "../../src/abi/index.js";
import { CodeRig } from "../core/cpu/code_rig.js";
import { BUILDS } from "../core/harness.js";

interface Probes {
  probeRequest(vcpu: number, bit: number): void;
}

const CODE_AT = 0x1000;
const IDT_AT = 0x2000;
const GDT_AT = 0x3000;
const EXC_AC = 17;
/** Present, not a system segment, DPL 3, 32 bits, 4 GiB. */
const USER = 0xc0f3;

describe.each(BUILDS)("endless, %s", (build) => {
  test("#AC whose delivery raises #AC: ring 3's handler on a misaligned stack", async () => {
    const rig = await CodeRig.open({ build });
    const { x, memory, core } = rig.vm;
    const vcpu = rig.vcpus[0] as number;
    rig.write(CODE_AT, [0x50]); // push eax
    rig.write(IDT_AT + EXC_AC * 8, [CODE_AT & 0xff, CODE_AT >> 8, 0x0b, 0, 0, 0x8e, 0, 0]);
    rig.write(GDT_AT + 8, [0xff, 0xff, 0, 0, 0, 0xfb, 0xcf, 0]);
    const image = x.kblockAlloc(0) >>> 0;
    expect(x.vcpuGetState(vcpu, image)).toBe(0);
    memory.set(image, X86.rip, BigInt(CODE_AT));
    memory.set(image, X86.rsp, 0x5001n);
    memory.set(image, X86.rflags, 0x40002n); // AC
    memory.set(image, X86.cr0, 0x40011n); // AM, ET, PE
    memory.set(image, X86.efer, 0n);
    memory.set(image, X86.gdtBase, BigInt(GDT_AT));
    memory.set(image, X86.idtBase, BigInt(IDT_AT));
    memory.set(image, X86.idtLimit, 0xff);
    for (let seg = 0; seg < 6; seg++) {
      const at = image + X86_SEGMENTS + seg * SEGMENT_BYTES;
      memory.set(at, Segment.base, 0n);
      memory.set(at, Segment.limit, 0xffffffff);
      memory.set(at, Segment.selector, seg === SEG_CS ? 0x0b : seg === SEG_SS ? 0x13 : 0);
      memory.set(at, Segment.attributes, seg === SEG_CS ? USER | 8 : USER);
    }
    expect(x.vcpuSetState(vcpu, image, STATE_REGS | STATE_SREGS)).toBe(0);
    x.kblockFree(image, 0);

    const thread = await core.thread(1);
    const run = thread.call("vcpuRun", vcpu);
    const early = await Promise.race([run, new Promise((resolve) => setTimeout(() => resolve("runs"), 50))]);
    (x as unknown as Probes).probeRequest(vcpu, REQ_KICK);
    const late = new Promise((resolve) => setTimeout(() => resolve("hangs"), 5000));
    const end = await Promise.race([run, late]);
    await thread.terminate();
    expect([early, end]).toEqual(["runs", 0]);
    expect(memory.get(vcpu, Vcpu.exitReason)).toBe(KVM_EXIT_INTR);
    expect(rig.get("rip")).toBe(BigInt(CODE_AT));
    expect(rig.get("delivering")).toBe(BigInt(EXC_AC + 1));
    rig.close();
  });
});
