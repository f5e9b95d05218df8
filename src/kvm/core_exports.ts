/**
 * What core.wasm exports, as far as this package calls it (core/index.ts). Addresses are u32 and arrive signed: apply
 * `>>> 0`. A negative result above -256 is a negated errno.
 */
export interface CoreExports {
  systemInit(memFrames: number, nCpus: number): number;
  frameKindCount(kind: number): number;
  frameArenaCount(): number;
  slabObjectCount(): number;
  epochPendingCount(): number;
  cpuInit(cpuId: number): number;
  cpuAbandon(): number;
  cpuFramesReclaim(cpuId: number): void;
  epochBarrier(): void;
  kblockAlloc(order: number): number;
  karrayAlloc(bytes: bigint): number;
  karrayFree(array: number): void;
  karrayAt(array: number, offset: bigint): number;
  traceEnable(cpuId: number, capacityOrder: number): number;
  traceDisable(cpuId: number): number;
  traceEvents(mask: bigint): void;

  mmCreate(): number;
  mmDestroy(mm: number): number;
  mmFork(mm: number): number;
  mmMap(
    mm: number,
    hva: bigint,
    length: bigint,
    backing: number,
    prot: number,
    flags: number,
    source: number,
    offset: bigint,
  ): bigint;
  mmUnmap(mm: number, hva: bigint, length: bigint): number;
  mmProtect(mm: number, hva: bigint, length: bigint, prot: number): number;
  mmDontNeed(mm: number, hva: bigint, length: bigint): number;
  mmMigrate(mm: number, hva: bigint): number;
  mmMerge(mm: number, hvaA: bigint, hvaB: bigint): number;
  mmAge(mm: number, hva: bigint, length: bigint): bigint;
  mmTestYoung(mm: number, hva: bigint, length: bigint): number;
  mmSetSwap(mm: number, pagerId: number, nSlots: bigint): number;
  mmEndPageOuts(mm: number): void;
  mmReclaim(mm: number, pages: bigint): bigint;
  mmStat(mm: number, which: number): bigint;
  mmObjectCreate(sizeBytes: bigint): number;
  mmObjectPut(object: number): void;
  pagerFinish(request: number): number;
  pagerRelease(request: number): void;

  vmCreate(mm: number, tdp: number, params: number): number;
  vmDestroy(vm: number): number;
  vmZapAll(vm: number): void;
  memslotSet(vm: number, slotId: number, flags: number, gpa: bigint, size: bigint, hva: bigint): number;
  guestRead(vm: number, asId: number, gpa: bigint, to: number, bytes: number): number;
  guestWrite(vm: number, asId: number, gpa: bigint, from: number, bytes: number): number;
  dirtyLogGet(vm: number, slotId: number, bitmap: number): number;
  dirtyLogClear(vm: number, slotId: number, firstPage: bigint, numPages: bigint, bitmap: number): number;
  vmSetManualProtect(vm: number, flags: number): number;
  vmSetDirtyRing(vm: number, entries: number): number;
  dirtyRingsReset(vm: number): number;
  nxHugePagesSet(value: number): void;
  nxRecoverySet(ratio: number, periodMs: number): void;
  nxRecover(vm: number): number;

  vcpuCreate(vm: number, id: number): number;
  vcpuGetState(vcpu: number, image: number): number;
  vcpuSetState(vcpu: number, image: number, what: number): number;
  vcpuGetXsave(vcpu: number, to: number): number;
  vcpuSetXsave(vcpu: number, from: number): number;
  vcpuGetCpuid(vcpu: number, to: number): number;
  vcpuSetCpuid(vcpu: number, from: number, count: number): number;
  cpuidSupported(apicId: number, to: number): number;
  vcpuGetMsrs(vcpu: number, entries: number, count: number): number;
  vcpuSetMsrs(vcpu: number, entries: number, count: number): number;
  msrIndexList(to: number): number;
  vcpuInterrupt(vcpu: number, vector: number): number;
  vcpuNmi(vcpu: number): number;
  vcpuSmi(vcpu: number): number;
  vcpuProgramAlloc(vcpu: number, nOps: number): number;
  vcpuEnableAsyncPf(vcpu: number, enable: number): number;
  vcpuRun(vcpu: number): number;
  vcpuPrefault(vcpu: number, gpa: bigint, size: bigint): bigint;
}
