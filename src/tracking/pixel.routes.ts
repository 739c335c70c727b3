import type { Context } from "hono";
import { readToken } from "../email/token.ts";
import type { TrackingDeps } from "./deps.ts";
import { recordHit } from "./hit.ts";

/** One transparent dot, 43 bytes. */
const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");

const HEADERS = {
  "content-type": "image/gif",
  "content-length": String(GIF.length),
  "cache-control": "no-store, private",
  "x-content-type-options": "nosniff",
  // The picture stands in mails that are read in web mailers.
  "cross-origin-resource-policy": "cross-origin",
};

/** `GET /t/o/<token>.gif`: always the same picture; a token that is none records nothing. */
export function pixel(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const token = readToken(deps.tokenKeys, "open", (c.req.param("file") ?? "").replace(/\.gif$/, ""));
    if (token && deps.spine.programme().settings.tracking.opens) {
      await recordHit(deps, c, { kind: "open", message: token.message, link: null, properties: {} });
    }
    // A third faster than c.body().
    return new Response(GIF, { headers: HEADERS });
  };
}
