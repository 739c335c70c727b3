import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { Agent, request, type IncomingHttpHeaders } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { serve } from "@hono/node-server";
import { sql } from "kysely";
import { pino } from "pino";
import { openApp, type App } from "../../src/app.ts";
import { virtualClock, type VirtualClock } from "../../src/clock.ts";
import { readEnvironment } from "../../src/config/environment.io.ts";
import { COLUMNS } from "../../src/db/tables.ts";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { eventInput, type Input } from "../../src/events/input.ts";
import { parseInstant, type Instant } from "../../src/instant.ts";
import { nextOf, settle } from "../../src/jobs.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { openProgramme } from "../../src/programme/files.io.ts";
import { site } from "../../src/serve.ts";
import { addKey, type Role } from "../../src/web/keys.store.ts";
import { PATIENCE } from "../../src/web/patience.ts";
import { compileOnce } from "../compile-once.ts";
import { temporaryFolder } from "../database.ts";
import { openSink, type Sink } from "../flows/sending-sink.ts";
import { COMPANY } from "./company.ts";

/** A Monday, at noon in Lisbon. */
export const MONDAY = parseInstant("2026-03-02T12:00:00Z")!;
export const SECRET = "a secret of these security tests";
export const ADA = "ada@customer.example";

/** Who names no browser is taken for a machine. */
export const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:124.0) Gecko/20100101 Firefox/124.0";

/** The header of what a form sends. */
export const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** `sam` is a rep too; `nobody`'s key is well-formed and not known; null sends none. */
export type Caller = Role | "environment" | "sam" | "nobody" | null;

