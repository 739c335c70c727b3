import { sql } from "kysely";
import { expect, test } from "vitest";
import { database } from "../../src/commands/doctor-home.ts";
import { readEnvironment } from "../../src/config/environment.io.ts";
import { setHold } from "../../src/email/hold.store.ts";
import { addUser } from "../../src/web/users.store.ts";
import { forEachDatabase } from "../database.ts";

forEachDatabase("kindling doctor looks at the database", (open, { url, kind }) => {
  test("whether it is whole, up to date and at our time, what it holds back, and changes nothing", async () => {
    const db = await open();
    const environment = readEnvironment({ DATABASE_URL: url(db) });
    const look = async () =>
      (await database(environment, new Map())).map(({ about, level }) => `${about} ${level}`);
    const disk = kind === "sqlite" ? ["disk ok"] : [];
    expect(await look()).toEqual(["database ok", ...disk, "clock ok", "applied ok", "mail ok", "users ok"]);
    const reached = { ...environment, baseUrl: "https://mail.acme.example" };
    expect((await database(reached, new Map())).at(-1)).toMatchObject({
      level: "warning",
      what: "none: the dashboard opens with an admin key alone, which may do everything",
    });
    await addUser(db.kysely, { email: "ada@acme.example", role: "admin", rep: null, password: "-" }, 0);
    expect((await database(reached, new Map())).at(-1)).toMatchObject({ level: "ok", what: "1 can log in" });
    await setHold(db.kysely, true);
    expect(await look()).toContain("mail warning");
    await sql`delete from kysely_migration where name like '007%' or name > '007'`.execute(db.kysely);
    expect(await look()).toEqual([kind === "sqlite" ? "database warning" : "database wrong", ...disk]);
  });
});

test("a database that can't be reached is wrong, and its password is not said", async () => {
  const environment = readEnvironment({ DATABASE_URL: "postgres://kindling:hush@127.0.0.1:1/none" });
  const found = await database(environment, new Map());
  expect(found).toMatchObject([{ about: "database", level: "wrong" }]);
  expect(JSON.stringify(found)).not.toContain("hush");
});
