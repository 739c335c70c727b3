import { html } from "hono/html";
import { createContext, useContext, type Child } from "hono/jsx";
import type { Instant } from "../../instant.ts";
import { formatInstant } from "../../instant.ts";
import { ago } from "../../reps/words.ts";
import { mayFollow, mayOpen, type Visitor } from "./access.ts";
import { STYLE_URL } from "./style.ts";
import { ahead, type Times } from "./times.ts";

/** What is the same on all pages. */
export interface Frame {
  readonly who: Visitor;
  readonly company: string;
  readonly times: Times;
  /** All mail is on hold. */
  readonly held: boolean;
  /** No mail server: mails end in the mailbox. */
  readonly captured: boolean;
  /** Path and query of this page: where the hold button leads back to. */
  readonly path: string;
}

export const PLACES = [
  "Leads",
  "Segments",
  "Sequences",
  "Scoring",
  "Notices",
  "Mailbox",
  "Versions",
] as const;
export type Place = (typeof PLACES)[number];

export interface Page {
  readonly title: string;
  /** Which part of the navigation it belongs to. */
  readonly place: Place | null;
  readonly status?: number;
  /** Beside those of every page. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly content: Child;
}

/** Nothing from elsewhere and no script at all; mails are shown in a frame with a policy of its own. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

// `same-origin`: without any referrer the browser would send `Origin: null` with our own forms.
export const PAGE_HEADERS = {
  "content-type": "text/html; charset=UTF-8",
  "cache-control": "no-store, private",
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
};

export function respond(frame: Frame, page: Page): Promise<Response> {
  return answer(
    page,
    <Reader.Provider value={frame.who}>
      <Framed frame={frame} page={page} />
    </Reader.Provider>,
  );
}

/** A page for whoever it is: without the navigation, and nothing on it tells of the company. */
export function respondAlone(page: Page): Promise<Response> {
  const alone = (
    <main class="alone">
      <p class="brand">
        <Flame />
        Kindling
      </p>
      <section class="panel">{page.content}</section>
    </main>
  );
  return answer(page, alone);
}

async function answer({ title, status = 200, headers = {} }: Page, content: Child): Promise<Response> {
  const text = await html`<!doctype html>${<Document title={title}>{content}</Document>}`;
  return new Response(text.toString(), { status, headers: { ...PAGE_HEADERS, ...headers } });
}

/** Who reads the page. */
const Reader = createContext<Visitor | null>(null);

interface GoProps {
  readonly to: string;
  readonly children?: Child;
}

/** A link for those who may follow it; the same words for all others. */
export function Go({ to, children }: GoProps) {
  const reader = useContext(Reader);
  return reader && mayFollow(reader, to) ? <a href={to}>{children}</a> : <>{children}</>;
}

const FLAME =
  "M8 1c.6 2.6-.5 3.9-1.7 5.2C5 7.6 3.6 9 3.6 11.2 3.6 13.9 5.6 15.5 8 15.5s4.4-1.6 4.4-4.3c0-1.5-.6-2.8-1.3-3.7-.2.9-.6 1.5-1.3 1.9C10 6.5 9.7 3 8 1z";

const ICON = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="${FLAME}" fill="#d1410c"/></svg>`,
)}`;

function Document({ title, children }: { readonly title: string; readonly children?: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Kindling`}</title>
        <link rel="icon" href={ICON} />
        <link rel="stylesheet" href={STYLE_URL} />
      </head>
      <body>{children}</body>
    </html>
  );
}

function Flame() {
  return (
    <svg viewBox="0 0 16 16" width="22" height="22" aria-hidden="true">
      <path d={FLAME} />
    </svg>
  );
}

function Framed({ frame, page }: { readonly frame: Frame; readonly page: Page }) {
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <Header frame={frame} place={page.place} />
      {frame.held && <HoldBanner frame={frame} />}
      <main id="content">{page.content}</main>
      <footer class="foot">
        <p>
          Times are {frame.times.zone.replaceAll("_", " ")}; it is {frame.times.moment(frame.times.now)}.
        </p>
        {frame.who.id === "this machine" && (
          <p>
            There are no users yet, so that this machine opens without a login.{" "}
            <code>kindling users add</code> makes the first.
          </p>
        )}
        <p>{frame.company}</p>
      </footer>
    </>
  );
}

function Header({ frame, place }: { readonly frame: Frame; readonly place: Place | null }) {
  return (
    <header class="head">
      <div class="bar">
        <a class="brand" href="/">
          <Flame />
          Kindling
        </a>
        <nav aria-label="Main">
          {PLACES.map((name) => ({ name, to: name === "Leads" ? "/" : `/${name.toLowerCase()}` }))
            .filter(({ to }) => mayFollow(frame.who, to))
            .map(({ name, to }) => (
              <a href={to} aria-current={name === place ? "page" : undefined}>
                {name}
              </a>
            ))}
        </nav>
        {frame.who.email !== null && <Me email={frame.who.email} />}
        {!frame.held && mayOpen(frame.who, "POST /hold") && (
          <form class="hold" method="post" action="/hold">
            <input type="hidden" name="back" value={frame.path} />
            <button type="submit" class="small" title="Stop all mail at once. What is due waits.">
              Hold all mail
            </button>
          </form>
        )}
      </div>
    </header>
  );
}

/** Who is logged in, and out again. */
function Me({ email }: { readonly email: string }) {
  return (
    <details class="me">
      <summary aria-label={`Logged in as ${email}`} title={email}>
        {email.slice(0, 1)}
      </summary>
      <div class="panel">
        <p>{email}</p>
        <p>
          <a href="/account">Change the password</a>
        </p>
        <form method="post" action="/logout">
          <button type="submit">Log out</button>
        </form>
      </div>
    </details>
  );
}

function HoldBanner({ frame }: { readonly frame: Frame }) {
  return (
    <section class="banner" aria-label="All mail is on hold">
      <form method="post" action="/release">
        <input type="hidden" name="back" value={frame.path} />
        <p>
          <strong>All mail is on hold.</strong> Nothing leaves; what is due waits.
        </p>
        {mayOpen(frame.who, "POST /release") && (
          <button type="submit" class="main small">
            Release
          </button>
        )}
      </form>
    </section>
  );
}

interface WhenProps {
  readonly at: Instant;
  readonly times: Times;
  /** How it is written; the other form and the zone are in the title. */
  readonly as?: "moment" | "day" | "clock" | "span";
}

/** An instant: as a date in the page's zone, or how long ago or ahead it is. */
export function When({ at, times, as = "moment" }: WhenProps) {
  const past = at <= times.now;
  const words = as === "span" ? (past ? ago(at, times.now) : ahead(at, times.now)) : times[as](at);
  return (
    <time datetime={formatInstant(at)} title={times.exact(at)}>
      {words}
    </time>
  );
}
