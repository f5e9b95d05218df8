/** Single instructions on this machine's processor, by a small C program: what silicon does, for comparison. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** State before and after one instruction: as FXSAVE64 stores it, with memory that [rdx] points to, flags and rax. */
export interface MachineState {
  /** 512 bytes. */
  fx: Uint8Array;
  /** 1024 bytes, aligned to 64. */
  memory: Uint8Array;
  flags: bigint;
  rax: bigint;
}

export interface HostCase extends MachineState {
  /** Up to 16 bytes. */
  code: readonly number[];
}

/** `signal`: what ended the instruction (SIGFPE 8, SIGILL 4, SIGSEGV 11), or 0. */
export interface HostResult extends MachineState {
  signal: number;
}

/** Size of the memory operand. */
export const MEMORY_BYTES = 1024;
const RECORD_BYTES = 1600;
const OFFSET = { memory: 512, flags: 1536, rax: 1544, code: 1552, signal: 1568 };
const NOP = 0x90;

export class HostRunner {
  readonly #directory: string;
  readonly #program: string;

  private constructor(directory: string, program: string) {
    this.#directory = directory;
    this.#program = program;
  }

  /** The runner, or why there is none here. */
  static open(): HostRunner | string {
    if (process.arch !== "x64" || process.platform !== "linux") return "this is no x86-64 Linux";
    // Where the manuals leave room, makes differ; core follows this one.
    if (!readFileSync("/proc/cpuinfo", "utf8").includes("AuthenticAMD")) return "this processor is of another make";
    const directory = mkdtempSync(join(tmpdir(), "tadpole-fpu-"));
    const program = join(directory, "host_runner");
    const source = fileURLToPath(new URL("./host_runner.c", import.meta.url));
    const built = spawnSync("gcc", ["-O1", "-Wall", "-z", "noexecstack", "-o", program, source], { encoding: "utf8" });
    if (built.status === 0 && existsSync(program)) return new HostRunner(directory, program);
    rmSync(directory, { recursive: true });
    return built.error !== undefined ? "there is no gcc" : `gcc: ${built.stderr}`;
  }

  close(): void {
    rmSync(this.#directory, { recursive: true });
  }

  run(cases: readonly HostCase[]): HostResult[] {
    const input = Buffer.alloc(cases.length * RECORD_BYTES);
    cases.forEach((one, i) => {
      const record = input.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES);
      record.set(one.fx, 0);
      record.set(one.memory, OFFSET.memory);
      record.writeBigUInt64LE(one.flags, OFFSET.flags);
      record.writeBigUInt64LE(one.rax, OFFSET.rax);
      record.fill(NOP, OFFSET.code, OFFSET.code + 16);
      record.set(one.code, OFFSET.code);
    });
    const { status, stdout } = spawnSync(this.#program, { input, maxBuffer: input.length + 4096 });
    if (status !== 0 || stdout.length !== input.length) throw new Error(`host_runner: status ${status}`);
    return cases.map((_, i) => {
      const record = stdout.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES);
      return {
        fx: record.subarray(0, 512),
        memory: record.subarray(OFFSET.memory, OFFSET.memory + MEMORY_BYTES),
        flags: record.readBigUInt64LE(OFFSET.flags),
        rax: record.readBigUInt64LE(OFFSET.rax),
        signal: record.readUInt32LE(OFFSET.signal),
      };
    });
  }
}
