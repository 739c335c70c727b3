import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { STAGES } from "../../leads/lead.ts";
import { advanceDue } from "../../lifecycle/advance.run.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { compileFilter, type Filter } from "../../lifecycle/filter.ts";
import { placedMessage, readFilter } from "../../programme/filter.ts";
import type { Programme } from "../../programme/programme.ts";
import { reply } from "../idempotency.run.ts";
import { unknown } from "./check-input.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { closed, DEFAULT_LIMIT, paging, word } from "./fields.ts";
import { listLeads, SORTS } from "./leads-list.run.ts";
import { listedLeadSchema } from "./lead-view.ts";
import { checkOwned } from "./past-names.run.ts";
import { badParameter, Invalid } from "./refusals.ts";
import { api, describe } from "./route.ts";

const TEMPERATURES: readonly string[] = ["cold", "warm", "hot"];

const temperatures = z
  .string()
  .transform((text, context) => {
    const asked = text.split(",");
    for (const one of asked) {
      if (!TEMPERATURES.includes(one))
        context.addIssue({ code: "custom", message: unknown("temperature", one, TEMPERATURES) });
    }
    return asked;
  })
  .openapi({ type: "string", description: "cold, warm, hot, or several with commas; by the default model" });

const list = describe({
  method: "get",
  path: "/api/leads",
  summary: "Leads",
  description:
    "Sorted by address where `sort` is left out; `-` turns an order round, so `-score` has the hottest first.",
  roles: ["admin", "marketer", "rep"],
  query: closed({
    temperature: temperatures.optional(),
    segment: word.optional(),
    owner: word.optional(),
    stage: z.enum(STAGES).optional(),
    q: word.optional().openapi({ description: "Letters of the address or of an attribute" }),
    where: z.string().optional().openapi({
      description:
        "A condition of the language of the configuration, as JSON or in one line of YAML. A page may then be short, even empty, though there is a next one: go on while there is a `next_cursor`",
      example: '{"all": [{"attribute": "country", "is": "PT"}, {"did": "page.viewed", "within": "7d"}]}',
    }),
    sort: z.enum(SORTS).optional(),
    ...paging,
  }),
  answers: {
    200: z.object({
      leads: z.array(listedLeadSchema),
      next_cursor: z.string().nullable(),
      warnings: z.array(z.string()).optional().openapi({
        description: "What in `where` is likely not what was meant, as an event that is misspelt",
      }),
    }),
  },
});

export function leadsListRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  return api().openapi(list, async (c) => {
    const { sort = "email", cursor, limit = DEFAULT_LIMIT, where, ...filter } = c.req.valid("query");
    const asked = where === undefined ? null : askedBy(where, spine.programme());
    const names = spine.programme().segments.map((segment) => segment.name);
    if (filter.segment !== undefined && !names.includes(filter.segment))
      throw badParameter("segment", unknown("segment", filter.segment, names));
    const { role, rep } = c.get("principal");
    await drain(spine);
    await checkOwned(spine, filter.owner);
    // Temperatures and segments as they are now, not as they were when a pass last came by.
    await advanceDue(spine);
    const seenBy = role === "rep" ? { seenBy: rep ?? "" } : {};
    const found = await listLeads(
      spine,
      { ...filter, ...seenBy },
      asked?.filter ?? null,
      sort,
      cursor,
      limit,
    );
    const doubts = asked && asked.warnings.length > 0 ? { warnings: asked.warnings } : {};
    return reply({ status: 200, body: { ...found, ...doubts } });
  });
}

/** @throws Invalid, which names every place in the text that is wrong */
function askedBy(text: string, programme: Programme): { filter: Filter; warnings: string[] } {
  const read = readFilter(text, programme, "where");
  if ("condition" in read)
    return { filter: compileFilter(read.condition), warnings: read.doubts.map(placedMessage) };
  throw new Invalid(
    read.problems.map((problem) => ({ field: "where", message: placedMessage(problem) })),
    "address",
  );
}
