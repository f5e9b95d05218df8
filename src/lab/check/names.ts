/** Names for people: of core's bugs, and (NameMap) of addresses. */
import * as abi from "../../abi/index.js";

const BUG_NAMES = new Map(
  Object.entries(abi)
    .filter(([name, value]) => name.startsWith("BUG_") && typeof value === "number")
    .map(([name, value]) => [value as number, name]),
);

/** CoreBug as core/layout/bugs.ts numbers them. */
export function describeBug(code: number, a: bigint, b: bigint): string {
  const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;
  return `${BUG_NAMES.get(code) ?? `BUG ${code}`} a=${hex(a)} b=${hex(b)}`;
}
