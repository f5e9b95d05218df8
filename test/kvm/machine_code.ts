/** A VM that executes real-mode machine code, for the tests of the vCPU's calls. */
import type { Vcpu, VcpuOptions, Vm } from "../../src/kvm/index.js";
import { addMemory, withVm } from "./support.js";

export const CODE = 0x1000;
export const STACK = 0x8000;
const MEMORY_BYTES = 0x10000;

/** A vCPU of `vm` about to execute what is at CODE, in real mode, all segments at 0. */
export async function codeVcpu(vm: Vm, id: number, options: VcpuOptions = {}): Promise<Vcpu> {
  const vcpu = await vm.createVcpu(id, options);
  const sregs = await vcpu.getSregs();
  await vcpu.setSregs({ ...sregs, cs: { ...sregs.cs, selector: 0, base: 0n } });
  await vcpu.setRegs({ ...(await vcpu.getRegs()), rip: BigInt(CODE), rsp: BigInt(STACK - 0x100 * id) });
  return vcpu;
}

/** A VM of 64 KiB with `code` at CODE. */
export function withCode(code: number[], body: (vm: Vm) => Promise<void>): Promise<void> {
  return withVm({}, async (vm) => {
    await addMemory(vm, 0, 0, MEMORY_BYTES);
    await vm.memory.write(CODE, Uint8Array.from(code));
    await body(vm);
  });
}

/** Real mode: vector `vector` goes to 0:`offset`. */
export async function setVector(vm: Vm, vector: number, offset: number): Promise<void> {
  await vm.memory.write(vector * 4, Uint8Array.of(offset & 0xff, offset >> 8, 0, 0));
}
