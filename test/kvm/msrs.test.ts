/** Model-specific registers and XSAVE areas by userspace. */
import { describe, expect, it } from "vitest";
import { expectRefused, withVm } from "./support.js";

const TSC = 0x10;
const TSC_ADJUST = 0x3b;
const SMBASE = 0x9e;
const ARCH_CAPABILITIES = 0x10a;
const PAT = 0x277;
const LSTAR = 0xc0000082;
const EFER = 0xc0000080;
const NO_MSR = 0x12345;

describe("getMsrs, setMsrs", () => {
  it("all that the list names go from one vCPU to another, in either order", () =>
    withVm({}, async (vm, system) => {
      const [from, to] = [
        await vm.createVcpu(0, { deterministic: true }),
        await vm.createVcpu(1, { deterministic: true }),
      ];
      const list = await system.msrIndexList();
      expect(new Set(list).size).toBe(list.length);
      const values = [
        { index: TSC, data: 123456789n },
        { index: TSC_ADJUST, data: 55n },
        { index: SMBASE, data: 0xa0000n },
        { index: PAT, data: 0x0007040600070406n ^ 0x6n },
        { index: LSTAR, data: 0xffffffff81000000n },
        { index: 0x201, data: 0x3fff_f000_0800n },
        { index: 0x26f, data: 0x0606060606060606n },
      ];
      expect(await from.setMsrs(values)).toBe(values.length);
      const all = await from.getMsrs(list);
      expect(all.map(({ index }) => index)).toEqual(list);
      for (const value of values) expect(all).toContainEqual(value);
      for (const entries of [all, all.toReversed()]) {
        // Which processor is the first is its own.
        const taken = entries.filter(({ index }) => index !== 0x1b);
        expect(await to.setMsrs(taken)).toBe(taken.length);
        expect(await to.getMsrs(taken.map(({ index }) => index))).toEqual(taken);
      }
    }));

  it("stop at the first that is refused", () =>
    withVm({}, async (vm) => {
      const vcpu = await vm.createVcpu(0);
      expect(await vcpu.getMsrs([PAT, NO_MSR, LSTAR])).toEqual([{ index: PAT, data: 0x0007040600070406n }]);
      const refused = [
        { index: NO_MSR, data: 0n },
        { index: LSTAR, data: 1n << 60n }, // not canonical
        { index: EFER, data: 2n },
        { index: PAT, data: 2n },
        { index: SMBASE, data: 1n << 32n },
        { index: ARCH_CAPABILITIES, data: 0n },
      ];
      for (const entry of refused)
        expect(await vcpu.setMsrs([{ index: LSTAR, data: 5n }, entry, { index: LSTAR, data: 7n }])).toBe(1);
      expect(await vcpu.getMsrs([LSTAR])).toEqual([{ index: LSTAR, data: 5n }]);
      await expectRefused(vcpu.getMsrs(Array(257).fill(PAT)), "E2BIG", /at most 256/);
      await expectRefused(vcpu.getMsrs([-1]), "EINVAL", /index of entry 0/);
    }));

  it("do not ask for features, and take back what they gave", () =>
    withVm({}, async (vm, system) => {
      const vcpu = await vm.createVcpu(0);
      await vcpu.setCpuid(await system.supportedCpuid({ without: ["pat", "mtrr", "lm", "arch_capabilities"] }));
      const entries = await vcpu.getMsrs([...(await system.msrIndexList()), ARCH_CAPABILITIES]);
      expect(entries.at(-1)?.index).toBe(ARCH_CAPABILITIES);
      expect(await vcpu.setMsrs(entries)).toBe(entries.length);
    }));

  it("the time-stamp counter goes on from what was set", () =>
    withVm({}, async (vm) => {
      const vcpu = await vm.createVcpu(0);
      await vcpu.setMsrs([{ index: TSC, data: 10n ** 18n }]);
      const [first] = await vcpu.getMsrs([TSC]);
      const [second] = await vcpu.getMsrs([TSC]);
      expect(first?.data).toBeGreaterThanOrEqual(10n ** 18n);
      expect(second?.data).toBeGreaterThan(first?.data as bigint);
      expect(await vcpu.getMsrs([TSC_ADJUST])).toEqual([{ index: TSC_ADJUST, data: 0n }]);
    }));
});

describe("getXsave, setXsave", () => {
  it("carry x87, SSE and PKRU; a bad area is refused", () =>
    withVm({}, async (vm) => {
      const [from, to] = [await vm.createVcpu(0), await vm.createVcpu(1)];
      const fpu = await from.getFpu();
      const xmm = fpu.xmm.map((_, i) => Uint8Array.from({ length: 16 }, (__, j) => 16 * i + j));
      await from.setFpu({ ...fpu, xmm, mxcsr: 0x1fbf, fcw: 0x27f, ftwx: 1 });
      const area = await from.getXsave();
      expect(area.length).toBe(840);
      area[832] = 0xc;
      await to.setXsave(area);
      expect(await to.getXsave()).toEqual(area);
      expect(await to.getFpu()).toMatchObject({ xmm, mxcsr: 0x1fbf, fcw: 0x27f, ftwx: 1 });
      const bad = area.slice();
      bad[512] = 0xff;
      await expectRefused(to.setXsave(bad), "EINVAL", /XRSTOR would refuse/);
      await expectRefused(to.setXsave(new Uint8Array(4096)), "EINVAL", /840/);
      expect(await to.getXsave()).toEqual(area);
    }));
});
