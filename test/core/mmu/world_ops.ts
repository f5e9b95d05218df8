/** Random operations on a world. Addresses come from few places, so that operations meet. */
import fc from "fast-check";
import { LOG_DIRTY_PAGES, READONLY } from "../../../src/model/mmu_memslots.js";
import { REGIONS, ROLES, type WorldOp } from "./world_parts.js";

/** Where slots begin: on and off 2 MiB and 1 GiB boundaries, at the end of the physical address space, beyond it. */
const SLOT_GFNS = [0n, 0n, 1n, 0x200n, 0x201n, 0x400n, 0x400n, 0x40000n, (1n << 34n) - 0x400n, 1n << 34n];
const SLOT_PAGES = [1n, 0x100n, 0x200n, 0x300n, 0x400n, 0x400n, 0x400n, 0x40000n, 0x80000n];
/** Where accesses go: mostly to the slots that a world begins with. */
const BASES = [0n, 0n, 0n, 0n, 0n, 0x200n, 0x400n, 0x400n, 0x400n, 0x40000n, (1n << 34n) - 0x400n, 1n << 34n];
/** Offsets that meet heads, tails and middles of huge pages. */
const OFFSETS = [0n, 1n, 2n, 0x1ffn, 0x200n, 0x201n, 0x3ffn];

const SLOT_NUMBERS = [0, 1, 2, 1 << 16, (1 << 16) | 1];

/** The regions of phantom pages are the last. */
const GIANT = REGIONS.length - 1;
const HUGE = REGIONS.length - 2;

const gfn = fc.tuple(fc.constantFrom(...BASES), fc.constantFrom(...OFFSETS)).map(([base, offset]) => base + offset);
const slot = fc.constantFrom(...SLOT_NUMBERS);
const flags = fc.constantFrom(0, 0, 0, LOG_DIRTY_PAGES, READONLY, READONLY | LOG_DIRTY_PAGES);
const region = fc.nat(REGIONS.length - 1);
const page = fc.constantFrom(0n, 1n, 2n, 0x1ffn, 0x200n, 0x3ffn);
/** Pages that are often equal, and often merged. */
const few = fc.constantFrom(0n, 1n, 2n);
const pages = fc.constantFrom(1n, 2n, 0x200n, 0x201n, 0x400n);
const role = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(ROLES.length - 1) });
const asId = fc.nat(1);
const kind = fc.constantFrom("read", "write", "fetch" as const);

const setSlot = fc.record({
  op: fc.constant("setSlot" as const),
  slot,
  flags,
  gfn: fc.constantFrom(...SLOT_GFNS),
  pages: fc.constantFrom(...SLOT_PAGES),
  region,
  page: fc.constantFrom(0n, 0n, 0n, 1n, 0x200n),
});

const clearLog = fc.record({
  op: fc.constant("clearLog" as const),
  slot,
  first: fc.constantFrom(0, 0, 0x40, 0x1c0, 0x200, 0x3c0, 1, 0x1000),
  pages: fc.constantFrom(0x40, 0x40, 0x80, 0x240, 0x400, 0x300, 0x201, 1),
  pattern: fc.constantFrom("all", "odd", "dirty" as const),
});

/** Enough writes to fill a PML buffer or a ring, now and then. */
const burst = fc.record({
  op: fc.constant("burst" as const),
  role,
  gfn,
  pages: fc.constantFrom(2, 3, 8, 64, 200, 600),
  kind: fc.constantFrom("write", "write", "read", "fetch" as const),
});

