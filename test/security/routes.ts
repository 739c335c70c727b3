import { pino } from "pino";
import { site } from "../../src/serve.ts";
import type { Server } from "./server.ts";

/** Every route that the server has, as `POST /api/deals/:id`, without what stands before all of a room. */
export function routesOf({ app }: Server): string[] {
  const { routes } = site(app, pino({ level: "silent" }));
  const found = routes.filter(({ method, path }) => method !== "ALL" && !path.endsWith("*"));
  return [...new Set(found.map(({ method, path }) => `${method} ${path}`))].toSorted();
}
