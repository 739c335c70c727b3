import { addressesIn, blocksOf, first } from "./fields.ts";
import type { InboundMail } from "./mail.ts";
import type { InboundVerdict } from "./verdict.ts";

/**
 * A feedback report (RFC 5965), or what Hotmail sent until 2026: a verdict for each recipient that it names. Empty where
 * there is none.
 */
export function readFeedback(mail: InboundMail): InboundVerdict[] {
  const report = mail.parts.find(({ type }) => type === "message/feedback-report");
  const fields = blocksOf(report?.text ?? "").find((block) => block.has("feedback-type"));
  const declared = /report-type\s*=\s*"?feedback-report/i.test(mail.header("content-type"));
  const text =
    fields ?? (declared ? blocksOf(mail.text).find((block) => block.has("feedback-type")) : undefined);
  const hotmail = fieldInOriginal(mail, "x-hmxmroriginalrecipient");
  if (!text && !report && !declared && hotmail === "") return [];
  const kind = text ? first(text, "feedback-type").toLowerCase() : "abuse";
  const named = ["original-rcpt-to", "removal-recipient"].flatMap((name) => text?.get(name) ?? []);
  const recipients = [...new Set(named.flatMap(addressesIn))];
  if (recipients.length === 0) recipients.push(hotmail === "" ? fieldInOriginal(mail, "to") : hotmail);
  const name = /^[a-z-]+/.exec(kind)?.[0] ?? "abuse";
  return recipients.map((recipient) => ({
    ...nobody,
    recipient,
    class: `complaint:${name}`,
    reason: "feedback",
  }));
}

const nobody = { recipient: "", status: "", counts: false } as const;

/** The address in a field of the mail that is complained of, or "". */
function fieldInOriginal(mail: InboundMail, name: string): string {
  for (const { type, text } of mail.parts) {
    if (type !== "message/rfc822" && type !== "text/rfc822-headers") continue;
    const headers = blocksOf(text)[0];
    const address = headers ? addressesIn(first(headers, name))[0] : undefined;
    if (address !== undefined) return address;
  }
  return "";
}
