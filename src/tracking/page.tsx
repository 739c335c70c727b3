import { createHash } from "node:crypto";
import type { Context } from "hono";
import { html, raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { TrackingDeps } from "./deps.ts";
import { languageFor, type Language } from "./words.ts";

const STYLE =
  ":root{color-scheme:light dark;--page:#f1f2ef;--paper:#fff;--ink:#1c1c1a;--quiet:#5d5e58;--line:#dfe0da;--link:#1d4ed8}" +
  "*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.55 system-ui,sans-serif}" +
  "main{max-width:36rem;margin:0 auto;padding:1.5rem 1.25rem 2.5rem}" +
  ".company{margin:0 0 1.5rem;color:var(--quiet);font-size:.95rem;font-weight:700}" +
  '.company::before{content:"";display:block;width:1.75rem;height:3px;margin-bottom:.6rem;background:var(--link)}' +
  "h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}h2,legend{font-size:1.1rem;font-weight:600;padding:0}legend{margin:0 0 .5rem}" +
  "h2{margin:1.75rem 0 .5rem;padding-top:1.5rem;border-top:1px solid var(--line)}fieldset{border:0;margin:0 0 .5rem;padding:0}" +
  "p{margin:0 0 1rem}ul{margin:0 0 1.25rem;padding-left:1.25rem}label{display:flex;gap:.75rem;align-items:center;min-height:2.75rem}" +
  "small{display:block;color:var(--quiet);font-size:.85em;line-height:1.35}input{width:1.35rem;height:1.35rem;flex:none}" +
  "form{margin-bottom:1rem}button{font:inherit;font-weight:600;min-height:2.75rem;margin:.25rem .5rem .25rem 0;" +
  "padding:.6rem 1.2rem;border:1px solid #1d4ed8;border-radius:.5rem;background:#1d4ed8;color:#fff;cursor:pointer}" +
  "button.quiet{background:transparent;color:var(--link);border-color:var(--link)}a{color:var(--link)}" +
  ":focus-visible{outline:3px solid #f59e0b;outline-offset:2px}" +
  ".note{padding:.75rem 1rem;border-radius:.5rem;background:#dcfce7;color:#14532d}" +
  "@media(min-width:40rem){body{background:var(--page)}main{margin:3rem auto;padding:2.25rem 2.75rem;background:var(--paper);" +
  "border:1px solid var(--line);border-radius:.9rem}}" +
  "@media(prefers-color-scheme:dark){:root{--page:#111210;--paper:#1a1b18;--ink:#eeeeea;--quiet:#a5a69e;--line:#34352f;--link:#9bb8ff}" +
  ".note{background:#14352a;color:#d1fae5}}";

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** Nothing from elsewhere, no script; buttons lead back to the page they are on. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;

/** No page of ours is kept, listed or framed, and none tells the next site its address, which holds a token. */
export const PAGE_HEADERS = {
  "content-type": "text/html; charset=UTF-8",
  "cache-control": "no-store, private",
  "content-security-policy": POLICY,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
};

interface PageProps {
  readonly language: Language;
  /** Whose page it is. */
  readonly company: string;
  readonly title: string;
  readonly children?: Child;
}

/** A whole page of the tracking room. */
export function Page({ language, company, title, children }: PageProps) {
  return (
    <html lang={language.tag}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <main>
          <p class="company">{company}</p>
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  );
}

export function companyOf(deps: TrackingDeps): string {
  return deps.spine.programme().settings.company.name;
}

export async function answerPage(page: Child, status = 200, headers = PAGE_HEADERS): Promise<Response> {
  return new Response((await html`<!doctype html>${page}`).toString(), { status, headers });
}

/** The language of a page for this reader: the lead's own where it is known, else the browser's. */
export function languageOf(deps: TrackingDeps, c: Context, locale: string | null = null): Language {
  return languageFor(locale, c.req.header("accept-language"), deps.spine.programme().settings.company.locale);
}

/** The one answer to every token that is none, whatever is wrong with it. */
export function notFound(deps: TrackingDeps, c: Context): Promise<Response> {
  const language = languageOf(deps, c);
  return answerPage(
    <Page language={language} company={companyOf(deps)} title={language.words.lost}>
      <p>{language.words.lostWhy}</p>
    </Page>,
    404,
  );
}

/** The database and the spool are out of reach: said, never hidden behind a page that looks like a success. */
export function trouble(deps: TrackingDeps, c: Context, status: 400 | 413 | 503): Promise<Response> {
  const language = languageOf(deps, c);
  return answerPage(
    <Page language={language} company={companyOf(deps)} title={language.words.trouble}>
      <p>{language.words.troubleWhy}</p>
    </Page>,
    status,
  );
}
