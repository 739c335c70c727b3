import type { Context } from "hono";
import { destinationOf } from "../email/links.ts";
import { readToken, sequencePrefix, signToken, type TokenFields } from "../email/token.ts";
import { addUtm } from "../email/utm.ts";
import { HIDDEN } from "../events/verdict.ts";
import type { TrackingDeps } from "./deps.ts";
import type { Destination } from "./destinations.run.ts";
import { readMailNames, type MailNames } from "./destinations.store.ts";
import { recordHit } from "./hit.ts";
import { notFound } from "./page.tsx";
import { VISITOR_PARAMETER } from "./page-script.ts";
import { asksForPrivacy } from "./request.ts";

/** `GET /t/c/<token>`: 302 to where the link of the mail leads. No address is ever taken from the request. */
export function click(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const token = readToken(deps.tokenKeys, "click", c.req.param("token") ?? "");
    if (!token) return notFound(deps, c);
    const found = await orNull(deps.destinations.find(token.template));
    const hidden = found !== null && token.link === found.hiddenLink;
    const leadsTo = found && destinationOf(found, token.link);
    if (deps.spine.programme().settings.tracking.clicks) {
      await recordHit(deps, c, {
        kind: "click",
        message: token.message,
        link: hidden ? HIDDEN : token.link,
        properties: hidden ? { link: HIDDEN } : { url: leadsTo, link: token.link },
      });
    }
    // A template that is not known, or a mail whose only link is the hidden one.
    if (found === null || leadsTo === null) return notFound(deps, c);
    const address = withVisitor(deps, c, token, await withUtm(deps, token, found, leadsTo));
    return new Response(null, {
      status: 302,
      headers: {
        location: headerSafe(address),
        "cache-control": "no-store, private",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex",
      },
    });
  };
}

/** Only what neither the token nor the programme knows is read from the message's row. */
async function withUtm(
  deps: TrackingDeps,
  token: TokenFields["click"],
  found: Destination,
  address: string,
): Promise<string> {
  const { utm } = deps.spine.programme().settings;
  const sequence = token.sequence === undefined ? null : deps.destinations.sequence(token.sequence);
  let names: MailNames = { sequence, step: null, variant: null };
  const unknown = sequence === null && token.sequence !== sequencePrefix(null);
  const asked = Object.values(utm ?? {}).join();
  if (/\{\{\s*(step|variant)\s*\}\}/.test(asked) || (unknown && /\{\{\s*sequence\s*\}\}/.test(asked))) {
    names = (await orNull(readMailNames(deps.spine.db.kysely, token.message))) ?? names;
  }
  return addUtm(address, utm, { template: found.template, ...names });
}

/** Tells a page of the company's own who has come, unless they ask not to be followed. */
function withVisitor(
  deps: TrackingDeps,
  c: Context,
  { message }: TokenFields["click"],
  address: string,
): string {
  const { sites } = deps.spine.programme().settings.tracking;
  if (sites.length === 0 || asksForPrivacy(c)) return address;
  if (!sites.includes(new URL(address).hostname)) return address;
  const visitor = signToken(deps.tokenKeys, "visitor", { message, lead: 0 });
  return addParameter(address, VISITOR_PARAMETER, visitor);
}

/** Before the fragment; nothing else of the address changes. */
function addParameter(address: string, name: string, value: string): string {
  const hash = address.indexOf("#");
  const before = hash < 0 ? address : address.slice(0, hash);
  return `${before}${before.includes("?") ? "&" : "?"}${name}=${value}${address.slice(before.length)}`;
}

/** A header holds ASCII alone; the letters of other scripts that an address may have are written as URLs write them. */
function headerSafe(address: string): string {
  return /^[\x21-\x7e]+$/.test(address) ? address : new URL(address).href;
}

/** The reader arrives whether or not the database can be reached. */
async function orNull<T>(asked: Promise<T | null>): Promise<T | null> {
  try {
    return await asked;
  } catch {
    return null;
  }
}
