import { createHmac } from "node:crypto";
import { z } from "zod";
import { bounced, TEMPORARY, UNCLEAR, type News } from "./news.ts";
import { isSameSecret } from "./same-secret.ts";

const text = z.string().catch("");

const signature = z.object({
  timestamp: z.union([z.string(), z.int().transform(String)]),
  token: z.string().min(1).max(500),
  signature: z.string(),
});

export type MailgunSignature = z.infer<typeof signature>;

/** The part of a webhook that is signed; null where there is none. */
export function readMailgunSignature(value: unknown): MailgunSignature | null {
  return z.object({ signature }).safeParse(value).data?.signature ?? null;
}

/**
 * Whether Mailgun made it: HMAC-SHA256 over the timestamp and a token. The news are not signed, so a token may be used
 * once only.
 */
export function isMailguns(key: string, sent: MailgunSignature): boolean {
  const expected = createHmac("sha256", key).update(sent.timestamp).update(sent.token).digest("hex");
  return isSameSecret(sent.signature, expected);
}

const eventData = z.object({
  event: z.string(),
  id: text,
  recipient: text,
  severity: text,
  reason: text,
  envelope: z.object({ sender: text }).catch({ sender: "" }),
  message: z
    .object({ headers: z.object({ "message-id": text }).catch({ "message-id": "" }) })
    .catch({ headers: { "message-id": "" } }),
  "delivery-status": z
    .object({
      code: z.number().nullable().catch(null),
      "enhanced-code": text,
      message: text,
      description: text,
    })
    .catch({ code: null, "enhanced-code": "", message: "", description: "" }),
});

type MailgunEvent = z.infer<typeof eventData>;

/** Mailgun's event → news; `token` stands for an id where it has none. None in what does not concern us. */
export function readMailgun(value: unknown, token: string): News[] {
  const read = z.object({ "event-data": eventData }).safeParse(value);
  if (!read.success) return [];
  const told = read.data["event-data"];
  const what = whatOf(told);
  if (what === null) return [];
  return [
    {
      ids: [`${told.event}/${told.id || token}`],
      what,
      mails: [told.message.headers["message-id"], told.envelope.sender],
      recipient: told.recipient,
    },
  ];
}

function whatOf({ event, severity, reason, "delivery-status": said }: MailgunEvent): News["what"] | null {
  if (event === "complained") return { type: "email.complained" };
  if (event === "unsubscribed") return { type: "email.unsubscribed" };
  // It tries a temporary failure again by itself.
  if (event !== "failed" || severity !== "permanent") return null;
  if (reason === "suppress-complaint") return { type: "email.complained" };
  if (reason === "suppress-unsubscribe") return { type: "email.unsubscribed" };
  // A list of theirs, which does not say how the address came on it.
  if (reason === "suppress-bounce") return bounced({ text: "" }, UNCLEAR);
  const { code, message, description } = said;
  const reply = { code, status: said["enhanced-code"], text: [message, description].join(" ").trim() };
  return bounced(reply, reason === "old" ? TEMPORARY : UNCLEAR);
}
