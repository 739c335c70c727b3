import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { eraseLead } from "../../lifecycle/erase.run.ts";
import { wholeRecord } from "../../lifecycle/export-lead.run.ts";
import { reply } from "../idempotency.run.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { emailParameter } from "./fields.ts";
import { openLead } from "./lead.run.ts";
import { NotFound } from "./refusals.ts";
import { api, describe } from "./route.ts";

const record = describe({
  method: "get",
  path: "/api/leads/{email}/export",
  summary: "All that is kept of one person",
  description: "The same as `kindling export --lead`: every table that holds anything of the lead is in it.",
  roles: ["admin", "marketer", "rep"],
  params: emailParameter,
  answers: { 200: z.looseObject({ email: z.string() }).openapi("PersonRecord") },
});

const erase = describe({
  method: "delete",
  path: "/api/leads/{email}",
  summary: "Forget a person",
  description: [
    "Everything goes: the lead, events, mails, enrolments, notices, deals, and their address wherever else it stands.",
    "A keyed hash stays on the suppression list, so that no later import has them mailed. It can't be undone.",
  ].join(" "),
  roles: ["admin", "marketer"],
  params: emailParameter,
  answers: { 200: z.object({ erased: z.literal(true) }) },
});

/** One person's whole record, and forgetting them. */
export function personRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  return api()
    .openapi(record, async (c) => {
      const lead = await openLead(spine, c.get("principal"), c.req.valid("param").email);
      const body = await wholeRecord(spine, lead.email);
      if (body === null) throw new NotFound("there is no such lead");
      return reply({ status: 200, body });
    })
    .openapi(erase, async (c) => {
      const lead = await openLead(spine, c.get("principal"), c.req.valid("param").email);
      await eraseLead(spine, lead.email);
      return reply({ status: 200, body: { erased: true } });
    });
}
