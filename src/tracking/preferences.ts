import type { Topic } from "../config/settings.ts";
import { eventInput, type EventInput } from "../events/input.ts";
import type { Fewer } from "../lifecycle/fewer.ts";
import { DAY, formatInstant, type Instant } from "../instant.ts";

/** What a lead gets now, as the preferences page shows it. */
export interface Standing {
  /** No mail at all. */
  readonly suppressed: boolean;
  readonly pausedUntil: Instant | null;
  /** At most one mail a week or a month. */
  readonly fewer: Fewer | null;
  /** `asked`: wished for, and still to be confirmed by a link mailed to the lead. */
  readonly topics: readonly (Topic & { readonly on: boolean; readonly asked: boolean })[];
}

/** One button of the page was pressed. `topics`: those that are ticked. */
export type Wish =
  | { readonly wish: "topics"; readonly topics: readonly string[] }
  | { readonly wish: "pause-30" | "pause-90" | "resume" | "off" | "data" }
  | { readonly wish: "fewer"; readonly fewer: Fewer | null };

/** A posted form → what is wished; null for one that the page does not have. */
export function wishOf(form: Readonly<Record<string, unknown>>): Wish | null {
  switch (form["do"]) {
    case "topics": {
      const ticked = form["topic"] ?? [];
      const topics = Array.isArray(ticked) ? ticked : [ticked];
      return { wish: "topics", topics: topics.filter((topic): topic is string => typeof topic === "string") };
    }
    case "pause-30":
    case "pause-90":
    case "resume":
    case "off":
    case "data":
      return { wish: form["do"] };
    case "fewer-week":
      return { wish: "fewer", fewer: "week" };
    case "fewer-month":
      return { wish: "fewer", fewer: "month" };
    case "fewer-none":
      return { wish: "fewer", fewer: null };
    default:
      return null;
  }
}

/**
 * What has to happen for a wish to hold; nothing where it holds already. `legend` is what stands over the topics on
 * the page: consent is kept in the words in which it was given.
 */
export function eventsFor(
  wish: Wish,
  standing: Standing,
  { legend, message, now }: { readonly legend: string; readonly message: number; readonly now: Instant },
): EventInput[] {
  const by = { message };
  switch (wish.wish) {
    case "topics":
      return standing.topics
        .filter(({ topic, on }) => on !== wish.topics.includes(topic))
        .map(({ topic, title, on }) =>
          eventInput(
            on ? "consent.withdrawn" : "consent.given",
            "lead",
            { topic, words: `${legend}: ${title}`, source: "preferences page" },
            by,
          ),
        );
    case "pause-30":
    case "pause-90": {
      const until = now + (wish.wish === "pause-30" ? 30 : 90) * DAY;
      return [
        eventInput(
          "sequences.paused",
          "lead",
          { until: formatInstant(until), reason: "asked for by the lead" },
          by,
        ),
      ];
    }
    case "resume":
      return standing.pausedUntil === null
        ? []
        : [eventInput("sequences.resumed", "lead", { reason: "asked for by the lead" }, by)];
    case "fewer":
      return wish.fewer === standing.fewer
        ? []
        : [eventInput("preferences.changed", "lead", { fewer: wish.fewer }, by)];
    case "data":
      return [];
    case "off":
      return standing.suppressed ? [] : [eventInput("email.unsubscribed", "lead", {}, by)];
    default:
      throw new Error(`unknown wish: ${JSON.stringify(wish satisfies never)}`);
  }
}
