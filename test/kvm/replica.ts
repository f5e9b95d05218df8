/**
 * Completeness of the dirty log: a copy of guest memory that is written only where the log says so must equal it once the
 * guest has paused. Beside the copier work two vCPUs, a device that writes through GuestMemory, and a host that moves pages,
 * changes slots, zaps all tables and pages out.
 */
import { expect } from "vitest";
import {
  AccessProgram,
  type Backing,
  type DirtyBitmap,
  KVM_MEM_LOG_DIRTY_PAGES,
  type SystemOptions,
  type Vcpu,
  type VcpuExit,
  type Vm,
} from "../../src/kvm/index.js";
import { MIB, PAGE, sleep, withSystem } from "./support.js";

const BYTES = 8 * MIB;
const PAGES = BYTES / PAGE;

/** How the guest's writes are logged. */
export interface Way {
  system?: SystemOptions;
  /** Host memory of 2 MiB frames; that of others is paged out meanwhile. */
  huge?: boolean;
  /** KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2. */
  manual?: number;
  /** KVM_CAP_DIRTY_LOG_RING, with the bitmap beside it. */
  ringBytes?: number;
}

export interface Effort {
  /** Collections, at least. */
  rounds: number;
  /** Accesses of each vCPU, at least: they take rings of all sizes several times round. */
  accesses: number;
  /** Decides the vCPUs' random places. */
  seed: number;
}

/** Changes pages of [0, BYTES) for ever, all over, and some of them more often: locked additions, stores across pages. */
function restlessProgram(id: number): AccessProgram {
  const anywhere = { stride: PAGE, count: PAGES, order: "random", span: PAGES } as const;
  return new AccessProgram().loop(2 ** 32 - 1, (p) =>
    p
      .add({ ...anywhere, gpa: 8 * id, value: id + 1 })
      .write({ ...anywhere, gpa: PAGE - 4, span: PAGES / 8, plusStamp: true })
      .read({ ...anywhere, gpa: 0, count: 64 })
      .stamp(),
  );
}

/** The world of one run. */
class ReplicaRun {
  readonly #vm: Vm;
  readonly #way: Way;
  readonly #replica = new Uint8Array(BYTES);
  #hva = 0n;
  #vcpus: Vcpu[] = [];
  /** Collections take turns: the copy of a later one must not be overtaken by that of an earlier. */
  #turn = Promise.resolve();
  copied = 0;

  constructor(vm: Vm, way: Way) {
    this.#vm = vm;
    this.#way = way;
  }

