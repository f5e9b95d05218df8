/**
 * Trace rings as text: every record with the kernel's event name, fields and way of printing, one line each.
 *
 *   [001] 12.345678901: kvm_page_fault: vcpu 0 rip 0x0 address 0x0000000000004000 error_code 0x182
 *
 * What lies in a record's a to f is said in core/layout/trace.ts; the table below repeats it as field names, and a test
 * compares the two. Reading beside a running CPU is allowed: records it overwrites meanwhile are left out.
 */
import {
  ACC_EXEC,
  ACC_USER,
  ACC_WRITE,
  CPU_BASE,
  CPU_STRIDE,
  Cpu,
  PFERR_FETCH,
  PFERR_PRESENT,
  PFERR_RSVD,
  PFERR_USER,
  PFERR_WRITE,
  RET_PF_FIXED,
  RET_PF_SPURIOUS,
  ROLE_ACCESS_SHIFT,
  ROLE_AD_DISABLED,
  ROLE_DIRECT,
  ROLE_EFER_NX,
  ROLE_HAS_4_BYTE_GPTE,
  ROLE_INVALID,
  ROLE_LEVEL_MASK,
  ROLE_QUADRANT_SHIFT,
  TRACE_RECORD_BYTES,
  TraceRecord,
} from "./generated.js";
import type { CoreMemory } from "./index.js";

/** One record, decoded. */
export interface TraceEvent {
  /** On the clock all threads of the process share, ns. */
  readonly timeNs: number;
  /** The kernel's name of the event. */
  readonly name: string;
  readonly cpu: number;
  /** The vCPU that ran, or undefined outside of one. */
  readonly vcpuId: number | undefined;
  /** Unsigned, by the kernel's field names. */
  readonly fields: Readonly<Record<string, bigint>>;
}

/** A field's value; the table guarantees that it is there. */
type Get = (field: string) => bigint;

interface EventFormat {
  readonly name: string;
  /** Names of a, b, c ... */
  readonly fields: readonly string[];
  readonly print: (get: Get, vcpuId: number | undefined) => string;
}

const hex = (value: bigint): string => value.toString(16);
const hex16 = (value: bigint): string => `0x${hex(value).padStart(16, "0")}`;
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const vcpuOf = (vcpuId: number | undefined): string => (vcpuId === undefined ? "vcpu -" : `vcpu ${vcpuId}`);

const PFERR_NAMES: readonly (readonly [bigint, string])[] = [
  [PFERR_PRESENT, "P"],
  [PFERR_WRITE, "W"],
  [PFERR_USER, "U"],
  [PFERR_RSVD, "RSVD"],
  [PFERR_FETCH, "F"],
];

/** Page-fault error code as its flags: "P|W|U"; bits without a name in hex; "0" if there is none. */
export function formatErrorCode(code: bigint): string {
  const known = PFERR_NAMES.filter(([bit]) => (code & bit) !== 0n);
  const rest = known.reduce((left, [bit]) => left & ~bit, code);
  const names = known.map(([, name]) => name);
  if (rest !== 0n || names.length === 0) names.push(rest === 0n ? "0" : `0x${hex(rest)}`);
  return names.join("|");
}

/** A table page and its role: "sp gen 0 gfn 0 l4 8-byte q0 direct wux nxe ad root 1 sync". */
function formatTable(get: Get): string {
  const role = Number(get("role"));
  const has = (bit: number): boolean => (role & bit) !== 0;
  const access = role >>> ROLE_ACCESS_SHIFT;
  const wux = [
    (access & ACC_WRITE) !== 0 ? "w" : "-",
    (access & ACC_USER) !== 0 ? "u" : "-",
    (access & ACC_EXEC) !== 0 ? "x" : "-",
  ].join("");
  const parts = [
    `sp gen ${get("mmu_valid_gen")} gfn ${hex(get("gfn"))} l${role & ROLE_LEVEL_MASK}`,
    has(ROLE_HAS_4_BYTE_GPTE) ? "4-byte" : "8-byte",
    `q${(role >>> ROLE_QUADRANT_SHIFT) & 3}${has(ROLE_DIRECT) ? " direct" : ""}`,
    `${wux}${has(ROLE_INVALID) ? " invalid" : ""}`,
    has(ROLE_EFER_NX) ? "nxe" : "!nxe",
    has(ROLE_AD_DISABLED) ? "!ad" : "ad",
    `root ${get("root_count")}`,
    get("unsync") === 0n ? "sync" : "unsync",
  ];
  return parts.join(" ");
}

/** What a SPTE allows, "rwxu": w is bit 1 in every format, the others depend on the VM's and come with the record. */
function formatAccess(get: Get): string {
  const rxu = get("rxu");
  const writable = (get("spte") & 2n) !== 0n;
  return `${(rxu & 1n) !== 0n ? "r" : "-"}${writable ? "w" : "-"}${(rxu & 2n) !== 0n ? "x" : "-"}${(rxu & 4n) !== 0n ? "u" : "-"}`;
}

