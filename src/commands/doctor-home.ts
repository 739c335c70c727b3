import { existsSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { sql } from "kysely";
import { systemClock } from "../clock.ts";
import type { Environment } from "../config/environment.io.ts";
import { InputError } from "../config/problems.ts";
import { secretFile } from "../config/secret.io.ts";
import type { Settings } from "../config/settings.ts";
import { longStatement } from "../db/long-statement.io.ts";
import { pendingMigrations } from "../db/migrate.store.ts";
import { openDatabase, sqlitePath, type Database } from "../db/open.io.ts";
import { isHeld } from "../email/hold.store.ts";
import { ok, warning, wrong, type Finding } from "../email/records.ts";
import { SECOND, type Instant } from "../instant.ts";
import { changedFiles } from "../programme/changed-files.ts";
import type { Programme } from "../programme/programme.ts";
import { appliedFiles } from "../programme/versions.store.ts";
import { listUsers } from "../web/users.store.ts";
import { isHere } from "./doctor-mail.ts";

/** Shorter ones can be guessed by a machine that has time. */
const GOOD_SECRET = 32;
const GIGABYTE = 1e9;
/** The log of SQLite is written back long before it is that large, unless a reader holds it open. */
const LARGE_WAL = 1e9;

export function secret({ secrets, databaseUrl }: Environment): Finding[] {
  const make = "make one: openssl rand -base64 32";
  if (secrets.some((one) => one.length < GOOD_SECRET)) {
    const what = `KINDLING_SECRET has one of fewer than ${GOOD_SECRET} characters`;
    return [warning("secret", what, `${make}; put it first, and keep the old one behind it`)];
  }
  if (secrets.length > 0)
    return [ok("secret", `${secrets.length} in KINDLING_SECRET; keep a copy elsewhere`)];
  const file = secretFile(databaseUrl);
  if (!databaseUrl.startsWith("sqlite:"))
    return [
      warning(
        "secret",
        `kept in ${file}, on this machine alone`,
        `set the same KINDLING_SECRET wherever Kindling runs`,
      ),
    ];
  if (!existsSync(file)) return [ok("secret", `not made yet: the first start makes ${file}`)];
  if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0)
    return [warning("secret", `others on this machine may read ${file}`, `chmod 600 ${file}`)];
  return [ok("secret", `kept in ${file}; keep a copy elsewhere`)];
}

/** What the files name that only the environment can give. */
export function variables({ settings, reps }: Programme, environment: Environment): Finding[] {
  const found: Finding[] = [];
  for (const { name, where } of namedVariables(settings, reps.channels.chat?.urlEnv ?? null)) {
    const value = environment.variable(name);
    if (value === undefined) found.push(wrong("variables", `${name} is not set (${where})`, `set ${name}`));
    else if (where === "channels.chat.url_env" && !URL.canParse(value))
      found.push(
        wrong("variables", `${name} is no address (${where})`, `set ${name} to the chat's https:// address`),
      );
    else found.push(ok("variables", `${name} is set (${where})`));
  }
  for (const { webhook, url } of settings.webhooks) {
    const open = url.startsWith("http:");
    const todo = "use https://";
    found.push(
      open
        ? warning("webhooks", `${webhook} is told over an open line`, todo)
        : ok("webhooks", `${webhook}: https`),
    );
  }
  return found;
}

function namedVariables({ webhooks, providers }: Settings, chat: string | null) {
  const named = [
    ...webhooks.map(({ webhook, secretEnv }) => ({
      name: secretEnv,
      where: `secret_env of the webhook ${webhook}`,
    })),
    { name: chat, where: "channels.chat.url_env" },
    { name: providers.mailgun?.signingKeyEnv ?? null, where: "providers.mailgun" },
    { name: providers.postmark?.loginEnv ?? null, where: "providers.postmark" },
  ];
  return named.flatMap(({ name, where }) => (name === null ? [] : [{ name, where }]));
}

/** Changes nothing: a database that is not there yet is not made. */
export async function database(
  environment: Environment,
  files: ReadonlyMap<string, string>,
): Promise<Finding[]> {
  const { databaseUrl } = environment;
  const sqlite = databaseUrl.startsWith("sqlite:");
  const path = sqlite ? sqlitePath(databaseUrl) : null;
  const disk = path === null ? [] : space(path);
  if (path !== null && !existsSync(path))
    return [ok("database", `not made yet: the first start makes ${path}`), ...disk];
  let db: Database;
  try {
    db = await openDatabase(databaseUrl, { readonly: true });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [wrong("database", error.message, "correct DATABASE_URL, or restore a backup"), ...disk];
  }
  try {
    const pending = await pendingMigrations(db.kysely);
    if (pending.length > 0) {
      const what = `the schema lacks ${pending.join(", ")}`;
      const todo = "run `kindling migrate` (with SQLite the next start does it)";
      return [sqlite ? warning("database", what, todo) : wrong("database", what, todo), ...disk];
    }
    const whole =
      path === null ? [ok("database", "PostgreSQL answers; the schema is up to date")] : await intact(path);
    return [...whole, ...disk, await clock(db), ...(await state(db, files)), await users(db, environment)];
  } finally {
    await db.close();
  }
}

