import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { formatSize, parseSize } from "../../src/cli/sizes.js";
import { startProgress } from "../../src/terminal/progress.js";
import { formatCount, formatTable } from "../../src/terminal/table.js";

describe("sizes", () => {
  it.each([
    ["4096", 4096],
    ["512M", 512 * 2 ** 20],
    ["1.5g", 1.5 * 2 ** 30],
    ["2 GiB", 2 ** 31],
    ["64kb", 65536],
  ])("reads %s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(["", "M", "-1", "0", "1.3", "12X", "1e9", "0x10", "9999999999T"])("refuses %j", (text) => {
    expect(() => parseSize(text)).toThrow("is no size");
  });

  it("prints with the greatest unit", () => {
    expect([0, 1023, 1024, 1.5 * 2 ** 20, 2 ** 32].map(formatSize)).toEqual([
      "0 B",
      "1023 B",
      "1 KiB",
      "1.5 MiB",
      "4 GiB",
    ]);
  });
});

describe("tables", () => {
  it("align numbers to the right and words to the left", () => {
    const rows = [
      ["vCPU", "faults", "kind"],
      ["0", "1,024", "a"],
      ["10", "–", "bcd"],
    ];
    expect(formatTable(rows)).toBe(["vCPU  faults  kind", "   0   1,024  a", "  10       –  bcd"].join("\n"));
    expect(formatCount(1234567.8)).toBe("1,234,568");
  });
});

describe("progress without a terminal", () => {
  it("writes a line every two seconds and nothing for what is quick", () => {
    const stream = new PassThrough();
    let time = 0;
    const progress = startProgress("faulting", 200, stream as unknown as NodeJS.WriteStream, () => time);
    for (time = 0; time <= 4_500; time += 500) progress.update(time / 25, "5 faults/s");
    progress.stop();
    expect(String(stream.read())).toBe("faulting: 40 %, 5 faults/s\nfaulting: 80 %, 5 faults/s\n");
  });
});
