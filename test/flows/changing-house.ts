import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { eventInput } from "../../src/events/input.ts";
import { parseInstant, type Instant } from "../../src/instant.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import type { Happening } from "../../src/lifecycle/changes.ts";
import { openProgramme } from "../../src/programme/files.io.ts";
import { loadProgramme } from "../../src/programme/load.ts";
import { applyVersion, type ApplyOptions } from "../../src/programme/versions.store.ts";
import { openWorld } from "../../src/world.ts";
import { compileOnce } from "../compile-once.ts";
import { writeFiles } from "../lifecycle/files.ts";
import { mail, sequence } from "./world.ts";

/** A Monday. */
export const START = parseInstant("2026-01-05T00:00:00Z")!;

const COMPANY: Readonly<Record<string, string>> = {
  "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street, timezone: UTC }
mail: { from: ada@acme.example }
`,
  "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 30 }
engagement:
  rules:
    - { rule: pages, on: page.viewed, points: 10 }
`,
};

export type Files = Readonly<Record<string, string>>;

export const MAILS = ["a", "b", "c", "d", "e", "f"];

/** A company with mails a to f and one sequence, `s`, entered by `go.now`; its steps in YAML's flow form. */
export function company(steps: readonly string[] | null, more: Files = {}): Files {
  const own =
    steps === null
      ? {}
      : sequence("s", ["enter: [{ event: go.now }]", "reenter: always", ...flow(steps)].join("\n"));
  return {
    ...COMPANY,
    ...Object.fromEntries(MAILS.map((name) => [`templates/${name}.mjml`, mail(name)])),
    ...own,
    ...more,
  };
}

function flow(steps: readonly string[]): string[] {
  return ["steps:", ...steps.map((step) => `  - ${step}`)];
}

/** A company that lives in virtual time and whose files change meanwhile. */
export async function openChanging(files: Files, databaseUrl?: string) {
  const folder = mkdtempSync(join(tmpdir(), "kindling-changing-"));
  writeFiles(folder, files);
  const warnings: string[] = [];
  const [config, templates] = [join(folder, "config"), join(folder, "templates")];
  const world = await openWorld({
    config,
    templates,
    opened: await openProgramme(config, templates, compileOnce),
    from: START,
    seed: 1,
    warn: (message) => void warnings.push(message),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });
  rmSync(folder, { recursive: true, force: true });
  const happened: Happening[] = [];
  world.listen((lines) => void happened.push(...lines));
  const { spine, clock, app } = world;
  return {
    app,
    spine,
    clock,
    warnings,
    happened,
    async until(at: Instant): Promise<void> {
      for (;;) {
        await world.settle();
        const next = await world.nextDue();
        if (next === null || next > at) break;
        clock.jumpTo(Math.max(next, clock.now()));
      }
      clock.jumpTo(at);
      await world.settle();
    },
    async arrive(
      email: string,
      type: string,
      properties: Readonly<Record<string, unknown>> = {},
    ): Promise<void> {
      const inputs = [eventInput(type, "lead", properties)];
      await spine.db.unit((trx) =>
        appendToInbox(trx, [{ to: { email }, at: clock.now(), live: true, create: "yes", inputs }]),
      );
      await drain(spine);
      await world.settle();
    },
    /** Applies other files; leads are taken over at once, as they are by the jobs; `unseen`: no job has run by then. */
    async apply(
      next: Files,
      options: Partial<ApplyOptions> = {},
      { unseen = false }: { readonly unseen?: boolean } = {},
    ): Promise<void> {
      const stored = new Map(Object.entries(next));
      const loaded = await loadProgramme(stored, compileOnce);
      if ("problems" in loaded)
        throw new Error(loaded.problems.map(({ file, message }) => `${file}: ${message}`).join("\n"));
      const by = { author: "ada", message: "", at: clock.now(), ...options };
      await spine.db.unit((trx) => applyVersion(trx, loaded.programme, stored, by));
      if (!unseen) await world.settle();
    },
    enrolments: () => spine.db.kysely.selectFrom("enrolments").selectAll().orderBy("id").execute(),
    messages: () =>
      spine.db.kysely
        .selectFrom("messages")
        .selectAll()
        .where("kind", "=", "sequence")
        .orderBy("id")
        .execute(),
    /** Templates that this lead was sent, in order, from an instant on. */
    sent(email: string, since: Instant = START): string[] {
      return happened
        .filter((line) => line.what === "message.sent" && line["email"] === email && line.at >= since)
        .map((line) => String(line["template"]));
    },
  };
}