interface Question {
  readonly method?: string;
  readonly as?: Caller;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  /** Without `date`, which alone differs between equal answers. */
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface ServerOptions {
  /** More files, or others in the place of those of company.ts. */
  readonly files?: Readonly<Record<string, string>>;
  /** A SQLite file of its own where left out. */
  readonly databaseUrl?: string;
  /** Mails go to the sink (`mails`); false: they are captured, and shown in the dashboard's mailbox. */
  readonly smtp?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** How long a client may take, in milliseconds; as in `start` where left out. */
  readonly patience?: { readonly [limit in keyof typeof PATIENCE]: number };
}

export interface Server {
  /** `http://127.0.0.1:PORT`, which is its BASE_URL too. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly app: App;
  readonly clock: VirtualClock;
  readonly mails: Sink["mails"];
  /** What the server has logged, a JSON document a line. */
  readonly log: string[];
  readonly keys: Readonly<Record<Exclude<Caller, null>, string>>;
  /** A request over a kept connection; the path goes out as it is written, `..` and all. */
  ask(path: string, question?: Question): Promise<Answer>;
  /** Bytes on a connection of their own; all that comes back until the server closes it. */
  raw(bytes: string | Uint8Array): Promise<string>;
  /** Does all that is due now, as the jobs of `start` do. */
  settle(): Promise<void>;
  /** Lives on until then. */
  until(at: Instant): Promise<void>;
  /** Something happens to a lead, who is made where there is none. Nothing is settled. */
  arrive(email: string, ...inputs: readonly Input[]): Promise<void>;
  leadId(email: string): Promise<number>;
  /** The number of rows and a hash of them by table: equal where nothing has changed. */
  contents(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

const ENVIRONMENT_KEY = "the-environments-admin-key";

/**
 * The whole app opened as `start` does it, listening on loopback, in virtual time: its jobs run when `settle` or `until`
 * says so. Whoever opens it closes it.
 */
export async function openServer(options: ServerOptions = {}): Promise<Server> {
  const folder = temporaryFolder();
  writeFiles(folder, { ...COMPANY, ...options.files });
  const [config, templates] = [join(folder, "config"), join(folder, "templates")];
  const sink = options.smtp === false ? null : await openSink();
  // The port is known only once it listens, and the app has to know it.
  let fetch: ReturnType<typeof site>["fetch"] = () => new Response(null, { status: 503 });
  const listener = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const { patience: serverOptions = PATIENCE } = options;
    const asked = {
      fetch: (...of: Parameters<typeof fetch>) => fetch(...of),
      hostname: "127.0.0.1",
      port: 0,
    };
    const server = serve({ ...asked, serverOptions }, () => resolve(server));
  });
  const { port } = listener.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const log: string[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void log.push(line) });
  const clock = virtualClock(MONDAY);
  const app = await openApp({
    config,
    templates,
    opened: await openProgramme(config, templates, compileOnce),
    apply: true,
    serve: true,
    clock,
    environment: readEnvironment({
      DATABASE_URL: options.databaseUrl ?? `sqlite:${join(folder, "kindling.db")}`,
      HOST: "127.0.0.1",
      PORT: String(port),
      KINDLING_SECRET: SECRET,
      KINDLING_API_KEY: ENVIRONMENT_KEY,
      ...(sink ? { SMTP_URL: sink.url } : {}),
      ...options.environment,
    }),
    warn: (message, details) => logger.warn(details, message),
    tell: (message, details) => logger.info(details, message),
  });
  fetch = site(app, logger).fetch;
  const db = app.db.kysely;
  const make = async (role: Role, rep: string | null = null) =>
    (await addKey(db, { name: `${role} ${rep ?? ""}`, role, rep }, MONDAY)).key;
  const keys = {
    admin: await make("admin"),
    marketer: await make("marketer"),
    rep: await make("rep", "maria"),
    sam: await make("rep", "sam"),
    ingest: await make("ingest"),
    environment: ENVIRONMENT_KEY,
    nobody: `knd_${createHash("sha256").update("nobody").digest("base64url").slice(0, 32)}`,
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });

  const server: Server = {
    url,
    port,
    folder,
    app,
    clock,
    mails: sink?.mails ?? [],
    log,
    keys,
    ask: (path, { method = "GET", as = null, headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const bytes = body === undefined || isBytes(body) ? body : JSON.stringify(body);
        const asked = request({ host: "127.0.0.1", port, agent, path, method }, (answer) => {
          const { date: _, ...rest } = answer.headers;
          buffer(answer).then(
            (whole) => resolve({ status: answer.statusCode!, headers: rest, text: whole.toString() }),
            reject,
          );
        });
        asked.on("error", reject);
        if (as !== null) asked.setHeader("authorization", `Bearer ${keys[as]}`);
        if (body !== undefined && !isBytes(body)) asked.setHeader("content-type", "application/json");
        asked.setHeader("user-agent", FIREFOX);
        for (const [name, value] of Object.entries(headers)) asked.setHeader(name, value);
        asked.end(bytes);
      }),
    raw: (bytes) =>
      new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1");
        let heard = "";
        socket.setEncoding("latin1").on("data", (more: string) => (heard += more));
        // A server that has heard enough hangs up.
        socket.on("error", () => {}).on("close", () => resolve(heard));
        socket.write(bytes);
      }),
    settle: () => settle(app.jobs, clock),
    async until(at) {
      await server.settle();
      for (let next = await nextOf(app.jobs); next !== null && next <= at; next = await nextOf(app.jobs)) {
        clock.jumpTo(Math.max(next, clock.now()));
        await server.settle();
      }
      clock.jumpTo(at);
      await server.settle();
    },
    async arrive(email, ...inputs) {
      const arrival = { to: { email }, at: clock.now(), live: true, create: "yes" as const, inputs };
      await app.db.unit((trx) => appendToInbox(trx, [arrival]));
    },
    leadId: async (email) => (await findLead(db, email))!.id,
    async contents() {
      const found: Record<string, string> = {};
      for (const table of Object.keys(COLUMNS)) {
        const { rows } = await sql`select * from ${sql.table(table)}`.execute(db);
        const sorted = rows.map((row) => JSON.stringify(row)).toSorted();
        found[table] = `${rows.length} ${createHash("sha256").update(sorted.join("\n")).digest("hex")}`;
      }
      return found;
    },
    async close() {
      agent.destroy();
      listener.close();
      (listener as { closeAllConnections?(): void }).closeAllConnections?.();
      await app.close();
      await sink?.close();
    },
  };
  return server;
}

/** What an import or the API would say of a new lead. */
export function created(attributes: Readonly<Record<string, unknown>> = {}): Input {
  return eventInput("lead.created", "system", { attributes });
}

/** Something that the lead does. */
export function act(type: string, properties: Readonly<Record<string, unknown>> = {}): Input {
  return eventInput(type, "lead", properties);
}

/** A raw mail with its quoted-printable read, as far as it is ASCII. */
export function readable(raw: string): string {
  return raw.replaceAll("=\r\n", "").replaceAll("=3D", "=");
}

function isBytes(body: unknown): body is string | Uint8Array {
  return typeof body === "string" || body instanceof Uint8Array;
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