async function intact(path: string): Promise<Finding[]> {
  const [row] = await longStatement(path, "pragma quick_check(1)");
  const said = String(row?.["quick_check"]);
  const found = [
    said === "ok"
      ? ok("database", `${path} is whole; the schema is up to date`)
      : wrong("database", `${path} is damaged: ${said}`, "stop the server and restore a backup"),
  ];
  const wal = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (wal > LARGE_WAL)
    found.push(
      warning(
        "database",
        `${path}-wal holds ${Math.round(wal / 1e6)} MB`,
        "end what reads for hours, then restart",
      ),
    );
  return found;
}

function space(path: string): Finding[] {
  let folder = dirname(resolve(path));
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const what = `${(free / GIGABYTE).toFixed(1)} GB are free in ${folder}`;
  if (free < GIGABYTE / 10) return [wrong("disk", what, "make room before writes fail")];
  // A backup beside it, or a migration, takes as much again.
  return [free < Math.max(GIGABYTE, size) ? warning("disk", what, "make room") : ok("disk", what)];
}

/** Against the database server's clock, or against what SQLite was told before. */
async function clock(db: Database): Promise<Finding> {
  const todo = "set the clock of this machine, by NTP";
  if (db.kind === "sqlite") {
    const last = await db.kysely
      .selectFrom("messages")
      .select("queued_at as at")
      .orderBy("id", "desc")
      .limit(1)
      .execute();
    const ahead = (last[0]?.at ?? 0) - systemClock.now();
    if (ahead > SECOND)
      return wrong(
        "clock",
        `the database knows of an instant ${Math.round(ahead / SECOND)} s from now`,
        todo,
      );
    return ok("clock", "nothing speaks against it; there is no other clock here to compare with");
  }
  const before = systemClock.now();
  const { rows } = await sql<{ at: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as at`.execute(db.kysely);
  const off = offBy(rows[0]!.at, before, systemClock.now());
  const what = `${(off / SECOND).toFixed(1)} s away from the database server's`;
  return off > 60 * SECOND
    ? wrong("clock", what, todo)
    : off > SECOND
      ? warning("clock", what, todo)
      : ok("clock", what);
}

/** How far an answer lies outside of the time between question and answer. */
function offBy(at: Instant, asked: Instant, answered: Instant): number {
  return Math.max(0, asked - at, at - answered);
}

async function users(db: Database, { baseUrl }: Environment): Promise<Finding> {
  const { length } = await listUsers(db.kysely);
  if (length > 0) return ok("users", length === 1 ? "1 can log in" : `${length} can log in`);
  if (isHere(new URL(baseUrl).hostname))
    return ok("users", "none yet: on this machine the dashboard opens without a login");
  const todo = "`kindling users add --role admin --email YOU` makes the first";
  return warning("users", "none: the dashboard opens with an admin key alone, which may do everything", todo);
}

async function state(db: Database, files: ReadonlyMap<string, string>): Promise<Finding[]> {
  const found: Finding[] = [];
  const applied = await appliedFiles(db.kysely);
  const changed = applied === null || files.size === 0 ? [] : changedFiles(applied, files);
  if (applied === null) found.push(ok("applied", "nothing yet: the first start applies the files"));
  else if (changed.length === 0) found.push(ok("applied", "what is live is what the files say"));
  else {
    const what = `not live: ${changed.map(({ path, change }) => `${path} (${change})`).join(", ")}`;
    found.push(
      warning("applied", what, "`kindling plan` shows what they would do, `kindling apply` makes them live"),
    );
  }
  if (await isHeld(db.kysely))
    found.push(warning("mail", "all mail is on hold", "`kindling release` lets it go"));
  const { doubts } = await db.kysely
    .selectFrom("messages")
    .select((of) => of.fn.countAll<number>().as("doubts"))
    .where("state", "=", sql.lit("in_doubt"))
    .executeTakeFirstOrThrow();
  const many = Number(doubts);
  if (many > 0) {
    const todo = "look at the mailbox, or GET /api/messages?state=in_doubt: send again, or leave it";
    found.push(warning("mail", `${many} in doubt: sent perhaps, and not sent again`, todo));
  } else found.push(ok("mail", "none is in doubt"));
  return found;
}
