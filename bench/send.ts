import { join } from "node:path";
import nodemailer from "nodemailer";
import { insertMany } from "../src/db/batch.store.ts";
import type { Row as TableRow } from "../src/db/tables.ts";
import type { MessageRow } from "../src/email/messages.store.ts";
import { renderer, type MailVariables } from "../src/email/render.ts";
import { appendToInbox } from "../src/events/inbox.store.ts";
import { eventInput } from "../src/events/input.ts";
import { MINUTE } from "../src/instant.ts";
import { drain } from "../src/lifecycle/drain.run.ts";
import { smtpCarrier } from "../src/sending/carrier.io.ts";
import { sendDue } from "../src/sending/deliver.run.ts";
import type { Outbox } from "../src/sending/outbox.ts";
import { urlsOf } from "../src/sending/render.ts";
import { openSmtp } from "../src/sending/smtp.io.ts";
import { openChild } from "./child.ts";
import { BASE, NOON, openCompany, type Company } from "./company.ts";
import { elapsed, measure, type Bench } from "./measure.ts";

const CONNECTIONS = 5;
const TEMPLATE = "warm/alder-care";

/**
 * Mails from their row to the server's answer, the outcome folded: claimed, gated, rendered, composed, sent, recorded.
 * Against nodemailer's own pool with as many connections, which only composes and sends.
 */
export const sendBench: Bench = {
  name: "send",
  async run({ quick, folder }) {
    const company = await openCompany(`sqlite:${join(folder, "send.db")}`);
    const sink = openChild<object, { port: number; taken: number }>("sink");
    const { port } = await sink.ask({});
    const { spine, clock, keys, programme } = company;
    const smtp = openSmtp(`smtp://127.0.0.1:${port}`, { maxConnections: CONNECTIONS });
    const carrier = smtpCarrier(smtp, clock, keys, () => programme, null);
    const outbox: Outbox = { spine, carrier, tokenKeys: keys, baseUrl: BASE };
    const pool = nodemailer.createTransport({
      host: "127.0.0.1",
      port,
      pool: true,
      maxConnections: CONNECTIONS,
      maxMessages: Infinity,
      ignoreTLS: true,
    });
    const count = quick ? 40 : 400;
    const mail = bareMail(company);
    let expected = 0;
    try {
      const leads = await makeLeads(company, count);
      const row = await measure({
        name: "mails sent, from the outbox to the outcome folded",
        unit: "/s",
        against: "a bare pool of nodemailer",
        rounds: quick ? 1 : 5,
        target: { of: "ratio", at_least: 0.8 },
        async value() {
          clock.jumpTo(clock.now() + MINUTE);
          await queue(company, leads);
          const ms = await elapsed(async () => {
            await sendDue(outbox);
            await drain(spine);
          });
          expected += count;
          return count / (ms / 1000);
        },
        async limit() {
          const ms = await elapsed(() =>
            Promise.all(leads.map((lead) => pool.sendMail({ ...mail, to: lead.email }))),
          );
          expected += count;
          return count / (ms / 1000);
        },
      });
      const { taken } = await sink.ask({});
      if (taken !== expected) throw new Error(`${taken} mails arrived of ${expected}`);
      return [row];
    } finally {
      await smtp.close();
      pool.close();
      await sink.close();
      await company.db.close();
    }
  },
};

async function makeLeads(
  { spine }: Company,
  count: number,
): Promise<readonly { readonly id: number; readonly email: string }[]> {
  await spine.db.unit((trx) =>
    appendToInbox(
      trx,
      Array.from({ length: count }, (_, n) => ({
        to: { email: `lead${n}@d${n % 20}.example` },
        at: NOON,
        live: false,
        create: "yes" as const,
        inputs: [eventInput("lead.created", "system", { attributes: { first_name: `N${n}` } }, { at: NOON })],
      })),
    ),
  );
  await drain(spine);
  return spine.db.kysely.selectFrom("leads").select(["id", "email"]).orderBy("id").execute();
}

let batch = 0;

async function queue(
  { spine: { db, clock }, programme }: Company,
  leads: readonly { readonly id: number; readonly email: string }[],
): Promise<void> {
  batch++;
  const at = clock.now();
  const rows = leads.map(({ id, email }, index): TableRow<"messages"> => ({
    ...NOTHING_YET,
    id: batch * 10_000 + index,
    message_key: `bench/${batch}/${index}`,
    lead_id: id,
    recipient: email,
    queued_at: at,
    due_at: at,
    domain: email.split("@")[1]!,
    programme: programme.hash,
  }));
  await db.unit(async (trx) => {
    // No lead has had so many mails that a cap would hold the next one back.
    await trx.deleteFrom("messages").execute();
    await insertMany(trx, "messages", rows);
  });
}

const NOTHING_YET: Omit<
  MessageRow,
  "id" | "message_key" | "lead_id" | "recipient" | "queued_at" | "due_at" | "domain" | "programme"
> = {
  kind: "sequence",
  enrolment_id: null,
  sequence: "warm-nurture",
  step: "bench",
  template: TEMPLATE,
  template_hash: null,
  variant: null,
  locale: null,
  subject: null,
  variables: null,
  state: "queued",
  priority: 0,
  attempt: 0,
  tries: 0,
  lease_until: null,
  gated_at: null,
  sent_at: null,
  done_at: null,
  decision: null,
  reason: null,
  until: null,
  opened_at: null,
  clicked_at: null,
  replied_at: null,
  unsubscribed_at: null,
  bounced_at: null,
  machine_at: null,
  hits: '{"links":0,"list":[]}',
};

/** What the outbox sends too, as finished text. */
function bareMail({ programme, keys }: Company): {
  from: string;
  subject: string;
  html: string;
  text: string;
} {
  const template = programme.templates.get(TEMPLATE)!.get("")!;
  const { company } = programme.settings;
  const variables: MailVariables = {
    lead: { first_name: "N1" },
    email: "lead1@d1.example",
    company,
    rep: null,
    score: 0,
    temperature: "cold",
    locale: "en",
    zone: "Europe/Lisbon",
  };
  const urls = urlsOf({ id: 1, sequence: "warm-nurture" }, template, keys, BASE, {
    opens: true,
    clicks: true,
  });
  const { subject, html, text } = renderer(template)({ ...variables, urls });
  return { from: "Northbeam <hello@northbeam.example>", subject, html, text };
}