  async prepare(seed: number): Promise<void> {
    const { huge = false, manual, ringBytes } = this.#way;
    if (manual !== undefined) await this.#vm.enableCapability("KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", manual);
    if (ringBytes !== undefined) {
      await this.#vm.enableCapability("KVM_CAP_DIRTY_LOG_RING_ACQ_REL", ringBytes);
      await this.#vm.enableCapability("KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP");
    }
    const backing: Backing = huge ? { type: "anonymous", huge: "hugetlb" } : { type: "anonymous" };
    await this.#vm.addressSpace.useSwap({ length: BYTES });
    this.#hva = await this.#vm.addressSpace.mmap({ length: BYTES, backing });
    await this.setFlags(0);
    this.#vcpus = await Promise.all([0, 1].map((id) => this.#vm.createVcpu(id)));
    for (const vcpu of this.#vcpus) await vcpu.loadProgram(restlessProgram(vcpu.id), { seed: 2 * seed + vcpu.id });
  }

  setFlags(flags: number): Promise<void> {
    const region = { slot: 0, guestPhysAddr: 0, memorySize: BYTES, userspaceAddr: this.#hva };
    return this.#vm.setUserMemoryRegion({ ...region, flags });
  }

  start(): Promise<VcpuExit>[] {
    return this.#vcpus.map((vcpu) => this.#run(vcpu));
  }

  async haveDone(accesses: number): Promise<boolean> {
    const stats = await Promise.all(this.#vcpus.map((vcpu) => vcpu.stats()));
    return stats.every((vcpu) => vcpu.accesses >= accesses);
  }

  async pause(runs: Promise<VcpuExit>[]): Promise<void> {
    for (const vcpu of this.#vcpus) vcpu.kick();
    expect(await Promise.all(runs)).toEqual(runs.map(() => ({ reason: "interrupted" })));
  }

  async copyAll(): Promise<void> {
    const all = this.#vm.newDirtyBitmap(0);
    for (let page = 0; page < all.numPages; page++) all.add(page);
    await this.#copy(all);
  }

  collect(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#collect());
    return this.#turn;
  }

  /** A device's writes: at odd places, others in each round. */
  async device(round: number): Promise<void> {
    await this.#vm.memory.write(((round * 37 + 5) % (PAGES - 8)) * PAGE + PAGE - 3, new Uint8Array(7).fill(round + 1));
    await this.#vm.memory.fill(((round * 11 + 700) % (PAGES - 8)) * PAGE, 3 * PAGE, round % 256);
  }

  /** What the host does; none of it changes what the guest sees. */
  async host(round: number): Promise<void> {
    for (let i = 0; i < 4; i++)
      await this.#vm.addressSpace.migrate(this.#hva + BigInt(((round * 13 + i) % PAGES) * PAGE));
    const region = { slot: 7, guestPhysAddr: 2 * BYTES, userspaceAddr: this.#hva };
    if (round % 3 === 0) await this.#vm.setUserMemoryRegion({ ...region, memorySize: MIB, flags: round % 2 });
    if (round % 3 === 2) await this.#vm.setUserMemoryRegion({ ...region, memorySize: 0 });
    if (round % 5 === 4) await this.#vm.zapAll();
    if (round % 2 === 1) await this.#vm.addressSpace.reclaim(MIB);
  }

  /** The guest is paused, and the log was collected for the last time. */
  async expectEqual(): Promise<void> {
    const guest = await this.#vm.memory.read(0, BYTES);
    const differs = (at: number): boolean =>
      Buffer.compare(guest.subarray(at, at + PAGE), this.#replica.subarray(at, at + PAGE)) !== 0;
    expect(Array.from({ length: PAGES }, (_, page) => page).filter((page) => differs(page * PAGE))).toEqual([]);
    expect((await this.#vm.getDirtyLog(0)).count()).toBe(0);
    if (this.#way.huge !== true) expect((await this.#vm.addressSpace.stats()).pageOuts).toBeGreaterThan(0);
  }

  async #run(vcpu: Vcpu): Promise<VcpuExit> {
    let exit = await vcpu.run();
    while (exit.reason === "dirtyRingFull") {
      await this.collect();
      exit = await vcpu.run();
    }
    return exit;
  }

  async #collect(): Promise<void> {
    const pages = await this.#vm.getDirtyLog(0);
    if (this.#way.manual !== undefined) await this.#vm.clearDirtyLog({ slot: 0, bitmap: pages });
    if (this.#way.ringBytes !== undefined) await this.#harvest(pages);
    await this.#copy(pages);
  }

  async #harvest(pages: DirtyBitmap): Promise<void> {
    for (const vcpu of this.#vcpus) {
      for (const { slot, offset } of vcpu.dirtyRing?.harvest() ?? []) if (slot === 0) pages.add(offset);
    }
    await this.#vm.resetDirtyRings();
  }

  async #copy(pages: DirtyBitmap): Promise<void> {
    for (const { gpa, length, numPages } of pages.ranges()) {
      this.#replica.set(await this.#vm.memory.read(gpa, length), Number(gpa));
      this.copied += numPages;
    }
  }
}

/** Runs a guest with its replica, and expects them equal in the end. */
export function expectCompleteLog(way: Way, { rounds, accesses, seed }: Effort): Promise<void> {
  return withSystem({ memory: 64 * MIB, ...way.system }, async (system) => {
    const vm = await system.createVm();
    const run = new ReplicaRun(vm, way);
    await run.prepare(seed);
    const runs = run.start();
    while (!(await run.haveDone(1))) await sleep(1);
    await run.setFlags(KVM_MEM_LOG_DIRTY_PAGES);
    await run.copyAll();
    for (let round = 0; round < rounds || !(await run.haveDone(accesses)); round++) {
      await Promise.all([run.collect(), run.device(round), run.host(round), sleep(5)]);
    }
    await run.pause(runs);
    await run.collect();
    expect(run.copied).toBeGreaterThan(PAGES); // more than the first copy
    await run.expectEqual();
    await run.setFlags(0);
    await vm.destroy();
  });
}
