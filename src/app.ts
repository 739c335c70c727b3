import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { readEnvironment, type Environment } from "./config/environment.io.ts";
import { formatProblem, InputError, type Problem } from "./config/problems.ts";
import { readSecrets } from "./config/secret.io.ts";
import { osUser } from "./config/user.io.ts";
import { migrateToLatest, prepareSchema } from "./db/migrate.store.ts";
import { openDatabase, type Database } from "./db/open.io.ts";
import { openSpool } from "./db/spool.io.ts";
import { noticeRestore } from "./email/doubt.store.ts";
import { hasSent } from "./email/messages.store.ts";
import { compileHere } from "./email/compiler.ts";
import { openCompiler } from "./email/compiler.io.ts";
import { openSigner } from "./email/dkim-key.io.ts";
import { tokenKeys, type TokenKeys } from "./email/token.ts";
import { adoptionJob, jobsOf, mailboxJob, versionsJob, type Job } from "./jobs.ts";
import { suppressionKeys } from "./leads/suppression.ts";
import type { Happening } from "./lifecycle/changes.ts";
import type { Tell } from "./lifecycle/adoption.run.ts";
import type { Spine } from "./lifecycle/spine.ts";
import { openProgramme } from "./programme/files.io.ts";
import { openLive, type LiveProgramme } from "./programme/live.run.ts";
import type { Programme } from "./programme/programme.ts";
import { applyVersion, lastApply } from "./programme/versions.store.ts";
import { smtpCarrier } from "./sending/carrier.io.ts";
import { captured, type Carrier, type Outbox } from "./sending/outbox.ts";
import { httpPoster } from "./sending/post.io.ts";
import { openSmtp } from "./sending/smtp.io.ts";
import type { Webhooks } from "./sending/webhooks.run.ts";
import { openDestinations, type Destinations } from "./tracking/destinations.run.ts";
import { openInbox, type OpenInbox } from "./tracking/inbox.run.ts";
import { parseImapUrl } from "./tracking/mailbox/imap-url.ts";

/** Everything that runs in one process, opened in order. */
export interface App {
  readonly environment: Environment;
  readonly db: Database;
  readonly spine: Spine;
  readonly tokenKeys: TokenKeys;
  readonly outbox: Outbox;
  readonly inbox: OpenInbox;
  readonly destinations: Destinations;
  readonly jobs: readonly Job[];
  /** Takes in another programme: from now on it is the one that is live. */
  follow(programme: Programme): void;
  /** In the opposite order of opening. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly config: string;
  readonly templates: string;
  /** Apply the files of both folders; otherwise what is applied is served, or the files, where nothing is yet. */
  readonly apply: boolean;
  /** What both folders hold, where somebody has read them already. */
  readonly opened?: Opened;
  readonly clock?: Clock;
  readonly environment?: Environment;
  /**
   * This process serves: it talks to the mail server and to webhooks, and owns the spool beside the database. Without
   * it nothing leaves the process, whatever the environment says.
   */
  readonly serve?: boolean;
  /** This process is a command: it waits while a server is at the database. */
  readonly patient?: boolean;
  /** See Spine. */
  readonly strict?: boolean;
  observe?(happenings: readonly Happening[]): void;
  warn?(message: string, details: Readonly<Record<string, unknown>>): void;
  /** Hears how far long work in the background is. */
  tell?: Tell;
}

