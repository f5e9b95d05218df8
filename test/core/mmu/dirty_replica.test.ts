/**
 * The log as a migration uses it: two vCPUs write without a pause, in threads, while this thread switches logging on,
 * copies everything once, and from then on copies only what the log names. Guest memory moves under them meanwhile, and
 * the host writes too. Logging ends and begins again in between, which takes a full copy anew. When the vCPUs are stopped and the log is collected a last time, the copy is the memory.
 */
import { describe, expect, it } from "vitest";
import {
  DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  KVM_EXIT_DIRTY_RING_FULL,
  KVM_EXIT_INTR,
  PROG_FETCH,
  PROG_LOOP,
  PROG_ORDER_RANDOM,
  PROG_ORDER_SHUFFLED,
  PROG_STAMP,
  PROG_VALUE_GPA,
  PROG_VALUE_STAMP,
  PROG_WRITE,
  REQ_KICK,
  Vcpu,
} from "../../../src/abi/index.js";
import { BUILDS, type CoreThread } from "../harness.js";
import { BACKINGS, DirtyRig, KINDS, LOG } from "./dirty_rig.js";
import type { Op } from "./vm_rig.js";

const PAGES = 1024;
/** Collections per case. */
const ROUNDS = Number(process.env["TADPOLE_ROUNDS"] ?? 12);
const MANUAL = DIRTY_LOG_MANUAL_PROTECT_ENABLE;

const MODES = [
  { mode: "by bitmap", manual: 0, ring: 0 },
  { mode: "by bitmap, cleared by hand", manual: MANUAL, ring: 0 },
  { mode: "by bitmap, all set at first", manual: MANUAL | DIRTY_LOG_INITIALLY_SET, ring: 0 },
  { mode: "by ring", manual: 0, ring: 1024 },
] as const;

/** Writes all over the slot, never the same value twice, for ever. */
function writer(gpa: bigint, lane: number): Op[] {
  const flags = PROG_VALUE_GPA | PROG_VALUE_STAMP;
  const at = gpa + BigInt(lane * 64);
  return [
    { op: PROG_WRITE, gpa: at, count: 8, span: PAGES, flags: flags | PROG_ORDER_RANDOM, value: 1n },
    { op: PROG_WRITE, gpa: at + 8n, count: 100, stride: 40, flags },
    { op: PROG_WRITE, gpa: at + 16n, count: 3, span: 4, flags: flags | PROG_ORDER_RANDOM },
    { op: PROG_STAMP, value: 0x1_0001n },
    { op: PROG_LOOP, count: 50, stride: 0 },
    { op: PROG_WRITE, gpa: at + 24n, count: PAGES, span: PAGES, flags: flags | PROG_ORDER_SHUFFLED },
    { op: PROG_FETCH, gpa: at, count: 1 },
    { op: PROG_LOOP, count: 0xffff_ffff, stride: 0 },
  ];
}

