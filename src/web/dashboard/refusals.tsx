import type { Child } from "hono/jsx";
import { SECOND, type Duration } from "../../instant.ts";
import { respondAlone, type Page } from "./layout.tsx";

/** Said to programs as a line of text, to browsers as a page. */
interface Refusal {
  readonly status: 401 | 429;
  readonly headers: Readonly<Record<string, string>>;
  readonly title: string;
  readonly text: string;
  readonly content: Child;
}

/** Nobody is logged in, and there was no key. */
export function keyNeeded(users: boolean, page: boolean): Response | Promise<Response> {
  const key = "an admin key as the password (KINDLING_API_KEY, or `kindling keys add --role admin`)";
  return refuse(page, {
    status: 401,
    headers: { "www-authenticate": 'Basic realm="Kindling", charset="UTF-8"' },
    title: "Who are you?",
    text: users
      ? `Log in at /login, or send ${key}.`
      : `From another machine the dashboard opens with ${key}; \`kindling users add\` makes the first user.`,
    content: (
      <>
        <p>
          There are no users here yet, so that from another machine the dashboard opens with an admin key.
        </p>
        <FirstUser />
        <p class="quiet">
          With an admin key (<code>KINDLING_API_KEY</code>, or one of <code>kindling keys add</code>) as the
          password your browser's own prompt opens it too: load this page again.
        </p>
      </>
    ),
  });
}

export function tooManyKeys(wait: Duration, page: boolean): Response | Promise<Response> {
  const text = "Too many wrong keys. Please wait a minute.";
  return refuse(page, {
    status: 429,
    headers: { "retry-after": seconds(wait) },
    title: "One moment",
    text,
    content: <p>{text}</p>,
  });
}

/** How to make the first user: whoever can run this may. */
export function FirstUser() {
  return (
    <>
      <p>On the machine that runs Kindling this makes the first user:</p>
      <pre tabindex={0}>
        <code>npm run kindling -- users add --role admin --email you@example.com</code>
      </pre>
    </>
  );
}

export const NOT_FROM_US: Page = {
  title: "Refused",
  place: null,
  status: 403,
  content: (
    <>
      <h1>Refused</h1>
      <p>This came from a page that is not ours. Nothing was changed.</p>
      <p>
        <a href="/">To the dashboard</a>
      </p>
    </>
  ),
};

export const TOO_LONG: Page = {
  title: "Too long",
  place: null,
  status: 413,
  content: (
    <>
      <h1>That is too long</h1>
      <p>Nothing was changed.</p>
    </>
  ),
};

/** As `Retry-After` has it: whole, and never 0. */
export function seconds(wait: Duration): string {
  return String(Math.max(1, Math.ceil(wait / SECOND)));
}

function refuse(
  page: boolean,
  { status, headers, title, text, content }: Refusal,
): Response | Promise<Response> {
  if (page) {
    const said = (
      <>
        <h1>{title}</h1>
        {content}
      </>
    );
    return respondAlone({ title, place: null, status, headers, content: said });
  }
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=UTF-8", "cache-control": "no-store", ...headers },
  });
}
