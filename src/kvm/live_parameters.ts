/** The parameters that may change while VMs exist: /sys/module/kvm/parameters, of one System. */
import {
  NX_HUGE_PAGES_FORCE,
  NX_HUGE_PAGES_NEVER,
  NX_HUGE_PAGES_OFF,
  SYSTEM_BASE,
  System as SystemStruct,
  type Word,
} from "../abi/index.js";
import { KvmError } from "./errors.js";
import type { Host } from "./host.js";
import { NxRecovery } from "./nx_recovery.js";
import type { CoreSystemParameters } from "./params.js";
import { Sequence } from "./sequence.js";

/** Live parameters as they read. */
export interface LiveParameterValues {
  nx_huge_pages: "off" | "force" | "never";
  nx_huge_pages_recovery_ratio: number;
  nx_huge_pages_recovery_period_ms: number;
}

const MODE_NAMES: Record<number, LiveParameterValues["nx_huge_pages"]> = {
  [NX_HUGE_PAGES_OFF]: "off",
  [NX_HUGE_PAGES_FORCE]: "force",
  [NX_HUGE_PAGES_NEVER]: "never",
};

export class LiveParameters {
  readonly #host: Host;
  readonly #recovery: NxRecovery;
  readonly #changes = new Sequence();

  constructor(host: Host) {
    this.#host = host;
    this.#recovery = new NxRecovery(host);
  }

  get(): LiveParameterValues {
    return {
      nx_huge_pages: MODE_NAMES[this.#read(SystemStruct.nxHugePages)] ?? "off",
      nx_huge_pages_recovery_ratio: this.#read(SystemStruct.nxRecoveryRatio),
      nx_huge_pages_recovery_period_ms: this.#read(SystemStruct.nxRecoveryPeriodMs),
    };
  }

  /** Rejects with EPERM, EBUSY, as System.setParameters says; then nothing has changed. */
  set(values: CoreSystemParameters): Promise<void> {
    return this.#changes.run(() => this.#set(values));
  }

  /** There are no recovery passes any more. */
  stop(): void {
    this.#recovery.stop();
  }

  async #set({ nxMode, ratio, periodMs }: CoreSystemParameters): Promise<void> {
    this.#host.check();
    if (this.#read(SystemStruct.nxHugePages) === NX_HUGE_PAGES_NEVER)
      throw new KvmError("EPERM", 'nx_huge_pages is "never"; only a new System can have other values.');
    if (nxMode !== undefined) await this.#setNxHugePages(nxMode);
    if (ratio !== undefined || periodMs !== undefined) {
      const newRatio = ratio ?? this.#read(SystemStruct.nxRecoveryRatio);
      const newPeriodMs = periodMs ?? this.#read(SystemStruct.nxRecoveryPeriodMs);
      const what = (): string => "The recovery of huge pages could not be set.";
      await this.#host.call(this.#host, what, "nxRecoverySet", newRatio, newPeriodMs);
    }
    this.#recovery.update(this.get());
  }

  async #setNxHugePages(mode: number): Promise<void> {
    if (mode === this.#read(SystemStruct.nxHugePages)) return;
    if (mode === NX_HUGE_PAGES_NEVER && this.#host.vms.size > 0) {
      throw new KvmError("EBUSY", 'nx_huge_pages can become "never" only while there is no VM; destroy them first.');
    }
    await this.#host.call(this.#host, () => "nx_huge_pages could not be set.", "nxHugePagesSet", mode);
    await Promise.all(
      this.#host
        .livingVms()
        .map((vm) => this.#host.call(vm, () => "The VM could not be zapped.", "vmZapAll", vm.address)),
    );
  }

  #read(field: Word): number {
    return this.#host.memory.load32(SYSTEM_BASE, field);
  }
}
