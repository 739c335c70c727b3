import { afterEach, expect, test } from "vitest";
import { DAY, HOUR } from "../../src/instant.ts";
import { dashboardRoutes } from "../../src/web/dashboard/dashboard.routes.tsx";
import { company, openChanging, START } from "../flows/changing-house.ts";
import { seen } from "./dashboard-house.ts";

const HERE = { incoming: { socket: { remoteAddress: "127.0.0.1", remotePort: 50_000 } } };

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});

test("what was live when, who changed it, why, and each line that differs", async () => {
  const house = await openChanging(company(["send: a", "wait: 2d", "send: b"]));
  opened.push(house.app);
  const routes = dashboardRoutes({
    spine: house.spine,
    tokenKeys: house.app.tokenKeys,
    baseUrl: "http://localhost:3000",
    captured: true,
  });
  const get = async (path: string) => {
    const response = await routes.request(path, {}, HERE);
    return { status: response.status, text: await response.text() };
  };
  expect(seen((await get("/versions")).text)).toContain("The beginning Live applied at the first start by");

  await house.arrive("ada@x.example", "go.now");
  await house.until(START + DAY);
  const next = company(["send: a", "wait: 5d", "send: b"], {
    "templates/a.mjml": company(null)["templates/b.mjml"]!,
  });
  await house.apply(next, { author: "Ada <b>", message: "Later & calmer", inFlight: "keep" });
  await house.until(START + DAY + HOUR);

  const list = await get("/versions");
  expect(seen(list.text)).toContain("Later &amp; calmer Live applied by Ada &lt;b&gt;");
  expect(seen(list.text)).toContain('The sequence "s": 1 step changed The mail a was changed');
  const [, path] = /href="(\/versions\/[0-9a-f]{12})"/.exec(list.text)!;
  const version = await get(path!);
  expect(version.status).toBe(200);
  const words = seen(version.text);
  expect(words).toContain("Leads in a sequence that changed finish the version that they began.");
  expect(words).toContain("- - wait: 2d + - wait: 5d");
  expect(version.text).toContain("<del>");
  expect(seen((await get("/leads/ada%40x.example")).text)).toContain("Open Earlier version");
  expect((await get("/versions/abcdef")).status).toBe(404);
});
