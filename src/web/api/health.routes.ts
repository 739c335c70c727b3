import { z, type RouteConfig } from "@hono/zod-openapi";
import { Hono } from "hono";
import { MINUTE } from "../../instant.ts";
import { problem, problemResponse } from "../problem.ts";
import { reply } from "../idempotency.run.ts";
import type { ApiDeps } from "./deps.ts";
import { readBacklog } from "./health.store.ts";
import type { Metrics } from "./metrics.run.ts";
import { REFUSED } from "./route.ts";

/** Passes run several times a second; one that is this late does not run. */
const LATE = MINUTE;

const fine = {
  description: "Done",
  content: { "application/json": { schema: z.object({ status: z.literal("ok") }) } },
};
const OPEN: Pick<RouteConfig, "method" | "security"> = { method: "get", security: [] };

/** For the API's description: these stand outside of /api, and of its keys. */
export const HEALTH_CALLS: readonly RouteConfig[] = [
  {
    ...OPEN,
    path: "/healthz",
    summary: "Whether the process lives",
    description: "It asks nothing else, not even the database. No key is needed.",
    responses: { 200: fine },
  },
  {
    ...OPEN,
    path: "/readyz",
    summary: "Whether the database answers and the jobs keep up",
    description: "503 says what does not. No key is needed.",
    responses: { 200: fine, 503: REFUSED },
  },
  {
    ...OPEN,
    path: "/metrics",
    summary: "Numbers for Prometheus",
    description: "Nothing of any person is in them. No key is needed.",
    responses: {
      200: { description: "Done", content: { "text/plain": { schema: z.string() } } },
    },
  },
];

/** For load balancers and monitoring; no key, and nothing of any person. */
export function healthRoutes({ spine }: ApiDeps, metrics: Metrics): Hono {
  const routes = new Hono();
  routes.get("/healthz", () => reply({ status: 200, body: { status: "ok" } }));
  routes.get("/readyz", async () => {
    const late = await trouble().catch(() => ["the database does not answer"]);
    if (late.length === 0) return reply({ status: 200, body: { status: "ok" } });
    return problemResponse(problem("not-ready", late.join("; ")));
  });
  routes.get("/metrics", async () => {
    const text = await metrics.expose();
    return new Response(text, {
      headers: { "content-type": metrics.contentType, "cache-control": "no-store" },
    });
  });
  return routes;

  async function trouble(): Promise<string[]> {
    const now = spine.clock.now();
    const { inboxSince, leadsSince } = await readBacklog(spine.db.kysely, now);
    return [
      ...(inboxSince !== null && now - inboxSince > LATE ? ["what arrived is not folded: no job runs"] : []),
      ...(leadsSince !== null && now - leadsSince > LATE ? ["leads are not lived on in time"] : []),
    ];
  }
}
