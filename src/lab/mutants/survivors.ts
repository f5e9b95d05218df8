/**
 * Mutants that nothing finds, one by one, and why. An entry must name a mutant that exists and that nothing finds: the
 * command says so where it does not.
 */

export interface Survivor {
  /**
   * "equivalent": what core does is the same, or any difference is allowed. "model": it differs only where the lab's
   * machine is simpler than a real one. "gap": a scenario or a property is missing.
   */
  readonly why: "equivalent" | "model" | "gap";
  /** One sentence. */
  readonly reason: string;
}

export const SURVIVORS: Readonly<Record<string, Survivor>> = {};
