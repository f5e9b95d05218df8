/** The pager behind AddressSpace.useSwap: pages in a file without a name, which goes with the last address space that uses it. */
import type { Pager } from "./pager_service.js";
import { openScratchFile, type ScratchFile } from "./platform.js";

export class SwapFile implements Pager {
  readonly #file: ScratchFile;
  readonly #underWay = new Set<Promise<unknown>>();

  private constructor(file: ScratchFile) {
    this.#file = file;
  }

  static async create(): Promise<SwapFile> {
    return new SwapFile(await openScratchFile());
  }

  read(offset: bigint, length: number): Promise<Uint8Array> {
    return this.#track(this.#file.read(Number(offset), length));
  }

  write(offset: bigint, bytes: Uint8Array): Promise<void> {
    return this.#track(this.#file.write(Number(offset), bytes));
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#file.close();
  }

  #track<T>(operation: Promise<T>): Promise<T> {
    this.#underWay.add(operation);
    const forget = (): boolean => this.#underWay.delete(operation);
    operation.then(forget, forget);
    return operation;
  }
}
