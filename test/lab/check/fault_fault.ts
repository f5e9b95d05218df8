/** Two vCPUs touch one page that nobody has touched: both fault, one installs, the other finds its work done. */
import {
  BACKING_ANON,
  KVM_EXIT_HLT,
  PARAM_AD,
  PARAM_MMIO_CACHING,
  PARAM_TDP_MMU,
  PROG_HALT,
  PROG_OP_BYTES,
  PROG_WRITE,
  PROT_READ,
  PROT_WRITE,
  ProgOp,
  TDP_EPT,
  Vcpu,
} from "../../../src/abi/index.js";
import type { Rig, Run, Scenario } from "../../../src/lab/check/index.js";

const SIZE = 1n << 21n;
const GPA = 0x10000n;

function setup(rig: Rig): Run {
  const { x, memory } = rig;
  const mm = x.mmCreate() >>> 0;
  const vm = x.vmCreate(mm, TDP_EPT, PARAM_TDP_MMU | PARAM_MMIO_CACHING | PARAM_AD) >>> 0;
  const hva = x.mmMap(mm, 0n, SIZE, BACKING_ANON, PROT_READ | PROT_WRITE, 0, 0, 0n);
  if (hva < 0n) throw new Error(`mmMap: ${hva}`);
  const r = x.memslotSet(vm, 0, 0, 0n, SIZE, hva);
  if (r !== 0) throw new Error(`memslotSet: ${r}`);
  const vcpus = [0, 1].map((id) => {
    const vcpu = x.vcpuCreate(vm, id) >>> 0;
    const base = x.vcpuProgramAlloc(vcpu, 2) >>> 0;
    memory.set(base, ProgOp.op, PROG_WRITE);
    memory.set(base, ProgOp.sizeLog2, 3);
    memory.set(base, ProgOp.count, 1);
    memory.set(base, ProgOp.gpa, GPA + BigInt(id * 8));
    memory.set(base, ProgOp.stride, 8);
    memory.set(base + PROG_OP_BYTES, ProgOp.op, PROG_HALT);
    return vcpu;
  });
  return {
    fibers: vcpus.map((vcpu, i) => ({
      name: `vCPU ${i}`,
      steps: [
        {
          label: `writes gfn 0x${(GPA >> 12n).toString(16)}`,
          call: "vcpuRun",
          args: [vcpu],
          judge: (result) => {
            if (result !== 0) throw new Error(`vcpuRun: ${result}`);
            if (memory.get(vcpu, Vcpu.exitReason) !== KVM_EXIT_HLT) throw new Error("did not halt");
          },
        },
      ],
    })),
    check: () => {
      const broken = x.mmuInvariants(vm);
      if (broken !== 0) throw new Error(`MMU invariant ${broken}`);
    },
  };
}

export const faultFault: Scenario = {
  name: "fault-fault",
  title: "two vCPUs fault on the same gfn",
  cpus: 2,
  setup,
};
