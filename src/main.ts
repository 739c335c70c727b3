import { Command, CommanderError } from "commander";
import { packageVersion } from "./commands/package.io.ts";
import { formatProblem, InputError } from "./config/problems.ts";

const program = new Command("kindling")
  .description("An email nurture engine: leads warm up, and a rep hears of it at the moment it matters.")
  .version(await packageVersion(), "--version", "output the version number")
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/g, " ")} (--help says more)\n`),
  });

/** By the names of each module's commands, in the order of the help. One is loaded when it is asked for: all take a second. */
const COMMANDS: readonly (readonly [string, () => Promise<(program: Command) => void>])[] = [
  ["start", async () => (await import("./commands/start.ts")).startCommand],
  ["demo", async () => (await import("./commands/demo.ts")).demoCommand],
  ["init", async () => (await import("./commands/init.ts")).initCommand],
  ["check", async () => (await import("./commands/check.ts")).checkCommand],
  ["schema", async () => (await import("./commands/schema.ts")).schemaCommand],
  ["score", async () => (await import("./commands/score.ts")).scoreCommand],
  ["simulate", async () => (await import("./commands/simulate.ts")).simulateCommand],
  ["test", async () => (await import("./commands/test.ts")).testCommand],
  ["plan", async () => (await import("./commands/plan.ts")).planCommand],
  ["apply", async () => (await import("./commands/apply.ts")).applyCommand],
  ["rollback", async () => (await import("./commands/rollback.ts")).rollbackCommand],
  ["versions show", async () => (await import("./commands/versions.ts")).versionCommands],
  ["backtest", async () => (await import("./commands/backtest.ts")).backtestCommand],
  ["import", async () => (await import("./commands/import.ts")).importCommand],
  ["export", async () => (await import("./commands/export.ts")).exportCommand],
  ["explain", async () => (await import("./commands/explain.ts")).explainCommand],
  ["erase", async () => (await import("./commands/erase.ts")).eraseCommand],
  ["segments", async () => (await import("./commands/segments.ts")).segmentsCommand],
  ["suppress", async () => (await import("./commands/suppress.ts")).suppressCommand],
  ["classify", async () => (await import("./commands/classify.ts")).classifyCommand],
  ["hold release", async () => (await import("./commands/hold.ts")).holdCommands],
  ["keys", async () => (await import("./commands/keys.ts")).keysCommand],
  ["users", async () => (await import("./commands/users.ts")).usersCommand],
  ["migrate", async () => (await import("./commands/migrate.ts")).migrateCommand],
  ["backup", async () => (await import("./commands/backup.ts")).backupCommand],
  ["doctor", async () => (await import("./commands/doctor.ts")).doctorCommand],
];

const asked = process.argv.slice(2).find((word) => !word.startsWith("-")) ?? "";
const known = COMMANDS.filter(([names]) => names.split(" ").includes(asked));
for (const [, load] of known.length > 0 ? known : COMMANDS) (await load())(program);

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
