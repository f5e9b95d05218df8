/** CPUID tables (struct kvm_cpuid2), and taking features out of them by the names that /proc/cpuinfo gives them. */
import { CPUID_ENTRY_SIZE, CPUID_INDEX_SIGNIFICANT, CPUID_MAX_ENTRIES } from "../abi/index.js";
import { KvmError } from "./errors.js";
import { integer } from "./values.js";

/** What CPUID answers to one leaf, or to one index of it. (struct kvm_cpuid_entry2) */
export interface CpuidEntry {
  /** The leaf: EAX. */
  function: number;
  /** ECX, if `flags` has KVM_CPUID_FLAG_SIGNIFCANT_INDEX. */
  index: number;
  /** 0 or 1: KVM_CPUID_FLAG_SIGNIFCANT_INDEX. */
  flags: number;
  eax: number;
  ebx: number;
  ecx: number;
  edx: number;
}

const FIELDS = ["function", "index", "flags", "eax", "ebx", "ecx", "edx"] as const satisfies (keyof CpuidEntry)[];
const ENTRY_WORDS = CPUID_ENTRY_SIZE / 4;
const U32_MAX = 0xffff_ffff;
const XSAVE_LEAF = 0xd;
/** Components of XSAVE, as bits of leaf D's EAX, and the size of an area without extended ones. */
const XSTATE_PKRU = 9;
const XSAVE_LEGACY_AND_HEADER = 576;

/** Where a feature's bit is. */
interface Place {
  leaf: number;
  index: number;
  register: "eax" | "ebx" | "ecx" | "edx";
  names: Record<number, string>;
}

/** The features of the model: bits by register, names as /proc/cpuinfo writes them. */
const PLACES: Place[] = [
  {
    leaf: 1,
    index: 0,
    register: "edx",
    // prettier-ignore
    names: {
      0: "fpu",
      2: "de",
      3: "pse",
      4: "tsc",
      5: "msr",
      6: "pae",
      7: "mce",
      8: "cx8",
      9: "apic",
      11: "sep",
      12: "mtrr",
      13: "pge",
      14: "mca",
      15: "cmov",
      16: "pat",
      17: "pse36",
      19: "clflush",
      23: "mmx",
      24: "fxsr",
      25: "sse",
      26: "sse2",
    },
  },
  {
    leaf: 1,
    index: 0,
    register: "ecx",
    // prettier-ignore
    names: {
      0: "pni",
      1: "pclmulqdq",
      9: "ssse3",
      13: "cx16",
      17: "pcid",
      19: "sse4_1",
      20: "sse4_2",
      22: "movbe",
      23: "popcnt",
      25: "aes",
      26: "xsave",
      30: "rdrand",
      31: "hypervisor",
    },
  },
  {
    leaf: 7,
    index: 0,
    register: "ebx",
    // prettier-ignore
    names: {
      0: "fsgsbase",
      1: "tsc_adjust",
      3: "bmi1",
      7: "smep",
      8: "bmi2",
      9: "erms",
      10: "invpcid",
      18: "rdseed",
      19: "adx",
      20: "smap",
      23: "clflushopt",
      24: "clwb",
      29: "sha_ni",
    },
  },
  { leaf: 7, index: 0, register: "ecx", names: { 2: "umip", 3: "pku", 16: "la57", 22: "rdpid" } },
  { leaf: 7, index: 0, register: "edx", names: { 29: "arch_capabilities" } },
  { leaf: XSAVE_LEAF, index: 1, register: "eax", names: { 0: "xsaveopt", 1: "xsavec" } },
  {
    leaf: 0x80000001,
    index: 0,
    register: "edx",
    names: { 11: "syscall", 20: "nx", 26: "pdpe1gb", 27: "rdtscp", 29: "lm" },
  },
  { leaf: 0x80000001, index: 0, register: "ecx", names: { 0: "lahf_lm", 5: "abm", 8: "3dnowprefetch" } },
  { leaf: 0x80000007, index: 0, register: "edx", names: { 8: "constant_tsc" } },
];

/** The names of all features that the processor has, and that withoutFeatures knows. */
export const CPU_FEATURES: readonly string[] = PLACES.flatMap(({ names }) => Object.values(names));

/** The features, by name, that a table tells of. */
export function featuresOf(entries: readonly CpuidEntry[]): string[] {
  return PLACES.flatMap(({ leaf, index, register, names }) => {
    const word = find(entries, leaf, index)?.[register] ?? 0;
    return Object.entries(names).flatMap(([bit, name]) => (((word >>> Number(bit)) & 1) === 1 ? [name] : []));
  });
}

/** The table without the features `names`; what belongs to them in leaf D goes too. Throws EINVAL: an unknown name. */
export function withoutFeatures(entries: readonly CpuidEntry[], names: readonly string[]): CpuidEntry[] {
  const result = entries.map((entry) => ({ ...entry }));
  for (const name of names) {
    const place = PLACES.find((one) => Object.values(one.names).includes(name));
    if (place === undefined) throw unknownFeature(name);
    const bit = Object.keys(place.names).find((key) => place.names[Number(key)] === name);
    const entry = find(result, place.leaf, place.index);
    if (entry !== undefined) entry[place.register] = (entry[place.register] & ~(1 << Number(bit))) >>> 0;
  }
  if (names.includes("xsave")) return result.filter((entry) => entry.function !== XSAVE_LEAF);
  return names.includes("pku") ? withoutPkru(result) : result;
}

function withoutPkru(entries: CpuidEntry[]): CpuidEntry[] {
  const components = find(entries, XSAVE_LEAF, 0);
  if (components !== undefined) {
    components.eax &= ~(1 << XSTATE_PKRU);
    components.ecx = XSAVE_LEGACY_AND_HEADER;
  }
  return entries.filter((entry) => entry.function !== XSAVE_LEAF || entry.index !== XSTATE_PKRU);
}

function find(entries: readonly CpuidEntry[], leaf: number, index: number): CpuidEntry | undefined {
  return entries.find((entry) => entry.function === leaf && entry.index === index);
}

function unknownFeature(name: string): KvmError {
  const text = `"${name}" is no feature that can be taken away; those are ${CPU_FEATURES.join(" ")}.`;
  return new KvmError("EINVAL", text);
}

/** The table as core takes it. */
export function encodeCpuid(entries: readonly CpuidEntry[]): Uint8Array {
  if (entries.length > CPUID_MAX_ENTRIES)
    throw new KvmError("E2BIG", `A CPUID table has at most ${CPUID_MAX_ENTRIES} entries, not ${entries.length}.`);
  const words = new Uint32Array(entries.length * ENTRY_WORDS);
  for (const [i, entry] of entries.entries()) {
    for (const [j, field] of FIELDS.entries()) {
      const limit = field === "flags" ? CPUID_INDEX_SIGNIFICANT : U32_MAX;
      words[i * ENTRY_WORDS + j] = integer(entry[field], `${field} of entry ${i}`, 0, limit);
    }
  }
  return new Uint8Array(words.buffer);
}

export function decodeCpuid(bytes: Uint8Array): CpuidEntry[] {
  const words = new Uint32Array(bytes.slice().buffer);
  return Array.from({ length: words.length / ENTRY_WORDS }, (_, i) => {
    const fields = FIELDS.map((field, j) => [field, words[i * ENTRY_WORDS + j]]);
    return Object.fromEntries(fields) as unknown as CpuidEntry;
  });
}