interface Opened {
  readonly programme: Programme;
  readonly files: ReadonlyMap<string, string>;
  /** What can't work as it says; whoever leaves it out has said so already. */
  readonly unworkable?: readonly Problem[];
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
    const db = await openDatabase(environment.databaseUrl, {
      serving: options.serve ?? false,
      patient: options.patient ?? false,
    });
    closers.push(() => db.close());
    if (options.apply || options.serve) await migrateToLatest(db.kysely);
    else await prepareSchema(db);
    if (options.serve) await noticeRestore(db.kysely, clock.now());
    const destinations = await openDestinations(db);
    const live = await openProgrammes(db, options, clock, (programme) => destinations.follow(programme));
    const secrets = readSecrets(environment.secrets, environment.databaseUrl);
    const keys = tokenKeys(secrets);
    const spine: Spine = {
      db,
      clock,
      programme: live.now,
      keepUp: live.keepUp,
      isBehind: live.isBehind,
      suppressionKeys: suppressionKeys(secrets),
      spoolFile: spoolPath(environment.databaseUrl, true),
      strict: options.strict ?? false,
      ...(options.observe ? { observe: options.observe } : {}),
      warn: options.warn ?? (() => {}),
    };
    const inbox = openInbox(spine, openSpool(spoolPath(environment.databaseUrl, options.serve ?? false)));
    closers.push(() => inbox.idle());
    const carrier = options.serve ? await openCarrier(environment, spine, keys, options.config) : captured;
    closers.push(() => carrier.close());
    const outbox: Outbox = { spine, carrier, tokenKeys: keys, baseUrl: environment.baseUrl };
    const mailbox = options.serve && environment.imapUrl !== null ? parseImapUrl(environment.imapUrl) : null;
    const webhooks: Webhooks = {
      spine,
      variable: (name) => environment.variable(name),
      ...(options.serve ? { post: httpPoster() } : {}),
    };
    return {
      environment,
      db,
      spine,
      tokenKeys: keys,
      outbox,
      inbox,
      destinations,
      jobs: [
        versionsJob(spine, live),
        ...jobsOf(spine, outbox, webhooks, inbox),
        adoptionJob(spine, options.tell ?? (() => {})),
        ...(mailbox ? [mailboxJob({ spine, tokenKeys: keys, server: mailbox })] : []),
      ],
      follow: live.become,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Beside the database; one of its own, in the system's temporary folder, for a process that does not serve. */
function spoolPath(databaseUrl: string, serve: boolean): string {
  if (!serve || databaseUrl === "sqlite::memory:")
    return join(tmpdir(), `kindling-${process.pid}.spool.jsonl`);
  if (!databaseUrl.startsWith("sqlite:")) return "data/kindling.spool.jsonl";
  return `${databaseUrl.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "")}.spool.jsonl`;
}

/** Where nothing is applied yet the files are, whoever opens the database; `apply` does it every time. */
async function openProgrammes(
  db: Database,
  options: AppOptions,
  clock: Clock,
  became: (programme: Programme) => void,
): Promise<LiveProgramme> {
  // A server compiles in a process of its own, whose memory it gets back.
  const compiler = () => (options.serve ? openCompiler() : { compile: compileHere, close: () => {} });
  let opened: Programme | null = null;
  if (options.apply || (await lastApply(db.kysely)) === null) {
    const { compile, close } = compiler();
    try {
      const read: Opened =
        options.opened ?? (await openProgramme(options.config, options.templates, compile));
      opened = read.programme;
      for (const problem of read.unworkable ?? [])
        options.warn?.("what is applied can't work as it says", { problem: formatProblem(problem) });
      const by = { author: osUser(), message: "", at: clock.now(), kind: "start" } as const;
      await db.unit((trx) => applyVersion(trx, read.programme, read.files, by));
    } finally {
      close();
    }
  }
  return openLive({ db, compiler, became, warn: options.warn ?? (() => {}) }, opened);
}

/** A mail server that can't be used is a fault of the set-up, until a mail has left; then it may be away for a while. */
async function openCarrier(
  environment: Environment,
  spine: Spine,
  keys: TokenKeys,
  configDir: string,
): Promise<Carrier> {
  if (environment.smtpUrl === null) return captured;
  const signer = openSigner(spine.programme().settings.mail, configDir);
  const smtp = openSmtp(environment.smtpUrl);
  const trouble = await smtp.verify();
  if (trouble !== null) {
    if (!(await hasSent(spine.db.kysely))) {
      await smtp.close();
      throw new InputError(`SMTP_URL: ${trouble}`);
    }
    spine.warn("mail waits until its server can be used", { reason: trouble });
  }
  return smtpCarrier(smtp, spine.clock, keys, () => spine.programme(), signer);
}
