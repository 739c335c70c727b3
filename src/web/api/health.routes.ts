import { Hono } from "hono";
import { MINUTE } from "../../instant.ts";
import { problem, problemResponse } from "../problem.ts";
import { reply } from "../idempotency.run.ts";
import type { ApiDeps } from "./deps.ts";
import { readBacklog } from "./health.store.ts";
import type { Metrics } from "./metrics.run.ts";

/** Passes run several times a second; one that is this late does not run. */
const LATE = MINUTE;

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
