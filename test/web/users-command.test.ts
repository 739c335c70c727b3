import { join } from "node:path";
import { Command } from "commander";
import { expect, onTestFinished, test, vi } from "vitest";
import { usersCommand } from "../../src/commands/users.ts";
import { InputError } from "../../src/config/problems.ts";
import { openDatabase } from "../../src/db/open.io.ts";
import { migrateToLatest } from "../../src/db/migrate.store.ts";
import { applyVersion } from "../../src/programme/versions.store.ts";
import { isPassword } from "../../src/web/password.io.ts";
import { openSession } from "../../src/web/sessions.store.ts";
import { findUser } from "../../src/web/users.store.ts";
import { temporaryFolder } from "../database.ts";
import { MONDAY, programmeOf, REPS } from "../reps/house.ts";
import { run } from "./auth-process.ts";

const EMAIL = "maria@acme.example";

test("a user is made with a password that is printed once, given another, listed and removed", async () => {
  const url = `sqlite:${join(temporaryFolder(), "users.db")}`;
  const users = (words: string, input?: string) => run(url, ["users", ...words.split(" ")], input);
  const made = await users("add --role rep --rep maria --email Maria@Acme.Example");
  expect(made).toEqual({
    status: 0,
    out: expect.stringMatching(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}\n$/),
    err: "Nobody has the role admin: `kindling users add --role admin --email YOU`.\n",
  });
  const db = await openDatabase(url);
  const user = (await findUser(db.kysely, EMAIL))!;
  expect(user).toMatchObject({ role: "rep", rep: "maria", loggedInAt: null });
  expect(await isPassword(made.out.trim(), user.password)).toBe(true);
  expect(await db.unit((trx) => openSession(trx, user, MONDAY))).not.toBeNull();

  expect(await users(`password ${EMAIL} --password`, "a sentence of her own\n")).toMatchObject({
    status: 0,
    out: `${EMAIL} has this password now, and is logged out everywhere.\n`,
  });
  expect(await isPassword("a sentence of her own", (await findUser(db.kysely, EMAIL))!.password)).toBe(true);
  expect(await db.kysely.selectFrom("sessions").selectAll().execute()).toEqual([]);
  expect((await users("list")).out).toMatch(
    /^maria@acme\.example +rep maria +logged in 2026-03-02T10:00:00\.000Z\n$/,
  );
  expect(JSON.parse((await users("list --json")).out)).toEqual([
    {
      email: EMAIL,
      role: "rep",
      rep: "maria",
      created_at: expect.any(String),
      logged_in_at: "2026-03-02T10:00:00.000Z",
    },
  ]);
  expect(await users(`remove ${EMAIL}`)).toEqual({
    status: 0,
    out: `${EMAIL} is removed, and logged out everywhere.\n`,
    err: "There are no users any more: on this machine the dashboard opens without a login.\n",
  });
  expect(await findUser(db.kysely, EMAIL)).toBeNull();
  await db.close();
});

test("what is wrong about a user is said, and none is made", async () => {
  const url = `sqlite:${join(temporaryFolder(), "wrong.db")}`;
  const db = await openDatabase(url);
  await migrateToLatest(db.kysely);
  const files = new Map([["config/reps.yaml", REPS]]);
  const by = { author: "test", message: "", at: MONDAY };
  const programme = await programmeOf();
  await db.unit((trx) => applyVersion(trx, programme, files, by));
  vi.stubEnv("DATABASE_URL", url);
  // Vite's own means something else.
  vi.stubEnv("BASE_URL", "");
  onTestFinished(() => void vi.unstubAllEnvs());
  const program = new Command().exitOverride();
  usersCommand(program);
  const wrong: readonly (readonly [words: string, err: string])[] = [
    [`add --role amin --email ${EMAIL}`, '--role: there is no role "amin" (did you mean "admin"?)'],
    [`add --role rep --email ${EMAIL}`, "--rep: a user with the role rep needs to know whose leads they see"],
    [`add --role admin --rep maria --email ${EMAIL}`, "--rep is for the role rep, not for admin"],
    [
      `add --role rep --rep mari --email ${EMAIL}`,
      '--rep: there is no rep "mari" in config/reps.yaml (did you mean "maria"?)',
    ],
    ["add --role admin --email maria", '--email: "maria" is no email address'],
    [`password ${EMAIL}`, `there is no user ${EMAIL}; see \`kindling users list\``],
    [`remove ${EMAIL}`, `there is no user ${EMAIL}; see \`kindling users list\``],
  ];
  for (const [words, err] of wrong)
    await expect(program.parseAsync(["users", ...words.split(" ")], { from: "user" })).rejects.toThrow(
      new InputError(err),
    );
  expect(
    await run(url, ["users", "add", "--role", "admin", "--email", EMAIL, "--password"], "short\n"),
  ).toEqual({
    status: 2,
    out: "",
    err: "--password: it needs 12 characters or more\n",
  });
  expect(await db.kysely.selectFrom("users").selectAll().execute()).toEqual([]);
  await db.close();
});
