import { describe, expect, test } from "vitest";
import type { TrustedProxies } from "../../src/config/environment.io.ts";
import { HIDDEN } from "../../src/events/verdict.ts";
import { ADA, FIREFOX, openHouse, withSettings, type House, type HouseOptions } from "./house.ts";

async function withMail(name?: string, options: HouseOptions = {}) {
  const house = await openHouse(options);
  await house.lead();
  return { house, message: await house.mail(name) };
}

async function verdicts(house: House): Promise<string[]> {
  return (await house.log()).map((event) => `${event.type} ${event.verdict}`);
}

async function messageOf(house: House, id: number) {
  return house.db.kysely.selectFrom("messages").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
}

describe("the open pixel", () => {
  test("is always the same dot of 43 bytes, kept by nobody", async () => {
    const { house, message } = await withMail();
    const answer = await house.ask(house.openPath(message));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("image/gif");
    expect(answer.headers.get("cache-control")).toBe("no-store, private");
    const body = Buffer.from(await answer.arrayBuffer());
    expect(body).toHaveLength(43);
    expect(body.subarray(0, 6).toString()).toBe("GIF89a");
    for (const wrong of [
      "x.gif",
      `${house.token("view", { message })}.gif`,
      "%E0%A4%A.gif",
      `${"a".repeat(5000)}`,
    ]) {
      const other = await house.ask(`/t/o/${wrong}`);
      expect(other.status).toBe(200);
      expect([...other.headers]).toEqual([...answer.headers]);
      expect(Buffer.from(await other.arrayBuffer())).toEqual(body);
    }
    expect(await verdicts(house)).toEqual(["email.opened human"]);
  });

  test("counts a person once a mail, and says when they first looked", async () => {
    const { house, message } = await withMail();
    await house.ask(house.openPath(message));
    house.clock.jumpTo(house.clock.now() + 5000);
    await house.ask(house.openPath(message));
    expect(await verdicts(house)).toEqual(["email.opened human", "email.opened human"]);
    expect(await house.score()).toBe(1);
    expect((await messageOf(house, message)).opened_at).toBe(house.clock.now() - 5000);
  });

  test.each([
    [
      "a Gmail reader, seen through Google's image proxy",
      "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
      "proxy",
      1,
    ],
    [
      "a Yahoo reader, seen through Yahoo's",
      "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
      "proxy",
      1,
    ],
    ["nobody, where the mail client loaded it ahead", "Mozilla/5.0", "prefetch", 0],
    [
      "nobody, where a bot did",
      "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
      "scanner",
      0,
    ],
    ["nobody, where a program with no name did", "", "scanner", 0],
  ])("counts %s", async (_, agent, verdict, score) => {
    const { house, message } = await withMail();
    await house.ask(house.openPath(message), { agent });
    const [event] = await house.log();
    expect(event).toMatchObject({ type: "email.opened", verdict });
    expect(event!.verdictReason).toEqual(expect.any(String));
    expect(await house.score()).toBe(score);
    const row = await messageOf(house, message);
    expect([row.opened_at !== null, row.machine_at !== null]).toEqual([score === 1, score === 0]);
  });

  test("counts nobody who asks with HEAD, from a scanner's range or from a privacy relay", async () => {
    const { house, message } = await withMail();
    const head = await house.ask(house.openPath(message), { method: "HEAD" });
    expect(head.status).toBe(200);
    await house.ask(house.openPath(message), { ip: "198.51.100.7" });
    await house.ask(house.openPath(message), { ip: "::ffff:198.51.100.7" });
    await house.ask(house.openPath(message), { ip: "2001:db8:bad::1" });
    await house.ask(house.openPath(message), { ip: "203.0.113.9" });
    expect(await verdicts(house)).toEqual([
      ...Array(4).fill("email.opened scanner"),
      "email.opened prefetch",
    ]);
    expect(await house.score()).toBe(0);
  });

  test("records nothing where the company switched opens off", async () => {
    const { house, message } = await withMail();
    withSettings(house, { tracking: { ...house.spine.programme().settings.tracking, opens: false } });
    expect((await house.ask(house.openPath(message))).status).toBe(200);
    expect(await verdicts(house)).toEqual([]);
  });
});

