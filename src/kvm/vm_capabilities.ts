/** KVM_ENABLE_CAP on a VM: what can be switched on, with which argument, and when no more. */
import {
  DIRTY_GFN_SHIFT,
  DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  DIRTY_RING_MIN_ENTRIES,
  Vm,
} from "../abi/index.js";
import { MAX_RING_BYTES } from "./capabilities.js";
import { KvmError } from "./errors.js";
import type { Host } from "./host.js";
import type { VmLife } from "./lives.js";
import { hex, integer } from "./values.js";

/** What Vm.enableCapability can enable, and the argument each takes (args[0] of struct kvm_enable_cap). */
export interface CapabilityArguments {
  /**
   * How the dirty log of slots is read: KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE: getDirtyLog only reads, and clearDirtyLog
   * protects what it clears. With KVM_DIRTY_LOG_INITIALLY_SET besides: a log begins with all pages set, so that switching
   * it on costs nothing. 0: getDirtyLog does both, as at first.
   */
  KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2: number;
  /**
   * Bytes of each vCPU's dirty ring, 16 an entry: a power of two from 4096 to 2^20, and with PML from 16384. For good, and
   * before there are vCPUs.
   */
  KVM_CAP_DIRTY_LOG_RING: number;
  /** The same: the words of an entry are read and written in the order that this one asks for. */
  KVM_CAP_DIRTY_LOG_RING_ACQ_REL: number;
  /** getDirtyLog beside rings, for the writes that no vCPU makes (GuestMemory). After the rings, before there are slots. */
  KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP: 0;
  /** Opts the VM out of the NX-huge-pages mitigation, as createVm's disableNxHugePages does. Before there are vCPUs. */
  KVM_CAP_VM_DISABLE_NX_HUGE_PAGES: 0;
}

/** A capability of a VM that can be enabled. */
export type VmCapability = keyof CapabilityArguments;

type Enable = (host: Host, vm: VmLife, argument: number) => Promise<void>;

const ENABLE: Record<VmCapability, Enable> = {
  KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2: setManualProtect,
  KVM_CAP_DIRTY_LOG_RING: setRing,
  KVM_CAP_DIRTY_LOG_RING_ACQ_REL: setRing,
  KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP: setRingWithBitmap,
  KVM_CAP_VM_DISABLE_NX_HUGE_PAGES: disableNxHugePages,
};

/** Enables `name`; rejects as Vm.enableCapability says. */
export async function enableCapability(host: Host, vm: VmLife, name: string, argument: number): Promise<void> {
  const enable = Object.hasOwn(ENABLE, name) ? ENABLE[name as VmCapability] : undefined;
  if (enable === undefined) {
    const text = `There is no capability ${name} that a VM can enable; there are ${Object.keys(ENABLE).join(", ")}.`;
    throw new KvmError("EINVAL", text);
  }
  await enable(host, vm, integer(argument, `The argument of ${name}`, 0, Number.MAX_SAFE_INTEGER));
}

async function setManualProtect(host: Host, vm: VmLife, flags: number): Promise<void> {
  const both = DIRTY_LOG_MANUAL_PROTECT_ENABLE | DIRTY_LOG_INITIALLY_SET;
  if (![0, DIRTY_LOG_MANUAL_PROTECT_ENABLE, both].includes(flags)) {
    const text = `The flags are ${hex(flags)}; there are KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE (1), and with it KVM_DIRTY_LOG_INITIALLY_SET (2).`;
    throw new KvmError("EINVAL", text);
  }
  await host.call(vm, () => "The kind of dirty log could not be set.", "vmSetManualProtect", vm.address, flags);
}

async function setRing(host: Host, vm: VmLife, bytes: number): Promise<void> {
  if (bytes > MAX_RING_BYTES)
    throw new KvmError("E2BIG", `A dirty ring of ${hex(bytes)} bytes: it has at most ${hex(MAX_RING_BYTES)} (1 MiB).`);
  if (!Number.isInteger(Math.log2(bytes)) || bytes < DIRTY_RING_MIN_ENTRIES << DIRTY_GFN_SHIFT)
    throw new KvmError("EINVAL", `A dirty ring of ${hex(bytes)} bytes: it must be a power of two, and at least 4096.`);
  const explain = (): string =>
    "Dirty rings come before the first vCPU, once, and with PML they have at least 16384 bytes.";
  await host.call(vm, explain, "vmSetDirtyRing", vm.address, bytes >> DIRTY_GFN_SHIFT);
}

async function setRingWithBitmap(host: Host, vm: VmLife, argument: number): Promise<void> {
  checkZero(argument);
  if (host.memory.get(vm.address, Vm.ringEntries) === 0 || vm.slots.size > 0)
    throw new KvmError("EINVAL", "The bitmap comes after KVM_CAP_DIRTY_LOG_RING, and before there are slots.");
  vm.hasRingBitmap = true;
}

async function disableNxHugePages(host: Host, vm: VmLife, argument: number): Promise<void> {
  checkZero(argument);
  const explain = (): string => "A VM opts out of the NX-huge-pages mitigation before it has vCPUs.";
  await host.call(vm, explain, "disableNxHugePages", vm.address);
}

function checkZero(argument: number): void {
  if (argument !== 0) throw new KvmError("EINVAL", `The argument is ${argument}; this capability takes none (0).`);
}
