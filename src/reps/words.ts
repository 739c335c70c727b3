import type { Event } from "../events/event.ts";
import { DAY, HOUR, MINUTE, WEEK, type Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";

/** `Ana Reis`; the address where no name is known. */
export function leadName(lead: Pick<Lead, "email" | "attributes">): string {
  const { first_name, last_name } = lead.attributes;
  const name = [first_name, last_name].map((part) => clean(part)).filter((part) => part !== "");
  return name.length > 0 ? name.join(" ") : lead.email;
}

/** An attribute's value on one line, "" where there is none. */
export function clean(value: unknown, longest = 120): string {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return "";
  const line = String(value)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** `3 hours ago`. */
export function ago(at: Instant, now: Instant): string {
  const past = now - at;
  if (past < MINUTE) return "just now";
  if (past < 2 * MINUTE) return "a minute ago";
  if (past < HOUR) return `${counted(Math.floor(past / MINUTE), "minute")} ago`;
  if (past < 2 * HOUR) return "an hour ago";
  if (past < DAY) return `${counted(Math.floor(past / HOUR), "hour")} ago`;
  if (past < 2 * DAY) return "a day ago";
  if (past < 2 * WEEK) return `${counted(Math.floor(past / DAY), "day")} ago`;
  if (past < 9 * WEEK) return `${counted(Math.floor(past / WEEK), "week")} ago`;
  return `${counted(Math.floor(past / (30 * DAY)), "month")} ago`;
}

export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/** A score as screens show it: rounded down, so that a shown 50 is never below 50. */
export function shownScore(total: number): string {
  return String(Math.floor(total));
}

/** `33 %`; never 0 % of something, nor 100 % of less than all. `whole` is not 0. */
export function shownShare(part: number, whole: number): string {
  const percent = Math.round((part / whole) * 100);
  if (part > 0 && percent === 0) return "below 1 %";
  return part < whole && percent === 100 ? "over 99 %" : `${percent} %`;
}

/** `+7.1`, `−10`, to a tenth. */
export function shownPoints(points: number): string {
  const rounded = Math.round(Math.abs(points) * 10) / 10;
  if (rounded === 0) return "0";
  return `${points < 0 ? "−" : "+"}${rounded}`;
}

/** What an act is, told of a person: `viewed /pricing`. `subjects`: of mails, by number. */
export function actWords(event: Event, subjects: ReadonlyMap<string, string> = new Map()): string {
  const say = (name: string) => clean(event.properties[name], 80);
  const mail = quoted(event.message === null ? "" : (subjects.get(event.message) ?? ""));
  switch (event.type) {
    case "email.opened":
      return `opened ${mail || "a mail"}`;
    case "email.clicked":
      return joined("clicked", pathOf(say("url")) || "a link", mail && `in ${mail}`);
    case "email.replied":
      return `replied ${joined(mail && "to", mail) || quoted(say("subject"))}`.trim();
    case "email.unsubscribed":
      return say("topic") ? `unsubscribed from ${say("topic")}` : "unsubscribed";
    case "email.complained":
      return "reported a mail as spam";
    case "page.viewed":
      return joined(
        "viewed",
        say("path") || pathOf(say("url")) || "a page",
        stay(event.properties["seconds"]),
      );
    case "form.submitted":
      return `sent the form ${quoted(say("form"))}`.trim();
    case "content.downloaded":
      return `downloaded ${say("title") || say("file") || "a file"}`;
    case "webinar.registered":
      return joined("registered for", say("title") || "a webinar");
    case "webinar.attended":
      return joined("attended", say("title") || "a webinar");
    case "event.attended":
      return joined("came to", say("title") || "an event");
    case "demo.requested":
      return "asked for a demo";
    case "proposal.requested":
      return "asked for a proposal";
    case "trial.started":
      return "started a trial";
    case "call.made":
      return joined("had a call", stay(Number(event.properties["minutes"]) * 60));
    case "support.requested":
      return "asked for support";
    case "lead.referred":
      return "referred somebody";
    case "consent.given":
      return "gave consent";
    case "consent.asked":
      return "was asked to confirm a consent";
    case "consent.withdrawn":
      return "withdrew consent";
    case "rep.noted":
      return joined(`${say("rep") || "a rep"} noted:`, say("text") || say("feeling"));
    default:
      return joined(event.type.replaceAll(/[._-]+/g, " "), say("title") || say("path"));
  }
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}

function quoted(text: string): string {
  return text === "" ? "" : `“${text}”`;
}

function pathOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const { hostname, pathname } = new URL(url);
  return pathname === "/" ? hostname : pathname;
}

function stay(seconds: unknown): string {
  if (typeof seconds !== "number" || !(seconds >= 5)) return "";
  return seconds < 90 ? `for ${Math.round(seconds)} seconds` : `for ${Math.round(seconds / 60)} minutes`;
}
