import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Providers } from "../../config/settings.ts";
import { isTrouble } from "../../db/trouble.ts";
import type { TokenKeys } from "../../email/token.ts";
import { MINUTE } from "../../instant.ts";
import { isGone } from "../gone.ts";
import { rateLimit } from "../rate-limit.ts";
import { Refused, type Told } from "./news.ts";
import { record } from "./record.run.ts";
import {
  fromMailgun,
  fromPostmark,
  fromSendgrid,
  openSns,
  type ProviderDeps,
  type Received,
} from "./verify.run.ts";

interface Deps extends ProviderDeps {
  readonly tokenKeys: TokenKeys;
  /** Drains the inbox now: something arrived that stops mail. */
  readonly hurry: () => void;
}

type Verify<C> = (deps: ProviderDeps, configured: C, sent: Received) => Told | Promise<Told>;

const LARGEST = 2 * 1024 * 1024;
const WARNINGS_A_MINUTE = 10;

/**
 * `POST /hooks/ses`, `/sendgrid`, `/mailgun`, `/postmark`: what mail providers tell, each verified its own way before
 * anything is believed. 200 once it can't be lost; 4xx and nothing changed for what is forged, altered, stale or here
 * already; 404 for a provider that is not configured; 503 while the database is away, so that they ask again.
 */
export function providerRoutes(deps: Deps): Hono {
  const app = new Hono();
  const mayWarn = rateLimit(WARNINGS_A_MINUTE, MINUTE);
  const small = bodyLimit({ maxSize: LARGEST, onError: () => answer(413, "the body is too large") });

  /** `again`: the status at which the provider does not ask again. */
  function route<P extends keyof Providers>(
    provider: P,
    verify: Verify<NonNullable<Providers[P]>>,
    again: 403 | 406 | 409,
  ) {
    app.post(`/hooks/${provider}`, small, async (c) => {
      const configured = deps.spine.programme().settings.providers[provider];
      if (configured === null) return answer(404, `${provider} is not configured`);
      try {
        const told = await verify(deps, configured, await receive(c));
        if (!(await record(deps, provider, told))) throw new Refused(again, "this was here already");
        if (told.news.length > 0) deps.hurry();
        return answer(200, "ok");
      } catch (error) {
        return refusal(provider, error);
      }
    });
  }

  function refusal(provider: string, error: unknown): Response {
    const reason = error instanceof Error ? error.message : String(error);
    const expected = error instanceof Refused;
    if (isGone(error)) throw error;
    if (!expected && !isTrouble(error)) throw error;
    // Anybody can ask: the log must not grow as fast as they do.
    if (mayWarn(provider, deps.spine.clock.now()))
      deps.spine.warn("a provider's webhook is refused", { provider, reason });
    return expected ? answer(error.status, reason) : answer(503, "ask again in a moment");
  }

  route("ses", openSns(), 409);
  route("sendgrid", fromSendgrid, 409);
  route("mailgun", fromMailgun, 406);
  route("postmark", fromPostmark, 403);

  app.onError((error) => {
    if (isGone(error)) return answer(400, "the request ended before all of it was here");
    deps.spine.warn("a provider's webhook failed", { reason: error.message });
    return answer(503, "ask again in a moment");
  });
  return app;
}

async function receive(c: Context): Promise<Received> {
  return { body: new Uint8Array(await c.req.arrayBuffer()), header: (name) => c.req.header(name) };
}

function answer(status: number, text: string): Response {
  const headers: Record<string, string> = {
    "content-type": "text/plain; charset=UTF-8",
    "cache-control": "no-store",
  };
  if (status === 401) headers["www-authenticate"] = 'Basic realm="kindling"';
  if (status === 429 || status === 503) headers["retry-after"] = "60";
  return new Response(`${text}\n`, { status, headers });
}
