import { expect, test } from "vitest";
import { readEnvironment } from "../../src/config/environment.io.ts";
import { InputError } from "../../src/config/problems.ts";

test("nothing set is enough", () => {
  expect(readEnvironment({})).toMatchObject({
    databaseUrl: "sqlite:./data/kindling.db",
    smtpUrl: null,
    imapUrl: null,
    baseUrl: "http://127.0.0.1:3000",
    host: "127.0.0.1",
    port: 3000,
    secrets: [],
    apiKey: null,
    logLevel: "info",
    trustedProxies: null,
  });
});

test("several secrets are read newest first", () => {
  const { secrets } = readEnvironment({ KINDLING_SECRET: "new-secret-of-2026, old-secret-of-2025" });
  expect(secrets).toEqual(["new-secret-of-2026", "old-secret-of-2025"]);
});

test("proxies that are believed are so many, or those at some addresses", () => {
  const read = (TRUST_PROXY: string) => readEnvironment({ TRUST_PROXY }).trustedProxies;
  expect(read("0")).toBeNull();
  expect(read("2")).toEqual({ hops: 2 });
  expect(read("10.0.0.0/8, ::1")).toEqual({ ranges: ["10.0.0.0/8", "::1"] });
  expect(() => read("yes")).toThrow('TRUST_PROXY: "yes" is neither a number of proxies nor an address range');
  expect(() => read("10.0.0.0/40,")).toThrow(InputError);
  expect(() => read("99")).toThrow("too many");
});

test("a base URL loses the slash at its end, and follows the port where it is not given", () => {
  expect(readEnvironment({ BASE_URL: "https://mail.acme.example/" }).baseUrl).toBe(
    "https://mail.acme.example",
  );
  expect(readEnvironment({ HOST: "0.0.0.0", PORT: "8080" }).baseUrl).toBe("http://localhost:8080");
});

test("a variable that files name is read here too", () => {
  const { variable } = readEnvironment({ CRM_WEBHOOK_SECRET: "s", EMPTY: "" });
  expect(variable("CRM_WEBHOOK_SECRET")).toBe("s");
  expect(variable("EMPTY")).toBeUndefined();
  expect(variable("MISSING")).toBeUndefined();
});

test("all that is wrong is said at once, and no secret is shown", () => {
  const wrong = () =>
    readEnvironment({
      DATABASE_URL: "mysql://root:hunter2@db",
      SMTP_URL: "mail.acme.example",
      BASE_URL: "mail.acme.example",
      PORT: "80a",
      KINDLING_SECRET: "hunter2",
      KINDLING_API_KEY: "hunter2 and more",
      LOG_LEVEL: "verbos",
    });
  expect(wrong).toThrow(InputError);
  let message = "";
  try {
    wrong();
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).not.toContain("hunter2");
  expect(message.split("\n").map((line) => line.split(":")[0])).toEqual([
    "PORT",
    "DATABASE_URL",
    "SMTP_URL",
    "BASE_URL",
    "KINDLING_SECRET",
    "KINDLING_API_KEY",
    "LOG_LEVEL",
  ]);
});
