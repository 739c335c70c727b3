import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { ACTORS, FURTHEST_AHEAD, type Actor } from "../../events/event.ts";
import { defaultActor, isEventName } from "../../events/catalogue.ts";
import { appendToInbox, type Arrival } from "../../events/inbox.store.ts";
import { eventInput } from "../../events/input.ts";
import type { Instant } from "../../instant.ts";
import { findLeadIds } from "../../leads/leads.store.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import type { Programme } from "../../programme/programme.ts";
import { once } from "../idempotency.run.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { checkProperties, dealsNamed } from "./check-event.ts";
import { closed, emailField, instantField, word } from "./fields.ts";
import { nameOwners, takeEventIds, type EventId } from "./event-keys.store.ts";
import { dealsOfOthers, notTheirs } from "./owners.store.ts";
import { Invalid, NotAllowed, type FieldError } from "./refusals.ts";
import { api, describe } from "./route.ts";

const MOST_EVENTS = 1000;

const event = closed({
  email: emailField,
  type: z
    .string()
    .refine(isEventName, 'must be lower case with dots between words, like "page.viewed"')
    .openapi({ example: "page.viewed" }),
  at: instantField.optional().openapi({ description: "When it happened; now where left out" }),
  properties: z.record(z.string().max(200), z.unknown()).optional(),
  actor: z.enum(ACTORS).optional().openapi({ description: "By the type where left out" }),
  id: word.optional().openapi({ description: "The sender's own; one seen before is a duplicate" }),
}).openapi("Event");

type Sent = z.infer<typeof event>;

const post = describe({
  method: "post",
  path: "/api/events",
  summary: "Record what leads did",
  description:
    "One event or a list of up to 1,000, all or none. An unknown address makes a lead. Answered once it can't be lost; whoever reads the lead sees it.",
  roles: ["admin", "marketer", "rep", "ingest"],
  body: z.union([event, z.array(event).max(MOST_EVENTS, `may have ${MOST_EVENTS} events at most`)]),
  idempotent: true,
  answers: { 202: z.object({ accepted: z.int(), duplicates: z.int() }) },
});

export function eventRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  return api().openapi(post, async (c) => {
    const body = c.req.valid("json");
    const now = spine.clock.now();
    const sent = Array.isArray(body) ? body : [body];
    const place = (index: number) => (Array.isArray(body) ? `[${index}].` : "");
    const wrong = sent.flatMap((one, index) => check(one, spine.programme(), now, place(index)));
    if (wrong.length > 0) throw new Invalid(wrong.slice(0, 100));
    const principal = c.get("principal");
    // Whose lead an address is may still wait in the inbox.
    if (principal.role === "rep") await drain(spine);
    return once(
      c,
      spine,
      async (trx) => {
        if (principal.role === "rep") {
          const others = await notTheirs(trx, principal.rep ?? "", emails(sent));
          if (others.size > 0)
            throw new NotAllowed(
              `a rep records what their own leads did; ${[...others].slice(0, 5).join(", ")} is not theirs`,
            );
        }
        const taken = await dealsOfOthers(trx, dealsNamed(sent));
        if (taken.length > 0)
          throw new Invalid(
            taken.map(({ index, deal }) => ({
              field: `${place(index)}properties.deal`,
              message: `the deal "${deal}" is another lead's`,
            })),
          );
        const named = withIds(sent);
        const fresh =
          named.length > 0 ? await takeEventIds(trx, spine.suppressionKeys, named, now) : new Set<string>();
        // Of one id twice in this list the first counts.
        const kept = sent.filter((one) => one.id === undefined || fresh.delete(one.id));
        await appendToInbox(trx, arrivals(kept, now));
        const known = await findLeadIds(trx, emails(kept));
        const orphans = withIds(kept).filter((one) => !known.has(one.email));
        return { accepted: kept.length, duplicates: sent.length - kept.length, orphans };
      },
      async ({ accepted, duplicates, orphans }) => {
        if (orphans.length > 0) {
          await drain(spine);
          await spine.db.unit((trx) => nameOwners(trx, orphans));
        }
        return { status: 202, body: { accepted, duplicates } };
      },
    );
  });
}

function withIds(sent: readonly Sent[]): EventId[] {
  return sent.flatMap(({ id, email }) => (id === undefined ? [] : [{ id, email }]));
}

function emails(sent: readonly Sent[]): string[] {
  return [...new Set(sent.map((one) => one.email))];
}

function check(sent: Sent, programme: Programme, now: Instant, place: string): FieldError[] {
  const wrong = checkProperties(sent.type, sent.properties ?? {}, programme);
  if (sent.at !== undefined && sent.at > now + FURTHEST_AHEAD)
    wrong.push({ field: "at", message: "is more than 5 minutes ahead of the clock" });
  return wrong.map(({ field, message }) => ({ field: `${place}${field}`, message }));
}

/** What came in one call for one lead is one arrival: entries are decided after all of it. */
function arrivals(sent: readonly Sent[], now: Instant): Arrival[] {
  return [...Map.groupBy(sent, (one) => one.email)].map(([email, events]) => ({
    to: { email },
    at: now,
    live: true,
    create: "yes",
    inputs: events.map(({ type, at = null, properties = {}, actor = actorOf(type) }) =>
      eventInput(type, actor, properties, { at }),
    ),
  }));
}

/** What comes in by the API changes a deal in the system's name. */
function actorOf(type: string): Actor {
  return type.startsWith("deal.") || type.startsWith("sequences.") ? "system" : defaultActor(type);
}
