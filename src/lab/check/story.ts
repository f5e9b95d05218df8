/**
 * The execution that the machine has just traced, as text: fibers take turns, each turn with its accesses to words that
 * others use too. The rest is counted only.
 */
import { HOOK_LOAD, HOOK_RMW, HOOK_WIDE } from "../../abi/index.js";
import type { Machine, RawFailure, TraceEvent } from "./machine.js";
import { isWriteKind } from "./machine.js";

/** Longest story, lines; the end is what matters. */
const MOST_LINES = 400;

export function tellStory(machine: Machine, failure: RawFailure): string {
  const lines = new Teller(machine).tell(machine.trace ?? []);
  const shown =
    lines.length > MOST_LINES
      ? [`(${lines.length - MOST_LINES} lines before this)`, ...lines.slice(-MOST_LINES)]
      : lines;
  const who = failure.fiber < 0 ? "" : `, ${machine.fibers[failure.fiber]?.name}`;
  return [...shown, `=> ${failure.kind}${who}: ${failure.message}`, ...waiters(machine, failure)].join("\n");
}

/** At a deadlock or livelock: who waits for what. */
function waiters(machine: Machine, { kind }: RawFailure): string[] {
  if (kind !== "deadlock" && kind !== "livelock") return [];
  return machine.fibers.flatMap(({ name, steps }, f) => {
    if (((machine.done >>> f) & 1) !== 0) return [];
    const step = steps[machine.stepIndex[f] as number]?.label ?? "";
    const place = machine.names.place(machine.pendingAddress[f] as number);
    return [`   ${name} (${step}) stands at ${place.name}`];
  });
}

class Teller {
  readonly #machine: Machine;
  readonly #lines: string[] = [];
  #number = 0;
  #fiber = -1;
  #hidden = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  tell(events: readonly TraceEvent[]): string[] {
    for (const event of events) {
      if (event.fiber !== this.#fiber) this.#turn(event);
      this.#event(event);
    }
    this.#flush();
    return this.#lines;
  }

  #turn({ fiber }: TraceEvent): void {
    this.#flush();
    this.#fiber = fiber;
    this.#lines.push(`${this.#machine.fibers[fiber]?.name}, cpu${this.#machine.cpuOf[fiber]}:`);
  }

  #flush(): void {
    if (this.#hidden > 0) this.#lines.push(`       ... ${this.#hidden} that concern nobody else`);
    this.#hidden = 0;
  }

  #line(text: string): void {
    this.#flush();
    this.#number++;
    this.#lines.push(`${String(this.#number).padStart(6)} ${text}`);
  }

  #event(event: TraceEvent): void {
    const { fiber, type, address } = event;
    const step = this.#machine.fibers[fiber]?.steps[address]?.label ?? "";
    if (type === "start") this.#line(`begins: ${step}`);
    else if (type === "end") this.#line(`done: ${step}`);
    else if (type === "choose") this.#line(`the machine chooses ${address}`);
    else if (type === "timeout") this.#line("time passes");
    else if (type === "stop") this.#line(`(stops before: ${verb(event.kind)} ${event.place?.name})`);
    else if (type === "spin" || type === "wait") this.#line(`waits at ${event.place?.name}`);
    else if (type === "access") this.#access(event);
  }

  #access({ fiber, kind, address, before, after, place }: TraceEvent): void {
    const { words, names } = this.#machine;
    const isWrite = isWriteKind(kind);
    if (place === undefined || !words.conflicts(words.at(address, (kind & HOOK_WIDE) !== 0), fiber, isWrite)) {
      this.#hidden++;
      return;
    }
    const change = !isWrite
      ? names.value(place, before)
      : before === after
        ? `${names.value(place, before)} (unchanged)`
        : `${names.value(place, before)} -> ${names.value(place, after)}`;
    this.#line(`${verb(kind).padEnd(5)} ${place.name}: ${change}`);
  }
}

function verb(kind: number): string {
  const base = kind & 3;
  return base === HOOK_LOAD ? "load" : base === HOOK_RMW ? "rmw" : "store";
}
