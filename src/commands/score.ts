import type { Command } from "commander";
import { InputError } from "../config/problems.ts";
import { byLogOrder } from "../events/event.ts";
import type { Event } from "../events/event.ts";
import { formatInstant, parseInstant } from "../instant.ts";
import { openModels } from "../programme/files.io.ts";
import { explain } from "../scoring/explain.ts";
import type { ExplainedPart, Explanation } from "../scoring/explain.ts";
import { LineError, parseEventLine, parseLeadLine } from "../scoring/lines.ts";
import type { LeadLine } from "../scoring/lines.ts";
import { readJsonLines } from "./jsonl.io.ts";

export interface ScoreOptions {
  readonly config: string;
  readonly leads: string;
  readonly events: string;
  /** ISO 8601 with a zone. */
  readonly at: string;
  readonly json?: boolean;
}

export function scoreCommand(program: Command): void {
  program
    .command("score")
    .description("score leads offline: leads + events + models → totals with their explanation")
    .option("--config <dir>", "where kindling.yaml and scoring/ are", "config")
    .requiredOption("--leads <file>", "JSON Lines: email, at, attributes")
    .requiredOption("--events <file>", "JSON Lines: email, type, at, properties, message, verdict, actor")
    .requiredOption("--at <instant>", "score as of this instant (ISO 8601); what happened later is left out")
    .option("--json", "one line of JSON a lead and model")
    .addHelpText(
      "after",
      "\nA lead begins at its line or at its first event, whichever is earlier; one that has only events has no attributes.",
    )
    .action((options: ScoreOptions) => score(options, { stdout: (text) => void process.stdout.write(text) }));
}

/**
 * `kindling score`: scores every lead of the files with every model that accepts it, in the order of the leads file and
 * then of first events. What happened after `--at` is
 * left out. Prints nothing and throws InputError where anything in the files or the configuration is wrong.
 */
export async function score(options: ScoreOptions, io: { stdout: (text: string) => void }): Promise<void> {
  const at = parseInstant(options.at);
  if (at === undefined) {
    throw new InputError(
      `--at must be an instant with a zone, like 2026-01-03T10:00:00Z, not "${options.at}"`,
    );
  }
  const { models } = await openModels(options.config);
  const leads = await readLeads(options);
  for (const [email, { created, events }] of leads) {
    const log = { created, events: events.sort(byLogOrder) };
    for (const model of models) {
      const explanation = explain(model, log, at);
      if (explanation) io.stdout(options.json ? jsonLine(email, explanation) : describe(email, explanation));
    }
  }
}

interface OfflineLog {
  readonly created: LeadLine | null;
  readonly events: Event[];
}

async function readLeads({ leads: leadsFile, events: eventsFile }: ScoreOptions) {
  const leads = new Map<string, OfflineLog>();
  await readJsonLines(leadsFile, (text) => {
    const created = parseLeadLine(text);
    if (leads.has(created.email)) throw new LineError(`${created.email} is on a line above already`);
    leads.set(created.email, { created, events: [] });
  });
  await readJsonLines(eventsFile, (text, number) => {
    const { email, event } = parseEventLine(text, number);
    const lead = leads.get(email);
    if (lead) lead.events.push(event);
    else leads.set(email, { created: null, events: [event] });
  });
  return leads;
}

/** The contract of spec/cli.md. Marks, which it does not know, come in a list of their own. */
function jsonLine(email: string, { at, parts, crossings, next, reached, ...score }: Explanation): string {
  const marks = crossings.filter((crossing) => crossing.kind === "mark");
  const line = {
    email,
    model: score.model,
    at: formatInstant(at),
    total: score.total,
    raw: score.raw,
    temperature: score.temperature,
    next_crossing_at: next && formatInstant(next.at),
    next_temperature: next && next.temperature,
    parts: parts.map((one) =>
      one.part === "clamp"
        ? { part: one.part, points: one.points }
        : { part: one.part, name: one.name, points: one.points },
    ),
    crossings: crossings
      .filter((crossing) => crossing.kind === "temperature")
      .map(({ at: instant, from, to, cause, event }) => ({
        at: formatInstant(instant),
        from,
        to,
        cause,
        event,
      })),
    ...(marks.length > 0 && {
      reached,
      marks: marks.map(({ at: instant, mark, from, to, cause, event }) => ({
        at: formatInstant(instant),
        mark,
        from,
        to,
        cause,
        event,
      })),
    }),
  };
  return `${JSON.stringify(line)}\n`;
}

function describe(email: string, explanation: Explanation): string {
  const { model, total, temperature, reached, parts, crossings, next } = explanation;
  const marks = reached.length > 0 ? `, reached ${reached.join(", ")}` : "";
  const rows = parts.filter((part) => part.part !== "clamp" || part.points !== 0).map(row);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  const lines = [
    `${email}  ${model}  ${Math.floor(total)}  ${temperature}${marks}`,
    ...rows.map(([name, points, why]) => `  ${name.padEnd(width)}  ${points.padStart(8)}  ${why}`.trimEnd()),
    ...crossings.map(
      ({ at, kind, mark, from, to, cause, event }) =>
        `  ${formatInstant(at)}  ${kind === "mark" ? `${mark} ${to}` : `${from} → ${to}`}  ${cause === "time" ? "by time" : event}`,
    ),
  ];
  if (next)
    lines.push(`  ${formatInstant(next.at)}  ${temperature} → ${next.temperature}  if nothing happens`);
  return `${lines.join("\n")}\n\n`;
}

function row(part: ExplainedPart): [name: string, points: string, why: string] {
  const points = shown(part.points);
  switch (part.part) {
    case "fit":
      return [part.name, points, part.band ?? "no band matches"];
    case "engagement": {
      const count = part.events.length;
      if (count === 0) return [part.name, points, ""];
      const faded = Math.abs(part.faded) < 0.005 ? "" : `, ${shown(-part.faded)} faded`;
      return [part.name, points, `${count} ${count === 1 ? "event" : "events"}${faded}`];
    }
    case "inactivity":
      return [`inactive ${part.name}`, points, `since ${formatInstant(part.since)}`];
    case "clamp":
      return ["range", points, ""];
  }
}

/** Two decimals at most, with a sign. */
function shown(points: number): string {
  const rounded = Math.round(points * 100) / 100;
  return rounded > 0 ? `+${rounded}` : String(rounded);
}
