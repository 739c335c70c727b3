import type { Topic } from "../config/settings.ts";
import { readToken } from "../email/token.ts";
import { eventInput, type Input } from "../events/input.ts";
import { DAY } from "../instant.ts";
import { confirmationKey } from "../lifecycle/confirmation.store.ts";
import { drain } from "../lifecycle/drain.run.ts";
import { lookAt } from "../lifecycle/look.ts";
import { loadSnapshots } from "../lifecycle/snapshot.store.ts";
import type { TrackingDeps } from "./deps.ts";
import { readAsker } from "./mail.store.ts";

const VALID = 30 * DAY;

/** Who is asked, and for what. */
export interface Asked {
  readonly lead: number;
  readonly locale: string | null;
  /** Whether a yes changes anything: once is enough; who left since may come back by it. */
  readonly isNews: boolean;
  /** What was said in the lead's name; none: to mail as such. */
  readonly topics: readonly Topic[];
}

/** Whom a link asks; null for one that is none, too old, or that went to an address which is theirs no more. */
export async function readAsked(deps: TrackingDeps, text: string): Promise<Asked | null> {
  const { clock, spine, tokenKeys } = deps;
  const token = readToken(tokenKeys, "confirm", text);
  if (!token || token.at + VALID < clock.now()) return null;
  await drain(spine);
  const db = spine.db.kysely;
  const asker = await readAsker(db, token.lead, confirmationKey(token.lead, token.at));
  const snapshot = asker && (await loadSnapshots(db, [asker.id], [])).get(asker.id);
  if (!snapshot) return null;
  const programme = spine.programme();
  const { consent } = lookAt(snapshot, programme, clock.now()).state;
  const pending = Object.keys(consent).filter((topic) => consent[topic] === "asked");
  return {
    lead: asker.id,
    locale: asker.locale,
    isNews: !asker.confirmed || asker.suppressed === "unsubscribed" || pending.length > 0,
    // A yes to all mail is one to each topic.
    topics: pending.includes("*")
      ? []
      : pending.map((topic) => ({ topic, title: titleOf(programme.settings.topics, topic) })),
  };
}

function titleOf(topics: readonly Topic[], name: string): string {
  return topics.find(({ topic }) => topic === name)?.title ?? name;
}

/**
 * The lead's own yes, in the words of the button. A lead who left comes back by it, and by nothing else: no event that
 * the API or a file tells of does that.
 */
export function confirmations({ topics }: Asked, button: string): Input[] {
  const yes = (words: string, topic: Readonly<Record<string, string>>) =>
    eventInput("consent.given", "lead", { ...topic, words, source: "double opt-in", confirmed: true });
  const given =
    topics.length === 0
      ? [yes(button, {})]
      : topics.map(({ topic, title }) => yes(`${button}: ${title}`, { topic }));
  return [...given, { kind: "suppress", reason: null, source: "lead" }];
}
