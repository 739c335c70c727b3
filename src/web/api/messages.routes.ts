import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Row } from "../../db/tables.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { rateAllows } from "../../sending/allowance.run.ts";
import { isTheirs, type Principal } from "../auth.ts";
import { once, reply } from "../idempotency.run.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import {
  closed,
  DEFAULT_LIMIT,
  emailField,
  instantOut,
  numberParameter,
  paging,
  shownInstant,
  shownOrNull,
  word,
} from "./fields.ts";
import { decisionsOf, findMessage, listMessages, sendAgain, type ListedMessage } from "./messages.store.ts";
import { checkMailed } from "./past-names.run.ts";
import { Conflict, NotFound } from "./refusals.ts";
import { api, describe } from "./route.ts";

const STATES = ["queued", "sending", "sent", "bounced", "failed", "in_doubt", "dropped"] as const;

const text = z.string().nullable();
const instant = instantOut.nullable();

const message = {
  id: z.int(),
  email: text.openapi({ description: "null for a mail to our own people" }),
  kind: z.string(),
  sequence: text,
  step: text,
  template: z.string(),
  version: z
    .string()
    .openapi({ description: "Of config/ and templates/, that it was last asked for or sent under" }),
  variant: text,
  locale: text,
  subject: text,
  state: z.enum(STATES),
  queued_at: instantOut,
  due_at: instantOut,
  sent_at: instant,
  done_at: instant,
  decision: text,
  reason: text,
  until: instant,
  opened_at: instant,
  clicked_at: instant,
  replied_at: instant,
  unsubscribed_at: instant,
  bounced_at: instant,
  machine_at: instant.openapi({ description: "The first open or click by a machine" }),
};
const messageSchema = z.object(message).openapi("Message");
const wholeSchema = z
  .object({
    ...message,
    decisions: z.array(z.object({ at: instantOut, decision: z.string(), reason: text, until: instant })),
  })
  .openapi("MessageWithDecisions");

const list = describe({
  method: "get",
  path: "/api/messages",
  summary: "Emails, newest first",
  roles: ["admin", "marketer", "rep"],
  query: closed({
    state: z.enum(STATES).optional(),
    email: emailField.optional(),
    sequence: word.optional(),
    ...paging,
  }),
  answers: { 200: z.object({ messages: z.array(messageSchema), next_cursor: z.string().nullable() }) },
});

const get = describe({
  method: "get",
  path: "/api/messages/{id}",
  summary: "One email, with all that the gate said of it",
  roles: ["admin", "marketer", "rep"],
  params: numberParameter,
  answers: { 200: wholeSchema },
});

const again = describe({
  method: "post",
  path: "/api/messages/{id}/send-again",
  summary: "Send an email again that is in doubt",
  description: "It passes the gate again, under the same Message-ID. 409 where it is not in doubt.",
  roles: ["admin", "marketer", "rep"],
  params: numberParameter,
  idempotent: true,
  answers: { 200: wholeSchema },
});

export function messageRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  const db = spine.db.kysely;

  return api()
    .openapi(list, async (c) => {
      const { cursor, limit = DEFAULT_LIMIT, ...filter } = c.req.valid("query");
      const place = readCursor("messages", ["integer"], cursor);
      const { role, rep } = c.get("principal");
      await drain(spine);
      await checkMailed(spine, filter.sequence);
      const seenBy = role === "rep" ? { seenBy: rep ?? "" } : {};
      const rows = await listMessages(db, { ...filter, ...seenBy }, place?.[0] ?? null, limit + 1);
      const shown = rows.slice(0, limit);
      const next = rows.length > limit ? writeCursor("messages", [shown.at(-1)!.id]) : null;
      return reply({ status: 200, body: { messages: shown.map(view), next_cursor: next } });
    })
    .openapi(get, async (c) => {
      await drain(spine);
      return reply({ status: 200, body: await answer(c.get("principal"), c.req.valid("param").id) });
    })
    .openapi(again, async (c) => {
      const { id } = c.req.valid("param");
      const principal = c.get("principal");
      await drain(spine);
      const before = await seen(principal, id);
      return once(
        c,
        spine,
        async (trx) => {
          if (!(await sendAgain(trx, id, spine.clock.now())))
            throw new Conflict(`the message is ${before.state}; only one in doubt can be sent again`);
        },
        async () => ({ status: 200, body: await answer(principal, id) }),
      );
    });

  async function seen(principal: Principal, id: number): Promise<ListedMessage> {
    const row = await findMessage(db, id);
    if (!row || !isTheirs(principal, row)) throw new NotFound("there is no such message");
    return row;
  }

  /** The rates hold back thousands at once, so what they say is worked out for who asks, not stored. */
  async function rateWait({ state, due_at, domain }: ListedMessage) {
    const now = spine.clock.now();
    if (state !== "queued" || due_at > now) return {};
    const until = await rateAllows(db, spine.programme().settings.mail.rate, now, domain);
    return until > now ? { decision: "defer", reason: "rate", until } : {};
  }

  async function answer(principal: Principal, id: number) {
    const row = await seen(principal, id);
    return {
      ...view({ ...row, ...(await rateWait(row)) }),
      decisions: (await decisionsOf(db, id)).map(decision),
    };
  }
}

function view(row: ListedMessage): z.infer<typeof messageSchema> {
  return {
    id: row.id,
    email: row.email,
    kind: row.kind,
    sequence: row.sequence,
    // Behind the tilde: another step has taken the id since.
    step: row.step?.replace(/~.*$/, "") ?? null,
    template: row.template,
    version: row.programme,
    variant: row.variant,
    locale: row.locale,
    subject: row.subject,
    state: row.state as (typeof STATES)[number],
    queued_at: shownInstant(row.queued_at),
    due_at: shownInstant(row.due_at),
    sent_at: shownOrNull(row.sent_at),
    done_at: shownOrNull(row.done_at),
    decision: row.decision,
    reason: row.reason,
    until: shownOrNull(row.until),
    opened_at: shownOrNull(row.opened_at),
    clicked_at: shownOrNull(row.clicked_at),
    replied_at: shownOrNull(row.replied_at),
    unsubscribed_at: shownOrNull(row.unsubscribed_at),
    bounced_at: shownOrNull(row.bounced_at),
    machine_at: shownOrNull(row.machine_at),
  };
}

function decision(row: Row<"message_decisions">) {
  const { decision: what, reason } = row;
  return { at: shownInstant(row.at), decision: what, reason, until: shownOrNull(row.until) };
}
