import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import type { ReceivedMail } from "../../test/flows/sending-sink.ts";
import { startPostgres } from "../../test/postgres.ts";
import type { Case, Context, Row } from "../case.ts";
import { steppedClock } from "../clock.ts";
import { said } from "../counts.ts";
import type { House } from "../house.ts";
import { TWO_MAILS } from "../two-mails.ts";

const run = promisify(execFile);

const HOUR = 3_600_000;

/** How a database is backed up while a server runs, and put back. */
interface Means {
  readonly title: string;
  /** Of the first company; undefined: a file in its own folder. */
  readonly databaseUrl?: string;
  backUp(house: House): Promise<void>;
  /** Makes the second company's database; it has its environment, and nothing of it has run. */
  putBack(house: House): Promise<void>;
  /** Of the second company. */
  readonly otherUrl?: string;
}

/** A backup that is made while mails leave; the company lives on, loses its database, and goes on from the backup. */
export const restore: Case = {
  name: "restore",
  run: (context) => Promise.all([restored(context, sqlite()), overPostgres(context)]),
};

function sqlite(): Means {
  let file = "";
  return {
    title: "`kindling backup` during the run, restored",
    async backUp(house) {
      file = join(house.folder, "backup.db");
      const { status, err } = await house.run("backup", file);
      if (status !== 0) throw new Error(`the backup failed: ${err}`);
    },
    putBack: (house) => copyFile(file, house.databaseUrl.slice("sqlite:".length)),
  };
}

async function overPostgres(context: Context): Promise<Row> {
  const title = "pg_dump during the run, restored";
  const bin = postgresTools();
  if (bin === null) {
    const got = "not run: there is no PostgreSQL here that has pg_dump with it";
    return { case: title, expected: "nothing twice, what was due in doubt", got, ok: true };
  }
  const server = await startPostgres(bin);
  context.closing({ close: () => server.stop() });
  const urlOf = (name: string) => server.url.replace(/postgres$/, name);
  const client = new pg.Client(server.url);
  await client.connect();
  for (const name of ["first", "second"]) await client.query(`create database ${name}`);
  await client.end();
  let file = "";
  return restored(context, {
    title,
    databaseUrl: urlOf("first"),
    otherUrl: urlOf("second"),
    async backUp(house) {
      file = join(house.folder, "backup.dump");
      await run(join(bin, "pg_dump"), ["--format=custom", `--file=${file}`, urlOf("first")]);
    },
    async putBack(house) {
      await run(join(bin, "pg_restore"), ["--no-owner", `--dbname=${urlOf("second")}`, file]);
      const { status, err } = await house.run("backup", "--restored");
      if (status !== 0) throw new Error(`backup --restored failed: ${err}`);
    },
  });
}

/** The folder of a whole PostgreSQL, newest first; what npm installs has no pg_dump. */
function postgresTools(): string | null {
  const folders = globSync([
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
  ]);
  const isWhole = (folder: string) =>
    ["initdb", "postgres", "pg_dump", "pg_restore"].every((name) => existsSync(join(folder, name)));
  const number = (folder: string) => Number(/\d+/.exec(folder)?.[0] ?? 0);
  return folders.filter(isWhole).toSorted((a, b) => number(b) - number(a))[0] ?? null;
}

async function restored(context: Context, means: Means): Promise<Row> {
  const count = context.scaled(600);
  const sink = await context.openSink();
  const options = { smtpUrl: sink.url, files: TWO_MAILS };
  const house = await context.openHouse({
    ...options,
    ...(means.databaseUrl !== undefined && { databaseUrl: means.databaseUrl }),
  });
  const clock = steppedClock(house.folder);
  const product = await house.start({ environment: clock.environment });
  const leads = await house.addLeads(count);
  await sink.reached(Math.ceil(count / 4));
  await means.backUp(house);
  const beforeBackup = sink.mails.length;
  await sink.reached(count);
  // The last answers are written by then.
  await setTimeout(1000);
  await clock.step(HOUR);
  await sink.reached(2 * count);
  await product.kill();
  context.say(`${means.title}: the first company's database is lost`);

  const other = await context.openHouse({
    ...options,
    ...(means.otherUrl !== undefined && { databaseUrl: means.otherUrl }),
  });
  await means.putBack(other);
  await other.start({ environment: clock.environment });
  await quiet(other);
  const listed = await listInDoubt(other);
  const rows = await other.read((db) =>
    db.selectFrom("messages").select(["recipient", "template", "state"]).execute(),
  );
  const sent = new Set(rows.filter(({ state }) => state === "sent").map(keyOf));
  const all = leads.flatMap((recipient) =>
    ["hello", "again"].map((template) => keyOf({ recipient, template })),
  );
  const forgotten = all.filter((key) => !sent.has(key) && !listed.has(key)).length;
  const before = sink.mails.length;
  const answer = await other.api("POST", "/api/events", { email: "new@customer.example", type: "go.one" });
  if (answer.status !== 202) throw new Error(await answer.text());
  await Promise.race([sink.reached(before + 1), setTimeout(20_000)]);
  const late = sink.mails.slice(2 * count).map(({ to }) => to);
  const goesOn = late.includes("new@customer.example");
  const twice = sink.mails.length - new Set(sink.mails.map(subjectTo)).size;
  return {
    case: means.title,
    expected: "0 twice; what was due before the restore is listed in doubt; what comes later leaves",
    got: `backed up after ${beforeBackup} of ${2 * count} mails; ${said(
      [twice, "twice"],
      [listed.size, "listed in doubt"],
      [forgotten, "neither sent nor listed"],
    )}, a new mail ${goesOn ? "left" : "did not leave"}`,
    ok:
      twice === 0 &&
      late.length === 1 &&
      goesOn &&
      forgotten === 0 &&
      leads.every((recipient) => listed.has(keyOf({ recipient, template: "again" }))),
  };
}

function keyOf({ recipient, template }: { readonly recipient: string; readonly template: string }): string {
  return `${recipient} ${template}`;
}

/** The restored database numbers its messages anew: by their number it could send one twice unseen. */
function subjectTo({ to, raw }: ReceivedMail): string {
  return `${to} ${/^subject: (.*)$/im.exec(raw)![1]}`;
}

/** Resolves once nothing is due and nothing has changed for two seconds. */
async function quiet(house: House): Promise<void> {
  let before = "";
  await house.until("nothing is due any more", 120_000, async (db) => {
    const states = await db
      .selectFrom("messages")
      .select(({ fn }) => ["state", fn.countAll<number>().as("count")])
      .groupBy("state")
      .orderBy("state")
      .execute();
    const now = JSON.stringify(states);
    const same = now === before;
    before = now;
    await setTimeout(2000);
    return same && !states.some(({ state }) => state === "queued" || state === "sending");
  });
}

/** What a person sees who asks for it. */
async function listInDoubt(house: House): Promise<Set<string>> {
  const keys = new Set<string>();
  for (let cursor: string | null = ""; cursor !== null;) {
    const page = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await house.api("GET", `/api/messages?state=in_doubt&limit=200${page}`);
    const body = (await answer.json()) as {
      messages: { email: string; template: string }[];
      next_cursor: string | null;
    };
    for (const { email, template } of body.messages) keys.add(keyOf({ recipient: email, template }));
    cursor = body.next_cursor;
  }
  return keys;
}
