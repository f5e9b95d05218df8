/**
 * What each fiber has read since it last waited. A loop that waits can come to another end only when one of these words has
 * another value, so until then the fiber need not run: its loop may depend on no more than the words it reads.
 */
import type { Words } from "./words.js";

/** Words that are kept of a fiber; with more, any change of any word counts. */
const MOST = 512;

export class ReadSets {
  readonly #words: Words;
  readonly #ids: Int32Array;
  readonly #times: Int32Array;
  readonly #counts: Int32Array;
  /** Fibers that wait for any change; a bit each. */
  #watchAny = 0;
  // changes of values: all, each fiber's own, and how many of others each fiber knew of when its set was emptied
  #changes = 0;
  readonly #ownChanges: Int32Array;
  readonly #othersSeen: Int32Array;

  constructor(words: Words, fibers: number) {
    this.#words = words;
    this.#ids = new Int32Array(fibers * MOST);
    this.#times = new Int32Array(fibers * MOST);
    this.#counts = new Int32Array(fibers);
    this.#ownChanges = new Int32Array(fibers);
    this.#othersSeen = new Int32Array(fibers);
  }

  begin(): void {
    this.#counts.fill(0);
    this.#watchAny = 0;
    this.#changes = 0;
    this.#ownChanges.fill(0);
    this.#othersSeen.fill(0);
  }

  add(fiber: number, id: number, time: number): void {
    const n = this.#counts[fiber] as number;
    this.#counts[fiber] = n + 1;
    if (n >= MOST) return;
    this.#ids[fiber * MOST + n] = id;
    this.#times[fiber * MOST + n] = time;
  }

  empty(fiber: number): void {
    this.#counts[fiber] = 0;
    this.#othersSeen[fiber] = this.#changes - (this.#ownChanges[fiber] as number);
  }

  /** A word of the set has been changed by another since it was read. */
  hasNews(fiber: number): boolean {
    const n = this.#counts[fiber] as number;
    if (n > MOST) return this.#changes - (this.#ownChanges[fiber] as number) !== this.#othersSeen[fiber];
    for (let i = fiber * MOST; i < fiber * MOST + n; i++) {
      if (this.#words.hasChangedSince(this.#ids[i] as number, fiber, this.#times[i] as number)) return true;
    }
    return false;
  }

  /** `fiber` waits for a change of its words. */
  watch(fiber: number): void {
    if ((this.#counts[fiber] as number) > MOST) this.#watchAny |= 1 << fiber;
    else this.#mark(fiber, 1 << fiber);
  }

  /** It does not any more; its set is empty. */
  unwatch(fiber: number): void {
    this.#watchAny &= ~(1 << fiber);
    this.#mark(fiber, 0);
    this.empty(fiber);
  }

  #mark(fiber: number, value: number): void {
    const { watchers } = this.#words;
    const n = Math.min(this.#counts[fiber] as number, MOST);
    for (let i = fiber * MOST; i < fiber * MOST + n; i++) {
      const id = this.#ids[i] as number;
      watchers[id] = ((watchers[id] as number) & ~(1 << fiber)) | value;
    }
  }

  /** The word has another value, by `fiber`. Returns who waits for that, a bit each. */
  changed(id: number, fiber: number, time: number): number {
    this.#changes++;
    this.#ownChanges[fiber] = (this.#ownChanges[fiber] as number) + 1;
    this.#words.changed(id, fiber, time);
    return ((this.#words.watchers[id] as number) | this.#watchAny) & ~(1 << fiber);
  }
}
