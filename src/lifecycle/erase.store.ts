import { sql, type RawBuilder, type SqlBool } from "kysely";
import { inList } from "../db/batch.store.ts";
import { isPostgres, lockLeads } from "../db/dialect.store.ts";
import type { Db, Table } from "../db/tables.ts";
import { lockOutbox } from "../email/messages.store.ts";
import { erasedEventKey } from "../events/erased-keys.store.ts";
import type { Arrival } from "../events/inbox.store.ts";
import type { Instant } from "../instant.ts";
import type { SuppressionKey } from "../leads/suppression.ts";
import { suppressAddresses, unsuppressAddress } from "../leads/suppression.store.ts";
import { mentionsOf, type Mentions } from "./mentions.ts";

/**
 * Deletes all rows that are this address's lead's, and what stands elsewhere about them, and leaves the keyed hash of
 * each address they had. The caller holds the drain's lock. Says which addresses, and whether there was a lead.
 */
export async function eraseRows(
  db: Db,
  keys: readonly SuppressionKey[],
  email: string,
  now: Instant,
): Promise<{ readonly known: boolean; readonly mentions: Mentions }> {
  const lead = (await db.selectFrom("leads").select("id").where("email", "=", email).executeTakeFirst())?.id;
  const merged =
    lead === undefined
      ? []
      : await db.selectFrom("merged_leads").select("lead_id").where("into_id", "=", lead).execute();
  const leads = lead === undefined ? [] : [lead, ...merged.map((row) => row.lead_id)];
  if (lead !== undefined) await lockLeads(db, [lead], { wait: true });
  await lockOutbox(db);
  const mails = await db
    .selectFrom("messages")
    .select(["id", "recipient"])
    .where(inList(db, "lead_id", leads))
    // Those about them go to reps.
    .where("kind", "in", ["sequence", "confirmation"])
    .execute();
  const addresses = [...new Set([email, ...mails.map(({ recipient }) => recipient)])];
  const mentions = mentionsOf(addresses);
  await eraseInbox(db, mentions, { leads, messages: mails.map(({ id }) => id), addresses });
  await eraseDeliveries(db, mentions);
  await eraseAnswers(db, mentions);
  await blankDigests(db, mentions, leads, now);
  await db
    .deleteFrom("event_keys")
    .where(inList(db, "lead_id", leads))
    .execute();
  await hashEventKeys(db, keys, mentions);
  await db
    .deleteFrom("messages")
    .where("lead_id", "is", null)
    .where(inList(db, "recipient", addresses))
    .where("kind", "=", "test")
    .execute();
  // All other rows that name a lead go with theirs.
  if (lead !== undefined) await db.deleteFrom("leads").where("id", "=", lead).execute();
  for (const address of addresses) await unsuppressAddress(db, keys, address);
  await suppressAddresses(
    db,
    keys,
    addresses.map((address) => ({ email: address, reason: "erased", source: "erasure", at: now })),
  );
  return { known: lead !== undefined, mentions };
}

interface Person {
  readonly leads: readonly number[];
  readonly messages: readonly number[];
  readonly addresses: readonly string[];
}

/** What waits finds nobody any more; what was set aside would stay. */
async function eraseInbox(db: Db, mentions: Mentions, person: Person): Promise<void> {
  const rows = await db
    .selectFrom("inbox")
    .select(["id", "body", "failed"])
    .where((where) => where.or([where("failed", "is not", null), mayMention(db, mentions, ["body"])]))
    .execute();
  const theirs = rows.filter(
    ({ body, failed }) =>
      mentions.isIn(body) || mentions.isIn(failed) || isFor(person, (JSON.parse(body) as Arrival).to),
  );
  const ids = theirs.map(({ id }) => id);
  await db
    .deleteFrom("inbox")
    .where(inList(db, "id", ids))
    .execute();
}

function isFor({ leads, messages, addresses }: Person, to: Arrival["to"]): boolean {
  if ("lead" in to) return leads.includes(to.lead);
  return "message" in to ? messages.includes(to.message) : addresses.includes(to.email);
}

/** Each body names the lead's address. */
async function eraseDeliveries(db: Db, mentions: Mentions): Promise<void> {
  const rows = await db
    .selectFrom("webhook_deliveries")
    .select(["id", "body"])
    .where(mayMention(db, mentions, ["body"]))
    .execute();
  const ids = rows.filter(({ body }) => mentions.isIn(body)).map(({ id }) => id);
  await db
    .deleteFrom("webhook_deliveries")
    .where(inList(db, "id", ids))
    .execute();
}

/**
 * An id that another lead's event came under counts as seen all the same, so that also one in which a longer address
 * may stand is hashed: `ref-ann@x.example-2` is anything.
 */
async function hashEventKeys(db: Db, keys: readonly SuppressionKey[], mentions: Mentions): Promise<void> {
  const rows = await db
    .selectFrom("event_keys")
    .select("event_key")
    .where(mayMention(db, mentions, ["event_key"]))
    .execute();
  for (const { event_key } of rows) {
    await db
      .updateTable("event_keys")
      .set({ event_key: erasedEventKey(keys[0]!, event_key) })
      .where("event_key", "=", event_key)
      .execute();
  }
}

