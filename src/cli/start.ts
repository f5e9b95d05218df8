/**
 * `tadpole start`: the demand-paging run with its progress, the pre-copy of a running guest, a guest larger than its host;
 * tables, or one JSON object.
 */
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { startProgress } from "../terminal/progress.js";
import { formatCount, formatPairs, formatTable } from "../terminal/table.js";
import {
  checkOptions,
  DEFAULT_VCPUS,
  type DemandPagingOptions,
  type DemandPagingReport,
  type FaultReport,
  pagesToTouch,
  runDemandPaging,
} from "./demand_paging.js";
import { type OvercommitReport, runOvercommit } from "./overcommit.js";
import { type PreCopyReport, type PreCopyRound, runPreCopy } from "./pre_copy.js";
import { formatSize, parseSize } from "./sizes.js";

/** Adds the command to `program`. */
export function addStart(program: Command): void {
  program
    .command("start")
    .description("what page faults cost on all vCPU threads; then a running guest copied, and one larger than its host")
    .option("--memory <size>", "guest memory, all vCPUs together", parseSize, 512 * 2 ** 20)
    .option("--vcpus <number>", "virtual CPUs, one thread each", parseCount, DEFAULT_VCPUS)
    .addOption(new Option("--page-size <size>", "frames of the host").choices(["4k", "2m"]).default("4k"))
    .addOption(
      new Option("--tdp <format>", "second-dimension tables: Intel's or AMD's").choices(["ept", "npt"]).default("ept"),
    )
    .option("--json", "print one JSON object instead of the table", false)
    .action(start);
}

function parseCount(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError(`"${text}" is no number above 0.`);
  return Number(text);
}

async function start({ json, ...given }: DemandPagingOptions & { json: boolean }): Promise<void> {
  const options = checkOptions(given);
  const progress = startProgress("faulting in", pagesToTouch(options));
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once("SIGINT", stop);
  try {
    const onProgress = (mapped: number, rate: number): void => progress.update(mapped, `${formatCount(rate)} pages/s`);
    const report = await runDemandPaging(options, onProgress, interrupt.signal);
    progress.stop();
    const print = (text: string): void => void (json || process.stdout.write(`${text}\n`));
    print(`${renderReport(report)}\n`);
    const preCopy = await runPreCopy(options, interrupt.signal);
    print(`${renderPreCopy(preCopy)}\n`);
    const overcommit = await runOvercommit(options, interrupt.signal);
    print(renderOvercommit(overcommit));
    if (json) process.stdout.write(`${JSON.stringify({ ...report, preCopy, overcommit })}\n`);
    if (!preCopy.equal || overcommit.mismatches > 0) process.exitCode = 1;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    progress.stop();
    process.off("SIGINT", stop);
  }
}

/** The report for people. */
export function renderReport(report: DemandPagingReport): string {
  const { vcpus, memory, tdp, pages, tables } = report;
  const rows = report.perVcpu.map((one, i) => faultRow(String(i), one));
  const percent = (100 * report.lockWaitShare).toFixed(2);
  return [
    `Demand paging: ${vcpus} vCPU${vcpus === 1 ? "" : "s"}, ${formatSize(memory)} of guest memory, ${tdp.toUpperCase()}, Node ${report.node}`,
    "",
    formatTable([
      ["vCPU", "faults", "faults/s", "retries", "p50 ns", "p99 ns", "max ns"],
      ...rows,
      faultRow("all", report.overall),
    ]),
    "",
    formatPairs([
      ["time", `${report.seconds.toFixed(3)} s`],
      [
        "pages",
        `${formatCount(pages["4k"])} of 4 KiB, ${formatCount(pages["2m"])} of 2 MiB, ${formatCount(pages["1g"])} of 1 GiB`,
      ],
      ["page tables", `${formatCount(tables.count)}, ${formatSize(tables.bytes)}`],
      ["waiting for mmu_lock", `${percent} % of the vCPUs' time`],
    ]),
  ].join("\n");
}

function faultRow(name: string, { faults, faultsPerSecond, retries, latency }: FaultReport): string[] {
  return [name, ...[faults, faultsPerSecond, retries, latency.p50, latency.p99, latency.max].map(formatCount)];
}

/** The second report for people. */
export function renderPreCopy({ memory, rounds, paused, equal }: PreCopyReport): string {
  return [
    `Pre-copy: the memory of a guest that keeps writing, ${formatSize(memory)}, copied by its dirty log`,
    "",
    formatTable([
      ["round", "pages", "KiB", "ms"],
      ...rounds.map((round, i) => roundRow(String(i + 1), round)),
      roundRow("paused", paused),
    ]),
    "",
    equal ? "The copy is the guest's memory." : "THE COPY DIFFERS FROM THE GUEST'S MEMORY.",
  ].join("\n");
}

function roundRow(name: string, { pages, bytes, seconds }: PreCopyRound): string[] {
  return [name, formatCount(pages), formatCount(bytes / 1024), (seconds * 1000).toFixed(1)];
}

/** The third report for people. */
export function renderOvercommit({ guest, host, pageOuts, pageIns, mismatches, seconds }: OvercommitReport): string {
  return [
    `Overcommit: a guest of ${formatSize(guest)} in a host of ${formatSize(host)}, the rest in a file`,
    "",
    formatPairs([
      ["pages out, and back", `${formatCount(pageOuts)}, ${formatCount(pageIns)}`],
      ["time", `${seconds.toFixed(3)} s`],
    ]),
    "",
    mismatches === 0
      ? "Every page is as the guest wrote it."
      : `${formatCount(mismatches)} PAGES ARE NOT AS THE GUEST WROTE THEM.`,
  ].join("\n");
}
