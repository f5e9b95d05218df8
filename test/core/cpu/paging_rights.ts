/** The enumerations of paging_rights.test.ts and paging_rights.full.ts. */
import { CPU_HAS_PAGE1G } from "../../../src/abi/index.js";
import type { GuestControls } from "../../../src/model/index.js";
import type { CoreBuild } from "../harness.js";
import { ACCESS_KINDS, type Case, Chain, controlsOf, PRIVILEGES } from "./paging_cases.js";
import { type Dimension, MAX_PHY_ADDR, PagingRig } from "./paging_rig.js";

export const DIMENSIONS = ["ept", "npt"] as const;
export const MODES = ["32-bit", "PAE", "4-level", "5-level"] as const;
type Mode = (typeof MODES)[number];

const WRITE = 1n << 1n;
const USER = 1n << 2n;
const LARGE = 1n << 7n;
const NX = 1n << 63n;
const KEY_5 = 5n << 59n;

interface Tally {
  cases: number;
  faults: number;
}

/** Counts through a product, and keeps one in so many. */
class Sieve {
  readonly #chain: Chain;
  readonly #share: number;
  #seen = 0;
  #kept: Case[] = [];
  readonly tally: Tally = { cases: 0, faults: 0 };

  constructor(chain: Chain, share: number) {
    this.#chain = chain;
    this.#share = share;
  }

  /** Every access by everybody to a page of `entries`, under `controls`. */
  add(controls: GuestControls, entries: readonly bigint[]): void {
    for (const kind of ACCESS_KINDS) {
      for (const privilege of PRIVILEGES) {
        if (kind.fetch && privilege.by === "system") continue;
        if (this.#seen++ % this.#share !== 0) continue;
        const access = { linear: this.#chain.linear, ...kind, ...privilege };
        this.#kept.push({ controls, access, entries });
        if (this.#kept.length >= 8192) this.flush();
      }
    }
  }

  flush(): Tally {
    this.tally.faults += this.#chain.check(this.#kept);
    this.tally.cases += this.#kept.length;
    this.#kept = [];
    return this.tally;
  }
}

async function withChain(
  build: CoreBuild,
  dimension: Dimension,
  mode: Mode,
  share: number,
  body: (chain: Chain, sieve: Sieve) => void,
): Promise<Tally> {
  const rig = await PagingRig.open(build, dimension);
  const chain = new Chain(rig, mode);
  const sieve = new Sieve(chain, share);
  body(chain, sieve);
  const tally = sieve.flush();
  rig.close();
  return tally;
}

/** Entries with the flags set, and key 5 in the leaf. */
function plainEntries(chain: Chain): bigint[] {
  const key = chain.levels >= 4 ? KEY_5 : 0n;
  return chain.permissive.map((entry, i) => entry | 0x20n | (i === 0 ? 0x40n | key : 0n));
}

/** Each right is missing nowhere, or in one level, or in all: every combination, under all controls. */
export function checkRights(build: CoreBuild, dimension: Dimension, mode: Mode, share: number): Promise<Tally> {
  return withChain(build, dimension, mode, share, (chain, sieve) => {
    const plain = plainEntries(chain);
    const places = [...plain.keys()];
    const where: number[][] = [[], ...places.map((level) => [level]), places];
    const nowhere: number[][] = [[]];
    for (const controls of controlsOf(mode)) {
      for (const readOnly of where) {
        for (const supervisor of where) {
          for (const noExecute of controls.noExecute ? where : nowhere) {
            const entries = plain.map((entry, level) => {
              const denied = (readOnly.includes(level) ? WRITE : 0n) | (supervisor.includes(level) ? USER : 0n);
              return (entry & ~denied) | (noExecute.includes(level) ? NX : 0n);
            });
            sieve.add(controls, entries);
          }
        }
      }
    }
  });
}

/** What processors differ in. */
export interface Machine {
  maxPhyAddr: number;
  page1g: boolean;
}
export const MACHINES: readonly Machine[] = [
  { maxPhyAddr: MAX_PHY_ADDR, page1g: true },
  { maxPhyAddr: 36, page1g: false },
];

/** Every combination of the bits of one entry, all others being plain; few controls. */
export function checkEntries(
  build: CoreBuild,
  dimension: Dimension,
  mode: Mode,
  machine: Machine,
  share: number,
): Promise<Tally> {
  return withChain(build, dimension, mode, share, (chain, sieve) => {
    chain.rig.set("maxPhyAddr", machine.maxPhyAddr);
    chain.rig.set("features", machine.page1g ? CPU_HAS_PAGE1G : 0n);
    const plain = plainEntries(chain);
    const someKeys = controlsOf("4-level").find(({ keys }) => keys)?.pkru;
    const controls = controlsOf(mode)
      .filter(({ pkru, keys, smap }) => smap && (!keys || pkru === someKeys))
      .flatMap((one) => (mode === "32-bit" ? [one, { ...one, pse: false }] : [one]));
    for (let level = 1; level <= chain.levels; level++) {
      for (const value of entriesOf(chain, level, machine)) {
        const entries = plain.map((entry, i) => (i === level - 1 ? value : entry));
        for (const one of controls) {
          const isTable = level > 1 && (!one.pse || (value & LARGE) === 0n);
          // A table elsewhere would be a walk through other memory than the case's.
          if (mode === "32-bit" && isTable && !leadsNowhereElse(chain, level, machine, value)) continue;
          sieve.add({ ...one, ...machine }, entries);
        }
      }
    }
  });
}

/** P, W, U, Accessed, Dirty, PS, Global, NX in every combination; addresses of a table, a large page, a reserved one. */
function entriesOf(chain: Chain, level: number, machine: Machine): bigint[] {
  const is32 = chain.bytes === 4;
  const flags = [0n, 1n, 2n, 5n, 6n, 7n, 8n].map((n) => 1n << n).concat(is32 ? [] : [NX]);
  const low = flags.reduce((all, flag) => all.concat(all.map((value) => value | flag)), [0n]);
  const next = (chain.permissive[level - 1] ?? 0n) & ~0xfffn;
  const bits = is32 ? [12n, 13n, 17n, 20n, 21n] : [12n, 13n, 20n, 29n];
  const beyond = is32 ? [] : [36n, BigInt(MAX_PHY_ADDR), 51n, 52n].map((n) => next | (1n << n));
  const addresses = [next, 0n, ...bits.map((n) => 1n << n), ...beyond, ...(is32 ? [] : [next | KEY_5])];
  const all = addresses.flatMap((address) => low.map((value) => address | value));
  return all.filter((entry) => level === 1 || (entry & LARGE) !== 0n || leadsNowhereElse(chain, level, machine, entry));
}

/** Whether the entry, taken as a table, is the chain's next or refused. */
function leadsNowhereElse(chain: Chain, level: number, machine: Machine, entry: bigint): boolean {
  const next = (chain.permissive[level - 1] ?? 0n) & ~0xfffn;
  const address = entry & 0xf_ffff_ffff_f000n;
  return address === next || address >> BigInt(machine.maxPhyAddr) !== 0n;
}
