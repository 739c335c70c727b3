import type { Context } from "hono";
import { readToken } from "../email/token.ts";
import { renderMail, urlsOf } from "../sending/render.ts";
import type { TrackingDeps } from "./deps.ts";
import { readSentMail } from "./mail.store.ts";
import { answerPage, notFound, PAGE_HEADERS } from "./page.tsx";

/** What the mail itself may do: show pictures and its own styles. Its frame has this policy too. */
const POLICY =
  "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; font-src https: data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** No script, no forms, no origin; a link opens a page that is free of the sandbox. */
const SANDBOX = "allow-popups allow-popups-to-escape-sandbox";

/** `GET /t/v/<token>`: the email as it was sent, in a sandbox. */
export function view(deps: TrackingDeps) {
  return async (c: Context): Promise<Response> => {
    const token = readToken(deps.tokenKeys, "view", c.req.param("token") ?? "");
    const mail = token && (await readSentMail(deps.spine.db.kysely, token.message));
    if (!mail) return notFound(deps, c);
    // A confirmation is not tracked, here as in the mailbox.
    const clicks = mail.sequence !== null && deps.spine.programme().settings.tracking.clicks;
    const urls = urlsOf(mail, mail.template, deps.tokenKeys, deps.baseUrl, { opens: false, clicks });
    const { subject, html } = renderMail(mail.template, mail.variables, urls);
    const inNewTab = html.replace(/<head[^>]*>/i, (head) => `${head}<base target="_blank">`);
    const frame = "position:fixed;inset:0;width:100%;height:100%;border:0";
    const page = (
      <html lang={mail.template.locale ?? mail.variables.locale}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{subject}</title>
        </head>
        <body>
          <iframe title={subject} sandbox={SANDBOX} srcdoc={inNewTab} style={frame}></iframe>
        </body>
      </html>
    );
    return answerPage(page, 200, { ...PAGE_HEADERS, "content-security-policy": POLICY });
  };
}
