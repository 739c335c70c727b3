import { queueOwnMails } from "../email/own-mails.store.ts";
import { ONLY_IN_THE_MAIL } from "../email/own-link.ts";
import { readToken } from "../email/token.ts";
import { DAY, type Instant } from "../instant.ts";
import { drain } from "../lifecycle/drain.run.ts";
import { stockUp } from "../lifecycle/ids.store.ts";
import type { TrackingDeps } from "./deps.ts";
import { readAsker, type Asker } from "./mail.store.ts";
import { composeMyData } from "./my-data-mail.ts";
import type { Language } from "./words.ts";

const VALID = 7 * DAY;

/** One mail a lead and day (UTC), however often somebody who has a forwarded mail asks. */
const keyOf = (lead: number, at: Instant) => `my-data/${lead}/${Math.floor(at / DAY)}`;

/** Sends the link to the lead's own address, by way of the outbox. */
export async function mailData(
  deps: TrackingDeps,
  lead: { readonly id: number; readonly email: string },
  language: Language,
): Promise<void> {
  const { spine, baseUrl } = deps;
  const at = deps.clock.now();
  const programme = spine.programme();
  const link = `${baseUrl}/t/d/${ONLY_IN_THE_MAIL}`;
  const body = composeMyData(language, programme.settings.company, link);
  const id = (await stockUp(spine.db, 1)).message();
  await spine.db.unit((trx) =>
    queueOwnMails(trx, [
      {
        id,
        kind: "confirmation",
        template: "system:my-data",
        key: keyOf(lead.id, at),
        recipient: lead.email,
        lead: lead.id,
        body,
        at,
        programme: programme.hash,
      },
    ]),
  );
}

/** Whose data a link opens; null for one that is none, too old, or that went to an address which is theirs no more. */
export async function readMyData(deps: TrackingDeps, text: string): Promise<Asker | null> {
  const token = readToken(deps.tokenKeys, "mydata", text);
  if (!token || token.at + VALID < deps.clock.now()) return null;
  await drain(deps.spine);
  return readAsker(deps.spine.db.kysely, token.lead, keyOf(token.lead, token.at));
}
