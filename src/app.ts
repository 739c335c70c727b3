import { dirname } from "node:path";
import { readFileSync } from "node:fs";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { readEnvironment, type Environment } from "./config/environment.io.ts";
import { InputError } from "./config/problems.ts";
import { readSecrets } from "./config/secret.io.ts";
import { migrateToLatest, pendingMigrations } from "./db/migrate.store.ts";
import { openDatabase, type Database } from "./db/open.io.ts";
import { openDkim } from "./email/mime.io.ts";
import { tokenKeys, type TokenKeys } from "./email/token.ts";
import { adoptionJob, jobsOf, type Job } from "./jobs.ts";
import { suppressionKeys } from "./leads/suppression.ts";
import type { Happening } from "./lifecycle/changes.ts";
import type { Spine } from "./lifecycle/spine.ts";
import { openProgramme } from "./programme/files.io.ts";
import { loadProgramme } from "./programme/load.ts";
import type { Programme } from "./programme/programme.ts";
import { appliedFiles, applyVersion } from "./programme/versions.store.ts";
import { smtpCarrier } from "./sending/carrier.io.ts";
import { captured, type Carrier, type Outbox } from "./sending/outbox.ts";
import { openSmtp } from "./sending/smtp.io.ts";

/** Everything that runs in one process, opened in order. */
export interface App {
  readonly environment: Environment;
  readonly db: Database;
  readonly spine: Spine;
  readonly tokenKeys: TokenKeys;
  readonly outbox: Outbox;
  readonly jobs: readonly Job[];
  /** Takes in another programme: from now on it is the one that is live. */
  follow(programme: Programme): void;
  /** In the opposite order of opening. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly config: string;
  readonly templates: string;
  /** Apply the files of both folders; otherwise what is applied is served, or the files where nothing is. */
  readonly apply: boolean;
  readonly clock?: Clock;
  readonly environment?: Environment;
  /** A mail server is asked for; without it all mail is captured, whatever SMTP_URL says. */
  readonly mail?: boolean;
  observe?(happenings: readonly Happening[]): void;
  warn?(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** @throws InputError where the configuration, the database or the mail server can't be used */
export async function openApp(options: AppOptions): Promise<App> {
  const environment = options.environment ?? readEnvironment();
  const clock = options.clock ?? systemClock;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const db = await openDatabase(environment.databaseUrl);
    closers.push(() => db.close());
    await migrate(db, options.apply);
    let programme = await chooseProgramme(db, options, clock);
    const secrets = readSecrets(environment.secrets, environment.databaseUrl);
    const keys = tokenKeys(secrets);
    const spine: Spine = {
      db,
      clock,
      programme: () => programme,
      suppressionKeys: suppressionKeys(secrets),
      ...(options.observe ? { observe: options.observe } : {}),
      warn: options.warn ?? (() => {}),
    };
    const carrier = options.mail
      ? await openCarrier(environment, clock, keys, spine, options.config)
      : captured;
    closers.push(() => carrier.close());
    const outbox: Outbox = { spine, carrier, tokenKeys: keys, baseUrl: environment.baseUrl };
    return {
      environment,
      db,
      spine,
      tokenKeys: keys,
      outbox,
      jobs: [...jobsOf(spine, outbox), adoptionJob(spine)],
      follow: (next) => {
        programme = next;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function migrate(db: Database, apply: boolean): Promise<void> {
  if (apply || db.kind === "sqlite") await migrateToLatest(db.kysely);
  else if ((await pendingMigrations(db.kysely)).length > 0) {
    throw new InputError("the database has another version: run `kindling migrate` first");
  }
}

async function chooseProgramme(db: Database, options: AppOptions, clock: Clock): Promise<Programme> {
  const applied = options.apply ? null : await appliedFiles(db.kysely);
  if (applied) {
    const loaded = await loadProgramme(applied);
    if ("programme" in loaded) return loaded.programme;
  }
  const { programme, files } = await openProgramme(options.config, options.templates);
  await db.unit((trx) =>
    applyVersion(trx, programme, files, { author: "start", message: "", at: clock.now() }),
  );
  return programme;
}

async function openCarrier(
  environment: Environment,
  clock: Clock,
  keys: TokenKeys,
  spine: Spine,
  configDir: string,
): Promise<Carrier> {
  if (environment.smtpUrl === null) return captured;
  const smtp = openSmtp(environment.smtpUrl);
  const trouble = await smtp.verify();
  if (trouble !== null) {
    await smtp.close();
    throw new InputError(`SMTP_URL: ${trouble}`);
  }
  const { dkim } = spine.programme().settings.mail;
  const signer = dkim ? openDkim(dkim.domain, dkim.selector, readKey(dkim.keyFile, configDir)) : null;
  return smtpCarrier(smtp, clock, keys, () => spine.programme(), signer);
}

/** `mail.dkim.key_file`: from where the process runs, or from beside `config/`. */
function readKey(file: string, configDir: string): string {
  for (const path of [file, `${dirname(configDir)}/${file}`]) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      // The other place may have it.
    }
  }
  throw new InputError(`mail.dkim.key_file: ${file} can't be read`);
}
