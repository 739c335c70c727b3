import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { sql } from "kysely";
import { SMTPServer } from "smtp-server";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { discreet, passwordsIn } from "../../src/config/discreet.ts";
import { forEachDatabase, temporaryFolder } from "../database.ts";
import { COMPANY } from "./company.ts";
import { FIREFOX } from "./server.ts";
import { freePort } from "../free-port.ts";

const MAIN = new URL("../../dist/src/main.js", import.meta.url).pathname;

/** Each stands somewhere in what is sent or configured, and nowhere else. */
const SECRETS = {
  secret: "quokka-kindling-secret-1",
  apiKey: "quokka-environment-key-2",
  smtpPassword: "quokka-smtp-password-3",
  webhookSecret: "quokka-webhook-secret-4",
  chatPath: "quokka-chat-path-5",
  wrongKey: "knd_quokkawrongkey6",
  userPassword: "quokka-user-password-7",
};
const PERSON = {
  address: "numbat.lead@customer.example",
  gone: "numbat.gone@customer.example",
  name: "Numbatina",
  company: "Numbat Ltd",
  subject: "numbat reply subject",
  query: "numbat-query-string",
  property: "numbat-property",
  agent: "NumbatBrowser/7",
};

interface Init {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
}

interface Running {
  readonly child: ChildProcess;
  /** All that it has said, on both lines. */
  said(): string;
  readonly ended: Promise<unknown>;
}

function kindling(
  folder: string,
  environment: Readonly<Record<string, string>>,
  ...options: string[]
): Running {
  const env = {
    PATH: process.env["PATH"],
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
    ...environment,
  };
  const child = spawn(process.execPath, [MAIN, ...options], { cwd: folder, env });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise((resolve) => child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { child, said: () => said, ended };
}

/** A mail server that asks for a password, takes mail for one recipient and refuses all others by their address. */
async function openMailServer(): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.password === SECRETS.smtpPassword
        ? done(null, { user: "mailer" })
        : done(new Error(`wrong password ${auth.password}`)),
    onRcptTo({ address }, _session, done) {
      asked.push(address);
      if (address === PERSON.address) done();
      else
        done(Object.assign(new Error(`<${address}>: ${PERSON.name} is over quota`), { responseCode: 452 }));
    },
    onData(stream, _session, done) {
      stream.on("end", () =>
        done(Object.assign(new Error(`refused for ${PERSON.address}`), { responseCode: 451 })),
      );
      stream.resume();
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, asked };
}

function writeCompany(folder: string): void {
  const files = {
    ...COMPANY,
    "config/kindling.yaml": `${COMPANY["config/kindling.yaml"]}webhooks:
  - { webhook: crm, url: "http://127.0.0.1:9/hook", on: [demo.requested], secret_env: CRM_SECRET }
`,
    "config/reps.yaml": `${COMPANY["config/reps.yaml"]}channels: { chat: { url_env: CHAT_URL } }\n`,
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** What of all that may not be there is there. */
function found(said: string, more: readonly string[] = []): string[] {
  return [...Object.values(SECRETS), ...Object.values(PERSON), ...more].filter((mark) => said.includes(mark));
}

forEachDatabase("what running servers say", (open, { kind, url }) => {
  test("has no secret and nothing of any person in it, at the finest level, whatever goes wrong", async () => {
    const folder = temporaryFolder();
    writeCompany(folder);
    const database = await open();
    const { port: smtpPort, asked } = await openMailServer();
    const port = await freePort();
    const environment = {
      DATABASE_URL: url(database),
      SMTP_URL: `smtp://mailer:${SECRETS.smtpPassword}@127.0.0.1:${smtpPort}`,
      PORT: String(port),
      KINDLING_SECRET: SECRETS.secret,
      KINDLING_API_KEY: SECRETS.apiKey,
      CRM_SECRET: SECRETS.webhookSecret,
      CHAT_URL: `http://127.0.0.1:9/${SECRETS.chatPath}`,
      LOG_LEVEL: "trace",
    };
    const web = kindling(folder, environment, "start", ...(kind === "sqlite" ? [] : ["--role", "web"]));
    await vi.waitFor(() => expect(web.said()).toContain("Kindling is at"), { timeout: 20_000 });
    const servers =
      kind === "sqlite" ? [web] : [web, kindling(folder, environment, "start", "--role", "worker")];
    const said = () => servers.map((one) => one.said()).join("");

    const ask = async (path: string, init: Init = {}) => {
      const { key = SECRETS.apiKey, ...rest } = init;
      const headers = { authorization: `Bearer ${key}`, "user-agent": `${FIREFOX} ${PERSON.agent}` };
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        ...rest,
        headers: { ...headers, ...rest.headers },
      });
      return answer.text();
    };
    const post = (path: string, body: unknown, headers = { "content-type": "application/json" }) =>
      ask(path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers });
    const attributes = { first_name: PERSON.name, company: PERSON.company };
    for (const email of [PERSON.address, PERSON.gone]) {
      await ask(`/api/leads/${email}`, {
        method: "PUT",
        body: JSON.stringify({ attributes }),
        headers: { "content-type": "application/json" },
      });
      await post("/api/events", [
        { email, type: "welcome.asked", properties: { note: PERSON.property } },
        { email, type: "demo.requested" },
      ]);
    }
    await post("/api/events", `{"email":"${PERSON.address}","type":${PERSON.property}`);
    await post("/api/events", {
      email: PERSON.address,
      type: "no such type",
      properties: { [PERSON.property]: 1 },
    });
    await ask(`/api/leads?q=${PERSON.query}`);
    await ask(`/api/leads/${PERSON.address}/export`);
    await ask(`/leads/${PERSON.address}?${PERSON.query}`);
    await ask(`/t/c/nonsense?${PERSON.query}`);
    await ask(`/${PERSON.query}/%ff?${PERSON.query}`);
    await ask("/api/leads", { key: SECRETS.wrongKey });
    await post("/t/e", {
      type: "form.submitted",
      form: "x",
      email: "numbat.form@customer.example",
      fields: { name: PERSON.name },
    });
    await post("/login", `email=${PERSON.address}&password=${SECRETS.userPassword}`, {
      "content-type": "application/x-www-form-urlencoded",
    });
    await post("/hooks/postmark", { Email: PERSON.address });
    await vi.waitFor(() => expect(asked).toEqual(expect.arrayContaining([PERSON.address, PERSON.gone])), {
      timeout: 15_000,
    });
    await post(
      "/hooks/inbound",
      `From: ${PERSON.address}\r\nTo: ada@acme.example\r\nSubject: ${PERSON.subject}\r\n\r\nHi\r\n`,
    );
    await vi.waitFor(() => expect(said()).toContain("a webhook was not delivered"), { timeout: 15_000 });

    // From here on the database refuses what it is to keep, and quotes it.
    if (kind === "postgres") {
      await sql`alter table webhook_deliveries add constraint quoting check (tries = 0) not valid`.execute(
        database.kysely,
      );
      await sql`alter table leads add constraint quoting check (id < 0) not valid`.execute(database.kysely);
      await post("/api/events", { email: PERSON.address, type: "demo.requested" });
      await post("/api/events", { email: "numbat.late@customer.example", type: "welcome.asked" });
      await ask(`/api/leads/${PERSON.address}/resume`, { method: "POST" });
      await vi.waitFor(() => expect(said()).toContain('"job":"webhooks"'), {
        timeout: 15_000,
      });
    }
    for (const { child } of servers) child.kill("SIGTERM");
    await Promise.all(servers.map(({ ended }) => ended));
    expect(said()).toContain("stopping");
    const password = kind === "postgres" ? [new URL(url(database)).password] : [];
    expect(found(said(), ["numbat", "quokka", "Numbat", ...password])).toEqual([]);
  });
});