/** One operation; accesses and slots come most often. */
const anyOp: fc.Arbitrary<WorldOp> = fc.oneof(
  { weight: 3, arbitrary: setSlot },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("log" as const), slot, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("deleteSlot" as const), slot }) },
  { weight: 30, arbitrary: fc.record({ op: fc.constant("access" as const), role, gfn, kind }) },
  { weight: 3, arbitrary: burst },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("prefault" as const), gfn, pages }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("unmap" as const), region, page, pages }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("dontNeed" as const), region, page, pages }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("protect" as const), region, page, pages, prot: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("remap" as const), region }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("migrate" as const), region, page }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("merge" as const), region, page: few, other: few }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("fork" as const) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("age" as const), region, page, pages }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("hostAge" as const), region, page, pages }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("testYoung" as const), region, page, pages }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("zapAll" as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("zapRange" as const), gfn, pages }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("track" as const), asId, gfn }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("untrack" as const), asId, gfn }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("hostWrite" as const), asId, gfn }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("nx" as const), on: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("nxRecover" as const), ratio: fc.constantFrom(0, 1, 1, 2, 60) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("manual" as const), flags: fc.constantFrom(0, 1, 1, 2, 3, 3) }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("getLog" as const), slot }) },
  { weight: 4, arbitrary: clearLog },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant("ring" as const), entries: fc.constantFrom(0, 1, 3, 70, 2000) }),
  },
);

/** A world's first slots: two neighbours in address space 0, one in address space 1. */
const firstSlots: fc.Arbitrary<WorldOp[]> = fc.tuple(firstSlot(0, 0n), firstSlot(1, 0x400n), firstSlot(1 << 16, 0n));

function firstSlot(number: number, at: bigint): fc.Arbitrary<WorldOp> {
  return fc.record({
    op: fc.constant("setSlot" as const),
    slot: fc.constant(number),
    flags: fc.constantFrom(0, 0, 0, LOG_DIRTY_PAGES),
    gfn: fc.constant(at),
    pages: fc.constantFrom(0x400n, 0x400n, 0x300n, 0x201n),
    region,
    page: fc.constantFrom(0n, 0n, 0n, 1n),
  });
}

/** A page is written, its slot's log goes on, and it is written again: the ways W comes back. */
const writeLogWrite: fc.Arbitrary<WorldOp[]> = fc
  .record({ at: fc.constantFrom(...OFFSETS), role: fc.constantFrom(0, 2), number: fc.constantFrom(0, 1) })
  .map(({ at, role, number }) => {
    const access: WorldOp = { op: "access", role, gfn: BigInt(number) * 0x400n + at, kind: "write" };
    return [access, { op: "log", slot: number, on: true }, access];
  });

/** What is written, collected and written again must be found again: in any role, with any kind of log. */
const writeCollectWrite: fc.Arbitrary<WorldOp[]> = fc
  .record({
    at: fc.constantFrom(...OFFSETS),
    role: fc.nat(ROLES.length - 1),
    manual: fc.constantFrom(0, 0, 1, 3),
    pages: fc.constantFrom(1, 3, 600),
    pattern: fc.constantFrom("all", "odd", "dirty" as const),
  })
  .map(({ at, role, manual, pages, pattern }) => {
    const slot = (ROLES[role]?.asId ?? 0) << 16;
    const write: WorldOp = { op: "burst", role, gfn: at, pages, kind: "write" };
    const collect: WorldOp[] = [
      { op: "getLog", slot },
      { op: "clearLog", slot, first: 0, pages: 0x40, pattern },
      { op: "ring", entries: 2000 },
    ];
    return [
      write,
      { op: "manual", flags: manual },
      { op: "log", slot, on: true },
      write,
      ...collect,
      write,
      ...collect,
    ];
  });

/** Logging stops over pages that were small because of it, in slots that begin and end anywhere. */
const logThenStop: fc.Arbitrary<WorldOp[]> = fc
  .record({ at: fc.constantFrom(...OFFSETS), role: fc.constantFrom(0, 1, 2), kinds: fc.tuple(kind, kind) })
  .map(({ at, role, kinds }) => {
    const slot = (ROLES[role]?.asId ?? 0) << 16;
    const access = (kind: "read" | "write" | "fetch"): WorldOp => ({ op: "access", role, gfn: at, kind });
    const log = (on: boolean): WorldOp => ({ op: "log", slot, on });
    return [access(kinds[0]), log(true), access(kinds[1]), log(false), access("write")];
  });

