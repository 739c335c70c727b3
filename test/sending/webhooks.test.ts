import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { insertMany } from "../../src/db/batch.store.ts";
import type { Database } from "../../src/db/open.io.ts";
import { markBackup, noticeRestore } from "../../src/email/doubt.store.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/instant.ts";
import type { Programme } from "../../src/programme/programme.ts";
import { CHAT } from "../../src/reps/chat.ts";
import { httpPoster } from "../../src/sending/post.io.ts";
import { deliverWebhooks, nextWebhook, type Webhooks } from "../../src/sending/webhooks.run.ts";
import { forEachDatabase } from "../database.ts";
import { MONDAY, openHouse, programmeOf, type House } from "../reps/house.ts";

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let heard: Heard[];
let status: number;

beforeEach(async () => {
  heard = [];
  status = 200;
  server = createServer((request, answer) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      heard.push({ headers: request.headers, body });
      answer.writeHead(status, { location: "/elsewhere" }).end("thanks");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function address(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

async function withHook(secretEnv: string | null): Promise<Programme> {
  const programme = await programmeOf();
  const webhooks = [{ webhook: "crm", url: address(), on: [], secretEnv }];
  return { ...programme, settings: { ...programme.settings, webhooks } };
}

async function queue(db: Database, webhook: string, body: unknown, at = MONDAY - HOUR): Promise<void> {
  const row = {
    webhook,
    body: JSON.stringify(body),
    state: "waiting",
    tries: 0,
    due_at: MONDAY,
    at,
  };
  await db.unit((trx) =>
    insertMany(trx, "webhook_deliveries", [row], {
      columns: ["webhook", "body", "state", "tries", "due_at", "at"],
    }),
  );
}

const EVENT = { event: "notice.sent", email: "ana@x.example", data: { rep: "maria" } };

forEachDatabase("a webhook", (open, { kind }) => {
  let house: House;
  let webhooks: Webhooks;

  async function begin(programme: Programme, variables: Record<string, string> = {}): Promise<void> {
    house = await openHouse(await open(), programme);
    webhooks = {
      spine: house.spine,
      post: httpPoster({ allowPrivate: true }),
      variable: (name) => variables[name],
    };
  }

  async function rows() {
    return house.spine.db.kysely
      .selectFrom("webhook_deliveries")
      .select(["state", "tries", "due_at", "error"])
      .orderBy("id")
      .execute();
  }

  test("arrives once, signed over its time and body, under a name to know it by", async () => {
    await begin(await withHook("CRM_SECRET"), { CRM_SECRET: "hush" });
    await queue(house.spine.db, "crm", EVENT);
    expect(await deliverWebhooks(webhooks)).toBe(1);
    expect(await deliverWebhooks(webhooks)).toBe(0);
    expect(heard).toHaveLength(1);
    const { headers, body } = heard[0]!;
    const id = headers["idempotency-key"] as string;
    expect(JSON.parse(body)).toEqual({ id, at: "2026-03-02T09:00:00.000Z", ...EVENT });
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    const seconds = MONDAY / SECOND;
    const mac = createHmac("sha256", "hush").update(`${seconds}.${body}`).digest("hex");
    expect(headers["kindling-signature"]).toBe(`t=${seconds},v1=${mac}`);
    expect(await rows()).toEqual([{ state: "delivered", tries: 1, due_at: MONDAY, error: null }]);
    expect(await nextWebhook(webhooks)).toBeNull();
  });

  test("is tried again as mail is, the same bytes under the same name, and fails after the last time", async () => {
    await begin(await withHook(null));
    await queue(house.spine.db, "crm", EVENT);
    status = 503;
    const waits = [];
    for (let at = await nextWebhook(webhooks); at !== null; at = await nextWebhook(webhooks)) {
      waits.push(at - house.clock.now());
      house.clock.jumpTo(at);
      await deliverWebhooks(webhooks);
    }
    expect(waits).toEqual([0, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, DAY]);
    expect(await rows()).toMatchObject([{ state: "failed", tries: 7, error: "answered 503" }]);
    expect(new Set(heard.map(({ body }) => body)).size).toBe(1);
    expect(new Set(heard.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(heard[0]!.headers["kindling-signature"]).toBeUndefined();
  });

  test("is not sent unsigned where its secret is missing, nor to a name that is gone, nor after a redirect", async () => {
    await begin(await withHook("CRM_SECRET"));
    await queue(house.spine.db, "crm", EVENT);
    await queue(house.spine.db, "gone", EVENT);
    await deliverWebhooks(webhooks);
    expect(heard).toEqual([]);
    expect((await rows()).map(({ error }) => error)).toEqual([
      "CRM_SECRET is not set",
      'no webhook "gone" is configured any more',
    ]);
    await begin(await withHook(null));
    await queue(house.spine.db, "crm", EVENT);
    status = 302;
    await deliverWebhooks(webhooks);
    expect(heard).toHaveLength(1);
    expect((await rows())[0]).toMatchObject({ state: "waiting", error: "answered 302" });
  });

  test("to the chat is the text alone, at the address that the environment holds", async () => {
    await begin(await programmeOf(), { CHAT_URL: address() });
    await queue(house.spine.db, CHAT, { text: "Maria: Ana is hot" });
    await deliverWebhooks(webhooks);
    expect(heard.map(({ body }) => body)).toEqual(['{"text":"Maria: Ana is hot"}']);
  });

  test("goes out again after a restore, under the name that it had; what is new has a name that no lost one had", async () => {
    const names: unknown[] = [];
    for (const told of [EVENT, EVENT, { ...EVENT, email: "bea@x.example" }]) {
      await begin(await withHook(null));
      await queue(house.spine.db, "crm", told);
      await markBackup(house.spine.db.kysely, MONDAY);
      await noticeRestore(house.spine.db.kysely, MONDAY);
      await deliverWebhooks(webhooks);
      names.push(heard.at(-1)!.headers["idempotency-key"]);
    }
    expect(heard).toHaveLength(3);
    expect(names[1]).toBe(names[0]);
    expect(names[2]).not.toBe(names[0]);
  });

  test("to the chat is not told again after a restore", async () => {
    await begin(await programmeOf(), { CHAT_URL: address() });
    await queue(house.spine.db, CHAT, { text: "Maria: Ana is hot" });
    await markBackup(house.spine.db.kysely, MONDAY - HOUR);
    await noticeRestore(house.spine.db.kysely, MONDAY - MINUTE);
    await deliverWebhooks(webhooks);
    expect(heard).toEqual([]);
    expect(await rows()).toMatchObject([{ state: "skipped", error: "due before the backup was restored" }]);
    await queue(house.spine.db, CHAT, { text: "Maria: Bea is hot" }, MONDAY);
    await deliverWebhooks(webhooks);
    expect(heard.map(({ body }) => body)).toEqual(['{"text":"Maria: Bea is hot"}']);
  });

  test("never reaches a private address unless that is asked for", async () => {
    await begin(await withHook(null));
    webhooks = { ...webhooks, post: httpPoster() };
    await queue(house.spine.db, "crm", EVENT);
    await deliverWebhooks(webhooks);
    expect(heard).toEqual([]);
    expect((await rows())[0]!.error).toMatch(/private|not allowed/i);
  });

  test("in virtual time goes nowhere", async () => {
    await begin(await withHook(null));
    webhooks = { spine: house.spine, variable: () => undefined };
    await queue(house.spine.db, "crm", EVENT);
    expect(await deliverWebhooks(webhooks)).toBe(1);
    expect(heard).toEqual([]);
    expect(await rows()).toMatchObject([{ state: "skipped" }]);
    expect(house.warnings).toEqual([]);
  });

  test("goes out once where two workers look at the same moment", async () => {
    const db = await open();
    house = await openHouse(db, await withHook(null));
    // A database of SQLite belongs to one process, whose passes may still meet.
    const other = await openHouse(kind === "sqlite" ? db : await open(db), house.spine.programme());
    for (let each = 0; each < 30; each++) await queue(db, "crm", EVENT);
    const post = httpPoster({ allowPrivate: true });
    const variable = () => undefined;
    await Promise.all([house, other].map(({ spine }) => deliverWebhooks({ spine, post, variable })));
    expect(heard).toHaveLength(30);
    expect(new Set(heard.map(({ headers }) => headers["idempotency-key"])).size).toBe(30);
  });
});

describe("an address that is none", () => {
  test("is an error, not a crash", async () => {
    const post = httpPoster({ allowPrivate: true });
    for (const url of ["", "ftp://x.example/"]) {
      await expect(post({ url, headers: {}, body: "{}" })).rejects.toThrow(
        "the address is not http or https",
      );
    }
    await expect(post({ url: "http://127.0.0.1:1/", headers: {}, body: "{}" })).rejects.toThrow(
      "ECONNREFUSED",
    );
  });
});
