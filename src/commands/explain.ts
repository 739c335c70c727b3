import type { Command } from "commander";
import { openApp } from "../app.ts";
import { nearest } from "../config/nearest.ts";
import { InputError } from "../config/problems.ts";
import { explainLead, type LeadExplained } from "../insights/explain-lead.run.ts";
import { leadJson } from "../insights/lead-json.ts";
import { leadText } from "../insights/lead-text.ts";
import { emailsLike } from "../insights/lead.store.ts";
import type { Instant } from "../instant.ts";
import { normaliseEmail } from "../leads/address.ts";
import { drained } from "../lifecycle/drained.run.ts";
import type { Spine } from "../lifecycle/spine.ts";
import { companyTimes, timesIn } from "../web/dashboard/times.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly json?: boolean;
}

/** `kindling explain EMAIL`: the answers of the lead's page, on the command line. */
export function explainCommand(program: Command): void {
  program
    .command("explain")
    .description("why this score, why these mails, why not yet, what next and when")
    .argument("<email>", "the lead's address")
    .option("--json", "the same for programs, on stdout alone")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .action(run);
}

async function run(text: string, options: Options): Promise<void> {
  const email = normaliseEmail(text);
  if (email === null) throw new InputError(`"${text}" is no email address`);
  const app = await openApp({
    config: options.config,
    templates: options.templates,
    apply: false,
    patient: true,
  });
  try {
    const { spine } = app;
    await drained(spine);
    const explained = await explainLead(spine, email);
    if (!explained) throw await nobody(spine, email);
    const out = options.json
      ? `${JSON.stringify(leadJson(explained), null, 2)}\n`
      : explainedText(spine, explained);
    process.stdout.write(out);
  } finally {
    await app.close();
  }
}

/** The text, in the company's time and UTC. */
export function explainedText(spine: Spine, explained: LeadExplained): string {
  return leadText(explained, momentFor(spine, explained.now));
}

async function nobody(spine: Spine, email: string): Promise<InputError> {
  const alike = nearest(email, await emailsLike(spine.db.kysely, email));
  return new InputError(`there is no lead ${email}${alike === undefined ? "" : ` (did you mean ${alike}?)`}`);
}

/** `Tue 3 Mar, 10:05 (09:05 UTC)`: the company's time, and the world's beside it. */
function momentFor(spine: Spine, now: Instant): (at: Instant) => string {
  const here = companyTimes(spine.programme().settings.company, now);
  const utc = timesIn("UTC", now);
  return (at) => {
    if (here.moment(at) === utc.moment(at)) return `${here.moment(at)} UTC`;
    const there = here.day(at) === utc.day(at) ? utc.clock(at) : utc.moment(at);
    return `${here.moment(at)} (${there} UTC)`;
  };
}
