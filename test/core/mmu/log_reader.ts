/** Collects a VM's dirty log as a migration does: by bitmap, in each of its modes, or by ring. */
import { expect } from "vitest";
import {
  DIRTY_GFN_F_DIRTY,
  DIRTY_GFN_F_RESET,
  DIRTY_GFN_SHIFT,
  DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  DirtyGfn,
  Vcpu,
} from "../../../src/abi/index.js";
import type { VmRig } from "./vm_rig.js";

const LOG_BYTES = 65536;

export class LogReader {
  readonly #rig: VmRig;
  readonly #vcpus: readonly number[];
  readonly #manual: number;
  readonly #ringSize: number;
  readonly #log: number;
  readonly #ringNext: number[];

  constructor(rig: VmRig, vcpus: readonly number[], kind: { manual: number; ringSize: number }) {
    this.#rig = rig;
    this.#vcpus = vcpus;
    this.#manual = kind.manual;
    this.#ringSize = kind.ringSize;
    this.#ringNext = vcpus.map(() => 0);
    this.#log = rig.x.karrayAlloc(BigInt(LOG_BYTES)) >>> 0;
  }

  close(): void {
    this.#rig.x.karrayFree(this.#log);
  }

  /** A log that begins names every page. */
  get initiallySet(): boolean {
    return (this.#manual & DIRTY_LOG_INITIALLY_SET) !== 0;
  }

  /** The pages of the slot that were written since the last call; from now on their next write is noticed. */
  collect(slot: number, nPages: number): number[] {
    const inRings = this.#ringSize === 0 ? [] : this.#collectRings(slot);
    return [...inRings, ...this.#collectBitmap(slot, nPages)];
  }

  #collectBitmap(slot: number, nPages: number): number[] {
    const { x, vm, memory } = this.#rig;
    expect(x.dirtyLogGet(vm, slot, this.#log)).toBe(0);
    const at = x.karrayAt(this.#log, 0n) >>> 0;
    const bytes = memory.bytes.slice(at, at + nPages / 8);
    if ((this.#manual & DIRTY_LOG_MANUAL_PROTECT_ENABLE) !== 0)
      expect(x.dirtyLogClear(vm, slot, 0n, BigInt(nPages), this.#log)).toBe(0);
    const pages: number[] = [];
    for (let page = 0; page < nPages; page++) if (((bytes[page >> 3] as number) >> (page & 7)) & 1) pages.push(page);
    return pages;
  }

  #collectRings(slot: number): number[] {
    const pages = this.#vcpus.flatMap((vcpu, i) => this.#harvest(vcpu, i, slot));
    expect(this.#rig.x.dirtyRingsReset(this.#rig.vm)).toBe(pages.length);
    return pages;
  }

  #harvest(vcpu: number, index: number, slot: number): number[] {
    const { memory } = this.#rig;
    const base = memory.get(vcpu, Vcpu.ringBase);
    const pages: number[] = [];
    for (let n = 0; n < this.#ringSize; n++) {
      const next = this.#ringNext[index] as number;
      const at = base + ((next % this.#ringSize) << DIRTY_GFN_SHIFT);
      const word = (at + DirtyGfn.flags.offset) >> 2;
      if (Atomics.load(memory.words, word) !== DIRTY_GFN_F_DIRTY) break;
      expect(memory.get(at, DirtyGfn.slot), "slot of a ring's entry").toBe(slot);
      pages.push(Number(memory.get(at, DirtyGfn.offset)));
      Atomics.store(memory.words, word, DIRTY_GFN_F_RESET);
      this.#ringNext[index] = next + 1;
    }
    return pages;
  }
}
