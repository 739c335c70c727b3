import { InputError } from "../config/problems.ts";
import { inList } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import { appendToInbox, type Arrival } from "../events/inbox.store.ts";
import type { Instant } from "../instant.ts";
import { suppressionHash, type SuppressionKey } from "../leads/suppression.ts";
import { findSuppressed, suppressAddresses } from "../leads/suppression.store.ts";
import { drained, inUnit } from "./drained.run.ts";
import type { Spine } from "./spine.ts";

export interface ToSuppress {
  /** Normalised. */
  readonly email: string;
  readonly reason: string;
}

/**
 * Puts addresses on the list, of leads and of others; a lead's sequences end at once. One that is on it keeps its
 * first reason. Says how many were new.
 */
export async function suppressEmails(
  spine: Spine,
  entries: readonly ToSuppress[],
  source: string,
): Promise<number> {
  const at = spine.clock.now();
  const added = await inUnit(spine, async (trx) => {
    const emails = [...new Set(entries.map(({ email }) => email))];
    const known = await findSuppressed(trx, spine.suppressionKeys, emails);
    const reasons = new Map(entries.toReversed().map(({ email, reason }) => [email, reason]));
    const fresh = emails.filter((email) => !known.has(email));
    await suppressAddresses(
      trx,
      spine.suppressionKeys,
      fresh.map((email) => ({ email, reason: reasons.get(email)!, source, at })),
    );
    const leads = await mailable(trx, emails);
    await appendToInbox(
      trx,
      leads.map((email) => handOn(email, at, known.get(email) ?? reasons.get(email)!, source)),
    );
    return fresh.length;
  });
  await drained(spine);
  return added;
}

/** How many of these are not on the list yet. */
export async function countUnlisted(spine: Spine, emails: readonly string[]): Promise<number> {
  const once = [...new Set(emails)];
  return once.length - (await findSuppressed(spine.db.kysely, spine.suppressionKeys, once)).size;
}

async function mailable(trx: Db, emails: readonly string[]): Promise<string[]> {
  const rows = await trx
    .selectFrom("leads")
    .select("email")
    .where(inList(trx, "email", emails))
    .where("suppressed", "is", null)
    .orderBy("id")
    .execute();
  return rows.map(({ email }) => email);
}

/** What people said themselves: they come back only by their own confirmed opt-in. */
const OWN_WORD = ["unsubscribed", "complained", "erased"];

/**
 * Takes an address off the list; false where it is not on it. Throws InputError for one whose owner left: no operator
 * brings them back.
 */
export async function unsuppressEmail(spine: Spine, email: string): Promise<boolean> {
  const at = spine.clock.now();
  const listed = await inUnit(spine, async (trx) => {
    const reason = (await findSuppressed(trx, spine.suppressionKeys, [email])).get(email);
    if (reason === undefined) return false;
    if (OWN_WORD.includes(reason))
      throw new InputError(
        `${email} left by their own word (${reason}) and comes back only by their own confirmed opt-in`,
      );
    const hashes = spine.suppressionKeys.map((key) => suppressionHash(key, email));
    await trx
      .deleteFrom("suppressions")
      .where(inList(trx, "hash", hashes))
      .execute();
    await appendToInbox(trx, [handOn(email, at, null, "operator")]);
    return true;
  });
  await drained(spine);
  return listed;
}

function handOn(email: string, at: Instant, reason: string | null, source: string): Arrival {
  return { to: { email }, at, live: true, create: "no", inputs: [{ kind: "suppress", reason, source }] };
}

export interface Listed {
  /** null: no lead of ours, and a hash says nothing. */
  readonly email: string | null;
  readonly hash: string;
  readonly reason: string;
  readonly source: string;
  readonly at: Instant;
}

const ROWS_AT_ONCE = 1000;

/** The whole list, by hash, some hundred at a time. */
export async function* listSuppressed(db: Db, keys: readonly SuppressionKey[]): AsyncGenerator<Listed[]> {
  const emails = new Map<string, string>();
  const leads = await db.selectFrom("leads").select("email").where("suppressed", "is not", null).execute();
  for (const { email } of leads) for (const key of keys) emails.set(suppressionHash(key, email), email);
  for (let after = ""; ;) {
    const rows = await db
      .selectFrom("suppressions")
      .select(["hash", "reason", "source", "at"])
      .where("hash", ">", after)
      .orderBy("hash")
      .limit(ROWS_AT_ONCE)
      .execute();
    if (rows.length === 0) return;
    yield rows.map((row) => ({ email: emails.get(row.hash) ?? null, ...row }));
    after = rows.at(-1)!.hash;
  }
}
