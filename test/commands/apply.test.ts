import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { applyCommand } from "../../src/commands/apply.ts";
import { rollbackCommand } from "../../src/commands/rollback.ts";
import { versionCommands } from "../../src/commands/versions.ts";
import { InputError } from "../../src/config/problems.ts";
import { openDatabase } from "../../src/db/open.io.ts";
import { writeFiles } from "../lifecycle/files.ts";

const MODEL = "config/scoring/default.yaml";
const FILES = {
  "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street }
mail: { from: Ada <ada@acme.example> }
announce: [boss@acme.example, MARIA@acme.example]
`,
  "config/reps.yaml":
    "reps: [{ rep: maria, name: Maria, email: maria@acme.example }]\nchannels: { chat: { url_env: CHAT } }\n",
  [MODEL]: "model: default\nthresholds: { warm: 20, hot: 50 }\n",
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kindling-apply-"));
  writeFiles(folder, FILES);
  // vitest has one of its own.
  vi.stubEnv("BASE_URL", "https://k.acme.example");
  vi.stubEnv("DATABASE_URL", `sqlite:${join(folder, "kindling.db")}`);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A command in this process: what it writes, and the status that it would end with. */
async function kindling(name: string, ...options: string[]) {
  const program = new Command("kindling").exitOverride();
  for (const add of [applyCommand, rollbackCommand, versionCommands]) add(program);
  let out = "";
  const heard = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const folders =
    name === "apply" ? ["--config", join(folder, "config"), "--templates", join(folder, "templates")] : [];
  try {
    await program.parseAsync([name, ...options, ...folders], { from: "user" });
    return { status: 0, out, err: "" };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { status: 2, out, err: error.message };
  } finally {
    heard.mockRestore();
  }
}

async function versions(): Promise<{ version: string; live: boolean; kind: string }[]> {
  return JSON.parse((await kindling("versions", "--json")).out) as never;
}

async function queued<T>(
  read: (db: Awaited<ReturnType<typeof openDatabase>>["kysely"]) => Promise<T>,
): Promise<T> {
  const db = await openDatabase(`sqlite:${join(folder, "kindling.db")}`);
  try {
    return await read(db.kysely);
  } finally {
    await db.close();
  }
}

const mails = () =>
  queued((db) =>
    db
      .selectFrom("messages")
      .select(["kind", "recipient", "subject", "variables", "state"])
      .orderBy("id")
      .execute(),
  );

test("files go live with who and why, tell those who work with them, and can be taken back", async () => {
  expect(await kindling("versions")).toMatchObject({ status: 0, out: "Nothing was applied yet.\n" });
  expect((await kindling("rollback")).status).toBe(2);

  // The first one tells nobody.
  expect((await kindling("apply", "--author", "Ada", "--message", "To begin with")).out).toMatch(
    /^Version [0-9a-f]{12} is live; running processes follow within seconds\.\n$/,
  );
  expect(await mails()).toEqual([]);
  expect((await kindling("apply")).out).toMatch(/is live already, since .* UTC\. Nothing to do\.\n$/);
  expect(await versions()).toHaveLength(1);

  // With mistakes all of them are said, and nothing changes.
  writeFiles(folder, {
    [MODEL]: "model: default\nthresholds: { warm: 60, hot: 50 }\nrul: 1\n",
    "config/reps.yaml": "reps: 1\n",
  });
  const wrong = await kindling("apply");
  expect(wrong.status).toBe(2);
  expect(wrong.err).toContain("config/scoring/default.yaml:3:1");
  expect(wrong.err).toContain("config/reps.yaml:1:7");
  expect(await versions()).toHaveLength(1);

  writeFiles(folder, { ...FILES, [MODEL]: FILES[MODEL].replace("50", "60") });
  const applied = await kindling("apply", "--author", "Bob", "--message", "Too many notices", "--json");
  expect(JSON.parse(applied.out)).toMatchObject({
    applied: true,
    kind: "apply",
    in_flight: "migrate",
    files: [{ path: MODEL, change: "changed" }],
    told: 2,
  });
  const told = await mails();
  expect(told.map(({ kind, recipient, state }) => [kind, recipient.toLowerCase(), state])).toEqual([
    ["announcement", "maria@acme.example", "queued"],
    ["announcement", "boss@acme.example", "queued"],
  ]);
  expect(told[0]!.subject).toBe("Kindling was changed: Too many notices");
  const { text } = JSON.parse(told[0]!.variables!) as { text: string };
  expect(text).toContain("Bob changed 1 thing.");
  expect(text).toContain("Why: Too many notices");
  expect(text).toContain('the scoring model "default": hot from 50 to 60');
  const chat = await queued((db) => db.selectFrom("webhook_deliveries").select("body").execute());
  expect(chat.map(({ body }) => (JSON.parse(body) as { text: string }).text)).toEqual([
    expect.stringContaining('• the scoring model "default": hot from 50 to 60'),
  ]);

  const [live, before] = await versions();
  expect((await kindling("show", before!.version.slice(0, 8))).out.split("\n")).toContain(MODEL);
  expect((await kindling("show", before!.version, MODEL)).out).toBe(FILES[MODEL]);
  expect((await kindling("show", before!.version.slice(0, 8), "--diff")).out).toContain(
    "-thresholds: { warm: 20, hot: 50 }\n+thresholds: { warm: 20, hot: 60 }\n",
  );
  expect(await kindling("show", "live", "config/rep.yaml")).toMatchObject({
    status: 2,
    err: expect.stringContaining('did you mean "config/reps.yaml"?'),
  });
  expect((await kindling("show", "0123456789")).status).toBe(2);
  expect(await kindling("show", "")).toMatchObject({ status: 2 });

  expect((await kindling("rollback")).status).toBe(0);
  expect((await versions()).map(({ version, live: now, kind }) => [version, now, kind])).toEqual([
    [before!.version, true, "rollback"],
    [live!.version, false, "apply"],
    [before!.version, false, "apply"],
  ]);
  expect((await mails()).at(-1)!.subject).toContain("Kindling is back at an earlier version");
});
