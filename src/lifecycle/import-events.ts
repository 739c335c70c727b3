import { createHash } from "node:crypto";
import { nearest } from "../config/nearest.ts";
import { CATALOGUE, defaultActor, isEventName } from "../events/catalogue.ts";
import { ACTORS, FURTHEST_AHEAD, VERDICTS, type Actor, type Verdict } from "../events/event.ts";
import { eventInput, type EventInput } from "../events/input.ts";
import type { Instant } from "../instant.ts";
import type { Targets } from "./import-columns.ts";
import { emailValue } from "./import-leads.ts";
import { instantValue, isObject, refuseUnstorable, RowError, shown, textOf } from "./import-values.ts";

/** An event of a file. */
export interface EventDraft {
  readonly line: number;
  email: string;
  type: string;
  at: Instant | null;
  actor: Actor | null;
  verdict: Verdict;
  readonly properties: Record<string, unknown>;
  /** The sender's word for the email it belongs to. */
  message: string | null;
  /** What the sender calls it; null: its line has to do. */
  id: string | null;
}

const OWN = ["email", "type", "at", "actor", "verdict", "id", "message", "properties"];

const SYNONYMS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    email: "e_mail mail email_address e_mail_address lead lead_email contact_email",
    type: "event event_type event_name",
    at: "timestamp time date occurred_at happened_at event_time event_date created_at",
    id: "event_id",
    properties: "event_properties",
  }).flatMap(([target, names]) => names.split(" ").map((name) => [name, target])),
);

/** What columns of an events file mean. */
export function eventTargets(now: Instant): Targets<EventDraft> {
  return {
    own: OWN,
    attributes: [],
    synonyms: SYNONYMS,
    refuse: (target) =>
      /^properties\..+$/.test(target)
        ? null
        : `an event has ${OWN.join(", ")} and properties.NAME, but no "${target}"`,
    begin: (line) => ({
      line,
      email: "",
      type: "",
      at: null,
      actor: null,
      verdict: "human",
      properties: {},
      message: null,
      id: null,
    }),
    take(draft, target, value) {
      if (value === undefined || value === null) return;
      if (target === "properties") return takeProperties(draft, value);
      if (target.startsWith("properties.")) {
        const name = target.slice("properties.".length);
        const typed = typeof value === "string" ? cellValue(target, value) : value;
        refuseUnstorable(target, typed);
        if (typed !== null) draft.properties[name] = typed;
        return;
      }
      const text = textOf(target, value);
      if (text === "") return;
      switch (target) {
        case "email":
          draft.email = emailValue(text);
          return;
        case "type":
          draft.type = typeValue(text);
          return;
        case "at":
          draft.at = instantValue(target, text);
          if (draft.at > now + FURTHEST_AHEAD) throw new RowError(`at lies in the future: ${text}`);
          return;
        case "actor":
          draft.actor = wordOf(target, text, ACTORS);
          return;
        case "verdict":
          draft.verdict = wordOf(target, text, VERDICTS);
          return;
        case "id":
          draft.id = text;
          return;
        case "message":
          draft.message = text;
          return;
      }
    },
    finish({ email, type, at, properties }) {
      if (email === "") throw new RowError("has no email");
      if (type === "") throw new RowError("has no type");
      if (at === null) throw new RowError("does not say when it happened (at)");
      if (type === "lead.created" || type === "lead.updated") checkAttributes(properties["attributes"]);
    },
  };
}

function takeProperties(draft: EventDraft, value: unknown): void {
  let properties = value;
  if (typeof value === "string") {
    if (value.trim() === "") return;
    try {
      properties = JSON.parse(value);
    } catch (error) {
      throw new RowError(`properties is no JSON: ${(error as Error).message}`);
    }
  }
  if (!isObject(properties)) throw new RowError(`properties must be an object, not ${shown(properties)}`);
  refuseUnstorable("properties", properties);
  Object.assign(draft.properties, properties);
}

/** A cell is a number, true or false where it is written as JSON writes it, so that `0171` stays text. */
function cellValue(name: string, cell: string): string | number | boolean | null {
  const text = textOf(name, cell);
  if (text === "") return null;
  if (text === "true" || text === "false") return text === "true";
  return String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : text;
}

function typeValue(text: string): string {
  if (isEventName(text)) return text;
  const near = nearest(text.replaceAll(" ", "."), Object.keys(CATALOGUE));
  const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
  throw new RowError(
    `type must be lower case with dots between words, like page.viewed, not ${shown(text)}${hint}`,
  );
}

function wordOf<T extends string>(name: string, text: string, words: readonly T[]): T {
  const word = words.find((one) => one === text.toLowerCase());
  if (word === undefined)
    throw new RowError(`${name} must be one of ${words.join(", ")}, not ${shown(text)}`);
  return word;
}

function checkAttributes(attributes: unknown): void {
  if (attributes === undefined) return;
  const plain =
    isObject(attributes) &&
    Object.values(attributes).every((value) => value === null || typeof value !== "object");
  if (!plain) throw new RowError(`attributes must be an object of single values, not ${shown(attributes)}`);
}

/** What keeps the event from going in twice: the sender's id, or else the line itself. */
export function keyOf(draft: EventDraft, cells: readonly string[]): string {
  if (draft.id !== null) return draft.id;
  return `import:${createHash("sha256").update(cells.join("\0")).digest("base64url")}`;
}

export function eventOf(draft: EventDraft): EventInput {
  return eventInput(draft.type, draft.actor ?? defaultActor(draft.type), draft.properties, {
    at: draft.at,
    verdict: draft.verdict,
    message: draft.message === null ? null : foreignMessage(draft.message),
  });
}

/**
 * A number for another system's message, so that `once_per: message` knows its events from each other. Below zero,
 * where no message of ours is.
 */
export function foreignMessage(word: string): number {
  return -1 - createHash("sha256").update(word).digest().readUIntBE(0, 6);
}
