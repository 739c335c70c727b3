import type { Instant } from "../instant.ts";
import type { LeadExplained } from "./explain-lead.run.ts";
import { obstacleWords } from "./lead-next.ts";
import type { MailRow } from "./lead.store.ts";
import { reasonWords, standingWords } from "./mail-words.ts";

type Moment = (at: Instant) => string;

/** Why there is such a mail: `asked for by “Warm leads”, step case-study, variant plain`. */
export function whyAsked(mail: MailRow, { programme }: LeadExplained): string {
  if (mail.sequence === null) return "asked for by the lead, or to confirm the address";
  const title = programme.sequences.get(mail.sequence)?.title ?? mail.sequence;
  const variant = mail.variant === null ? "" : `, variant ${mail.variant}`;
  return `asked for by “${title}”, step ${mail.step ?? ""}${variant}`;
}

/** `Not yet: the lead's sequences are paused (until Mon 2 Mar, 13:00).`; null where it left and that is that. */
export function whyStanding(mail: MailRow, of: LeadExplained, moment: Moment): string | null {
  const ahead = of.queued.get(mail.id);
  if (!ahead) return standingWords(mail, moment);
  const { obstacles, outlook } = ahead;
  if (mail.tries > 0 && mail.due_at > of.now) {
    return `Not yet: the mail server did not take it (${reasonWords(mail.reason) ?? "no reason is known"}).`;
  }
  if (obstacles.length === 0) return "Nothing stands against it: it leaves with the next pass.";
  const against = obstacles.map((one) => obstacleWords(one, moment)).join("; ");
  return outlook.do === "drop" ? `Will not be sent: ${against}.` : `Not yet: ${against}.`;
}

/** What people did with it, then what machines did: `opened by a person Tue 3 Mar, 10:05`. */
export function reactionWords(mail: MailRow, moment: Moment): string[] {
  const did = [
    ["opened", mail.opened_at],
    ["clicked", mail.clicked_at],
    ["answered", mail.replied_at],
    ["unsubscribed from", mail.unsubscribed_at],
  ] as const;
  const people = did.flatMap(([words, at]) => (at === null ? [] : `${words} by a person ${moment(at)}`));
  if (mail.sent_at !== null && people.length === 0) people.push("not opened by a person");
  return mail.machine_at === null
    ? people
    : [...people, `a machine opened or clicked it ${moment(mail.machine_at)}`];
}
