/** What a world is made of: core's exports, the flavours of VM, the host's mappings, and the operations. */
import {
  BACKING_ANON,
  BACKING_OBJECT,
  BACKING_PHANTOM,
  MM_MAP_HUGE,
  MM_MAP_HUGE_1G,
  MM_MAP_HUGETLB,
  PARAM_AD,
  PARAM_EAGER_PAGE_SPLIT,
  PARAM_LA57,
  PARAM_MMIO_CACHING,
  PARAM_NX_OPT_OUT,
  PARAM_PML,
  PARAM_TDP_MMU,
  TDP_EPT,
  TDP_NPT,
} from "../../../src/abi/index.js";
import type { Access } from "../../../src/model/mmu_bits.js";
import type { Role } from "../../../src/model/mmu_roots.js";
import type { Core } from "../harness.js";
import type { MmuExports } from "./vm_rig.js";

/** What the world calls of core. */
interface WorldExports extends MmuExports {
  mmuProbeBuffer(order: number): number;
  mmuProbeBufferFree(buffer: number, order: number): void;
  mmuProbeDump(vm: number, out: number, capacity: number): number;
  mmuProbeHost(mm: number, hva: bigint, out: number): number;
  mmuProbeBitmap(vm: number, slotId: number, out: number): number;
  mmuProbeFrameFlags(mm: number, hva: bigint): number;
  mmuProbeClearYoung(mm: number, startHva: bigint, endHva: bigint, flags: number): number;
  mmuProbeTestYoung(mm: number, startHva: bigint, endHva: bigint): number;
  mmuProbeYieldEvery(steps: number): void;
}
export type WorldCore = Core<WorldExports & Record<string, never>>;

/** A flavour of VM. */
export interface WorldKind {
  readonly name: string;
  readonly tdp: number;
  readonly params: number;
  readonly nxHugePages?: boolean;
  /** Entries of the vCPU's dirty ring; none = logging by bitmap. */
  readonly ringSize?: number;
  /** Debug builds: steps of a walk over the tables between two yields; none = as in real life. */
  readonly yieldEvery?: number;
}

const BASE_PARAMS = PARAM_TDP_MMU | PARAM_MMIO_CACHING;
export const WORLD_KINDS: readonly WorldKind[] = [
  { name: "EPT", tdp: TDP_EPT, params: BASE_PARAMS | PARAM_AD | PARAM_EAGER_PAGE_SPLIT, yieldEvery: 1 },
  { name: "EPT without A/D bits", tdp: TDP_EPT, params: BASE_PARAMS },
  {
    name: "EPT with PML, five levels, NX huge pages",
    tdp: TDP_EPT,
    params: BASE_PARAMS | PARAM_AD | PARAM_PML | PARAM_LA57 | PARAM_EAGER_PAGE_SPLIT,
    nxHugePages: true,
    yieldEvery: 3,
  },
  { name: "EPT with PML and a ring", tdp: TDP_EPT, params: BASE_PARAMS | PARAM_AD | PARAM_PML, ringSize: 1024 },
  { name: "NPT with a ring", tdp: TDP_NPT, params: BASE_PARAMS | PARAM_AD, ringSize: 256, yieldEvery: 2 },
  {
    name: "NPT without MMIO caching, NX huge pages",
    tdp: TDP_NPT,
    params: PARAM_TDP_MMU | PARAM_AD | PARAM_EAGER_PAGE_SPLIT,
    nxHugePages: true,
  },
  {
    name: "EPT without A/D bits, with a ring, opted out of NX huge pages",
    tdp: TDP_EPT,
    params: BASE_PARAMS | PARAM_EAGER_PAGE_SPLIT | PARAM_NX_OPT_OUT,
    nxHugePages: true,
    ringSize: 256,
  },
];

const MIB = 1n << 20n;
const GIB = 1n << 30n;

/** The host's mappings: region i lies at (i + 1) * 8 GiB. */
export const REGIONS = [
  { name: "small pages", bytes: 4n * MIB, backing: BACKING_ANON, flags: 0 },
  { name: "transparent huge pages", bytes: 4n * MIB, backing: BACKING_ANON, flags: MM_MAP_HUGE },
  { name: "reserved huge pages", bytes: 4n * MIB, backing: BACKING_ANON, flags: MM_MAP_HUGETLB },
  { name: "a shared object", bytes: 2n * MIB, backing: BACKING_OBJECT, flags: 0 },
  { name: "phantom huge pages", bytes: 8n * MIB, backing: BACKING_PHANTOM, flags: MM_MAP_HUGE },
  { name: "phantom giant pages", bytes: 2n * GIB, backing: BACKING_PHANTOM, flags: MM_MAP_HUGE_1G },
] as const;

export function regionHva(region: number): bigint {
  return BigInt(region + 1) * 8n * GIB;
}

/** The roles a vCPU can be in. */
export const ROLES: readonly Role[] = [
  { asId: 0, guestMode: 0 },
  { asId: 1, guestMode: 0 },
  { asId: 0, guestMode: 1 },
  { asId: 1, guestMode: 1 },
];

type VmOp =
  | { op: "setSlot"; slot: number; flags: number; gfn: bigint; pages: bigint; region: number; page: bigint }
  | { op: "deleteSlot"; slot: number }
  | { op: "log"; slot: number; on: boolean }
  | { op: "access"; role: number; gfn: bigint; kind: Access }
  | { op: "burst"; role: number; gfn: bigint; pages: number; kind: Access }
  | { op: "prefault"; gfn: bigint; pages: bigint }
  | { op: "track"; asId: number; gfn: bigint }
  | { op: "untrack"; asId: number; gfn: bigint }
  | { op: "hostWrite"; asId: number; gfn: bigint }
  | { op: "zapAll" }
  | { op: "zapRange"; gfn: bigint; pages: bigint }
  | { op: "nx"; on: boolean }
  | { op: "nxRecover"; ratio: number };

/** Which pages of a range CLEAR_DIRTY_LOG is told. */
export type ClearPattern = "all" | "odd" | "dirty";

export type LogOp =
  | { op: "manual"; flags: number }
  | { op: "getLog"; slot: number }
  | { op: "clearLog"; slot: number; first: number; pages: number; pattern: ClearPattern }
  | { op: "ring"; entries: number };

/** What the host does to its own memory. */
export type HostOp =
  | { op: "unmap"; region: number; page: bigint; pages: bigint }
  | { op: "dontNeed"; region: number; page: bigint; pages: bigint }
  | { op: "protect"; region: number; page: bigint; pages: bigint; prot: number }
  | { op: "remap"; region: number }
  | { op: "migrate"; region: number; page: bigint }
  | { op: "merge"; region: number; page: bigint; other: bigint }
  | { op: "fork" }
  | { op: "hostAge"; region: number; page: bigint; pages: bigint }
  | { op: "age"; region: number; page: bigint; pages: bigint }
  | { op: "testYoung"; region: number; page: bigint; pages: bigint };

export type WorldOp = VmOp | LogOp | HostOp;
