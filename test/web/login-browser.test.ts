import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import chromium from "@sparticuz/chromium";
import { chromium as playwright } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { created } from "../reps/house.ts";
import { openInMemory, PASSWORD } from "./visitors.ts";

test("in a browser without script a rep logs in, sees their lead, logs out, and Back shows nothing of it", async () => {
  const house = await openInMemory("http://localhost:3000");
  await house.user("maria", "rep", "maria");
  await house.arrive("hers@x.example", created({ first_name: "Hera" }));
  await house.arrive("hers@x.example", { kind: "set", owner: "maria", stage: "mql" });
  const origin = await new Promise<string>((resolve) => {
    const server = serve({ fetch: house.app.fetch, hostname: "127.0.0.1", port: 0 }, (info: AddressInfo) =>
      resolve(`http://127.0.0.1:${info.port}`),
    );
    onTestFinished(() => void server.close());
  });
  const browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ["--no-sandbox"],
    headless: true,
  });
  onTestFinished(() => browser.close());
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();

  await page.goto(`${origin}/leads/hers%40x.example`);
  expect(await page.title()).toBe("Log in · Kindling");
  await page.getByLabel("Email").fill("Maria@Acme.example");
  await page.getByLabel("Password").fill("not her password");
  await page.getByRole("button", { name: "Log in" }).click();
  expect(await page.getByRole("alert").textContent()).toBe("The address or the password is wrong.");
  expect(await page.getByLabel("Email").inputValue()).toBe("Maria@Acme.example");

  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  expect(page.url()).toBe(`${origin}/leads/hers%40x.example`);
  expect(house.warnings).toEqual([]);
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Hera");
  await page.getByRole("link", { name: "Leads" }).click();
  expect(await page.getByRole("row").count()).toBe(2);

  await page.getByLabel("Logged in as maria@acme.example").click();
  await page.getByRole("button", { name: "Log out" }).click();
  expect(page.url()).toBe(`${origin}/login`);
  for (let back = 0; back < 2; back++) {
    await page.goBack();
    expect(await page.title()).toBe("Log in · Kindling");
    expect(await page.content()).not.toContain("Hera");
  }
});
