import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { sql } from "kysely";
import { beforeAll, expect, test } from "vitest";
import { COLUMNS, type Table } from "../../src/db/tables.ts";
import { appendToInbox, failInInbox, type Arrival } from "../../src/events/inbox.store.ts";
import { eventInput, type Input } from "../../src/events/input.ts";
import { DAY, parseInstant } from "../../src/instant.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { eraseLead } from "../../src/lifecycle/erase.run.ts";
import { SECTIONS, wholeRecord } from "../../src/lifecycle/export-lead.run.ts";
import { openWorld } from "../../src/world.ts";
import { createServer } from "../../src/web/server.routes.ts";
import { forEachDatabase, temporaryFolder } from "../database.ts";
import { bring, counts, fileOf } from "./import-house.ts";

const FILES: Readonly<Record<string, string>> = {
  "config/kindling.yaml": `
company: { name: Acme, address: 1 Main Street, timezone: UTC }
mail: { from: ada@acme.example }
topics: [{ topic: product, title: Product news }]
webhooks: [{ webhook: crm, url: "https://crm.example/hook", on: [score.crossed, deal.opened], secret_env: CRM }]
`,
  "config/reps.yaml": `
reps: [{ rep: maria, name: Maria, email: maria@acme.example }]
notices: [{ on: { temperature: hot }, deal: open }]
digest: { at: "08:00", days: [mon, tue, wed, thu, fri, sat, sun] }
channels: { chat: { url_env: CHAT } }
`,
  "config/segments.yaml": "segments: [{ segment: visitors, when: { did: page.viewed } }]\n",
  "config/scoring/default.yaml": `
model: default
thresholds: { warm: 10, hot: 30 }
engagement: { rules: [{ rule: pages, on: page.viewed, points: 20 }] }
`,
  "config/sequences/welcome.yaml": `
sequence: welcome
enter: [{ temperature: warm }]
holdout: 1%
steps:
  - { send: hello }
  - wait: 1d
  - ab: { variants: { a: hello, b: hello }, measure: clicked, confidence: 95% }
  - wait: 90d
`,
  "templates/hello.mjml":
    '---\nsubject: \'Hello {{first_name "you"}}\'\n---\n<mj-section><mj-column><mj-text>Hi {{first_name "you"}} <a href="https://acme.example/">x</a></mj-text></mj-column></mj-section>\n',
};

const FROM = parseInstant("2026-03-02T09:00:00Z")!;
const OLD = "zora-old+1@quill.example";
const ZORA = "zora@quill.example";
const NAME = "Zoraida";
/** Somebody whose address ends like hers. */
const OTHER = "dzora@quill.example";

let folder: string;

beforeAll(async () => {
  folder = join(temporaryFolder(), "company");
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
});

