/** Counts of a run, and the line that ends every run. */

/** @typedef {{passed: number, failed: number, skipped: number}} Tally */

/**
 * The closing line; scripts read it.
 * @param {Tally} tally
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * The counts of the last closing line in `output`, or null where there is none.
 * @param {string} output
 * @returns {Tally | null}
 */
export function readClosingLine(output) {
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  const match = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(last.trim());
  return match === null ? null : { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3]) };
}

/**
 * @param {Tally} a
 * @param {Tally} b
 * @returns {Tally}
 */
export function addTallies(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}
