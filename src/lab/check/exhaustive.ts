/**
 * Depth-first search of all executions with at most `bound` preemptions, up to the order of accesses that commute (two
 * accesses commute unless they are to one word and one of them writes).
 *
 * What it leaves out, and why no behaviour is lost. Call two executions equivalent if they differ in the order of
 * commuting accesses only; they end in the same state. Order all executions as the search meets them: at each point
 * "go on with the same fiber" first. In each class that has a member within the bound, look at the first such member
 * R. None of the rules cuts R off, so one member of each class is run:
 *
 * 1. A fiber is preempted only before an access with which some other fiber's access conflicts (in any execution seen).
 *    Were R to preempt A before another access, A could make that access, and all up to its next conflicting one, before
 *    it is preempted: equivalent, no more preemptions (fewer if A ends or waits there), and earlier in the order.
 * 2. A preempted fiber is resumed only after somebody has made an access that conflicts with the one it stands before.
 *    Otherwise it could have made that access first, and been preempted after it: the same argument.
 * 3. A state is not gone on from twice, if the second time comes with as many preemptions or more. Equal hashes of
 *    trace_hash.ts mean equal states. R with its beginning replaced by the one met first is equivalent, within the bound,
 *    and earlier.
 *
 * Rule 1 needs the set of conflicts, which grows as executions are seen. If it does, the search of this bound is repeated
 * (at once while it is young, else when it ends); when a search ends without growth, its set is complete: a first
 * conflict outside of it would be between accesses that rule 1's executions reach.
 *
 * Fairness (machine.ts) is not part of the argument: it leaves out executions in which fibers that wait for a third go
 * round more than a few times.
 *
 * Free switches (a fiber waits, or ends a step) are all tried: delaying one could cost a preemption, so rules 1 and 2
 * do not apply to them.
 */
import { CUT, type Machine, type Scheduler } from "./machine.js";
import { Visited } from "./visited.js";

/** Executions up to which a search is young: beginning again at once costs less than all of it twice. */
const YOUNG = 50;

/** A decision of the present execution, with what has not been tried there yet. */
interface Node {
  readonly point: number;
  chosen: number;
  /** Fibers not tried, a bit each; or, at a choice, how many answers there are. */
  rest: number;
  readonly isChoice: boolean;
}

/** `reduces`: false switches the three rules off, for comparison on small programs. */
export class ExhaustiveSearch implements Scheduler {
  readonly usesSleep: boolean;
  readonly #machine: Machine;
  readonly #reduces: boolean;
  readonly #visited = new Visited();
  #bound = 0;
  #path: Node[] = [];
  #executions = 0;
  /** A conflict came to light when the search was no longer young. */
  #mustRepeat = false;
  /** Nodes of the path passed in this execution. */
  #depth = 0;

  constructor(machine: Machine, reduces = true) {
    this.#machine = machine;
    this.#reduces = reduces;
    this.usesSleep = reduces;
  }

  get states(): number {
    return this.#visited.size;
  }

  /** Begins the search of all executions with up to `bound` preemptions. */
  start(bound: number): void {
    this.#bound = bound;
    this.#path = [];
    this.#executions = 0;
    this.#mustRepeat = false;
    this.#visited.clear();
    this.#machine.words.grew = false;
  }

  /** Prepares the next execution. False: there is none. Conflicts that came to light begin the search again. */
  advance(): boolean {
    const { words } = this.#machine;
    if (words.grew && this.#executions < YOUNG) {
      this.start(this.#bound);
      return true;
    }
    this.#executions++;
    this.#mustRepeat ||= words.grew;
    words.grew = false;
    while (this.#path.length > 0) {
      const node = this.#path[this.#path.length - 1] as Node;
      if (node.isChoice ? node.chosen + 1 < node.rest : node.rest !== 0) {
        if (node.isChoice) {
          node.chosen++;
        } else {
          node.chosen = 31 - Math.clz32(node.rest & -node.rest);
          node.rest &= node.rest - 1;
        }
        return true;
      }
      this.#path.pop();
    }
    if (!this.#mustRepeat) return false;
    this.start(this.#bound);
    return true;
  }

  begin(): void {
    this.#depth = 0;
  }

  atAccess(fiber: number): number {
    const machine = this.#machine;
    const node = this.#path[this.#depth];
    if (node !== undefined) return node.point === machine.point ? this.#repeat(node) : fiber;
    if (this.#reduces) {
      const id = machine.pendingId[fiber] as number;
      if (!machine.words.conflicts(id, fiber, machine.isPendingWrite(fiber))) return fiber;
      if (this.#isKnown(fiber)) return CUT;
    }
    const others = this.#affordable(fiber, machine.eligible() & ~machine.asleep & ~(1 << fiber), false);
    if (others !== 0) this.#push(fiber, others);
    return fiber;
  }

  atFree(previous: number, candidates: number): number {
    const machine = this.#machine;
    const node = this.#path[this.#depth];
    if (node !== undefined) {
      if (node.point === machine.point) return this.#repeat(node);
    } else if (this.#reduces && this.#isKnown(15)) {
      return CUT;
    }
    const affordable = this.#affordable(previous, candidates, true);
    if (affordable === 0) return CUT;
    const first = machine.defaultOf(affordable);
    const rest = affordable & ~(1 << first);
    if (rest !== 0 && node === undefined) this.#push(first, rest);
    return first;
  }

  choose(_fiber: number, n: number): number {
    const node = this.#path[this.#depth];
    if (node !== undefined) return node.point === this.#machine.point ? this.#repeat(node) : 0;
    this.#path.push({ point: this.#machine.point, chosen: 0, rest: n, isChoice: true });
    this.#depth++;
    return 0;
  }

  #repeat(node: Node): number {
    this.#depth++;
    return node.chosen;
  }

  #push(chosen: number, rest: number): void {
    this.#path.push({ point: this.#machine.point, chosen, rest, isChoice: false });
    this.#depth++;
  }

  /** Those of `candidates` to which a switch stays within the bound. */
  #affordable(from: number, candidates: number, isFree: boolean): number {
    const machine = this.#machine;
    const left = this.#bound - machine.preemptions;
    let affordable = 0;
    for (let f = 0; f < machine.fibers.length; f++) {
      const bit = 1 << f;
      if ((candidates & bit) !== 0 && machine.costOf(from, f, isFree) <= left) affordable |= bit;
    }
    return affordable;
  }

  /** Whether the search has gone on from this state, with `running` (15: nobody) at work, at no greater cost. */
  #isKnown(running: number): boolean {
    const machine = this.#machine;
    const who = running | ((machine.base & 15) << 4);
    const a = Math.imul(machine.hash.a ^ Math.imul(who + 1, 0x9e3779b1), 0x85ebca6b);
    const b = (machine.hash.b + Math.imul(who, 0x27d4eb2f)) | 0;
    return this.#visited.covers(a ^ (a >>> 15), b, machine.preemptions);
  }
}
