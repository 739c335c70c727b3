import type { Db } from "../db/tables.ts";
import { formatInstant } from "../instant.ts";
import { mayMention } from "./erase.store.ts";
import { mentionsOf } from "./mentions.ts";

/**
 * What tables without a lead's number hold of an address: what webhooks were told, answers kept for callers of the API,
 * and what arrived and could not be folded.
 */
export async function aboutThem(db: Db, email: string): Promise<Record<string, unknown[]>> {
  const mentions = mentionsOf([email]);
  const deliveries = await db
    .selectFrom("webhook_deliveries")
    .select(["at", "webhook", "state", "body"])
    .where(mayMention(db, mentions, ["body"]))
    .orderBy("id")
    .execute();
  const answers = await db
    .selectFrom("idempotency")
    .select(["at", "answer"])
    .where(mayMention(db, mentions, ["answer"]))
    .orderBy("at")
    .orderBy("request_key")
    .execute();
  const inbox = await db
    .selectFrom("inbox")
    .select(["received_at", "body", "failed"])
    .where(mayMention(db, mentions, ["body"]))
    .orderBy("id")
    .execute();
  return {
    webhook_deliveries: deliveries
      .filter(({ body }) => mentions.isIn(body))
      .map(({ at, body, ...row }) => ({
        at: formatInstant(at),
        ...row,
        body: JSON.parse(body) as unknown,
      })),
    api_answers: answers
      .filter(({ answer }) => mentions.isIn(answer))
      .map(({ at, answer }) => ({ at: formatInstant(at), answer: JSON.parse(answer) as unknown })),
    set_aside: inbox
      .filter(({ body }) => mentions.isIn(body))
      .map(({ received_at, body, failed }) => ({
        received_at: formatInstant(received_at),
        failed,
        body: JSON.parse(body) as unknown,
      })),
  };
}
