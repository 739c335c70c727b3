import { z } from "zod";
import { messageIdOfToken } from "../../email/mime.ts";
import { BAD_ADDRESS, blameless, bounced, TEMPORARY, type News, type Opinion } from "./news.ts";
import { isSameSecret } from "./same-secret.ts";

/** Whether an `Authorization` header has this login (`user:password`), as RFC 7617 writes it. */
export function isPostmarks(login: string, authorization: string): boolean {
  const given = /^basic +(\S+)$/i.exec(authorization)?.[1] ?? "";
  return isSameSecret(given, Buffer.from(login).toString("base64"));
}

const text = z.string().catch("");
const number = z.number().catch(0);

const told = z.object({
  RecordType: z.string(),
  ID: number,
  Type: text,
  MessageID: text,
  Details: text,
  Email: text,
  Recipient: text,
  SuppressSending: z.boolean().catch(false),
  SuppressionReason: text,
  Origin: text,
  ChangedAt: text,
  /** What came with the mail in `X-PM-Metadata-…`. */
  Metadata: z.object({ kindling: text }).catch({ kindling: "" }),
});

type PostmarkRecord = z.infer<typeof told>;

/** Postmark's record → news. None in what does not concern us. */
export function readPostmark(value: unknown): News[] {
  const read = told.safeParse(value);
  if (!read.success) return [];
  const what = whatOf(read.data);
  if (what === null) return [];
  const { MessageID, Email, Recipient, Metadata } = read.data;
  const recipient = Email || Recipient;
  // A complaint comes as a record of its own and as a change of the subscription.
  const id = what.type === "email.complained" ? `complaint/${MessageID}/${recipient}` : idOf(read.data);
  return [{ ids: [id], what, mails: [messageIdOfToken(Metadata.kindling)], recipient }];
}

function idOf({ RecordType, ID, MessageID, ChangedAt }: PostmarkRecord): string {
  return [RecordType, ID, MessageID, ChangedAt].join("/");
}

function whatOf(record: PostmarkRecord): News["what"] | null {
  switch (record.RecordType) {
    case "Bounce":
      return bounceOf(record);
    case "SpamComplaint":
      return { type: "email.complained" };
    case "SubscriptionChange":
      return record.SuppressSending ? changed(record) : null;
    default:
      return null;
  }
}

/** By type of bounce. What is not listed is none: a delay, an auto-reply. */
const BOUNCES: ReadonlyMap<string, Opinion> = new Map([
  ["HardBounce", BAD_ADDRESS],
  ["BadEmailAddress", BAD_ADDRESS],
  ["SoftBounce", TEMPORARY],
  ["DnsError", TEMPORARY],
  ["Unknown", TEMPORARY],
  ["Blocked", blameless("blocked")],
  ["SpamNotification", blameless("spamdetected")],
  ["VirusNotification", blameless("virusdetected")],
  ["DMARCPolicy", blameless("authfailure")],
]);

function bounceOf({ Type, Details }: PostmarkRecord): News["what"] | null {
  if (Type === "SpamComplaint") return { type: "email.complained" };
  if (Type === "Unsubscribe") return { type: "email.unsubscribed" };
  const opinion = BOUNCES.get(Type);
  return opinion ? bounced({ text: Details }, opinion) : null;
}

/** What bounced is told as a bounce, with the server's words; this says only that it did. */
function changed({ SuppressionReason, Origin }: PostmarkRecord): News["what"] | null {
  if (SuppressionReason === "SpamComplaint") return { type: "email.complained" };
  if (SuppressionReason === "ManualSuppression" && Origin === "Recipient")
    return { type: "email.unsubscribed" };
  return null;
}