/** Runs the vCPU until it is kicked; a full ring is waited for. */
async function runUntilKicked(rig: DirtyRig, thread: CoreThread, vcpu: number): Promise<void> {
  for (;;) {
    expect(await thread.call("vcpuRun", vcpu)).toBe(0);
    const reason = rig.vm.memory.get(vcpu, Vcpu.exitReason);
    if (reason === KVM_EXIT_INTR) return;
    expect(reason).toBe(KVM_EXIT_DIRTY_RING_FULL);
    if (stopping) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
let stopping = false;

/** The copy, and how it is kept. */
class Replica {
  readonly memory = new Uint8Array(PAGES * 4096);
  readonly #buffer: number;
  readonly #harvested: number[];
  copied = 0;

  constructor(
    readonly rig: DirtyRig,
    readonly manual: number,
  ) {
    this.#buffer = rig.x.kblockAlloc(0) >>> 0;
    this.#harvested = rig.vcpus.map(() => 0);
  }

  #read(page: number): Uint8Array {
    const { rig } = this;
    const r = rig.x.guestRead(rig.vm.vm, 0, rig.gpa + BigInt(page * 4096), this.#buffer, 4096);
    if (r !== 0) throw new Error(`guestRead: ${r}`);
    return rig.vm.memory.bytes.subarray(this.#buffer, this.#buffer + 4096);
  }

  copy(pages: Iterable<number>): void {
    for (const page of pages) {
      this.memory.set(this.#read(page), page * 4096);
      this.copied++;
    }
  }

  /** Logging begins, or ends and begins anew: what is known is known no more. */
  begin(): void {
    this.rig.setLogging(0);
    this.rig.setLogging(LOG);
    this.copy(Array.from({ length: PAGES }, (_, page) => page));
  }

  /** One collection, and the copying of what it names. */
  collect(): void {
    const { rig } = this;
    const pages = new Set<number>();
    if (rig.ringEntries !== 0) {
      rig.vcpus.forEach((vcpu, i) => {
        const found = rig.harvest(vcpu, this.#harvested[i] as number);
        (this.#harvested[i] as number) += found.length;
        for (const { page } of found) pages.add(page);
      });
      expect(rig.x.dirtyRingsReset(rig.vm.vm)).toBeGreaterThanOrEqual(0);
    }
    const marked = rig.get() as number[];
    if ((this.manual & MANUAL) !== 0) {
      const half = PAGES / 2;
      for (const first of [half, 0]) {
        const given = marked.filter((page) => page >= first && page < first + half);
        expect(rig.clear(first, half, given)).toEqual(given);
      }
    }
    for (const page of marked) pages.add(page);
    this.copy(pages);
  }

  /** Pages in which copy and memory differ. */
  differences(): number[] {
    const found: number[] = [];
    for (let page = 0; page < PAGES; page++) {
      if (Buffer.compare(this.memory.subarray(page * 4096, (page + 1) * 4096), this.#read(page)) !== 0)
        found.push(page);
    }
    return found;
  }

  /** The host writes a word somewhere. */
  writeAsHost(page: number, value: bigint): void {
    const { rig } = this;
    rig.vm.memory.view.setBigUint64(this.#buffer, value, true);
    expect(rig.x.guestWrite(rig.vm.vm, 0, rig.gpa + BigInt(page * 4096 + 4000), this.#buffer, 8)).toBe(0);
  }

  close(): void {
    (this.rig.x as unknown as { kblockFree(p: number, order: number): void }).kblockFree(this.#buffer, 0);
  }
}

/** What else happens to the memory, by round. */
function disturb(rig: DirtyRig, round: number): void {
  const { x, vm } = rig;
  const page = (round * 397) % PAGES;
  if (round % 3 === 0) x.mmMigrate(vm.mm, vm.hvaOfSlot(0) + BigInt(page) * 4096n);
  if (round % 4 === 1) x.vmZapGfnRange(vm.vm, (rig.gpa >> 12n) + BigInt(page), (rig.gpa >> 12n) + BigInt(page + 70));
  if (round % 5 === 2) x.vmZapAll(vm.vm);
  if (round % 6 === 3) x.mmDestroy(x.mmFork(vm.mm) >>> 0);
}

describe.each(BUILDS)("a replica kept by the dirty log (%s)", (build) => {
  describe.each(KINDS)("$name", ({ tdp, params }) => {
    describe.each(BACKINGS.slice(0, 2))("$backing", ({ mapFlags, eager }) => {
      it.each(MODES)("$mode", { timeout: 60_000 + ROUNDS * 200 }, async ({ manual, ring }) => {
        const rig = await DirtyRig.open({ build, tdp, params, mapFlags, eager, ring, pages: PAGES, vcpus: 2 });
        const { memory, vm } = rig.vm;
        rig.x.vmSetManualProtect(vm, manual);
        rig.populate();
        const replica = new Replica(rig, manual);
        stopping = false;
        const threads = await Promise.all([rig.core.thread(1), rig.core.thread(2)]);
        rig.vcpus.forEach((vcpu, lane) => rig.vm.program(vcpu, writer(rig.gpa, lane)));
        const runs = threads.map((thread, i) => runUntilKicked(rig, thread, rig.vcpus[i] as number));
        await new Promise((resolve) => setTimeout(resolve, 5));

        replica.begin();
        for (let round = 0; round < ROUNDS; round++) {
          // Huge pages come back, and are split again, under the writers.
          if (round % 8 === 7) replica.begin();
          disturb(rig, round);
          replica.writeAsHost((round * 131) % PAGES, BigInt(round));
          replica.collect();
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        stopping = true;
        for (const vcpu of rig.vcpus) memory.or32(vcpu, Vcpu.requests, REQ_KICK);
        await Promise.all(runs);
        replica.collect();

        expect(replica.differences()).toEqual([]);
        for (const vcpu of rig.vcpus) expect(memory.get(vcpu, Vcpu.progStamp)).toBeGreaterThan(0n);
        expect(rig.x.mmuInvariants(vm)).toBe(0);
        await Promise.all(threads.map((thread) => thread.terminate()));
        replica.close();
        rig.close();
      });
    });
  });
});
