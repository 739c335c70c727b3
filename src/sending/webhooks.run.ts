import { MINUTE, type Instant } from "../instant.ts";
import { restoredAt } from "../email/doubt.store.ts";
import type { Spine } from "../lifecycle/spine.ts";
import type { Programme } from "../programme/programme.ts";
import { CHAT } from "../reps/chat.ts";
import type { Poster } from "./post.io.ts";
import { BACK_OFF } from "./retry.ts";
import { chatPost, webhookPost, type Post } from "./webhook.ts";
import { claimDeliveries, nextDeliveryDue, settleDelivery, type DeliveryRow } from "./webhooks.store.ts";

export interface Webhooks {
  readonly spine: Pick<Spine, "db" | "clock" | "programme" | "warn">;
  /** Left out in virtual time, where nothing leaves: what is due is skipped. */
  readonly post?: Poster;
  /** The environment's: addresses and secrets that files only name. */
  variable(name: string): string | undefined;
}

const AT_ONCE = 20;

/** Longer than any attempt takes. */
const LEASE = 2 * MINUTE;

/**
 * Delivers what other systems and the chat are to hear of, at least once each; says how many attempts it made. Whatever
 * is not answered with 2xx is tried again as mail is, and fails for good after the last time.
 */
export async function deliverWebhooks(webhooks: Webhooks): Promise<number> {
  const { spine } = webhooks;
  for (let total = 0; ;) {
    const now = spine.clock.now();
    const rows = await spine.db.unit((trx) => claimDeliveries(trx, now, now + LEASE, AT_ONCE));
    if (rows.length === 0) return total;
    await Promise.all(rows.map((row) => deliver(webhooks, row, now)));
    total += rows.length;
  }
}

export function nextWebhook({ spine }: Webhooks): Promise<Instant | null> {
  return nextDeliveryDue(spine.db.kysely);
}

async function deliver(webhooks: Webhooks, row: DeliveryRow, now: Instant): Promise<void> {
  const { spine, post } = webhooks;
  // Whoever takes a webhook knows it by its name; people in a chat would read the line twice.
  if (row.webhook === CHAT && row.at < (await restoredAt(spine.db.kysely))) {
    const error = "due before the backup was restored";
    await spine.db.unit((trx) => settleDelivery(trx, row, { state: "skipped", due_at: now, error }));
    return;
  }
  const error = post === undefined ? null : await attempt(webhooks, post, row, now);
  await spine.db.unit((trx) =>
    settleDelivery(trx, row, outcomeOf(row, error, post !== undefined, spine.clock.now())),
  );
  if (error !== null)
    spine.warn("a webhook was not delivered", { webhook: row.webhook, delivery: row.id, error });
}

function outcomeOf(
  row: DeliveryRow,
  error: string | null,
  posted: boolean,
  now: Instant,
): Parameters<typeof settleDelivery>[2] {
  if (error === null) return { state: posted ? "delivered" : "skipped", due_at: now, error: null };
  const wait = BACK_OFF[row.tries];
  return wait === undefined
    ? { state: "failed", due_at: now, error }
    : { state: "waiting", due_at: now + wait, error };
}

/** What went wrong; null where it arrived. */
async function attempt(
  webhooks: Webhooks,
  post: Poster,
  row: DeliveryRow,
  now: Instant,
): Promise<string | null> {
  const request = requestFor(webhooks.spine.programme(), row, now, (name) => webhooks.variable(name));
  if (typeof request === "string") return request;
  try {
    const status = await post(request);
    return status >= 200 && status < 300 ? null : `answered ${status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The request, or why there can't be one now: a variable that is set later heals it. */
function requestFor(
  { settings, reps }: Programme,
  row: DeliveryRow,
  now: Instant,
  variable: Webhooks["variable"],
): Post | string {
  if (row.webhook === CHAT) {
    const { chat } = reps.channels;
    if (chat === null) return "no chat is configured any more";
    const url = variable(chat.urlEnv);
    return url === undefined ? `${chat.urlEnv} is not set` : chatPost(row, url);
  }
  const webhook = settings.webhooks.find((candidate) => candidate.webhook === row.webhook);
  if (!webhook) return `no webhook "${row.webhook}" is configured any more`;
  const { url, secretEnv } = webhook;
  // Unsigned, the receiver could not tell it from a stranger's.
  const secret = secretEnv === null ? null : variable(secretEnv);
  return secret === undefined ? `${secretEnv} is not set` : webhookPost(row, url, secret, now);
}