describe("a click", () => {
  test("arrives where the mail says, with UTM parameters, and proves an open", async () => {
    const { house, message } = await withMail();
    const answer = await house.ask(house.clickPath(message, 1));
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe(
      "https://www.acme.example/case?a=1&utm_source=kindling&utm_campaign=warm-nurture&utm_content=warm%2Fcase-study#top",
    );
    expect(answer.headers.get("cache-control")).toBe("no-store, private");
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(await answer.text()).toBe("");
    const log = await house.log();
    expect(log.map(({ type, verdict, properties }) => ({ type, verdict, properties }))).toEqual([
      {
        type: "email.clicked",
        verdict: "human",
        properties: { url: "https://www.acme.example/case?a=1#top", link: 1 },
      },
      { type: "email.opened", verdict: "human", properties: { inferred: true } },
    ]);
    expect(log.every((event) => event.message === String(message))).toBe(true);
    expect(await house.score()).toBe(6);
  });

  test("never goes to an address that the request brings", async () => {
    const { house, message } = await withMail();
    const path = house.clickPath(message, 0);
    const plain = (await house.ask(path)).headers.get("location");
    expect(plain).toMatch(/^https:\/\/www\.acme\.example\/pricing\?/);
    for (const evil of [
      "?url=https://evil.example",
      "?utm_source=x&to=//evil.example",
      "?u=%0d%0aLocation:%20https://evil.example",
    ]) {
      const answer = await house.ask(path + evil, {
        headers: {
          host: "evil.example",
          "x-forwarded-host": "evil.example",
          referer: "https://evil.example",
        },
      });
      expect(answer.headers.get("location")).toBe(plain);
    }
  });

  test("arrives at addresses in every script", async () => {
    const { house, message } = await withMail();
    const location = (await house.ask(house.clickPath(message, 4))).headers.get("location");
    expect(location).toMatch(/^https:\/\/www\.acme\.example\/m%C3%BCnchen\?utm_source=kindling/);
  });

  test("with a token that is none gets one and the same plain page, whatever is wrong with it", async () => {
    const { house, message } = await withMail();
    const good = house.clickPath(message, 0);
    const flipped = good.slice(0, -1) + (good.endsWith("A") ? "B" : "A");
    const answers = await Promise.all(
      [
        flipped,
        good.slice(0, -4),
        "/t/c/x",
        "/t/c/",
        "/t/c/%00%ff",
        `/t/c/${house.token("open", { message })}`,
        `/t/u/${house.token("view", { message })}`,
        `/t/p/${house.token("unsubscribe", { message })}`,
        `/t/v/${house.token("preferences", { message })}`,
        "/t/nothing",
      ].map((path) => house.ask(path)),
    );
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 404));
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toContain("This link leads nowhere");
    expect(answers[0]!.headers.get("referrer-policy")).toBe("no-referrer");
    expect(await verdicts(house)).toEqual([]);
  });

  test("arrives for a template that left the programme, and for one that only another process knew", async () => {
    const { house, message } = await withMail();
    const old = {
      ...house.templateOf("warm/case-study"),
      hash: "ab".repeat(32),
      links: ["https://old.example/"],
      hiddenLink: 1,
    };
    await house.db.kysely
      .insertInto("templates")
      .values({ hash: old.hash, name: old.name, locale: "", body: JSON.stringify(old) })
      .execute();
    const token = house.token("click", { message, template: "ab".repeat(6), link: 0 });
    const answer = await house.ask(`/t/c/${token}`);
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toMatch(/^https:\/\/old\.example\/\?utm_source=kindling/);
  });

  test("names the step in its UTM parameters where the company asks for that", async () => {
    const { house, message } = await withMail();
    withSettings(house, { utm: { content: "{{step}}", campaign: "{{sequence}}" } });
    const gone = house.clickPath(message, 0, "warm/case-study", "a sequence that is gone");
    expect((await house.ask(gone)).headers.get("location")).toBe(
      "https://www.acme.example/pricing?utm_content=send-1&utm_campaign=warm-nurture",
    );
  });

  test("by HEAD or by a bot is kept, and counts for nothing", async () => {
    const { house, message } = await withMail();
    const head = await house.ask(house.clickPath(message, 0), { method: "HEAD" });
    expect(head.status).toBe(302);
    await house.ask(house.clickPath(message, 0), { agent: "curl/8.0" });
    await house.ask(house.clickPath(message, 0), { agent: "" });
    await house.ask(house.clickPath(message, 0), { agent: "Mozilla/5.0 (via ggpht.com GoogleImageProxy)" });
    expect(await verdicts(house)).toEqual(Array(4).fill("email.clicked scanner"));
    expect(await house.score()).toBe(0);
  });

  test("comes from where its connection comes from, whatever X-Forwarded-For says", async () => {
    const { house, message } = await withMail();
    await house.ask(house.clickPath(message, 0), { headers: { "x-forwarded-for": "198.51.100.7" } });
    expect(await verdicts(house)).toEqual(["email.clicked human", "email.opened human"]);
  });

  test("comes from where a proxy of ours says, never from where the reader says", async () => {
    const SCANNER = "198.51.100.7";
    const asked = async (
      proxies: TrustedProxies,
      forwarded: string,
      ip = "10.0.0.5",
    ): Promise<string | undefined> => {
      const { house, message } = await withMail(undefined, { proxies });
      await house.ask(house.clickPath(message, 0), { ip, headers: { "x-forwarded-for": forwarded } });
      return (await verdicts(house))[0]?.split(" ")[1];
    };
    const inside = { ranges: ["10.0.0.0/8", "fd00::/8"] };
    for (const proxies of [{ hops: 1 }, inside]) {
      expect(await asked(proxies, SCANNER)).toBe("scanner");
      expect(await asked(proxies, `203.0.113.9, ${SCANNER}:4711`)).toBe("scanner");
      expect(await asked(proxies, "[2001:db8:bad::1]:443")).toBe("scanner");
      expect(await asked(proxies, `${SCANNER}, 203.0.113.9`)).toBe("human");
      expect(await asked(proxies, `${SCANNER}, unknown`)).toBe("human");
      expect(await asked(proxies, "")).toBe("human");
    }
    expect(await asked({ hops: 2 }, `${SCANNER}, 10.0.0.6`)).toBe("scanner");
    expect(await asked(inside, `${SCANNER}, fd00::6, 10.0.0.6`, "::ffff:10.0.0.5")).toBe("scanner");
    // Who reaches us past the proxies may say what they like.
    expect(await asked(inside, SCANNER, "192.0.2.1")).toBe("human");
  });
});

