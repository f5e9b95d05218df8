/** FXSAVE and the XSAVE family: against this machine where formats are architectural, and by their rules otherwise. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import { FpuRig } from "./fpu_rig.js";
import { type HostCase, type HostResult, HostRunner, type MachineState, MEMORY_BYTES } from "./host_runner.js";
import { extended, Random, setExtended } from "./operands.js";

const REX_W = 0x48;
const XCR0 = 0x203n;
const HEADER = 512;
const PKRU = 832;

function state(random: Random): MachineState {
  const fx = new Uint8Array(512);
  const view = new DataView(fx.buffer);
  view.setUint16(0, 0x40 | Number(random.u64() & 0xf3fn), true);
  view.setUint16(2, Number(random.u64() & 0x7f7fn), true);
  view.setUint8(4, random.below(256));
  view.setUint32(24, Number(random.u64() & 0xffffn), true);
  for (let n = 0; n < 8; n++) setExtended(view, 32 + 16 * n, extended(random));
  for (let at = 160; at < 416; at += 8) view.setBigUint64(at, random.u64(), true);
  return { fx, memory: new Uint8Array(MEMORY_BYTES), flags: 2n, rax: 0n };
}

/** An XSAVE area that a random state was saved to: standard, or compacted. */
function area(random: Random, present: bigint, layout: bigint): Uint8Array {
  const bytes = new Uint8Array(MEMORY_BYTES);
  bytes.set(state(random).fx);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(HEADER, present, true);
  view.setBigUint64(HEADER + 8, layout, true);
  return bytes;
}

/** State without FIP, FDP and FOP, and without what FXSAVE leaves undefined. */
function visible(result: HostResult): string {
  const fx = result.fx.slice(0, 416);
  fx.fill(0, 6, 24);
  fx.fill(0, 28, 32);
  return `${result.signal} ${Buffer.from(fx).toString("hex")}`;
}

const host = HostRunner.open();
afterAll(() => {
  if (typeof host !== "string") host.close();
});

