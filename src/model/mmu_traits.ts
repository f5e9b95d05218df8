/** What the oracle of a VM is told and what it answers. */

import type { Format, HostTraits } from "./mmu_bits.js";

/** What the host has at a page, after it was asked to have it there. */
export interface HostPage {
  readonly pfn: bigint;
  /** The host's own entry permits writing now. */
  readonly writable: boolean;
  /** Level of the host's own mapping. */
  readonly level: number;
}

/** Asks the host for the page at `hva`; undefined = it refuses (EFAULT). */
export type HostLookup = (hva: bigint, write: boolean) => HostPage | undefined;

/** Parameters of a VM, fixed when it is created. */
export interface VmTraits {
  readonly format: Format;
  readonly host: HostTraits;
  /** 4 or 5. */
  readonly rootLevel: number;
  /** The second dimension has A and D bits. */
  readonly ad: boolean;
  /** The processor logs the pages it sets D in; without A/D bits it does not. */
  readonly pml: boolean;
  /** Entries of the dirty ring of the one vCPU; 0 = logging by bitmap. */
  readonly ringSize: number;
  readonly eagerPageSplit: boolean;
  /** The VM has opted out of the NX huge page mitigation. */
  readonly nxOptOut: boolean;
  readonly mmioCaching: boolean;
  /** Greatest page the processor can map: 2 or 3. */
  readonly maxHugeLevel: number;
  readonly hvaEnd: bigint;
}

/** How handling one fault ended, in the kernel's words. */
export type FaultOutcome = "fixed" | "spurious" | "retry" | "emulate" | "write-protected" | "efault";

/** How one access of the guest ended. */
export interface AccessResult {
  readonly outcome: "done" | "emulate" | "efault" | "ring-full";
  /** Outcomes of the faults it took, in order. */
  readonly faults: readonly FaultOutcome[];
}

/** What collecting a dirty log gave. */
export type Collected =
  | { readonly kind: "error"; readonly errno: number }
  | { readonly kind: "bitmap"; readonly dirty: Uint8Array };
