import type { Context } from "hono";
import { readToken, signToken, type TokenFields } from "../email/token.ts";
import { firstVerdict } from "../events/first-verdict.ts";
import { eventInput } from "../events/input.ts";
import type { Arrival } from "../events/inbox.store.ts";
import { MINUTE } from "../instant.ts";
import { normaliseEmail } from "../leads/address.ts";
import { findLeadIds } from "../leads/leads.store.ts";
import { drain } from "../lifecycle/drain.run.ts";
import { readBeacon, type Beacon } from "./beacon.ts";
import type { TrackingDeps } from "./deps.ts";
import { pageScript } from "./page-script.ts";
import { rateLimit } from "./rate-limit.ts";
import { asksForPrivacy, seenOf } from "./request.ts";

const BEACONS_A_MINUTE = 120;
const FORMS_A_MINUTE = 10;

/** `GET /t/k.js` */
export function script(deps: TrackingDeps) {
  return (): Response =>
    new Response(pageScript(deps.spine.programme().settings.consent.required), {
      headers: {
        "content-type": "text/javascript; charset=UTF-8",
        "cache-control": "public, max-age=3600",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
      },
    });
}

/**
 * `POST /t/e`: a page view, a form or another act on a page. 204; after a form that names somebody 200 and
 * `{visitor}`, the token by which that browser's later pages are theirs. A token that is none is answered like one
 * that is.
 */
export function beacon(deps: TrackingDeps) {
  const mayTell = rateLimit(BEACONS_A_MINUTE, MINUTE);
  const mayName = rateLimit(FORMS_A_MINUTE, MINUTE);
  return async (c: Context): Promise<Response> => {
    if (asksForPrivacy(c)) return answer(204);
    const seen = seenOf(c, deps.proxies ?? null);
    const from = seen.address ?? "unknown";
    const now = deps.clock.now();
    if (!mayTell(from, now)) return answer(429);
    const told = readBeacon(await c.req.text());
    if (!told) return answer(400);
    const email = told.email === null ? null : normaliseEmail(told.email);
    if (email !== null && !mayName(from, now)) return answer(429);
    const { verdict, reason } = firstVerdict("act", seen, deps.spine.programme().settings.tracking);
    const to = email === null ? visitorOf(deps, told) : { email };
    if (to === null) return answer(204);
    await deps.inbox.append({
      to,
      at: now,
      live: true,
      // A machine that fills in a form makes no lead; it is kept where the lead is known.
      create: email !== null && verdict !== "scanner" ? "form" : "no",
      inputs: [eventInput(told.type, "lead", told.properties, { verdict, verdictReason: reason })],
    });
    const visitor = email === null || verdict === "scanner" ? null : await visitorFor(deps, email);
    return visitor === null ? answer(204) : Response.json({ visitor }, { headers: HEADERS });
  };
}

/** Whom a visitor token names: the lead of the mail that was clicked, or the lead that a form named. */
function visitorOf(deps: TrackingDeps, { visitor }: Beacon): Arrival["to"] | null {
  const token = visitor === null ? null : readToken(deps.tokenKeys, "visitor", visitor);
  if (!token) return null;
  return token.lead === NONE ? { message: token.message } : { lead: token.lead };
}

const NONE: TokenFields["visitor"]["lead"] = 0;

/** The form's lead has a number once the inbox is drained; where that fails, the next form names them. */
async function visitorFor(deps: TrackingDeps, email: string): Promise<string | null> {
  try {
    await drain(deps.spine);
    const lead = (await findLeadIds(deps.spine.db.kysely, [email])).get(email);
    return lead === undefined ? null : signToken(deps.tokenKeys, "visitor", { message: 0, lead });
  } catch {
    return null;
  }
}

const HEADERS = {
  "cache-control": "no-store",
  // The beacon carries no cookies, and its answer says nothing that the sender did not know.
  "access-control-allow-origin": "*",
};

function answer(status: 204 | 400 | 413 | 429): Response {
  return new Response(null, { status, headers: HEADERS });
}

export const tooLarge = (): Response => answer(413);

/** `OPTIONS /t/e`: for pages that send `application/json`, which k.js does not. */
export function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...HEADERS,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": "86400",
    },
  });
}
