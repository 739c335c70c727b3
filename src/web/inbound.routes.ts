import { Hono } from "hono";
import type { TokenKeys } from "../email/token.ts";
import { SECOND, type Duration } from "../instant.ts";
import type { Spine } from "../lifecycle/spine.ts";
import { recordInbound } from "../tracking/inbound/record.run.ts";
import { Malformed, TooLarge } from "./api/refusals.ts";
import { allow, type AuthEnv } from "./auth.ts";
import { authenticate, type AuthDeps } from "./authenticate.run.ts";
import { errorResponse } from "./errors.ts";
import { readRawBody } from "./raw-body.io.ts";

const MB = 1024 * 1024;

interface Deps extends AuthDeps {
  readonly spine: Spine;
  readonly tokenKeys: TokenKeys;
  /** Drains the inbox now: something arrived that may stop mail. */
  readonly hurry: () => void;
  /** How long a mail may take to arrive. */
  readonly patience?: Duration;
}

/**
 * `POST /hooks/inbound`: one raw mail (RFC 5322), with an `ingest` key. 202 once it can't be lost, with what it was read
 * as and how many events it made; 413 above 32 MB; 503 while the database is away, so that the mail server tries again.
 */
export function inboundRoutes(deps: Deps): Hono {
  const app = new Hono<AuthEnv>();
  const bounds = { keep: MB, most: 32 * MB, within: deps.patience ?? 30 * SECOND };
  app.post("/hooks/inbound", authenticate(deps), allow("admin", "marketer", "ingest"), async (c) => {
    const isSaidToBeLarge = Number(c.req.header("content-length") ?? 0) > bounds.most;
    const bytes = isSaidToBeLarge ? "large" : await readRawBody(c.req.raw.body, bounds);
    if (bytes === "large") throw new TooLarge(`a mail may have ${bounds.most} bytes at most`);
    if (bytes === "slow") throw new Malformed("the mail took too long to arrive");
    if (bytes.length === 0) throw new Malformed("the body is empty: send a raw mail");
    const { accepted, duplicates, recipients } = await recordInbound(deps, bytes);
    if (accepted > 0) deps.hurry();
    const read = recipients.map(({ recipient, status, class: kind, reason }) => ({
      recipient,
      status,
      class: kind,
      reason,
    }));
    return c.json({ accepted, duplicates, recipients: read }, 202);
  });
  app.onError((error) => errorResponse(error, deps.spine));
  const house = new Hono();
  house.route("/", app);
  return house;
}
