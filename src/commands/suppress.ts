import type { Command } from "commander";
import { openApp, type App } from "../app.ts";
import { InputError } from "../config/problems.ts";
import { formatInstant } from "../instant.ts";
import { normaliseEmail } from "../leads/address.ts";
import { parseMap } from "../lifecycle/import-columns.ts";
import { listSuppressed, suppressEmails, unsuppressEmail } from "../lifecycle/suppress.run.ts";
import { oneMore, runImport } from "./import.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly json?: boolean;
}

interface ImportFlags extends Options {
  readonly reason?: string;
  readonly map?: readonly string[];
  readonly dryRun?: boolean;
  readonly bad?: string;
}

export function suppressCommand(program: Command): void {
  const suppress = program.command("suppress").description("the list of those who get no mail");
  const command = (name: string, description: string) =>
    suppress
      .command(name)
      .description(description)
      .option("--json", "print the outcome as JSON")
      .option("--config <dir>", "the folder of kindling.yaml", "config")
      .option("--templates <dir>", "the folder of the templates", "templates");
  command("add", "no mail to these addresses from now on; a lead's sequences end at once")
    .argument("<email...>")
    .option("--reason <text>", "why", "operator")
    .action((emails: string[], options: Options & { reason: string }) => add(emails, options));
  command("remove", "these addresses may be mailed again; those who left themselves stay")
    .argument("<email...>")
    .action(remove);
  command("import", "a file of addresses, one a line, or CSV or JSON Lines with email and reason")
    .argument("<file>")
    .option("--reason <text>", "why, where the file does not say")
    .option("--map <columns>", 'which column is which: "COLUMN=email,OTHER=reason"', oneMore)
    .option("--dry-run", "say what would change, and change nothing")
    .option("--bad <file>", "where bad rows go (default: FILE.bad.csv)")
    .action(importList);
  command("list", "who is on it; of those who are no leads only a hash is kept").action(list);
}

async function add(texts: readonly string[], options: Options & { reason: string }): Promise<void> {
  const emails = addresses(texts);
  await withApp(options, async ({ spine }) => {
    const entries = emails.map((email) => ({ email, reason: options.reason }));
    const added = await suppressEmails(spine, entries, "operator");
    const known = emails.length - added;
    say(options, { added, known }, `${added} added, ${known} on the list already\n`);
  });
}

async function remove(texts: readonly string[], options: Options): Promise<void> {
  const emails = addresses(texts);
  await withApp(options, async ({ spine }) => {
    let removed = 0;
    for (const email of emails) if (await unsuppressEmail(spine, email)) removed++;
    const unknown = emails.length - removed;
    say(options, { removed, unknown }, `${removed} removed, ${unknown} not on the list\n`);
  });
}

async function importList(file: string, options: ImportFlags): Promise<void> {
  const map = parseMap(options.map ?? []);
  await withApp(options, (app) =>
    runImport(
      app,
      {
        file,
        kind: "suppressions",
        map,
        live: true,
        dryRun: options.dryRun ?? false,
        bad: options.bad ?? null,
        reason: options.reason,
      },
      options.json ?? false,
    ),
  );
}

async function list(options: Options): Promise<void> {
  await withApp(options, async ({ spine }) => {
    for await (const rows of listSuppressed(spine.db.kysely, spine.suppressionKeys)) {
      for (const { email, hash, reason, source, at } of rows) {
        const since = formatInstant(at);
        const line = options.json
          ? JSON.stringify({ email, hash, reason, source, at: since })
          : `${(email ?? `(hash ${hash.slice(0, 16)})`).padEnd(40)}  ${since}  ${reason} (${source})`;
        process.stdout.write(`${line}\n`);
      }
    }
  });
}

/** Normalised, each once. Throws InputError with all that are none. */
function addresses(texts: readonly string[]): string[] {
  const wrong = texts.filter((text) => normaliseEmail(text) === null);
  if (wrong.length > 0) throw new InputError(wrong.map((text) => `"${text}" is no email address`).join("\n"));
  return [...new Set(texts.map((text) => normaliseEmail(text)!))];
}

function say({ json }: Options, outcome: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(outcome)}\n` : text);
}

async function withApp(options: Options, use: (app: App) => Promise<void>): Promise<void> {
  const app = await openApp({
    config: options.config,
    templates: options.templates,
    apply: false,
    patient: true,
  });
  try {
    await use(app);
  } finally {
    await app.close();
  }
}
