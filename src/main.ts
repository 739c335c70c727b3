import { Command, CommanderError } from "commander";
import { applyCommand } from "./commands/apply.ts";
import { backtestCommand } from "./commands/backtest.ts";
import { backupCommand } from "./commands/backup.ts";
import { checkCommand } from "./commands/check.ts";
import { classifyCommand } from "./commands/classify.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { eraseCommand } from "./commands/erase.ts";
import { explainCommand } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { holdCommands } from "./commands/hold.ts";
import { importCommand } from "./commands/import.ts";
import { initCommand } from "./commands/init.ts";
import { keysCommand } from "./commands/keys.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { packageVersion } from "./commands/package.io.ts";
import { planCommand } from "./commands/plan.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { schemaCommand } from "./commands/schema.ts";
import { scoreCommand } from "./commands/score.ts";
import { segmentsCommand } from "./commands/segments.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { startCommand } from "./commands/start.ts";
import { suppressCommand } from "./commands/suppress.ts";
import { testCommand } from "./commands/test.ts";
import { usersCommand } from "./commands/users.ts";
import { versionCommands } from "./commands/versions.ts";
import { formatProblem, InputError } from "./config/problems.ts";

const program = new Command("kindling")
  .description("An email nurture engine: leads warm up, and a rep hears of it at the moment it matters.")
  .version(await packageVersion(), "--version", "output the version number")
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/g, " ")} (--help says more)\n`),
  });

for (const add of [
  startCommand,
  demoCommand,
  initCommand,
  checkCommand,
  schemaCommand,
  scoreCommand,
  simulateCommand,
  testCommand,
  planCommand,
  applyCommand,
  rollbackCommand,
  versionCommands,
  backtestCommand,
  importCommand,
  exportCommand,
  explainCommand,
  eraseCommand,
  segmentsCommand,
  suppressCommand,
  classifyCommand,
  holdCommands,
  keysCommand,
  usersCommand,
  migrateCommand,
  backupCommand,
  doctorCommand,
]) {
  add(program);
}

// Whoever reads may have had enough (`kindling schema | head`): that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof InputError) {
    for (const problem of error.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    process.exitCode = 2;
  } else if (error instanceof CommanderError) {
    // Commander has said it already.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (!(isSystemError(error) && error.code === "EPIPE")) {
    process.stderr.write(`kindling: ${tell(error)}\n`);
    process.exitCode = 1;
  }
}

/** What the system refused (a full disk, a folder of another user) is a line; a mistake of ours shows where it is. */
function tell(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return isSystemError(error) ? error.message : (error.stack ?? error.message);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
