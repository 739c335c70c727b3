import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { reply } from "../idempotency.run.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { closed, DEFAULT_LIMIT, emailParameter, instantOut, paging } from "./fields.ts";
import { openLead } from "./lead.run.ts";
import { api, describe } from "./route.ts";
import { EVENT_RANK, eventEntry, newestFirst, otherEntries, type Entry } from "./timeline.ts";
import { besidesEvents, eventsBefore } from "./timeline.store.ts";

const entry = z
  .looseObject({
    at: instantOut,
    what: z.string().openapi({
      description:
        "event, score.crossed, mark.crossed, score.withdrawn or mark.withdrawn (told once, and not so by what is known now), score.revised (what computing the past again changed then), sequence.entered, sequence.ended, message.dropped, message.failed or message.in_doubt",
    }),
    type: z.string().optional(),
    machine: z
      .boolean()
      .optional()
      .openapi({ description: "Of an event: no person did it; `why` says how we know" }),
  })
  .openapi("TimelineEntry");

const timeline = describe({
  method: "get",
  path: "/api/leads/{email}/timeline",
  summary: "Everything that happened to a lead, newest first",
  roles: ["admin", "marketer", "rep"],
  params: emailParameter,
  query: closed(paging),
  answers: { 200: z.object({ timeline: z.array(entry), next_cursor: z.string().nullable() }) },
});

export function timelineRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  return api().openapi(timeline, async (c) => {
    const { cursor, limit = DEFAULT_LIMIT } = c.req.valid("query");
    const place = readCursor("timeline", ["integer", "integer", "integer"], cursor);
    const after: Entry | null = place && { at: place[0], rank: place[1], key: place[2], line: {} };
    const lead = await openLead(spine, c.get("principal"), c.req.valid("param").email);
    const db = spine.db.kysely;
    const inEvents = after?.rank === EVENT_RANK;
    const events = await eventsBefore(
      db,
      lead.id,
      after?.at ?? null,
      inEvents ? { at: after.at, seq: after.key } : null,
      limit + 1,
    );
    const entries = [...events.map(eventEntry), ...otherEntries(await besidesEvents(db, lead.id))]
      .filter((one) => after === null || newestFirst(after, one) < 0)
      .sort(newestFirst);
    const shown = entries.slice(0, limit);
    const last = shown.at(-1);
    const next =
      entries.length > limit && last ? writeCursor("timeline", [last.at, last.rank, last.key]) : null;
    return reply({ status: 200, body: { timeline: shown.map(({ line }) => line), next_cursor: next } });
  });
}
