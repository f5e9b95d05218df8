import { describe, expect, it } from "vitest";
import {
  PARAM_AD,
  PARAM_EAGER_PAGE_SPLIT,
  PARAM_FLUSH_ON_REUSE,
  PARAM_LA57,
  PARAM_MMIO_CACHING,
  PARAM_NX_OPT_OUT,
  PARAM_PML,
  PARAM_TDP_MMU,
  Vm as VmStruct,
} from "../../src/abi/index.js";
import {
  type KvmErrorCode,
  System,
  type SystemOptions,
  type SystemParameters,
  type VmOptions,
} from "../../src/kvm/index.js";
import { expectRefused, MIB, withSystem, withVm } from "./support.js";

const DEFAULTS = PARAM_TDP_MMU | PARAM_EAGER_PAGE_SPLIT | PARAM_MMIO_CACHING | PARAM_PML | PARAM_AD;

describe("parameters of a VM", () => {
  const SAMPLED: [VmOptions, number][] = [
    [{}, DEFAULTS],
    [{ eager_page_split: "off" }, DEFAULTS & ~PARAM_EAGER_PAGE_SPLIT],
    [{ mmio_caching: false }, DEFAULTS & ~PARAM_MMIO_CACHING],
    [{ pml: "off" }, DEFAULTS & ~PARAM_PML],
    // Without Dirty bits there is nothing to log, and NPT has no PML.
    [{ eptad: "off" }, DEFAULTS & ~(PARAM_AD | PARAM_PML)],
    [{ tdp: "npt" }, DEFAULTS & ~PARAM_PML],
    [{ tdp: "npt", eptad: "off" }, DEFAULTS & ~PARAM_PML],
    [{ flush_on_reuse: true }, DEFAULTS | PARAM_FLUSH_ON_REUSE],
    [{ disableNxHugePages: true }, DEFAULTS | PARAM_NX_OPT_OUT],
    [{ la57: true }, DEFAULTS | PARAM_LA57],
  ];

  it.each(SAMPLED)("are sampled at its creation: %o", (options, params) =>
    withSystem({}, async (system) => {
      const vm = await system.createVm(options);
      expect(system.host.memory.get(vm.address, VmStruct.params)).toBe(params);
      await vm.destroy();
    }),
  );

  it("come from the System unless it has its own", () =>
    withSystem({ pml: "off", eager_page_split: "off" }, async (system) => {
      const [plain, own] = await Promise.all([system.createVm(), system.createVm({ pml: "on" })]);
      const { memory } = system.host;
      expect(memory.get(plain.address, VmStruct.params)).toBe(DEFAULTS & ~(PARAM_PML | PARAM_EAGER_PAGE_SPLIT));
      expect(memory.get(own.address, VmStruct.params)).toBe(DEFAULTS & ~PARAM_EAGER_PAGE_SPLIT);
      await Promise.all([plain.destroy(), own.destroy()]);
    }));

  it.each([
    [{ ept: true }, /no option of createVm ept; there are tdp, tdp_mmu, eager_page_split,/],
    [{ pml: 1, Pml: "on" }, /no option of createVm Pml/],
    [{ nx_huge_pages: "off" }, /no option of createVm nx_huge_pages/],
    [{ pml: 1 }, /pml is 1; it can be true or "on", false or "off"/],
    [{ tdp: "npt", eptad: "yes" }, /eptad is yes/],
    [{ tdp: "constructor" }, /tdp is constructor; there are "ept" and "npt"/],
    [{ la57: "five" }, /la57 is five/],
    [{ disableNxHugePages: 7 }, /disableNxHugePages is 7/],
  ])("are refused by name: %o", (options, text) =>
    withSystem({}, (system) => expectRefused(system.createVm(options as VmOptions), "EINVAL", text)),
  );
});

describe("live parameters", () => {
  it("read as what they stand for", async () => {
    await using system = await System.open({ memory: 16 * MIB, nx_huge_pages: true });
    expect(system.parameters).toEqual({
      nx_huge_pages: "force",
      nx_huge_pages_recovery_ratio: 60,
      nx_huge_pages_recovery_period_ms: 0,
    });
    await system.setParameters({ nx_huge_pages: "auto", nx_huge_pages_recovery_period_ms: 2 ** 32 - 1 });
    expect(system.parameters).toEqual({
      nx_huge_pages: "off",
      nx_huge_pages_recovery_ratio: 60,
      nx_huge_pages_recovery_period_ms: 2 ** 32 - 1,
    });
  });

  it("take effect in the order of the calls", () =>
    withSystem({}, async (system) => {
      const modes = ["force", "off", "force", "off", "force"] as const;
      await Promise.all(
        modes.map((mode, i) => system.setParameters({ nx_huge_pages: mode, nx_huge_pages_recovery_ratio: i })),
      );
      expect(system.parameters).toMatchObject({ nx_huge_pages: "force", nx_huge_pages_recovery_ratio: 4 });
    }));

  it("change together or not at all", () =>
    withVm({}, async (_vm, system) => {
      const change = { nx_huge_pages_recovery_ratio: 5, nx_huge_pages: "never" } as const;
      await expectRefused(system.setParameters(change), "EBUSY", /while there is no VM; destroy them first/);
      const bad = { nx_huge_pages: "force", nx_huge_pages_recovery_ratio: -5 } as const;
      await expectRefused(system.setParameters(bad), "EINVAL", /nx_huge_pages_recovery_ratio is -5/);
      expect(system.parameters).toMatchObject({ nx_huge_pages: "off", nx_huge_pages_recovery_ratio: 60 });
    }));

  const REFUSED: [SystemParameters | Record<string, unknown>, RegExp][] = [
    [{ nx_hugepages: "off" }, /no live parameter nx_hugepages; there are nx_huge_pages, nx_huge_pages_recovery_ratio,/],
    [{ pml: "off" }, /no live parameter pml/],
    [{ nx_huge_pages: "on" }, /nx_huge_pages is on; there are auto, off, force, never, true and false/],
    [{ nx_huge_pages: "toString" }, /nx_huge_pages is toString/],
    [{ nx_huge_pages_recovery_ratio: 2 ** 32 }, /recovery_ratio is 4294967296; .* from 0 to 4294967295/],
    [{ nx_huge_pages_recovery_period_ms: 0.5 }, /period_ms is 0.5/],
  ];

  it.each(REFUSED)("are refused by name: %o", (parameters, text) =>
    withSystem({}, (system) => expectRefused(system.setParameters(parameters as SystemParameters), "EINVAL", text)),
  );

  it("never is for good, and for all of them", async () => {
    await using system = await System.open({
      memory: 16 * MIB,
      nx_huge_pages: "never",
      nx_huge_pages_recovery_ratio: 3,
    });
    for (const change of [{ nx_huge_pages: "never" }, { nx_huge_pages_recovery_ratio: 4 }] as const)
      await expectRefused(system.setParameters(change), "EPERM", /only a new System/);
    expect(system.parameters).toMatchObject({ nx_huge_pages: "never", nx_huge_pages_recovery_ratio: 3 });
  });
});

describe("System.open", () => {
  it.each([
    [{ vcpus: 2 }, "EINVAL", /no option of System.open vcpus; there are .*cpus, build/],
    [{ mmio_caching: "maybe" }, "EINVAL", /mmio_caching is maybe/],
  ] as [object, KvmErrorCode, RegExp][])("refuses %o", async (options, code, text) => {
    await expectRefused(System.open(options as SystemOptions), code, text);
  });
});
