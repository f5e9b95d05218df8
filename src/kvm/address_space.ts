/** A host address space: what the process that runs VMs is to the kernel's KVM. Memory slots map ranges of it. */
import * as abi from "../abi/index.js";
import type { CallArgs, CallName, CallResult } from "./control_client.js";
import { KvmError } from "./errors.js";
import type { Host } from "./host.js";
import { SpaceLife } from "./lives.js";
import type { Pager } from "./pager_service.js";
import { SwapFile } from "./swap_file.js";
import { hex, pageAligned, pageRange, type U64 } from "./values.js";

/** Shared memory: mapped by several address spaces, or several times, all see the same pages. System.createSharedMemory makes it. */
export class SharedMemory {
  /** Bytes. */
  readonly length: bigint;
  readonly #host: Host;
  readonly #object: number;
  #isClosed = false;

  /** @internal */
  constructor(host: Host, object: number, length: bigint) {
    this.#host = host;
    this.#object = object;
    this.length = length;
  }

  /** @internal Its address in core. Throws EBADF once closed. */
  get object(): number {
    if (this.#isClosed) throw new KvmError("EBADF", "This SharedMemory is closed; create another.");
    return this.#object;
  }

  /** Ends the handle; mappings keep the memory. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#host.check();
    await this.#host.call(this.#host, () => "The shared memory could not be closed.", "mmObjectPut", this.#object);
  }
}

/** What fills the pages of a mapping when they are first touched. */
export type Backing =
  /** Zeroes. `huge`: "thp" takes 2 MiB frames where it can; "hugetlb" takes them all now, or fails. */
  | { type: "anonymous"; huge?: "thp" | "hugetlb" }
  /** The object's pages, from byte `offset` on (default 0). */
  | { type: "shared"; object: SharedMemory; offset?: U64 }
  /** What the pager supplies, from byte `offset` on (default 0); writes stay private. */
  | { type: "pager"; pager: Pager; offset?: U64 }
  /** Nothing: addresses without memory, for page-table experiments of any size. Reads give 0, writes vanish. */
  | { type: "phantom"; pageSize?: "4k" | "2m" | "1g" };

/** Access rights of host mappings. `rw` implies reading. */
export type Protection = "none" | "r" | "rw";

export interface MmapOptions {
  /** Bytes, a multiple of the backing's page size, above 0. */
  length: U64;
  backing: Backing;
  /** Default `rw`. */
  prot?: Protection;
  /** Map exactly here (a multiple of the page size, 64 KiB at least), where nothing may be mapped. Default: a free place. */
  fixed?: U64;
}

/** What AddressSpace.stats tells: bytes that are there and that are out, counts of what happened. */
export interface AddressSpaceStats {
  resident: number;
  swapped: number;
  hugePages: number;
  faults: number;
  cowCopies: number;
  pageOuts: number;
  pageIns: number;
  cleanDrops: number;
}

const PROTECTIONS: Record<Protection, number> = { none: abi.PROT_NONE, r: abi.PROT_READ, rw: abi.PROT_WRITE };
const ANON_FLAGS = { thp: abi.MM_MAP_HUGE, hugetlb: abi.MM_MAP_HUGETLB } as const;
const PHANTOM_FLAGS = { "4k": 0, "2m": abi.MM_MAP_HUGE, "1g": abi.MM_MAP_HUGE_1G } as const;

/** How core is told of a backing. */
interface CoreBacking {
  backing: number;
  flags: number;
  source: number;
  offset: bigint;
}

/**
 * An address space of 2^47 bytes, at first empty. System.createAddressSpace makes it, and createVm if not given one.
 *
 * VMs see every change at once: when munmap, mprotect, dontNeed, migrate or merge resolves, no vCPU uses the old
 * translations. All methods reject with KvmError EBADF once it is destroyed, and WorkerDiedError.
 */
export class AddressSpace implements AsyncDisposable {
  readonly #host: Host;
  readonly #life: SpaceLife;

  /** @internal */
  constructor(host: Host, life: SpaceLife) {
    this.#host = host;
    this.#life = life;
  }

  /** @internal */
  static async create(host: Host): Promise<AddressSpace> {
    const mm = await host.call(host, () => "There is no memory left for an address space.", "mmCreate");
    return AddressSpace.#adopt(host, mm);
  }

  static #adopt(host: Host, mm: number): AddressSpace {
    if (mm === 0)
      throw new KvmError("ENOMEM", "There is no memory left for an address space; open the System with more.");
    const life = new SpaceLife(mm >>> 0);
    host.spaces.add(life);
    return new AddressSpace(host, life);
  }

  /** @internal */
  get life(): SpaceLife {
    return this.#life;
  }

  /**
   * Maps `length` bytes; no page is taken before it is touched, but for hugetlb. Resolves with the address.
   *
   * Rejects with EINVAL: a length, offset or address that is no multiple of the page size, or 0; EEXIST: something is
   * mapped at `fixed`; EPERM: `fixed` is below 64 KiB; ENOMEM: no room, or, of hugetlb, no memory.
   */
  async mmap(options: MmapOptions): Promise<bigint> {
    this.#host.checkSpace(this.#life);
    const length = pageAligned(options.length, "length");
    const prot = protection(options.prot ?? "rw");
    const hva = options.fixed === undefined ? 0n : pageAligned(options.fixed, "fixed");
    const { backing, flags, source, offset } = this.#coreBacking(options.backing);
    const all = flags | (options.fixed === undefined ? 0 : abi.MM_MAP_FIXED);
    const explain = ({ code }: KvmError): string => explainMap(code, length, hva);
    return this.#call(explain, "mmMap", this.#life.mm, hva, length, backing, prot, all, source, offset);
  }

  /** Unmaps [address, address + length), bytes, multiples of 4096; holes are no error. Rejects with EINVAL; ENOMEM. */
  async munmap(address: U64, length: U64): Promise<void> {
    const range = pageRange(address, length, "address", "length");
    await this.#call(explainRange("unmap", range), "mmUnmap", this.#life.mm, range.start, range.length);
  }

  /** Changes the rights of [address, address + length), all of it mapped. Rejects with EINVAL; ENOMEM: a hole, or no memory. */
  async mprotect(address: U64, length: U64, prot: Protection): Promise<void> {
    const range = pageRange(address, length, "address", "length");
    await this.#call(
      explainRange("protect", range),
      "mmProtect",
      this.#life.mm,
      range.start,
      range.length,
      protection(prot),
    );
  }

