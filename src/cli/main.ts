/** The command line: `tadpole --help`. Reads arguments, runs one command, and turns what it throws into one line on stderr. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addStart } from "./start.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("tadpole")
  .description("A 64-bit x86 hypervisor in TypeScript whose memory virtualisation is KVM's TDP MMU")
  .version(version)
  .showHelpAfterError("(tadpole --help lists the commands)");
addStart(program);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`tadpole: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
