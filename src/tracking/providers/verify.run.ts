import type { X509Certificate } from "node:crypto";
import { createHash } from "node:crypto";
import type { Providers } from "../../config/settings.ts";
import { HOUR, MINUTE, parseInstant } from "../../instant.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { rateLimit } from "../rate-limit.ts";
import type { Getter } from "./get.io.ts";
import { isMailguns, readMailgun, readMailgunSignature } from "./mailgun.ts";
import { parseJson, Refused, refuseStale, secondsOf, type Told } from "./news.ts";
import { isPostmarks, readPostmark } from "./postmark.ts";
import { wasTaken } from "./requests.store.ts";
import { isSendgrids, readSendgrid } from "./sendgrid.ts";
import { readSes } from "./ses.ts";
import {
  certificateAddress,
  confirmationAddress,
  isSignedBy,
  readCertificate,
  readSnsMessage,
  type SnsMessage,
} from "./sns.ts";

export interface ProviderDeps {
  readonly spine: Pick<Spine, "db" | "clock" | "programme" | "warn">;
  /** The environment's: secrets that files only name. */
  variable(name: string): string | undefined;
  readonly get: Getter;
}

/** A request as it came. */
export interface Received {
  readonly body: Uint8Array;
  header(name: string): string | undefined;
}

type Configured<P extends keyof Providers> = NonNullable<Providers[P]>;

/** Asked once by Mailgun and SendGrid at each attempt. */
const YOUNG = 5 * MINUTE;
/** SNS signs when a message is published and tries for an hour at most. */
const YOUNG_SNS = HOUR;

const FORGED = "the signature is not the provider's";

/** @throws Refused for anything that Postmark did not send */
export function fromPostmark(deps: ProviderDeps, { loginEnv }: Configured<"postmark">, sent: Received): Told {
  const login = secretOf(deps, loginEnv);
  if (!isPostmarks(login, sent.header("authorization") ?? "")) throw new Refused(401, "the login is wrong");
  return { once: null, news: readPostmark(parseJson(sent.body)) };
}

/** @throws Refused for anything that Mailgun did not send */
export function fromMailgun(
  deps: ProviderDeps,
  { signingKeyEnv }: Configured<"mailgun">,
  sent: Received,
): Told {
  const key = secretOf(deps, signingKeyEnv);
  const value = parseJson(sent.body);
  const signature = readMailgunSignature(value);
  if (!signature || !isMailguns(key, signature)) throw new Refused(401, FORGED);
  const at = secondsOf(signature.timestamp);
  if (at === null) throw new Refused(400, "the timestamp can't be read");
  refuseStale(at, deps.spine.clock.now(), YOUNG);
  return { once: signature.token, news: readMailgun(value, signature.token) };
}

/** @throws Refused for anything that SendGrid did not send */
export function fromSendgrid(
  deps: ProviderDeps,
  { publicKey }: Configured<"sendgrid">,
  sent: Received,
): Told {
  const { body } = sent;
  const timestamp = sent.header("x-twilio-email-event-webhook-timestamp") ?? "";
  const signature = sent.header("x-twilio-email-event-webhook-signature") ?? "";
  if (!isSendgrids(publicKey, { signature, timestamp, body })) throw new Refused(401, FORGED);
  const at = secondsOf(timestamp);
  if (at === null) throw new Refused(400, "the timestamp can't be read");
  refuseStale(at, deps.spine.clock.now(), YOUNG);
  const news = readSendgrid(parseJson(body));
  if (news === null) throw new Refused(400, "the body is no list of events");
  // Not the signature: there are two for one text.
  return { once: createHash("sha256").update(timestamp).update("/").update(body).digest("hex"), news };
}

const FETCHES_A_MINUTE = 10;
const MOST_CERTIFICATES = 10;

/** Amazon SES through SNS. Certificates are kept; a subscription of the one topic is confirmed. */
export function openSns() {
  const certificates = new Map<string, X509Certificate>();
  const mayFetch = rateLimit(FETCHES_A_MINUTE, MINUTE);

  async function get(deps: ProviderDeps, url: string): Promise<string> {
    // 429 is what SNS takes for "ask again" (its developer guide, "Fanout to HTTPS endpoints").
    if (!mayFetch("", deps.spine.clock.now())) throw new Refused(429, "too many addresses to look up");
    try {
      return await deps.get(url);
    } catch (error) {
      throw new Refused(429, `${new URL(url).host} can't be asked: ${(error as Error).message}`);
    }
  }

  async function certificateOf(
    deps: ProviderDeps,
    sent: SnsMessage,
    topic: string,
  ): Promise<X509Certificate> {
    const url = certificateAddress(sent.SigningCertURL, topic);
    if (url === null) throw new Refused(401, "the certificate is not at Amazon's host for this topic");
    const known = certificates.get(url);
    if (known) return known;
    const certificate = readCertificate(await get(deps, url));
    if (!certificate) throw new Refused(401, "the certificate can't be read");
    if (certificates.size >= MOST_CERTIFICATES) certificates.delete(certificates.keys().next().value!);
    certificates.set(url, certificate);
    return certificate;
  }

  /** @throws Refused for anything that the topic did not send */
  return async (deps: ProviderDeps, { topic }: Configured<"ses">, received: Received): Promise<Told> => {
    const sent = readSnsMessage(parseJson(received.body));
    if (!sent) throw new Refused(400, "this is no message of SNS (is raw message delivery on?)");
    if (sent.TopicArn !== topic) throw new Refused(401, "this is another topic than the one configured");
    const now = deps.spine.clock.now();
    if (!isSignedBy(sent, await certificateOf(deps, sent, topic), now)) throw new Refused(401, FORGED);
    const at = parseInstant(sent.Timestamp);
    if (at === undefined) throw new Refused(400, "the timestamp can't be read");
    refuseStale(at, now, YOUNG_SNS);
    const once = sent.MessageId;
    if (sent.Type === "Notification") return { once, news: readSes(jsonIn(sent.Message), once) };
    if (sent.Type === "SubscriptionConfirmation" && !(await wasTaken(deps.spine.db.kysely, `ses/${once}`))) {
      const url = confirmationAddress(sent, topic);
      if (url === null)
        throw new Refused(401, "the confirmation does not lead to Amazon's host for this topic");
      await get(deps, url);
    }
    if (sent.Type === "UnsubscribeConfirmation")
      deps.spine.warn("the SNS topic is not subscribed any more: bounces and complaints are not heard of", {
        topic,
      });
    return { once, news: [] };
  };
}

/** A message that SES did not write says nothing to us: SNS publishes what a person types, too. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Unset, nothing can be told from a stranger's; the provider asks again, and a variable that is set later heals it. */
function secretOf(deps: ProviderDeps, name: string): string {
  const secret = deps.variable(name);
  if (secret === undefined) throw new Refused(503, `${name} is not set`);
  return secret;
}
