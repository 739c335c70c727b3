import { wordOn } from "../lifecycle/consent.ts";
import { lookAt } from "../lifecycle/look.ts";
import { drain } from "../lifecycle/drain.run.ts";
import { loadSnapshots } from "../lifecycle/snapshot.store.ts";
import type { Spine } from "../lifecycle/spine.ts";
import { zoneOf } from "../calendar/place.ts";
import { localeOf, readLeadOf } from "./mail.store.ts";
import type { Standing } from "./preferences.ts";

export interface Reader {
  readonly lead: { readonly id: number; readonly email: string };
  readonly standing: Standing;
  /** The lead's own, where it is known. */
  readonly locale: string | null;
  /** The lead's IANA zone. */
  readonly zone: string;
}

/** What the lead of a message gets now, all that waits in the inbox included; null where the lead is gone. */
export async function readReader(spine: Spine, message: number): Promise<Reader | null> {
  await drain(spine);
  const lead = await readLeadOf(spine.db.kysely, message);
  const snapshot = lead === null ? undefined : (await loadSnapshots(spine.db.kysely, [lead], [])).get(lead);
  if (!snapshot) return null;
  const programme = spine.programme();
  const { settings } = programme;
  const now = spine.clock.now();
  const life = lookAt(snapshot, programme, now);
  const { pausedUntil, suppressed, attributes } = life.lead;
  return {
    lead: life.lead,
    standing: {
      fewer: life.state.fewer ?? null,
      suppressed: suppressed !== null,
      pausedUntil: pausedUntil !== null && pausedUntil > now ? pausedUntil : null,
      topics: settings.topics.map((topic) => {
        const word = wordOn(life.state.consent, topic.topic);
        const on = word === "given" || (word === "none" && !settings.consent.required);
        return { ...topic, on, asked: word === "asked" };
      }),
    },
    locale: localeOf(attributes),
    zone: zoneOf(attributes, settings.company),
  };
}
