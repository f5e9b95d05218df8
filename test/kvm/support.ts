/** What the API's tests share: a System whose memory must balance, expectations of errors, a vCPU with memory. */
import { expect } from "vitest";
import {
  type AccessProgram,
  KvmError,
  type KvmErrorCode,
  System,
  type SystemOptions,
  type Vcpu,
  type VcpuExit,
  type Vm,
} from "../../src/kvm/index.js";

export const MIB = 2 ** 20;
export const PAGE = 4096;

/** Runs `body` with a System, then expects that everything it took was given back. */
export async function withSystem(options: SystemOptions, body: (system: System) => Promise<void>): Promise<void> {
  const system = await System.open({ memory: 32 * MIB, cpus: 2, ...options });
  try {
    const before = await system.stats();
    await body(system);
    expect(await system.stats()).toEqual(before);
  } finally {
    await system.close();
  }
}

/** As withSystem, with a VM that is destroyed in the end, whatever happens. */
export function withVm(options: SystemOptions, body: (vm: Vm, system: System) => Promise<void>): Promise<void> {
  return withSystem(options, async (system) => {
    const vm = await system.createVm();
    try {
      await body(vm, system);
    } finally {
      await vm.destroy();
    }
  });
}

/** The call is refused with `code`, and says why in a sentence that matches `text`. */
export async function expectRefused(call: Promise<unknown>, code: KvmErrorCode, text: RegExp): Promise<void> {
  const error: unknown = await call.then(
    () => new Error("not refused"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof KvmError)) throw error;
  expect({ code: error.code, message: error.message }).toEqual({ code, message: expect.stringMatching(text) });
  expect(error.message).toMatch(/ .*\.$/s);
}

/** Anonymous memory of `bytes` as slot `slot` at guest-physical `gpa`. Resolves with its host address. */
export async function addMemory(vm: Vm, slot: number, gpa: number | bigint, bytes: number, flags = 0): Promise<bigint> {
  const userspaceAddr = await vm.addressSpace.mmap({ length: bytes, backing: { type: "anonymous" } });
  await vm.setUserMemoryRegion({ slot, guestPhysAddr: gpa, memorySize: bytes, userspaceAddr, flags });
  return userspaceAddr;
}

/** Loads and runs. */
export async function runProgram(vcpu: Vcpu, program: AccessProgram): Promise<VcpuExit> {
  await vcpu.loadProgram(program);
  return vcpu.run();
}

/** Loads, runs, and expects the program to come to its halt. */
export async function runToHalt(vcpu: Vcpu, program: AccessProgram): Promise<void> {
  expect(await runProgram(vcpu, program)).toEqual({ reason: "hlt" });
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The u64 at `gpa`. */
export async function readU64(vm: Vm, gpa: number | bigint): Promise<bigint> {
  const bytes = await vm.memory.read(gpa, 8);
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}
