import type { OpenAPIHono } from "@hono/zod-openapi";
import { authenticate } from "../authenticate.run.ts";
import { errorResponse } from "../errors.ts";
import { problem, problemResponse } from "../problem.ts";
import { dealRoutes } from "./deals.routes.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { docsRoutes } from "./docs.routes.tsx";
import { door, largestBody } from "./door.ts";
import { eventRoutes } from "./events.routes.ts";
import { leadRoutes } from "./lead.routes.ts";
import { leadWriteRoutes } from "./lead-write.routes.ts";
import { leadsListRoutes } from "./leads-list.routes.ts";
import { messageRoutes } from "./messages.routes.ts";
import { noticeRoutes } from "./notices.routes.ts";
import { personRoutes } from "./person.routes.ts";
import { renameRoutes } from "./rename.routes.ts";
import { api } from "./route.ts";
import { sequenceRoutes } from "./sequences.routes.ts";
import { timelineRoutes } from "./timeline.routes.ts";

/** The HTTP API (spec/api.md): first who calls, then what they sent, then what they may. */
export function apiRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const app = api();
  app.onError((error) => errorResponse(error, deps.spine));
  app.notFound((c) => problemResponse(problem("not-found", `there is no ${c.req.method} ${c.req.path}`)));

  // What describes the API is for everybody to read.
  app.route("/", docsRoutes(app));
  app.use("/api/*", authenticate(deps), largestBody, door);

  app.route("/", leadsListRoutes(deps));
  app.route("/", leadWriteRoutes(deps));
  app.route("/", leadRoutes(deps));
  app.route("/", personRoutes(deps));
  app.route("/", renameRoutes(deps));
  app.route("/", timelineRoutes(deps));
  app.route("/", eventRoutes(deps));
  app.route("/", messageRoutes(deps));
  app.route("/", sequenceRoutes(deps));
  app.route("/", noticeRoutes(deps));
  app.route("/", dealRoutes(deps));
  return app;
}
