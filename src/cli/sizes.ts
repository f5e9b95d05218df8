/** Sizes as people write them: 512M, 2GiB, 4096. */
import { InvalidArgumentError } from "commander";

const UNITS = new Map([
  ["", 1],
  ["K", 2 ** 10],
  ["M", 2 ** 20],
  ["G", 2 ** 30],
  ["T", 2 ** 40],
]);

/** Bytes of `text`: a number with an optional K, M, G or T (powers of 1024; "iB" or "B" may follow). Throws commander's error for anything else. */
export function parseSize(text: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim()) ?? [];
  const bytes = Number(digits) * (UNITS.get(unit.toUpperCase()) ?? Number.NaN);
  if (digits === "" || !Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new InvalidArgumentError(`"${text}" is no size; write for example 512M or 2G.`);
  }
  return bytes;
}

/** `bytes` with the greatest unit that leaves at least 1, to two decimals at most. */
export function formatSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 4);
  const unit = ["B", "KiB", "MiB", "GiB", "TiB"][power] ?? "B";
  return `${Number((bytes / 2 ** (10 * power)).toFixed(2))} ${unit}`;
}