/** By event number. */
const EVENTS: readonly EventFormat[] = [
  {
    name: "kvm_page_fault",
    fields: ["guest_rip", "fault_address", "error_code"],
    print: (get, vcpuId) =>
      `${vcpuOf(vcpuId)} rip 0x${hex(get("guest_rip"))} address ${hex16(get("fault_address"))} error_code 0x${hex(get("error_code"))}`,
  },
  {
    name: "kvm_mmu_spte_requested",
    fields: ["gfn", "pfn", "level"],
    print: (get) => `gfn ${hex(get("gfn"))} pfn ${hex(get("pfn"))} level ${get("level")}`,
  },
  {
    name: "kvm_tdp_mmu_spte_changed",
    fields: ["gfn", "old_spte", "new_spte", "level", "as_id"],
    print: (get) =>
      `as id ${get("as_id")} gfn ${hex(get("gfn"))} level ${get("level")} old_spte ${hex(get("old_spte"))} new_spte ${hex(get("new_spte"))}`,
  },
  {
    name: "kvm_mmu_set_spte",
    fields: ["gfn", "spte", "sptep", "level", "rxu"],
    print: (get) =>
      `gfn ${hex(get("gfn"))} spte ${hex(get("spte"))} (${formatAccess(get)}) level ${get("level")} at ${hex(get("sptep"))}`,
  },
  {
    name: "fast_page_fault",
    fields: ["cr2_or_gpa", "error_code", "sptep", "old_spte", "new_spte", "ret"],
    print: (get, vcpuId) =>
      `${vcpuOf(vcpuId)} gva ${hex(get("cr2_or_gpa"))} error_code ${formatErrorCode(get("error_code"))} sptep ${hex(get("sptep"))}` +
      ` old 0x${hex(get("old_spte"))} new 0x${hex(get("new_spte"))}` +
      ` spurious ${Number(get("ret") === BigInt(RET_PF_SPURIOUS))} fixed ${Number(get("ret") === BigInt(RET_PF_FIXED))}`,
  },
  {
    name: "mark_mmio_spte",
    fields: ["sptep", "gfn", "access", "gen"],
    print: (get) =>
      `sptep ${hex(get("sptep"))} gfn ${hex(get("gfn"))} access ${hex(get("access"))} gen ${hex(get("gen"))}`,
  },
  {
    name: "handle_mmio_page_fault",
    fields: ["addr", "gfn", "access"],
    print: (get) => `addr ${hex(get("addr"))} gfn ${hex(get("gfn"))} access ${hex(get("access"))}`,
  },
  {
    name: "check_mmio_spte",
    fields: ["kvm_gen", "spte_gen", "spte"],
    print: (get) =>
      `spte ${hex(get("spte"))} kvm_gen ${hex(get("kvm_gen"))} spte-gen ${hex(get("spte_gen"))} valid ${Number(get("kvm_gen") === get("spte_gen"))}`,
  },
  {
    name: "kvm_mmu_get_page",
    fields: ["gfn", "role", "root_count", "created", "unsync", "mmu_valid_gen"],
    print: (get) => `${formatTable(get)} ${get("created") === 0n ? "existing" : "new"}`,
  },
  {
    name: "kvm_mmu_prepare_zap_page",
    fields: ["gfn", "role", "root_count", "unsync", "mmu_valid_gen"],
    print: (get) => formatTable(get),
  },
  {
    name: "kvm_mmu_zap_all_fast",
    fields: ["mmu_valid_gen", "mmu_used_pages"],
    print: (get) => `mmu_valid_gen ${hex(get("mmu_valid_gen"))} used_pages ${hex(get("mmu_used_pages"))}`,
  },
  {
    name: "kvm_mmu_split_huge_page",
    fields: ["gfn", "spte", "level", "errno"],
    print: (get) =>
      `gfn ${hex(get("gfn"))} spte ${hex(get("spte"))} level ${get("level")} errno ${signed(get("errno"))}`,
  },
  {
    name: "kvm_unmap_hva_range",
    fields: ["start", "end"],
    print: (get) => `mmu notifier unmap range: ${hex16(get("start"))} -- ${hex16(get("end"))}`,
  },
  {
    name: "kvm_age_hva",
    fields: ["start", "end"],
    print: (get) => `mmu notifier age hva: ${hex16(get("start"))} -- ${hex16(get("end"))}`,
  },
  {
    name: "kvm_test_age_hva",
    fields: ["hva"],
    print: (get) => `mmu notifier test age hva: ${hex16(get("hva"))}`,
  },
  {
    name: "kvm_tlb_flush_remote",
    fields: ["gfn", "pages"],
    print: (get) => (get("pages") === 0n ? "all" : `gfn ${hex(get("gfn"))} pages ${get("pages")}`),
  },
  {
    name: "kvm_set_spte_hva",
    fields: ["hva"],
    print: (get) => `mmu notifier set pte hva: ${hex16(get("hva"))}`,
  },
  {
    name: "kvm_try_async_get_page",
    fields: ["gva", "gfn"],
    print: (get) => `gva = 0x${hex(get("gva"))}, gfn = 0x${hex(get("gfn"))}`,
  },
  {
    name: "kvm_dirty_ring_push",
    fields: ["index", "dirty_index", "reset_index", "slot", "offset"],
    print: (get) =>
      `ring ${get("index")}: dirty 0x${hex(get("dirty_index"))} reset 0x${hex(get("reset_index"))}` +
      ` slot ${get("slot")} offset 0x${hex(get("offset"))}`,
  },
  {
    name: "kvm_dirty_ring_reset",
    fields: ["index", "dirty_index", "reset_index"],
    print: (get) => `ring ${get("index")}: dirty 0x${hex(get("dirty_index"))} reset 0x${hex(get("reset_index"))}`,
  },
  {
    name: "kvm_dirty_ring_exit",
    fields: [],
    print: (_get, vcpuId) => vcpuOf(vcpuId),
  },
  {
    name: "kvm_async_pf_repeated_fault",
    fields: ["gva", "gfn"],
    print: (get) => `gva = 0x${hex(get("gva"))}, gfn = 0x${hex(get("gfn"))}`,
  },
  {
    name: "kvm_async_pf_not_present",
    fields: ["token", "gva"],
    print: (get) => `token 0x${hex(get("token"))} gva 0x${hex(get("gva"))}`,
  },
  {
    name: "kvm_async_pf_ready",
    fields: ["token", "gva"],
    print: (get) => `token 0x${hex(get("token"))} gva 0x${hex(get("gva"))}`,
  },
  {
    name: "kvm_async_pf_completed",
    fields: ["address", "gva"],
    print: (get) => `gva 0x${hex(get("gva"))} address 0x${hex(get("address"))}`,
  },
];