  /**
   * Gives the pages of [address, address + length) back (madvise MADV_DONTNEED): the next access finds what the backing
   * has: zeroes, the shared object's page, the pager's. Rejects with EINVAL; ENOMEM: a hole.
   */
  async dontNeed(address: U64, length: U64): Promise<void> {
    const range = pageRange(address, length, "address", "length");
    await this.#call(explainRange("give back", range), "mmDontNeed", this.#life.mm, range.start, range.length);
  }

  /**
   * A copy of this address space, as fork() makes it: private pages are shared until one side writes. The copy's VMs are
   * those created on it later: that is how a VM is cloned. Rejects with ENOMEM.
   */
  async fork(): Promise<AddressSpace> {
    const mm = await this.#call(() => "There is no memory left for the copy's page tables.", "mmFork", this.#life.mm);
    const child = AddressSpace.#adopt(this.#host, mm);
    for (const pager of this.#life.pagers) child.#usePager(pager);
    return child;
  }

  /** Moves the page at `address` to another frame, as compaction does. Resolves with false if nothing is there to move. */
  async migrate(address: U64): Promise<boolean> {
    const hva = pageAligned(address, "address");
    return this.#optional(
      "ENOENT",
      this.#call(() => `The page at ${hex(hva)} could not be moved.`, "mmMigrate", this.#life.mm, hva),
    );
  }

