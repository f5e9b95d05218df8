/** Stores to code that is decoded already: by the code itself, by other vCPUs, from outside. */
import { describe, expect, test } from "vitest";
import { CodeCache, KVM_EXIT_HLT } from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { CodeRig, PAGE } from "./code_rig.js";

const HLT = [0xf4];
/** mov al, imm8 */
const movAl = (value: number): number[] => [0xb0, value];
/** mov byte [rip + disp32], imm8: 7 bytes */
const movRip = (disp: number, value: number): number[] => {
  const bytes = [0xc6, 0x05, 0, 0, 0, 0, value];
  for (let i = 0; i < 4; i++) bytes[2 + i] = (disp >> (8 * i)) & 0xff;
  return bytes;
};

function counter(rig: CodeRig, name: "blocksDecoded" | "pagesMarked" | "blocksDropped" | "pagesStale"): number {
  return Number(rig.vm.memory.get(Number(rig.get("codeCache")), CodeCache[name]));
}

describe.each(BUILDS)("stores to decoded code, %s", (build) => {
  test("take effect at the next instruction of the same block", async () => {
    const rig = await CodeRig.open({ build });
    // The immediate of the instruction right behind the store.
    rig.write(0x1000, [...movRip(1, 0x42), ...movAl(0x11), ...HLT]);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.get("rax")).toBe(0x42n);
    expect(rig.get("retired")).toBe(3n);
    rig.close();
  });

  test("take effect in a block that was executed before, in the same page and in another", async () => {
    const rig = await CodeRig.open({ build });
    for (const target of [0x1800, 0x5000]) {
      const at = 0x1000;
      // call target; mov byte [target + 1], 0x77; call target; hlt
      const call = (from: number): number[] => {
        const disp = target - (from + 5);
        return [0xe8, disp & 0xff, (disp >> 8) & 0xff, (disp >> 16) & 0xff, (disp >> 24) & 0xff];
      };
      // The store's own instruction begins behind the first call, and ends 7 bytes on.
      const code = [...call(at), ...movRip(target + 1 - (at + 12), 0x77), ...call(at + 12), ...HLT];
      rig.write(at, code);
      rig.write(target, [...movAl(0x33), 0x00, 0xc3, 0xc3]); // add bl, al; ret
      rig.set("rip", at);
      rig.set("rbx", 0);
      expect(rig.run()).toBe(KVM_EXIT_HLT);
      expect(rig.get("rax")).toBe(0x77n);
      expect(rig.get("rbx")).toBe(0xaan);
    }
    rig.close();
  });

  test("from outside are seen by the next run", async () => {
    const rig = await CodeRig.open({ build });
    rig.write(0x1000, [...movAl(1), ...HLT]);
    for (let value = 2; value < 6; value++) {
      rig.set("rip", 0x1000);
      rig.run();
      expect(rig.get("rax")).toBe(BigInt(value - 1));
      rig.write(0x1001, [value]);
    }
    rig.close();
  });

  test("by another vCPU are seen by the next run, and cost that vCPU's page only", async () => {
    const rig = await CodeRig.open({ build, vcpus: 2 });
    rig.write(0x1000, [...movAl(1), ...HLT]);
    rig.write(0x2000, [...movRip(0x1001 - 0x2007, 9), ...HLT]);
    rig.run(0);
    expect(rig.get("rax")).toBe(1n);
    rig.set("rip", 0x2000, 1);
    rig.run(1);
    rig.set("rip", 0x1000);
    rig.run(0);
    expect(rig.get("rax")).toBe(9n);
    expect(counter(rig, "pagesStale")).toBe(1);
    rig.close();
  });

  test("to other lines of a page with code drop nothing", async () => {
    const rig = await CodeRig.open({ build });
    // mov ecx,100; 1: mov [0x1800], ecx (disp32); dec ecx; jnz 1b; hlt
    const loop = [0xb9, 100, 0, 0, 0, 0x89, 0x0c, 0x25, 0x00, 0x18, 0, 0, 0xff, 0xc9, 0x75, 0xf5];
    rig.write(0x1000, [...loop, ...HLT]);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.read(0x1800, 1)[0]).toBe(1);
    expect(counter(rig, "blocksDropped")).toBe(0);
    expect(counter(rig, "pagesMarked")).toBe(1);
    rig.close();
  });

  test("again and again make the frame a data frame, and cost a decode now and then", async () => {
    const rig = await CodeRig.open({ build });
    const n = 5000;
    // mov ecx,n; 1: mov [0x1800], ecx; dec ecx; jnz 1b; hlt
    const loop = [0xb9, n & 0xff, n >> 8, 0, 0, 0x89, 0x0c, 0x25, 0x00, 0x18, 0, 0, 0xff, 0xc9, 0x75, 0xf5];
    rig.write(0x1000, [...loop, ...HLT]);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.get("retired")).toBe(2n + 3n * BigInt(n));
    expect(counter(rig, "pagesMarked")).toBeLessThan(n / 200);
    rig.close();
  });

  test("an instruction that crosses a page is decoded from both pages, each time", async () => {
    const rig = await CodeRig.open({ build });
    // mov eax, imm32 at the last 2 bytes of a page
    rig.write(2 * PAGE - 2, [0xb8, 0x78, 0x56, 0x34, 0x12, ...HLT]);
    rig.set("rip", 2 * PAGE - 2);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.get("rax")).toBe(0x12345678n);
    rig.write(2 * PAGE, [0xbb]);
    rig.set("rip", 2 * PAGE - 2);
    rig.run();
    expect(rig.get("rax")).toBe(0x1234bb78n);
    rig.close();
  });
});
