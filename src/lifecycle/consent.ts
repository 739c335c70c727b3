import type { Event } from "../events/event.ts";

/** The last word on each topic; `*` for all. */
export type Consent = Readonly<Record<string, "given" | "withdrawn">>;

/** The last words after a counted event; the same object where it says nothing of consent. */
export function consentAfter(before: Consent, event: Event): Consent {
  const topic = topicOf(event);
  switch (event.type) {
    case "consent.given":
      return { ...before, [topic ?? "*"]: "given" };
    case "consent.withdrawn":
      // The last word on mail as such is also the last on each topic.
      return topic === null ? { "*": "withdrawn" } : { ...before, [topic]: "withdrawn" };
    case "email.unsubscribed":
      return topic === null ? before : { ...before, [topic]: "withdrawn" };
    default:
      return before;
  }
}

/** null: all mail. */
export function topicOf(event: Event): string | null {
  const topic = event.properties["topic"];
  return typeof topic === "string" && topic !== "" ? topic : null;
}
