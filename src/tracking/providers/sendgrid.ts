import { createPublicKey, verify } from "node:crypto";
import { z } from "zod";
import { BAD_ADDRESS, blameless, bounced, TEMPORARY, UNCLEAR, type News, type Opinion } from "./news.ts";

/** Whether the key (SPKI, base64) signed this: ECDSA with SHA-256 over the timestamp and the body as it came. */
export function isSendgrids(
  publicKey: string,
  { signature, timestamp, body }: { signature: string; timestamp: string; body: Uint8Array },
): boolean {
  const bytes = Buffer.from(signature, "base64");
  // The decoder skips what it does not know: only the one spelling is taken.
  if (bytes.length === 0 || bytes.toString("base64") !== signature) return false;
  const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  return verify("sha256", Buffer.concat([Buffer.from(timestamp), body]), key, bytes);
}

const text = z.string().catch("");

const event = z.object({
  event: z.string(),
  email: text,
  timestamp: z.number().catch(0),
  sg_event_id: text,
  sg_message_id: text,
  "smtp-id": text,
  reason: text,
  status: text,
  type: text,
  bounce_classification: text,
});

type SendgridEvent = z.infer<typeof event>;

/** A batch of SendGrid's events → news; null for what is no batch. An event that can't be read is left out. */
export function readSendgrid(value: unknown): News[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((one: unknown) => {
    const read = event.safeParse(one);
    const what = read.success ? whatOf(read.data) : null;
    return read.success && what ? [newsOf(read.data, what)] : [];
  });
}

function newsOf(told: SendgridEvent, what: News["what"]): News {
  const same = [told.event, told.sg_message_id, told.timestamp, told.email].join("/");
  return {
    // Its own id changes where it sends an event again, and one id has been seen on two kinds of events.
    ids: told.sg_event_id === "" ? [same] : [`${told.event}/${told.sg_event_id}`, same],
    what,
    mails: [told["smtp-id"]],
    recipient: told.email,
  };
}

function whatOf(told: SendgridEvent): News["what"] | null {
  switch (told.event) {
    case "bounce":
      return bounced({ status: told.status, text: told.reason }, opinionOf(told));
    case "dropped":
      return dropped(told.reason);
    case "spamreport":
      return { type: "email.complained" };
    case "unsubscribe":
    case "group_unsubscribe":
      return { type: "email.unsubscribed" };
    default:
      return null;
  }
}

const CLASSIFIED: ReadonlyMap<string, Opinion> = new Map([
  ["invalid address", BAD_ADDRESS],
  ["mailbox unavailable", TEMPORARY],
  ["reputation", blameless("badreputation")],
  ["content", blameless("contenterror")],
  ["frequency or volume too high", blameless("speeding")],
]);

function opinionOf({ type, bounce_classification }: SendgridEvent): Opinion {
  if (type === "blocked") return blameless("blocked");
  return CLASSIFIED.get(bounce_classification.toLowerCase()) ?? UNCLEAR;
}

/** It did not even try: of its own lists, or for what the mail is. */
function dropped(reason: string): News["what"] {
  if (/^spam reporting/i.test(reason)) return { type: "email.complained" };
  if (/^unsubscribed/i.test(reason)) return { type: "email.unsubscribed" };
  if (/^bounced address/i.test(reason)) return bounced({ text: "" }, UNCLEAR);
  return bounced({ text: "" }, /^invalid$/i.test(reason) ? BAD_ADDRESS : blameless("contenterror"));
}
