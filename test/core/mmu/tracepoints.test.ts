/** The MMU's tracepoints as a reader of the kernel's trace knows them: what one fault, MMIO, a zap and a merge print. */
import { afterEach, describe, expect, it } from "vitest";
import {
  KVM_EXIT_HLT,
  KVM_EXIT_MMIO,
  KVM_MEM_LOG_DIRTY_PAGES,
  PROG_READ,
  PROG_WRITE,
  TRACE_EVENTS,
} from "../../../src/abi/index.js";
import { formatTraceEvent, readTrace, type TraceEvent } from "../../../src/abi/trace_decode.js";
import { BUILDS } from "../harness.js";
import { VmRig } from "./vm_rig.js";

const GPA = 0x40_0000n;
let rig: VmRig;

/** What `act` leaves in the trace. */
function traced(act: () => void): TraceEvent[] {
  const { x } = rig;
  expect(x.traceEnable(0, 13)).toBe(0);
  x.traceEvents((1n << BigInt(TRACE_EVENTS)) - 1n);
  act();
  x.traceEvents(0n);
  const { events, lost } = readTrace(rig.memory, 1);
  expect(lost).toBe(0);
  expect(x.traceDisable(0)).toBe(0);
  return events;
}

/** Names of the events, in order, each once per run of equals. */
function names(events: TraceEvent[]): string[] {
  return events.map((event) => event.name).filter((name, i, all) => name !== all[i - 1]);
}

/** The text of the first event called `name`. */
function lineOf(events: TraceEvent[], name: string): string {
  const event = events.find((one) => one.name === name);
  if (event === undefined) throw new Error(`no ${name} among ${names(events).join(", ")}`);
  return formatTraceEvent(event);
}

describe.each(BUILDS)("tracepoints (%s)", (build) => {
  afterEach(() => rig.close());

  async function open(): Promise<number> {
    rig = await VmRig.open({ build, memMiB: 16, nCpus: 1 });
    const hva = rig.map(16 * 4096);
    rig.slot(0, GPA, 16 * 4096, hva);
    return rig.vcpu(0);
  }

  it("a first touch: the fault, the request, three tables and a leaf", async () => {
    const vcpu = await open();
    const events = traced(() => expect(rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA, value: 1n }])).toBe(KVM_EXIT_HLT));
    expect(names(events).filter((name) => name.startsWith("kvm_"))).toEqual([
      "kvm_mmu_get_page", // the root
      "kvm_page_fault",
      "kvm_mmu_spte_requested",
      "kvm_tdp_mmu_spte_changed",
      "kvm_mmu_get_page",
      "kvm_tdp_mmu_spte_changed",
      "kvm_mmu_get_page",
      "kvm_tdp_mmu_spte_changed",
      "kvm_mmu_get_page",
      "kvm_tdp_mmu_spte_changed",
      "kvm_mmu_set_spte",
    ]);
    const leaf = lineOf(events, "kvm_mmu_set_spte");
    expect(leaf).toMatch(/gfn 0*400\b/);
    expect(leaf).toContain("rwxu");
  });

  it("MMIO: marked once, then found by its entry", async () => {
    const vcpu = await open();
    const first = traced(() => expect(rig.run(vcpu, [{ op: PROG_READ, gpa: 0x9000_0000n }])).toBe(KVM_EXIT_MMIO));
    expect(names(first)).toContain("mark_mmio_spte");
    // Another vCPU has nothing in its own cache.
    const other = rig.vcpu(1);
    const second = traced(() => expect(rig.run(other, [{ op: PROG_READ, gpa: 0x9000_0000n }])).toBe(KVM_EXIT_MMIO));
    expect(names(second)).toContain("check_mmio_spte");
    expect(names(second)).toContain("handle_mmio_page_fault");
    expect(names(second)).not.toContain("mark_mmio_spte");
  });

  it("a write after logging began is fixed by the fast path", async () => {
    const vcpu = await open();
    rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA, value: 1n }]);
    rig.x.memslotSet(rig.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, GPA, 16n * 4096n, rig.hvaOfSlot(0));
    const events = traced(() => rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA, value: 2n }]));
    expect(lineOf(events, "fast_page_fault")).toContain("fixed");
  });

  it("zapping all roots, and unmapping by the host", async () => {
    const vcpu = await open();
    rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA, value: 1n }]);
    expect(names(traced(() => rig.x.vmZapAll(rig.vm)))).toContain("kvm_mmu_zap_all_fast");
    rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA, value: 1n }]);
    const events = traced(() => rig.x.mmDontNeed(rig.mm, rig.hvaOfSlot(0), 4096n));
    expect(names(events)).toEqual(["kvm_unmap_hva_range", "kvm_tdp_mmu_spte_changed"]);
  });
});
