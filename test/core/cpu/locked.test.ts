/** LOCKed instructions of two vCPUs on two threads: none is lost, aligned or split over lines and pages. */
import { describe, expect, test } from "vitest";
import { runThreads } from "../harness.js";
import { CodeRig } from "./code_rig.js";

const ROUNDS = 3000;
const u32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

describe.each([
  ["aligned", 0x4000],
  ["split over lines", 0x403e],
  ["split over pages", 0x4ffd],
])("a locked counter, %s", (_, at) => {
  test("counts every turn of both", async () => {
    const rig = await CodeRig.open({ build: "test-release", vcpus: 2 });
    // mov ecx, n; 1: lock inc dword [at]; lock add dword [at], 2; dec ecx; jnz 1b; hlt
    const body = [...[0xf0, 0xff, 0x04, 0x25, ...u32(at)], ...[0xf0, 0x83, 0x04, 0x25, ...u32(at), 2], ...[0xff, 0xc9]];
    const code = [0xb9, ...u32(ROUNDS), ...body, 0x75, 0x100 - (body.length + 2), 0xf4];
    rig.write(0x1000, code);
    rig.set("rsp", 0xa000, 1);
    const jobs = rig.vcpus.map((vcpu, i) => ({ cpu: i + 1, fn: "vcpuRun", args: [vcpu] }));
    expect(await runThreads(rig.vm.core, jobs, 50_000)).toEqual([0, 0]);
    const bytes = rig.read(at, 4);
    expect(new DataView(bytes.buffer).getUint32(0, true)).toBe(2 * 3 * ROUNDS);
    rig.close();
  });
});
