import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openApp } from "../../src/app.ts";
import { explainCommand } from "../../src/commands/explain.ts";
import { InputError } from "../../src/config/problems.ts";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { eventInput } from "../../src/events/input.ts";

let folder: string;
let said: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kindling-explain-"));
  vi.stubEnv("DATABASE_URL", `sqlite:${join(folder, "kindling.db")}`);
  // vitest has one of its own.
  vi.stubEnv("BASE_URL", "http://localhost:3000");
  mkdirSync(join(folder, "config"));
  writeFileSync(
    join(folder, "config/kindling.yaml"),
    'company: { name: Acme, address: "1 Main Street", timezone: Europe/Lisbon }\nmail: { from: ada@acme.example }\n',
  );
  said = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const app = await openApp({
    config: join(folder, "config"),
    templates: join(folder, "templates"),
    apply: true,
  });
  const inputs = [eventInput("lead.created", "system", { attributes: { first_name: "Ada" } })];
  const arrival = {
    to: { email: "ada@x.example" },
    at: app.spine.clock.now(),
    live: true,
    create: "yes" as const,
  };
  await app.db.unit((trx) => appendToInbox(trx, [{ ...arrival, inputs }]));
  await app.close();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function kindling(...words: string[]): Promise<void> {
  const program = new Command().exitOverride();
  explainCommand(program);
  const places = ["--config", join(folder, "config"), "--templates", join(folder, "templates")];
  await program.parseAsync(["explain", ...words, ...places], { from: "user" });
}

test("a lead that waits in the inbox is there, and is explained for people and for programs", async () => {
  await kindling("Ada@X.example");
  expect(said).toMatch(/^Ada <ada@x\.example>\nstage lead, no owner/);
  expect(said).toContain("Is in no sequence, there is none");
  said = "";
  await kindling("ada@x.example", "--json");
  expect(JSON.parse(said)).toMatchObject({ email: "ada@x.example", mails: [], enrolments: [], next: [] });
});

test("an address that nobody has is refused, with the one that may be meant", async () => {
  await expect(kindling("adda@x.example")).rejects.toThrow(
    new InputError("there is no lead adda@x.example (did you mean ada@x.example?)"),
  );
  await expect(kindling("bob@elsewhere.example")).rejects.toThrow(
    new InputError("there is no lead bob@elsewhere.example"),
  );
  await expect(kindling("ada")).rejects.toThrow(new InputError('"ada" is no email address'));
  expect(said).toBe("");
});
