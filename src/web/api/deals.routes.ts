import { randomBytes } from "node:crypto";
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { FURTHEST_AHEAD } from "../../events/event.ts";
import { appendToInbox } from "../../events/inbox.store.ts";
import type { Instant } from "../../instant.ts";
import { findLead } from "../../leads/leads.store.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { dealEvent } from "../../reps/deal.ts";
import { findDeal, listDeals, type Deal } from "../../reps/deals.store.ts";
import { isTheirs } from "../auth.ts";
import { once, reply } from "../idempotency.run.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import {
  closed,
  DEFAULT_LIMIT,
  emailField,
  finite,
  idParameter,
  instantField,
  instantOut,
  paging,
  sentence,
  shownInstant,
  shownOrNull,
  word,
} from "./fields.ts";
import { checkOwned } from "./past-names.run.ts";
import { Conflict, invalid, NotFound } from "./refusals.ts";
import { api, describe } from "./route.ts";

const deal = z
  .object({
    id: z.string(),
    email: z.string(),
    stage: z.string(),
    value: z.number().nullable(),
    owner: z.string().nullable(),
    opened_at: instantOut,
    changed_at: instantOut,
    closed_at: instantOut.nullable(),
    outcome: z.enum(["won", "lost"]).nullable(),
    reason: z.string().nullable(),
  })
  .openapi("Deal");

const move = {
  stage: word.optional().openapi({ description: "`won` and `lost` close it; any other word is your own" }),
  value: finite.nullable().optional(),
  at: instantField.optional().openapi({ description: "When it happened; now where left out" }),
  reason: sentence.nullable().optional(),
};

const list = describe({
  method: "get",
  path: "/api/deals",
  summary: "Deals, latest opened first",
  roles: ["admin", "marketer", "rep"],
  query: closed({
    email: emailField.optional(),
    owner: word.optional(),
    open: z.enum(["true", "false"]).optional(),
    ...paging,
  }),
  answers: { 200: z.object({ deals: z.array(deal), next_cursor: z.string().nullable() }) },
});

const open = describe({
  method: "post",
  path: "/api/deals",
  summary: "Open a deal",
  description: "With `at` in the past, or the stage `won` or `lost`, history that another system has.",
  roles: ["admin", "marketer", "rep"],
  body: closed({
    email: emailField,
    id: z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,200}$/, "must be up to 200 letters, digits and . _ : -")
      .refine((id) => !/^\d+-\d+$/.test(id), "of this form are the engine's own")
      .optional()
      .openapi({ description: "Your own; one is made where left out" }),
    ...move,
  }),
  idempotent: true,
  answers: { 201: deal },
});

const change = describe({
  method: "post",
  path: "/api/deals/{id}",
  summary: "Move, win or lose a deal",
  roles: ["admin", "marketer", "rep"],
  params: idParameter,
  body: closed(move),
  idempotent: true,
  answers: { 200: deal },
});

export function dealRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  const { db, clock } = spine;

  return api()
    .openapi(list, async (c) => {
      const { email, owner, open: isOpen, cursor, limit = DEFAULT_LIMIT } = c.req.valid("query");
      const principal = c.get("principal");
      const place = readCursor("deals", ["integer", "string"], cursor);
      await drain(spine);
      await checkOwned(spine, owner);
      const none = { status: 200, body: { deals: [], next_cursor: null } };
      const seenBy = principal.role === "rep" ? (principal.rep ?? "") : undefined;
      if (seenBy !== undefined && owner !== undefined && owner !== seenBy) return reply(none);
      const lead = email === undefined ? undefined : await findLead(db.kysely, email);
      if (lead === null) return reply(none);
      const { deals, next } = await listDeals(db.kysely, {
        lead: lead?.id,
        owner: seenBy ?? owner,
        open: isOpen === undefined ? undefined : isOpen === "true",
        cursor: place && { at: place[0], id: place[1] },
        limit,
      });
      return reply({
        status: 200,
        body: { deals: deals.map(view), next_cursor: next && writeCursor("deals", [next.at, next.id]) },
      });
    })
    .openapi(open, async (c) => {
      const { email, id = `d${randomBytes(9).toString("hex")}`, ...given } = c.req.valid("json");
      const principal = c.get("principal");
      checkInstant(given.at, clock.now());
      await drain(spine);
      return once(
        c,
        spine,
        async (trx) => {
          const lead = await findLead(trx, email);
          if (!lead || !isTheirs(principal, lead)) throw invalid("email", "there is no such lead");
          if (await findDeal(trx, id)) throw new Conflict(`there is a deal "${id}" already`);
          await tell(trx, lead.id, dealEvent(id, true, given, actor(principal)));
          return { id };
        },
        async (opened) => ({ status: 201, body: await answer(opened.id) }),
      );
    })
    .openapi(change, async (c) => {
      const { id } = c.req.valid("param");
      const given = c.req.valid("json");
      const principal = c.get("principal");
      if (Object.keys(given).length === 0) throw invalid("", "says nothing: stage, value, at or reason");
      checkInstant(given.at, clock.now());
      await drain(spine);
      return once(
        c,
        spine,
        async (trx) => {
          const before = await findDeal(trx, id);
          const lead = before && (await findLead(trx, before.email));
          if (!before || !lead || !isTheirs(principal, lead)) throw new NotFound("there is no such deal");
          if (before.outcome !== null) throw new Conflict(`the deal is ${before.outcome} already`);
          if (given.at !== undefined && given.at < before.openedAt)
            throw invalid("at", "is before the deal was opened");
          await tell(trx, lead.id, dealEvent(id, false, given, actor(principal)));
        },
        async () => ({ status: 200, body: await answer(id) }),
      );
    });

  async function tell(
    trx: Parameters<typeof appendToInbox>[0],
    lead: number,
    input: ReturnType<typeof dealEvent>,
  ): Promise<void> {
    await appendToInbox(trx, [{ to: { lead }, at: clock.now(), live: true, create: "no", inputs: [input] }]);
  }

  async function answer(id: string) {
    await drain(spine);
    const found = await findDeal(db.kysely, id);
    if (!found) throw new NotFound("there is no such deal");
    return view(found);
  }
}

function checkInstant(at: Instant | undefined, now: Instant): void {
  if (at !== undefined && at > now + FURTHEST_AHEAD)
    throw invalid("at", "is more than 5 minutes ahead of the clock");
}

function actor(principal: { readonly role: string }): "rep" | "system" {
  return principal.role === "rep" ? "rep" : "system";
}

function view(of: Deal): z.infer<typeof deal> {
  return {
    id: of.id,
    email: of.email,
    stage: of.stage,
    value: of.value,
    owner: of.owner,
    opened_at: shownInstant(of.openedAt),
    changed_at: shownInstant(of.changedAt),
    closed_at: shownOrNull(of.closedAt),
    outcome: of.outcome,
    reason: of.reason,
  };
}
