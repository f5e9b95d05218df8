import { describe, expect, it } from "vitest";
import { KVM_MEM_READONLY } from "../../src/kvm/index.js";
import { addMemory, expectRefused, MIB, PAGE, withVm } from "./support.js";

describe("GuestMemory", () => {
  it("moves more than one chunk, over adjacent slots, unaligned", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      await addMemory(vm, 1, MIB, MIB);
      const bytes = Uint8Array.from({ length: 300_001 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
      await vm.memory.write(MIB - 100_003, bytes);
      expect(Buffer.compare(await vm.memory.read(MIB - 100_003, bytes.length), bytes)).toBe(0);
      expect([...(await vm.memory.read(MIB - 100_004, 1))]).toEqual([0]);
    }));

  it("fills, and reads nothing when asked for nothing", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      await vm.memory.fill(10, 70_000, 0xab);
      const bytes = await vm.memory.read(0, 70_020);
      expect([bytes[9], bytes[10], bytes[70_009], bytes[70_010]]).toEqual([0, 0xab, 0xab, 0]);
      expect((await vm.memory.read(1n << 60n, 0)).length).toBe(0);
    }));

  it("refuses what has no slot, or a read-only one", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      await addMemory(vm, 1, 16 * MIB, MIB, KVM_MEM_READONLY);
      await expectRefused(
        vm.memory.read(MIB - 4, 8),
        "EFAULT",
        /Could not read all of guest-physical \[0xffffc, 0x100004\)/,
      );
      await expectRefused(vm.memory.write(16 * MIB, new Uint8Array(1)), "EFAULT", /writable/);
      expect((await vm.memory.read(16 * MIB, PAGE)).every((byte) => byte === 0)).toBe(true);
      await expectRefused(vm.smmMemory.read(0, 1), "EFAULT", /memory slots/);
    }));

  it("checks its arguments", () =>
    withVm({}, async (vm) => {
      await expectRefused(vm.memory.read(2n ** 64n - 1n, 2), "EINVAL", /wraps/);
      await expectRefused(vm.memory.read(0, -1), "EINVAL", /length is -1/);
      await expectRefused(vm.memory.fill(0, 1, 256), "EINVAL", /value is 256/);
    }));
});
