/**
 * Floating-point handlers one by one, on a bare X86 state: state in and out is that of host_runner.ts, so that the same case
 * runs on both. Memory operands are at [rdx], as there.
 */
import {
  CODE_64,
  CR0_NE,
  CR0_PE,
  EXC_MF,
  EXC_XM,
  EXEC_FAULT,
  EXEC_NEXT,
  OP_MEM,
  OP_W,
  Op,
  REG_RDX,
  REG_ZERO,
  X86_YMM,
  YMM_SHIFT,
} from "../../../../src/abi/index.js";
import type { CoreBuild } from "../../harness.js";
import { PagingRig } from "../paging_rig.js";
import { type HostResult, type MachineState, MEMORY_BYTES } from "./host_runner.js";

/** How a handler is called: its export, and what the decoder would have put in its Op. */
export interface Call {
  fn: string;
  /** Offsets in X86, or for ST(i) its number. */
  rm?: number;
  reg?: number;
  imm?: number;
  isMemory?: boolean;
  /** REX.W. */
  isWide?: boolean;
  /** Added to the operand's address. */
  disp?: number;
}

/** Offset of an XMM register in X86. */
export function xmm(n: number): number {
  return X86_YMM + (n << YMM_SHIFT);
}

const CR4_SSE = (1n << 9n) | (1n << 10n);
const SIGNALS = new Map([
  [EXC_MF, 8],
  [EXC_XM, 8],
  [6, 4],
  [13, 11],
]);

export class FpuRig {
  readonly paging: PagingRig;
  readonly #memory: bigint;
  readonly #image: number;

  private constructor(paging: PagingRig) {
    this.paging = paging;
    paging.useMode("none", 0n);
    paging.set("codeMode", CODE_64);
    paging.set("cr0", CR0_PE | CR0_NE);
    paging.set("cr4", CR4_SSE);
    paging.set("flags", 2n);
    this.#memory = paging.page();
    this.#image = paging.rig.frames(0, 4);
    const dv = this.#dv;
    dv.setUint8(paging.op + Op.base.offset, Number(REG_RDX) << 3);
    dv.setUint8(paging.op + Op.index.offset, Number(REG_ZERO) << 3);
    dv.setUint8(paging.op + Op.length.offset, 2);
    paging.set("rdx", this.#memory);
  }

  static async open(build: CoreBuild): Promise<FpuRig> {
    return new FpuRig(await PagingRig.open(build, "ept"));
  }

  close(): void {
    this.paging.close();
  }

  get #dv(): DataView {
    return this.paging.rig.core.dv();
  }

  get #x(): Record<string, (...args: (number | bigint)[]) => number> {
    return this.paging.x as unknown as Record<string, (...args: (number | bigint)[]) => number>;
  }

  #bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#dv.buffer, address, length);
  }

  /** Runs one handler. */
  run(call: Call, before: MachineState): HostResult {
    const { paging } = this;
    const x = this.#x;
    const dv = this.#dv;
    this.#bytes(this.#image, 512).set(before.fx);
    if (x["fxrestoreFrom"]?.(paging.c, this.#image) === 0) throw new Error("the case has a bad MXCSR");
    const memory = this.#bytes(paging.at(this.#memory), MEMORY_BYTES);
    memory.set(before.memory);
    paging.set("rax", before.rax);
    x["fpuProbeSetFlags"]?.(paging.c, before.flags);
    dv.setUint16(paging.op + Op.rm.offset, call.rm ?? 0, true);
    dv.setUint16(paging.op + Op.reg.offset, call.reg ?? 0, true);
    dv.setBigUint64(paging.op + Op.imm.offset, BigInt(call.imm ?? 0), true);
    dv.setInt32(paging.op + Op.disp.offset, call.disp ?? 0, true);
    dv.setUint8(paging.op + Op.flags.offset, (call.isMemory ? Number(OP_MEM) : 0) | (call.isWide ? Number(OP_W) : 0));
    const handler = x[call.fn];
    if (handler === undefined) throw new Error(`no handler ${call.fn}`);
    const status = handler(paging.c, paging.op);
    let signal = 0;
    if (status === EXEC_FAULT) {
      const outcome = paging.outcome(status);
      const vector = outcome.kind === "fault" ? outcome.vector : -1;
      signal = SIGNALS.get(vector) ?? 100 + vector;
    } else if (status !== EXEC_NEXT) signal = 1000 + status;
    x["fxsaveTo"]?.(paging.c, this.#image);
    return {
      fx: this.#bytes(this.#image, 512).slice(),
      memory: memory.slice(),
      flags: BigInt.asUintN(64, BigInt(x["fpuProbeFlags"]?.(paging.c) ?? 0)),
      rax: paging.get("rax"),
      signal,
    };
  }

  /** CR4.OSXSAVE, and what is enabled. */
  enableXsave(xcr0: bigint): void {
    this.paging.set("cr4", CR4_SSE | (1n << 18n));
    this.paging.set("xcr0", xcr0);
  }

  /** Loads the legacy image `fx` as an XSAVE area of the API; then saves it again. Whether it came back as it was. */
  roundTrip(fx: Uint8Array): boolean {
    const x = this.#x;
    const area = this.#bytes(this.#image, 840);
    area.fill(0);
    area.set(fx);
    new DataView(area.buffer, area.byteOffset).setBigUint64(512, 0x203n, true);
    new DataView(area.buffer, area.byteOffset).setUint32(28, 0xffff, true);
    new DataView(area.buffer, area.byteOffset).setUint32(832, 0x1234, true);
    const before = area.slice();
    if (x["xrestoreFrom"]?.(this.paging.c, this.#image) === 0) return false;
    area.fill(0xcc);
    x["xsaveTo"]?.(this.paging.c, this.#image);
    return Buffer.from(area).equals(Buffer.from(before));
  }
}
