/** What the tests of the model share: the roles, and a VM's usual traits. */
import type { Role } from "../../src/model/mmu_roots.js";
import type { VmTraits } from "../../src/model/mmu_traits.js";

export const MiB = 1n << 20n;
/** Where the tests' memory is in the host's address space. */
export const HVA = 0x40000000n;
export const NORMAL: Role = { asId: 0, guestMode: 0 };
export const SMM: Role = { asId: 1, guestMode: 0 };
export const NESTED: Role = { asId: 0, guestMode: 1 };

export const TRAITS: VmTraits = {
  format: "ept",
  host: { execOnly: true, maxPhyAddr: 46, l1tf: true },
  rootLevel: 4,
  ad: true,
  pml: false,
  ringSize: 0,
  eagerPageSplit: true,
  nxOptOut: false,
  mmioCaching: true,
  maxHugeLevel: 3,
  hvaEnd: 1n << 47n,
};