/** Every event: its number is its index. What `traceEvents` takes is a mask of 1n << number. */
export const TRACE_EVENT_NAMES: readonly string[] = EVENTS.map((event) => event.name);

/** Field names of event number `event`, in the order of the record's a to f. */
export function traceEventFields(event: number): readonly string[] {
  return formatOf(event).fields;
}

function formatOf(event: number): EventFormat {
  const format = EVENTS[event];
  if (format === undefined) throw new RangeError(`no trace event has number ${event}`);
  return format;
}

/** The record at address `pointer`. */
export function decodeTraceRecord(memory: CoreMemory, pointer: number): TraceEvent {
  const format = formatOf(memory.get(pointer, TraceRecord.event));
  const { a, b, c, d, e, f } = TraceRecord;
  const slots = [a, b, c, d, e, f].slice(0, format.fields.length);
  const vcpu = memory.get(pointer, TraceRecord.vcpu);
  return {
    timeNs: memory.get(pointer, TraceRecord.timeNs),
    name: format.name,
    cpu: memory.get(pointer, TraceRecord.cpu),
    vcpuId: vcpu === 0 ? undefined : vcpu - 1,
    fields: Object.fromEntries(slots.map((slot, i) => [format.fields[i], memory.get(pointer, slot)])),
  };
}

/** The records in CPU `cpuId`'s ring, oldest first, and how many older ones were overwritten. Empty without a ring. */
export function readTraceRing(memory: CoreMemory, cpuId: number): { events: TraceEvent[]; lost: number } {
  const cpu = CPU_BASE + cpuId * CPU_STRIDE;
  const capacity = memory.load32(cpu, Cpu.traceCapacity);
  if (capacity === 0) return { events: [], lost: 0 };
  const base = memory.load32(cpu, Cpu.traceBase);
  const end = memory.load32(cpu, Cpu.traceNext);
  const first = Math.max(0, end - capacity);
  const events: TraceEvent[] = [];
  for (let i = first; i < end; i++) {
    events.push(decodeTraceRecord(memory, base + (i % capacity) * TRACE_RECORD_BYTES));
  }
  // The owner may have written on meanwhile, and be in the middle of the record after the one it counted last.
  const written = memory.load32(cpu, Cpu.traceBusy) + memory.load32(cpu, Cpu.traceNext); // in this order
  const overwritten = Math.min(Math.max(0, written - capacity - first), events.length);
  return { events: events.slice(overwritten), lost: first + overwritten };
}

/** All rings merged by time. */
export function readTrace(memory: CoreMemory, nCpus: number): { events: TraceEvent[]; lost: number } {
  const rings = Array.from({ length: nCpus }, (_, id) => readTraceRing(memory, id));
  return {
    events: rings.flatMap((ring) => ring.events).sort((one, other) => one.timeNs - other.timeNs),
    lost: rings.reduce((sum, ring) => sum + ring.lost, 0),
  };
}

/** One line, without its end. */
export function formatTraceEvent(event: TraceEvent): string {
  const format = EVENTS.find(({ name }) => name === event.name);
  if (format === undefined) throw new RangeError(`no trace event is called ${event.name}`);
  const get: Get = (field) => {
    const value = event.fields[field];
    if (value === undefined) throw new RangeError(`a record of ${event.name} has no ${field}`);
    return value;
  };
  const cpu = String(event.cpu).padStart(3, "0");
  const seconds = (event.timeNs / 1e9).toFixed(9);
  return `[${cpu}] ${seconds}: ${event.name}: ${format.print(get, event.vcpuId)}`;
}
