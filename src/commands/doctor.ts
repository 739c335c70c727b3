import type { Command } from "commander";
import { readEnvironment, type Environment } from "../config/environment.io.ts";
import { formatProblem, InputError } from "../config/problems.ts";
import { openNames } from "../email/names.io.ts";
import { ok, warning, wrong, type Finding } from "../email/records.ts";
import { openWorkable } from "../programme/files.io.ts";
import { database, secret, variables } from "./doctor-home.ts";
import { baseUrl, mailRecords, smtpLogin } from "./doctor-mail.ts";
import { imapLogin } from "./doctor-mailbox.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly dns?: string;
  readonly json?: boolean;
}

export function doctorCommand(program: Command): void {
  program
    .command("doctor")
    .description(
      "what is wrong with this set-up, and what to do: DNS, mail server, address, secret, database, files",
    )
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .option("--dns <address>", "ask this name server, like 9.9.9.9, instead of the machine's")
    .option("--json", "print what was found as JSON")
    .addHelpText(
      "after",
      "\nIt changes nothing and sends no mail. Works before the first start too. Exit status 1 where something is wrong.",
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const found = await examine(readEnvironment(), options);
  const bad = count(found, "wrong");
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ok: bad === 0, findings: found.map(toJson) }, null, 2)}\n`);
  else process.stdout.write(`${found.map(toText).join("\n")}\n\n${summary(bad, count(found, "warning"))}\n`);
  if (bad > 0) process.exitCode = 1;
}

async function examine(environment: Environment, { config, templates, dns }: Options): Promise<Finding[]> {
  const names = openNames(dns ?? null);
  const opened = await openWorkable(config, templates).catch((error: unknown) => {
    if (error instanceof InputError) return error;
    throw error;
  });
  const mine = secret(environment);
  if (opened instanceof InputError) {
    const mistakes = opened.problems.filter(({ severity }) => severity === "error");
    const todo = "correct it; `kindling check` names all mistakes, `kindling init` begins a config/";
    const files = mistakes.map((problem) => wrong("config", formatProblem(problem), todo));
    const records = warning(
      "dns",
      "could not be checked: config/ says which domain sends",
      "correct config/ first",
    );
    const rest = await Promise.all([
      database(environment, new Map()),
      baseUrl(environment),
      smtpLogin(environment, names),
      imapLogin(environment),
    ]);
    return [...files, ...mine, ...rest.flat(), records];
  }
  const { programme, files, warnings } = opened;
  const said = warnings.map((problem) => warning("config", formatProblem(problem), "see `kindling check`"));
  const rest = await Promise.all([
    database(environment, files),
    baseUrl(environment),
    smtpLogin(environment, names),
    imapLogin(environment),
    mailRecords(programme.settings.mail, config, names),
  ]);
  return [
    ok("config", "all is right"),
    ...said,
    ...variables(programme, environment),
    ...mine,
    ...rest.flat(),
  ];
}

function toJson({ about, level, what, todo }: Finding) {
  return { about, level, what, do: todo };
}

function toText({ about, level, what, todo }: Finding): string {
  const line = `${level.padEnd(8)} ${about.padEnd(11)} ${what}`;
  return todo === null ? line : `${line}\n${" ".repeat(21)}→ ${todo}`;
}

function count(found: readonly Finding[], level: Finding["level"]): number {
  return found.filter((finding) => finding.level === level).length;
}

function summary(bad: number, doubtful: number): string {
  const warnings = doubtful === 1 ? "1 warning" : `${doubtful} warnings`;
  if (bad > 0) return `${bad} wrong, ${warnings}.`;
  return doubtful > 0 ? `Nothing is wrong; ${warnings}.` : "All is right.";
}
