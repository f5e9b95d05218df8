/** `tadpole lab`: what is for those who work on Tadpole itself. Runs in a checkout only. */
import { Command } from "commander";
import { addCheck } from "./check/command.js";
import { addMutants } from "./mutants/command.js";

const program = new Command("tadpole lab").description("Instruments for work on Tadpole itself").showHelpAfterError();
addCheck(program);
addMutants(program);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`tadpole lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
