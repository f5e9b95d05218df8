/** vcpuSetState: images whose events or FPU no processor can have are refused, whole. */
import { describe, expect, test } from "vitest";
import { EXC_NONE, STATE_EVENTS, STATE_FPU, STATE_REGS, X86, X86_BYTES } from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { openRig } from "./vcpu_rig.js";

const EINVAL = 22;

type Fields = Partial<Record<keyof typeof X86, number>>;
const REFUSED: [string, Fields][] = [
  ["an exception's vector", { excVector: 32 }],
  ["its kind", { excVector: 13, excKind: 8 }],
  ["the vector under delivery", { delivering: 257 }],
  ["its kind", { delivering: 14, deliverKind: 0x200 }],
  ["an interrupt's vector", { irqPending: 257 }],
  ["SIPI's vector", { sipiPending: 257 }],
  ["the address space", { smm: 2 }],
  ["the interrupt shadow", { inhibit: 4 }],
  ["a port's data, more than there is room for", { ioState: 2, ioSize: 4, ioCount: 129 }],
  ["a port's size", { ioState: 1, ioSize: 3, ioCount: 1 }],
  ["elements done beyond their number", { ioState: 2, ioSize: 1, ioCount: 4, ioDone: 5 }],
  ["a port", { ioState: 3, ioPort: 0x10000, ioSize: 1, ioCount: 1 }],
  ["x87's top", { fpuTop: 8 }],
  ["x87's tags", { fpuEmpty: 0x100 }],
  ["TOP in the status word", { fsw: 0x800 }],
  ["MXCSR", { mxcsr: 0x10000 }],
];

describe.each(BUILDS)("vcpuSetState, %s", (build) => {
  test("refuses what no processor can have, and takes nothing of it", async () => {
    const { x, memory, vcpu, close } = await openRig(build);
    const image = x.kblockAlloc(0) >>> 0;
    const what = STATE_EVENTS | STATE_FPU | STATE_REGS;
    for (const [name, fields] of REFUSED) {
      expect(x.vcpuGetState(vcpu, image)).toBe(0);
      const untouched = memory.bytesAt(image, X86_BYTES).slice();
      memory.set(image, X86.rax, memory.get(image, X86.rax) + 1n);
      for (const [field, value] of Object.entries(fields))
        memory.set(image, X86[field as keyof typeof X86], value as never);
      expect(x.vcpuSetState(vcpu, image, what), name).toBe(-EINVAL);
      expect(x.vcpuGetState(vcpu, image)).toBe(0);
      expect(memory.bytesAt(image, X86_BYTES), name).toEqual(untouched);
    }
    memory.set(image, X86.excVector, EXC_NONE);
    memory.set(image, X86.ioState, 2);
    memory.set(image, X86.ioSize, 4);
    memory.set(image, X86.ioCount, 128);
    expect(x.vcpuSetState(vcpu, image, what)).toBe(0);
    x.kblockFree(image, 0);
    close();
  });
});
