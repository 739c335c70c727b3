import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { openApp } from "../app.ts";
import { InputError } from "../config/problems.ts";
import { normaliseEmail } from "../leads/address.ts";
import { eraseLead } from "../lifecycle/erase.run.ts";

interface Options {
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly config: string;
  readonly templates: string;
}

export function eraseCommand(program: Command): void {
  program
    .command("erase")
    .description(
      "forget a person; a keyed hash stays on the suppression list, so that nobody mails them again",
    )
    .argument("<email>")
    .option("--yes", "don't ask; needed where nobody is there to answer")
    .option("--json", "print the outcome as JSON")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .addHelpText(
      "after",
      "\nIt can't be undone. Backups are not changed: they hold the person until they go.",
    )
    .action(run);
}

async function run(text: string, { yes, json, config, templates }: Options): Promise<void> {
  const email = normaliseEmail(text);
  if (email === null) throw new InputError(`"${text}" is no email address`);
  if (!yes && !(await agreed(email))) return void process.stdout.write("Nothing was changed.\n");
  const warn = (message: string) => void process.stderr.write(`kindling: ${message}\n`);
  const app = await openApp({ config, templates, apply: false, patient: true, warn });
  try {
    const known = await eraseLead(app.spine, email);
    const said = known
      ? `${email} is forgotten.`
      : `${email} was no lead; what else named it is gone, and it will get no mail.`;
    process.stdout.write(`${json ? JSON.stringify({ erased: true, lead: known }) : said}\n`);
  } finally {
    await app.close();
  }
}

async function agreed(email: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new InputError("an erasure can't be undone: say --yes where nobody is there to answer");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await lines.question(`Forget ${email} for good? It can't be undone. [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
