export class CoreBug extends Error {
  constructor(code: number, a: bigint, b: bigint);
  readonly code: number;
  readonly codeName: string;
  readonly a: bigint;
  readonly b: bigint;
}
export class CoreDead extends Error {}
export class CoreKilled extends Error {}
export function bugName(code: number): string;
export function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  timeOrigin: number,
  onPager: (request: number) => void,
): WebAssembly.Exports;
