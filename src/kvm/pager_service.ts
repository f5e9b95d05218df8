/**
 * Answers core's pager requests on the main side: calls the pager, puts its bytes into the frame that core has set aside,
 * and wakes who waits. Never takes a lock of core, never blocks. The hand-shake is drawn at PagerRequest, core/layout/hostmm.ts.
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
  PagerRequest,
  SYSTEM_BASE,
  System,
} from "../abi/index.js";

/**
 * Supplies the pages of a mapping, when they are first touched: from a file, a network, a snapshot. Only who touched the
 * page waits. A pager may call the API, also for the VM that waits; it must not wait for that VM's run() to end.
 */
export interface Pager {
  /**
   * The `length` bytes (one page, 4096) at byte `offset` of what this pager stands for: a multiple of 4096 that starts
   * at the mapping's own offset. Exactly `length` bytes, or a rejection: then the access ends with a memoryFault
   * exit (errno EFAULT), and the next access to the page asks again.
   * @param signal aborted when nobody wants the page any more
   */
  read(offset: bigint, length: number, signal: AbortSignal): Promise<Uint8Array>;
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
    this.#pagers.set(id, { pager, abort: new AbortController(), users: 1 });
    return id;
  }

  /** One more address space may ask pager `id`. */
  retain(id: number): void {
    this.#find(id).users++;
  }

  /** One less. After the last, reads under way are told that nobody waits. */
  release(id: number): void {
    const found = this.#pagers.get(id);
    if (found === undefined || --found.users > 0) return;
    this.#pagers.delete(id);
    found.abort.abort();
  }

  /** Nobody will ask any more. */
  abortAll(): void {
    for (const { abort } of this.#pagers.values()) abort.abort();
    this.#pagers.clear();
  }

  /** Serves the PagerRequest at `request`. */
  async serve(request: number): Promise<void> {
    const state = await this.#fill(request).then(
      () => PAGER_DONE,
      () => PAGER_FAILED,
    );
    const before = this.#memory.compareExchange32(request, PagerRequest.state, PAGER_PENDING, state);
    if (before !== PAGER_PENDING) {
      this.#events.release(request);
      return;
    }
    this.#wakeWaiters(request);
    this.#events.answered(request);
  }

  async #fill(request: number): Promise<void> {
    const { pager, abort } = this.#find(this.#memory.get(request, PagerRequest.pagerId));
    const offset = this.#memory.get(request, PagerRequest.offset);
    const bytes = await pager.read(offset, PAGE_SIZE, abort.signal);
    if (bytes.length !== PAGE_SIZE) throw new Error(`the pager gave ${bytes.length} bytes instead of ${PAGE_SIZE}`);
    // The frame is the request's until the state changes; it goes only after pagerRelease if the request was cancelled.
    this.#memory.bytesAt(this.#memory.get(request, PagerRequest.frame) * PAGE_SIZE, PAGE_SIZE).set(bytes);
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
