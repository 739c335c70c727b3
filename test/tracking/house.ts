import type { TrustedProxies } from "../../src/config/environment.io.ts";
import { migrateToLatest } from "../../src/db/migrate.store.ts";
import { openDatabase } from "../../src/db/open.io.ts";
import { openSpool } from "../../src/db/spool.io.ts";
import type { Row } from "../../src/db/tables.ts";
import { virtualClock } from "../../src/clock.ts";
import {
  sequencePrefix,
  signToken,
  templatePrefix,
  tokenKeys,
  type TokenFields,
  type TokenKind,
} from "../../src/email/token.ts";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { eventInput } from "../../src/events/input.ts";
import { readLog } from "../../src/events/log.store.ts";
import type { LoggedEvent } from "../../src/events/event.ts";
import { parseInstant } from "../../src/instant.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { suppressionKeys } from "../../src/leads/suppression.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { stockUp } from "../../src/lifecycle/ids.store.ts";
import type { Spine } from "../../src/lifecycle/spine.ts";
import { loadProgramme } from "../../src/programme/load.ts";
import type { Programme } from "../../src/programme/programme.ts";
import { applyVersion } from "../../src/programme/versions.store.ts";
import type { TrackingDeps } from "../../src/tracking/deps.ts";
import { openDestinations } from "../../src/tracking/destinations.run.ts";
import { openInbox } from "../../src/tracking/inbox.run.ts";
import { trackingRoutes } from "../../src/tracking/tracking.routes.ts";
import { temporaryFolder } from "../database.ts";

export const NOON = parseInstant("2026-03-02T12:00:00Z")!;
export const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:124.0) Gecko/20100101 Firefox/124.0";
export const BASE = "https://mail.acme.example";
export const ADA = "ada@customer.example";

const SETTINGS = `
company: { name: Acme, address: "1 Main Street, Lisbon", country: PT, timezone: Europe/Lisbon, locale: en }
mail: { from: Ada at Acme <ada@acme.example> }
topics: [ { topic: product, title: Product news }, { topic: events, title: Webinars } ]
utm: { source: kindling, campaign: "{{sequence}}", content: "{{template}}" }
tracking: { settle: 60s, scanner_ranges: [198.51.100.0/24, "2001:db8:bad::/48"], relay_ranges: [203.0.113.0/24] }
`;

const SCORING = `
model: default
title: All
thresholds: { warm: 25, hot: 50 }
engagement:
  rules:
    - { rule: opened, on: email.opened, points: 1, once_per: message }
    - { rule: clicked, on: email.clicked, points: 5 }
    - { rule: page, on: page.viewed, points: 3 }
`;

const SEQUENCE = `
sequence: warm-nurture
title: Warm leads
enter: [ { event: demo.requested } ]
steps: [ { send: warm/case-study }, { send: warm/two-links }, { send: warm/no-links } ]
`;

const template = (title: string, body: string) => `---
subject: '${title} for {{first_name "you"}}'
topic: product
---
<mj-section><mj-column><mj-text>${body} <a href="{{unsubscribe_url}}">Unsubscribe</a></mj-text></mj-column></mj-section>
`;

const link = (path: string) => `<a href="https://www.acme.example/${path}">${path}</a>`;

export const FILES: Readonly<Record<string, string>> = {
  "config/kindling.yaml": SETTINGS,
  "config/scoring/default.yaml": SCORING,
  "config/sequences/warm-nurture.yaml": SEQUENCE,
  "templates/warm/case-study.mjml": template(
    "The case",
    ["pricing", "case?a=1#top", "demo", "trial", "münchen"].map(link).join(" "),
  ),
  "templates/warm/two-links.mjml": template("Two", ["one", "two"].map(link).join(" ")),
  "templates/warm/no-links.mjml": template("None", "Nothing to follow."),
};

interface From {
  readonly agent?: string;
  readonly ip?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | FormData | URLSearchParams;
}

export interface HouseOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly database?: string;
  readonly sites?: readonly string[];
  readonly proxies?: TrustedProxies | null;
}

