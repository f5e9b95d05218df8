/** The image of a vCPU's state, field by field: what vcpuSetState takes over, and what is nobody else's. */
import { describe, expect, it } from "vitest";
import * as abi from "../../src/abi/index.js";
import { Structs, X86 } from "../../src/abi/index.js";
import type { System, Vcpu } from "../../src/kvm/index.js";
import { withVm } from "./support.js";

type Name = keyof typeof X86;

/** Found anew from the rest, scratch of the instruction under way, or the vCPU's own. */
const OWN = [
  "zero lazyResult lazyAux flags pageLinear ripBase pageHost vcpu retired value0 value1 value2 value3 pointer codeMode cpl",
  "stepping ltlb walk rmw guestWalks code features cpuid maxPhyAddr deterministic random pauses fenceWord irqWindow retiredLimit",
  "fpuPad mxcsrPad fpuSpare sysSpare",
]
  .join(" ")
  .split(" ");
/** getMsrs and setMsrs carry them. */
const MSRS = [
  "star lstar cstar sfmask kernelGsBase tscAux sysenterCs sysenterEsp sysenterEip pat miscEnable featureControl smbase",
  "debugCtl xss tscOffset tscAdjust tscDeadline mtrr",
]
  .join(" ")
  .split(" ");
/** The XSAVE area carries it. */
const XSAVE = ["pkru"];
/** What setEvents must take. */
const EVENTS: Name[] = [
  ...(["excVector", "excHasError", "excError", "excKind", "excAddress", "delivering", "irqPending"] as const),
  ...(["nmiPending", "nmiMasked", "smiPending", "initPending", "sipiPending", "pendingDb", "smm", "inhibit"] as const),
  ...([
    "inhibitRip",
    "ioPort",
    "ioSize",
    "ioIn",
    "ioState",
    "ioCount",
    "ioDone",
    "deliverError",
    "deliverKind",
  ] as const),
  ...(["deliverAddress", "taskPending", "smmSwitch", "watchHits"] as const),
];

/** The greatest value that some of them may have. */
const GREATEST: Partial<Record<Name, number>> = {
  nmiMasked: 1,
  smiPending: 1,
  initPending: 1,
  smm: 1,
  excHasError: 1,
  inhibit: abi.INHIBIT_MOV_SS | abi.INHIBIT_STI,
  ioSize: 4,
  ioState: abi.IO_OUT,
  ioDone: 20,
  deliverKind: abi.EXC_KIND_NMI,
};
const LEGAL = EVENTS.map((name, i): [Name, number] => [name, Math.min(i + 1, GREATEST[name] ?? i + 1)]);

function call(system: System, vcpu: Vcpu, image?: Uint8Array, what = 0): Promise<Uint8Array> {
  const explain = (): string => "refused";
  if (image === undefined) return system.host.call(system.host, explain, "getState", vcpu.address);
  return system.host.call(system.host, explain, "setState", vcpu.address, image, what) as Promise<never>;
}

/** Any field, with whatever value it takes. */
function put(fields: Structs, name: Name, value: bigint | number): void {
  const field = X86[name];
  if (field.type === "u64") fields.set(0, field, BigInt(value));
  else fields.set(0, field, Number(value));
}

function isOneOf(name: string, prefixes: string[]): boolean {
  return prefixes.some(
    (prefix) =>
      name === prefix || (/^(ltlb|walk|rmw|code|cpuid|mtrr|fpuSpare|sysSpare)/.test(prefix) && name.startsWith(prefix)),
  );
}

describe("the image of a vCPU's state", () => {
  it("STATE_EVENTS takes over every field of events", () =>
    withVm({}, async (vm, system) => {
      const vcpu = await vm.createVcpu(0);
      const image = await call(system, vcpu);
      const fields = new Structs(new DataView(image.buffer));
      for (const [name, value] of LEGAL) put(fields, name, value);
      image.fill(0x5a, abi.X86_SCRATCH, abi.X86_SCRATCH + abi.X86_SCRATCH_BYTES);
      await call(system, vcpu, image, abi.STATE_EVENTS);
      const back = await call(system, vcpu);
      const read = new Structs(new DataView(back.buffer));
      expect(EVENTS.map((name) => [name, Number(read.get(0, X86[name]))])).toEqual(LEGAL);
      expect(back.slice(abi.X86_SCRATCH)).toEqual(image.slice(abi.X86_SCRATCH));
    }));

  it("every field is somebody's: of a part, of MSRs, or the vCPU's own", () =>
    withVm({}, async (vm, system) => {
      const vcpu = await vm.createVcpu(0);
      const empty = await call(system, vcpu);
      const image = empty.slice();
      const fields = new Structs(new DataView(image.buffer));
      const names = Object.keys(X86) as Name[];
      // A valid state in which every field differs from a reset one's.
      const special: Partial<Record<Name, bigint | number>> = {
        cr0: 0x11n,
        cr4: 0x20n,
        xcr0: 3n,
        mpState: 2,
        rflags: 0x8d7n,
        efer: 1n,
        dr6: 0xffff0ff1n,
        dr7: 0x401n,
        excVector: 13,
        apicBase: 0xfee00900n ^ 0x800n,
      };
      for (const name of names) {
        const now = fields.get(0, X86[name]);
        put(fields, name, special[name] ?? (typeof now === "bigint" ? now + 1n : (now + 1) & 7));
      }
      const wanted = image.slice();
      await call(system, vcpu, image, abi.STATE_ALL);
      const back = new Structs(new DataView((await call(system, vcpu)).buffer));
      const before = new Structs(new DataView(wanted.buffer));
      const lost = names.filter((name) => back.get(0, X86[name]) !== before.get(0, X86[name]));
      expect(lost.filter((name) => !isOneOf(name, [...OWN, ...MSRS, ...XSAVE]))).toEqual([]);
      for (const name of EVENTS) expect(lost).not.toContain(name);
    }));
});
