import { Hono, type Context, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { isHeld, setHold } from "../../email/hold.store.ts";
import { advanceDue } from "../../lifecycle/advance.run.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { isGone } from "../../tracking/gone.ts";
import { sendAgain } from "../api/messages.store.ts";
import { ACCESS, type Entry } from "./access.ts";
import { accountRoutes } from "./account.routes.tsx";
import type { Asked, DashboardDeps, Show } from "./deps.ts";
import { askToForget, forget } from "./forget.routes.tsx";
import { guard, isFromOurPage, type GuardEnv } from "./guard.routes.ts";
import { identify } from "./identify.run.ts";
import { respond, respondAlone, type Frame, type Page } from "./layout.tsx";
import { leadPage } from "./lead.routes.tsx";
import { leadsPage } from "./leads.routes.tsx";
import { isOwnPath, mailPath } from "./links.ts";
import { loginRoutes } from "./login.routes.tsx";
import { mailboxPage, mailPage, showMail } from "./mailbox.routes.tsx";
import { noticesPage } from "./notices.routes.tsx";
import { NOT_FROM_US, TOO_LONG } from "./refusals.tsx";
import { openReviews } from "./reviews.run.ts";
import { scoringPage } from "./scoring.routes.tsx";
import { seesMail } from "./seen.store.ts";
import { segmentPage, segmentsPage } from "./segments.routes.tsx";
import { sequencePage, sequencesPage } from "./sequences.routes.tsx";
import { openSessions } from "./session.run.ts";
import { STYLE } from "./style.ts";
import { companyTimes } from "./times.ts";
import { versionPage, versionsPage } from "./versions.routes.tsx";

/** The dashboard, on paths of its own from `/`. Who may open which is said in access.ts. */
export function dashboardRoutes(deps: DashboardDeps): Hono {
  const routes = new Hono<GuardEnv>();
  const sessions = openSessions(deps.spine, deps.baseUrl.startsWith("https:"));
  const who = identify(deps, sessions);
  const login = loginRoutes(deps, sessions);
  const account = accountRoutes(deps, sessions);
  const refuse = async (c: Asker) => respond(await frameFor(deps, c, false), NOT_FOR_YOU);

  /** The only way in which a route comes to be. */
  const open = (entry: Entry, ...handlers: MiddlewareHandler<GuardEnv>[]) => {
    const [method, path] = entry.split(" ") as [string, string];
    const roles = ACCESS[entry];
    const first = method === "POST" ? [fromOurPage, shortForm] : path === "*" ? [notForPrograms] : [];
    routes.on(method, [path], ...first, ...(roles === null ? [] : [guard(who, roles, refuse)]), ...handlers);
  };
  const page = (entry: Entry, show: Show) =>
    open(entry, async (c) => {
      const frame = await frameFor(deps, c);
      return respond(frame, (await show({ c, deps, frame, ...readerOf(deps, c) })) ?? NOT_FOUND);
    });

  open("GET /login", (c) => login.form(c));
  open("POST /login", async (c) => login.logIn(c, await formOf(c)));
  open("POST /logout", (c) => login.logOut(c));
  page("GET /account", account.show);
  open("POST /account", async (c) => {
    const wrong = await account.change(c, c.get("who"), await formOf(c));
    return wrong ? respond(await frameFor(deps, c, false), wrong) : c.redirect("/account?changed", 303);
  });

  page("GET /", leadsPage);
  page("GET /leads/:email", leadPage);
  page("GET /leads/:email/forget", askToForget);
  open("POST /leads/:email/forget", async (c) => {
    const page = await forget({ c, deps });
    return respond(await frameFor(deps, c), page ?? NOT_FOUND);
  });
  page("GET /segments", segmentsPage);
  page("GET /segments/:name", segmentPage);
  page("GET /sequences", sequencesPage);
  page("GET /sequences/:name", sequencePage);
  page("GET /scoring", scoringPage(openReviews(deps.spine)));
  page("GET /notices", noticesPage);
  page("GET /versions", versionsPage);
  page("GET /versions/:version{[0-9a-f]+}", versionPage);
  page("GET /mailbox", mailboxPage);
  page("GET /mailbox/:id{[0-9]+}", mailPage);
  open("GET /mailbox/:id{[0-9]+}/mail", async (c) => {
    const mail = await showMail({ c, deps, ...readerOf(deps, c) });
    return mail ?? respond(await frameFor(deps, c), NOT_FOUND);
  });
  open("POST /mailbox/:id{[0-9]+}/send-again", (c) => again(deps, c));
  open("POST /hold", (c) => hold(deps, c, true));
  open("POST /release", (c) => hold(deps, c, false));
  open("GET /dashboard.css", async () => new Response(STYLE, { headers: STYLE_HEADERS }));

  page("GET *", () => Promise.resolve(NOT_FOUND));

  routes.onError(async (error, c) => {
    if (isGone(error)) return c.body(null, 400);
    deps.spine.warn("a page failed", { path: c.req.routePath, error: error.stack ?? error.message });
    return c.get("who") ? respond(await frameFor(deps, c, false), TROUBLE) : respondAlone(TROUBLE);
  });
  return new Hono().route("/", routes);
}

// Its address changes with what it says.
const STYLE_HEADERS = {
  "content-type": "text/css; charset=UTF-8",
  "cache-control": "public, max-age=31536000, immutable",
};

const NOT_FOUND: Page = {
  title: "Not found",
  place: null,
  status: 404,
  content: (
    <div class="empty">
      <h1>There is nothing here</h1>
      <p>What this address named is gone, or never was.</p>
      <p>
        <a href="/">To the leads</a>
      </p>
    </div>
  ),
};

const TROUBLE: Page = {
  title: "Trouble",
  place: null,
  status: 500,
  content: (
    <div class="empty">
      <h1>That did not work</h1>
      <p>The fault is ours, and it is in the log. Nothing was changed.</p>
    </div>
  ),
};

const NOT_FOR_YOU: Page = {
  title: "Not for you",
  place: null,
  status: 403,
  content: (
    <div class="empty">
      <h1>This is not for your role</h1>
      <p>Reps see their own leads; this shows everybody's. Whoever runs Kindling here gives out roles.</p>
      <p>
        <a href="/">To your leads</a>
      </p>
    </div>
  ),
};

type Asker = Context<GuardEnv>;

const LONGEST_FORM = 16 * 1024;

const shortForm = bodyLimit({ maxSize: LONGEST_FORM, onError: () => respondAlone(TOO_LONG) });

/** Whoever logs in has no session yet that another page could use. */
const fromOurPage: MiddlewareHandler<GuardEnv> = async (c, next) =>
  isFromOurPage(c, c.req.path === "/login") ? next() : respondAlone(NOT_FROM_US);

/** What no other room knows either is a page that there is not, but for programs. */
const notForPrograms: MiddlewareHandler<GuardEnv> = async (c, next) =>
  /^\/(api|t|hooks)\//.test(c.req.path) ? c.notFound() : next();

/** What a form says; anything else says nothing. */
async function formOf(c: Context): Promise<URLSearchParams> {
  return new URLSearchParams(await c.req.text());
}

function readerOf({ spine }: DashboardDeps, c: Asker): Pick<Asked, "who" | "seenBy"> {
  const who = c.get("who");
  if (who.role !== "rep") return { who, seenBy: null };
  const { reps } = spine.programme().reps;
  // A rep of no name sees what is nobody's: nothing.
  const rep = who.rep ?? "";
  return { who, seenBy: { rep, address: reps.find((one) => one.rep === rep)?.email ?? null } };
}

/** `asking`: the leads are brought up to now first. */
async function frameFor({ spine, captured }: DashboardDeps, c: Asker, asking = true): Promise<Frame> {
  if (asking) {
    await drain(spine);
    await advanceDue(spine);
  }
  const { company } = spine.programme().settings;
  const { pathname, search } = new URL(c.req.url);
  return {
    who: c.get("who"),
    company: company.name,
    times: companyTimes(company, spine.clock.now()),
    held: asking && (await isHeld(spine.db.kysely)),
    captured,
    path: pathname + search,
  };
}

/** Stops all mail, or lets it go again, and leads back to where the button was. */
async function hold(deps: DashboardDeps, c: Asker, on: boolean): Promise<Response> {
  await setHold(deps.spine.db.kysely, on, "dashboard");
  const back = (await formOf(c)).get("back");
  return c.redirect(isOwnPath(back) ? back : "/", 303);
}

/** Puts a mail that is in doubt into the queue again: a person has decided that twice is better than not at all. */
async function again(deps: DashboardDeps, c: Asker): Promise<Response> {
  const id = Number(c.req.param("id"));
  const { db, clock } = deps.spine;
  const { seenBy } = readerOf(deps, c);
  if (!Number.isSafeInteger(id) || !(await seesMail(db.kysely, seenBy, id)))
    return respond(await frameFor(deps, c), NOT_FOUND);
  await db.unit((trx) => sendAgain(trx, id, clock.now()));
  return c.redirect(mailPath(id), 303);
}
