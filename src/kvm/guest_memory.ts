/** A VM's memory from outside, by guest-physical address: for loaders, devices, debuggers. */
import type { GuestRange } from "./control_calls.js";
import { KvmError } from "./errors.js";
import type { Host } from "./host.js";
import type { VmLife } from "./lives.js";
import { hex, integer, type U64, u64 } from "./values.js";

/**
 * Reads and writes guest memory through the memory slots, as the guest's own accesses do: copy-on-write is broken, pagers
 * are asked, the dirty log is marked. Guests may run meanwhile; then only single pages are consistent.
 *
 * All methods reject with KvmError EFAULT: part of the range has no slot, no host memory, or (for writing) a read-only
 * slot, or its pager failed; what comes before that part may have been done. Further EINVAL: a wrong range; ENOMEM; EBADF:
 * the VM is destroyed; ECANCELED: it was destroyed meanwhile; WorkerDiedError.
 */
export class GuestMemory {
  readonly #host: Host;
  readonly #vm: VmLife;
  readonly #asId: number;

  /** @internal */
  constructor(host: Host, vm: VmLife, asId: number) {
    this.#host = host;
    this.#vm = vm;
    this.#asId = asId;
  }

  /** The `length` bytes (0 to 2^31 - 1) from guest-physical address `gpa` on, copied. */
  async read(gpa: U64, length: number): Promise<Uint8Array> {
    const range = this.#range(gpa, length);
    return this.#host.call(this.#vm, () => refused("read", range, length), "readMemory", range, length);
  }

  /** Copies `bytes` to guest-physical address `gpa` on. */
  async write(gpa: U64, bytes: Uint8Array): Promise<void> {
    const range = this.#range(gpa, bytes.length);
    await this.#host.call(this.#vm, () => refused("write", range, bytes.length), "writeMemory", range, bytes);
  }

  /** Sets `length` bytes (0 to 2^31 - 1) from guest-physical address `gpa` on to `value` (0 to 255, default 0). */
  async fill(gpa: U64, length: number, value = 0): Promise<void> {
    const range = this.#range(gpa, length);
    const byte = integer(value, "value", 0, 255);
    await this.#host.call(this.#vm, () => refused("fill", range, length), "fillMemory", range, length, byte);
  }

  #range(gpa: U64, length: number): GuestRange {
    this.#host.checkVm(this.#vm);
    const start = u64(gpa, "gpa");
    const bytes = integer(length, "length", 0, 0x7fff_ffff);
    if (start + BigInt(bytes) > 1n << 64n) {
      throw new KvmError("EINVAL", `The range of ${bytes} bytes from ${hex(start)} wraps around 2^64.`);
    }
    return { vm: this.#vm.address, asId: this.#asId, gpa: start };
  }
}

function refused(what: string, { gpa }: GuestRange, length: number): string {
  const range = `[${hex(gpa)}, ${hex(gpa + BigInt(length))})`;
  return `Could not ${what} all of guest-physical ${range}: it needs memory slots (writable ones for writing) whose host memory is mapped and can be supplied.`;
}
