/** The table of mutants: as text for a terminal, as a page for docs/results, as JSON. */
import { cpus } from "node:os";
import type { Campaign } from "./campaign.js";
import type { Detection } from "./detect.js";
import { type Manifest, originOf } from "./manifest.js";
import { SURVIVORS, type Survivor } from "./survivors.js";

/** What became of one mutant. */
type Verdict = "found" | Survivor["why"] | "unreached" | "unexplained";

export interface Totals {
  readonly mutants: number;
  readonly found: number;
  /** Survivors that do what core does, or differ only where the model is simpler. */
  readonly equivalent: number;
  readonly gaps: number;
  /** Survivors whose place no scenario passed: whether they would be found is not known. */
  readonly unreached: number;
  readonly unexplained: number;
}

function verdictOf({ finding, mutant, isReached }: Detection): Verdict {
  if (finding !== null) return "found";
  return SURVIVORS[mutant.id]?.why ?? (isReached ? "unexplained" : "unreached");
}

export function totalsOf(detections: readonly Detection[]): Totals {
  const count = (...verdicts: Verdict[]): number =>
    detections.filter((detection) => verdicts.includes(verdictOf(detection))).length;
  return {
    mutants: detections.length,
    found: count("found"),
    equivalent: count("equivalent", "model"),
    gaps: count("gap"),
    unreached: count("unreached"),
    unexplained: count("unexplained"),
  };
}

/** Explanations that explain nothing: of mutants that do not exist, or were found. */
export function staleSurvivors(manifest: Manifest, detections: readonly Detection[]): string[] {
  const ids = new Set(manifest.mutants.map(({ id }) => id));
  const found = new Set(detections.filter(({ finding }) => finding !== null).map(({ mutant }) => mutant.id));
  return Object.keys(SURVIVORS).flatMap((id) => {
    if (!ids.has(id)) return [`${id}: no such mutant`];
    return found.has(id) ? [`${id}: was found`] : [];
  });
}

/** Vitest has no schedule to show. */
function foundByScenario({ by, property }: NonNullable<Detection["finding"]>): boolean {
  return by !== property;
}

function foundBy(detection: Detection): string {
  const { finding, mutant, tried, isReached } = detection;
  if (finding !== null) return foundByScenario(finding) ? `${finding.by}: ${finding.property}` : finding.by;
  const survivor = SURVIVORS[mutant.id];
  if (survivor !== undefined) return `survives (${survivor.why}: ${survivor.reason})`;
  return isReached ? `SURVIVES ${tried.join(", ")}` : "not reached by any scenario";
}

function row(detection: Detection): string[] {
  const { mutant, finding, executions, seconds } = detection;
  const schedule = finding === null || !foundByScenario(finding) ? "" : String(finding.scheduleLength);
  return [mutant.id, mutant.description, foundBy(detection), String(executions), schedule, seconds.toFixed(1)];
}

const HEAD = ["mutant", "what it changes", "found by", "executions", "switches", "s"];

function sentences(totals: Totals): string {
  const { mutants, found, equivalent, gaps, unreached, unexplained } = totals;
  const share = mutants === 0 ? "" : ` (${((100 * found) / mutants).toFixed(1)} %)`;
  const reachable = mutants - equivalent;
  const ofReal =
    reachable === 0 ? "" : ` ${((100 * found) / reachable).toFixed(1)} % of those that change what core may do;`;
  return `${mutants} mutants: ${found} found${share};${ofReal} survivors: ${equivalent} equivalent, ${gaps} gaps, ${unreached} not reached by any scenario, ${unexplained} unexplained.`;
}

/** By origin: their goals differ. */
function parts(detections: readonly Detection[]): [string, readonly Detection[]][] {
  const of = (origin: string): Detection[] => detections.filter(({ mutant }) => originOf(mutant) === origin);
  const all: [string, readonly Detection[]][] = [
    ["Historical", of("historical")],
    ["Duties", of("duties")],
    ["Mechanical", of("mechanical")],
  ];
  return all.filter(([, some]) => some.length > 0);
}

