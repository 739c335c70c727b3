import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { openApp, type App } from "../../src/app.ts";
import { virtualClock, type VirtualClock } from "../../src/clock.ts";
import { readEnvironment } from "../../src/config/environment.io.ts";
import type { Row } from "../../src/db/tables.ts";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { eventInput, type Input } from "../../src/events/input.ts";
import { readLog } from "../../src/events/log.store.ts";
import { formatInstant, parseInstant, type Instant } from "../../src/instant.ts";
import { nextOf, settle } from "../../src/jobs.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import type { Happening } from "../../src/lifecycle/changes.ts";
import type { Lead } from "../../src/leads/lead.ts";
import { openProgramme } from "../../src/programme/files.io.ts";
import { compileOnce } from "../compile-once.ts";
import { lintSent } from "../email/linted.ts";
import { openSink, type Fate, type Sink } from "./sending-sink.ts";

/** A Monday. */
export const MONDAY = parseInstant("2026-03-02T12:00:00Z")!;
export const BASE = "https://mail.acme.example";

export function instant(text: string): Instant {
  return parseInstant(text)!;
}

/** `config/kindling.yaml` with these lines under `mail:` and these after it. */
export function settings(mail = "", more = ""): string {
  return `company: { name: Acme, address: "1 Main Street", country: PT, timezone: Europe/Lisbon }
mail:
  from: Ada at Acme <ada@acme.example>
${mail === "" ? "" : `  ${mail.trim().replaceAll("\n", "\n  ")}\n`}${more}
`;
}

/** A sequence that a `go.NAME` event starts: its steps, one a line, and what else it says. */
export function sequence(name: string, steps: readonly string[], more = ""): string {
  return `sequence: ${name}
title: The ${name}
enter: [ { event: go.${name} } ]
reenter: always
${more}
steps:
${steps.map((step) => `  - ${step}`).join("\n")}
`;
}

export function mail(subject: string, front = ""): string {
  return `---\nsubject: ${subject}\n${front}---
<mj-section><mj-column><mj-text>Hi. <a href="https://acme.example/page">Look</a>
<a href="{{unsubscribe_url}}">Stop</a></mj-text></mj-column></mj-section>
`;
}

const COMPANY: Readonly<Record<string, string>> = {
  "config/kindling.yaml": settings(),
  "config/sequences/one.yaml": sequence("one", ["send: hello"]),
  "templates/hello.mjml": mail("Hello"),
  "templates/again.mjml": mail("Again"),
};

