/**
 * No row of the decode table is bare: each operand size and form of it (and rounding mode, where it obeys one) has its
 * recorded vectors, or the row names the test that proves it, or says why neither can be.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../tools/lib/files.mjs";
import { casesOf, isCoveredByVectors, loadRows, type Row, VECTORS_PER_CASE } from "../../tools/vectors/cases.mjs";
import { VECTOR_DIR } from "../../tools/vectors/inputs.mjs";
import { recordedOf } from "./vector_runner.js";

const MAX_BYTES = 16 << 20;

const groups = await loadRows();

/** What is wrong with how the row says it is covered. */
function problemWith(row: Row): string[] {
  const { op, name, cover = "" } = row;
  const [, kind, text = ""] = /^(guest|reason):\s*(.*)$/.exec(cover) ?? [];
  const what = `${op} ${name}: cover "${cover}"`;
  if (kind === undefined) return [`${what} is neither vectors, guest: nor reason:`];
  if (text === "") return [`${what} says nothing`];
  return kind === "guest" && !existsSync(join(ROOT, text)) ? [`${what}: there is no such test`] : [];
}

describe("coverage of the decode table", () => {
  test("the table has rows", () => {
    expect(groups.size).toBeGreaterThan(0);
    expect(VECTORS_PER_CASE).toBeGreaterThanOrEqual(100);
  });

  test.each([...groups.keys()])("%s", (group) => {
    const rows = groups.get(group) ?? [];
    const recorded = recordedOf(group);
    const cases = rows.filter(isCoveredByVectors).flatMap(casesOf);
    const keys = cases.map(({ key }) => key);
    const bare = keys.filter((key) => !recorded.has(key)).map((key) => `${key}: bare; npm run vectors:record`);
    const stale = [...recorded.keys()].filter((key) => !keys.includes(key)).map((key) => `${key}: of no row any more`);
    const twice = keys.filter((key, i) => keys.indexOf(key) !== i).map((key) => `${key}: the key of two cases`);
    const others = rows.filter((row) => !isCoveredByVectors(row)).flatMap(problemWith);
    expect([...bare, ...stale, ...twice, ...others]).toEqual([]);
  });

  test("recorded results stay within 16 MiB, and each belongs to a group", () => {
    const files = readdirSync(join(ROOT, VECTOR_DIR));
    expect(files.filter((file) => !groups.has(file.replace(/\.vec$/, "")))).toEqual([]);
    const bytes = files.reduce((sum, file) => sum + statSync(join(ROOT, VECTOR_DIR, file)).size, 0);
    expect(bytes).toBeLessThan(MAX_BYTES);
  });
});
