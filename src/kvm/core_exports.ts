/**
 * What core.wasm exports, as far as this package calls it (core/index.ts). Addresses are u32 and arrive signed: apply
 * `>>> 0`. A negative result above -4096 is a negated errno.
 */
export interface CoreExports {
  systemInit(memFrames: number, nCpus: number): number;
  cpuInit(cpuId: number): number;
  cpuAbandon(): number;

  vmCreate(mm: number, tdp: number, params: number): number;
  vmDestroy(vm: number): number;
  vcpuCreate(vm: number, id: number): number;
  vcpuProgramAlloc(vcpu: number, nOps: number): number;
  vcpuRun(vcpu: number): number;
}