describe("a machine that gives itself away later", () => {
  test("three links within two seconds: all of the burst is a scanner's, and the score is as if it never happened", async () => {
    const { house, message } = await withMail();
    await house.ask(house.clickPath(message, 0));
    expect(await house.score()).toBe(6);
    house.clock.jumpTo(house.clock.now() + 900);
    await house.ask(house.clickPath(message, 1));
    expect(await house.score()).toBe(11);
    house.clock.jumpTo(house.clock.now() + 900);
    await house.ask(house.clickPath(message, 2));
    expect(await house.score()).toBe(0);
    expect((await verdicts(house)).filter((line) => line !== "email.opened scanner")).toEqual(
      Array(3).fill("email.clicked scanner"),
    );
    const row = await messageOf(house, message);
    expect([row.opened_at, row.clicked_at]).toEqual([null, null]);
    expect(row.machine_at).not.toBeNull();
    expect(await house.log()).toContainEqual(
      expect.objectContaining({ verdict: "scanner", verdictReason: "several links within two seconds" }),
    );
  });

  test("all of a burst at one instant, drained at once, is a scanner's too", async () => {
    const { house, message } = await withMail();
    await Promise.all([0, 1, 2].map((link) => house.ask(house.clickPath(message, link))));
    expect(await verdicts(house)).toEqual(Array(3).fill("email.clicked scanner"));
    expect(await house.score()).toBe(0);
  });

  test("three clicks of one link, or three links in three seconds, are a person's", async () => {
    const { house, message } = await withMail();
    for (const link of [0, 0, 0]) await house.ask(house.clickPath(message, link));
    for (const link of [1, 2]) {
      house.clock.jumpTo(house.clock.now() + 1500);
      await house.ask(house.clickPath(message, link));
    }
    expect((await verdicts(house)).filter((line) => line.startsWith("email.clicked"))).toEqual(
      Array(5).fill("email.clicked human"),
    );
  });

  test("both links of a mail that has two", async () => {
    const { house, message } = await withMail("warm/two-links");
    await house.ask(house.clickPath(message, 0, "warm/two-links"));
    house.clock.jumpTo(house.clock.now() + 2000);
    await house.ask(house.clickPath(message, 1, "warm/two-links"));
    expect(await house.score()).toBe(0);
  });

  test("the hidden link: every click around it or from its address", async () => {
    const { house, message } = await withMail();
    const hidden = house.templateOf("warm/case-study").hiddenLink;
    await house.ask(house.clickPath(message, 0), { ip: "192.0.2.50" });
    expect(await house.score()).toBe(6);
    house.clock.jumpTo(house.clock.now() + 9 * 60_000);
    const answer = await house.ask(house.clickPath(message, hidden), { ip: "192.0.2.66" });
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toMatch(/^https:\/\/www\.acme\.example\/pricing/);
    expect(await house.score()).toBe(0);
    house.clock.jumpTo(house.clock.now() + 60 * 60_000);
    await house.ask(house.clickPath(message, 1), { ip: "192.0.2.66" });
    expect(await house.score()).toBe(0);
    await house.ask(house.clickPath(message, 2), { ip: "192.0.2.50" });
    expect(await house.score()).toBe(6);
    const clicks = (await house.log()).filter((event) => event.type === "email.clicked");
    expect(clicks.map((event) => event.verdict)).toEqual(["scanner", "scanner", "scanner", "human"]);
    expect(clicks[1]!.properties).toEqual({ link: HIDDEN });
  });

  test("the hidden link of a mail that has no other leads nowhere, and is kept", async () => {
    const { house, message } = await withMail("warm/no-links");
    const answer = await house.ask(house.clickPath(message, 0, "warm/no-links"));
    expect(answer.status).toBe(404);
    expect(await verdicts(house)).toEqual(["email.clicked scanner"]);
  });

  test("one mail's machine says nothing of another mail", async () => {
    const { house, message } = await withMail();
    const other = await house.mail();
    await house.ask(house.clickPath(message, house.templateOf("warm/case-study").hiddenLink));
    await house.ask(house.clickPath(other, 0), { agent: FIREFOX });
    expect((await house.log(ADA)).map((event) => event.verdict)).toEqual(["scanner", "human", "human"]);
  });
});
