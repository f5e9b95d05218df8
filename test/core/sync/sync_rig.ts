/** What the suites of core/sync share: the probes' types, threads that may be lost, and waiting with a bound. */
import { expect } from "vitest";
import { type Core, type CoreBuild, CoreDead, type CoreThread, openCore } from "../harness.js";

/** RW_* of core/layout/sync.ts, by the names tests print. */
export const RW_KINDS = { distributed: 0, central: 1, exclusive: 2 } as const;
export type RwKind = keyof typeof RW_KINDS;
export const KINDS = Object.keys(RW_KINDS) as RwKind[];

/** TAKE_* of test/core/exports/sync.ts. */
export const TAKE = { spin: 0, read: 1, write: 2, readMmap: 3 } as const;
export type Take = keyof typeof TAKE;

/** RANK_* of core/sync/lockorder.ts. */
export const RANK = { vmList: 1, slots: 2, mmap: 3, mmu: 5, pages: 6, epoch: 10, slab: 11, buddy: 12 } as const;

/** Longest time until a waiter knows that what it waits for is gone, ms. */
export const DEATH_MS = 1000;

export interface SyncExports {
  cpuInit(id: number): number;
  syncBlockAlloc(order: number): number;
  syncBlockFree(p: number, order: number): void;
  syncSpinInit(p: number, rank: number): void;
  syncSpinTryLock(p: number): number;
  syncAssertSpinHeld(p: number): void;
  syncRwInit(p: number, kind: number, rank: number): void;
  syncReadContended(p: number): number;
  syncWriteContended(p: number): number;
  syncAssertHeld(p: number): void;
  syncAssertReadHeld(p: number): void;
  syncAssertWriteHeld(p: number): void;
  syncAssertNoLocks(): void;
  syncAssertEpoch(): void;
  syncTake(p: number, how: number): void;
  syncDrop(p: number, how: number): void;
  syncEpochEnter(): void;
  syncEpochExit(): void;
  syncEpochPoll(): void;
  syncEpochSynchronize(): void;
  syncEpochBarrier(): void;
  syncDefer(node: number): void;
  syncDeferGate(node: number): void;
  syncDeferChain(node: number, next: number, depth: number): void;
  syncEpoch(): number;
  syncSetEpoch(epoch: number): void;
  syncEpochPending(): number;
  syncCpuWait(seen: number, timeoutMs: number): void;
  syncCpuWake(id: number): void;
  syncCpuWakeCount(): number;
  syncCheckDead(): void;
  syncAbandonHeld(): void;
  syncSetCpuDead(id: number, value: number): void;
  syncSetVm(vm: number): void;
  syncSystemDead(): number;
  syncSetSystemDead(value: number): void;
  syncSetKill(n: number): void;
  syncHookCount(): number;
  syncLockWaits(): number;
  syncWritten(id: number): number;
  syncStormEnd(storm: number): void;
  syncVmMake(base: number, nVcpus: number): void;
  syncVmSetDead(vm: number): void;
  syncMixMake(mix: number, nVcpus: number, kind: number): void;
  syncMix(mix: number, i: number, stop: number, isOfVm: number): void;
  syncMixOnce(mix: number, i: number): void;
  syncPageMake(page: number): void;
  syncRet(id: number, which: number): number;
  syncVcpuMode(vm: number, i: number): number;
  syncGuestEnter(vcpu: number): number;
  syncGuestLeave(vcpu: number): void;
  syncRequestMake(vcpu: number, bit: number): void;
  syncRequestTake(vcpu: number, bit: number): number;
  syncRemoteFlush(vm: number): void;
  syncFlushBegin(vcpu: number): number;
  syncFlushDone(vcpu: number, flushed: number): void;
}

export type SyncCore = Core<SyncExports>;

export function openSync(build: CoreBuild, nCpus = 64, memMiB = 8): Promise<SyncCore> {
  return openCore<SyncExports>({ build, memMiB, nCpus });
}

/** Zeroed memory for a test's locks and data: 2^order frames, given back by free(). */
export interface Area {
  readonly at: number;
  word(offset: number): number;
  set(offset: number, value: number): void;
  /** Waits, asleep, until the word is `value`. */
  until(offset: number, value: number): Promise<void>;
  free(): void;
}

export function openArea({ x, memory }: SyncCore, order = 0): Area {
  const at = x.syncBlockAlloc(order) >>> 0;
  expect(at).not.toBe(0);
  const words = new Int32Array(memory.buffer);
  const index = (offset: number): number => (at + offset) >>> 2;
  const word = (offset: number): number => Atomics.load(words, index(offset)) >>> 0;
  return {
    at,
    word,
    set: (offset, value) => void Atomics.store(words, index(offset), value | 0),
    until: (offset, value) =>
      eventually(() => word(offset) === value, `word ${offset} is ${word(offset)}, not ${value}`),
    free: () => x.syncBlockFree(at, order),
  };
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Polls until `condition`, at most 5 s. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within 5 s: ${what}`);
    await sleep(1);
  }
}

/** True if `promise` is settled within `ms`. Its rejection is not looked at. */
export async function isSettled(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, sleep(ms).then(() => false)]);
}

/** `call`, made by `member`, ends with CoreDead within `within` ms; then the member does what workers do after that. */
export async function expectDeath(member: Member, call: Promise<unknown>, within = DEATH_MS): Promise<void> {
  const start = performance.now();
  const late = sleep(within * 5).then(() => "still waiting");
  const end = await Promise.race([
    call.then(
      (value) => `result ${value}`,
      (error: unknown) => error,
    ),
    late,
  ]);
  expect(end).toBeInstanceOf(CoreDead);
  expect(performance.now() - start).toBeLessThan(within);
  await member.thread.call("syncAbandonHeld");
}

/** Threads of a core, each with a CPU number nobody had before; all are ended by `end`. */
export class Crew {
  readonly #core: SyncCore;
  readonly #threads: Member[] = [];
  #nextCpu = 1;

  constructor(core: SyncCore) {
    this.#core = core;
  }

  async add(): Promise<Member> {
    const cpu = this.#nextCpu++;
    const member = { cpu, thread: await this.#core.thread(cpu) };
    this.#threads.push(member);
    return member;
  }

  async many(n: number): Promise<Member[]> {
    return Promise.all(Array.from({ length: n }, () => this.add()));
  }

  /** A CPU number for a thread that goes on as another CPU. */
  freshCpu(): number {
    return this.#nextCpu++;
  }

  /** Ends the member's thread wherever it is, and says so, as the embedder does. */
  async lose({ cpu, thread }: Member): Promise<void> {
    await thread.terminate();
    this.#core.x.syncSetCpuDead(cpu, 1);
  }

  async end(): Promise<void> {
    await Promise.all(this.#threads.map(({ thread }) => thread.terminate()));
  }
}

export interface Member {
  cpu: number;
  thread: CoreThread;
}