/** Execution makes tables, in either address space, and recovery takes back those whose slot is not logged. */
const fetchRecover: fc.Arbitrary<WorldOp[]> = fc
  .record({ role: fc.nat(ROLES.length - 1), log: fc.constantFrom(0, 1 << 16), on: fc.boolean(), huge: fc.boolean() })
  .map(({ role, log, on, huge }) => {
    const at = (gfn: bigint, kind: "read" | "fetch"): WorldOp => ({ op: "access", role, gfn, kind });
    const slot = (ROLES[role]?.asId ?? 0) << 16;
    const place = { flags: 0, gfn: 0n, pages: 0x400n, region: HUGE, page: 0n };
    const anew: WorldOp[] = [
      { op: "deleteSlot", slot },
      { op: "setSlot", slot, ...place },
    ];
    return [
      ...(huge ? anew : []),
      at(1n, "fetch"),
      at(0x201n, "fetch"),
      { op: "log", slot: log, on },
      { op: "nxRecover", ratio: 1 },
      at(1n, "read"),
      at(0x201n, "read"),
    ];
  });

/** A writable page is tracked, written through the emulation port, and given back; sometimes while it is logged. */
const writeTrackWrite: fc.Arbitrary<WorldOp[]> = fc
  .record({ at: fc.constantFrom(...OFFSETS), role: fc.constantFrom(0, 2), log: fc.boolean() })
  .map(({ at, role, log }) => {
    const access: WorldOp = { op: "access", role, gfn: at, kind: "write" };
    const logging: WorldOp[] = log ? [{ op: "log", slot: 0, on: true }] : [];
    const [track, untrack] = [{ op: "track", asId: 0, gfn: at } as const, { op: "untrack", asId: 0, gfn: at } as const];
    return [access, ...logging, track, access, untrack, access];
  });

/** Pages become shared, the guest reads them, and two of them become one: the frame behind a leaf changes. */
const shareReadMerge: fc.Arbitrary<WorldOp[]> = fc
  .record({ region, a: few, b: few, number: fc.constantFrom(0, 1), role: fc.constantFrom(0, 2) })
  .map(({ region, a, b, number, role }) => {
    const read = (page: bigint): WorldOp => ({ op: "access", role, gfn: BigInt(number) * 0x400n + page, kind: "read" });
    return [read(a), read(b), { op: "fork" }, read(a), read(b), { op: "merge", region, page: a, other: b }];
  });

/** A slot for giant pages, and accesses that meet in one: the third level, and its splits. */
const giantPages: fc.Arbitrary<WorldOp[]> = fc
  .record({
    pages: fc.constantFrom(0x40000n, 0x80000n),
    kinds: fc.tuple(kind, kind),
    role: fc.constantFrom(0, 2),
    log: fc.boolean(),
  })
  .map(({ pages, kinds, role, log }) => {
    const access = (gfn: bigint, kind: "read" | "write" | "fetch"): WorldOp => ({ op: "access", role, gfn, kind });
    return [
      { op: "setSlot", slot: 2, flags: 0, gfn: 0x40000n, pages, region: GIANT, page: 0n },
      access(0x40000n, kinds[0]),
      ...(log ? [{ op: "log", slot: 2, on: true } as const] : []),
      access(0x40201n, kinds[1]),
    ];
  });

/** A whole life of a world: at most `maxSteps` operations or short stories after its first slots. */
export function worldOps(maxSteps: number): fc.Arbitrary<WorldOp[]> {
  const step = fc.oneof(
    { weight: 20, arbitrary: anyOp.map((op) => [op]) },
    { weight: 1, arbitrary: writeLogWrite },
    { weight: 1, arbitrary: writeTrackWrite },
    { weight: 1, arbitrary: shareReadMerge },
    { weight: 1, arbitrary: giantPages },
    { weight: 2, arbitrary: writeCollectWrite },
    { weight: 2, arbitrary: logThenStop },
    { weight: 2, arbitrary: fetchRecover },
  );
  const steps = fc.array(step, { maxLength: maxSteps, size: "max" });
  return fc.tuple(firstSlots, steps).map(([first, rest]) => [...first, ...rest.flat()]);
}
