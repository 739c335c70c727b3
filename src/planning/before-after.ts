import type { RenderedMail } from "../email/render.ts";
import { html, Html } from "../reps/html.ts";

const STYLE = new Html(`
:root { color-scheme: light dark; }
body { font: 16px/1.4 system-ui, sans-serif; margin: 1rem; }
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
h2 { font-size: 1rem; margin: 0; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem; margin: .5rem 0; }
dt { opacity: .7; } dd { margin: 0; overflow-wrap: anywhere; }
.differs { background: #ffe9a8; color: #222; }
iframe { width: 100%; height: 75vh; border: 1px solid #8886; border-radius: 4px; background: #fff; }
`);

/** Its own style, and what a mail may have: its frames have this policy too. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; base-uri 'none'";

/** A page of its own that shows one mail as it is and as it would be, side by side; null: there is none. */
export function beforeAfterPage(
  title: string,
  before: RenderedMail | null,
  after: RenderedMail | null,
): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="content-security-policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}: before and after</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        <main>${side("As it is", before, after)} ${side("As it would be", after, before)}</main>
      </body>
    </html> `.text;
}

function side(heading: string, mail: RenderedMail | null, other: RenderedMail | null): Html {
  if (!mail)
    return html`<section>
      <h2>${heading}</h2>
      <p>There is no such mail.</p>
    </section>`;
  const line = (name: string, text: string, beside: string | undefined) => {
    const mark = beside === undefined || beside === text ? null : new Html(' class="differs"');
    return html`<dt>${name}</dt><dd><span${mark}>${text}</span></dd>`;
  };
  return html`<section>
    <h2>${heading}</h2>
    <dl>
      ${line("Subject", mail.subject, other?.subject)} ${line("Preheader", mail.preheader, other?.preheader)}
    </dl>
    <iframe sandbox title="${heading}" srcdoc="${mail.html}"></iframe>
  </section>`;
}
