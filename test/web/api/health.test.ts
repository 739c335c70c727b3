import { expect, test } from "vitest";
import { MINUTE } from "../../../src/instant.ts";
import { forEachDatabase } from "../../database.ts";
import { openHouse, START } from "./house.ts";

forEachDatabase("health", (open) => {
  test("a server says that it lives, and whether jobs keep up", async () => {
    const { call, clock } = await openHouse(await open());
    const plain = { headers: { authorization: "" } };
    expect(await call("GET", "/healthz", plain)).toMatchObject({ status: 200, body: { status: "ok" } });
    expect((await call("GET", "/readyz", plain)).status).toBe(200);
    await call("POST", "/api/events", { body: { email: "ana@acme.example", type: "page.viewed" } });
    clock.jumpTo(START + 2 * MINUTE);
    expect(await call("GET", "/readyz", plain)).toMatchObject({
      status: 503,
      body: { type: "/api/docs#not-ready", detail: "what arrived is not folded: no job runs" },
    });
    const metrics = (await call("GET", "/metrics", plain)).body as string;
    expect(metrics).toContain("kindling_inbox_waiting 1");
    expect(metrics).toContain("kindling_inbox_lag_seconds 120");
    expect(metrics).toContain(
      'kindling_http_requests_total{method="POST",route="/api/events",status="202"} 1',
    );
  });

  test("no address is in the metrics", async () => {
    const { call } = await openHouse(await open());
    await call("PUT", "/api/leads/ana@acme.example", { body: {} });
    await call("GET", "/api/leads/nobody@acme.example");
    const metrics = (await call("GET", "/metrics")).body as string;
    expect(metrics).not.toContain("acme");
    expect(metrics).toContain('route="/api/leads/:email",status="201"');
  });

  test("a database that is gone is said, not thrown", async () => {
    const database = await open();
    const { call } = await openHouse(database);
    await database.close();
    expect(await call("GET", "/readyz")).toMatchObject({
      status: 503,
      body: { detail: "the database does not answer" },
    });
    expect((await call("GET", "/healthz")).status).toBe(200);
  });

  test("the API describes itself, for machines and for people, without a key", async () => {
    const { call } = await openHouse(await open());
    const plain = { headers: { authorization: "" } };
    const { status, body } = await call("GET", "/api/openapi.json", plain);
    expect(status).toBe(200);
    expect(body.openapi).toBe("3.1.0");
    expect(body.components.securitySchemes).toEqual({ key: { type: "http", scheme: "bearer" } });
    expect(body.paths["/api/events"].post.requestBody.required).toBe(true);
    expect(body.paths["/metrics"].get.security).toEqual([]);
    expect(body.paths["/readyz"].get.responses["503"].content).toHaveProperty("application/problem+json");
    const page = await call("GET", "/api/docs", plain);
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page.body).not.toMatch(/<script|https?:\/\//);
    for (const path of Object.keys(body.paths)) expect(page.body).toContain(`<code>${path}</code>`);
    expect(page.body).toContain('id="too-many-attempts"');
  });

  test("every answer carries what keeps browsers from guessing", async () => {
    const { call } = await openHouse(await open());
    for (const path of ["/api/leads", "/api/nothing", "/healthz", "/nothing"]) {
      const { headers } = await call("GET", path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    }
  });
});
