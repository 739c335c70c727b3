import type { OpenAPIHono } from "@hono/zod-openapi";
import { appendToInbox } from "../../events/inbox.store.ts";
import { findLead } from "../../leads/leads.store.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { heirsOf } from "../../lifecycle/merge.store.ts";
import { isTheirs } from "../auth.ts";
import { once } from "../idempotency.run.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { closed, emailField, emailParameter } from "./fields.ts";
import { leadAnswer } from "./lead.run.ts";
import { leadSchema } from "./lead-view.ts";
import { Conflict, invalid, NotAllowed, NotFound } from "./refusals.ts";
import { api, describe } from "./route.ts";

const rename = describe({
  method: "post",
  path: "/api/leads/{email}/rename",
  summary: "Give a lead another address; where somebody has it already, the two become one",
  description: [
    "Everything goes along: the log, mails, enrolments, notices, deals; links in mails that were sent still work.",
    "Two leads that become one are scored again from both logs. Where both have an attribute or an owner it is that of `to`,",
    "and the further stage, the longer pause and a suppression of either hold. Of two enrolments in one sequence the earlier",
    "goes on, of two in one track the later; the other ends as `moved`. 409 where the lead got another address meanwhile.",
  ].join(" "),
  roles: ["admin", "marketer", "rep"],
  params: emailParameter,
  body: closed({ to: emailField }),
  idempotent: true,
  answers: { 200: leadSchema },
});

export function renameRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  return api().openapi(rename, async (c) => {
    const { email } = c.req.valid("param");
    const { to } = c.req.valid("json");
    const principal = c.get("principal");
    if (to === email) throw invalid("to", "must be another address");
    await drain(spine);
    return once(
      c,
      spine,
      async (trx) => {
        const lead = await findLead(trx, email);
        if (!lead || !isTheirs(principal, lead)) throw new NotFound("there is no such lead");
        const other = await findLead(trx, to);
        if (other && !isTheirs(principal, other))
          throw new NotAllowed("the lead with that address is not yours");
        const inputs = [{ kind: "rename" as const, to }];
        await appendToInbox(trx, [
          { to: { email }, at: spine.clock.now(), live: true, create: "no", inputs },
        ]);
        return { lead: lead.id };
      },
      async ({ lead }) => {
        await drain(spine);
        const db = spine.db.kysely;
        const renamed = await findLead(db, to);
        const heir = (await heirsOf(db, [lead])).get(lead) ?? lead;
        if (renamed?.id !== heir) throw new Conflict(`${email} got another address meanwhile`);
        return { status: 200, body: await leadAnswer(spine, principal, to) };
      },
    );
  });
}
