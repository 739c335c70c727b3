import { isAutomatic } from "./automatic.ts";
import { readDeliveryStatus } from "./delivery-status.ts";
import { readFeedback } from "./feedback.ts";
import { addressesIn } from "./fields.ts";
import { humanText, isBounce, readFreeform } from "./freeform.ts";
import { parseMail, type InboundMail } from "./mail.ts";
import { readSesNotice } from "./ses-notice.ts";
import type { InboundVerdict } from "./verdict.ts";

/** What an inbound mail is and of whom it speaks. */
export interface Inbound {
  /** At least one. */
  readonly recipients: readonly InboundVerdict[];
  readonly mail: InboundMail;
}

/** Reads a raw mail: a bounce, a complaint, an automatic answer, a person's reply, or nothing of these. Never throws. */
export async function readInbound(bytes: Uint8Array): Promise<Inbound> {
  const mail = await parseMail(bytes);
  return { mail, recipients: verdictsOf(mail) };
}

function verdictsOf(mail: InboundMail): readonly InboundVerdict[] {
  const complaints = readFeedback(mail);
  if (complaints.length > 0) return complaints;
  const human = humanText(mail);
  const reported = readDeliveryStatus(mail, human);
  if (reported.length > 0) return reported;
  const notices = readSesNotice(mail);
  if (notices.length > 0) return notices;
  if (isBounce(mail)) return readFreeform(mail, human);
  const recipient = addressesIn(mail.header("from"))[0] ?? "";
  const told = { recipient, status: "", counts: false };
  if (isAutomatic(mail)) return [{ ...told, class: "autoreply", reason: "vacation" }];
  if (recipient === "") return [{ ...told, class: "none", reason: "unreadable" }];
  return [{ ...told, class: "reply", reason: "reply" }];
}
