import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Scalar } from "../../conditions/condition.ts";
import { appendToInbox } from "../../events/inbox.store.ts";
import { eventInput, type Input } from "../../events/input.ts";
import { STAGES, type Lead } from "../../leads/lead.ts";
import { findLead } from "../../leads/leads.store.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { isTheirs } from "../auth.ts";
import { once } from "../idempotency.run.ts";
import { checkAttributes, checkOwner, checkTopic } from "./check-input.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { attributesField, closed, emailField, emailParameter, sentence, word } from "./fields.ts";
import { leadAnswer } from "./lead.run.ts";
import { leadSchema } from "./lead-view.ts";
import { Invalid, NotAllowed } from "./refusals.ts";
import { api, describe } from "./route.ts";

const change = {
  attributes: attributesField.optional().openapi({ description: "null takes one away; others stay" }),
  owner: word.nullable().optional().openapi({ description: "A rep, or null" }),
  stage: z.enum(STAGES).optional(),
  consent: closed({ topic: word.nullable().optional(), words: sentence, source: sentence })
    .optional()
    .openapi({ description: "What the lead agreed to, in what words, where" }),
};
const changeBody = closed(change).openapi("LeadChange");

const written = z
  .object({ email: z.string() })
  .openapi({ description: "All that an `ingest` key is told: it only writes" });

const answers = { 200: z.union([leadSchema, written]), 201: z.union([leadSchema, written]) };

const put = describe({
  method: "put",
  path: "/api/leads/{email}",
  summary: "Create or change a lead",
  roles: ["admin", "marketer", "rep", "ingest"],
  params: emailParameter,
  body: changeBody,
  idempotent: true,
  answers,
});

const post = describe({
  method: "post",
  path: "/api/leads",
  summary: "Create or change the lead of an address",
  description: "As `PUT`, for programs that would rather not write an address into a path.",
  roles: ["admin", "marketer", "rep", "ingest"],
  body: closed({ email: emailField, ...change }),
  idempotent: true,
  answers,
});

/** Makes or changes one lead: `PUT /api/leads/{email}`, `POST /api/leads`. */
export function leadWriteRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  const { clock } = spine;

  return api()
    .openapi(put, (c) => write(c, c.req.valid("param").email, c.req.valid("json")))
    .openapi(post, (c) => {
      const { email, ...body } = c.req.valid("json");
      return write(c, email, body);
    });

  async function write(c: Context<ApiEnv>, email: string, body: z.infer<typeof changeBody>) {
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
  }
}

/** What the body changes: of attributes those that are other than they were. */
function changesOf(lead: Lead | null, body: z.infer<typeof changeBody>): Input[] {
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
