/** CPUID tables: what is there, what a vCPU makes of them, and features taken away by name. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CpuidEntry, featuresOf, type Vcpu } from "../../src/kvm/index.js";
import { CODE, codeVcpu, setVector, withCode } from "./machine_code.js";
import { expectRefused, withVm } from "./support.js";

const HLT = 0xf4;
/** cpuid; hlt */
const CPUID_HLT = [0x0f, 0xa2, HLT];
const XSAVE_LEAF = 0xd;
/** What follows registers: in the tables it is not. */
const OSXSAVE = 1 << 27;

type Answer = Pick<CpuidEntry, "eax" | "ebx" | "ecx" | "edx">;

/** What the guest sees. */
async function ask(vcpu: Vcpu, leaf: number, index: number): Promise<Answer> {
  await vcpu.setRegs({ ...(await vcpu.getRegs()), rip: BigInt(CODE), rax: BigInt(leaf), rcx: BigInt(index) });
  expect(await vcpu.run()).toEqual({ reason: "hlt" });
  const { rax, rbx, rcx, rdx } = await vcpu.getRegs();
  return { eax: Number(rax), ebx: Number(rbx), ecx: Number(rcx), edx: Number(rdx) };
}

describe("CPUID", () => {
  it("names an Intel processor under KVM, with x86-64-v2 and what a distribution's kernel wants", () =>
    withVm({}, async (_, system) => {
      const entries = await system.supportedCpuid();
      const leaf = (n: number) => entries.find((entry) => entry.function === n) as CpuidEntry;
      const text = (...words: number[]) => Buffer.from(Uint32Array.from(words).buffer).toString("latin1");
      expect(text(leaf(0).ebx, leaf(0).edx, leaf(0).ecx)).toBe("GenuineIntel");
      expect(text(leaf(0x40000000).ebx, leaf(0x40000000).ecx, leaf(0x40000000).edx)).toBe("KVMKVMKVM\0\0\0");
      const wanted = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3 lm nx syscall fxsr xsave pge pae apic msr hypervisor";
      expect(featuresOf(entries)).toEqual(expect.arrayContaining(wanted.split(" ")));
      // FCS and FDS are deprecated; PKRU is where AVX's state would end.
      expect((leaf(7).ebx >> 13) & 1).toBe(1);
      const xsave = entries.filter((entry) => entry.function === XSAVE_LEAF);
      expect(xsave[0]).toMatchObject({ index: 0, eax: 0x203, ecx: 840, edx: 0 });
      expect(xsave[2]).toMatchObject({ index: 9, eax: 8, ebx: 832, ecx: 0 });
    }));

  it("has the features that docs/cpuid.md lists", () =>
    withVm({}, async (_, system) => {
      const text = readFileSync(new URL("../../docs/cpuid.md", import.meta.url), "utf8");
      const section = text.split("## ").find((part) => part.startsWith("Features")) ?? "";
      const rows = section.split("\n").filter((line) => /^\| (1|7|D|8)/.test(line));
      const listed = rows.flatMap((row) => (row.split("|")[2] as string).trim().split(" "));
      expect(featuresOf(await system.supportedCpuid())).toEqual(listed);
    }));

  it("every feature bit of the model has its name", () =>
    withVm({}, async (_, system) => {
      const entries = await system.supportedCpuid();
      const bare = await system.supportedCpuid({ without: featuresOf(entries) });
      expect(featuresOf(bare)).toEqual([]);
      const word = (leaf: number, register: keyof Answer) => bare.find((e) => e.function === leaf)?.[register];
      expect([word(1, "ecx"), word(1, "edx"), word(7, "ecx"), word(7, "edx")]).toEqual([0, 0, 0, 0]);
      expect([word(0x80000001, "ecx"), word(0x80000001, "edx"), word(0x80000007, "edx")]).toEqual([0, 0, 0]);
      expect(word(7, "ebx")).toBe(1 << 13); // no feature: something deprecated
      expect(bare.filter((entry) => entry.function === XSAVE_LEAF)).toEqual([]);
    }));

  it("is the same for a guest with the table of its own model as without", () =>
    withCode(CPUID_HLT, async (vm) => {
      const [plain, set] = [await codeVcpu(vm, 0), await codeVcpu(vm, 1)];
      const table = await set.getCpuid();
      await set.setCpuid(table);
      expect(await set.getCpuid()).toEqual(table);
      for (const { function: leaf, index, ...entry } of table) {
        const { eax, ebx, ecx, edx } = entry;
        const answer = await ask(set, leaf, index);
        if (leaf === 0x80000001)
          expect(answer).toEqual({ eax, ebx, ecx, edx: edx & ~(1 << 11) }); // SYSCALL: 64-bit code only
        else expect(answer).toEqual({ eax, ebx, ecx, edx });
        const other = await ask(plain, leaf, index);
        if (leaf === 1)
          expect(other.ebx ^ ebx).toBe(1 << 24); // the APIC id
        else if (leaf !== 0xb) expect(other).toEqual(answer);
      }
      // Beyond the last basic leaf: as the last one.
      expect(await ask(plain, 0x1234, 0)).toEqual(await ask(plain, 0x16, 0));
      expect(await ask(set, 0x1234, 0)).toEqual(await ask(plain, 0x16, 0));
      expect(await ask(plain, 0x40001234, 0)).toEqual({ eax: 0, ebx: 0, ecx: 0, edx: 0 });
    }));

  it("a feature that is taken away raises #UD, and is not to be had in control registers", () =>
    // popcnt ax, ax; hlt
    withCode([0xf3, 0x0f, 0xb8, 0xc0, HLT], async (vm) => {
      await setVector(vm, 6, CODE + 4);
      const [plain, without] = [await codeVcpu(vm, 0), await codeVcpu(vm, 1)];
      const table = (await without.getCpuid()).map((entry) => ({ ...entry }));
      const one = table.find((entry) => entry.function === 1) as CpuidEntry;
      one.ecx = (one.ecx & ~(1 << 23)) >>> 0;
      await without.setCpuid(table);
      for (const vcpu of [plain, without]) {
        await vcpu.setRegs({ ...(await vcpu.getRegs()), rax: 0xffn });
        expect(await vcpu.run()).toEqual({ reason: "hlt" });
      }
      expect((await plain.getRegs()).rax).toBe(8n);
      expect((await without.getRegs()).rax).toBe(0xffn);
      await expectRefused(without.setCpuid(table), "EINVAL", /has run keeps/);
    }));

  it("by name: pku takes its XSAVE component with it, and XCR0 refuses it", () =>
    withVm({}, async (vm, system) => {
      const vcpu = await vm.createVcpu(3);
      await vcpu.setXcr0(0x203n);
      await vcpu.setXcr0(1n);
      const table = await system.supportedCpuid({ without: ["pku", "sha_ni"], apicId: 3 });
      expect(table.find((entry) => entry.function === 1)?.ebx).toBe(0x03010800);
      expect(featuresOf(table)).not.toContain("sha_ni");
      await vcpu.setCpuid(table);
      await expectRefused(vcpu.setXcr0(0x203n), "EINVAL", /no processor/);
      await vcpu.setXcr0(3n);
      await expectRefused(system.supportedCpuid({ without: ["avx512"] }), "EINVAL", /"avx512" is no feature.*sse4_2/s);
      await expectRefused(vcpu.setCpuid(Array(101).fill(table[0])), "E2BIG", /at most 100/);
    }));

  it("tells the size of XSAVE areas by XCR0, and OSXSAVE by CR4", () =>
    withCode(CPUID_HLT, async (vm) => {
      const vcpu = await codeVcpu(vm, 0);
      expect(await ask(vcpu, XSAVE_LEAF, 0)).toMatchObject({ ebx: 576 });
      await vcpu.setXcr0(0x203n);
      expect(await ask(vcpu, XSAVE_LEAF, 0)).toMatchObject({ ebx: 840 });
      expect(await ask(vcpu, XSAVE_LEAF, 1)).toMatchObject({ ebx: 584 });
      expect((await ask(vcpu, 1, 0)).ecx & OSXSAVE).toBe(0);
      await vcpu.setSregs({ ...(await vcpu.getSregs()), cr4: 1n << 18n });
      expect((await ask(vcpu, 1, 0)).ecx & OSXSAVE).toBe(OSXSAVE);
    }));
});
