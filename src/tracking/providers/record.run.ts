import { readOwnAddress, tokenOfMessageId } from "../../email/mime.ts";
import { readToken, type TokenKeys } from "../../email/token.ts";
import { appendToInbox, type Arrival } from "../../events/inbox.store.ts";
import { eventInput } from "../../events/input.ts";
import type { Instant } from "../../instant.ts";
import { normaliseEmail } from "../../leads/address.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import type { News, Told } from "./news.ts";
import { readToldMails, takeNames, takeRequest, type ToldMail } from "./requests.store.ts";

interface Deps {
  readonly spine: Pick<Spine, "db" | "clock">;
  readonly tokenKeys: TokenKeys;
}

/**
 * Puts down what a verified request tells, each piece of news once, in one transaction. False for a request that was
 * taken before: nothing is changed.
 */
export async function record({ spine, tokenKeys }: Deps, provider: string, told: Told): Promise<boolean> {
  const now = spine.clock.now();
  return spine.db.unit(async (trx) => {
    if (told.once !== null && !(await takeRequest(trx, `${provider}/${told.once}`, now))) return false;
    const named = told.news.map((one) => ({ one, names: one.ids.map((id) => `${provider}/${id}`) }));
    const fresh = await takeNames(trx, [...new Set(named.flatMap(({ names }) => names))], now);
    // Of one name twice in this request the first counts.
    const news = named.filter(({ names }) => {
      const isNew = names.every((name) => fresh.has(name));
      for (const name of names) fresh.delete(name);
      return isNew;
    });
    if (told.once === null && told.news.length > 0 && news.length === 0) return false;
    const ours = news.map(({ one }) => ({ one, message: messageOf(tokenKeys, one.mails) }));
    const mails = await readToldMails(
      trx,
      ours.flatMap(({ message }) => message ?? []),
    );
    await appendToInbox(
      trx,
      ours.flatMap(({ one, message }) => arrivalOf(provider, one, mails.get(message ?? -1) ?? null, now)),
    );
    return true;
  });
}

/** The message that one of these Message-IDs or return paths of ours names. */
function messageOf(keys: TokenKeys, mails: readonly string[]): number | null {
  for (const text of mails) {
    const own = readOwnAddress(text);
    const token = tokenOfMessageId(text) ?? (own?.kind === "bounce" ? own.token : null);
    const read = token === null ? null : readToken(keys, "verp", token);
    if (read) return read.message;
  }
  return null;
}

export const TO_LEADS = new Set(["sequence", "confirmation"]);

/** Without a mail of ours it is for whoever has the address; it makes no lead. */
function arrivalOf(provider: string, news: News, mail: ToldMail | null, now: Instant): Arrival[] {
  const { what } = news;
  // A rep's mail names a lead too, who is not the one that it went to.
  if (mail !== null && !TO_LEADS.has(mail.kind)) return [];
  const recipient = normaliseEmail(news.recipient ?? "");
  const to = mail !== null ? { message: mail.id } : recipient === null ? null : { email: recipient };
  if (to === null) return [];
  const about = mail === null ? {} : aboutOf(mail);
  const input = eventInput(
    what.type,
    what.type === "email.bounced" ? "system" : "lead",
    { ...about, ...(what.type === "email.bounced" ? bounceOf(what) : {}), provider },
    { message: mail?.id ?? null },
  );
  return [{ to, at: now, live: true, create: "no", inputs: [input] }];
}

export function aboutOf({ template, variant, sequence, step }: ToldMail) {
  return { template, ...(variant === null ? {} : { variant }), sequence, step };
}

/** As the outbox writes it of a refusal. */
function bounceOf({ bounce, status }: Extract<News["what"], { type: "email.bounced" }>) {
  return {
    class: bounce.class,
    ...(status === null ? {} : { status }),
    reason: bounce.reason,
    ...(bounce.class === "soft" && !bounce.counts ? { counts: false } : {}),
  };
}
