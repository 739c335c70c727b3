import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import chromium from "@sparticuz/chromium";
import { chromium as playwright, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { DAY } from "../../src/instant.ts";
import { beforeAfterPage } from "../../src/planning/before-after.ts";
import { applyVersion, appliedFiles } from "../../src/programme/versions.store.ts";
import { personasPage } from "../../src/web/dashboard/personas-page.tsx";
import { hashPassword } from "../../src/web/password.io.ts";
import { addUser } from "../../src/web/users.store.ts";
import { COMPANY } from "./company.ts";
import { routesOf } from "./routes.ts";
import { act, ADA, created, FORM, MONDAY, openServer, readable, type Answer, type Server } from "./server.ts";

/** Wherever it lands, some part of it would run, ask another host or leave the page. */
const SCRIPT =
  `"'></title></style></textarea></pre></svg><script>window.owned=1</script><img src=x onerror=window.owned=1>` +
  `<svg onload=window.owned=1><iframe srcdoc="<script>top.owned=1</script>"></iframe>` +
  `<img src="http://foreign.example/x"><link rel=stylesheet href="http://foreign.example/x.css">` +
  `<meta http-equiv=refresh content="0;url=http://foreign.example/"><base href="http://foreign.example/">` +
  "<a href=javascript:window.owned=1>x</a>";
const LINK = "javascript:window.owned=1//";
/** As much of it as a title may have. */
const SHORT =
  `"'></title></style><script>window.owned=1</script><img src=x onerror=window.owned=1>` +
  "<link rel=stylesheet href=//foreign.example/x>";
const YAML = JSON.stringify(SHORT);

const renamed = (path: string, from: string, to: string) => {
  expect(COMPANY[path]).toContain(from);
  return COMPANY[path]!.replace(from, to);
};

const FILES = {
  "config/kindling.yaml": renamed("config/kindling.yaml", "name: Acme,", `name: ${YAML},`).replace(
    "title: Product news",
    `title: ${YAML}`,
  ),
  "config/reps.yaml": renamed("config/reps.yaml", "name: Maria Silva", `name: ${YAML}`),
  "config/segments.yaml": renamed("config/segments.yaml", "title: Visitors", `title: ${YAML}`),
  "config/scoring/default.yaml": renamed(
    "config/scoring/default.yaml",
    "title: All leads",
    `title: ${YAML}`,
  ).replace("criterion: Size", `criterion: ${YAML}`),
  "config/sequences/welcome.yaml": renamed(
    "config/sequences/welcome.yaml",
    "title: Welcome",
    `title: ${YAML}`,
  ),
  // An author's own script, too.
  "templates/welcome/again.mjml": COMPANY["templates/welcome/again.mjml"]!.replace(
    "</mj-text>",
    "<script>top.owned=1</script><b onclick='top.owned=1'>x</b><img src='x' onerror='top.owned=1'></mj-text>",
  ),
};

let server: Server;
let browser: Browser;
/** Pages that the dashboard's own links lead to, and those that only a mail's do. */
let ours: readonly string[];
let strangers: readonly string[];
const answers = new Map<string, Answer>();

beforeAll(async () => {
  [server, browser] = await Promise.all([
    openServer({ files: FILES }),
    chromium
      .executablePath()
      .then((executablePath) =>
        playwright.launch({ executablePath, args: ["--no-sandbox"], headless: true }),
      ),
  ]);
  await live();
  strangers = [
    ...["/t/u/", "/t/p/", "/t/v/", "/t/d/", "/t/f/", "/r/"].flatMap(linksTo),
    ...["/r/", "/t/u/", "/login?to=", "/leads/", "/nothing/", "/api/leads/"].map(
      (path) => path + encodeURIComponent(SCRIPT),
    ),
    "/api/docs",
    "/api/openapi.json",
    "/login",
  ];
  ours = await crawl();
  for (const path of strangers) answers.set(path, await look(path));
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Everything that a stranger, a lead, a rep, a program or an author may say, says it. */
async function live(): Promise<void> {
  const { app, clock } = server;
  const attributes = Object.fromEntries(
    ["first_name", "last_name", "company", "job_title", "phone", "plan"].map((name) => [name, SCRIPT]),
  );
  const call = async (method: string, path: string, body: unknown) => {
    const { status, text } = await server.ask(path, { method, as: "admin", body });
    expect(status, `${path} ${text}`).toBeLessThan(300);
  };
  await server.arrive(
    ADA,
    created({ ...attributes, employees: 120 }),
    act("welcome.asked"),
    act("demo.requested"),
  );
  await server.arrive(
    ADA,
    act("page.viewed", { url: LINK, path: SCRIPT, title: SCRIPT, referrer: LINK, seconds: SCRIPT }),
    act("content.downloaded", { file: SCRIPT, title: SCRIPT, minutes: SCRIPT }),
    act("odd.thing", { [SCRIPT]: SCRIPT }),
  );
  await server.settle();
  const lead = `/api/leads/${ADA}`;
  const event = (type: string, properties: object, actor = "lead") =>
    call("POST", "/api/events", { email: ADA, type, actor, properties });
  await event("form.submitted", { form: SCRIPT, fields: { [SHORT]: SCRIPT } });
  await event("rep.noted", { rep: "maria", feeling: "bad", text: SCRIPT }, "rep");
  await call("PUT", lead, { consent: { topic: "product", words: SCRIPT, source: SCRIPT } });
  await call("POST", "/api/deals", { email: ADA, id: "d1", stage: SHORT, value: 5 });
  await call("POST", "/api/deals/d1", { stage: "lost", reason: SCRIPT });
  const stranger = { "user-agent": SCRIPT, referer: SCRIPT, "accept-language": SCRIPT };
  const form = { type: "form.submitted", form: SHORT.slice(0, 99), email: "bob@customer.example" };
  for (const body of [
    { ...form, fields: { name: SCRIPT, [SHORT.slice(0, 99)]: LINK } },
    {
      type: "page.viewed",
      url: `https://acme.example/${SCRIPT}`,
      title: SHORT,
      referrer: SCRIPT,
    },
  ])
    await server.ask("/t/e", { method: "POST", body });
  await server.settle();
  for (const path of ["/t/o/", "/t/c/"].flatMap(linksTo)) await server.ask(path, { headers: stranger });
  const returnPath = server.mails.find(({ to }) => to === "bob@customer.example")!.from;
  for (const mail of [
    `From: "x" <${ADA}>\r\nSubject: ${SCRIPT}\r\nMessage-ID: <1@x>\r\n\r\n${SCRIPT}\r\n`,
    `To: ${returnPath}\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\n${SCRIPT}\r\n` +
      "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; bob@customer.example\r\n" +
      `Action: failed\r\nStatus: 4.2.2\r\nDiagnostic-Code: smtp; 452 ${SCRIPT}\r\n\r\n--x--\r\n`,
  ])
    expect((await server.ask("/hooks/inbound", { method: "POST", as: "ingest", body: mail })).status).toBe(
      202,
    );
  await server.settle();
  const post = (path: string, fields: Record<string, string>) =>
    server.ask(path, { method: "POST", headers: FORM, body: new URLSearchParams(fields).toString() });
  await post(linksTo("/r/")[0]!, { answer: "not_a_fit", reason: SCRIPT.slice(0, 990) });
  await post(linksTo("/t/p/")[0]!, { do: "data" });
  await server.settle();
  await call("POST", `${lead}/pause`, { until: "2026-03-03T12:00:00Z", reason: SCRIPT });
  const files = (await appliedFiles(app.db.kysely))!;
  await app.db.unit((trx) =>
    applyVersion(trx, app.spine.programme(), files, { author: SCRIPT, message: SCRIPT, at: clock.now() }),
  );
  await server.until(MONDAY + 5 * DAY);
  await server.ask("/hold", { method: "POST", headers: { "sec-fetch-site": "same-origin" } });
}

/** The addresses of ours that begin so in the mails that were sent, one a mail. */
function linksTo(path: string): string[] {
  const found = server.mails.map(({ raw }) => new RegExp(`${path}[\\w-]+(\\.gif)?`).exec(readable(raw))?.[0]);
  return [...new Set(found.filter((link) => link !== undefined))];
}

function look(path: string): Promise<Answer> {
  return server.ask(path, { headers: { accept: "text/html" } });
}

/** Follows the dashboard's own links from its first page on, lists in one order and one filter alone. */
async function crawl(): Promise<string[]> {
  const mail = await server.app.db.kysely
    .selectFrom("messages")
    .select("id")
    .orderBy("id")
    .limit(1)
    .executeTakeFirstOrThrow();
  const forms = ["text", "facts"].map((form) => `/mailbox/${mail.id}?show=${form}`);
  const waiting = ["/", "/account", `/leads/${encodeURIComponent(ADA)}?timeline=all`, ...forms];
  const seen = new Set(waiting);
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const answer = await look(path);
    answers.set(path, answer);
    for (const [, link] of answer.text.matchAll(/(?:href|src)="(\/[^"]*)"/g)) {
      const next = link!.replaceAll("&amp;", "&").replace(/#.*/, "");
      const kind = next.replaceAll(/\d+/g, "1").replaceAll(/=[^&]*/g, "");
      const known = seen.has(next) || (next.includes("?") && [...seen].some((one) => one === kind));
      if (known || next.startsWith("/t/") || seen.size > 200) continue;
      seen.add(next).add(kind);
      waiting.push(next);
    }
  }
  return [...answers.keys()];
}

test("every page has a strict policy and is kept by nobody, and none is missing here", () => {
  const patterns = routesOf(server)
    .filter(
      (route) => route.startsWith("GET ") && !/\/api\/(?!docs)|\/t\/[koc]|metrics|health|ready/.test(route),
    )
    .map((route) => route.slice(4));
  for (const pattern of patterns) {
    const like = new RegExp(`^${pattern.replaceAll(/:\w+(\{[^}]*\})?/g, "[^/?]+")}(\\?|$)`);
    const visited = [...answers].filter(([path, { status }]) => like.test(path) && status < 300);
    expect(visited, `${pattern} is never looked at`).not.toEqual([]);
  }
  const pages = [...answers].filter(([, { headers }]) => headers["content-type"]?.startsWith("text/html"));
  expect(pages.length).toBeGreaterThan(30);
  for (const [path, { headers, text, status }] of pages) {
    expect(status, `${path} ${text}`).toBeLessThan(500);
    const policy = new Map(
      String(headers["content-security-policy"])
        .split(/; ?/)
        .map((part) => {
          const [name, ...values] = part.split(" ");
          return [name, values.join(" ")];
        }),
    );
    const at = (name: string) => policy.get(name) ?? `${name} is missing at ${path}`;
    expect(at("default-src")).toBe("'none'");
    expect(policy.get("script-src")).toBeUndefined();
    expect(at("frame-ancestors")).toMatch(/^'(none|self)'$/);
    expect(at("base-uri")).toBe("'none'");
    expect(at("form-action")).toMatch(/^'(none|self)'$/);
    const mail = /^\/t\/v\/|\/mail$/.test(path) && status === 200;
    if (!mail) expect(policy.get("style-src") ?? "'self'").toMatch(/^('self'|'sha256-[\w+/=]+'|'none')$/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toMatch(/^(no-referrer|same-origin)$/);
    if (path !== "/api/docs") expect(headers["cache-control"]).toMatch(/no-store/);
    expect(text, path).not.toContain("<script");
  }
});

describe("in a browser, script that anybody wrote anywhere", () => {
  test("runs on no page of the dashboard", async () => {
    const { page, troubles } = await watched();
    for (const path of ours) await visit(page, path);
    expect(troubles).toEqual([]);
  });

  test("runs on no page that a mail, a notice or a mistyped address leads to", async () => {
    const { page, troubles } = await watched();
    for (const path of strangers) await visit(page, path);
    expect(troubles).toEqual([]);
  });

  test("does not run where somebody logs in", async () => {
    const user = {
      email: "uma@acme.example",
      role: "admin",
      rep: null,
      password: await hashPassword("a long password"),
    } as const;
    await addUser(server.app.db.kysely, user, MONDAY);
    const { page, troubles } = await watched();
    await visit(page, `/leads/${encodeURIComponent(SCRIPT)}`);
    await page.$eval("form", (form) => form.setAttribute("novalidate", ""));
    await page.fill("input[name=email]", SCRIPT);
    await page.fill("input[name=password]", "wrong");
    await page.click("main button");
    await page.waitForSelector("text=is wrong");
    await page.fill("input[name=email]", user.email);
    await page.fill("input[name=password]", "a long password");
    await page.click("main button");
    await page.waitForSelector("text=There is nothing here");
    await visit(page, "/account");
    expect(troubles).toEqual([]);
  });

  test("does not run in the pages that plan and simulate write", async () => {
    const html = SCRIPT.replace(/<img src="http[^>]*>/, "");
    const mail = { subject: SCRIPT, preheader: SCRIPT, text: SCRIPT, html };
    const file = join(server.folder, "written.html");
    const span = { title: SCRIPT, from: MONDAY, until: MONDAY + DAY };
    const { page, troubles } = await watched();
    for (const written of [
      beforeAfterPage(SCRIPT, mail, { ...mail, subject: "x" }),
      await personasPage([], span),
    ]) {
      writeFileSync(file, written);
      expect(written).toMatch(/"default-src ('|&#39;)none/);
      await page.goto(pathToFileURL(file).href);
      expect(await page.evaluate("window.owned")).toBeUndefined();
    }
    // Of its frames the browser says what their policy stopped.
    expect(troubles.filter((trouble) => !/sandboxed|policy/i.test(trouble))).toEqual([]);
  });
});

/** A page in which whatever runs, asks another host or leaves for one is noted. */
async function watched(): Promise<{ page: Page; troubles: string[] }> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const troubles: string[] = [];
  const note = (what: string) => void troubles.push(`${page.url().slice(0, 60)} ${what}`);
  page.on("dialog", (dialog) => note(`dialog ${dialog.message()}`));
  page.on("popup", (other) => note(`popup ${other.url()}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(server.url) && !/^(data|file|about):/.test(url)) note(`request ${url}`);
  });
  // What the policy had to stop had got through the escaping. In the frame of a mail an author's own script may stand.
  page.on("console", (line) => {
    const text = line.text();
    const author = text.includes("frame is sandboxed") && /\/mail|srcdoc/.test(text);
    if (/policy|blocked|refused/i.test(text) && !author) note(text);
  });
  return { page, troubles };
}

async function visit(page: Page, path: string): Promise<void> {
  await page.goto(server.url + path, { waitUntil: "load" });
  expect(await page.evaluate("window.owned"), path).toBeUndefined();
  expect(page.url().startsWith(server.url), path).toBe(true);
}
