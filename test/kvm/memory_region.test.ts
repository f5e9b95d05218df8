import { describe, expect, it } from "vitest";
import {
  KVM_MEM_LOG_DIRTY_PAGES,
  KVM_MEM_READONLY,
  type KvmErrorCode,
  slotId,
  type UserMemoryRegion,
} from "../../src/kvm/index.js";
import { addMemory, expectRefused, MIB, PAGE, readU64, withVm } from "./support.js";

const HVA = 0x200000n;
const LIVE: UserMemoryRegion = { slot: 3, guestPhysAddr: 4 * MIB, memorySize: 2 * MIB, userspaceAddr: HVA };

/** Wrong regions, against the slot LIVE: what is wrong, the errno, what the message must say. */
const MISUSES: [string, Partial<UserMemoryRegion>, KvmErrorCode, RegExp][] = [
  [
    "misaligned guest address",
    { slot: 0, guestPhysAddr: 0x1001 },
    "EINVAL",
    /guestPhysAddr is 0x1001; .*multiple of 4096/,
  ],
  ["misaligned size", { slot: 0, memorySize: 100 }, "EINVAL", /memorySize is 0x64; .*multiple of 4096/],
  ["misaligned host address", { slot: 0, userspaceAddr: 5 }, "EINVAL", /userspaceAddr is 0x5; .*multiple of 4096/],
  ["negative address", { slot: 0, guestPhysAddr: -4096 }, "EINVAL", /guestPhysAddr is -0x1000/],
  ["fractional size", { slot: 0, memorySize: 0.5 }, "EINVAL", /memorySize is 0.5/],
  [
    "overlap of the head",
    { slot: 0, guestPhysAddr: 3 * MIB },
    "EEXIST",
    /\[0x300000, 0x500000\) overlaps slot 0x3 at \[0x400000, 0x600000\)/,
  ],
  ["overlap of the tail", { slot: 0, guestPhysAddr: 6 * MIB - PAGE }, "EEXIST", /overlaps slot 0x3/],
  ["the very place of another slot", { slot: 0 }, "EEXIST", /overlaps slot 0x3/],
  ["deleting what is not there", { slot: 0, memorySize: 0 }, "EINVAL", /Slot 0x0 does not exist/],
  ["wrapping guest addresses", { slot: 0, guestPhysAddr: 2n ** 64n - 4096n }, "EINVAL", /wraps around 2\^64/],
  ["wrapping host addresses", { slot: 0, userspaceAddr: 2n ** 64n - 4096n }, "EINVAL", /wraps around 2\^64/],
  [
    "host addresses beyond 2^47",
    { slot: 0, guestPhysAddr: 0, userspaceAddr: 2n ** 47n },
    "EINVAL",
    /host addresses end at 2\^47/,
  ],
  ["beyond 46 bits", { slot: 0, guestPhysAddr: 2n ** 46n }, "EINVAL", /46 bits/],
  ["just beyond 46 bits", { slot: 0, guestPhysAddr: 2n ** 46n - 4096n }, "EINVAL", /46 bits/],
  ["too many pages", { slot: 0, guestPhysAddr: 0, memorySize: 2n ** 43n }, "EINVAL", /at most 2\^31 - 1 pages/],
  ["slot number too high", { slot: 32764 }, "EINVAL", /from 0 to 32763/],
  ["third address space", { slot: slotId(0, 2) }, "EINVAL", /address spaces 0 and 1/],
  ["slot number negative", { slot: -1 }, "EINVAL", /slot is -1/],
  ["unknown flag", { slot: 0, guestPhysAddr: 0, flags: 4 }, "EINVAL", /flags is 0x4/],
  ["changed size of a live slot", { memorySize: 4 * MIB }, "EINVAL", /has 0x200000 bytes; .*cannot change/],
  ["changed host address of a live slot", { userspaceAddr: HVA + 4096n }, "EINVAL", /cannot go elsewhere/],
  ["live slot made read-only", { flags: KVM_MEM_READONLY }, "EINVAL", /KVM_MEM_READONLY flag cannot change/],
];

describe("setUserMemoryRegion", () => {
  it("refuses every misuse with KVM's errno and a reason, and changes nothing", () =>
    withVm({}, async (vm) => {
      await vm.addressSpace.mmap({ length: 2 * MIB, backing: { type: "anonymous" }, fixed: HVA });
      await vm.setUserMemoryRegion(LIVE);
      for (const [what, change, code, text] of MISUSES) {
        await expectRefused(vm.setUserMemoryRegion({ ...LIVE, ...change }), code, text).catch((error: unknown) => {
          throw new Error(`${what}: ${String(error)}`, { cause: error });
        });
      }
      await vm.memory.fill(4 * MIB, 2 * MIB, 1);
      await expectRefused(vm.memory.read(4 * MIB - 1, 1), "EFAULT", /memory slots/);
      await expectRefused(vm.memory.read(6 * MIB, 1), "EFAULT", /memory slots/);
    }));

  it("accepts the extremes: the last page of 46 bits, slot 32763, both address spaces at one place", () =>
    withVm({}, async (vm) => {
      const userspaceAddr = await vm.addressSpace.mmap({ length: PAGE, backing: { type: "anonymous" } });
      const last = { slot: 32763, guestPhysAddr: 2n ** 46n - 4096n, memorySize: PAGE, userspaceAddr };
      await vm.setUserMemoryRegion(last);
      await vm.setUserMemoryRegion({ ...last, slot: slotId(32763, 1) });
      await vm.memory.write(2n ** 46n - 8n, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
      expect([...(await vm.smmMemory.read(2n ** 46n - 4n, 4))]).toEqual([5, 6, 7, 8]);
    }));

  it("moves, deletes and makes again, and changes the logging flag", () =>
    withVm({}, async (vm) => {
      const userspaceAddr = await addMemory(vm, 0, 0, MIB);
      await vm.memory.write(0, new Uint8Array([9]));
      await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 8 * MIB, memorySize: MIB, userspaceAddr });
      expect(await readU64(vm, 8 * MIB)).toBe(9n);
      await expectRefused(vm.memory.read(0, 1), "EFAULT", /memory slots/);
      for (const flags of [KVM_MEM_LOG_DIRTY_PAGES, 0, KVM_MEM_LOG_DIRTY_PAGES]) {
        await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 8 * MIB, memorySize: MIB, userspaceAddr, flags });
      }
      await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 8 * MIB, memorySize: 0, userspaceAddr });
      await expectRefused(vm.memory.read(8 * MIB, 1), "EFAULT", /memory slots/);
      await vm.setUserMemoryRegion({
        slot: 0,
        guestPhysAddr: 0,
        memorySize: MIB,
        userspaceAddr,
        flags: KVM_MEM_READONLY,
      });
      expect(await readU64(vm, 0)).toBe(9n);
    }));

  it("holds thousands of slots", () =>
    withVm({ memory: 64 * MIB }, async (vm) => {
      const n = 2000;
      const hva = await vm.addressSpace.mmap({ length: n * PAGE, backing: { type: "anonymous" } });
      for (let i = 0; i < n; i++) {
        const region = { guestPhysAddr: 2 * i * PAGE, memorySize: PAGE, userspaceAddr: hva + BigInt(i * PAGE) };
        await vm.setUserMemoryRegion({ slot: (i * 7919) % 32749, ...region });
      }
      await vm.memory.fill(2 * 1234 * PAGE, PAGE, 5);
      await expectRefused(vm.memory.read(2 * 1234 * PAGE + PAGE, 1), "EFAULT", /memory slots/);
    }));
});
