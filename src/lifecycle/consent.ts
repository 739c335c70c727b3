import type { Event } from "../events/event.ts";

/** `asked`: somebody said yes in the lead's name, and the lead has not confirmed it. */
export type ConsentWord = "given" | "withdrawn" | "asked";

/** The last word on each topic; `*` for all. */
export type Consent = Readonly<Record<string, ConsentWord>>;

/** The last word on a topic (null: on mail as such), else on mail as such. */
export function wordOn(consent: Consent, topic: string | null): ConsentWord | "none" {
  return (topic === null ? undefined : consent[topic]) ?? consent["*"] ?? "none";
}

/**
 * What a consent is called in the log: under double opt-in it is given by the lead's own click alone; any other is asked
 * for until then.
 */
export function consentType(type: string, properties: Event["properties"], doubleOptIn: boolean): string {
  return type === "consent.given" && doubleOptIn && properties["confirmed"] !== true ? "consent.asked" : type;
}

/** The last words after a counted event; the same object where it says nothing of consent. */
export function consentAfter(before: Consent, event: Event): Consent {
  const topic = topicOf(event);
  switch (event.type) {
    case "consent.given":
      return topic === null ? { ...confirmed(before), "*": "given" } : { ...before, [topic]: "given" };
    case "consent.asked":
      // What counts already needs no second yes.
      return wordOn(before, topic) === "given" ? before : { ...before, [topic ?? "*"]: "asked" };
    case "consent.withdrawn":
      // The last word on mail as such is also the last on each topic.
      return topic === null ? { "*": "withdrawn" } : { ...before, [topic]: "withdrawn" };
    case "email.unsubscribed":
      return topic === null ? before : { ...before, [topic]: "withdrawn" };
    default:
      return before;
  }
}

/** A yes to all mail is one to each topic that was asked about. */
function confirmed(before: Consent): Consent {
  const words = Object.entries(before).map(([topic, word]) => [topic, word === "asked" ? "given" : word]);
  return Object.fromEntries(words) as Consent;
}

/** null: all mail. */
export function topicOf(event: Event): string | null {
  const topic = event.properties["topic"];
  return typeof topic === "string" && topic !== "" ? topic : null;
}
