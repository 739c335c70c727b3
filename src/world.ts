import { createHash } from "node:crypto";
import { openApp, type App, type AppOptions } from "./app.ts";
import { virtualClock, type VirtualClock } from "./clock.ts";
import type { Environment } from "./config/environment.io.ts";
import type { Template } from "./email/template.ts";
import type { Instant } from "./instant.ts";
import { nextOf, remembering, settle } from "./jobs.ts";
import type { Happening } from "./lifecycle/changes.ts";
import type { World } from "./planning/simulate.run.ts";
import { findTemplate } from "./programme/versions.store.ts";

export interface WorldOptions {
  readonly config: string;
  readonly templates: string;
  readonly from: Instant;
  readonly seed: number;
  /** What both folders hold, where they have been read already: worlds one after another compile nothing anew. */
  readonly opened?: AppOptions["opened"];
  /** Where it is lived; in memory where left out. */
  readonly databaseUrl?: string;
  /** Hears of what a person should look at. */
  readonly warn?: AppOptions["warn"];
}

/** The whole application on a virtual clock, from which nothing leaves. */
export async function openWorld(options: WorldOptions): Promise<World & { readonly app: App }> {
  const clock: VirtualClock = virtualClock(options.from);
  let hear: (happenings: readonly Happening[]) => void = () => {};
  const app = await openApp({
    config: options.config,
    templates: options.templates,
    apply: true,
    ...(options.opened ? { opened: options.opened } : {}),
    clock,
    environment: quietEnvironment(options),
    strict: true,
    ...(options.warn ? { warn: options.warn } : {}),
    observe: (happenings) => hear(happenings),
  });
  const jobs = remembering(app.jobs, app.db);
  const templates = new Map<string, Template | null>();
  return {
    app,
    spine: app.spine,
    clock,
    settle: () => settle(jobs, clock),
    nextDue: () => nextOf(jobs),
    listen: (listener) => {
      hear = listener;
    },
    async linkOf(message, link) {
      const row = await app.db.kysely
        .selectFrom("messages")
        .select("template_hash")
        .where("id", "=", message)
        .executeTakeFirst();
      const hash = row?.template_hash ?? null;
      if (hash === null) return { url: null, hidden: false };
      if (!templates.has(hash)) templates.set(hash, await findTemplate(app.db.kysely, hash));
      const links = templates.get(hash)?.links ?? [];
      return { url: links[link] ?? null, hidden: link >= links.length };
    },
  };
}

/** Same seed, same secret, so that even the tokens in the mails are the same bytes. */
function quietEnvironment({ seed, databaseUrl }: WorldOptions): Environment {
  return {
    databaseUrl: databaseUrl ?? "sqlite::memory:",
    smtpUrl: null,
    imapUrl: null,
    baseUrl: "http://localhost:3000",
    host: "127.0.0.1",
    port: 3000,
    secrets: [createHash("sha256").update(`kindling simulation ${seed}`).digest("hex")],
    apiKey: null,
    logLevel: "silent",
    trustedProxies: null,
    variable: () => undefined,
  };
}
