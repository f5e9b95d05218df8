/** Control registers, MSRs, CPUID, system calls and the like in 64-bit mode. */
import { describe, expect, test } from "vitest";
import { SEG_CS, SEG_FS, SEG_SS, type X86 } from "../../../../src/abi/index.js";
import { BUILDS } from "../../harness.js";
import { CODE, HLT, SystemRig } from "./system_rig.js";

const at = (offset: number) => BigInt(CODE + offset);
type Build = (typeof BUILDS)[number];
type Registers = Partial<Record<keyof typeof X86, bigint | number>>;

/** Runs `code` and HLT from `registers`; the vector it faults with, or the rig. */
async function run(build: Build, code: readonly number[], registers: Registers): Promise<SystemRig> {
  const rig = await SystemRig.open(build, [...code, HLT]);
  for (const [name, value] of Object.entries(registers)) rig.code.set(name as "rax", value);
  return rig;
}

const WRMSR = [0x0f, 0x30];
const RDMSR = [0x0f, 0x32];
const CPUID = [0x0f, 0xa2];
const MOV_CR0 = [0x0f, 0x22, 0xc0];
const MOV_CR3 = [0x0f, 0x22, 0xd8];
const MOV_CR4 = [0x0f, 0x22, 0xe0];

describe.each(BUILDS)("control, %s", (build) => {
  test.each([
    { what: "CR0 beyond 32 bits", code: MOV_CR0, registers: { rax: 0x180010033n } },
    { what: "PG without PE", code: MOV_CR0, registers: { rax: 0x80000010n } },
    { what: "NW without CD", code: MOV_CR0, registers: { rax: 0xa0010033n } },
    { what: "paging off in 64-bit mode", code: MOV_CR0, registers: { rax: 0x33n } },
    { what: "CR3 beyond MAXPHYADDR", code: MOV_CR3, registers: { rax: 1n << 46n } },
    { what: "PAE off in IA-32e mode", code: MOV_CR4, registers: { rax: 0x600n } },
    { what: "LA57 in IA-32e mode", code: MOV_CR4, registers: { rax: 0x1620n } },
    { what: "a reserved bit of CR4", code: MOV_CR4, registers: { rax: 0x8000620n } },
    { what: "EFER.LME while paging", code: WRMSR, registers: { rcx: 0xc0000080n, rax: 0x801n, rdx: 0n } },
    { what: "LSTAR not canonical", code: WRMSR, registers: { rcx: 0xc0000082n, rax: 0n, rdx: 0x8000n } },
    { what: "PAT of type 2", code: WRMSR, registers: { rcx: 0x277n, rax: 2n, rdx: 0n } },
    { what: "an unknown MSR", code: RDMSR, registers: { rcx: 0x12345n } },
    { what: "XSETBV without OSXSAVE", code: [0x0f, 0x01, 0xd1], registers: {}, vector: 6 },
    { what: "CR1", code: [0x0f, 0x20, 0xc8], registers: {}, vector: 6 },
    { what: "CR8 of 5 bits", code: [0x44, 0x0f, 0x22, 0xc0], registers: { rax: 0x10n } },
    { what: "RDFSBASE without FSGSBASE", code: [0xf3, 0x48, 0x0f, 0xae, 0xc0], registers: {}, vector: 6 },
  ])("$what is refused", async ({ code, registers, vector = 13 }) => {
    const rig = await run(build, code, registers);
    expect(rig.runToHandler()).toMatchObject({ vector, rip: at(0) });
    rig.close();
  });

  test("MSRs keep what is written", async () => {
    const rig = await run(build, [...WRMSR, 0x31, 0xc0, ...RDMSR], {
      rcx: 0xc0000100n,
      rax: 0x12345678n,
      rdx: 0x7fffn,
    });
    rig.runToHlt();
    expect([rig.code.get("rax"), rig.code.get("rdx")]).toEqual([0x12345678n, 0x7fffn]);
    rig.close();
  });

  test("the time-stamp counter can be written, and counts instructions in deterministic mode", async () => {
    // wrmsr; nop; nop; rdtsc
    const rig = await run(build, [...WRMSR, 0x90, 0x90, 0x0f, 0x31], { rcx: 0x10n, rax: 1000n, rdx: 0n });
    rig.code.set("deterministic", 1);
    rig.runToHlt();
    expect(rig.code.get("rax")).toBe(1003n);
    rig.close();
  });

  test("CPUID: the default model", async () => {
    const ask = async (leaf: number, index = 0) => {
      const rig = await run(build, CPUID, { rax: leaf, rcx: index });
      rig.runToHlt();
      const answer = (["rax", "rbx", "rcx", "rdx"] as const).map((name) => Number(rig.code.get(name)));
      rig.close();
      return answer;
    };
    expect(await ask(0)).toEqual([0x16, 0x756e6547, 0x6c65746e, 0x49656e69]);
    const [signature, , ecx = 0, edx = 0] = await ask(1);
    expect(signature).toBe(0x806f8);
    // SSE3, SSSE3, CX16, SSE4.1, SSE4.2, POPCNT, hypervisor; then FPU, TSC, PAE, CX8, APIC, CMOV, FXSR, SSE, SSE2.
    expect((ecx >>> 0) & 0x80982201).toBe(0x80982201 | 0);
    expect(edx & 0x7008351).toBe(0x7008351);
    expect(await ask(0x40000000)).toEqual([0x40000010, 0x4b4d564b, 0x564b4d56, 0x4d]);
    expect((await ask(0x80000008))[0]).toBe((57 << 8) | 46);
    // x87, SSE and PKRU.
    expect(await ask(0xd)).toEqual([0x203, 576, 840, 0]);
  });

  test("SYSCALL and SYSRET", async () => {
    // syscall; hlt ... at LSTAR 2000: sysretq
    const rig = await run(build, [0x0f, 0x05, 0xcd, 0x21], {
      star: 0x001b000800000000n,
      lstar: 0x2000n,
      sfmask: 0x200n,
    });
    rig.gate(0x21, { type: 0xee });
    rig.code.write(0x2000, [0x48, 0x0f, 0x07]);
    rig.write64(0x70000, 0x71007n);
    rig.write64(0x71000, 0x87n);
    rig.code.set("flags", 0x202n);
    const frame = rig.runToHandler();
    expect(frame).toMatchObject({ vector: 0x21, cs: 0x2b, ss: 0x23, rip: at(4) });
    expect(frame.rflags & 0x200n).toBe(0x200n);
    expect([rig.code.get("rcx"), rig.code.get("r11") & 0x200n]).toEqual([at(2), 0x200n]);
    expect([rig.selectorOf(SEG_CS), rig.selectorOf(SEG_SS)]).toEqual([0x08, 0]);
    rig.close();
  });

  test("SWAPGS and the base instructions", async () => {
    // swapgs; rdgsbase rax; wrfsbase rbx; hlt
    const code = [0x0f, 0x01, 0xf8, 0xf3, 0x48, 0x0f, 0xae, 0xc8, 0xf3, 0x48, 0x0f, 0xae, 0xd3];
    const rig = await run(build, code, { cr4: 0x10620, kernelGsBase: 0x7777n, rbx: 0x5555n });
    rig.runToHlt();
    expect(rig.code.get("rax")).toBe(0x7777n);
    expect(rig.code.get("kernelGsBase")).toBe(0n);
    expect(rig.selectorOf(SEG_FS)).toBe(0);
    rig.close();
  });
});
