/** What a build of mutants says of itself: tools/mutants writes it into the wasm. */

const SECTION = "tadpole.mutants";

/** What should find it: explored interleavings, random sequences against the oracle, or a bound on progress. */
export type Detector = "checker" | "suite" | "limit";

export interface Mutant {
  /** What core/layout's SYSTEM_MUTANT is set to. */
  readonly number: number;
  /** `history:6`, or `mmu/tdp_set:zapSpteShared:flush:1`: file, function, kind, ordinal. */
  readonly id: string;
  readonly kind: string;
  readonly description: string;
  /** Of core, root-relative. */
  readonly files: readonly string[];
  readonly by: Detector;
  /** Numbers of the mutants of the same function and file. */
  readonly neighbours: { readonly ofFunction: readonly number[]; readonly ofFile: readonly number[] };
}

export interface Manifest {
  readonly mutants: readonly Mutant[];
  /** Historical bugs without a mutant, by number: why. */
  readonly notExpressed: ReadonlyMap<number, string>;
}

/** Throws if the module is no build of mutants. */
export function readManifest(module: WebAssembly.Module): Manifest {
  const section = WebAssembly.Module.customSections(module, SECTION)[0];
  if (section === undefined) throw new Error("the module has no mutants: build the target core.lab-mutants");
  const { mutants, notExpressed } = JSON.parse(new TextDecoder().decode(section)) as {
    mutants: Omit<Mutant, "number" | "neighbours">[];
    notExpressed: Record<string, string>;
  };
  const ids = mutants.map(({ id }) => id);
  return {
    mutants: mutants.map((mutant, i) => ({ ...mutant, number: i + 1, neighbours: neighboursOf(mutant.id, ids) })),
    notExpressed: new Map(Object.entries(notExpressed).map(([number, reason]) => [Number(number), reason])),
  };
}

function neighboursOf(id: string, ids: readonly string[]): Mutant["neighbours"] {
  const [file = "", name = ""] = id.split(":");
  const beginningWith = (start: string): number[] =>
    ids.flatMap((other, i) => (other.startsWith(start) ? [i + 1] : []));
  return { ofFunction: beginningWith(`${file}:${name}:`), ofFile: beginningWith(`${file}:`) };
}

/** Where a mutant comes from: written down as a bug of KVM's past, or as what breaks a duty; else found in the sources. */
export function originOf({ kind }: Mutant): "historical" | "duties" | "mechanical" {
  if (kind === "history") return "historical";
  return kind === "duty" ? "duties" : "mechanical";
}
