import type { Mailbox } from "../config/settings.ts";
import type { TokenKeys } from "../email/token.ts";
import type { MessageRow } from "../email/messages.store.ts";
import type { Spine } from "../lifecycle/spine.ts";
import type { Attempt } from "./retry.ts";

/** A mail ready to leave. */
export interface Outgoing {
  readonly row: MessageRow;
  readonly from: Mailbox;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** One-click; null for mail to our own people. */
  readonly unsubscribeUrl: string | null;
  /** Of the sequence, for `List-ID`. */
  readonly listTitle: string | null;
}

/** What takes a mail out of the house: SMTP, or the captured mailbox. */
export interface Carrier {
  /** How many mails it takes at once; a worker claims no more. */
  readonly connections: number;
  /** Never throws: what went wrong is in the answer. */
  send(mail: Outgoing): Promise<Attempt>;
  close(): Promise<void>;
}

export interface Outbox {
  readonly spine: Spine;
  readonly carrier: Carrier;
  readonly tokenKeys: TokenKeys;
  /** Without a slash at its end. */
  readonly baseUrl: string;
}

/** Without an SMTP server: every mail is taken, kept in its row, and sent nowhere. */
export const captured: Carrier = {
  connections: 100,
  send: () => Promise.resolve({ outcome: "accepted", code: 250, response: "captured" }),
  close: () => Promise.resolve(),
};
