import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/db/open.io.ts";
import { findKey, hashKey } from "../../src/web/keys.store.ts";
import { temporaryFolder } from "../database.ts";

const SCRIPT = new URL("auth-keys-process.ts", import.meta.url).pathname;

/** `kindling keys …` as a process. */
async function keys(
  url: string,
  ...options: string[]
): Promise<{ status: number; out: string; err: string }> {
  const env = { PATH: process.env["PATH"], DATABASE_URL: url };
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", SCRIPT, "keys", ...options],
    { env },
  );
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const status = await new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  return { status, out, err };
}

test("a key is printed once, listed without what it says, and revoked", async () => {
  const url = `sqlite:${join(temporaryFolder(), "keys.db")}`;
  const made = await keys(url, "add", "--role", "rep", "--rep", "maria", "--name", "Maria's phone");
  expect(made).toEqual({ status: 0, out: expect.stringMatching(/^knd_[\w-]{32}\n$/), err: "" });
  const key = made.out.trim();

  const db = await openDatabase(url);
  expect(await findKey(db.kysely, hashKey(key))).toMatchObject({ id: 1, role: "rep", rep: "maria" });

  const listed = await keys(url, "list");
  expect(listed.out).toMatch(/^ {3}1 {2}rep maria {9}\d{4}-.*Z {2}Maria's phone\n$/);
  expect(listed.out).not.toContain(key.slice(4));

  expect(await keys(url, "revoke", "1")).toMatchObject({ status: 0, out: "Key 1 is refused from now on.\n" });
  expect(await findKey(db.kysely, hashKey(key))).toBeNull();
  await db.close();
  expect(JSON.parse((await keys(url, "list", "--json")).out)).toMatchObject([
    { id: 1, revoked_at: expect.any(String) },
  ]);
  expect(await keys(url, "revoke", "1")).toEqual({
    status: 2,
    out: "",
    err: "there is no key 1 in use; see `kindling keys list`\n",
  });
});

test.each([
  [["--role", "markter"], '--role: there is no role "markter" (did you mean "marketer"?)\n'],
  [["--role", "rep"], "--rep: a key with the role rep needs to know whose it is\n"],
  [["--role", "admin", "--rep", "maria"], "--rep is for the role rep, not for admin\n"],
])("%s is refused, and no key is made", async (options, err) => {
  const url = `sqlite:${join(temporaryFolder(), "none.db")}`;
  expect(await keys(url, "add", ...options, "--name", "x")).toEqual({ status: 2, out: "", err });
});
