import { sql } from "kysely";
import type { Db, Row } from "../../db/tables.ts";
import type { TimePlace } from "./place.ts";
import { mailsSeenBy, type SeenBy } from "./seen.store.ts";

/** Which mails: those that left, those that wait, those nobody knows of, those that never will leave. */
export const BOXES = ["sent", "queued", "in_doubt", "unsent"] as const;
export type Box = (typeof BOXES)[number];

const COLUMNS = [
  "messages.id",
  "messages.kind",
  "messages.recipient",
  "messages.sequence",
  "messages.step",
  "messages.template",
  "messages.variant",
  "messages.subject",
  "messages.state",
  "messages.queued_at",
  "messages.due_at",
  "messages.sent_at",
  "messages.done_at",
  "messages.decision",
  "messages.reason",
  "messages.until",
  "messages.opened_at",
  "messages.clicked_at",
  "messages.replied_at",
  "messages.unsubscribed_at",
  "messages.bounced_at",
  "messages.machine_at",
  "leads.email",
  "leads.attributes",
] as const;

type Columns = (typeof COLUMNS)[number] extends infer C
  ? C extends `messages.${infer N}`
    ? N
    : never
  : never;

/** A mail without its body; `email` is the address of the lead that it is to or about. */
export type BoxRow = Pick<Row<"messages">, Columns & keyof Row<"messages">> & {
  readonly email: string | null;
};

/** A page of one box, newest first. */
export async function listMails(
  db: Db,
  { box, to, seenBy }: { box: Box; to: "leads" | "reps" | null; seenBy: SeenBy | null },
  after: TimePlace | null,
  limit: number,
): Promise<{ mails: BoxRow[]; next: TimePlace | null }> {
  const query = db
    .selectFrom("messages")
    .leftJoin("leads", "leads.id", "messages.lead_id")
    .select(COLUMNS)
    .$if(to === "leads", (all) => all.where("messages.kind", "in", ["sequence", "confirmation"]))
    .$if(to === "reps", (all) => all.where("messages.kind", "not in", ["sequence", "confirmation"]))
    .$if(seenBy !== null, (all) => all.where(mailsSeenBy(seenBy!)))
    .limit(limit + 1);
  const rows =
    box === "sent"
      ? await query
          .where("messages.sent_at", "is not", null)
          .$if(after !== null, (all) =>
            all.where((where) =>
              where.or([
                where("messages.sent_at", "<", after!.at),
                where.and([where("messages.sent_at", "=", after!.at), where("messages.id", "<", after!.id)]),
              ]),
            ),
          )
          .orderBy("messages.sent_at", "desc")
          .orderBy("messages.id", "desc")
          .execute()
      : await query
          .where(
            "messages.state",
            "in",
            // Written out, so that a partial index is seen to fit.
            box === "unsent"
              ? ["dropped", "failed"]
              : [sql.lit(box), ...(box === "queued" ? [sql.lit("sending")] : [])],
          )
          .$if(after !== null, (all) => all.where("messages.id", "<", after!.id))
          .orderBy("messages.id", "desc")
          .execute();
  const mails = rows.slice(0, limit);
  const last = mails.at(-1);
  return { mails, next: rows.length > limit && last ? { at: last.sent_at ?? 0, id: last.id } : null };
}
