import { insertMany } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import { appendToInbox } from "../events/inbox.store.ts";
import { appendToLog, changeVerdicts } from "../events/log.store.ts";
import type { Instant } from "../instant.ts";
import { updateLeads } from "../leads/leads.store.ts";
import type { SuppressionKey } from "../leads/suppression.ts";
import { suppressAddresses, unsuppressAddress } from "../leads/suppression.store.ts";
import type { Programme } from "../programme/programme.ts";
import type { Changes } from "./changes.ts";
import type { Lived } from "./lived.ts";
import { wakeMails, writeMessages } from "./changes-mail.store.ts";
import { writeDeals, writeNotices } from "./changes-sales.store.ts";
import { writeTrials } from "./changes-trials.store.ts";
import { writeEnrolments, writeHistory, writeStates } from "./changes-state.store.ts";

/** Writes what a batch of leads became: for each table one statement, however many the leads. */
export async function writeChanges(
  db: Db,
  lived: readonly Lived[],
  programme: Programme,
  keys: readonly SuppressionKey[],
  now: Instant,
): Promise<void> {
  await updateLeads(
    db,
    lived.filter(({ before, after }) => before.lead !== after.lead).map(({ after }) => after.lead),
  );
  await writeStates(db, lived, programme);
  await appendToLog(
    db,
    lived.flatMap(({ after }) => after.changes.events.map((event) => ({ lead: after.lead.id, event }))),
    now,
  );
  const verdicts = lived.flatMap(({ after }) =>
    after.changes.verdicts.map((flip) => ({ ...flip, lead: after.lead.id })),
  );
  if (verdicts.length > 0) await changeVerdicts(db, verdicts);
  await writeHistory(db, lived);
  await writeEnrolments(db, lived);
  await writeMessages(db, lived, programme);
  await writeTrials(db, lived);
  await wakeMails(db, lived, now);
  await writeNotices(db, lived, now);
  await writeDeals(db, lived);
  await writeSegments(db, lived);
  await writeSuppressions(db, lived, keys);
  const webhooks = lived.flatMap(({ after }) =>
    after.changes.webhooks.map((webhook) => ({
      webhook: webhook.webhook,
      body: JSON.stringify({ event: webhook.event, email: after.lead.email, data: webhook.data }),
      state: "waiting",
      tries: 0,
      due_at: webhook.at,
      at: webhook.at,
    })),
  );
  if (webhooks.length > 0) {
    await insertMany(db, "webhook_deliveries", webhooks, {
      columns: ["webhook", "body", "state", "tries", "due_at", "at"],
    });
  }
}

async function writeSegments(db: Db, lived: readonly Lived[]): Promise<void> {
  for (const { after } of lived) {
    for (const { segment, joined, at } of after.changes.segments) {
      if (joined) {
        await insertMany(db, "segment_members", [{ segment, lead_id: after.lead.id, joined_at: at }], {
          onConflict: "nothing",
        });
      } else {
        await db
          .deleteFrom("segment_members")
          .where("segment", "=", segment)
          .where("lead_id", "=", after.lead.id)
          .execute();
      }
    }
  }
}

async function writeSuppressions(
  db: Db,
  lived: readonly Lived[],
  keys: readonly SuppressionKey[],
): Promise<void> {
  const entries = lived.flatMap(({ after }) =>
    after.changes.suppress === null ? [] : [{ email: after.lead.email, ...after.changes.suppress }],
  );
  if (entries.length > 0) await suppressAddresses(db, keys, entries);
  await block(
    db,
    lived.flatMap(({ after }) => after.changes.block),
    keys,
  );
  for (const { after } of lived) {
    if (after.changes.welcomeBack) await unsuppressAddress(db, keys, after.lead.email);
  }
}

/** Puts addresses on the list that these leads had before; who has one now hears of it. */
async function block(db: Db, entries: Changes["block"], keys: readonly SuppressionKey[]): Promise<void> {
  if (entries.length === 0) return;
  const source = "lead";
  await suppressAddresses(
    db,
    keys,
    entries.map((entry) => ({ ...entry, source })),
  );
  await appendToInbox(
    db,
    entries.map(({ email, reason, at }) => ({
      to: { email },
      at,
      live: true,
      create: "no",
      inputs: [{ kind: "suppress", reason, source }],
    })),
  );
}
