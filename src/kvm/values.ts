/** Checking what callers hand in, once, at the edge: afterwards everything is a number or bigint in range. */

import { KvmError } from "./errors.js";

/** An unsigned 64-bit quantity: an address, a length. Numbers must be safe integers. */
export type U64 = number | bigint;

const U64_LIMIT = 1n << 64n;
const PAGE_BYTES = 4096n;

/** `value` as a bigint in [0, 2^64). `name` appears in the error. */
export function u64(value: U64, name: string): bigint {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new KvmError("EINVAL", `${name} is ${value}; it must be an integer, and a bigint above 2^53.`);
  }
  const wide = BigInt(value);
  if (wide < 0n || wide >= U64_LIMIT) {
    throw new KvmError("EINVAL", `${name} is ${hex(wide)}; it must be at least 0 and below 2^64.`);
  }
  return wide;
}

/** `value` as an integer in [min, max]. */
export function integer(value: number, name: string, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new KvmError("EINVAL", `${name} is ${value}; it must be an integer from ${min} to ${max}.`);
  }
  return value;
}

/** A u64 that is a multiple of 4096. */
export function pageAligned(value: U64, name: string): bigint {
  const wide = u64(value, name);
  if (wide % PAGE_BYTES !== 0n) {
    throw new KvmError("EINVAL", `${name} is ${hex(wide)}; it must be a multiple of 4096 (one page).`);
  }
  return wide;
}

/** A page range that is not empty and does not wrap. */
export function pageRange(
  start: U64,
  length: U64,
  startName: string,
  lengthName: string,
): { start: bigint; length: bigint } {
  const from = pageAligned(start, startName);
  const bytes = pageAligned(length, lengthName);
  if (bytes === 0n) throw new KvmError("EINVAL", `${lengthName} is 0; it must be at least 4096.`);
  if (from + bytes > U64_LIMIT) {
    throw new KvmError("EINVAL", `${startName} ${hex(from)} plus ${lengthName} ${hex(bytes)} wraps around 2^64.`);
  }
  return { start: from, length: bytes };
}

/** For messages. */
export function hex(value: number | bigint): string {
  return value < 0 ? `-${hex(-value)}` : `0x${value.toString(16)}`;
}
