/**
 * The simulated host's memory: core's own part, then the fibers' Asyncify stacks, which core does not know of. Puts
 * core's part back to a snapshot, quickly, by restoring only what an execution can have changed:
 *
 * - everything below the arena that is in use (system page, CPU areas, frame metadata);
 * - frames that were allocated at the snapshot;
 * - frames whose metadata differ from the snapshot's: allocated since, or freed and thereby poisoned;
 * - pages that a reported store has named, whatever frame that was.
 *
 * A frame that was free, was written to by a store that core does not report, and is free again is missed; no correct
 * core does that, and after a failed execution everything is restored.
 */
import {
  CoreMemory,
  FRAME_BYTES,
  FRAME_FREE,
  FRAME_FREE_TAIL,
  FRAME_RESERVED,
  Frame,
  SYSTEM_BASE,
  System,
} from "../../abi/index.js";

const PAGE_SHIFT = 12;
const WASM_PAGE = 65536;
/** Asyncify's stack of one fiber: some twenty frames of core's deepest call take a few KiB. */
const STACK_BYTES = 32768;

export class HostMemory {
  readonly wasm: WebAssembly.Memory;
  readonly core: CoreMemory;
  /** 4 KiB frames that core knows of. */
  readonly frames: number;
  /** Pages to restore because a store was seen there: set by whoever sees it. */
  readonly written: Uint8Array;
  readonly #stackBase: number;
  #snapshot: Uint8Array | undefined;
  #meta: Uint32Array | undefined;
  #metaNow: Uint32Array | undefined;
  #metaEnd = 0;
  /** Frames allocated at the snapshot, as pairs of first byte and end. */
  #runs: number[] = [];

  /** @param stacks fibers at most */
  constructor(memoryMiB: number, stacks: number) {
    const pages = memoryMiB * 16 + Math.ceil((stacks * STACK_BYTES) / WASM_PAGE);
    this.wasm = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.core = new CoreMemory(this.wasm);
    this.frames = memoryMiB * 256;
    this.written = new Uint8Array(this.frames + 1);
    this.#stackBase = memoryMiB << 20;
  }

  /** Address of fiber `i`'s Asyncify record, made new: {current, end} and the stack. */
  prepareStack(i: number): number {
    const at = this.#stackBase + i * STACK_BYTES;
    this.core.words[at >>> 2] = at + 8;
    this.core.words[(at >>> 2) + 1] = at + STACK_BYTES;
    return at;
  }

  takeSnapshot(): void {
    const { core } = this;
    this.#snapshot = core.bytes.slice(0, this.frames << PAGE_SHIFT);
    const meta = core.get(SYSTEM_BASE, System.frameMeta);
    this.#metaEnd = meta + this.frames * FRAME_BYTES;
    this.#metaNow = new Uint32Array(core.buffer, meta, (this.frames * FRAME_BYTES) / 4);
    this.#meta = this.#metaNow.slice();
    this.#runs = this.#allocatedRuns(meta);
    this.written.fill(0);
  }

  #allocatedRuns(meta: number): number[] {
    const runs: number[] = [];
    for (let pfn = 0; pfn < this.frames; pfn++) {
      const kind = this.core.get(meta + pfn * FRAME_BYTES, Frame.kind);
      if (kind === FRAME_RESERVED || kind === FRAME_FREE || kind === FRAME_FREE_TAIL) continue;
      const at = pfn << PAGE_SHIFT;
      if (runs.at(-1) === at) runs[runs.length - 1] = at + 4096;
      else runs.push(at, at + 4096);
    }
    return runs;
  }

  /** Memory is as it was at the snapshot, for any use that a correct core can make of it. */
  restore(): void {
    const snapshot = this.#snapshot as Uint8Array;
    const { bytes } = this.core;
    this.#restoreChangedFrames(snapshot);
    bytes.set(snapshot.subarray(SYSTEM_BASE, this.#metaEnd), SYSTEM_BASE);
    const runs = this.#runs;
    for (let i = 0; i < runs.length; i += 2) {
      bytes.set(snapshot.subarray(runs[i], runs[i + 1]), runs[i]);
    }
  }

  #restoreChangedFrames(snapshot: Uint8Array): void {
    const now = this.#metaNow as Uint32Array;
    const then = this.#meta as Uint32Array;
    const { written } = this;
    for (let pfn = 0, i = 0; pfn < this.frames; pfn++, i += 4) {
      if (
        written[pfn] === 0 &&
        now[i + 3] === then[i + 3] &&
        now[i] === then[i] &&
        now[i + 1] === then[i + 1] &&
        now[i + 2] === then[i + 2]
      )
        continue;
      written[pfn] = 0;
      const at = pfn << PAGE_SHIFT;
      this.core.bytes.set(snapshot.subarray(at, at + 4096), at);
    }
  }

  /** The same for every byte. */
  restoreAll(): void {
    this.core.bytes.set(this.#snapshot as Uint8Array);
    this.written.fill(0);
  }
}
