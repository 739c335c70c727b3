import type { LoggedEvent } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import { sequenceOf } from "../programme/programme.ts";
import { capital, who } from "../reps/notice.ts";
import { actWords, clean, counted, shownPoints, shownScore } from "../reps/words.ts";
import type { ExplainedPart } from "../scoring/explain.ts";
import { entryWords } from "./condition-words.ts";
import { consentLog, consentWords } from "./consent-log.ts";
import type { LeadExplained, ScoreExplained } from "./explain-lead.run.ts";
import { reactionWords, whyAsked, whyStanding } from "./lead-mails.ts";
import { nextThings, whyNoMail, type LeadThing } from "./lead-next.ts";
import { driftWords, outcomeWords } from "./lead-words.ts";
import type { MailRow } from "./lead.store.ts";
import { decisionWords, stateWords } from "./mail-words.ts";

type Moment = (at: Instant) => string;

/** The four answers for people, in short lines. `moment` writes an instant for whoever reads. */
export function leadText(of: LeadExplained, moment: Moment): string {
  const sections = [
    header(of, moment),
    ...(of.scores.length === 0
      ? [section("Why this score", ["No model scores this lead."])]
      : of.scores.map((score) => scoreSection(of, score, moment))),
    section("Why no mail now", things(whyNoMail(of, moment), moment)),
    section(
      "Why these mails",
      of.mails.length === 0
        ? ["None was asked for."]
        : of.mails.flatMap((mail) => mailLines(of, mail, moment)),
    ),
    section(
      "Sequences",
      of.enrolments.map((row) => enrolmentLine(of, row, moment)),
    ),
    section(
      "Consent",
      consentLog(of.log).map(
        (entry) => `${moment(entry.at)}: ${consentWords(entry, of.programme.settings.topics)}`,
      ),
    ),
    section("What comes next", nextLines(of, moment)),
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [title, ...lines.map((line) => `  ${line}`)].join("\n");
}

function header({ lead, programme }: LeadExplained, moment: Moment): string {
  const { name, role } = who({ lead });
  const owner = programme.reps.reps.find(({ rep }) => rep === lead.owner)?.name ?? lead.owner;
  const first = [name === lead.email ? name : `${name} <${lead.email}>`, role].filter(Boolean).join(", ");
  const facts = [`stage ${lead.stage}`, owner === null ? "no owner" : `owner ${owner}`];
  return `${first}\n${[...facts, `a lead since ${moment(lead.createdAt)}`].join(", ")}`;
}

function scoreSection(of: LeadExplained, { model, explanation }: ScoreExplained, moment: Moment): string {
  const { total, temperature, next, parts, crossings, reached } = explanation;
  const since = crossings.findLast(({ kind }) => kind === "temperature");
  const cause = since?.cause === "time" ? "as time passed" : `by ${since?.event ?? "an event"}`;
  const { warm, hot } = model.thresholds;
  const silent = parts.filter(isSilent).flatMap((part) => ("name" in part ? part.name : []));
  const title = of.scores.length > 1 ? `Why this score: ${model.title}` : "Why this score";
  return section(title, [
    `${shownScore(total)}, ${temperature}${since ? ` since ${moment(since.at)}, ${cause}` : " from the beginning"}; warm begins at ${warm}, hot at ${hot}`,
    ...reached.map((mark) => `the mark “${mark}” is reached`),
    ...parts.filter((part) => !isSilent(part)).flatMap((part) => partLines(of, part, model, moment)),
    ...(silent.length > 0 ? [`nothing from: ${silent.join(", ")}`] : []),
    next?.temperature
      ? `${driftWords(temperature, next.temperature)} ${moment(next.at)} if nothing happens`
      : "time alone does not change its temperature",
  ]);
}

function isSilent(part: ExplainedPart): boolean {
  return part.points === 0 && !(part.part === "engagement" && part.events.length > 0);
}

/** The latest acts of a rule that are listed. */
const MOST_ACTS = 5;

function partLines(
  of: LeadExplained,
  part: ExplainedPart,
  model: ScoreExplained["model"],
  moment: Moment,
): string[] {
  const line = (words: string) => `${shownPoints(part.points).padEnd(6)} ${words}`;
  switch (part.part) {
    case "fit": {
      const attribute = model.fit.find((criterion) => criterion.name === part.name)?.attribute ?? "";
      const value = clean(of.lead.attributes[attribute], 60) || "unknown";
      const band = part.band === null || part.band === `is ${value}` ? "" : ` (${part.band})`;
      return [line(`${part.name}: ${value}${band}`)];
    }
    case "engagement": {
      const faded = Math.abs(part.faded) >= 0.05 ? `, ${shownPoints(-part.faded)} faded` : "";
      const told = tellerOf(of);
      const latest = part.events.slice(-MOST_ACTS).toReversed();
      const earlier = part.events.length - latest.length;
      return [
        line(`${part.name}: ${counted(part.events.length, "act")}${faded}`),
        ...latest.map((fed) => `         ${shownPoints(fed.points)} ${told(fed)}, ${moment(fed.at)}`),
        ...(earlier > 0 ? [`         and ${earlier} earlier`] : []),
      ];
    }
    case "inactivity":
      return [line(`no act of theirs for ${part.name}, the last was ${moment(part.since)}`)];
    case "clamp":
      return [line(`a score stays between ${model.range.floor} and ${model.range.ceiling}`)];
    default:
      throw new Error(`unknown part: ${JSON.stringify(part satisfies never)}`);
  }
}

/** What an event that a rule took was, in words. */
export function tellerOf({
  log,
  mails,
}: Pick<LeadExplained, "log" | "mails">): (fed: { readonly seq: number; readonly type: string }) => string {
  const bySeq = new Map(log.map((event): [number, LoggedEvent] => [event.seq, event]));
  const subjects = new Map(mails.map((mail) => [String(mail.id), mail.subject ?? mail.template]));
  return ({ seq, type }) => {
    const event = bySeq.get(seq);
    return event ? actWords(event, subjects) : type;
  };
}

function mailLines(of: LeadExplained, mail: MailRow, moment: Moment): string[] {
  const at = mail.sent_at ?? mail.done_at;
  const version = mail.template_hash === null ? "" : `, version ${mail.template_hash.slice(0, 8)}`;
  const standing = whyStanding(mail, of, moment);
  const said = (of.decisions.get(mail.id) ?? []).filter(({ decision }) => decision !== "send");
  // The last word on one that never left stands above it.
  const before = mail.state === "sent" ? said : said.slice(0, -1);
  return [
    `${mail.subject ?? mail.template}: ${stateWords(mail.state).toLowerCase()}${at === null ? "" : ` ${moment(at)}`}`,
    `    ${capital(whyAsked(mail, of))}; ${mail.template}${version}`,
    ...(standing === null ? [] : [`    ${standing}`]),
    ...before.map((row) => `    ${moment(row.at)}: ${decisionWords(row, moment)}`),
    ...reactionWords(mail, moment).map((words) => `    ${capital(words)}.`),
  ];
}

function enrolmentLine(of: LeadExplained, row: LeadExplained["enrolments"][number], moment: Moment): string {
  const sequence = sequenceOf(of.programme, row);
  const begins = sequence ? ` (begins when a lead ${sequence.enter.map(entryWords).join(", or ")})` : "";
  const title = `“${sequence?.title ?? row.sequence}”`;
  if (row.holdout === 1) return `${title}: held out ${moment(row.entered_at)}, to measure what it causes`;
  const end =
    row.state === "open"
      ? `at its step ${row.step ?? "after the last"}`
      : `ended ${row.ended_at === null ? "" : moment(row.ended_at)}: ${outcomeWords(row.outcome ?? "")}`;
  return `${title}: entered ${moment(row.entered_at)}${begins}, ${end}`;
}

function nextLines(of: LeadExplained, moment: Moment): string[] {
  const lines = things(nextThings(of, moment), moment, of.now);
  return lines.length > 0 ? lines : ["Nothing by itself: it waits for them to do something."];
}

function things(list: readonly LeadThing[], moment: Moment, now = -Infinity): string[] {
  return list.map(({ at, words, why }) => {
    const when = at === null ? "" : at <= now ? "due now: " : `${moment(at)}: `;
    return `${when}${words}${why === null ? "" : `, ${why}`}`;
  });
}
