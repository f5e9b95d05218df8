/** The parameters of kvm, kvm_intel and kvm_amd that Tadpole has: names and meanings are the kernel's. */
import {
  NX_HUGE_PAGES_FORCE,
  NX_HUGE_PAGES_NEVER,
  NX_HUGE_PAGES_OFF,
  PARAM_AD,
  PARAM_EAGER_PAGE_SPLIT,
  PARAM_FLUSH_ON_REUSE,
  PARAM_LA57,
  PARAM_MMIO_CACHING,
  PARAM_NX_OPT_OUT,
  PARAM_PML,
  PARAM_TDP_MMU,
  TDP_EPT,
  TDP_NPT,
} from "../abi/index.js";
import { KvmError } from "./errors.js";
import { integer } from "./values.js";

/** On or off; the kernel's Y and N. */
export type Switch = boolean | "on" | "off";

/** Sampled when a VM is created: System.open gives the defaults of all VMs, createVm those of one. */
export interface VmParameters {
  /** Format of the second dimension's tables: `ept` (default), `npt`; `off` needs the legacy MMU, which is not there yet. */
  tdp?: "ept" | "npt" | "off";
  /** Use the TDP MMU. Default on; off needs the legacy MMU, which is not there yet. */
  tdp_mmu?: Switch;
  /** Split huge pages when dirty logging starts, not at the first write. Default on. */
  eager_page_split?: Switch;
  /** Keep MMIO addresses as SPTEs that exit at once. Default on. */
  mmio_caching?: Switch;
  /** EPT: log dirty pages by the processor's page-modification log. Default on; needs eptad. */
  pml?: Switch;
  /** EPT: Accessed and Dirty bits in the tables. Default on. NPT always has them. */
  eptad?: Switch;
  /** Flush the TLB when a cached root is used again. Default off. */
  flush_on_reuse?: Switch;
}

/** Of the whole System. All but `nx_huge_pages: "never"` may change while VMs exist. */
export interface SystemParameters {
  /**
   * Keep executable memory in 4 KiB pages (the kernel's mitigation of iTLB multihit). `auto` (default) is `off`: the
   * processor is software. `force`, or true, is on, `off`, or false, off. `never` is off for good.
   */
  nx_huge_pages?: "auto" | "off" | "force" | "never" | boolean;
  /**
   * A recovery pass gives one in `ratio` (rounded up) of the huge pages back that the mitigation split; 0 = there are no
   * passes. Default 60, at most 2^32 - 1.
   */
  nx_huge_pages_recovery_ratio?: number;
  /** ms between two recovery passes; 0 (default) = one hour divided by the ratio, at least one second. At most 2^32 - 1. */
  nx_huge_pages_recovery_period_ms?: number;
}

/** A VM's parameters as core takes them. */
export interface CoreVmParameters {
  tdp: number;
  params: number;
}

const VM_PARAMETERS = [
  "tdp",
  "tdp_mmu",
  "eager_page_split",
  "mmio_caching",
  "pml",
  "eptad",
  "flush_on_reuse",
] as const satisfies readonly (keyof VmParameters)[];
const SYSTEM_PARAMETERS = [
  "nx_huge_pages",
  "nx_huge_pages_recovery_ratio",
  "nx_huge_pages_recovery_period_ms",
] as const satisfies readonly (keyof SystemParameters)[];

/** Which names `given` may have. */
export const PARAMETER_NAMES = { vm: VM_PARAMETERS, system: SYSTEM_PARAMETERS } as const;

/** Refuses names that are not there: a misspelt parameter would silently be its default. */
export function checkNames(given: object, known: readonly string[], what: string): void {
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new KvmError("EINVAL", `There is no ${what} ${unknown.join(", ")}; there are ${known.join(", ")}.`);
}

const FORMATS: Record<string, number> = { ept: TDP_EPT, npt: TDP_NPT };
const NO_LEGACY_MMU = "needs the legacy (shadow) MMU, which Tadpole does not have yet";

