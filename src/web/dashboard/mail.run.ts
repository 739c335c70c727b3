import type { Row } from "../../db/tables.ts";
import { composeMessage, type ComposedMail } from "../../email/mime.ts";
import type { MailVariables } from "../../email/render.ts";
import type { Template } from "../../email/template.ts";
import { signToken } from "../../email/token.ts";
import { parseMailbox } from "../../leads/address.ts";
import { findTemplate } from "../../programme/versions.store.ts";
import { renderMail, urlsOf, type Body } from "../../sending/render.ts";
import { decisionsOf, findMessage, type ListedMessage } from "../api/messages.store.ts";
import type { DashboardDeps } from "./deps.ts";
import { seesMail, type SeenBy } from "./seen.store.ts";

/** One mail with all that is known of it. */
export interface MailView {
  readonly row: ListedMessage;
  readonly template: Template | null;
  /** As it was, or will be, read; null where it is not written yet. */
  readonly body: Body | null;
  /** As it was handed over; null without a body. */
  readonly composed: ComposedMail | null;
  /** Its links say yes for the lead, or show all that is kept of it, so that reps don't get to see it. */
  readonly hidden: boolean;
  /** What the gate said of it, oldest first. */
  readonly decisions: readonly Row<"message_decisions">[];
}

/** null: there is no such mail, or none that a rep may see. */
export async function viewMail(
  deps: DashboardDeps,
  id: number,
  seenBy: SeenBy | null,
): Promise<MailView | null> {
  const db = deps.spine.db.kysely;
  const row = Number.isSafeInteger(id) && (await seesMail(db, seenBy, id)) ? await findMessage(db, id) : null;
  if (!row) return null;
  const hidden = seenBy !== null && row.kind === "confirmation";
  const template = row.template_hash === null ? null : await findTemplate(db, row.template_hash);
  const body = hidden ? null : bodyOf(deps, row, template);
  return {
    row,
    template,
    body,
    hidden,
    composed: body && composedOf(deps, row, template, body),
    decisions: await decisionsOf(db, id),
  };
}

/** Rendered from the row, without the pixel: who looks at it here has not opened it. */
function bodyOf(deps: DashboardDeps, row: ListedMessage, template: Template | null): Body | null {
  if (row.variables === null) return null;
  if (template) {
    const clicks = row.kind === "sequence" && deps.spine.programme().settings.tracking.clicks;
    const urls = urlsOf(row, template, deps.tokenKeys, deps.baseUrl, { opens: false, clicks });
    return renderMail(template, JSON.parse(row.variables) as MailVariables, urls);
  }
  const body = JSON.parse(row.variables) as Partial<Body>;
  return typeof body.html === "string"
    ? { subject: body.subject ?? "", html: body.html, text: body.text ?? "" }
    : null;
}

/** Its headers as it leaves; of a mail that has left, with the settings of today. */
function composedOf(
  { spine, tokenKeys, baseUrl }: DashboardDeps,
  row: ListedMessage,
  template: Template | null,
  body: Body,
): ComposedMail | null {
  const { settings, sequences } = spine.programme();
  const { mail } = settings;
  const marketing = row.kind === "sequence";
  try {
    return composeMessage({
      from: (template?.from ? parseMailbox(template.from) : null) ?? mail.from,
      replyTo: mail.replyTo,
      to: row.recipient,
      ...body,
      at: row.sent_at ?? row.due_at,
      token: signToken(tokenKeys, "verp", { message: row.id }),
      leaveToken: signToken(tokenKeys, "leave", { message: row.id }),
      bouncesDomain: mail.bounces.domain,
      postmark: settings.providers.postmark !== null,
      unsubscribeUrl: marketing
        ? `${baseUrl}/t/u/${signToken(tokenKeys, "unsubscribe", { message: row.id })}`
        : null,
      sequence:
        row.sequence === null
          ? null
          : { name: row.sequence, title: sequences.get(row.sequence)?.title ?? row.sequence },
      template: row.template,
      automatic: marketing ? null : "auto-generated",
    });
  } catch (error) {
    // An address that is none any more: the mail is shown all the same.
    if (error instanceof RangeError) return null;
    throw error;
  }
}
