import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import type { Child } from "hono/jsx";
import { PAGE_HEADERS } from "../tracking/page.tsx";

const STYLE = `*{box-sizing:border-box}
body{margin:0;background:#f4f5f7;color:#1f2328;font:17px/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:1.5rem auto;padding:1.5rem 1.5rem 2rem;background:#fff;border:1px solid #e4e7eb;border-radius:.75rem}
h1{font-size:1.6rem;line-height:1.25;margin:0}p{margin:.75rem 0}.role,.quiet{color:#656d76}.role{margin:.15rem 0 0}
form{margin:1.25rem 0 0}label{display:block;font-weight:600;margin-bottom:.35rem}
textarea{font:inherit;width:100%;min-height:5rem;padding:.6rem .75rem;border:1px solid #c6ccd2;border-radius:.5rem;background:inherit;color:inherit}
button{font:inherit;font-weight:600;width:100%;min-height:3rem;margin-top:.5rem;padding:.6rem 1.2rem;border:1px solid #c6ccd2;border-radius:.5rem;background:#fff;color:#1f2328;cursor:pointer}
button.main{background:#1f5fa8;border-color:#1f5fa8;color:#fff}.why{margin:.35rem 0 0;font-size:.9rem;color:#656d76}
.note{padding:.75rem 1rem;border-radius:.5rem;background:#fff4dc}.done{background:#dcf5e4}
ul{list-style:none;margin:1.25rem 0;padding:0;border-top:1px solid #e4e7eb}
li{display:flex;justify-content:space-between;gap:1rem;padding:.45rem 0;border-bottom:1px solid #e4e7eb;font-size:.95rem}
li span{color:#656d76;white-space:nowrap}a{color:#0b57a4}:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}
@media(max-width:36rem){main{margin:0;min-height:100vh;border:0;border-radius:0}}
@media(prefers-color-scheme:dark){body,main{background:#161614;color:#eeeeea}main,ul,li{border-color:#3a3a36}
button{background:#2a2a27;color:#eeeeea;border-color:#55554f}.role,.quiet,.why,li span{color:#a5a59d}a{color:#9bb8ff}
.note{background:#43340f}.done{background:#14352a}}`;

const HASH = createHash("sha256").update(STYLE).digest("base64");

const HEADERS = {
  ...PAGE_HEADERS,
  "content-security-policy": `default-src 'none'; style-src 'sha256-${HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
};

/** A small page of its own, outside the dashboard: reps open it from a mail, on a phone, without a login. */
export async function repPage(title: string, content: Child, status = 200): Promise<Response> {
  const page = html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{title}</title>
          <style>{raw(STYLE)}</style>
        </head>
        <body>
          <main>{content}</main>
        </body>
      </html>
    )}`;
  return new Response((await page).toString(), { status, headers: HEADERS });
}
