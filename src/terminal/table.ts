/** A table of text: columns as wide as their widest cell, numbers to the right. */

/** The first row is the head. A cell that begins with a digit, or is a dash, stands at its column's right edge. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const nColumns = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: nColumns }, (_, i) => rows.map((row) => row[i] ?? ""));
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const isNumeric = columns.map((cells) => cells.slice(1).every((cell) => /^(\d|–|$)/.test(cell)));
  return rows
    .map((row) => {
      const cells = widths.map((width, i) =>
        isNumeric[i] ? (row[i] ?? "").padStart(width) : (row[i] ?? "").padEnd(width),
      );
      return cells.join("  ").trimEnd();
    })
    .join("\n");
}

/** Names and values, one pair a line. */
export function formatPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

/** A count with thousands separated, no decimals. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
