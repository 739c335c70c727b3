import type { InboundMail } from "./mail.ts";
import { bounceVerdict, type InboundVerdict } from "./verdict.ts";

/** What Amazon's SNS mails of a bounce, a complaint or a delivery: JSON as text. Empty for all else. */
export function readSesNotice(mail: InboundMail): InboundVerdict[] {
  const notice = objectIn(mail.text);
  switch (notice?.["notificationType"] ?? notice?.["eventType"]) {
    case "Complaint": {
      const complaint = record(notice!["complaint"]);
      const said = complaint["complaintFeedbackType"];
      const kind = typeof said === "string" && /^[a-z-]{1,30}$/.test(said) ? said : "abuse";
      return list(complaint["complainedRecipients"]).map((one) => ({
        recipient: addressOf(one),
        status: "",
        class: `complaint:${kind}`,
        reason: "feedback",
        counts: false,
      }));
    }
    case "Delivery": {
      const delivery = record(notice!["delivery"]);
      return list(delivery["recipients"]).map((recipient) => ({
        recipient: String(recipient).slice(0, 320).toLowerCase(),
        status: /[2]\.\d\.\d{1,3}/.exec(String(delivery["smtpResponse"]))?.[0] ?? "",
        class: "delivered",
        reason: "delivered",
        counts: false,
      }));
    }
    case "Bounce": {
      const bounce = record(notice!["bounce"]);
      const delayed = bounce["bounceType"] === "Transient";
      return list(bounce["bouncedRecipients"]).map((one) => {
        const { status, diagnosticCode } = record(one);
        return bounceVerdict({
          recipient: addressOf(one),
          status: typeof status === "string" ? status.slice(0, 12) : "",
          text: typeof diagnosticCode === "string" ? diagnosticCode.slice(0, 3000) : "",
          stage: null,
          delayed,
        });
      });
    }
    default:
      return [];
  }
}

const MOST = 100;

function objectIn(text: string): Record<string, unknown> | null {
  const body = text.trim();
  if (!body.startsWith('{"') && !body.startsWith("{\n")) return null;
  // A notice that is mailed has a line below it on how to unsubscribe.
  const end = body.lastIndexOf("}");
  // Some servers fold its one long line.
  for (const json of [body, body.slice(0, end + 1), body.slice(0, end + 1).replace(/\n ?/g, "")]) {
    try {
      return record(JSON.parse(json));
    } catch {
      // The next try.
    }
  }
  return null;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MOST) : [];
}

function addressOf(one: unknown): string {
  const { emailAddress } = record(one);
  return typeof emailAddress === "string" ? emailAddress.slice(0, 320).toLowerCase() : "";
}
