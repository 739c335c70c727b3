import { Hono, type Context } from "hono";
import { isHeld, setHold } from "../../email/hold.store.ts";
import { advanceDue } from "../../lifecycle/advance.run.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { sendAgain } from "../api/messages.store.ts";
import type { DashboardDeps, Show } from "./deps.ts";
import { dashboardGuard, isFromOurPage } from "./guard.routes.ts";
import { respond, type Frame, type Page } from "./layout.tsx";
import { leadPage } from "./lead.routes.tsx";
import { leadsPage } from "./leads.routes.tsx";
import { mailPath } from "./links.ts";
import { mailboxPage, mailPage, showMail } from "./mailbox.routes.tsx";
import { noticesPage } from "./notices.routes.tsx";
import { openReviews } from "./reviews.run.ts";
import { scoringPage } from "./scoring.routes.tsx";
import { segmentPage, segmentsPage } from "./segments.routes.tsx";
import { sequencePage, sequencesPage } from "./sequences.routes.tsx";
import { STYLE, STYLE_PATH } from "./style.ts";
import { companyTimes } from "./times.ts";
import { versionPage, versionsPage } from "./versions.routes.tsx";

/**
 * The dashboard, on paths of its own from `/`. Until there is a login it answers this machine alone, or an admin key
 * (guard.routes.ts).
 */
export function dashboardRoutes(deps: DashboardDeps): Hono {
  const routes = new Hono();
  const guard = dashboardGuard(deps);
  const page = (path: string, show: Show) =>
    routes.get(path, guard, async (c) => {
      const frame = await frameFor(deps, c);
      return respond(frame, (await show({ c, deps, frame })) ?? NOT_FOUND);
    });

  page("/", leadsPage);
  page("/leads/:email", leadPage);
  page("/segments", segmentsPage);
  page("/segments/:name", segmentPage);
  page("/sequences", sequencesPage);
  page("/sequences/:name", sequencePage);
  page("/scoring", scoringPage(openReviews(deps.spine)));
  page("/notices", noticesPage);
  page("/versions", versionsPage);
  page("/versions/:version{[0-9a-f]+}", versionPage);
  page("/mailbox", mailboxPage);
  page("/mailbox/:id{[0-9]+}", mailPage);
  routes.get(
    "/mailbox/:id{[0-9]+}/mail",
    guard,
    async (c) => (await showMail(deps, c)) ?? respond(await frameFor(deps, c), NOT_FOUND),
  );
  routes.post("/mailbox/:id{[0-9]+}/send-again", guard, (c) => again(deps, c));
  routes.post("/hold", guard, (c) => hold(deps, c, true));
  routes.post("/release", guard, (c) => hold(deps, c, false));
  routes.get(STYLE_PATH, () => new Response(STYLE, { headers: STYLE_HEADERS }));

  // What no other room knows either is a page that there is not, but for programs.
  routes.get("*", (c, next) =>
    /^\/(api|t|hooks)\//.test(c.req.path)
      ? next()
      : guard(c, async () => {
          c.res = await respond(await frameFor(deps, c), NOT_FOUND);
        }),
  );

  routes.onError(async (error, c) => {
    deps.spine.warn("a page failed", { path: c.req.routePath, error: error.stack ?? error.message });
    return respond(await frameFor(deps, c, false), TROUBLE);
  });
  return routes;
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

const REFUSED: Page = {
  title: "Refused",
  place: null,
  status: 403,
  content: (
    <div class="empty">
      <h1>Refused</h1>
      <p>This came from a page that is not ours. Nothing was changed.</p>
    </div>
  ),
};

/** `asking`: the leads are brought up to now first. */
async function frameFor({ spine, captured }: DashboardDeps, c: Context, asking = true): Promise<Frame> {
  if (asking) {
    await drain(spine);
    await advanceDue(spine);
  }
  const { company } = spine.programme().settings;
  const { pathname, search } = new URL(c.req.url);
  return {
    company: company.name,
    times: companyTimes(company, spine.clock.now()),
    held: asking && (await isHeld(spine.db.kysely)),
    captured,
    path: pathname + search,
  };
}

/** Stops all mail, or lets it go again, and leads back to where the button was. */
async function hold(deps: DashboardDeps, c: Context, on: boolean): Promise<Response> {
  if (!isFromOurPage(c)) return respond(await frameFor(deps, c), REFUSED);
  await setHold(deps.spine.db.kysely, on, "dashboard");
  const { back } = await c.req.parseBody();
  return c.redirect(isOwnPath(back) ? back : "/", 303);
}

/** Puts a mail that is in doubt into the queue again: a person has decided that twice is better than not at all. */
async function again(deps: DashboardDeps, c: Context): Promise<Response> {
  if (!isFromOurPage(c)) return respond(await frameFor(deps, c), REFUSED);
  const id = Number(c.req.param("id"));
  const { db, clock } = deps.spine;
  if (!Number.isSafeInteger(id)) return respond(await frameFor(deps, c), NOT_FOUND);
  await db.unit((trx) => sendAgain(trx, id, clock.now()));
  return c.redirect(mailPath(id), 303);
}

/** Never to another site: `//elsewhere` and `/\elsewhere` are read as one by browsers. */
function isOwnPath(path: unknown): path is string {
  return typeof path === "string" && /^\/(?![/\\])[\x21-\x7e]*$/.test(path);
}
