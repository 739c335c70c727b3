import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openDatabase } from "../src/db/open.io.ts";
import type { Db } from "../src/db/tables.ts";
import { serving, startProgram, type Ended, type Product } from "./product.ts";
import { freePort } from "../test/free-port.ts";

export interface HouseOptions {
  /** `SMTP_URL`; mail is captured where left out. */
  readonly smtpUrl?: string;
  /** A file of its own where left out. */
  readonly databaseUrl?: string;
  /** Lines under `mail:` of `config/kindling.yaml`. */
  readonly mail?: string;
  /** More files, or others in place of those that are there, by their path: `config/reps.yaml`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A small company: its sequence `one` sends the mail `hello` to whom an event `go.one` befalls. */
export interface House {
  readonly folder: string;
  readonly databaseUrl: string;
  /** Where the program answers, once it is started; the same over all starts. */
  readonly baseUrl: string;
  /** Starts the server and waits until it serves. A role other than all needs PostgreSQL. */
  start(options?: {
    readonly role?: string;
    readonly environment?: Readonly<Record<string, string>>;
  }): Promise<Product>;
  /** Runs another command to its end: `run("hold")`. */
  run(...options: readonly string[]): Promise<Ended>;
  /** Calls the API with an admin key; throws where nobody answers. */
  api(method: string, path: string, body?: unknown): Promise<Response>;
  /** Has so many leads (`lead0@d0.example`, …) begin the sequence `one`; their addresses. */
  addLeads(count: number): Promise<string[]>;
  /** Has the event `go.SEQUENCE` befall these leads, by the API; new ones are made. */
  begin(sequence: string, emails: readonly string[]): Promise<void>;
  /**
   * Reads the database by a connection of its own. While no server runs a file is checkpointed by this, which the next
   * start would have had to do: ask between a SIGKILL and the next start only where that does not matter.
   */
  read<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Asks the database again and again until it is so; throws after `limit` ms. */
  until(what: string, limit: number, holds: (db: Db) => Promise<boolean>): Promise<void>;
}

const API_KEY = "an-admin-key-of-the-torture";

const FILES: Readonly<Record<string, string>> = {
  "config/sequences/one.yaml": `sequence: one
title: The one
enter: [ { event: go.one } ]
steps:
  - send: hello
`,
  "templates/hello.mjml": `---
subject: Hello
---
<mj-section><mj-column><mj-text>Hi. <a href="https://acme.example/page">Look</a>
<a href="{{unsubscribe_url}}">Stop</a></mj-text></mj-column></mj-section>
`,
};

function settings(mail: string): string {
  return `company: { name: Acme, address: "1 Main Street", country: PT, timezone: Europe/Lisbon }
mail:
  from: Ada at Acme <ada@acme.example>
  ${mail.trim().replaceAll("\n", "\n  ")}
`;
}

export async function openHouse(
  root: string,
  closing: <T extends { close(): Promise<void> | void }>(thing: T) => T,
  options: HouseOptions,
): Promise<House> {
  const folder = await mkdtemp(join(root, "house-"));
  const files = { "config/kindling.yaml": settings(options.mail ?? ""), ...FILES, ...options.files };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const databaseUrl = options.databaseUrl ?? `sqlite:${join(folder, "kindling.db")}`;
  const environment = {
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    KINDLING_SECRET: "a secret of the torture",
    KINDLING_API_KEY: API_KEY,
    LOG_LEVEL: "warn",
    ...(options.smtpUrl !== undefined && { SMTP_URL: options.smtpUrl }),
    ...options.environment,
  };

  async function read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const database = await openDatabase(databaseUrl);
    try {
      return await work(database.kysely);
    } finally {
      await database.close();
    }
  }

  function api(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
  }

  async function begin(sequence: string, emails: readonly string[]): Promise<void> {
    for (let done = 0; done < emails.length; done += 1000) {
      const events = emails
        .slice(done, done + 1000)
        .map((email) => ({ email, type: `go.${sequence}`, id: `go.${sequence} ${email}` }));
      const answer = await api("POST", "/api/events", events);
      if (answer.status !== 202) throw new Error(`the leads were not taken: ${await answer.text()}`);
    }
  }

  return {
    folder,
    databaseUrl,
    baseUrl,
    start: ({ role = "all", environment: more } = {}) =>
      serving(
        closing(
          startProgram(
            [
              "start",
              "--role",
              role,
              "--config",
              join(folder, "config"),
              "--templates",
              join(folder, "templates"),
            ],
            { ...environment, ...more },
          ),
        ),
      ),
    run: (...command) => closing(startProgram(command, environment)).ended,
    api,
    async addLeads(count) {
      const emails = Array.from({ length: count }, (_, n) => `lead${n}@d${n % 20}.example`);
      await begin("one", emails);
      return emails;
    },
    begin,
    read,
    async until(what, limit, holds) {
      const end = performance.now() + limit;
      while (!(await read(holds))) {
        if (performance.now() > end) throw new Error(`waited ${limit / 1000} s in vain until ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    },
  };
}
