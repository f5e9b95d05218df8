import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkOptions, type DemandPagingReport, runDemandPaging } from "../../src/cli/demand_paging.js";
import { type OvercommitReport, runOvercommit } from "../../src/cli/overcommit.js";
import { type PreCopyReport, runPreCopy } from "../../src/cli/pre_copy.js";
import { renderOvercommit, renderPreCopy, renderReport } from "../../src/cli/start.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const MIB = 2 ** 20;

function tadpole(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe("tadpole start", () => {
  it("faults every page in once and prints one JSON object, and nothing else, on stdout", () => {
    const { stdout, stderr, status } = tadpole("start", "--memory", "16M", "--vcpus", "2", "--json");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const report = JSON.parse(stdout) as DemandPagingReport & {
      preCopy: PreCopyReport;
      overcommit: OvercommitReport;
    };
    expect(report.pages).toEqual({ "4k": 4096, "2m": 0, "1g": 0 });
    expect(report.perVcpu.map(({ faults, retries }) => faults - retries)).toEqual([2048, 2048]);
    expect(report.overall.latency.p50).toBeGreaterThan(0);
    expect(report.overall.latency.p99).toBeLessThanOrEqual(
      Math.max(report.overall.latency.max, report.overall.latency.p50) * 1.0625,
    );
    // 16 MiB at 4 KiB: 8 tables of level 1 and one each of levels 2, 3 and 4
    expect(report.tables).toEqual({ count: 11, bytes: 11 * 4096 });
    expect(report.preCopy.rounds[0]).toMatchObject({ pages: 16384, bytes: 64 * MIB });
    expect(report.preCopy.equal).toBe(true);
    expect(report.overcommit).toMatchObject({ guest: 32 * MIB, host: 16 * MIB, mismatches: 0 });
  });

  it("prints a table with a row for each vCPU and one for all", () => {
    const { stdout, status } = tadpole("start", "--memory", "8M", "--vcpus", "1", "--tdp", "npt");
    expect(status).toBe(0);
    const rows = stdout.split("\n").map((line) => line.trim().split(/\s{2,}/));
    expect(rows.find(([name]) => name === "vCPU")).toEqual([
      "vCPU",
      "faults",
      "faults/s",
      "retries",
      "p50 ns",
      "p99 ns",
      "max ns",
    ]);
    expect(rows.find(([name]) => name === "all")?.[1]).toBe("2,048");
    expect(stdout).toContain("2,048 of 4 KiB, 0 of 2 MiB, 0 of 1 GiB");
    expect(rows.find(([name]) => name === "1")?.slice(1, 3)).toEqual(["16,384", "65,536"]);
    expect(rows.some(([name]) => name === "paused")).toBe(true);
    expect(stdout).toContain("The copy is the guest's memory.");
    expect(stdout).toContain("Every page is as the guest wrote it.");
  });

  it("takes 2 MiB pages where the host has them", () => {
    const { stdout } = tadpole("start", "--memory", "16M", "--vcpus", "2", "--page-size", "2m", "--json");
    expect((JSON.parse(stdout) as DemandPagingReport).pages).toEqual({ "4k": 0, "2m": 8, "1g": 0 });
  });

  it.each([
    [["start", "--memory", "8G"], "this workload does not swap"],
    [["start", "--memory", "1M"], "each of"],
    [["start", "--memory", "lots"], "is no size"],
    [["start", "--vcpus", "0"], "is no number above 0"],
    [["start", "--vcpus", "257"], "1 to 256"],
    [["start", "--tdp", "off"], "Allowed choices are ept, npt"],
    [["begin"], "unknown command"],
  ])("refuses %j with a sentence on stderr", (args, sentence) => {
    const { stdout, stderr, status } = tadpole(...args);
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it("has --version and --help", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(tadpole("--version").stdout).toBe(`${version}\n`);
    expect(tadpole("--help").stdout).toContain("start");
  });
});

describe("the demand-paging run", () => {
  it("rounds the memory so that every vCPU has whole 2 MiB", () => {
    const options = { memory: 13 * MIB, vcpus: 3, pageSize: "4k", tdp: "ept" } as const;
    expect(checkOptions(options).memory).toBe(12 * MIB);
  });

  it("ends when its signal is aborted", async () => {
    const options = checkOptions({ memory: 256 * MIB, vcpus: 1, pageSize: "4k", tdp: "ept" });
    await expect(runDemandPaging(options, () => {}, AbortSignal.abort())).rejects.toThrow("interrupted");
  });

  it("renders rates and shares", () => {
    const one = { faults: 10, faultsPerSecond: 1234.5, retries: 1, latency: { p50: 1, p99: 2, max: 3 } };
    const text = renderReport({
      memory: 4 * MIB,
      vcpus: 1,
      pageSize: "4k",
      tdp: "npt",
      node: "v0",
      seconds: 0.5,
      perVcpu: [one],
      overall: one,
      pages: { "4k": 9, "2m": 0, "1g": 0 },
      lockWaitShare: 0.25,
      tables: { count: 2, bytes: 8192 },
    });
    expect(text).toContain("1 vCPU, 4 MiB of guest memory, NPT, Node v0");
    expect(text).toContain("1,235");
    expect(text).toMatch(/waiting for mmu_lock +25\.00 % /);
    expect(text).toMatch(/page tables +2, 8 KiB/);
  });
});

describe("the pre-copy", () => {
  it.each(["ept", "npt"] as const)(
    "copies a running guest with %s: all of it once, then only what changed",
    async (tdp) => {
      const { memory, rounds, paused, equal } = await runPreCopy({ tdp });
      expect({ memory, equal }).toEqual({ memory: 64 * MIB, equal: true });
      expect(rounds[0]?.pages).toBe(memory / 4096);
      expect(rounds.length).toBeGreaterThan(1);
      for (const { pages } of [...rounds.slice(1), paused]) expect(pages).toBeLessThanOrEqual(512);
    },
  );

  it("ends when its signal is aborted", async () => {
    await expect(runPreCopy({ tdp: "ept" }, AbortSignal.abort())).rejects.toThrow("interrupted");
  });

  it("renders its rounds, and whether the copy is right", () => {
    const round = { pages: 16384, bytes: 64 * MIB, seconds: 0.1234 };
    const report = { memory: 64 * MIB, rounds: [round], paused: { ...round, pages: 7 }, equal: true };
    expect(renderPreCopy(report)).toMatch(/^1 +16,384 +65,536 +123\.4\npaused +7 /m);
    expect(renderPreCopy({ ...report, equal: false })).toContain("DIFFERS");
  });
});

describe("the overcommit", () => {
  it("pages out what does not fit, and back what is used", async () => {
    const { guest, host, pageOuts, pageIns, mismatches } = await runOvercommit({ tdp: "ept" });
    expect({ guest, host, mismatches }).toEqual({ guest: 32 * MIB, host: 16 * MIB, mismatches: 0 });
    // At least what does not fit; and all of that was read again.
    for (const pages of [pageOuts, pageIns]) expect(pages).toBeGreaterThan((guest - host) / 4096);
  });

  it("ends when its signal is aborted", async () => {
    await expect(runOvercommit({ tdp: "ept" }, AbortSignal.abort())).rejects.toThrow("interrupted");
  });

  it("renders what moved, and whether all came back", () => {
    const report = { guest: 32 * MIB, host: 16 * MIB, pageOuts: 5000, pageIns: 6000, mismatches: 0, seconds: 1.5 };
    expect(renderOvercommit(report)).toMatch(/^pages out, and back +5,000, 6,000\ntime +1\.500 s$/m);
    expect(renderOvercommit({ ...report, mismatches: 3 })).toContain("3 PAGES ARE NOT");
  });
});
