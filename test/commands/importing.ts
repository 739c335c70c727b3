import { Command } from "commander";
import { eraseCommand } from "../../src/commands/erase.ts";
import { exportCommand } from "../../src/commands/export.ts";
import { importCommand } from "../../src/commands/import.ts";
import { segmentsCommand } from "../../src/commands/segments.ts";
import { suppressCommand } from "../../src/commands/suppress.ts";
import { InputError } from "../../src/config/problems.ts";

// The part of the command line that brings people in and out, as a process of its own. The argument is a JSON list of
// command lines, one run after the other; a NUL and the status end each on both outputs.
for (const line of JSON.parse(process.argv[2]!) as string[][]) {
  const program = new Command("kindling");
  importCommand(program);
  exportCommand(program);
  eraseCommand(program);
  segmentsCommand(program);
  suppressCommand(program);
  process.exitCode = 0;
  try {
    await program.parseAsync(line, { from: "user" });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
  process.stdout.write(`\0${process.exitCode}\0`);
  process.stderr.write("\0\0");
}
