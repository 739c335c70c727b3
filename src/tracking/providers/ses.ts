import { z } from "zod";
import { isComplaint } from "../complaint.ts";
import { BAD_ADDRESS, blameless, bounced, TEMPORARY, UNCLEAR, type News, type Opinion } from "./news.ts";

const text = z.string().catch("");
const recipients = z
  .array(z.object({ emailAddress: text, status: text, diagnosticCode: text }))
  .max(1000)
  .catch([]);

/** Notifications say `notificationType`, published events `eventType`; the rest is the same. */
const notification = z.object({
  notificationType: text,
  eventType: text,
  mail: z.object({
    source: text,
    destination: z.array(z.string()).catch([]),
    commonHeaders: z.object({ messageId: text }).catch({ messageId: "" }),
    headers: z.array(z.object({ name: text, value: text })).catch([]),
  }),
  bounce: z
    .object({ bounceType: text, bounceSubType: text, feedbackId: text, bouncedRecipients: recipients })
    .optional(),
  complaint: z
    .object({ complaintFeedbackType: text, feedbackId: text, complainedRecipients: recipients })
    .optional(),
  subscription: z
    .object({ newTopicPreferences: z.object({ unsubscribeAll: z.boolean().catch(false) }) })
    .optional(),
});

type Notification = z.infer<typeof notification>;

/** What Amazon SES says in a message of SNS → news; `id` is the message's own. None in what does not concern us. */
export function readSes(value: unknown, id: string): News[] {
  const read = notification.safeParse(value);
  if (!read.success) return [];
  const { mail, bounce, complaint, subscription, ...types } = read.data;
  const mails = [
    mail.commonHeaders.messageId,
    ...mail.headers.filter(({ name }) => /^message-id$/i.test(name)).map((header) => header.value),
    // SES puts a Message-ID of its own into the mail; the return path stays.
    mail.source,
  ];
  const type = types.eventType || types.notificationType;
  if (type === "Bounce" && bounce) {
    return bounce.bouncedRecipients.map((recipient, index) => ({
      ids: [`${bounce.feedbackId || id}/${index}`],
      what: whatOf(bounce, recipient),
      mails,
      recipient: recipient.emailAddress,
    }));
  }
  if (type === "Complaint" && complaint && isComplaint(complaint.complaintFeedbackType)) {
    return complaint.complainedRecipients.map((recipient, index) => ({
      ids: [`${complaint.feedbackId || id}/${index}`],
      what: { type: "email.complained" },
      mails,
      recipient: recipient.emailAddress,
    }));
  }
  if (type === "Subscription" && subscription?.newTopicPreferences.unsubscribeAll) {
    return [
      { ids: [id], what: { type: "email.unsubscribed" }, mails, recipient: mail.destination[0] ?? null },
    ];
  }
  return [];
}

/** SES's own words for what is none of the address's fault. */
const BLAMELESS: ReadonlyMap<string, string> = new Map([
  ["MailboxFull", "mailboxfull"],
  ["MessageTooLarge", "mesgtoobig"],
  ["ContentRejected", "contenterror"],
  ["AttachmentRejected", "contenterror"],
]);

function whatOf(
  { bounceType, bounceSubType }: NonNullable<Notification["bounce"]>,
  { status, diagnosticCode }: z.infer<typeof recipients>[number],
): News["what"] {
  if (bounceSubType === "UnsubscribedRecipient") return { type: "email.unsubscribed" };
  // A list of theirs, which does not say how the address came on it.
  if (/Suppress/.test(bounceSubType)) return bounced({ text: "" }, UNCLEAR);
  return bounced({ status, text: diagnosticCode }, opinionOf(bounceType, bounceSubType));
}

function opinionOf(type: string, subType: string): Opinion {
  const reason = BLAMELESS.get(subType);
  if (reason !== undefined) return blameless(reason);
  return type === "Permanent" ? BAD_ADDRESS : TEMPORARY;
}