interface HouseOptions {
  readonly files?: Readonly<Record<string, string>>;
  /** How the mail server treats each recipient; null: there is no mail server. */
  readonly fate?: ((to: string) => Fate | undefined) | null;
  readonly now?: Instant;
  readonly databaseUrl?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface House {
  readonly app: App;
  readonly clock: VirtualClock;
  readonly sink: Sink;
  readonly folder: string;
  readonly happenings: Happening[];
  readonly warnings: string[];
  /** Another process on the same database, without the first one being gone. */
  another(): Promise<App>;
  arrive(email: string, ...inputs: readonly Input[]): Promise<void>;
  /** Makes the lead, where it is new, and starts these sequences, in one call. */
  start(
    email: string,
    sequences: readonly string[],
    attributes?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** Does all that is due now. Every mail that left passes the lint of its bytes. */
  settle(): Promise<void>;
  /** Lives on to that instant. */
  until(at: Instant): Promise<void>;
  lead(email: string): Promise<Lead>;
  /** Their mails, oldest first. */
  rows(email?: string): Promise<Row<"messages">[]>;
  /** `12:00 sent`, `12:05 queued`: each mail's state, with the instant at which it ended or is due. */
  states(email?: string): Promise<string[]>;
  decisions(message: number): Promise<string[]>;
  log(email: string, type: string): Promise<{ at: string; properties: Readonly<Record<string, unknown>> }[]>;
  enrolments(email: string): Promise<string[]>;
}

function short(at: Instant): string {
  return formatInstant(at).slice(5, 16).replace("T", " ");
}

/** Closes it after this test. */
export function closing<T extends { close(): Promise<void> }>(thing: T): T {
  onTestFinished(() => thing.close());
  return thing;
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A small company that serves, in virtual time, with a real mail server beside it. */
export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), "kindling-sending-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFiles(folder, { ...COMPANY, ...options.files });
  const sink = closing(await openSink(options.fate ?? undefined));
  const clock = virtualClock(options.now ?? MONDAY);
  const happenings: Happening[] = [];
  const warnings: string[] = [];
  const [config, templates] = [join(folder, "config"), join(folder, "templates")];
  const open = async () =>
    closing(
      await openApp({
        config,
        templates,
        opened: await openProgramme(config, templates, compileOnce),
        apply: true,
        serve: true,
        clock,
        environment: readEnvironment({
          DATABASE_URL: options.databaseUrl ?? `sqlite:${join(folder, "kindling.db")}`,
          BASE_URL: BASE,
          KINDLING_SECRET: "a secret of these tests",
          ...(options.fate === null ? {} : { SMTP_URL: sink.url }),
          ...options.environment,
        }),
        observe: (heard) => happenings.push(...heard),
        warn: (message) => warnings.push(message),
      }),
    );
  const app = await open();
  const db = app.db.kysely;

  async function rows(email?: string): Promise<Row<"messages">[]> {
    const query = db.selectFrom("messages").selectAll().orderBy("id");
    return (email === undefined ? query : query.where("recipient", "=", email)).execute();
  }

  let linted = 0;
  const dkimKey = options.files?.["secrets/dkim.pem"];
  const sender = { ...app, baseUrl: BASE, ...(dkimKey === undefined ? {} : { dkimKey }) };
  async function lintNew(): Promise<void> {
    const faults: string[] = [];
    for (const { from, to, raw } of sink.mails.slice(linted))
      faults.push(...(await lintSent(sender, { from, to, raw: Buffer.from(raw, "latin1") })));
    linted = sink.mails.length;
    expect(faults, "faults of the mails that this test sent").toEqual([]);
  }

  async function lead(email: string): Promise<Lead> {
    return (await findLead(db, email))!;
  }

  const house: House = {
    app,
    clock,
    sink,
    folder,
    happenings,
    warnings,
    another: open,
    rows,
    lead,
    async arrive(email, ...inputs) {
      const arrival = { to: { email }, at: clock.now(), live: true, create: "yes" as const, inputs };
      await app.db.unit((trx) => appendToInbox(trx, [arrival]));
    },
    start: (email, sequences, attributes = {}) =>
      house.arrive(
        email,
        eventInput("lead.created", "system", { attributes }),
        ...sequences.map((name) => eventInput(`go.${name}`, "lead", {})),
      ),
    async settle() {
      await settle(app.jobs, clock);
      await lintNew();
    },
    async until(at) {
      await house.settle();
      for (;;) {
        const next = await nextOf(app.jobs);
        if (next === null || next > at) break;
        clock.jumpTo(next);
        await house.settle();
      }
      clock.jumpTo(at);
      await house.settle();
    },
    async states(email) {
      return (await rows(email)).map((row) => {
        const at = row.state === "queued" ? row.due_at : (row.done_at ?? row.gated_at!);
        return `${formatInstant(at).slice(5, 19).replace("T", " ")} ${row.state}`;
      });
    },
    async decisions(message) {
      const found = await db
        .selectFrom("message_decisions")
        .selectAll()
        .where("message_id", "=", message)
        .orderBy("place")
        .execute();
      return found.map(({ at, decision, reason, until }) =>
        [
          short(at),
          decision,
          ...(reason === null ? [] : [reason]),
          ...(until === null ? [] : [short(until)]),
        ].join(" "),
      );
    },
    async log(email, type) {
      const { id } = await lead(email);
      const events = (await readLog(db, [id])).get(id) ?? [];
      return events
        .filter((event) => event.type === type)
        .map(({ at, properties }) => ({ at: formatInstant(at), properties }));
    },
    async enrolments(email) {
      const found = await db
        .selectFrom("enrolments")
        .select(["sequence", "state", "outcome"])
        .where("lead_id", "=", (await lead(email)).id)
        .orderBy("id")
        .execute();
      return found.map((row) => `${row.sequence} ${row.outcome ?? row.state}`);
    },
  };
  return house;
}
