import { isCounted } from "../events/event.ts";
import { eventInput, type EventInput } from "../events/input.ts";
import { foreignMessage } from "../lifecycle/import-events.ts";
import type { TimedAct } from "./script.ts";

/**
 * Events of a script about mails that the simulation did not send, by the script's own words for them. They pass
 * tracking too: the first click of a mail that was never opened proves its open.
 */
export class ForeignMails {
  private readonly opened = new Set<string>();

  /** The number by which `once_per: message` knows the mail. */
  numberOf(act: TimedAct): number | null {
    return act.message === null ? null : foreignMessage(act.message);
  }

  /** The open that this act proves, if any. To be asked of all acts, in order. */
  proofOf(act: TimedAct): EventInput[] {
    if (act.message === null || !isCounted(act)) return [];
    if (act.type !== "email.opened" && act.type !== "email.clicked") return [];
    const mail = `${act.email} ${act.message}`;
    if (this.opened.has(mail)) return [];
    this.opened.add(mail);
    if (act.type === "email.opened") return [];
    const { at, verdict } = act;
    return [
      eventInput("email.opened", "lead", { inferred: true }, { at, verdict, message: this.numberOf(act) }),
    ];
  }
}
