import { Command } from "commander";
import { planCommand } from "../../src/commands/plan.ts";
import { InputError } from "../../src/config/problems.ts";

// `kindling plan` as a process of its own. The argument is a JSON list of its options, one run after the other; a NUL
// ends each on both outputs.
for (const options of JSON.parse(process.argv[2]!) as string[][]) {
  const program = new Command("kindling");
  planCommand(program);
  try {
    await program.parseAsync(["plan", ...options], { from: "user" });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    process.stderr.write(`${error.message}\n`);
  }
  process.stdout.write("\0");
  process.stderr.write("\0");
}
