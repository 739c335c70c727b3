import type { Clock } from "../clock.ts";
import { composeMessage } from "../email/mime.ts";
import { finishMail, type DkimSigner } from "../email/mime.io.ts";
import { signToken, type TokenKeys } from "../email/token.ts";
import type { Programme } from "../programme/programme.ts";
import type { Carrier } from "./outbox.ts";
import type { Attempt } from "./retry.ts";
import type { Smtp } from "./smtp.io.ts";

/** Takes mails to an SMTP server: composes and signs each off the pool, then hands over the finished bytes. */
export function smtpCarrier(
  smtp: Smtp,
  clock: Clock,
  keys: TokenKeys,
  programme: () => Programme,
  signer: DkimSigner | null,
): Carrier {
  return {
    connections: smtp.connections,
    async send({ row, from, subject, html, text, unsubscribeUrl, listTitle }): Promise<Attempt> {
      const { mail, providers } = programme().settings;
      let raw: Buffer;
      let envelope;
      try {
        const composed = composeMessage({
          from,
          replyTo: mail.replyTo,
          to: row.recipient,
          subject,
          html,
          text,
          at: clock.now(),
          token: signToken(keys, "verp", { message: row.id }),
          leaveToken: signToken(keys, "leave", { message: row.id }),
          bouncesDomain: mail.bounces.domain,
          postmark: providers.postmark !== null,
          unsubscribeUrl,
          sequence: row.sequence === null ? null : { name: row.sequence, title: listTitle ?? row.sequence },
          template: row.template,
          automatic: row.kind === "sequence" ? null : "auto-generated",
        });
        envelope = composed.envelope;
        raw = await finishMail(composed, signer);
      } catch (error) {
        return { outcome: "unsendable", reason: error instanceof Error ? error.message : String(error) };
      }
      return smtp.send({ from: envelope.from, to: envelope.to, raw });
    },
    close: () => smtp.close(),
  };
}
