import { beforeEach, describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/instant.ts";
import { networkOf } from "../../src/web/auth-attempts.ts";
import { hashPassword, isPassword } from "../../src/web/password.io.ts";
import { openSession } from "../../src/web/sessions.store.ts";
import { findUser, removeUser, setPassword } from "../../src/web/users.store.ts";
import { forgetOld, nextForgetting } from "../../src/web/upkeep.run.ts";
import { forEachDatabase } from "../database.ts";
import { seen } from "./dashboard-house.ts";
import {
  emailOf,
  KEY,
  openEntrance,
  openInMemory,
  PASSWORD,
  type Answer,
  type Entrance,
} from "./visitors.ts";

forEachDatabase("a login", (open) => {
  let house: Entrance;

  beforeEach(async () => {
    house = await openEntrance(await open());
    await house.user("ada");
  });

  test("leads to the page that was asked for, by a cookie that no script and no other site can use", async () => {
    const browser = house.browser();
    const asked = await browser.get("/mailbox?state=queued");
    expect([asked.status, asked.to]).toEqual([303, "/login?to=%2Fmailbox%3Fstate%3Dqueued"]);
    const form = await browser.get(asked.to!);
    expect(form.status).toBe(200);
    expect(form.headers.get("cache-control")).toBe("no-store, private");
    expect(form.text).toContain('name="to" value="/mailbox?state=queued"');
    expect(form.text).not.toContain("Acme");

    const { status, to, headers } = await browser.logIn("ada", PASSWORD, "/mailbox?state=queued");
    expect([status, to]).toEqual([303, "/mailbox?state=queued"]);
    const [session, known] = headers.getSetCookie();
    expect(session).toMatch(
      /^__Host-kindling=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(known).toMatch(
      /^__Host-kindling-known=[\w-]{43}; Max-Age=34560000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const page = await browser.get(to!);
    expect([page.status, page.headers.get("cache-control")]).toEqual([200, "no-store, private"]);
    expect(page.text).toContain("ada@acme.example");
    // The database holds nothing that opens anything.
    const rows = JSON.stringify([
      await house.spine.db.kysely.selectFrom("sessions").selectAll().execute(),
      await house.spine.db.kysely.selectFrom("users").selectAll().execute(),
    ]);
    expect(rows).not.toContain(browser.cookies.get("__Host-kindling"));
    expect(rows).not.toContain(PASSWORD);
    expect(rows).toContain("$argon2id$v=19$m=19456,t=2,p=1$");
  });

  test("ends where nobody does anything for twelve hours, and after two weeks in any case", async () => {
    const browser = house.browser();
    const { clock } = house;
    const start = clock.now();
    await browser.logIn("ada");
    clock.jumpTo(start + 12 * HOUR - 1);
    expect((await browser.get("/account")).status).toBe(200);
    clock.jumpTo(clock.now() + 12 * HOUR);
    expect((await browser.get("/account")).to).toBe("/login?to=%2Faccount");

    await browser.logIn("ada");
    const again = clock.now();
    for (let at = again + 11 * HOUR; at < again + 14 * DAY; at += 11 * HOUR) {
      clock.jumpTo(at);
      expect((await browser.get("/account")).status).toBe(200);
    }
    clock.jumpTo(again + 14 * DAY);
    expect((await browser.get("/account")).status).toBe(303);

    const sessions = () => house.spine.db.kysely.selectFrom("sessions").selectAll().execute();
    expect(await sessions()).toHaveLength(1);
    expect(await nextForgetting(house.spine)).toBe(again + 14 * DAY + HOUR);
    expect(await forgetOld(house.spine)).toBe(1);
    expect(await sessions()).toEqual([]);
  });

  test("has a session of its own; logging out ends it, and it alone", async () => {
    const [here, there] = [house.browser(), house.browser("192.0.2.8")];
    await here.logIn("ada");
    await there.logIn("ada");
    const first = here.cookies.get("__Host-kindling")!;
    await here.logIn("ada");
    expect(here.cookies.get("__Host-kindling")).not.toBe(first);
    const stolen = house.browser();
    stolen.cookies.set("__Host-kindling", first);
    expect((await stolen.get("/account")).status).toBe(303);

    stolen.cookies.set("__Host-kindling", here.cookies.get("__Host-kindling")!);
    expect((await stolen.get("/account")).status).toBe(200);
    expect((await here.post("/logout")).to).toBe("/login");
    expect(here.cookies.has("__Host-kindling")).toBe(false);
    expect((await stolen.get("/account")).status).toBe(303);
    expect((await there.get("/account")).status).toBe(200);
  });

  test("ends with another password and with the user, also one that is just being made", async () => {
    const { db, clock } = house.spine;
    const browser = house.browser();
    await browser.logIn("ada");
    const before = (await findUser(db.kysely, emailOf("ada")))!;
    const hash = await hashPassword("quite another sentence");
    expect(await db.unit((trx) => setPassword(trx, emailOf("ada"), hash))).toBe(true);
    expect((await browser.get("/account")).status).toBe(303);
    expect(await db.unit((trx) => openSession(trx, before, clock.now()))).toBeNull();
    expect((await browser.logIn("ada")).status).toBe(401);
    expect((await browser.logIn("ada", "quite another sentence")).to).toBe("/");

    const now = (await findUser(db.kysely, emailOf("ada")))!;
    expect(now.loggedInAt).toBe(clock.now());
    expect(await db.unit((trx) => removeUser(trx, emailOf("ada")))).toBe(true);
    expect((await browser.get("/account")).status).not.toBe(200);
    expect(await db.unit((trx) => openSession(trx, now, clock.now()))).toBeNull();
    expect(await db.kysely.selectFrom("sessions").selectAll().execute()).toEqual([]);
  });

  test("may be given another password by its user, who stays logged in there alone", async () => {
    const [here, there] = [house.browser(), house.browser("192.0.2.8")];
    await here.logIn("ada");
    await there.logIn("ada");
    const change = (password: string, wanted: string) => here.post("/account", { password, new: wanted });
    const wrong = await change("a guess of somebody's", "quite another sentence");
    expect([wrong.status, seen(wrong.text)]).toEqual([
      403,
      expect.stringContaining("That is not the password that you have."),
    ]);
    const short = await change(PASSWORD, "short");
    expect(seen(short.text)).toContain("The new password needs 12 characters or more.");
    expect((await there.get("/account")).status).toBe(200);
    expect((await change(PASSWORD, "quite another sentence")).to).toBe("/account?changed");
    expect(seen((await here.get("/account?changed")).text)).toContain("The password is changed.");
    expect((await there.get("/account")).status).toBe(303);
    expect((await there.logIn("ada", "quite another sentence")).to).toBe("/");
  });
});

describe("a login", () => {
  test("leads nowhere outside", async () => {
    const house = await openInMemory();
    await house.user("ada");
    const browser = house.browser();
    const outside = [
      "//elsewhere.example",
      "/\\elsewhere.example",
      "/\t/elsewhere.example",
      "https://elsewhere.example/",
      "javascript:alert(1)",
      "elsewhere.example",
    ];
    const path = (to: string) => `/login?to=${encodeURIComponent(to)}`;
    for (const to of outside) expect((await browser.get(path(to))).text).toContain('name="to" value="/"');
    expect((await browser.logIn("ada", PASSWORD, outside[0])).to).toBe("/");
    for (const to of outside) expect((await browser.get(path(to))).to).toBe("/");
    expect((await browser.get(path("/notices"))).to).toBe("/notices");
  });

  /** Guesses at once, each from a network of its own. */
  async function guesses(house: Entrance, name: string, passwords: readonly string[]): Promise<Answer[]> {
    const asked = passwords.map((password, n) => house.browser(`2001:db8:${n}::1`).logIn(name, password));
    return Promise.all(asked);
  }

  const TEN = Array.from({ length: 10 }, (_, n) => `guess number ${n}`);

  test("takes ten wrong passwords for an account in a quarter of an hour, wherever they come from, and tells of none whether there is one", async () => {
    const house = await openInMemory();
    await house.user("ada");
    const own = house.browser("203.0.113.5");
    expect((await own.logIn("ada")).status).toBe(303);
    await own.post("/logout");
    // Also of many at once; and of an address that nobody has, which is told from a wrong password in nothing.
    const told = async (name: string) => {
      const answers = await guesses(house, name, [...TEN, "one more of those", "and another one"]);
      return answers.map(({ status, headers, text }) => ({
        status,
        headers: [...headers],
        text: text.replaceAll(emailOf(name), "WHO"),
      }));
    };
    const ada = await told("ada");
    expect(ada.map(({ status }) => status)).toEqual([...TEN.map(() => 401), 429, 429]);
    expect(seen(ada[0]!.text)).toContain("The address or the password is wrong.");
    expect(await told("eve")).toEqual(ada);
    // Not even the right one is looked at, except where its owner has been before.
    const [refused] = await guesses(house, "ada", [PASSWORD]);
    expect([refused!.status, refused!.headers.get("retry-after")]).toEqual([429, "900"]);
    expect(seen(refused!.text)).toContain("Too many wrong passwords. Please wait 15 minutes.");
    expect((await own.logIn("ada", "a slip of the pen")).status).toBe(401);
    expect((await own.logIn("ada")).status).toBe(303);
    house.clock.jumpTo(house.clock.now() + 15 * MINUTE);
    expect((await guesses(house, "ada", [PASSWORD]))[0]!.status).toBe(303);
  });

  test("takes twenty wrong passwords a minute from one network, whoever's they are", async () => {
    const house = await openInMemory();
    await house.user("ada");
    const guess = (n: number) =>
      house.browser(`2001:db8:0:1::${n + 1}`).logIn(`user${n}`, "a guess of somebody's");
    for (const first of [0, 10])
      for (const { status } of await Promise.all(TEN.map((_, n) => guess(first + n))))
        expect(status).toBe(401);
    expect((await guess(20)).headers.get("retry-after")).toBe("60");
    expect((await house.browser("2001:db8:0:1::99").logIn("ada")).status).toBe(429);
    expect((await house.browser("2001:db8:0:2::1").logIn("ada")).status).toBe(303);
    house.clock.jumpTo(house.clock.now() + MINUTE);
    expect((await guess(21)).status).toBe(401);
  });

  test("is one of a few that are looked at at once; of a flood the others are told to come again", async () => {
    const house = await openInMemory();
    await house.user("ada");
    const flood = Array.from({ length: 40 }, (_, n) =>
      house.browser(`192.0.2.${n}`).logIn(`nobody${n}`, "a guess of somebody's"),
    );
    const answers = await Promise.all(flood);
    const looked = answers.filter(({ status }) => status === 401).length;
    // Two at a time, sixteen wait; one that is done while the flood still comes makes room for another.
    expect(looked).toBeGreaterThanOrEqual(18);
    expect(looked).toBeLessThan(40);
    expect(answers.filter(({ status }) => status === 503)).toHaveLength(40 - looked);
    const busy = answers.find(({ status }) => status === 503)!;
    expect(busy.headers.get("retry-after")).toBe("2");
    expect(seen(busy.text)).toContain("Many are logging in just now.");
    expect((await house.browser().logIn("ada")).status).toBe(303);
  });

  test("is the same however the letters of the password are written", async () => {
    const hash = await hashPassword("caf\u00e9 au lait, s'il vous");
    expect(await isPassword("cafe\u0301 au lait, s'il vous", hash)).toBe(true);
    expect(await isPassword("cafe au lait, s'il vous", hash)).toBe(false);
  });

  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "::ffff:192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8::7", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["unknown", "unknown"],
  ])("from %s counts for %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe("who is not logged in", () => {
  const HERE = "127.0.0.1";

  test("sits at this machine, and needs to be nobody until there is a user", async () => {
    const house = await openInMemory("http://localhost:3000");
    const page = await house.browser(HERE).get("/");
    expect(page.status).toBe(200);
    expect(seen(page.text)).toContain("There are no users yet, so that this machine opens without a login.");
    expect(seen((await house.browser(HERE).get("/login")).text)).toContain(
      "users add --role admin --email you@example.com",
    );
    await house.user("maria", "rep", "maria");
    expect((await house.browser(HERE).get("/")).to).toBe("/login");
    const maria = house.browser(HERE);
    const { headers } = await maria.logIn("maria");
    // Without https there is nothing that could be held to it.
    expect(headers.getSetCookie()[0]).toMatch(
      /^kindling=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect((await maria.get("/")).status).toBe(200);
  });

  test("still gets in with an admin key; a program is told so in a line, a browser on a page", async () => {
    const house = await openInMemory();
    const bearer = { authorization: `Bearer ${KEY}` };
    const strange = await house.browser().get("/");
    expect([strange.status, strange.headers.get("www-authenticate")]).toEqual([
      401,
      'Basic realm="Kindling", charset="UTF-8"',
    ]);
    expect(seen(strange.text)).toContain("users add --role admin");
    expect((await house.browser().get("/", bearer)).status).toBe(200);

    await house.user("ada");
    expect((await house.browser().get("/", bearer)).status).toBe(200);
    const program = await house.browser().get("/segments", { accept: "*/*" });
    expect([program.status, program.headers.get("content-type")]).toEqual([401, "text/plain; charset=UTF-8"]);
    expect(program.text).toMatch(/^Log in at \/login, or send an admin key/);
    const guess = () => house.browser().get("/", { authorization: "Bearer a-guess" });
    for (let n = 0; n < 20; n++) await guess();
    const refused = await guess();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect(seen(refused.text)).toContain("Too many wrong keys.");
    // Whoever logs in is not held up by that.
    expect((await house.browser().logIn("ada")).status).toBe(303);
    house.clock.jumpTo(house.clock.now() + 61 * SECOND);
    expect((await guess()).to).toBe("/login");
  });
});
