import { isCounted, type LoggedEvent } from "../events/event.ts";
import type { Topic } from "../config/settings.ts";
import type { Instant } from "../instant.ts";

/** One line of the record that mailing somebody rests on. */
export interface ConsentEntry {
  readonly at: Instant;
  readonly what: string;
  /** null: all mail. */
  readonly topic: string | null;
  /** In what words, and where; null where nobody said. */
  readonly words: string | null;
  readonly source: string | null;
}

const WHAT: Readonly<Record<string, string>> = {
  "consent.given": "given",
  "consent.asked": "asked for",
  "consent.withdrawn": "withdrawn",
  "email.unsubscribed": "unsubscribed",
  "email.complained": "complained",
};

/** What the lead, or somebody in its name, said about being mailed; newest first. */
export function consentLog(log: readonly LoggedEvent[]): ConsentEntry[] {
  return log
    .filter((event) => isCounted(event) && Object.hasOwn(WHAT, event.type))
    .map(({ at, type, properties }) => {
      const said = (name: string) => {
        const value = properties[name];
        return typeof value === "string" && value !== "" ? value : null;
      };
      const confirmed = type === "consent.given" && properties["confirmed"] === true;
      return {
        at,
        what: confirmed ? "given and confirmed" : WHAT[type]!,
        topic: said("topic"),
        words: said("words"),
        source: said("source"),
      };
    })
    .toReversed();
}

/** `given, Product news, “I want news”, by crm` */
export function consentWords({ what, topic, words, source }: ConsentEntry, topics: readonly Topic[]): string {
  return [
    what,
    topicTitle(topic, topics).toLowerCase(),
    ...(words === null ? [] : [`“${words}”`]),
    ...(source === null ? [] : [`by ${source}`]),
  ].join(", ");
}

/** null and `*`: all mail. */
export function topicTitle(topic: string | null, topics: readonly Topic[]): string {
  if (topic === null || topic === "*") return "All mail";
  return topics.find((one) => one.topic === topic)?.title ?? topic;
}
