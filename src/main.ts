import { Command, CommanderError } from "commander";
import { checkCommand } from "./commands/check.ts";
import { demoCommand } from "./commands/demo.ts";
import { exportCommand } from "./commands/export.ts";
import { holdCommands } from "./commands/hold.ts";
import { importCommand } from "./commands/import.ts";
import { initCommand } from "./commands/init.ts";
import { keysCommand } from "./commands/keys.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { schemaCommand } from "./commands/schema.ts";
import { scoreCommand } from "./commands/score.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { startCommand } from "./commands/start.ts";
import { suppressCommand } from "./commands/suppress.ts";
import { formatProblem, InputError } from "./config/problems.ts";

const program = new Command("kindling")
  .description("An email nurture engine: leads warm up, and a rep hears of it at the moment it matters.")
  .exitOverride()
  .showHelpAfterError("(kindling <command> --help says more)");

for (const add of [
  startCommand,
  demoCommand,
  initCommand,
  checkCommand,
  schemaCommand,
  scoreCommand,
  simulateCommand,
  importCommand,
  exportCommand,
  suppressCommand,
  holdCommands,
  keysCommand,
  migrateCommand,
]) {
  add(program);
}

// Commands say what they do on their own line of the help; each inherits how errors are told.
for (const command of program.commands) command.exitOverride().showHelpAfterError("(--help says more)");

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof InputError) {
    for (const problem of error.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    process.exitCode = 2;
  } else if (error instanceof CommanderError) {
    // Commander has said it already.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(
      `kindling: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
