import { ACTORS, VERDICTS, type Actor, type Verdict } from "../events/event.ts";
import { suggest } from "../config/nearest.ts";
import { isEventName } from "../events/catalogue.ts";
import { parseDuration, parseInstant, type Duration, type Instant } from "../instant.ts";
import { normaliseEmail } from "../leads/address.ts";

/** A lead of a leads file: `kindling score` and `kindling simulate` read the same lines. */
export interface ScriptLead {
  readonly email: string;
  readonly at: Instant;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** It says yes to mail as it comes in, as on a form. */
  readonly consents?: boolean;
}

interface Act {
  readonly email: string;
  readonly type: string;
  readonly actor: Actor;
  readonly verdict: Verdict;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The sender's own word for the mail that it belongs to; a reaction belongs to the mail that it answers. */
  readonly message: string | null;
  /** The n-th tracked link of the message; for clicks. */
  readonly link: number | null;
}

/** Something that happens at an instant of its own. */
export interface TimedAct extends Act {
  readonly at: Instant;
}

/** Something that happens once, some time after the first happening that fits `where`. */
export interface Reaction extends Act {
  readonly on: string;
  readonly where: Readonly<Record<string, unknown>>;
  readonly after: Duration;
}

export type ScriptLine = TimedAct | Reaction;

export function isReaction(line: ScriptLine): line is Reaction {
  return "on" in line;
}

/** Keys of a reaction that say what to do; all others say which happening is waited for. */
const OWN_KEYS = new Set([
  "email",
  "on",
  "after",
  "type",
  "actor",
  "verdict",
  "properties",
  "link",
  "message",
]);

/** What a line of the log can be, and so what a reaction can wait for. */
export const HAPPENINGS = [
  "message.sent",
  "message.deferred",
  "message.dropped",
  "score.crossed",
  "sequence.entered",
  "sequence.step",
  "sequence.ended",
  "rep.notified",
  "deal.opened",
  "lead.created",
  "event",
] as const;

/** One line of a script, or what is wrong with it. */
export function readScriptLine(value: unknown): ScriptLine | string {
  if (!isObject(value))
    return "expected an object with email, type and at, or with email, on, after and type";
  const act = readAct(value);
  if (typeof act === "string") return act;
  if (value["on"] === undefined) {
    const at = instantOf(value["at"]);
    if (value["at"] === undefined) return `"at" is missing (or "on", for an answer to a mail)`;
    if (at === undefined)
      return `at: ${JSON.stringify(value["at"])} is no ISO 8601 instant, like 2026-01-01T00:00:00Z`;
    return { ...act, at };
  }
  if (typeof value["on"] !== "string")
    return "on: expected the name of what is waited for, like message.sent";
  if (!HAPPENINGS.some((known) => known === value["on"]))
    return `on: nothing is called ${JSON.stringify(value["on"])} (${suggest(value["on"], HAPPENINGS)})`;
  const after = value["after"] === undefined ? 0 : durationOf(value["after"]);
  if (after === undefined) return `after: ${JSON.stringify(value["after"])} is no duration, like 2h or 3d`;
  const where = Object.fromEntries(Object.entries(value).filter(([key]) => !OWN_KEYS.has(key)));
  return { ...act, on: value["on"], where, after };
}

function readAct(value: Readonly<Record<string, unknown>>): Act | string {
  const email = typeof value["email"] === "string" ? normaliseEmail(value["email"]) : null;
  if (email === null)
    return missing(value, "email") ?? `email: ${JSON.stringify(value["email"])} is no address`;
  const type = value["type"];
  if (typeof type !== "string" || !isEventName(type)) {
    return (
      missing(value, "type") ??
      `type: ${JSON.stringify(type)} is no event, like page.viewed (lower case, dots between words)`
    );
  }
  const actor = value["actor"] ?? "lead";
  if (!ACTORS.includes(actor as Actor)) return `actor: expected one of ${ACTORS.join(", ")}`;
  const verdict = value["verdict"] ?? "human";
  if (!VERDICTS.includes(verdict as Verdict)) return `verdict: expected one of ${VERDICTS.join(", ")}`;
  const properties = value["properties"] ?? {};
  if (!isObject(properties)) return "properties: expected an object";
  const message = value["message"] ?? null;
  if (message !== null && typeof message !== "string") return "message: expected a text";
  const link = value["link"] ?? null;
  if (link !== null && !(Number.isInteger(link) && (link as number) >= 0))
    return "link: expected a number from 0";
  return {
    email,
    type,
    actor: actor as Actor,
    verdict: verdict as Verdict,
    properties,
    message,
    link: link as number | null,
  };
}

function missing(value: Readonly<Record<string, unknown>>, key: string): string | undefined {
  return value[key] === undefined ? `"${key}" is missing` : undefined;
}

function instantOf(value: unknown): Instant | undefined {
  return typeof value === "string" ? parseInstant(value) : undefined;
}

function durationOf(value: unknown): Duration | undefined {
  return typeof value === "string" ? parseDuration(value) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