/** The tracking room over a real SQLite, with one lead, Ada, who got mails. Nothing runs but what a test asks for. */
export async function openHouse({ files = FILES, database, sites = [], proxies = null }: HouseOptions = {}) {
  const db = await openDatabase(database ?? "sqlite::memory:");
  await migrateToLatest(db.kysely);
  const loaded = await programmeOf(files);
  const { settings } = loaded;
  const programme = { ...loaded, settings: { ...settings, tracking: { ...settings.tracking, sites } } };
  const clock = virtualClock(NOON);
  const warnings: string[] = [];
  const spine: Spine = {
    db,
    clock,
    programme: () => programme,
    suppressionKeys: suppressionKeys(["a secret of this test"]),
    warn: (message) => warnings.push(message),
  };
  const keys = tokenKeys(["a secret of this test"]);
  const spoolPath = `${temporaryFolder()}/spool-${process.hrtime.bigint()}.jsonl`;
  const inbox = openInbox(spine, openSpool(spoolPath));
  await db.unit((trx) =>
    applyVersion(trx, programme, new Map(Object.entries(files)), { author: "test", message: "", at: NOON }),
  );
  const destinations = await openDestinations(db);
  destinations.follow(programme);
  let hurried = 0;
  const deps: TrackingDeps = {
    spine,
    clock,
    tokenKeys: keys,
    inbox,
    destinations,
    baseUrl: BASE,
    hurry: () => void hurried++,
    proxies,
  };
  const app = trackingRoutes(deps);

  const ask = async (path: string, from: From = {}): Promise<Response> =>
    app.request(
      path,
      {
        method: from.method ?? "GET",
        headers: { "user-agent": from.agent ?? FIREFOX, ...from.headers },
        ...(from.body === undefined ? {} : { body: from.body }),
      },
      { incoming: { socket: { remoteAddress: from.ip ?? "192.0.2.1" } } },
    );
  const token = <K extends TokenKind>(kind: K, fields: TokenFields[K]) => signToken(keys, kind, fields);
  const templateOf = (name: string) => programme.templates.get(name)!.get("")!;

  return {
    db,
    spine,
    clock,
    keys,
    inbox,
    app,
    deps,
    warnings,
    spoolPath,
    ask,
    token,
    templateOf,
    hurried: () => hurried,
    /** Makes a lead, as an import or the API would. */
    async lead(email = ADA, attributes: Readonly<Record<string, unknown>> = {}): Promise<void> {
      const inputs = [eventInput("lead.created", "system", { attributes })];
      await db.unit((trx) =>
        appendToInbox(trx, [{ to: { email }, at: clock.now(), live: true, create: "yes", inputs }]),
      );
      await drain(spine);
    },
    /** A mail that was sent to the lead; its number. */
    async mail(name = "warm/case-study", email = ADA): Promise<number> {
      const lead = (await findLead(db.kysely, email))!;
      const id = (await stockUp(db, 1)).message();
      const sent = templateOf(name);
      await db.kysely
        .insertInto("messages")
        .values(messageRow(id, lead.id, email, sent, programme))
        .execute();
      return id;
    },
    clickPath(message: number, number: number, name = "warm/case-study", sequence = "warm-nurture"): string {
      const prefix = templatePrefix(templateOf(name).hash);
      return `/t/c/${token("click", { message, template: prefix, link: number, sequence: sequencePrefix(sequence) })}`;
    },
    openPath: (message: number) => `/t/o/${token("open", { message })}.gif`,
    /** All that is in the lead's log but its creation, once the inbox is drained. */
    async log(email = ADA): Promise<LoggedEvent[]> {
      await drain(spine);
      const lead = await findLead(db.kysely, email);
      if (!lead) return [];
      const log = (await readLog(db.kysely, [lead.id])).get(lead.id) ?? [];
      return log.filter((event) => event.type !== "lead.created");
    },
    async score(email = ADA): Promise<number> {
      await drain(spine);
      const lead = (await findLead(db.kysely, email))!;
      const row = await db.kysely
        .selectFrom("scores")
        .select("total")
        .where("lead_id", "=", lead.id)
        .executeTakeFirstOrThrow();
      return row.total;
    },
  };
}

export type House = Awaited<ReturnType<typeof openHouse>>;

const programmes = new Map<Readonly<Record<string, string>>, Promise<Programme>>();

/** Compiled once for the tests of a file. */
function programmeOf(files: Readonly<Record<string, string>>): Promise<Programme> {
  const known = programmes.get(files) ?? load(files);
  programmes.set(files, known);
  return known;
}

async function load(files: Readonly<Record<string, string>>): Promise<Programme> {
  const loaded = await loadProgramme(new Map(Object.entries(files)));
  if ("programme" in loaded) return loaded.programme;
  throw new Error(
    loaded.problems.map((problem) => `${problem.file}:${problem.line} ${problem.message}`).join("\n"),
  );
}

function messageRow(
  id: number,
  lead: number,
  email: string,
  template: { readonly name: string; readonly hash: string; readonly links: readonly string[] },
  programme: Programme,
): Row<"messages"> {
  return {
    id,
    message_key: `test-${id}`,
    kind: "sequence",
    lead_id: lead,
    recipient: email,
    enrolment_id: null,
    sequence: "warm-nurture",
    step: "send-1",
    template: template.name,
    template_hash: template.hash,
    variant: null,
    locale: null,
    subject: "The case",
    variables: JSON.stringify({
      lead: { first_name: "Ada <b>" },
      email,
      company: programme.settings.company,
      rep: null,
      score: null,
      temperature: null,
      locale: "en",
      zone: "Europe/Lisbon",
    }),
    state: "sent",
    queued_at: NOON,
    due_at: NOON,
    priority: 0,
    domain: "customer.example",
    attempt: 1,
    tries: 0,
    lease_until: null,
    gated_at: NOON,
    sent_at: NOON,
    done_at: NOON,
    decision: "send",
    reason: null,
    until: null,
    opened_at: null,
    clicked_at: null,
    replied_at: null,
    unsubscribed_at: null,
    bounced_at: null,
    machine_at: null,
    hits: JSON.stringify({ links: template.links.length, list: [] }),
    programme: programme.hash,
  };
}

/** The settings with this change, as another `apply` would have them. */
export function withSettings(house: House, change: Partial<Programme["settings"]>): void {
  const programme = house.spine.programme();
  const changed = { ...programme, settings: { ...programme.settings, ...change } };
  Object.assign(house.spine, { programme: () => changed });
}

/** A database in a file, for tests that lock it or open it again. */
export function inFile(): string {
  return `sqlite:${temporaryFolder()}/house-${process.hrtime.bigint()}.db`;
}
