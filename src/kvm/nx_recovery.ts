/**
 * The recovery worker of the NX-huge-pages mitigation: every period, each VM gives some of the tables up that stand where
 * a huge page could be; what is not executed any more becomes huge again at the next fault. The kernel has a thread a VM
 * for it; here it is a timer, and the passes run in the control worker. It keeps no process alive.
 */
import type { Host } from "./host.js";
import type { LiveParameterValues } from "./live_parameters.js";
import type { VmLife } from "./lives.js";
import { startTimer } from "./platform.js";

const HOUR_MS = 3_600_000;
/** Of a period that is not given but computed, ms. */
const MIN_PERIOD_MS = 1000;
/** setTimeout's longest, ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** ms between two passes under these parameters; undefined: there are none. */
export function recoveryPeriod(values: LiveParameterValues): number | undefined {
  const { nx_huge_pages_recovery_ratio: ratio, nx_huge_pages_recovery_period_ms: period } = values;
  if (ratio === 0 || values.nx_huge_pages === "never") return undefined;
  return period !== 0 ? period : Math.max(MIN_PERIOD_MS, Math.floor(HOUR_MS / ratio));
}

export class NxRecovery {
  readonly #host: Host;
  #period: number | undefined;
  /** When the last pass ended (or the first period began), by performance.now(). */
  #last = performance.now();
  #isPassing = false;
  #isStopped = false;
  #cancel: () => void = () => {};

  constructor(host: Host) {
    this.#host = host;
  }

  /** New parameters: the next pass is one period after the last one, or now if that is over. */
  update(values: LiveParameterValues): void {
    this.#period = recoveryPeriod(values);
    this.#arm();
  }

  /** No pass begins any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #arm(): void {
    this.#cancel();
    if (this.#isStopped || this.#isPassing || this.#period === undefined) return;
    const wait = Math.max(0, this.#last + this.#period - performance.now());
    this.#cancel = startTimer(Math.min(wait, MAX_TIMEOUT_MS), () => void this.#expire());
  }

  async #expire(): Promise<void> {
    // Early only if the period is longer than the timer's longest.
    if (this.#period !== undefined && performance.now() >= this.#last + this.#period) {
      this.#isPassing = true;
      await Promise.all(this.#host.livingVms().map((vm) => this.#recover(vm)));
      this.#isPassing = false;
      this.#last = performance.now();
    }
    this.#arm();
  }

  /** A VM that ends or is lost meanwhile has nothing to recover. */
  async #recover(vm: VmLife): Promise<void> {
    await this.#host.call(vm, () => "refused", "nxRecover", vm.address).catch(() => undefined);
  }
}
