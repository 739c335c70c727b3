import { Hono, type MiddlewareHandler } from "hono";
import type { TrackingDeps } from "../tracking/deps.ts";
import { trackingRoutes } from "../tracking/tracking.routes.ts";
import { answerRoutes } from "./answer.routes.tsx";
import { apiRoutes } from "./api/api.routes.ts";
import type { ApiDeps } from "./api/deps.ts";
import { healthRoutes } from "./api/health.routes.ts";
import { openMetrics } from "./api/metrics.run.ts";
import { errorResponse } from "./errors.ts";
import { problem, problemResponse } from "./problem.ts";

/** What the whole server works with. */
export interface ServerDeps {
  readonly api: ApiDeps;
  /** null: a process that takes no hits. */
  readonly tracking: TrackingDeps | null;
  /** More rooms of the house (the dashboard), mounted at the root, after all others. */
  readonly rooms?: readonly Hono[];
}

/** Everything that is served, as one app: tracking first, since it has the most calls. */
export function createServer({ api, tracking, rooms = [] }: ServerDeps): Hono {
  const app = new Hono();
  const metrics = openMetrics(api.spine);
  app.use(metrics.observe);
  if (tracking) app.route("/", trackingRoutes(tracking));
  app.use(securityHeaders(api.baseUrl.startsWith("https:")));
  app.route("/", healthRoutes(api, metrics));
  app.route("/", answerRoutes(api));
  app.route("/", apiRoutes(api));
  for (const room of rooms) app.route("/", room);
  app.notFound((c) => {
    if (c.req.path.startsWith("/api/"))
      return problemResponse(problem("not-found", `there is no ${c.req.method} ${c.req.path}`));
    return c.text("There is no such page.", 404);
  });
  app.onError((error) => errorResponse(error, api.spine));
  return app;
}

/** What a room has not said itself. Tracking says its own: its pixel has to show on other sites. */
function securityHeaders(https: boolean): MiddlewareHandler {
  const headers = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy":
      "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ...(https ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  };
}
