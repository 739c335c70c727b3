import type { OpenAPIHono } from "@hono/zod-openapi";
import { appendToInbox } from "../../events/inbox.store.ts";
import { eventInput, type Input } from "../../events/input.ts";
import { formatInstant } from "../../instant.ts";
import type { Lead } from "../../leads/lead.ts";
import { once, reply } from "../idempotency.run.ts";
import { unknown } from "./check-input.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { latestEnrolment } from "./enrolments.store.ts";
import { closed, emailParameter, instantField, sentence, word } from "./fields.ts";
import { leadAnswer, openLead } from "./lead.run.ts";
import { leadSchema } from "./lead-view.ts";
import { Conflict, invalid } from "./refusals.ts";
import { api, describe } from "./route.ts";

const get = describe({
  method: "get",
  path: "/api/leads/{email}",
  summary: "A lead, why it has its scores, and what comes next",
  roles: ["admin", "marketer", "rep"],
  params: emailParameter,
  answers: { 200: leadSchema },
});

const pause = describe({
  method: "post",
  path: "/api/leads/{email}/pause",
  summary: "Pause a lead's sequences",
  roles: ["admin", "marketer", "rep"],
  params: emailParameter,
  body: closed({ until: instantField, reason: sentence.nullable().optional() }),
  idempotent: true,
  answers: { 200: leadSchema },
});

const resume = describe({
  method: "post",
  path: "/api/leads/{email}/resume",
  summary: "Let a lead's sequences go on",
  roles: ["admin", "marketer", "rep"],
  params: emailParameter,
  idempotent: true,
  answers: { 200: leadSchema },
});

const enrol = describe({
  method: "post",
  path: "/api/leads/{email}/enrol",
  summary: "Put a lead into a sequence",
  description: "What it is in of the same track ends. 409 where it may not enter.",
  roles: ["admin", "marketer", "rep"],
  params: emailParameter,
  body: closed({ sequence: word }),
  idempotent: true,
  answers: { 200: leadSchema },
});

/** One lead: `GET`, pause, resume, enrol. */
export function leadRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  const { clock, db } = spine;

  return api()
    .openapi(get, async (c) =>
      reply({ status: 200, body: await leadAnswer(spine, c.get("principal"), c.req.valid("param").email) }),
    )
    .openapi(pause, async (c) => {
      const { until, reason = null } = c.req.valid("json");
      const principal = c.get("principal");
      if (until <= clock.now()) throw invalid("until", "must be in the future");
      const lead = await openLead(spine, principal, c.req.valid("param").email);
      return once(
        c,
        spine,
        (trx) =>
          tell(
            trx,
            lead,
            eventInput("sequences.paused", actor(principal), { until: formatInstant(until), reason }),
          ),
        async () => ({ status: 200, body: await leadAnswer(spine, principal, lead.email) }),
      );
    })
    .openapi(resume, async (c) => {
      const principal = c.get("principal");
      const lead = await openLead(spine, principal, c.req.valid("param").email);
      return once(
        c,
        spine,
        (trx) => tell(trx, lead, eventInput("sequences.resumed", actor(principal), {})),
        async () => ({ status: 200, body: await leadAnswer(spine, principal, lead.email) }),
      );
    })
    .openapi(enrol, async (c) => {
      const { sequence } = c.req.valid("json");
      const principal = c.get("principal");
      const names = spine.programme().sequences;
      if (!names.has(sequence)) throw invalid("sequence", unknown("sequence", sequence, names.keys()));
      const lead = await openLead(spine, principal, c.req.valid("param").email);
      if (lead.suppressed !== null) throw new Conflict(`the lead gets no mail: ${lead.suppressed}`);
      return once(
        c,
        spine,
        async (trx) => {
          const last = await latestEnrolment(trx, lead.id, sequence);
          await tell(trx, lead, { kind: "enrol", sequence });
          return { last };
        },
        async ({ last }) => {
          const body = await leadAnswer(spine, principal, lead.email);
          if ((await latestEnrolment(db.kysely, lead.id, sequence)) === last)
            throw new Conflict(`the lead is in "${sequence}" already, or may not enter it again yet`);
          return { status: 200, body };
        },
      );
    });

  function tell(trx: Parameters<typeof appendToInbox>[0], lead: Lead, input: Input): Promise<void> {
    return appendToInbox(trx, [
      { to: { lead: lead.id }, at: clock.now(), live: true, create: "no", inputs: [input] },
    ]);
  }
}

function actor(principal: { readonly role: string }): "rep" | "system" {
  return principal.role === "rep" ? "rep" : "system";
}
