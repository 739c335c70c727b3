import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/db/open.io.ts";
import { findKey, hashKey } from "../../src/web/keys.store.ts";
import { temporaryFolder } from "../database.ts";
import { run } from "./auth-process.ts";

const keys = (url: string, ...options: string[]) => run(url, ["keys", ...options]);

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
