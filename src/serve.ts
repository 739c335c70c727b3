import type { Server } from "node:http";
import { serve as listen } from "@hono/node-server";
import cron from "node-cron";
import { pino, type Logger } from "pino";
import { openApp } from "./app.ts";
import { systemClock } from "./clock.ts";
import { discreet, passwordsIn } from "./config/discreet.ts";
import type { Environment } from "./config/environment.io.ts";
import { giveBackMemory } from "./config/memory.io.ts";
import { InputError } from "./config/problems.ts";
import { onlyServer } from "./db/only-server.io.ts";
import { SECOND } from "./instant.ts";
import { jobsOfRole, walk, type Job } from "./jobs.ts";
import type { Hono } from "hono";
import type { App } from "./app.ts";
import { dashboardRoutes } from "./web/dashboard/dashboard.routes.tsx";
import { stopListening } from "./web/goodbye.io.ts";
import { httpGetter } from "./tracking/providers/get.io.ts";
import { providerRoutes } from "./tracking/providers/providers.routes.ts";
import { PATIENCE } from "./web/patience.ts";
import { inboundRoutes } from "./web/inbound.routes.ts";
import { createServer } from "./web/server.routes.ts";
import { drain } from "./lifecycle/drain.run.ts";
import { changedFiles, type ChangedFile } from "./programme/changed-files.ts";
import { readProgrammeFiles } from "./programme/files.io.ts";
import { appliedFiles } from "./programme/versions.store.ts";

export const ROLES = ["all", "web", "worker"] as const;
export type ServerRole = (typeof ROLES)[number];

export interface ServeOptions {
  readonly config: string;
  readonly templates: string;
  readonly environment: Environment;
  readonly role?: ServerRole;
}

/** Of the files that are not live so many are named. */
const MOST_CHANGES = 10;

/** A process that is asked to stop and does not is ended after this. */
const LONGEST_GOODBYE = 10 * SECOND;

/**
 * Serves until SIGINT or SIGTERM: what is applied, or the files where nothing is yet; listens, runs the jobs; then
 * drains, and closes what it opened.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { environment, role = "all" } = options;
  if (role !== "all" && environment.databaseUrl.startsWith("sqlite:")) {
    throw new InputError(
      `--role ${role} needs PostgreSQL: SQLite is for one server process (set DATABASE_URL)`,
    );
  }
  const release = onlyServer(environment.databaseUrl);
  try {
    await run(options, role);
  } finally {
    release();
  }
}

async function run({ config, templates, environment: given }: ServeOptions, role: ServerRole): Promise<void> {
  const { environment, log } = openLog(given);
  // Node itself would print all that the error holds.
  process.on("uncaughtException", (err) => {
    log.fatal({ err }, "a fault that nobody expected ends this process");
    process.exit(1);
  });
  const app = await openApp({
    config,
    templates,
    apply: false,
    serve: true,
    environment,
    warn: (message, details) => log.warn(details, message),
    tell: (message, details) => log.info(details, message),
  });
  // Before any job runs: who can't listen ends, and has done nothing.
  const server = role === "worker" ? null : await listenOn(app, log, environment);
  giveBackMemory();
  const stopping = new AbortController();
  const jobs = jobsOfRole(app.jobs, role);
  const walking = walk(jobs, systemClock, stopping.signal, (job, error) =>
    log.error({ job, err: error }, "a job failed"),
  );
  const safety = safetyTick(jobs, (job, error) => log.error({ job, err: error }, "a job failed"));
  say(environment, role, await unapplied(app, config, templates));
  await stopped();
  log.info("stopping");
  setTimeout(() => process.exit(1), LONGEST_GOODBYE).unref();
  stopping.abort();
  const silent = server && stopListening(server as Server);
  await safety.stop();
  await walking;
  await silent;
  await app.close();
}

/** Says nothing that is secret or names a person, of the environment's variables those too that files name. */
function openLog(environment: Environment): { readonly environment: Environment; readonly log: Logger } {
  const { apiKey, secrets, databaseUrl, smtpUrl, imapUrl } = environment;
  const words = discreet([...secrets, apiKey ?? "", ...passwordsIn(databaseUrl, smtpUrl, imapUrl)]);
  const formatters = { log: words.details };
  return {
    environment: {
      ...environment,
      variable(name) {
        const value = environment.variable(name);
        if (value !== undefined) words.keep(value);
        return value;
      },
    },
    log: pino({ level: environment.logLevel, formatters }, pino.destination(2)),
  };
}

