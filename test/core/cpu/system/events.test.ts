/** Events between instructions in 64-bit mode: exceptions within exceptions, interrupts, NMIs, shadows, debugging. */
import { describe, expect, test } from "vitest";
import { KVM_EXIT_HLT, KVM_EXIT_SHUTDOWN } from "../../../../src/abi/index.js";
import { BUILDS } from "../../harness.js";
import { CODE, HLT, SELECTOR_CODE, SELECTOR_DATA, STACK, STACK_IST, SystemRig } from "./system_rig.js";

const UD2 = [0x0f, 0x0b];
const NOP = 0x90;
const STI = 0xfb;
const CLI = 0xfa;
const FLAG_IF = 0x200n;
const FLAG_TF = 0x100n;
const FLAG_RF = 0x10000n;
const DR6_BS = 0x4000n;
const at = (offset: number) => BigInt(CODE + offset);

describe.each(BUILDS)("events, %s", (build) => {
  test("a fault pushes its instruction's address, SS:RSP and RF; IRETQ returns there", async () => {
    const rig = await SystemRig.open(build, [NOP, ...UD2, HLT]);
    rig.code.set("rsp", STACK - 3n);
    const frame = rig.runToHandler();
    expect(frame).toEqual({
      vector: 6,
      error: undefined,
      rip: at(1),
      cs: SELECTOR_CODE,
      rflags: FLAG_RF | 2n,
      rsp: STACK - 3n,
      ss: SELECTOR_DATA,
    });
    // The frame is aligned to 16 bytes.
    expect(rig.code.get("rsp")).toBe(((STACK - 3n) & ~0xfn) - 40n);
    expect(rig.runToHandler().rip).toBe(at(1));
    rig.close();
  });

  test("INT pushes what follows it, and asks the gate for privilege", async () => {
    const rig = await SystemRig.open(build, [0xcd, 0x21, 0xcc, 0xf1, HLT]);
    expect(rig.runToHandler()).toMatchObject({ vector: 0x21, rip: at(2), rflags: 2n });
    expect(rig.runToHandler()).toMatchObject({ vector: 3, rip: at(3) });
    expect(rig.runToHandler()).toMatchObject({ vector: 1, rip: at(4) });
    expect(rig.code.get("dr6")).toBe(0xffff0ff0n);
    rig.runToHlt();
    rig.close();
  });

  test("IST gives a stack without a change of level", async () => {
    const rig = await SystemRig.open(build, [...UD2]);
    rig.gate(6, { ist: 1 });
    expect(rig.runToHandler()).toMatchObject({ rsp: STACK, ss: SELECTOR_DATA });
    expect(rig.code.get("rsp")).toBe(STACK_IST - 40n);
    rig.close();
  });

  // First fault, second fault (the first's gate is wrong), what is delivered.
  const contributory = { ...{ code: [0x31, 0xc9, 0xf7, 0xf1] }, vector: 0, rip: 2 }; // div ecx
  const benign = { code: UD2, vector: 6, rip: 0 };
  const page = { code: [0xa0, 0, 0, 0, 0, 1, 0, 0, 0], vector: 14, rip: 0 }; // mov al, [1 << 32]

  test.each([
    { first: contributory, gate: { type: 0x0e }, delivered: 8, error: 0 }, // #NP in #DE
    { first: contributory, gate: { selector: 0x1238 }, delivered: 8, error: 0 }, // #GP in #DE
    { first: benign, gate: { type: 0x0e }, delivered: 11, error: 6 * 8 + 3 }, // #NP in #UD: in turn
    { first: benign, gate: { selector: 0x1238 }, delivered: 13, error: 0x1238 + 1 },
    { first: page, gate: { selector: 0x1238 }, delivered: 8, error: 0 }, // #GP in #PF
  ])("a second exception: vector $first.vector, gate $gate", async ({ first, gate, delivered, error }) => {
    const rig = await SystemRig.open(build, first.code);
    rig.gate(first.vector, gate);
    expect(rig.runToHandler()).toMatchObject({ vector: delivered, error, rip: at(first.rip) });
    if (first === page) expect(rig.code.get("cr2")).toBe(1n << 32n);
    rig.close();
  });

  test("a page fault while a page fault is delivered is a double fault", async () => {
    const rig = await SystemRig.open(build, page.code);
    rig.code.set("rsp", 1n << 40n);
    rig.gate(8, { ist: 1 });
    expect(rig.runToHandler()).toMatchObject({ vector: 8, error: 0, rip: at(0) });
    expect(rig.code.get("cr2")).toBe((1n << 40n) - 8n);
    rig.close();
  });

  test("a third fault is a shutdown", async () => {
    const rig = await SystemRig.open(build, contributory.code);
    rig.gate(0, { type: 0x0e });
    rig.gate(8, { type: 0x0e });
    expect(rig.code.run()).toBe(KVM_EXIT_SHUTDOWN);
    expect(rig.code.get("rip")).toBe(at(2));
    rig.close();
  });

  test("an external interrupt waits for IF, and for the instruction behind STI", async () => {
    const rig = await SystemRig.open(build, [NOP, STI, NOP, NOP, HLT]);
    rig.code.set("irqPending", 0x28 + 1);
    expect(rig.runToHandler()).toMatchObject({ vector: 0x28, rip: at(3), rflags: FLAG_IF | 2n });
    expect(rig.code.get("flags") & FLAG_IF).toBe(0n);
    rig.runToHlt();
    expect(rig.code.get("irqPending")).toBe(0n);
    rig.close();
  });

  test("STI, CLI: nothing gets through in between", async () => {
    const rig = await SystemRig.open(build, [STI, CLI, NOP, HLT]);
    rig.code.set("irqPending", 0x28 + 1);
    rig.runToHlt();
    expect(rig.code.get("irqPending")).toBe(0x29n);
    rig.close();
  });

  test("STI, HLT: what waits ends the wait", async () => {
    const rig = await SystemRig.open(build, [STI, HLT, NOP, HLT]);
    rig.code.set("irqPending", 0x28 + 1);
    expect(rig.runToHandler()).toMatchObject({ vector: 0x28, rip: at(2) });
    expect(rig.code.run()).toBe(KVM_EXIT_HLT);
    expect(rig.code.get("rip")).toBe(at(4));
    rig.close();
  });

  test("POPF that sets IF lets an interrupt in at once", async () => {
    // push 0x202; popfq; nop; hlt
    const rig = await SystemRig.open(build, [0x68, 0x02, 0x02, 0, 0, 0x9d, NOP, HLT]);
    rig.code.set("irqPending", 0x28 + 1);
    expect(rig.runToHandler()).toMatchObject({ vector: 0x28, rip: at(6) });
    rig.close();
  });

  test("MOV SS holds interrupts and NMIs off for one instruction", async () => {
    // mov eax, 10h; mov ss, eax; nop; nop; hlt
    const rig = await SystemRig.open(build, [0xb8, 0x10, 0, 0, 0, 0x8e, 0xd0, NOP, NOP, HLT]);
    rig.code.set("flags", 2n | FLAG_TF);
    rig.code.set("stepping", 1);
    expect(rig.runToHandler()).toMatchObject({ vector: 1, rip: at(5) });
    // No single-step trap behind MOV SS.
    expect(rig.runToHandler()).toMatchObject({ vector: 1, rip: at(8) });
    rig.close();
  });

  test("NMIs do not nest until IRET", async () => {
    const rig = await SystemRig.open(build, [NOP, HLT]);
    rig.code.set("nmiPending", 2);
    expect(rig.runToHandler()).toMatchObject({ vector: 2, rip: at(0) });
    expect([rig.code.get("nmiPending"), rig.code.get("nmiMasked")]).toEqual([1n, 1n]);
    expect(rig.runToHandler()).toMatchObject({ vector: 2, rip: at(0) });
    rig.runToHlt();
    expect(rig.code.get("nmiMasked")).toBe(0n);
    rig.close();
  });

  test("TF traps behind each instruction; IRETQ that sets it does not", async () => {
    // pushf; or dword [rsp], 100h; popf; nop; nop; hlt
    const code = [0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d, NOP, NOP, HLT];
    const rig = await SystemRig.open(build, code);
    expect(rig.runToHandler()).toMatchObject({ vector: 1, rip: at(10), rflags: FLAG_TF | 2n });
    expect(rig.code.get("dr6") & DR6_BS).toBe(DR6_BS);
    expect(rig.code.get("flags") & FLAG_TF).toBe(0n);
    expect(rig.runToHandler()).toMatchObject({ vector: 1, rip: at(11) });
    rig.close();
  });

  test("an instruction breakpoint is a fault, and RF gets past it", async () => {
    // mov dr0, rax; mov dr7, rbx; nop; nop; hlt
    const rig = await SystemRig.open(build, [0x0f, 0x23, 0xc0, 0x0f, 0x23, 0xfb, NOP, NOP, HLT]);
    rig.code.set("rax", at(7));
    rig.code.set("rbx", 1);
    const frame = rig.runToHandler();
    expect(frame).toMatchObject({ vector: 1, rip: at(7), rflags: FLAG_RF | 2n });
    expect(rig.code.get("dr6") & 0xfn).toBe(1n);
    rig.runToHlt();
    rig.close();
  });

  test("a data breakpoint is a trap behind the access", async () => {
    // mov dr0, rax; mov dr7, rbx; mov cl, [rax+3]; mov [rax+3], cl; nop; hlt
    const code = [0x0f, 0x23, 0xc0, 0x0f, 0x23, 0xfb, 0x8a, 0x48, 3, 0x88, 0x48, 3, NOP, HLT];
    const rig = await SystemRig.open(build, code);
    rig.code.set("rax", 0x5000);
    rig.code.set("rbx", 0xd0001); // writes of four bytes
    expect(rig.runToHandler()).toMatchObject({ vector: 1, rip: at(12), rflags: 2n });
    expect(rig.code.get("dr6") & 0xfn).toBe(1n);
    rig.runToHlt();
    rig.close();
  });

  test("DR7.GD guards the debug registers", async () => {
    // mov dr7, rbx; mov rax, dr6; hlt
    const rig = await SystemRig.open(build, [0x0f, 0x23, 0xfb, 0x0f, 0x21, 0xf0, HLT]);
    rig.code.set("rbx", 0x2000);
    expect(rig.runToHandler()).toMatchObject({ vector: 1, rip: at(3) });
    expect(rig.code.get("dr6") & 0x2000n).toBe(0x2000n);
    rig.runToHlt();
    rig.close();
  });
});