async function openStory(databaseUrl: string) {
  const [config, templates] = [join(folder, "config"), join(folder, "templates")];
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const world = await openWorld({ config, templates, from: FROM, seed: 7, databaseUrl, warn });
  const { app, spine, clock } = world;
  const tell = (email: string, ...inputs: Input[]) =>
    spine.db.unit((trx) =>
      appendToInbox(trx, [{ to: { email }, at: clock.now(), live: true, create: "yes", inputs }]),
    );
  const server = createServer({
    api: { spine, tokenKeys: app.tokenKeys, baseUrl: "https://mail.acme.example", apiKey: "k".repeat(40) },
    tracking: null,
  });
  const call = (method: string, path: string, body?: unknown, key?: string) =>
    server.request(path, {
      method,
      headers: {
        authorization: `Bearer ${"k".repeat(40)}`,
        "content-type": "application/json",
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const created = (attributes: Record<string, unknown>) =>
    eventInput("lead.created", "system", { attributes });
  const act = (type: string, properties = {}) => eventInput(type, "lead", properties);

  /** A lead who has a row in every table, and others who speak of her. */
  async function furnish(): Promise<void> {
    await tell(OLD, created({ first_name: NAME, phone: "+351 999" }), act("page.viewed", { path: "/" }));
    await tell(OTHER, created({ first_name: "Dora" }), act("lead.referred", { to: ZORA }));
    await world.settle();
    clock.jumpTo(FROM + DAY);
    await world.settle();
    await call("PUT", `/api/leads/${ZORA}`, { attributes: { last_name: NAME } }, "first");
    await call("POST", `/api/leads/${OLD}/rename`, { to: ZORA }, "second");
    const event = { email: ZORA, type: "page.viewed", properties: { path: "/b" }, id: `view-of-${ZORA}` };
    await call("POST", "/api/events", event);
    await tell(
      ZORA,
      act("page.viewed"),
      act("consent.given", { topic: "product", words: "yes", source: "x" }),
    );
    await world.settle();
    clock.jumpTo(FROM + 2 * DAY);
    await world.settle();
    const broken: Arrival = {
      to: { email: ZORA },
      at: clock.now(),
      live: true,
      create: "no",
      inputs: [act("form.submitted", { fields: { name: NAME } })],
    };
    await spine.db.unit(async (trx) => {
      await appendToInbox(trx, [broken]);
      const { id } = await trx
        .selectFrom("inbox")
        .select("id")
        .orderBy("id", "desc")
        .executeTakeFirstOrThrow();
      await failInInbox(trx, id, `Error: it was ${NAME}`);
    });
  }
  return { ...world, warnings, tell, call, act, created, furnish };
}

type Story = Awaited<ReturnType<typeof openStory>>;

/** Tables in which the text stands. */
async function tablesWith({ spine: { db } }: Story, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const table of Object.keys(COLUMNS) as Table[]) {
    const { rows } = await sql<object>`select * from ${sql.table(table)}`.execute(db.kysely);
    if (JSON.stringify(rows).toLowerCase().includes(text.toLowerCase())) found.push(table);
  }
  return found;
}

/** Files beside the database in which it stands. */
function filesWith(url: string, text: string): string[] {
  const path = url.slice("sqlite:".length);
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(basename(path)))
    .filter((name) =>
      readFileSync(join(dirname(path), name), "latin1")
        .toLowerCase()
        .includes(text.toLowerCase()),
    );
}

/** Every text of hers, as nobody else has it. */
const HERS = ['"' + ZORA, "zora.old", NAME, "/zora%40quill", "+351 999"];

forEachDatabase("erasing", (open, { kind, url }) => {
  async function story(): Promise<{ house: Story; databaseUrl: string }> {
    const database = await open();
    const databaseUrl = url(database);
    await database.close();
    return { house: await openStory(databaseUrl), databaseUrl };
  }

  test("leaves neither address nor name of a person in any table or file, while their hits arrive", async () => {
    const { house, databaseUrl } = await story();
    await house.furnish();
    const { spine, app } = house;
    const lead = (await findLead(spine.db.kysely, ZORA))!;
    for (const table of Object.keys(SECTIONS) as (keyof typeof SECTIONS)[]) {
      const column = table === "merged_leads" ? "into_id" : "lead_id";
      const { rows } =
        await sql`select 1 from ${sql.table(table)} where ${sql.ref(column)} = ${lead.id}`.execute(
          spine.db.kysely,
        );
      expect([table, rows.length > 0]).toEqual([table, true]);
    }
    const before = await tablesWith(house, NAME);
    for (const table of ["leads", "events", "messages", "webhook_deliveries", "inbox", "idempotency"])
      expect(before).toContain(table);
    const mail = await spine.db.kysely
      .selectFrom("messages")
      .select("id")
      .where("lead_id", "=", lead.id)
      .where("kind", "=", "sequence")
      .executeTakeFirstOrThrow();
    const torn = `${spine.spoolFile}.torn`;
    mkdirSync(dirname(torn), { recursive: true });
    writeFileSync(torn, `{"arrival":{"to":{"email":"${ZORA}"\n{"arrival":{"at":5\n`);
    if (kind === "sqlite") expect(filesWith(databaseUrl, NAME)).not.toEqual([]);
    let over = false;
    const hits = (async () => {
      for (let hit = 0; !over || hit < 20; hit++) {
        await app.inbox.append({
          to: { message: mail.id },
          at: house.clock.now(),
          live: true,
          create: "no",
          inputs: [
            eventInput("email.clicked", "lead", { url: "https://acme.example/" }, { message: mail.id }),
          ],
        });
        if (hit % 7 === 3) await drain(spine);
      }
    })();
    expect((await house.call("DELETE", `/api/leads/${ZORA}`)).status).toBe(200);
    over = true;
    await hits;
    await drain(spine);
    await house.settle();
    for (const text of HERS) expect([text, await tablesWith(house, text)]).toEqual([text, []]);
    expect(await tablesWith(house, OTHER)).toContain("leads");
    const referral = await spine.db.kysely
      .selectFrom("events")
      .select("properties")
      .where("type", "=", "lead.referred")
      .execute();
    expect(referral).toEqual([{ properties: '{"to":"(erased)"}' }]);
    expect(readFileSync(torn, "utf8")).toBe('{"arrival":{"at":5\n');
    rmSync(torn);
    if (kind === "sqlite") {
      for (const text of HERS) expect([text, filesWith(databaseUrl, text)]).toEqual([text, []]);
    }
    expect(house.warnings).toEqual([]);
    expect((await house.call("DELETE", `/api/leads/${ZORA}`)).status).toBe(404);
    await app.close();
  });

  test("leaves a keyed hash, so that an import brings nobody back into the mail", async () => {
    const { house } = await story();
    await house.furnish();
    await eraseLead(house.spine, ZORA);
    // What was said of her before, and waited in the spool meanwhile, makes her no lead.
    const late = { to: { email: ZORA }, at: house.clock.now() - 1, live: true, create: "form" as const };
    await house.spine.db.unit((trx) =>
      appendToInbox(trx, [{ ...late, inputs: [house.act("form.submitted", { fields: {} })] }]),
    );
    await drain(house.spine);
    expect(await findLead(house.spine.db.kysely, ZORA)).toBeNull();
    await bring(house.spine, await fileOf(`email\n${ZORA}\n${OLD}\n`));
    for (const email of [ZORA, OLD])
      expect((await findLead(house.spine.db.kysely, email))?.suppressed).toBe("erased");
    await house.app.close();
  });

  test("leaves no address in the id of another's event, which counts as seen still", async () => {
    const { house } = await story();
    const event = { email: OTHER, type: "lead.referred", id: `ref-${ZORA}-2` };
    const post = async () => (await house.call("POST", "/api/events", event)).json();
    const csv = `email,type,at,id\n${OTHER},page.viewed,2026-03-01T09:00:00Z,view-of-${ZORA}\n`;
    const file = await fileOf(csv);
    const bringEvent = async () => counts(await bring(house.spine, file, { kind: "events" }));
    expect(await post()).toEqual({ accepted: 1, duplicates: 0 });
    expect(await bringEvent()).toEqual({ recorded: 1 });
    expect(await tablesWith(house, `-${ZORA}`)).toEqual(["event_keys"]);
    await eraseLead(house.spine, ZORA);
    for (let twice = 0; twice < 2; twice++) {
      expect(await tablesWith(house, `-${ZORA}`)).toEqual([]);
      expect(await post()).toEqual({ accepted: 0, duplicates: 1 });
      expect(await bringEvent()).toEqual({ unchanged: 1 });
    }
    await house.app.close();
  });

  test("the whole record has a part for every table that names a lead", async () => {
    const { house } = await story();
    await house.furnish();
    const record = (await wholeRecord(house.spine, ZORA))!;
    const named = Object.entries(COLUMNS).flatMap(([table, columns]) =>
      "lead_id" in columns ? [table] : [],
    );
    expect(named.toSorted()).toEqual(Object.keys(SECTIONS).toSorted());
    for (const section of [...Object.values(SECTIONS), "webhook_deliveries", "api_answers", "set_aside"]) {
      expect([section, record[section]]).not.toEqual([section, undefined]);
      expect([section, record[section]]).not.toEqual([section, []]);
    }
    const answer = await house.call("GET", `/api/leads/${ZORA}/export`);
    expect(await answer.json()).toEqual(record);
    await house.app.close();
  });
});

/** Tables without a lead's number that an erasure looks through, and those that can name nobody. */
const LOOKED_THROUGH = ["inbox", "leads", "idempotency", "webhook_deliveries", "message_decisions"];
const NAMELESS =
  "provider_requests templates tallies winners suppressions reps versions applies definitions settings api_keys".split(
    " ",
  );
/** People who log in: `users remove`. */
const OUR_OWN = ["users", "sessions"];

test("a table without a lead's number is looked through, or can name no lead", () => {
  const without = Object.entries(COLUMNS).flatMap(([table, columns]) =>
    "lead_id" in columns ? [] : [table],
  );
  expect(without.filter((table) => ![...LOOKED_THROUGH, ...NAMELESS, ...OUR_OWN].includes(table))).toEqual(
    [],
  );
});