describe.each(BUILDS)("FXSAVE and XSAVE (%s)", (build) => {
  let rig: FpuRig;
  beforeEach(async () => {
    rig = await FpuRig.open(build);
    rig.enableXsave(XCR0);
  });
  afterEach(() => rig.close());

  const run = (fn: string, before: MachineState) => rig.run({ fn, isMemory: true, isWide: true }, before);

  /** Runs the cases there and here. */
  function compare(fn: string, code: number[], cases: MachineState[], view: (result: HostResult) => string): void {
    if (typeof host === "string") return;
    const hostCases: HostCase[] = cases.map((one) => ({ ...one, code }));
    const expected = host.run(hostCases).map(view);
    expect(cases.map((one) => view(run(fn, one)))).toEqual(expected);
  }

  it("FXSAVE64 stores what silicon stores", ({ skip }) => {
    if (typeof host === "string") return skip(host);
    const random = new Random(1n);
    const cases = Array.from({ length: 200 }, () => state(random));
    const image = (result: HostResult) => visible({ ...result, fx: result.memory });
    compare("fxsave", [REX_W, 0x0f, 0xae, 0x02], cases, image);
  });

  it("FXRSTOR64 loads what silicon loads, and refuses what it refuses", ({ skip }) => {
    if (typeof host === "string") return skip(host);
    const random = new Random(2n);
    const cases = Array.from({ length: 200 }, (_, i) => {
      const memory = area(random, 0n, 0n);
      if (i % 8 === 0) new DataView(memory.buffer).setUint32(24, 0x10000 << (i % 16), true);
      return { ...state(random), memory };
    });
    compare("fxrstor", [REX_W, 0x0f, 0xae, 0x0a], cases, visible);
  });

  it("XRSTOR64 obeys headers as silicon does", ({ skip }) => {
    if (typeof host === "string") return skip(host);
    const random = new Random(3n);
    const compacted = 1n << 63n;
    const headers: [bigint, bigint][] = [];
    for (let present = 0n; present < 4n; present++) {
      headers.push([present, 0n], [present, compacted], [present, compacted | 1n], [present, compacted | 3n]);
    }
    headers.push([1n << 62n, 0n], [3n, 1n], [3n, 1n << 62n], [3n, compacted | (1n << 61n)]);
    const cases = headers.flatMap(([present, layout]) =>
      [0n, 1n, 2n, 3n].flatMap((rax) =>
        [0, 0x10000].map((bad) => {
          const memory = area(random, present, layout);
          const view = new DataView(memory.buffer);
          view.setUint32(24, view.getUint32(24, true) | bad, true);
          return { ...state(random), memory, rax };
        }),
      ),
    );
    compare("xrstor", [REX_W, 0x0f, 0xae, 0x2a], cases, visible);
  });

  it("XSAVE writes what is requested and says what is in use", () => {
    const random = new Random(4n);
    for (const rax of [0n, 1n, 2n, 3n, 0x200n, 0x203n, 0xffffn]) {
      for (const pkru of [0n, 0x55555554n]) {
        const before = { ...state(random), rax };
        before.memory.fill(0xcc);
        new DataView(before.memory.buffer).setBigUint64(HEADER, 0xf0n, true);
        rig.paging.set("pkru", pkru);
        const after = run("xsave", before);
        const view = new DataView(after.memory.buffer);
        const wanted = rax & XCR0;
        const used = wanted & (pkru === 0n ? 3n : XCR0);
        expect(after.signal).toBe(0);
        expect(view.getBigUint64(HEADER, true)).toBe((0xf0n & ~wanted) | used);
        expect(view.getUint16(0, true)).toBe(rax & 1n ? new DataView(before.fx.buffer).getUint16(0, true) : 0xcccc);
        expect(view.getUint32(24, true)).toBe(
          rax & 2n ? new DataView(before.fx.buffer).getUint32(24, true) : 0xcccccccc,
        );
        expect(view.getUint8(160)).toBe(rax & 2n ? before.fx[160] : 0xcc);
        expect(view.getUint32(PKRU, true)).toBe(rax & 0x200n ? Number(pkru) : 0xcccccccc);
        expect(view.getBigUint64(HEADER + 8, true)).toBe(0xccccccccccccccccn);
      }
    }
  });

  it("XSAVEOPT and XSAVEC leave out what is initial", () => {
    const fx = new Uint8Array(512);
    const view = new DataView(fx.buffer);
    view.setUint16(0, 0x37f, true);
    view.setUint32(24, 0x1f80, true);
    const before = { fx, memory: new Uint8Array(MEMORY_BYTES).fill(0xcc), flags: 2n, rax: 0x203n };
    new DataView(before.memory.buffer).setBigUint64(HEADER, 3n, true);
    rig.paging.set("pkru", 0n);
    const opt = new DataView(run("xsaveopt", before).memory.buffer);
    expect(opt.getBigUint64(HEADER, true)).toBe(0n);
    expect(opt.getUint16(0, true)).toBe(0xcccc);
    expect(opt.getUint32(24, true)).toBe(0x1f80);
    rig.paging.set("pkru", 4n);
    const compacted = new DataView(run("xsavec", before).memory.buffer);
    expect(compacted.getBigUint64(HEADER, true)).toBe(0x200n);
    expect(compacted.getBigUint64(HEADER + 8, true)).toBe((1n << 63n) | 0x203n);
    expect(compacted.getUint32(24, true)).toBe(0xcccccccc);
    // PKRU follows the header at once: AVX is not in this area.
    expect(compacted.getUint32(576, true)).toBe(4);
  });

  it("what XSAVE and XSAVEC save, XRSTOR brings back", () => {
    const random = new Random(5n);
    for (const save of ["xsave", "xsavec", "xsaves"]) {
      const before = { ...state(random), rax: 0x203n };
      rig.paging.set("pkru", 0x30n);
      const saved = run(save, before);
      expect(saved.signal).toBe(0);
      rig.paging.set("pkru", 0n);
      const restored = run(save === "xsaves" ? "xrstors" : "xrstor", {
        ...state(random),
        memory: saved.memory,
        rax: 0x203n,
      });
      expect(visible(restored)).toBe(visible(saved));
      expect(rig.paging.get("pkru")).toBe(0x30n);
    }
  });

  it("the API's image is the standard form with every component, and comes back bit for bit", () => {
    const before = state(new Random(6n));
    expect(rig.roundTrip(before.fx)).toBe(true);
    const bad = before.fx.slice();
    new DataView(bad.buffer).setUint32(24, 0x10000, true);
    expect(rig.roundTrip(bad)).toBe(false);
  });

  it("asks for CR4.OSXSAVE, alignment and, for XSAVES, privilege", () => {
    const before = { ...state(new Random(7n)), rax: 3n };
    expect(rig.run({ fn: "xsave", isMemory: true, disp: 8 }, before).signal).toBe(11);
    expect(rig.run({ fn: "fxsave", isMemory: true, disp: 8 }, before).signal).toBe(11);
    expect(rig.run({ fn: "xrstors", isMemory: true }, before).signal).toBe(11);
    rig.paging.set("cpl", 3);
    expect(rig.run({ fn: "xsaves", isMemory: true }, before).signal).toBe(11);
    rig.paging.set("cpl", 0);
    rig.paging.set("cr4", 0x600n);
    expect(rig.run({ fn: "xsave", isMemory: true }, before).signal).toBe(4);
  });
});