/** `value` as a boolean; refuses anything but the words of Switch. */
function isOn(value: Switch, name: string): boolean {
  if (value === true || value === "on") return true;
  if (value === false || value === "off") return false;
  throw new KvmError("EINVAL", `${name} is ${String(value)}; it can be true or "on", false or "off".`);
}

/** Checks a VM's parameters and packs them for core. */
export function vmParameters(
  given: VmParameters,
  extra: { la57?: boolean; disableNxHugePages?: boolean } = {},
): CoreVmParameters {
  const {
    tdp = "ept",
    tdp_mmu = true,
    eager_page_split = true,
    mmio_caching = true,
    pml = true,
    eptad = true,
    flush_on_reuse = false,
  } = given;
  if (tdp === "off") throw new KvmError("EOPNOTSUPP", `tdp: "off" ${NO_LEGACY_MMU}; use "ept" or "npt".`);
  const format = Object.hasOwn(FORMATS, tdp) ? FORMATS[tdp] : undefined;
  if (format === undefined) throw new KvmError("EINVAL", `tdp is ${String(tdp)}; there are "ept" and "npt".`);
  if (!isOn(tdp_mmu, "tdp_mmu")) throw new KvmError("EOPNOTSUPP", `tdp_mmu: "off" ${NO_LEGACY_MMU}; leave it on.`);
  const hasAd = isOn(eptad, "eptad") || format === TDP_NPT;
  const flags: [boolean, number][] = [
    [true, PARAM_TDP_MMU],
    [isOn(eager_page_split, "eager_page_split"), PARAM_EAGER_PAGE_SPLIT],
    [isOn(mmio_caching, "mmio_caching"), PARAM_MMIO_CACHING],
    [isOn(pml, "pml") && hasAd && format === TDP_EPT, PARAM_PML],
    [hasAd, PARAM_AD],
    [isOn(flush_on_reuse, "flush_on_reuse"), PARAM_FLUSH_ON_REUSE],
    [isOn(extra.disableNxHugePages ?? false, "disableNxHugePages"), PARAM_NX_OPT_OUT],
    [isOn(extra.la57 ?? false, "la57"), PARAM_LA57],
  ];
  return { tdp: format, params: flags.reduce((set, [on, flag]) => set | (on ? flag : 0), 0) };
}

const NX_MODES = {
  auto: NX_HUGE_PAGES_OFF,
  off: NX_HUGE_PAGES_OFF,
  force: NX_HUGE_PAGES_FORCE,
  never: NX_HUGE_PAGES_NEVER,
} as const;

/** Live parameters as core takes them; undefined = not given. */
export interface CoreSystemParameters {
  nxMode: number | undefined;
  ratio: number | undefined;
  periodMs: number | undefined;
}

/** Checks live parameters. */
export function systemParameters(given: SystemParameters): CoreSystemParameters {
  checkNames(given, PARAMETER_NAMES.system, "live parameter");
  const { nx_huge_pages: mode, nx_huge_pages_recovery_ratio: ratio } = given;
  return {
    nxMode: mode === undefined ? undefined : nxMode(mode),
    ratio: u32(ratio, "nx_huge_pages_recovery_ratio"),
    periodMs: u32(given.nx_huge_pages_recovery_period_ms, "nx_huge_pages_recovery_period_ms"),
  };
}

function nxMode(value: NonNullable<SystemParameters["nx_huge_pages"]>): number {
  const word = typeof value === "boolean" ? (value ? "force" : "off") : value;
  const mode = Object.hasOwn(NX_MODES, word) ? NX_MODES[word] : undefined;
  if (mode !== undefined) return mode;
  const text = `nx_huge_pages is ${String(value)}; there are ${Object.keys(NX_MODES).join(", ")}, true and false.`;
  throw new KvmError("EINVAL", text);
}

function u32(value: number | undefined, name: string): number | undefined {
  return value === undefined ? undefined : integer(value, name, 0, 0xffff_ffff);
}
