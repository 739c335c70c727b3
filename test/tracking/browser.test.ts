import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import chromium from "@sparticuz/chromium";
import { Hono } from "hono";
import { chromium as playwright, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { signToken } from "../../src/email/token.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { trackingRoutes } from "../../src/tracking/tracking.routes.ts";
import { ADA, FILES, openHouse, type House } from "./house.ts";

// Without it the browser says that nobody sits before it, and is taken for a bot.
const CHROME =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36";

const PATIENCE = { timeout: 20_000 };

let browser: Browser;
// A company's site (http://localhost) and our house (http://127.0.0.1) are two origins, as in life.
let site: string;
let tracking = "";
const closers: (() => void)[] = [];

function listen(app: Hono): Promise<number> {
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, (info: AddressInfo) =>
      resolve(info.port),
    );
    closers.push(() => server.close());
  });
}

beforeAll(async () => {
  const pages = new Hono();
  const page = (body: string) =>
    `<!doctype html><title>Acme</title><script src="${tracking}/t/k.js"></script>${body}`;
  pages.get("/pricing", (c) => c.html(page('<h1>Pricing</h1><a href="/about">About</a>')));
  pages.get("/about", (c) => c.html(page("<h1>About</h1>")));
  pages.get("/form", (c) =>
    c.html(
      page(`<form data-kindling="demo" onsubmit="return false"><input name="name" value="Grace">
        <input name="mail" type="email" value="grace@other.example"><input name="secret" type="password" value="hush">
        <input name="csrf" type="hidden" value="x"><button>Send</button></form>`),
    ),
  );
  site = `http://localhost:${await listen(pages)}`;
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    // Not the package's own: they run everything in one process and switch off what CORS guards.
    args: ["--no-sandbox", `--user-agent=${CHROME}`],
    headless: true,
  });
});

afterAll(async () => {
  await browser?.close();
  for (const close of closers) close();
});

interface Stage {
  readonly house: House;
  readonly message: number;
  readonly page: Page;
}

let stage: Stage;

beforeEach(async () => {
  const template = "templates/warm/case-study.mjml";
  const files = { ...FILES, [template]: FILES[template]!.replaceAll("https://www.acme.example", site) };
  const house = await openHouse({ files, sites: ["localhost"] });
  await house.lead();
  const message = await house.mail();
  // The port is known only once it listens.
  const outer = new Hono();
  tracking = `http://127.0.0.1:${await listen(outer)}`;
  outer.route("/", trackingRoutes({ ...house.deps, baseUrl: tracking }));
  const context = await browser.newContext();
  stage = { house, message, page: await context.newPage() };
  return () => context.close();
});

async function types({ house }: Stage): Promise<string[]> {
  return (await house.log()).filter((event) => !event.type.startsWith("email.")).map((event) => event.type);
}

describe("in a browser", () => {
  test("a click makes the pages that follow the lead's, and leaves no token in the address", async () => {
    const { house, message, page } = stage;
    await page.goto(tracking + house.clickPath(message, 0));
    expect(page.url()).toMatch(
      new RegExp(`^${site}/pricing\\?utm_source=kindling&utm_campaign=[^&]+&utm_content=[^&]+$`),
    );
    await page.click("a");
    await page.waitForURL(`${site}/about`);
    await vi.waitUntil(async () => (await types(stage)).length === 1, PATIENCE);
    await page.goto("about:blank");
    await vi.waitUntil(async () => (await types(stage)).length === 2, PATIENCE);
    const views = (await house.log()).filter((event) => event.type === "page.viewed");
    expect(
      views.map(({ verdict, properties }) => [verdict, properties["path"], properties["title"]]),
    ).toEqual([
      ["human", "/pricing", "Acme"],
      ["human", "/about", "Acme"],
    ]);
    expect(views[0]!.properties["seconds"]).toBeGreaterThanOrEqual(0);
    expect(views[1]!.properties["referrer"]).toContain(`${site}/`);
  });

  test("a marked form makes a lead; passwords and hidden fields stay on the page", async () => {
    const { house, page } = stage;
    await page.goto(`${site}/form`);
    const answered = page.waitForResponse((response) => response.url().endsWith("/t/e"));
    await page.click("button");
    expect((await answered).status()).toBe(200);
    await page.waitForFunction("localStorage.kindling");
    await page.goto(`${site}/about`);
    await vi.waitUntil(async () => (await house.log("grace@other.example")).length === 2, PATIENCE);
    expect((await findLead(house.db.kysely, "grace@other.example"))!.confirmed).toBe(false);
    expect(await house.log("grace@other.example")).toMatchObject([
      { type: "form.submitted", properties: { form: "demo", fields: { name: "Grace" }, path: "/form" } },
      { type: "page.viewed", properties: { path: "/form" } },
    ]);
    const { fields } = (await house.log("grace@other.example"))[0]!.properties as { fields: object };
    expect(Object.keys(fields)).toEqual(["name"]);
  });

  test("nothing is sent for a visitor whom nothing names, nor under Global Privacy Control", async () => {
    const { house, message, page } = stage;
    const sent: string[] = [];
    page.on("request", (request) => sent.push(new URL(request.url()).pathname));
    await page.goto(`${site}/pricing`);
    await page.goto(`${site}/about`);
    await page.addInitScript(
      "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })",
    );
    await page.goto(tracking + house.clickPath(message, 0));
    await page.goto(`${site}/form`);
    await page.click("button");
    await page.goto("about:blank");
    expect(sent).not.toContain("/t/e");
    expect(await page.context().cookies()).toEqual([]);
  });

  test("the button of the unsubscribe page stops the mail", async () => {
    const { house, message, page } = stage;
    await page.goto(`${tracking}/t/u/${signToken(house.keys, "unsubscribe", { message })}`);
    await page.click("button");
    await page.waitForSelector("text=You will get no more emails");
    await drain(house.spine);
    expect((await findLead(house.db.kysely, ADA))!.suppressed).toBe("unsubscribed");
  });

  test("topics are saved by their button, pauses by theirs", async () => {
    const { house, message, page } = stage;
    await page.goto(`${tracking}/t/p/${signToken(house.keys, "preferences", { message })}`);
    await page.uncheck("text=Webinars");
    await page.click("text=Save");
    await page.waitForSelector("text=Saved.");
    expect(await page.isChecked("text=Webinars")).toBe(false);
    await page.click("text=Pause for 30 days");
    await page.waitForSelector("text=You are on a pause until April 1, 2026.");
    expect(await types(stage)).toEqual(["consent.withdrawn", "sequences.paused"]);
  });

  test("the mail shows in its frame, and its links open beside it", async () => {
    const { house, message, page } = stage;
    const errors: string[] = [];
    page.on("console", (line) => errors.push(line.text()));
    await page.goto(`${tracking}/t/v/${signToken(house.keys, "view", { message })}`);
    const frame = page.frameLocator("iframe");
    const [opened] = await Promise.all([
      page.context().waitForEvent("page"),
      frame.locator("text=pricing").click(),
    ]);
    await opened.waitForURL(/\/pricing/);
    expect(await opened.locator("h1").textContent()).toBe("Pricing");
    expect(errors).toEqual([]);
  });
});