/** Each minute every job is looked at whatever it thinks is due: a clock that was set, or rows that another wrote. */
function safetyTick(jobs: readonly Job[], failed: (job: string, error: unknown) => void) {
  const lookAtAll = async () => {
    for (const job of jobs.filter(({ name }) => name === "leads" || name === "leases")) {
      await job.run().catch((error: unknown) => failed(job.name, error));
    }
  };
  // The next minute makes up for one that was missed; the library would write a line of its own into our log.
  return cron.schedule("* * * * *", lookAtAll, { suppressMissedWarning: true });
}

/** Closes the app where the port can't be had. */
async function listenOn(
  app: App,
  log: Logger,
  { host, port }: Environment,
): Promise<ReturnType<typeof listen>> {
  const { fetch } = site(app, log);
  try {
    return await new Promise((resolve, reject) => {
      const server = listen({ fetch, hostname: host, port, serverOptions: PATIENCE }, () => resolve(server));
      server.on("error", reject);
    });
  } catch (error) {
    await app.close();
    throw refusal(error as NodeJS.ErrnoException, host, port);
  }
}

function refusal(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const { code } = error;
  if (code === "EADDRINUSE") {
    const other = port === 65_535 ? 3000 : port + 1;
    return new InputError(`PORT: ${port} is taken by another process; choose another, like PORT=${other}`);
  }
  if (code === "EACCES") return new InputError(`PORT: ${port} is not for this user; choose one from 1024`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new InputError(`HOST: this machine has no address "${host}"`);
  return error;
}

/** How the files here differ from what is served; a machine without any is no news. */
async function unapplied(app: App, config: string, templates: string): Promise<readonly ChangedFile[]> {
  const files = await readProgrammeFiles(config, templates);
  const applied = await appliedFiles(app.db.kysely);
  return files.size === 0 || applied === null ? [] : changedFiles(applied, files);
}

function say(
  { baseUrl, smtpUrl, imapUrl, databaseUrl }: Environment,
  role: ServerRole,
  changed: readonly ChangedFile[],
): void {
  const mail =
    smtpUrl === null ? `captured, sent nowhere: ${baseUrl}/mailbox` : `by ${new URL(smtpUrl).host}`;
  const where = databaseUrl.startsWith("sqlite:") ? databaseUrl : "PostgreSQL";
  const lines = [
    role === "worker" ? "Kindling works." : `Kindling is at ${baseUrl}`,
    `  mail      ${mail}`,
    ...(imapUrl === null ? [] : [`  bounces   from the mailbox at ${new URL(imapUrl).host}`]),
    `  database  ${where}`,
    "  stop      Ctrl+C",
    ...changed.slice(0, MOST_CHANGES).map(({ path, change }) => `  not live  ${path} (${change})`),
    ...(changed.length > MOST_CHANGES ? [`            and ${changed.length - MOST_CHANGES} more files`] : []),
    ...(changed.length > 0
      ? ["            `kindling plan` shows what they would do, `kindling apply` makes them live"]
      : []),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/** The app behind its routes, as it listens. */
export function site(app: App, log: Logger): Hono {
  const { spine, tokenKeys, inbox, destinations } = app;
  const { baseUrl, apiKey, trustedProxies: proxies } = app.environment;
  const hurry = () =>
    void drain(spine).catch((err: unknown) => log.error({ err }, "the inbox can't be drained"));
  return createServer({
    api: { spine, tokenKeys, baseUrl, apiKey, proxies },
    tracking: {
      spine,
      clock: spine.clock,
      tokenKeys,
      inbox,
      destinations,
      baseUrl,
      proxies,
      hurry,
    },
    rooms: [
      // Before the providers', whose bodies are smaller.
      inboundRoutes({ spine, tokenKeys, apiKey, proxies, hurry }),
      providerRoutes({
        spine,
        tokenKeys,
        variable: (name) => app.environment.variable(name),
        get: httpGetter(),
        hurry,
      }),
      dashboardRoutes({
        spine,
        tokenKeys,
        baseUrl,
        apiKey,
        proxies,
        captured: app.environment.smtpUrl === null,
      }),
    ],
  });
}
