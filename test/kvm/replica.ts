/**
 * Completeness of the dirty log: a copy of guest memory that is written only where the log says so must equal it once the
 * guest has paused. Copies a slot of `bytes` at guest-physical 0.
 */
import { expect } from "vitest";
import { AccessProgram, type DirtyBitmap, type Vcpu, type VcpuExit, type Vm } from "../../src/kvm/index.js";
import { PAGE } from "./support.js";

export class Replica {
  readonly #vm: Vm;
  readonly #bytes: Uint8Array;
  copied = 0;

  constructor(vm: Vm, bytes: number) {
    this.#vm = vm;
    this.#bytes = new Uint8Array(bytes);
  }

  async copy(pages: DirtyBitmap): Promise<void> {
    for (const { gpa, length, numPages } of pages.ranges()) {
      this.#bytes.set(await this.#vm.memory.read(gpa, length), Number(gpa));
      this.copied += numPages;
    }
  }

  /** The guest is paused, and the log was collected for the last time. */
  async expectEqual(): Promise<void> {
    const guest = await this.#vm.memory.read(0, this.#bytes.length);
    const different: number[] = [];
    for (let at = 0; at < guest.length; at += PAGE) {
      if (Buffer.compare(guest.subarray(at, at + PAGE), this.#bytes.subarray(at, at + PAGE)) !== 0)
        different.push(at / PAGE);
    }
    expect(different).toEqual([]);
  }
}

/** Changes pages of [0, bytes) for ever, all over, and some of them more often: locked additions, stores across pages. */
export function restlessProgram(id: number, bytes: number): AccessProgram {
  const pages = bytes / PAGE;
  return new AccessProgram().loop(2 ** 32 - 1, (p) =>
    p
      .add({ gpa: 8 * id, count: pages, stride: PAGE, order: "random", span: pages, value: id + 1 })
      .write({ gpa: PAGE - 4, count: pages, stride: PAGE, order: "random", span: pages / 8, plusStamp: true })
      .read({ gpa: 0, count: 64, stride: PAGE, order: "random", span: pages })
      .stamp(),
  );
}

/** A run that is told to end some time: what `full` does happens whenever a ring is full. */
export async function runUntilKicked(vcpu: Vcpu, full: () => Promise<void>): Promise<VcpuExit> {
  let exit = await vcpu.run();
  while (exit.reason === "dirtyRingFull") {
    await full();
    exit = await vcpu.run();
  }
  return exit;
}
