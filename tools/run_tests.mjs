/**
 * `npm test [-- vitest arguments]`: the short tests. Its last line is `N passed, N failed, N skipped`; the exit code is
 * 1 if any failed.
 */
import { closingLine } from "./lib/tally.mjs";
import { printVerdict, runVitest } from "./lib/vitest_run.mjs";

const result = await runVitest(process.argv.slice(2));
printVerdict(result);
process.stdout.write(`${closingLine(result.tally)}\n`, () => process.exit(result.tally.failed > 0 ? 1 : 0));
