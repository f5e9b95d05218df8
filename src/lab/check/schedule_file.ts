/** Failing schedules as files: what --replay runs again. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { Failure, Schedule } from "./scenario.js";

const FORMAT = "tadpole lab schedule 1";

interface ScheduleFile extends Schedule {
  readonly format: string;
  readonly scenario: string;
  /** Of the build's bytes: a schedule counts its accesses. */
  readonly build: string;
  readonly mutant: number;
  readonly failure: { readonly kind: string; readonly message: string };
}

export function buildHash(wasm: Uint8Array): string {
  return createHash("sha256").update(wasm).digest("hex").slice(0, 16);
}

export function writeSchedule(path: string, scenario: string, build: string, mutant: number, failure: Failure): void {
  const { kind, message, schedule } = failure;
  const file: ScheduleFile = { format: FORMAT, scenario, build, mutant, failure: { kind, message }, ...schedule };
  writeFileSync(path, `${JSON.stringify(file)}\n`);
}

/** Throws, with a sentence, if the file is none of ours or belongs to another build. */
export function readSchedule(path: string, build: string): ScheduleFile {
  let file: Partial<ScheduleFile>;
  try {
    file = JSON.parse(readFileSync(path, "utf8")) as Partial<ScheduleFile>;
  } catch (error) {
    throw new Error(`${path} cannot be read as a schedule: ${(error as Error).message}`);
  }
  if (file.format !== FORMAT) throw new Error(`${path} is no schedule of this version of the checker.`);
  if (file.build !== build)
    throw new Error(`${path} was recorded with build ${file.build}, this one is ${build}: its accesses are others.`);
  return file as ScheduleFile;
}
