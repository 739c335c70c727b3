import { createHash } from "node:crypto";
import type { Db } from "../../db/tables.ts";
import type { TokenKeys } from "../../email/token.ts";
import { appendToInbox, type Arrival } from "../../events/inbox.store.ts";
import { eventInput, type EventInput } from "../../events/input.ts";
import { normaliseEmail } from "../../leads/address.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { isComplaint } from "../complaint.ts";
import { aboutOf, TO_LEADS } from "../providers/record.run.ts";
import { readToldMails, takeNames, type ToldMail } from "../providers/requests.store.ts";
import { oursIn, type Ours } from "./ours.ts";
import { readInbound, type Inbound } from "./read.ts";
import type { InboundVerdict } from "./verdict.ts";

interface Deps {
  readonly spine: Pick<Spine, "db" | "clock">;
  readonly tokenKeys: TokenKeys;
}

/** What became of a mail: `accepted`, events that it made; `duplicates`, those that it had made before. */
export interface Recorded {
  readonly accepted: number;
  readonly duplicates: number;
  readonly recipients: readonly InboundVerdict[];
}

const LONGEST_SUBJECT = 500;

/**
 * Reads a raw mail and puts down what it tells, once, however often the mail comes. A bounce, a complaint or a wish to
 * leave counts only for the mail that a signed token of ours names; a person's reply, else for who wrote it. Automatic
 * answers and all else change nothing. `along` is committed together with it.
 */
export async function recordInbound(
  { spine, tokenKeys }: Deps,
  bytes: Uint8Array,
  along: (trx: Db) => Promise<void> = async () => {},
): Promise<Recorded> {
  const inbound = await readInbound(bytes);
  const { recipients } = inbound;
  const ours = oursIn(tokenKeys, inbound.mail);
  const now = spine.clock.now();
  return spine.db.unit(async (trx) => {
    await along(trx);
    const found = ours.message === null ? [] : [ours.message];
    const mail = (await readToldMails(trx, found)).get(ours.message ?? -1) ?? null;
    const told = tell(inbound, ours, mail);
    if (told === null) return { accepted: 0, duplicates: 0, recipients };
    const name = `inbound/${nameOf(inbound, bytes)}/${told.input.type}/${ours.message ?? ""}`;
    const fresh = await takeNames(trx, [name], now);
    if (!fresh.has(name)) return { accepted: 0, duplicates: 1, recipients };
    await appendToInbox(trx, [{ to: told.to, at: now, live: true, create: "no", inputs: [told.input] }]);
    return { accepted: 1, duplicates: 0, recipients };
  });
}

/** Mail servers deliver again under other `Received` lines: the Message-ID stays. */
function nameOf({ mail }: Inbound, bytes: Uint8Array): string {
  const id = mail.header("message-id");
  const hash = createHash("sha256");
  return (id === "" ? hash.update(bytes) : hash.update(`${id}\0${mail.header("from")}`)).digest("hex");
}

/** One event of the mail, and for whom; null where it changes nothing. */
function tell(
  inbound: Inbound,
  ours: Ours,
  mail: ToldMail | null,
): { to: Arrival["to"]; input: EventInput } | null {
  // A rep's mail names a lead too, who is not the one that it went to.
  if (mail !== null && !TO_LEADS.has(mail.kind)) return null;
  const { subject } = inbound.mail;
  const { recipients } = inbound;
  // Where the mail was passed on to several, its own address is only as bad as the best of theirs.
  const verdict =
    recipients.find(({ recipient }) => recipient === mail?.recipient) ??
    recipients.find((one) => one.class !== "hard") ??
    recipients[0]!;
  const toMail = mail && { message: mail.id };
  const about = mail ? aboutOf(mail) : {};
  const more = { message: mail?.id ?? null };
  if (toMail && ours.at === "unsubscribe")
    return { to: toMail, input: eventInput("email.unsubscribed", "lead", {}, more) };
  switch (verdict.class) {
    case "hard":
    case "soft":
      return mail && !verdict.delayed ? bounceOf(mail, verdict) : null;
    case "delivered":
      return toMail && { to: toMail, input: eventInput("email.delivered", "system", about, more) };
    case "reply": {
      if (ours.at !== "elsewhere") return null;
      const from = normaliseEmail(verdict.recipient);
      const to = toMail ?? (from === null ? null : { email: from });
      const properties = { ...about, subject: subject.slice(0, LONGEST_SUBJECT).toWellFormed() };
      return to && { to, input: eventInput("email.replied", "lead", properties, more) };
    }
    case "autoreply":
    case "none":
      return null;
    default: {
      const report = verdict.class.slice("complaint:".length, 50);
      if (!isComplaint(report)) return null;
      return (
        toMail && { to: toMail, input: eventInput("email.complained", "lead", { ...about, report }, more) }
      );
    }
  }
}

function bounceOf(mail: ToldMail, { class: kind, status, reason, counts }: InboundVerdict) {
  const properties = {
    ...aboutOf(mail),
    class: kind,
    ...(status === "" ? {} : { status }),
    reason,
    ...(kind === "soft" && !counts ? { counts: false } : {}),
  };
  return {
    to: { message: mail.id },
    input: eventInput("email.bounced", "system", properties, { message: mail.id }),
  };
}
