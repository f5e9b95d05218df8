import { describe, expect, it } from "vitest";
import {
  CoreMemory,
  Cpu,
  PAGE_MASK,
  PFERR_GUEST_FINAL,
  SYSTEM_MAGIC,
  System,
  TraceRecord,
  toAddress,
  VmCpu,
} from "../../src/abi/index.js";

describe("CoreMemory", () => {
  const memory = new WebAssembly.Memory({ initial: 65536, maximum: 65536, shared: true });
  const core = new CoreMemory(memory);
  const high = 0xfffe_0000;

  it("reads back what it wrote, above 2 GiB, whether the pointer comes negative or not", () => {
    const negative = high | 0;
    expect(negative).toBeLessThan(0);
    core.set(negative, Cpu.wake, 0xfedc_ba98);
    expect(core.get(high, Cpu.wake)).toBe(0xfedc_ba98);
    expect(core.load32(negative, Cpu.wake)).toBe(0xfedc_ba98);
    expect(core.view.getUint32(high + Cpu.wake.offset, true)).toBe(0xfedc_ba98);
    expect(toAddress(negative)).toBe(high);
  });

  it("gives a 64-bit field as a bigint with its sign", () => {
    core.set(high, Cpu.ret0, 0xffff_ffff_ffff_fff0n);
    expect(core.get(high, Cpu.ret0)).toBe(0xffff_ffff_ffff_fff0n);
    core.set(high, VmCpu.pages4k, -3n);
    expect(core.get(high, VmCpu.pages4k)).toBe(-3n);
    core.store64(high, Cpu.ret1, 5n);
    expect(core.load64(high, Cpu.ret1)).toBe(5n);
  });

  it("keeps neighbours of narrow fields", () => {
    core.set(high, TraceRecord.event, 0x1_2345);
    core.set(high, TraceRecord.cpu, 7);
    core.set(high, TraceRecord.timeNs, 1.5);
    expect(core.get(high, TraceRecord.event)).toBe(0x2345);
    expect(core.get(high, TraceRecord.cpu)).toBe(7);
    expect(core.get(high, TraceRecord.timeNs)).toBe(1.5);
  });

  it("returns the old value of every atomic change, unsigned", () => {
    core.store32(high, Cpu.dead, 0x8000_0000);
    expect(core.or32(high, Cpu.dead, 1)).toBe(0x8000_0000);
    expect(core.add32(high, Cpu.dead, 1)).toBe(0x8000_0001);
    expect(core.and32(high, Cpu.dead, 0xff)).toBe(0x8000_0002);
    expect(core.compareExchange32(high, Cpu.dead, 2, 0xffff_ffff)).toBe(2);
    expect(core.load32(high, Cpu.dead)).toBe(0xffff_ffff);
    expect(core.notify(high, Cpu.dead)).toBe(0);
  });

  it("refuses a memory that is not shared", () => {
    expect(() => new CoreMemory(new WebAssembly.Memory({ initial: 1 }))).toThrow(TypeError);
  });
});

describe("the generated layout", () => {
  it("has the compiler's offsets and constants", () => {
    expect(Cpu.wake.offset).toBe(64); // asserted in core/layout/cpu.ts too
    expect(Cpu.id.offset).toBe(128);
    expect(System.magic).toEqual({ offset: 0, type: "u32" });
    expect(SYSTEM_MAGIC).toBe(0x0dad_b01e);
    expect(PFERR_GUEST_FINAL).toBe(1n << 32n);
    expect(PAGE_MASK).toBe(0xffff_ffff_ffff_f000n);
  });
});
