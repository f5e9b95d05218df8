/** Core's table of legal transitions (core/layout/spte_states) against the oracle's judgement of concrete entries. */
import { describe, expect, it } from "vitest";
import {
  SPTE_MODE_DETACHED,
  SPTE_MODE_EXCL,
  SPTE_MODE_LOCKLESS,
  SPTE_MODE_SHARED,
  SPTE_STATE_FROZEN,
  SPTE_STATE_LEAF,
  SPTE_STATE_MMIO,
  SPTE_STATE_NONPRESENT,
  SPTE_STATE_TABLE,
} from "../../../src/abi/index.js";
import { ACC_ALL, clear, FROZEN, masksOf, NONPRESENT, WRITABLE } from "../../../src/model/mmu_bits.js";
import { accessTrack, makeLeaf, makeMmio, makeTable } from "../../../src/model/mmu_spte.js";
import { judgeChange, type LockMode } from "../../../src/model/mmu_transitions.js";
import { BUILDS, openCore } from "../harness.js";

interface TransitionExports {
  mmuBitsMayChange(from: number, to: number, mode: number): number;
}

const masks = masksOf("ept", { execOnly: true, maxPhyAddr: 46, l1tf: true });
const LEVEL = 2;

function leaf(changes: { pfn?: bigint; hostWritable?: boolean; adDisabled?: boolean } = {}): bigint {
  const { pfn = 0x400n, hostWritable = true, adDisabled = false } = changes;
  const page = { level: LEVEL, adDisabled, wrprotOnly: false, mayExecute: true };
  const input = { page, access: ACC_ALL, pfn, oldSpte: NONPRESENT, prefetch: false, hostWritable };
  return makeLeaf(masks, { ...input, nxHugePages: false, canUnsync: true, logged: false }).spte;
}

/** Entries of each state that differ in everything that may differ. */
const STATES: readonly { name: string; state: number; entries: readonly bigint[] }[] = [
  { name: "nonpresent", state: SPTE_STATE_NONPRESENT, entries: [NONPRESENT] },
  {
    name: "mmio",
    state: SPTE_STATE_MMIO,
    entries: [makeMmio(masks, 1n, ACC_ALL, 2n), makeMmio(masks, 1n, ACC_ALL, 4n)],
  },
  { name: "frozen", state: SPTE_STATE_FROZEN, entries: [FROZEN] },
  { name: "table", state: SPTE_STATE_TABLE, entries: [makeTable(masks, 5n, false), makeTable(masks, 6n, false)] },
  {
    name: "leaf",
    state: SPTE_STATE_LEAF,
    entries: [
      leaf(),
      leaf({ pfn: 0x600n }),
      leaf({ hostWritable: false }),
      leaf({ adDisabled: true }),
      accessTrack(masks, leaf({ adDisabled: true })),
      accessTrack(masks, leaf()),
      clear(leaf(), WRITABLE),
      clear(leaf(), WRITABLE | masks.mmuWritable),
      clear(leaf(), masks.dirty),
    ],
  },
];

const MODES: readonly { lock: LockMode; mode: number }[] = [
  { lock: "none", mode: SPTE_MODE_LOCKLESS },
  { lock: "read", mode: SPTE_MODE_SHARED },
  { lock: "write", mode: SPTE_MODE_EXCL },
  { lock: "detached", mode: SPTE_MODE_DETACHED },
];

/**
 * Specified, but never seen by core's funnel: its table is narrower, on purpose. Faults fill entries under the read lock
 * only; a zap's freeze, flush and thaw are one change to the funnel; a stale MMIO entry stays until it is replaced.
 */
const NARROWER: readonly RegExp[] = [
  /^(nonpresent|mmio) -> (mmio|table), write$/,
  /^mmio -> leaf, write$/,
  /^(table|leaf) -> frozen, read$/,
  /^frozen -> /,
  /^mmio -> nonpresent, /,
];

describe.each(BUILDS)("%s", async (build) => {
  const { x } = await openCore<TransitionExports & Record<string, never>>({ build, memMiB: 16, nCpus: 1 });

  /** Legal for some pair of entries of the two states, under a valid or an invalid root. */
  function isSpecified(from: readonly bigint[], to: readonly bigint[], lock: LockMode): boolean {
    return from.some((a) =>
      to.some((b) =>
        [false, true].some(
          (rootInvalid) => judgeChange(masks, { from: a, to: b, level: LEVEL, lock, rootInvalid }).legal,
        ),
      ),
    );
  }

  it("core permits what the specification does, no more, and less only where it says so", () => {
    const more: string[] = [];
    const less: string[] = [];
    for (const from of STATES)
      for (const to of STATES)
        for (const { lock, mode } of MODES) {
          const name = `${from.name} -> ${to.name}, ${lock}`;
          const permitted = x.mmuBitsMayChange(from.state, to.state, mode) !== 0;
          const specified = isSpecified(from.entries, to.entries, lock);
          if (permitted && !specified) more.push(name);
          if (specified && !permitted && !NARROWER.some((pattern) => pattern.test(name))) less.push(name);
        }
    expect({ more, less }).toEqual({ more: [], less: [] });
  });
});