  /**
   * Makes the pages at `a` and `b` share one read-only frame if they are equal, as KSM does; a write parts them again.
   * Resolves with whether they share it now.
   */
  async merge(a: U64, b: U64): Promise<boolean> {
    const hvaA = pageAligned(a, "a");
    const hvaB = pageAligned(b, "b");
    const explain = (): string =>
      `The pages at ${hex(hvaA)} and ${hex(hvaB)} cannot be merged: both must be present private 4 KiB pages.`;
    return (await this.#call(explain, "mmMerge", this.#life.mm, hvaA, hvaB)) === 0;
  }

  /**
   * Lets pages that were not used lately leave memory when it gets short, up to `length` bytes of them: to a temporary
   * file, or to `pager`, which must have `write`. Guests may then have more memory than the System. Pages of shared
   * memory and hugetlb stay. Copies made by fork() share it. Rejects with EBUSY: there is one already; EINVAL; ENOMEM.
   */
  async useSwap(options: { length: U64; pager?: Pager }): Promise<void> {
    this.#host.checkSpace(this.#life);
    const slots = pageAligned(options.length, "length") / BigInt(abi.PAGE_SIZE);
    if (options.pager !== undefined && options.pager.write === undefined)
      throw new KvmError("EINVAL", "The pager has no write(); one that takes pages needs it.");
    const pager = this.#newPager(options.pager ?? (await SwapFile.create()));
    const explain = ({ code }: KvmError): string =>
      code === "EBUSY" ? "This address space has swap already." : `There can be no swap of ${slots} pages.`;
    try {
      await this.#call(explain, "mmSetSwap", this.#life.mm, pager, slots);
    } catch (error) {
      this.#life.pagers.delete(pager);
      await this.#host.pagers.release(pager);
      throw error;
    }
  }

  /**
   * Takes up to `length` bytes back from pages that were not used lately: clean ones of pagers are forgotten, others go to
   * the swap. Resolves with how many bytes left, some of which may still be on their way.
   */
  async reclaim(length: U64): Promise<number> {
    const pages = pageAligned(length, "length") / BigInt(abi.PAGE_SIZE);
    const explain = (): string => "The pages could not be taken back.";
    return abi.PAGE_SIZE * Number(await this.#call(explain, "reclaim", this.#life.mm, pages));
  }

  /** Forgets what of [address, address + length) was used; resolves with how many bytes of it were, since the last time. */
  async age(address: U64, length: U64): Promise<number> {
    const range = pageRange(address, length, "address", "length");
    const young = await this.#call(explainRange("age", range), "mmAge", this.#life.mm, range.start, range.length);
    return abi.PAGE_SIZE * Number(young);
  }

  /** Whether any of [address, address + length) was used since it was last aged. Forgets nothing. */
  async isYoung(address: U64, length: U64): Promise<boolean> {
    const range = pageRange(address, length, "address", "length");
    return (
      (await this.#call(explainRange("look at", range), "mmTestYoung", this.#life.mm, range.start, range.length)) === 1
    );
  }

  /**
   * Bytes of memory that are mapped now, and of pages that are out; counts of host faults, of copies made for writers, of
   * pages that left, came back, and were forgotten because their pager has them.
   */
  async stats(): Promise<AddressSpaceStats> {
    const read = async (which: number): Promise<number> =>
      Number(await this.#call(() => "", "mmStat", this.#life.mm, which));
    return {
      resident: (await read(abi.MM_STAT_RESIDENT)) * abi.PAGE_SIZE,
      hugePages: await read(abi.MM_STAT_HUGE),
      faults: await read(abi.MM_STAT_FAULTS),
      cowCopies: await read(abi.MM_STAT_COW),
      swapped: (await read(abi.MM_STAT_SWAPPED)) * abi.PAGE_SIZE,
      pageOuts: await read(abi.MM_STAT_PAGE_OUTS),
      pageIns: await read(abi.MM_STAT_PAGE_INS),
      cleanDrops: await read(abi.MM_STAT_CLEAN_DROPS),
    };
  }

  /** Unmaps everything and ends the address space. Its VMs must be destroyed first: EBUSY. Idempotent. */
  async destroy(): Promise<void> {
    if (this.#life.end !== undefined) return;
    this.#host.check();
    if (this.#life.vms.size > 0) {
      throw new KvmError("EBUSY", `${this.#life.vms.size} VM(s) still use this address space; destroy them first.`);
    }
    this.#life.end = new KvmError("EBADF", "This AddressSpace is destroyed.");
    await this.#host.call(this.#life, () => "The address space could not be destroyed.", "mmDestroy", this.#life.mm);
    await Promise.all([...this.#life.pagers].map((pager) => this.#host.pagers.release(pager)));
    this.#host.spaces.delete(this.#life);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#host.isOver) await this.destroy();
  }

  async #call<N extends CallName>(
    explain: (error: KvmError) => string,
    name: N,
    ...args: CallArgs<N>
  ): Promise<CallResult<N>> {
    this.#host.checkSpace(this.#life);
    return this.#host.call(this.#life, explain, name, ...args);
  }

  async #optional(absent: KvmError["code"], call: Promise<unknown>): Promise<boolean> {
    try {
      await call;
      return true;
    } catch (error) {
      if (error instanceof KvmError && error.code === absent) return false;
      throw error;
    }
  }

  #coreBacking(backing: Backing): CoreBacking {
    switch (backing.type) {
      case "anonymous":
        return {
          backing: abi.BACKING_ANON,
          flags: backing.huge === undefined ? 0 : ANON_FLAGS[backing.huge],
          source: 0,
          offset: 0n,
        };
      case "shared":
        return {
          backing: abi.BACKING_OBJECT,
          flags: 0,
          source: backing.object.object,
          offset: pageAligned(backing.offset ?? 0, "offset"),
        };
      case "pager":
        return {
          backing: abi.BACKING_PAGER,
          flags: 0,
          source: this.#newPager(backing.pager),
          offset: pageAligned(backing.offset ?? 0, "offset"),
        };
      case "phantom":
        return { backing: abi.BACKING_PHANTOM, flags: PHANTOM_FLAGS[backing.pageSize ?? "4k"], source: 0, offset: 0n };
      default:
        throw new KvmError("EINVAL", 'backing.type must be "anonymous", "shared", "pager" or "phantom".');
    }
  }

  #newPager(pager: Pager): number {
    const id = this.#host.pagers.register(pager);
    this.#life.pagers.add(id);
    return id;
  }

  #usePager(id: number): void {
    this.#host.pagers.retain(id);
    this.#life.pagers.add(id);
  }
}

function protection(prot: Protection): number {
  const bits = PROTECTIONS[prot];
  if (bits === undefined) throw new KvmError("EINVAL", `prot is ${String(prot)}; there are "none", "r" and "rw".`);
  return bits;
}

function explainMap(code: KvmError["code"], length: bigint, hva: bigint): string {
  switch (code) {
    case "EEXIST":
      return `Something is mapped in [${hex(hva)}, ${hex(hva + length)}); unmap it first, or leave "fixed" out.`;
    case "EPERM":
      return `"fixed" is ${hex(hva)}; the first 64 KiB are never mapped.`;
    case "ENOMEM":
      return `There is no room, or no memory, for a mapping of ${hex(length)} bytes.`;
    default:
      return `Cannot map ${hex(length)} bytes: length, offset and address must be multiples of the backing's page size, the length not 0, and inside the shared object.`;
  }
}

function explainRange(what: string, { start, length }: { start: bigint; length: bigint }) {
  return ({ code }: KvmError): string => {
    const range = `[${hex(start)}, ${hex(start + length)})`;
    return code === "ENOMEM"
      ? `Cannot ${what} ${range}: part of it is not mapped, or there is no memory left to split it.`
      : `Cannot ${what} ${range}: it must lie below 2^47 and not cut a page that cannot be split (hugetlb, phantom).`;
  };
}