test("a configuration that can't be used is told of without its secrets", async () => {
  const folder = temporaryFolder();
  writeCompany(folder);
  const wrong: Readonly<Record<string, string>>[] = [
    {
      DATABASE_URL: `mysql://user:${SECRETS.userPassword}@127.0.0.1/x`,
      SMTP_URL: `http://u:${SECRETS.smtpPassword}@h`,
      IMAP_URL: `pop://u:${SECRETS.webhookSecret}@h`,
      BASE_URL: `http://u:${SECRETS.apiKey}@h/?${SECRETS.chatPath}`,
      KINDLING_SECRET: "quokka",
    },
    { DATABASE_URL: `postgres://user:${SECRETS.secret}@127.0.0.1:1/x` },
    { SMTP_URL: `smtp://u:${SECRETS.smtpPassword}@127.0.0.1:1` },
  ];
  const said = await Promise.all(
    wrong.map(async (environment) => {
      const { ended, said: text } = kindling(
        folder,
        { LOG_LEVEL: "trace", PORT: "0", ...environment },
        "start",
      );
      expect(await ended).not.toBe(0);
      return text();
    }),
  );
  for (const text of said) {
    expect(text).toMatch(/DATABASE_URL|SMTP_URL|PostgreSQL/);
    expect(found(text, ["quokka"])).toEqual([]);
  }
});

describe("what nobody thought of", () => {
  const words = discreet(["the secret", ...passwordsIn("smtp://u:p%40ssword@h", null, "sqlite:x")]);

  test("in an error's text or stack is left out, and its fields are", () => {
    const error = Object.assign(
      new Error(`550 <${PERSON.address}>: no such user, says the secret of p@ssword`),
      {
        code: "23514",
        detail: `Failing row contains (1, ${PERSON.address})`,
        response: `550 ${PERSON.address}`,
      },
    );
    const { err } = words.details({ err: error }) as { err: Record<string, string> };
    expect(Object.keys(err)).toEqual(["type", "message", "stack", "code"]);
    expect(err["message"]).toBe("550 <[address]>: no such user, says [secret] of [secret]");
    expect(err["stack"]).toContain("logs.test.ts");
    expect(JSON.stringify(err)).not.toContain("numbat");
  });

  test.each([
    [
      "postgres://kindling:hush@db.example/x can't be reached",
      "postgres://[secret]@db.example/x can't be reached",
    ],
    ["GET https://k.example/t/c/AbCdEfGh12345678?x", "GET https://k.example/t/c/[token]?x"],
    ["GET /r/AbCdEfGh12345678", "GET /r/[token]"],
    ["key knd_abcDEF-123_456 is unknown", "key [secret] is unknown"],
    [
      'Unexpected token \'a\', "ada {"x"" is not valid JSON',
      "Unexpected token 'a', [text] is not valid JSON",
    ],
    ['invalid input syntax for type bigint: "Ada"', "invalid input syntax for type bigint: [text]"],
    [
      "at file:///app/node_modules/@hono/node-server/x.js:1:2",
      "at file:///app/node_modules/@hono/node-server/x.js:1:2",
    ],
  ])("%s", (said, told) => {
    expect(words.text(said)).toBe(told);
    expect(words.details({ deep: [{ reason: said }] })).toEqual({ deep: [{ reason: told }] });
  });
});
