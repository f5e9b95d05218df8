/** Tasks that run one after another, in the order they came, whether those before them fail or not. */
export class Sequence {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `task` when all given before have settled; what it resolves or rejects with. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
