import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Scalar } from "../../conditions/condition.ts";
import { appendToInbox } from "../../events/inbox.store.ts";
import { eventInput, type Input } from "../../events/input.ts";
import { formatInstant } from "../../instant.ts";
import { STAGES, type Lead } from "../../leads/lead.ts";
import { findLead } from "../../leads/leads.store.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { isTheirs } from "../auth.ts";
import { once, reply } from "../idempotency.run.ts";
import { checkAttributes, checkOwner, checkTopic, unknown } from "./check-input.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { latestEnrolment } from "./enrolments.store.ts";
import { attributesField, closed, emailParameter, instantField, sentence, word } from "./fields.ts";
import { leadAnswer, openLead } from "./lead.run.ts";
import { leadSchema } from "./lead-view.ts";
import { Conflict, invalid, Invalid, NotAllowed } from "./refusals.ts";
import { api, describe } from "./route.ts";

const leadBody = closed({
  attributes: attributesField.optional().openapi({ description: "null takes one away; others stay" }),
  owner: word.nullable().optional().openapi({ description: "A rep, or null" }),
  stage: z.enum(STAGES).optional(),
  consent: closed({ topic: word.nullable().optional(), words: sentence, source: sentence })
    .optional()
    .openapi({ description: "What the lead agreed to, in what words, where" }),
}).openapi("LeadChange");

const written = z
  .object({ email: z.string() })
  .openapi({ description: "All that an `ingest` key is told: it only writes" });

const put = describe({
  method: "put",
  path: "/api/leads/{email}",
  summary: "Create or change a lead",
  roles: ["admin", "marketer", "rep", "ingest"],
  params: emailParameter,
  body: leadBody,
  idempotent: true,
  answers: { 200: z.union([leadSchema, written]), 201: z.union([leadSchema, written]) },
});

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

/** One lead: `PUT`, `GET`, pause, resume, enrol. */
export function leadRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  const { clock, db } = spine;

  return api()
    .openapi(put, async (c) => {
      const { email } = c.req.valid("param");
      const body = c.req.valid("json");
      const principal = c.get("principal");
      const programme = spine.programme();
      const wrong = [
        ...checkAttributes(body.attributes ?? {}, programme, "attributes"),
        ...checkOwner(body.owner, programme),
        ...checkTopic(body.consent?.topic, programme, "consent.topic"),
      ];
      if (wrong.length > 0) throw new Invalid(wrong);
      await drain(spine);
      return once(
        c,
        spine,
        async (trx) => {
          const lead = await findLead(trx, email);
          if (principal.role === "rep" && !(lead && isTheirs(principal, lead)))
            throw new NotAllowed("a rep changes their own leads only");
          const inputs = changesOf(lead, body);
          if (inputs.length > 0)
            await appendToInbox(trx, [{ to: { email }, at: clock.now(), live: true, create: "yes", inputs }]);
          return { created: lead === null };
        },
        async ({ created }) => {
          const status = created ? 201 : 200;
          if (principal.role === "ingest") return { status, body: { email } };
          // Whoever hands their lead over is still told what it became.
          return { status, body: await leadAnswer(spine, { ...principal, role: "admin" }, email) };
        },
      );
    })
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

/** What the body changes: of attributes those that are other than they were. */
function changesOf(lead: Lead | null, body: z.infer<typeof leadBody>): Input[] {
  const inputs: Input[] = [];
  const { attributes = {}, owner, stage, consent } = body;
  if (lead === null) {
    const first = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
    inputs.push(eventInput("lead.created", "system", { attributes: first }));
  } else {
    const changed = Object.entries(attributes).filter(([name, value]) => differs(lead, name, value));
    if (changed.length > 0)
      inputs.push(eventInput("lead.updated", "system", { attributes: Object.fromEntries(changed) }));
  }
  const set = {
    ...(owner !== undefined && owner !== (lead?.owner ?? null) ? { owner } : {}),
    ...(stage !== undefined && stage !== (lead?.stage ?? "lead") ? { stage } : {}),
  };
  if (Object.keys(set).length > 0) inputs.push({ kind: "set", ...set });
  if (consent) {
    const { topic = null, words, source } = consent;
    inputs.push(eventInput("consent.given", "lead", { ...(topic === null ? {} : { topic }), words, source }));
  }
  return inputs;
}

function differs(lead: Lead, name: string, value: Scalar): boolean {
  const was = Object.hasOwn(lead.attributes, name) ? lead.attributes[name]! : null;
  return was !== value;
}
