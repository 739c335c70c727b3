import { Command } from "commander";
import { keysCommand } from "../../src/commands/keys.ts";
import { usersCommand } from "../../src/commands/users.ts";
import { formatProblem, InputError } from "../../src/config/problems.ts";

const program = new Command("kindling");
keysCommand(program);
usersCommand(program);
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  for (const problem of error.problems) process.stderr.write(`${formatProblem(problem)}\n`);
  process.exitCode = 2;
}
