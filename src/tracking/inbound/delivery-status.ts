import { addressesIn, blocksOf, first, type Fields } from "./fields.ts";
import { isBounce } from "./freeform.ts";
import type { InboundMail } from "./mail.ts";
import { sectionsOf } from "./sections.ts";
import { stageIn } from "./stage.ts";
import { bounceVerdict, isTelling, statusIn, type InboundVerdict } from "./verdict.ts";

/**
 * A delivery status notification (RFC 3464), also one that came as text or under another type. Empty where there is
 * none. `human` is the report in words, for those whose fields say nothing.
 */
export function readDeliveryStatus(mail: InboundMail, human: string): InboundVerdict[] {
  const reports = mail.parts.filter(({ type }) => /^message\/(global-)?delivery-status$/.test(type));
  // A person's mail may quote one.
  const others = isBounce(mail) ? [human, mail.text, ...mail.parts.map(({ text }) => text)] : [];
  const texts = [...reports.map(({ text }) => text), ...others];
  for (const text of texts) {
    const blocks = blocksOf(text).filter((fields) => recipientOf(fields) !== "");
    const verdicts = blocks.flatMap((fields) => verdictOf(fields, blocks.length, human) ?? []);
    if (verdicts.length > 0) return oneEach(verdicts);
  }
  return [];
}

function recipientOf(fields: Fields): string {
  if (!fields.has("action") && !fields.has("status") && !fields.has("diagnostic-code")) return "";
  for (const name of ["original-recipient", "final-recipient", "x-actual-recipient"]) {
    const address = addressesIn(first(fields, name).replace(/^[a-z0-9-]+\s*;/i, ""))[0];
    if (address !== undefined && name !== "x-actual-recipient") return address;
  }
  return fields.has("final-recipient") || fields.has("original-recipient") ? "?" : "";
}

function verdictOf(fields: Fields, count: number, human: string): InboundVerdict | null {
  const recipient = recipientOf(fields).replace("?", "");
  const status = statusIn(first(fields, "status"));
  const action = /^[a-z]+/.exec(first(fields, "action").toLowerCase())?.[0] ?? "";
  if (action === "delivered" || action === "relayed" || action === "expanded" || status.startsWith("2"))
    return { recipient, status, class: "delivered", reason: "delivered", counts: false };
  const said = first(fields, "diagnostic-code").replace(/^\s*[a-z0-9-]+\s*;\s*/i, "");
  const comment = /\(([^()]+)\)/.exec(first(fields, "status"))?.[1] ?? "";
  const own = [said, said === "" ? comment : ""].join(" ").trim();
  const precise = own !== "" && status !== "" && !status.endsWith(".0");
  const text = precise || isTelling(own) ? own : `${own} ${about(recipient, count, human)}`;
  const stage = stageIn(`${own} ${about(recipient, count, human)}`);
  return bounceVerdict({
    recipient,
    status,
    text,
    stage,
    delayed: action === "delayed" || action === "deferred",
  });
}

/** The lines of a report in words that are about this recipient: all of them where it is the only one. */
function about(recipient: string, count: number, human: string): string {
  if (count === 1) return human.slice(0, 3000);
  return sectionsOf(human, (address) => address === recipient).get(recipient) ?? "";
}

/** Some reports tell of each recipient twice. */
function oneEach(verdicts: readonly InboundVerdict[]): InboundVerdict[] {
  const byRecipient = new Map<string, InboundVerdict>();
  for (const [nth, verdict] of verdicts.entries()) {
    const key = verdict.recipient === "" ? String(nth) : verdict.recipient;
    if (!byRecipient.has(key)) byRecipient.set(key, verdict);
  }
  return [...byRecipient.values()];
}
