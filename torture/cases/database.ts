import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import Native from "better-sqlite3";
import type { Case, Context, Row } from "../case.ts";
import { said, tooMany } from "../counts.ts";
import { smallDisk } from "../full-disk.ts";
import { compareHits, readHits, startLoad, type Load } from "../hits.ts";
import type { House } from "../house.ts";
import { linksOf, type Links } from "../links.ts";
import type { Product } from "../product.ts";
import type { Sink } from "../sink.ts";

/** Nobody waits longer for a page. In ms. */
const PATIENCE = 3000;

/** What keeps the database from being written for a while. */
interface Harm {
  readonly title: string;
  /** In ms. */
  readonly lasts: number;
  begin(product: Product): void;
  end(product: Product): void;
}

/** The database can't be written for a while, under load and while mails leave. */
export const database: Case = {
  name: "database",
  run: (context) => Promise.all([locked(context), fullDisk(context)]),
};

async function locked(context: Context): Promise<Row> {
  const sink = await context.openSink();
  const house = await context.openHouse({ smtpUrl: sink.url });
  let other: Native.Database | undefined;
  context.closing({ close: () => void other?.close() });
  const seconds = context.quick ? 6 : 30;
  return suffer(context, house, sink, {
    title: `the database locked for ${seconds} s by another process`,
    lasts: seconds * 1000,
    begin() {
      other = new Native(pathOf(house));
      other.exec("begin immediate");
    },
    end: () => void other?.exec("rollback"),
  });
}

async function fullDisk(context: Context): Promise<Row> {
  const sink = await context.openSink();
  const elsewhere = await context.openHouse();
  const disk = context.closing(smallDisk(elsewhere.folder));
  const house = await context.openHouse({
    smtpUrl: sink.url,
    databaseUrl: `sqlite:${disk.folder}/kindling.db`,
  });
  const seconds = context.quick ? 2 : 10;
  return suffer(context, house, sink, {
    title: `disk full for ${seconds} s (${disk.how})`,
    lasts: seconds * 1000,
    begin({ pid }) {
      // Else there is room in the log that SQLite keeps beside the file: it uses it again and again.
      const file = new Native(pathOf(house));
      file.pragma("wal_checkpoint(truncate)");
      file.close();
      disk.fill(pid);
    },
    end: ({ pid }) => disk.free(pid),
  });
}

function pathOf({ databaseUrl }: House): string {
  return databaseUrl.slice("sqlite:".length);
}

async function suffer(context: Context, house: House, sink: Sink, harm: Harm): Promise<Row> {
  const count = context.scaled(400);
  const product = await house.start();
  await house.addLeads(count);
  await sink.reached(count);
  const links = await Promise.all(sink.mails.map(linksOf));
  const load = startLoad(house, links, context.random, 1);
  await load.reached(context.scaled(1000));
  await addMore(house, count);
  await sink.reached(count + Math.ceil(count / 10));

  context.say(harm.title);
  harm.begin(product);
  const seen = await watch(house, load, links, harm.lasts);
  harm.end(product);
  context.say(`${harm.title}: over`);

  await house.until("every mail has left", 60_000, async (db) => {
    const left = await db
      .selectFrom("messages")
      .select("id")
      .where("state", "in", ["queued", "sending"])
      .execute();
    return left.length === 0 && (await takes(house));
  });
  await load.stop();
  const spools = () => readdirSync(dirname(pathOf(house))).filter((name) => name.includes("spool"));
  await house.until("all that was put down is in the log", 60_000, async (db) => {
    const waiting = await db.selectFrom("inbox").select("id").limit(1).execute();
    return waiting.length === 0 && spools().length === 0;
  });
  const { status } = await product.kill("SIGTERM");
  return judge(house, sink, load, { title: harm.title, seen, status, mails: 2 * count });
}

async function addMore(house: House, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => ({
    email: `more${n}@d${n % 20}.example`,
    type: "go.one",
  }));
  const answer = await house.api("POST", "/api/events", events);
  if (answer.status !== 202) throw new Error(await answer.text());
}

async function takes(house: House): Promise<boolean> {
  const event = { email: "late@customer.example", type: "torture.over" };
  return (await house.api("POST", "/api/events", event)).status === 202;
}

interface Seen {
  /** Clicks that were answered with their page, and not. */
  readonly redirects: number;
  readonly failed: number;
  /** In ms. */
  readonly slowest: number;
  /** 503. */
  readonly refused: number;
}

/** Beside the load, a reader who clicks five times a second. */
async function watch(house: House, load: Load, links: readonly Links[], lasts: number): Promise<Seen> {
  const before = load.wrong.length;
  const end = performance.now() + lasts;
  let [redirects, failed, slowest] = [0, 0, 0];
  while (performance.now() < end) {
    const began = performance.now();
    const { click, to } = links[redirects % links.length]!;
    add(load.tried, `email.clicked ${to}`);
    const answer = await fetch(`${house.baseUrl}${click}`, { redirect: "manual" }).catch(() => null);
    if (answer?.status === 302) {
      redirects++;
      add(load.answered, `email.clicked ${to}`);
    } else failed++;
    slowest = Math.max(slowest, performance.now() - began);
    await setTimeout(200);
  }
  return { redirects, failed, slowest, refused: load.wrong.length - before };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

interface Outcome {
  readonly title: string;
  readonly seen: Seen;
  /** Of the program that was asked to stop. */
  readonly status: number | null;
  readonly mails: number;
}

async function judge(
  house: House,
  sink: Sink,
  load: Load,
  { title, seen, status, mails }: Outcome,
): Promise<Row> {
  const { lost, invented } = compareHits(load, await house.read(readHits));
  const rows = await house.read((db) => db.selectFrom("messages").select("state").execute());
  const unsent = rows.filter(({ state }) => state !== "sent").length;
  const file = new Native(pathOf(house), { readonly: true });
  const integrity = file.pragma("integrity_check", { simple: true });
  file.close();
  const wrong = load.wrong.filter((one) => !/^page\.viewed .*: 503$/.test(one));
  const twice = tooMany(sink);
  return {
    case: title,
    expected: `redirects go on, none over ${PATIENCE / 1000} s; 503 for the API; 0 answered hits lost, 0 mails lost or twice, integrity ok`,
    got: `${seen.redirects} redirects, the slowest ${(seen.slowest / 1000).toFixed(1)} s; ${said(
      [seen.failed, "failed"],
      [seen.refused, "times 503"],
      [wrong.length, "other answers"],
      [lost, `of ${load.count()} hits lost`],
      [invented, "recorded twice"],
      [mails - sink.mails.length + twice, `of ${mails} mails lost`],
      [twice, "twice"],
      [unsent, "not sent"],
    )}, integrity ${String(integrity)}`,
    ok:
      seen.redirects > 0 &&
      seen.slowest < PATIENCE &&
      seen.failed === 0 &&
      seen.refused > 0 &&
      wrong.length === 0 &&
      lost === 0 &&
      invented === 0 &&
      twice === 0 &&
      sink.mails.length === mails &&
      unsent === 0 &&
      rows.length === mails &&
      integrity === "ok" &&
      status === 0,
  };
}
