import { Command } from "commander";
import { checkCommand } from "../../src/commands/check.ts";
import { initCommand } from "../../src/commands/init.ts";
import { schemaCommand } from "../../src/commands/schema.ts";
import { InputError } from "../../src/config/problems.ts";

// The part of the command line that needs no database, as a process of its own.
const program = new Command("kindling");
checkCommand(program);
initCommand(program);
schemaCommand(program);
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
