/** Killing workers in the middle of core: what death.test.ts samples and death.full.ts does at every hook point. */
import { expect } from "vitest";
import { CPU_BASE, CPU_STRIDE, Cpu } from "../../src/abi/index.js";
import { AccessProgram, KvmError, System, type Vcpu, type Vm, WorkerDiedError } from "../../src/kvm/index.js";
import { addMemory, MIB, PAGE, runToHalt, sleep } from "./support.js";

/** What may pass between a worker's death and the end of the last run or call of its VM. */
const LIMIT_MS = 1000;
const PAGES = 256;

/** Debug builds of core end the worker of CPU `cpu` at the `hook`-th access to shared state from now on. */
export function killAt(system: System, cpu: number, hook: number): void {
  system.host.memory.set(CPU_BASE + cpu * CPU_STRIDE, Cpu.killCountdown, hook);
}

export function openDebug(cpus: number): Promise<System> {
  return System.open({ memory: 32 * MIB, cpus, build: "debug" });
}

export interface Victims {
  vm: Vm;
  vcpus: [Vcpu, Vcpu];
  hva: bigint;
}

/** A VM whose two vCPUs have run once, so that their workers, CPUs 1 and 2, are there; their program faults for ever. */
export async function makeVictims(system: System): Promise<Victims> {
  const vm = await system.createVm();
  const hva = await addMemory(vm, 0, 0, PAGES * PAGE);
  const vcpus: [Vcpu, Vcpu] = [await vm.createVcpu(0), await vm.createVcpu(1)];
  const warm = new AccessProgram().pause(2_000_000);
  await Promise.all(vcpus.map((vcpu) => runToHalt(vcpu, warm)));
  const storm = new AccessProgram().loop(2 ** 30, (p) => p.write({ gpa: 0, count: PAGES, stride: PAGE }).flushTlb());
  await Promise.all(vcpus.map((vcpu) => vcpu.loadProgram(storm)));
  return { vm, vcpus, hva };
}

/** Repeats `call` until it rejects. */
export async function untilRefused(call: () => Promise<unknown>): Promise<never> {
  while (true) {
    await call();
    await sleep(0);
  }
}

/** Zaps, host changes and slot changes against the running vCPUs, each until it is refused. */
function churn({ vm, hva }: Victims): Promise<never>[] {
  const region = { slot: 1, guestPhysAddr: 64 * MIB, userspaceAddr: hva };
  return [
    untilRefused(() => vm.addressSpace.dontNeed(hva, PAGES * PAGE)),
    untilRefused(() => vm.memory.fill(0, 8 * PAGE)),
    untilRefused(async () => {
      await vm.setUserMemoryRegion({ ...region, memorySize: PAGE });
      await vm.setUserMemoryRegion({ ...region, memorySize: 0 });
    }),
  ];
}

/** All of `calls` reject with WorkerDiedError, the last within the limit after `kill`. */
export async function expectDeaths(calls: Promise<unknown>[], kill: () => void): Promise<void> {
  const ends = calls.map((call) =>
    call.then(
      () => new Error("it resolved"),
      (error: unknown) => error,
    ),
  );
  await sleep(5);
  const start = performance.now();
  kill();
  for (const end of await Promise.all(ends)) {
    if (!(end instanceof WorkerDiedError)) throw end;
    expect(end).toMatchObject({ name: "WorkerDiedError", code: "EIO" });
  }
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
}

/** What has lost a worker stays so. */
async function expectDead({ vm, vcpus: [first, second] }: Victims): Promise<void> {
  const calls = [
    vm.stats(),
    vm.memory.read(0, 1),
    vm.createVcpu(9),
    first.run(),
    second.preFault({ gpa: 0, size: PAGE }),
  ];
  for (const call of calls) await expect(call).rejects.toBeInstanceOf(WorkerDiedError);
  await vm.destroy();
}

/** Kills the worker of a faulting vCPU at the `hook`-th hook point from somewhere in its storm on. */
export async function killVcpuWorker(hook: number): Promise<void> {
  await using system = await openDebug(3);
  const victims = await makeVictims(system);
  const bystander = await system.createVm();
  await addMemory(bystander, 0, 0, MIB);
  const other = await bystander.createVcpu(0);
  const runs = victims.vcpus.map((vcpu) => vcpu.run());
  await expectDeaths([...runs, ...churn(victims)], () => killAt(system, 1, hook));
  await expectDead(victims);
  // The other VM goes on, unless the dead worker held what all need: then it says so as well.
  const program = new AccessProgram().write({ gpa: 0, count: 256, stride: PAGE });
  await runToHalt(other, program).catch((error: unknown) => {
    if (!(error instanceof WorkerDiedError)) throw error;
    expect(error.scope).toBe("system");
  });
}

/** Kills the control worker at the `hook`-th hook point from somewhere in its work on. */
export async function killControlWorker(hook: number): Promise<void> {
  await using system = await openDebug(2);
  const victims = await makeVictims(system);
  const runs = victims.vcpus.map((vcpu) => vcpu.run());
  const calls = [...runs, ...churn(victims), untilRefused(() => system.stats())];
  await expectDeaths(calls, () => killAt(system, 0, hook));
  await expectDead(victims);
  await expect(system.createVm()).rejects.toMatchObject({ scope: "system" });
  await expect(system.createAddressSpace()).rejects.toBeInstanceOf(KvmError);
}

/** `call` comes to some end within the limit; only a worker's death may be its reason to fail. */
async function expectEnd(call: Promise<unknown>): Promise<void> {
  const late = sleep(LIMIT_MS).then(() => new Error("no end in sight"));
  const end = await Promise.race([
    call.then(
      () => undefined,
      (error: unknown) => error,
    ),
    late,
  ]);
  if (end !== undefined && !(end instanceof WorkerDiedError)) throw end;
}

/**
 * Two VMs over one address space; the worker of one is killed at the `hook`-th hook point. Whether the other can go on
 * depends on what the dead one held of the address space, but nothing of it may hang.
 */
export async function killBesideSharedSpace(hook: number): Promise<void> {
  await using system = await openDebug(4);
  const space = await system.createAddressSpace();
  const hva = await space.mmap({ length: PAGES * PAGE, backing: { type: "anonymous" } });
  const vms = [await system.createVm({ addressSpace: space }), await system.createVm({ addressSpace: space })];
  const region = { slot: 0, guestPhysAddr: 0, memorySize: PAGES * PAGE, userspaceAddr: hva };
  const vcpus: Vcpu[] = [];
  for (const vm of vms) {
    await vm.setUserMemoryRegion(region);
    const vcpu = await vm.createVcpu(0);
    await runToHalt(vcpu, new AccessProgram().pause(1000));
    vcpus.push(vcpu);
  }
  const [first, second] = vcpus;
  if (first === undefined || second === undefined) throw new Error("two vCPUs");
  const storm = (program: AccessProgram): AccessProgram =>
    program.write({ gpa: 0, count: PAGES, stride: PAGE }).flushTlb();
  // The only idle worker is CPU 1: the first run of both took it.
  await first.loadProgram(new AccessProgram().loop(2 ** 30, storm));
  await second.loadProgram(new AccessProgram().loop(200, storm));
  const run = first.run();
  const zaps = untilRefused(() => space.dontNeed(hva, PAGES * PAGE)).catch((error: unknown) => error);
  await expectDeaths([run], () => killAt(system, 1, hook));
  await expectEnd(second.run());
  await expectEnd(space.dontNeed(hva, PAGE));
  await expectEnd(system.createVm().then((vm) => vm.destroy()));
  await system.close();
  expect(await zaps).toBeInstanceOf(KvmError);
}