/** The report for a terminal. */
export function reportText(manifest: Manifest, campaign: Campaign): string {
  const lines: string[] = [];
  for (const [title, some] of parts(campaign.detections)) {
    lines.push(...columns([HEAD, ...some.map(row)]), "", `${title}: ${sentences(totalsOf(some))}`, "");
  }
  for (const stale of staleSurvivors(manifest, campaign.detections))
    lines.push(`survivors.ts is out of date: ${stale}`);
  lines.push(controlSentence(campaign));
  return lines.join("\n");
}

function controlSentence({ controls, isPartial }: Campaign): string {
  const executions = controls.reduce((sum, control) => sum + control.executions, 0);
  const failed = controls.flatMap(({ scenario, failure }) => (failure === null ? [] : [`${scenario} (${failure})`]));
  const outcome = failed.length === 0 ? "no failure" : `FAILURES: ${failed.join("; ")}`;
  const note = isPartial
    ? "Interrupted: the table is not complete, and core as it is was not run for as long as the mutants. "
    : "";
  return `${note}Core as it is: ${controls.length} scenarios, ${executions.toLocaleString("en")} executions, ${outcome}.`;
}

/** The widest a description may be on a terminal. */
const MAX_CELL = 70;

function columns(rows: readonly (readonly string[])[]): string[] {
  const short = rows.map((cells) =>
    cells.map((cell) => (cell.length > MAX_CELL ? `${cell.slice(0, MAX_CELL - 1)}…` : cell)),
  );
  const widths = HEAD.map((_, i) => Math.max(...short.map((cells) => (cells[i] ?? "").length)));
  return short.map((cells) =>
    cells
      .map((cell, i) => (i >= 3 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** The page docs/results/lab-mutants.md. `date`: ISO, the day. `limits`: what each mutant was given, in words. */
export function reportPage(manifest: Manifest, campaign: Campaign, date: string, limits: string): string {
  const cpu = cpus()[0]?.model.trim() ?? "unknown";
  const lines = [
    "# Mutants",
    "",
    `Written by \`npx tadpole lab mutants --save\`: ${date}, Node ${process.versions.node}, ${cpu}.`,
    "",
    "A mutant is core with one mistake in it. It counts as found when a scenario of the model checker, one of core's own",
    "deterministic tests (`tests`), or the property suite (`suite`) fails with it. `switches` is the length of the shortest",
    "schedule that shows it.",
    "",
    controlSentence(campaign),
    "",
    `Limits: ${limits}.`,
  ];
  for (const [title, some] of parts(campaign.detections)) {
    lines.push("", `## ${title}`, "", sentences(totalsOf(some)), "", ...markdown([HEAD, ...some.map(row)]));
  }
  lines.push("", "## Historical bugs without a mutant", "");
  const rest = [...manifest.notExpressed].map(([number, reason]) => [String(number), reason]);
  lines.push(...markdown([["number", "why"], ...rest]));
  const controls = campaign.controls.map(({ scenario, executions, boundCompleted, seconds }) =>
    [scenario, executions, boundCompleted, seconds.toFixed(1)].map(String),
  );
  lines.push("", "## Core as it is", "");
  lines.push(...markdown([["scenario", "executions", "preemptions searched", "s"], ...controls]), "");
  return lines.join("\n");
}

function markdown(rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const [head = [], ...rest] = rows;
  return [line(head), line(head.map(() => "---")), ...rest.map(line)];
}

/** One JSON object. */
export function reportJson(manifest: Manifest, campaign: Campaign): string {
  const { detections, controls, isPartial } = campaign;
  return JSON.stringify({
    node: process.versions.node,
    totals: Object.fromEntries(parts(detections).map(([title, some]) => [title.toLowerCase(), totalsOf(some)])),
    isPartial,
    mutants: detections.map(({ mutant, finding, isReached, executions, seconds, tried }) => ({
      id: mutant.id,
      description: mutant.description,
      finding,
      isReached,
      survivor: finding === null ? (SURVIVORS[mutant.id] ?? null) : null,
      tried,
      executions,
      seconds,
    })),
    notExpressed: Object.fromEntries(manifest.notExpressed),
    controls,
  });
}
