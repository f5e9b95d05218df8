/**
 * Serves core's pager requests on the main side: calls the pager, puts its bytes into the frame that core has set aside,
 * or gives it those of a page that is to leave memory, and wakes who waits. Never takes a lock of core, never blocks. The hand-shake is drawn at PagerRequest, core/layout/hostmm.ts.
 */
import {
  type CoreMemory,
  CPU_BASE,
  CPU_STRIDE,
  Cpu,
  PAGE_SIZE,
  PAGER_DONE,
  PAGER_FAILED,
  PAGER_PENDING,
  PAGER_STORE,
  PagerRequest,
  SYSTEM_BASE,
  System,
} from "../abi/index.js";
import { sharedAbortController } from "./platform.js";

/**
 * Supplies the pages of a mapping, when they are first touched: from a file, a network, a snapshot. Only who touched the
 * page waits. When memory is short, a page that nobody wrote is forgotten, and asked for again. With `write`, it can
 * also be where an address space's pages go (AddressSpace.useSwap). A pager may call the API, also for the VM that waits; it must not wait for that VM's run() to end.
 */
export interface Pager {
  /**
   * The `length` bytes (one page, 4096) at byte `offset` of what this pager stands for: a multiple of 4096 that starts
   * at the mapping's own offset. Exactly `length` bytes, or a rejection: then the access ends with a memoryFault
   * exit (errno EFAULT), and the next access to the page asks again.
   * @param signal aborted when nobody wants the page any more
   */
  read(offset: bigint, length: number, signal: AbortSignal): Promise<Uint8Array>;

  /**
   * Keeps `bytes` (one page, a copy) at byte `offset`, until something else is written there. A rejection leaves the page
   * in memory. Reads of an offset come after its last write has ended.
   */
  write?(offset: bigint, bytes: Uint8Array, signal: AbortSignal): Promise<void>;

  /** Called once, when nobody will ask any more; AddressSpace.destroy() and System.close() wait for it. */
  close?(): Promise<void>;
}

interface Registered {
  pager: Pager;
  abort: AbortController;
  /** Address spaces that may ask it. */
  users: number;
}

export interface PagerEvents {
  /** `request` is answered: the control worker's calls may go on. */
  answered(request: number): void;
  /** Pages of the address space `mm` have been stored: somebody who may take locks calls mmEndPageOuts on it. */
  stored(mm: number): void;
  /** Core has cancelled `request` meanwhile: somebody who may take locks calls pagerRelease on it. */
  release(request: number): void;
}

export class PagerService {
  readonly #memory: CoreMemory;
  readonly #events: PagerEvents;
  readonly #pagers = new Map<number, Registered>();
  #nextId = 1;

  constructor(memory: CoreMemory, events: PagerEvents) {
    this.#memory = memory;
    this.#events = events;
  }

  /** Makes `pager` known under a new id, with one user. */
  register(pager: Pager): number {
    const id = this.#nextId++;
    this.#pagers.set(id, { pager, abort: sharedAbortController(), users: 1 });
    return id;
  }

  /** One more address space may ask pager `id`. */
  retain(id: number): void {
    this.#find(id).users++;
  }

  /** One less. After the last, operations under way are told that nobody waits, and the pager is closed. */
  async release(id: number): Promise<void> {
    const found = this.#pagers.get(id);
    if (found === undefined || --found.users > 0) return;
    this.#pagers.delete(id);
    found.abort.abort();
    await found.pager.close?.();
  }

  /** Nobody will ask any more. */
  async abortAll(): Promise<void> {
    const all = [...this.#pagers.values()];
    this.#pagers.clear();
    for (const { abort } of all) abort.abort();
    await Promise.allSettled(all.map(({ pager }) => pager.close?.()));
  }

  /** Serves the PagerRequest at `request`. */
  async serve(request: number): Promise<void> {
    const isStore = this.#memory.get(request, PagerRequest.kind) === PAGER_STORE;
    const mm = this.#memory.get(request, PagerRequest.mm);
    const state = await (isStore ? this.#store(request) : this.#load(request)).then(
      () => PAGER_DONE,
      () => PAGER_FAILED,
    );
    const before = this.#memory.compareExchange32(request, PagerRequest.state, PAGER_PENDING, state);
    if (before !== PAGER_PENDING) {
      // A call of the control worker may wait for what a vCPU has cancelled.
      this.#events.answered(request);
      this.#events.release(request);
      return;
    }
    // From here on the request may be gone: only its address is used.
    this.#wakeWaiters(request);
    this.#events.answered(request);
    if (isStore) this.#events.stored(mm);
  }

  async #load(request: number): Promise<void> {
    const { pager, abort } = this.#find(this.#memory.get(request, PagerRequest.pagerId));
    const offset = this.#memory.get(request, PagerRequest.offset);
    const bytes = await pager.read(offset, PAGE_SIZE, abort.signal);
    if (bytes.length !== PAGE_SIZE) throw new Error(`the pager gave ${bytes.length} bytes instead of ${PAGE_SIZE}`);
    // The frame is the request's until the state changes; it goes only after pagerRelease if the request was cancelled.
    this.#memory.bytesAt(this.#memory.get(request, PagerRequest.frame) * PAGE_SIZE, PAGE_SIZE).set(bytes);
  }

  async #store(request: number): Promise<void> {
    // Taken back before we came to it: nothing to write.
    if (this.#memory.load32(request, PagerRequest.state) !== PAGER_PENDING) return;
    const { pager, abort } = this.#find(this.#memory.get(request, PagerRequest.pagerId));
    if (pager.write === undefined) throw new Error("this pager takes no pages");
    const offset = this.#memory.get(request, PagerRequest.offset);
    const bytes = this.#memory.bytesAt(this.#memory.get(request, PagerRequest.frame) * PAGE_SIZE, PAGE_SIZE).slice();
    await pager.write(offset, bytes, abort.signal);
  }

  #find(id: number): Registered {
    const found = this.#pagers.get(id);
    if (found === undefined) throw new Error(`there is no pager ${id}`);
    return found;
  }

  #wakeWaiters(request: number): void {
    const limit = this.#memory.load32(SYSTEM_BASE, System.cpuLimit);
    for (let id = 0; id < limit; id++) {
      const cpu = CPU_BASE + id * CPU_STRIDE;
      if (this.#memory.load32(cpu, Cpu.waitingOn) !== request) continue;
      this.#memory.add32(cpu, Cpu.wake, 1);
      this.#memory.notify(cpu, Cpu.wake);
    }
  }
}
