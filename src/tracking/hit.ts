import type { Context } from "hono";
import { firstVerdict } from "../events/first-verdict.ts";
import { eventInput } from "../events/input.ts";
import type { TrackingDeps } from "./deps.ts";
import { addressHash, seenOf } from "./request.ts";

interface Hit {
  readonly kind: "open" | "click";
  readonly message: number;
  /** The link's number, HIDDEN for the one that no person sees; null for an open. */
  readonly link: number | null;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Puts an open or a click down for the spine. Never fails: the reader gets their picture or page whatever happens. */
export async function recordHit(deps: TrackingDeps, c: Context, hit: Hit): Promise<void> {
  try {
    const seen = seenOf(c, deps.proxies ?? null);
    const { tracking } = deps.spine.programme().settings;
    const { verdict, reason } = firstVerdict(hit.kind === "open" ? "open" : "act", seen, tracking);
    const input = eventInput(hit.kind === "open" ? "email.opened" : "email.clicked", "lead", hit.properties, {
      message: hit.message,
      verdict,
      verdictReason: reason,
      hit: { kind: hit.kind, link: hit.link, from: addressHash(deps.tokenKeys, seen.address) },
    });
    await deps.inbox.append(
      {
        to: { message: hit.message },
        at: deps.clock.now(),
        live: true,
        create: "no",
        inputs: [input],
      },
      { orInMemory: true },
    );
  } catch (error) {
    deps.spine.warn("a hit is lost: neither the database, the spool file nor memory took it", {
      message: hit.message,
      kind: hit.kind,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}
