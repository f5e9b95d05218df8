/** Runs of an exact number of instructions, and vCPUs whose every run is the same. */
import { describe, expect, it } from "vitest";
import type { Vcpu, VcpuExit, Vm } from "../../src/kvm/index.js";
import { AccessProgram } from "../../src/kvm/index.js";
import { CODE, codeVcpu, withCode } from "./machine_code.js";
import { expectRefused } from "./support.js";

const HLT = 0xf4;
const LOG = 0x4000;
const LOG_BYTES = 0x1000;
const STEPS = 40;

/** The exit, and all that the API tells of the vCPU. */
async function stateOf(vcpu: Vcpu): Promise<unknown[]> {
  return [await vcpu.getRegs(), await vcpu.getSregs(), await vcpu.getVcpuEvents(), await vcpu.getMsrs([0x10])];
}

describe("run({ instructions })", () => {
  it("ends after exactly so many, in the middle of blocks and of loops", () =>
    // inc ax; inc ax; cmp ax, 0; inc cx; jmp 0x1000        five instructions
    withCode([0x40, 0x40, 0x83, 0xf8, 0x00, 0x41, 0xeb, 0xf8], async (vm) => {
      const vcpu = await codeVcpu(vm, 0, { deterministic: true });
      const at = [0, 1, 2, 5, 6];
      let total = 0;
      for (const n of [1, 1, 1, 3, 7, 119, 120, 121, 1000, 5, 123456, 2, 300001]) {
        expect(await vcpu.run({ instructions: n })).toEqual({ reason: "instructionLimit" });
        total += n;
        const rounds = Math.floor(total / 5);
        const rest = total % 5;
        expect(await vcpu.getRegs()).toMatchObject({
          rip: BigInt(CODE + (at[rest] as number)),
          rax: BigInt((2 * rounds + Math.min(rest, 2)) & 0xffff),
          rcx: BigInt((rounds + (rest > 3 ? 1 : 0)) & 0xffff),
        });
        expect(await vcpu.getMsrs([0x10])).toEqual([{ index: 0x10, data: BigInt(total) }]);
      }
    }));

  it("gives way to exits before, and is for that run only", () =>
    // inc ax; out 0x80, al; hlt; jmp 0x1000
    withCode([0x40, 0xe6, 0x80, HLT, 0xeb, 0xfa], async (vm) => {
      const vcpu = await codeVcpu(vm, 0);
      expect(await vcpu.run({ instructions: 2 })).toMatchObject({ reason: "io", port: 0x80 });
      expect(await vcpu.run({ instructions: 10n ** 15n })).toEqual({ reason: "hlt" });
      expect(await vcpu.run()).toMatchObject({ reason: "io" });
      await expectRefused(vcpu.run({ instructions: 0 }), "EINVAL", /at least 1/);
      await vcpu.loadProgram(new AccessProgram().read({ gpa: 0 }));
      await expectRefused(vcpu.run({ instructions: 5 }), "EINVAL", /An access program/);
    }));
});

/**
 * Logs random numbers and time stamps, with an exit now and then; BX is its place in the log.
 *
 *   again: rdrand eax; mov [bx], eax; rdtsc; mov [bx+4], eax; add bx, 8; inc word [LOG - 2]; mov cx, [LOG - 2]
 *          test cl, 7; jnz again; out 0x80, al; in al, 0x81; jmp again
 */
// prettier-ignore
const LOGGER = [
  0x66, 0x0f, 0xc7, 0xf0, 0x66, 0x89, 0x07, 0x0f, 0x31, 0x66, 0x89, 0x47, 0x04, 0x83, 0xc3, 0x08, 0xff, 0x06, 0xfe,
  0x3f, 0x8b, 0x0e, 0xfe, 0x3f, 0xf6, 0xc1, 0x07, 0x75, 0xe3, 0xe6, 0x80, 0xe4, 0x81, 0xeb, 0xdd,
];

/** Two vCPUs take turns of `slice` instructions. What they leave behind, step by step. */
async function record(vm: Vm, ids: [number, number], slice: number): Promise<unknown[]> {
  await vm.memory.fill(LOG - 2, LOG_BYTES + 2, 0);
  const vcpus = await Promise.all(ids.map((id) => codeVcpu(vm, id, { deterministic: true })));
  for (const [i, vcpu] of vcpus.entries())
    await vcpu.setRegs({ ...(await vcpu.getRegs()), rsp: 0x8000n, rbx: BigInt(LOG + (i * LOG_BYTES) / 2) });
  const trace: unknown[] = [];
  for (let step = 0; step < STEPS; step++) {
    for (const vcpu of vcpus) {
      const exit: VcpuExit = await vcpu.run({ instructions: slice });
      trace.push(exit.reason, ...(await stateOf(vcpu)));
      if (exit.reason === "io" && exit.direction === "in") exit.data[0] = step;
    }
  }
  trace.push(await vm.memory.read(LOG, LOG_BYTES));
  return trace;
}

describe("a deterministic vCPU", () => {
  it("gives the same run again, bit for bit: time stamps, random numbers, exits, two vCPUs in turn", () =>
    withCode(LOGGER, async (vm) => {
      const first = await record(vm, [0, 1], 37);
      expect(first).toContain("instructionLimit");
      expect(first).toContain("io");
      const log = first.at(-1) as Uint8Array;
      expect(new Set(new BigUint64Array(log.slice().buffer)).size).toBeGreaterThan(50);
      // The APIC base says which is the first processor; neither of these is.
      const [again, third] = [await record(vm, [2, 3], 37), await record(vm, [4, 5], 37)];
      expect(again).toEqual(third);
      expect(again.at(-1) as Uint8Array).toEqual(log);
      expect(await record(vm, [6, 7], 38)).not.toEqual(third);
    }));

  it("gives other random numbers than one that is not", () =>
    // rdrand ax; rdrand bx; rdrand cx; rdrand dx; hlt
    withCode([0x0f, 0xc7, 0xf0, 0x0f, 0xc7, 0xf3, 0x0f, 0xc7, 0xf1, 0x0f, 0xc7, 0xf2, HLT], async (vm) => {
      const results: string[] = [];
      for (const [id, deterministic] of [true, true, false, false].entries()) {
        const vcpu = await codeVcpu(vm, id, { deterministic });
        expect(await vcpu.run()).toEqual({ reason: "hlt" });
        const { rax, rbx, rcx, rdx } = await vcpu.getRegs();
        results.push([rax, rbx, rcx, rdx].join());
      }
      expect(results[0]).toBe(results[1]);
      expect(new Set(results).size).toBe(3);
    }));
});
