/**
 * The module that a build of mutants has and no other build: core/mutant.ts. It says which mutation is switched on, and
 * has the atomics' broken twins. It exists only as this text, in the compiler's input.
 */

/** Where the compiler finds it. */
export const GUARD_FILE = "core/mutant.ts";

/**
 * Two halves with a scheduling point each: what lies between them can be lost.
 * @param {number} bits
 * @param {string} name
 * @param {string} value
 */
function torn(bits, name, value) {
  // There is no load of 16 bits that reports itself: an update by nothing does.
  const read = bits === 16 ? "aor16(p, 0)" : `aload${bits}(p)`;
  const write = bits === 16 ? "aor16(p, 0);\n  store<u16>(p, next)" : `storeRelease${bits}(p, next)`;
  return `
export function ${name}(p: usize, value: u${bits}): u${bits} {
  const old = ${read};
  const next = <u${bits}>(${value});
  ${write};
  return old;
}`;
}

/** @param {number} bits */
function exchanges(bits) {
  return `
export function torn_acas${bits}(p: usize, expected: u${bits}, value: u${bits}): u${bits} {
  const old = aload${bits}(p);
  if (old == expected) storeRelease${bits}(p, value);
  return old;
}

export function blind_acas${bits}(p: usize, expected: u${bits}, value: u${bits}): u${bits} {
  storeRelease${bits}(p, value);
  return expected;
}`;
}

const RESULTS = { xchg: "value", add: "old + value", or: "old | value", and: "old & value" };
const TORN = Object.entries(RESULTS).flatMap(([name, value]) =>
  [16, 32, 64].map((bits) => torn(bits, `torn_a${name}${bits}`, value)),
);

export const GUARD_SOURCE = `
import { MmuPage } from "./layout/mmu_page";
import { READ_CLASS_MMU } from "./layout/sync";
import { SYSTEM_MUTANT, SYSTEM_MUTANTS_REACHED } from "./layout/system";
import { Vm } from "./layout/vm";
import { aload32, aload64, aor16, storeRelease32, storeRelease64 } from "./sync/atomics";
import { readLock, readUnlock } from "./sync/rwlock";

// @ts-ignore: decorator
@inline
export function mutantIs(n: u32): bool {
  store<u8>(SYSTEM_MUTANTS_REACHED + n, 1);
  return load<u32>(SYSTEM_MUTANT) == n;
}

${exchanges(32)}
${exchanges(64)}
${TORN.join("\n")}

/** What a writer's pair of calls becomes when it takes the lock for read only. */
export function lockAsReader(lock: usize): void {
  readLock(lock, READ_CLASS_MMU);
}

export function unlockAsReader(lock: usize): void {
  readUnlock(lock, READ_CLASS_MMU);
}

/** Frees now what should wait for a grace period. */
export function freeAtOnce(node: usize, fn: u32): void {
  call_indirect<void>(fn, node);
}

/** The next root, with no reference taken or given back. */
export function rootNextUnreferenced(vm: Vm, prev: MmuPage | null): MmuPage | null {
  const p = aload32(
    prev === null
      ? changetype<usize>(vm) + offsetof<Vm>("tdpMmuRoots")
      : changetype<usize>(prev) + offsetof<MmuPage>("linkNext"),
  );
  return p == 0 ? null : changetype<MmuPage>(<usize>p);
}
`;

/** What it exports. */
export const GUARD_NAMES = [...GUARD_SOURCE.matchAll(/^export function (\w+)/gm)].map((match) => match[1] ?? "");
