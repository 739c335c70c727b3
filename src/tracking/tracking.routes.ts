import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { click } from "./click.routes.ts";
import type { TrackingDeps } from "./deps.ts";
import { askToConfirm, confirm } from "./confirm.routes.tsx";
import { isGone } from "./gone.ts";
import { changeMyData, showMyData } from "./my-data.routes.tsx";
import { notFound, trouble } from "./page.tsx";
import { pixel } from "./pixel.routes.ts";
import { changePreferences, showPreferences } from "./preferences.routes.tsx";
import { beacon, preflight, script, tooLarge } from "./script.routes.ts";
import { askToStop, stop } from "./unsubscribe.routes.tsx";
import { view } from "./view.routes.tsx";

const KB = 1024;

/** Everything under `/t/`: what mails and pages link to (spec/tracking.md). No login; a signed token says what is asked. */
export function trackingRoutes(deps: TrackingDeps): Hono {
  const app = new Hono();
  const form = bodyLimit({ maxSize: 16 * KB, onError: (c) => trouble(deps, c, 413) });
  const small = bodyLimit({ maxSize: 8 * KB, onError: tooLarge });

  app.get("/t/o/:file", pixel(deps));
  app.get("/t/c/:token", click(deps));
  app.get("/t/u/:token", askToStop(deps));
  app.post("/t/u/:token", stop(deps));
  app.get("/t/p/:token", showPreferences(deps));
  app.post("/t/p/:token", form, changePreferences(deps));
  app.get("/t/f/:token", askToConfirm(deps));
  app.post("/t/f/:token", confirm(deps));
  app.get("/t/d/:token", showMyData(deps));
  app.post("/t/d/:token", form, changeMyData(deps));
  app.get("/t/v/:token", view(deps));
  app.get("/t/k.js", script(deps));
  app.post("/t/e", small, beacon(deps));
  app.options("/t/e", preflight);
  app.all("/t/*", (c) => notFound(deps, c));

  app.onError((error, c) => {
    if (isGone(error)) return trouble(deps, c, 400);
    deps.spine.warn("a tracking page failed", { path: c.req.routePath, reason: error.message });
    return trouble(deps, c, 503);
  });
  return app;
}
