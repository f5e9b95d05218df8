/**
 * Fairness between fibers that wait (Musuvathi, Qadeer: "Fair stateless model checking"). Fibers that wait for a third may
 * wake each other for ever. So one that has waited FAIR_WAITS times while another could always have run and never did
 * runs again only after that one: endless executions are failures of the program, not of the scheduler.
 */

/** Waits of one fiber between two reckonings of who else had no turn. */
const FAIR_WAITS = 3;

export class Fairness {
  readonly #n: number;
  /** Whom each fiber must let run first; a bit each. */
  readonly #owes: Int32Array;
  // since each fiber's last reckoning: who could always run, who did, its waits
  readonly #couldRun: Int32Array;
  readonly #didRun: Int32Array;
  readonly #waits: Int32Array;

  constructor(fibers: number) {
    this.#n = fibers;
    this.#owes = new Int32Array(fibers);
    this.#couldRun = new Int32Array(fibers);
    this.#didRun = new Int32Array(fibers);
    this.#waits = new Int32Array(fibers);
  }

  begin(): void {
    this.#owes.fill(0);
    this.#couldRun.fill(0);
    this.#didRun.fill(-1);
    this.#waits.fill(0);
  }

  /** Those of `ready` that owe nobody a turn. */
  eligible(ready: number): number {
    let fair = ready;
    for (let f = 0; f < this.#n; f++) {
      if (((this.#owes[f] as number) & ready) !== 0) fair &= ~(1 << f);
    }
    return fair === 0 ? ready : fair;
  }

  /** `fiber` waits; the others of `ready` can run. */
  waits(fiber: number, ready: number): void {
    for (let f = 0; f < this.#n; f++) this.#couldRun[f] = (this.#couldRun[f] as number) & ready;
    this.#waits[fiber] = (this.#waits[fiber] as number) + 1;
    if ((this.#waits[fiber] as number) % FAIR_WAITS !== 0) return;
    const starved = (this.#couldRun[fiber] as number) & ~(this.#didRun[fiber] as number);
    this.#owes[fiber] = (this.#owes[fiber] as number) | starved;
    this.#couldRun[fiber] = ready;
    this.#didRun[fiber] = 0;
  }

  runs(fiber: number): void {
    const bit = 1 << fiber;
    for (let f = 0; f < this.#n; f++) {
      this.#owes[f] = (this.#owes[f] as number) & ~bit;
      this.#didRun[f] = (this.#didRun[f] as number) | bit;
    }
  }
}