/** The request keeps its key: asked again, it has no second effect. */
async function eraseAnswers(db: Db, mentions: Mentions): Promise<void> {
  const rows = await db
    .selectFrom("idempotency")
    .select(["request_key", "answer"])
    .where(mayMention(db, mentions, ["answer"]))
    .execute();
  const keys = rows.filter(({ answer }) => mentions.isIn(answer)).map((row) => row.request_key);
  await db
    .updateTable("idempotency")
    .set({ answer: '{"erased":true}' })
    .where(inList(db, "request_key", keys))
    .execute();
}

/** A digest says which leads it names. One that has not left is not sent: it would name them still. */
async function blankDigests(
  db: Db,
  mentions: Mentions,
  leads: readonly number[],
  now: Instant,
): Promise<void> {
  const digests = await db
    .selectFrom("messages")
    .select(["id", "variables", "state"])
    .where("lead_id", "is", null)
    .where("kind", "=", "digest")
    .execute();
  for (const { id, variables, state } of digests) {
    const { leads: named = [] } = JSON.parse(variables ?? "{}") as { leads?: readonly number[] };
    if (!mentions.isIn(variables) && !named.some((lead) => leads.includes(lead))) continue;
    const text = "A lead that this mail named was erased.";
    const body = { subject: text, html: `<p>${text}</p>`, text };
    const dropped = { state: "dropped", decision: "drop", reason: "erased", done_at: now, until: null };
    await db
      .updateTable("messages")
      .set({ subject: text, variables: JSON.stringify(body), ...(state === "queued" ? dropped : {}) })
      .where("id", "=", id)
      .execute();
  }
}

/**
 * Texts in which others' rows may name a person (`lead.referred`, a rep's note), with the number by which the table is
 * walked and its key.
 */
const FREE_TEXTS = {
  leads: { by: "id", keys: ["id"], texts: ["attributes", "folded"] },
  lead_state: { by: "lead_id", keys: ["lead_id"], texts: ["state"] },
  events: { by: "lead_id", keys: ["lead_id", "at", "seq"], texts: ["properties"] },
  notices: { by: "id", keys: ["id"], texts: ["reason", "answer_reason"] },
  messages: { by: "id", keys: ["id"], texts: ["subject", "variables", "reason"] },
  message_decisions: { by: "message_id", keys: ["message_id", "place"], texts: ["reason"] },
  deals: { by: null, keys: ["id"], texts: ["stage", "reason"] },
  webhook_deliveries: { by: "id", keys: ["id"], texts: ["error"] },
} as const satisfies Partial<
  Record<
    Table,
    { readonly by: string | null; readonly keys: readonly string[]; readonly texts: readonly string[] }
  >
>;

type Walked = keyof typeof FREE_TEXTS;

export const WALKED = Object.keys(FREE_TEXTS) as Walked[];

/** The highest number by which a table is walked; null: it is small, and looked through at once. */
export async function lastNumber(db: Db, table: Walked): Promise<number | null> {
  const { by } = FREE_TEXTS[table];
  if (by === null) return null;
  const { rows } = await sql<{ last: number | null }>`
    select max(${sql.ref(by)}) as last from ${sql.table(table)}`.execute(db);
  return rows[0]?.last ?? 0;
}

/** Blanks what one piece of a table says of a person. */
export async function blankMentions(
  db: Db,
  mentions: Mentions,
  table: Walked,
  piece: { readonly after: number; readonly upTo: number } | null,
): Promise<void> {
  const { by, keys, texts } = FREE_TEXTS[table];
  const within =
    piece === null ? sql`` : sql`${sql.ref(by!)} > ${piece.after} and ${sql.ref(by!)} <= ${piece.upTo} and`;
  const { rows } = await sql<Record<string, string | null>>`
    select ${sql.join([...keys, ...texts].map((column) => sql.ref(column)))} from ${sql.table(table)}
    where ${within} ${mayMention(db, mentions, texts)}`.execute(db);
  for (const row of rows) {
    const named = texts.filter((text) => mentions.isIn(row[text] ?? null));
    if (named.length === 0) continue;
    const set = named.map((text) => sql`${sql.ref(text)} = ${mentions.blank(row[text]!)}`);
    const found = keys.map((key) => sql`${sql.ref(key)} = ${row[key]}`);
    await sql`update ${sql.table(table)} set ${sql.join(set)} where ${sql.join(found, sql` and `)}`.execute(
      db,
    );
  }
}

/** A superset: memory decides. */
export function mayMention(db: Db, { needles }: Mentions, columns: readonly string[]): RawBuilder<SqlBool> {
  const find = isPostgres(db) ? sql.raw("strpos") : sql.raw("instr");
  const any = columns.flatMap((column) =>
    needles.map((needle) => sql`${find}(lower(${sql.ref(column)}), ${needle}) > 0`),
  );
  return sql<SqlBool>`(${sql.join(any, sql` or `)})`;
}

/**
 * Takes what was deleted out of SQLite's write-ahead log too; false while another process is reading the database.
 * PostgreSQL sees to its own.
 */
export async function truncateLog(db: Db): Promise<boolean> {
  if (isPostgres(db)) return true;
  const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db);
  return rows[0]?.busy !== 1;
}
