import type { Asked } from "./deps.ts";
import { PAGE_HEADERS, type Page } from "./layout.tsx";
import { FORMS, MailPage } from "./mail-page.tsx";
import { viewMail } from "./mail.run.ts";
import { MailboxPage } from "./mailbox-page.tsx";
import { BOXES, listMails } from "./mailbox.store.ts";
import { readPlace, writePlace } from "./place.ts";

const PER_PAGE = 50;

/** `GET /mailbox?state=&to=&after=`. */
export async function mailboxPage({ c, deps: { spine }, frame, seenBy }: Asked): Promise<Page> {
  const { times, captured } = frame;
  const box = BOXES.find((one) => one === c.req.query("state")) ?? "sent";
  const to = (["leads", "reps"] as const).find((one) => one === c.req.query("to")) ?? null;
  const after = readPlace(c.req.query("after"));
  const { mails, next } = await listMails(spine.db.kysely, { box, to, seenBy }, after, PER_PAGE);
  const place = { after: after && writePlace(after), next: next && writePlace(next) };
  const props = { mails, box, to, captured, times, ...place };
  return { title: "Mailbox", place: "Mailbox", content: <MailboxPage {...props} /> };
}

/** `GET /mailbox/<id>?show=html|text|facts`. */
export async function mailPage({ c, deps, frame: { times }, seenBy }: Asked): Promise<Page | null> {
  const view = await viewMail(deps, Number(c.req.param("id")), seenBy);
  if (!view) return null;
  const form = FORMS.find((one) => one === c.req.query("show")) ?? "html";
  return {
    title: view.body?.subject ?? view.row.subject ?? view.row.template,
    place: "Mailbox",
    content: <MailPage view={view} form={form} times={times} />,
  };
}

/** What the mail itself may do: show pictures and its own styles; no script, no forms, no origin of ours. */
const MAIL_POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src https: http: data:; " +
  "style-src 'unsafe-inline'; font-src https: data:; frame-ancestors 'self'; form-action 'none'; base-uri 'none'";

/**
 * `GET /mailbox/<id>/mail`: the mail's own HTML, for the frame on its page. A link in it opens a tab of its own. null:
 * there is no such mail, or it is not written yet.
 */
export async function showMail({ c, deps, seenBy }: Omit<Asked, "frame">): Promise<Response | null> {
  const body = (await viewMail(deps, Number(c.req.param("id")), seenBy))?.body;
  if (!body) return null;
  const html = body.html.replace(/<head[^>]*>/i, (head) => `${head}<base target="_blank">`);
  return new Response(html, {
    headers: { ...PAGE_HEADERS, "content-security-policy": MAIL_POLICY, "x-frame-options": "SAMEORIGIN" },
  });
}
