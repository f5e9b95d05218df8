/**
 * What a benchmark run reports: one JSON object for scripts, or a table for people. The JSON's shape and the ids are an
 * interface; new ids may be added, none may change its meaning.
 *
 * A ratio is our median over the reference's median of the same run (2 = twice as slow as the reference), except `1t`
 * and `lockfree2t`, which are speed-ups: see docs/decisions.
 */

import { cpus } from "node:os";
import { median, spread } from "./statistics.js";

/** One reported figure. */
export interface BenchResult {
  /** Stable name, for example `mmu.fault4k.populated.seq.1t`. */
  readonly id: string;
  /** Median over the runs, in `unit`. */
  readonly median: number;
  readonly unit: string;
  /** How many runs the median is taken over. */
  readonly runs: number;
  /** Our median against references of the same run, by the reference's name. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** Everything one run of the benchmark says in JSON. */
export interface BenchReport {
  /** Version of Node, without the leading v. */
  readonly node: string;
  /** The processor's model name, as the operating system tells it. */
  readonly cpu: string;
  readonly results: readonly BenchResult[];
}

/** What the table says besides: sentences about what was skipped, and why figures may not be comparable. */
export interface BenchNotes {
  readonly notes: readonly string[];
  /** Relative spread of the samples behind each id. */
  readonly spreads: ReadonlyMap<string, number>;
}

/** Collects samples by id over the runs; turns them into results at the end. */
export class Samples {
  readonly #samples = new Map<string, number[]>();

  add(id: string, value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`${id}: sample ${value} is not a number`);
    const list = this.#samples.get(id);
    if (list) list.push(value);
    else this.#samples.set(id, [value]);
  }

  has(id: string): boolean {
    return this.#samples.has(id);
  }

  ids(): string[] {
    return [...this.#samples.keys()];
  }

  median(id: string): number {
    return median(this.#samples.get(id) ?? []);
  }

  runs(id: string): number {
    return this.#samples.get(id)?.length ?? 0;
  }

  spread(id: string): number {
    return spread(this.#samples.get(id) ?? []);
  }

  /** Median of `id` over the median of `reference`; undefined when the reference was not measured. */
  ratio(id: string, reference: string): number | undefined {
    if (!this.has(id) || !this.has(reference)) return undefined;
    return this.median(id) / this.median(reference);
  }

  /** The result of `id`, its ratios rounded to four significant digits; undefined ratios are left out. */
  result(id: string, unit: string, ratios: Readonly<Record<string, number | undefined>>): BenchResult {
    const known: Record<string, number> = {};
    for (const [name, value] of Object.entries(ratios)) if (value !== undefined) known[name] = round(value);
    return { id, median: round(this.median(id)), unit, runs: this.runs(id), ratios: known };
  }
}

/** Four significant digits: more would pretend. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** The report of `results` on this machine. */
export function makeReport(results: readonly BenchResult[]): BenchReport {
  const cpu = cpus()[0]?.model.trim() ?? "";
  return { node: process.versions.node, cpu: cpu === "" ? "unknown" : cpu, results };
}

/** The JSON line scripts read. */
export function reportToJson(report: BenchReport): string {
  return JSON.stringify(report);
}

function formatNumber(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return value >= 1000 ? Math.round(value).toLocaleString("en") : String(round(value));
}

function formatRow(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => {
    const width = widths[column] as number;
    return column === 1 || column === 3 || column === 4 ? cell.padStart(width) : cell.padEnd(width);
  });
  return padded.join("  ").trimEnd();
}

/** The table people read, ending with the notes. */
export function reportToTable(report: BenchReport, notes: BenchNotes): string {
  const header = ["id", "median", "unit", "±", "runs", "ratios"];
  const rows = report.results.map((result) => {
    const relative = notes.spreads.get(result.id);
    const ratios = Object.entries(result.ratios).map(([name, value]) => `${name} ${formatNumber(value)}`);
    return [
      result.id,
      formatNumber(result.median),
      result.unit,
      relative === undefined ? "" : `${Math.round(relative * 100)} %`,
      String(result.runs),
      ratios.join(", "),
    ];
  });
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] as string).length)),
  );
  const lines = [`Node ${report.node}, ${report.cpu}`, "", formatRow(header, widths)];
  for (const row of rows) lines.push(formatRow(row, widths));
  if (notes.notes.length > 0) lines.push("", ...notes.notes.map((note) => `* ${note}`));
  return lines.join("\n");
}
