import { beforeEach, describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../src/instant.ts";
import { answerNotice } from "../../src/lifecycle/answer.run.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { escalateDue, nextEscalation, nextNotification, notifyDue } from "../../src/lifecycle/notify.run.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { listDeals } from "../../src/reps/deals.store.ts";
import { noticesOf, noticesOfLead } from "../../src/reps/notices.store.ts";
import { breaking, forEachDatabase } from "../database.ts";
import { act, created, instant, MONDAY, openHouse, programmeOf, REPS, type House } from "../reps/house.ts";

forEachDatabase("reps are told", (open, { kind }) => {
  let house: House;

  beforeEach(async () => {
    house = await openHouse(await open());
  });

  async function hot(email: string, attributes: Record<string, unknown> = {}): Promise<void> {
    await house.arrive(email, created({ employees: 500, ...attributes }));
    await house.arrive(email, act("demo.requested"));
  }

  async function noticesAbout(email: string) {
    const lead = await findLead(house.spine.db.kysely, email);
    return noticesOfLead(house.spine.db.kysely, lead!.id);
  }

  async function logOf(email: string): Promise<string[]> {
    const lead = await findLead(house.spine.db.kysely, email);
    const rows = await house.spine.db.kysely
      .selectFrom("events")
      .select(["type", "actor", "properties"])
      .where("lead_id", "=", lead!.id)
      .where("type", "like", "notice.%")
      .orderBy("at")
      .orderBy("seq")
      .execute();
    return rows.map((row) => `${row.type} ${row.actor} ${row.properties}`);
  }

  test("by one mail, an event, a line in the chat and a happening when a lead turns hot", async () => {
    await hot("ana@x.example", { country: "PT", first_name: "Ana" });
    expect(await nextNotification(house.spine)).toBe(MONDAY);
    expect(await notifyDue(house.spine, house.links)).toBe(1);
    expect(house.told()).toEqual(["maria hot"]);
    expect(house.happenings.at(-1)).toEqual({
      at: MONDAY,
      email: "ana@x.example",
      what: "rep.notified",
      rep: "maria",
      kind: "hot",
    });
    const [mail] = await house.mails();
    expect(mail).toMatchObject({ to: "maria@acme.example", subject: "Hot: Ana" });
    await drain(house.spine);
    expect(await logOf("ana@x.example")).toEqual(['notice.sent system {"rep":"maria","kind":"hot"}']);
    const chat = await house.spine.db.kysely
      .selectFrom("webhook_deliveries")
      .selectAll()
      .orderBy("id")
      .execute();
    expect(chat.map((row) => row.webhook)).toEqual(["channel:chat", "crm"]);
    expect((JSON.parse(chat[0]!.body) as { text: string }).text).toContain("Maria Silva: Ana");
    expect(await notifyDue(house.spine, house.links)).toBe(0);
  });

  test("in turn, whoever waits longest, and each once a lead and kind", async () => {
    for (const name of ["a", "b", "c", "d"]) {
      await hot(`${name}@x.example`);
      await house.until(house.clock.now() + MINUTE);
    }
    expect(house.told()).toEqual(["maria hot", "sam hot", "kim hot", "maria hot"]);
    const { notices, next } = await noticesOf(house.spine.db.kysely, "maria", { limit: 1 });
    expect(notices.map(({ email }) => email)).toEqual(["d@x.example"]);
    const rest = await noticesOf(house.spine.db.kysely, "maria", { cursor: next, limit: 1 });
    expect(rest.notices.map(({ email }) => email)).toEqual(["a@x.example"]);
    expect(rest.next).toBeNull();
  });

  test("in four hours of the rep's own working time it goes to the next, once to each, and then rests", async () => {
    house.clock.jumpTo(instant("2026-03-06T15:00:00Z"));
    await hot("ana@x.example", { country: "PT" });
    await notifyDue(house.spine, house.links);
    // Friday 15:00 in Lisbon: two hours are left, the other two are Monday's.
    expect(await nextEscalation(house.spine)).toBe(instant("2026-03-09T11:00:00Z"));
    house.clock.jumpTo(instant("2026-03-09T10:59:59Z"));
    expect(await escalateDue(house.spine, house.links)).toBe(0);
    house.clock.jumpTo(instant("2026-03-09T11:00:00Z"));
    expect(await escalateDue(house.spine, house.links)).toBe(1);
    // Sam is in New York: 11:00 there is 07:00, so four hours end at 13:00 local (EDT since 8 March).
    expect(await nextEscalation(house.spine)).toBe(instant("2026-03-09T17:00:00Z"));
    house.clock.jumpTo(instant("2026-03-09T17:00:00Z"));
    await escalateDue(house.spine, house.links);
    house.clock.jumpTo(await nextEscalation(house.spine).then((at) => at!));
    await escalateDue(house.spine, house.links);
    expect(house.told()).toEqual(["maria hot", "sam hot", "kim hot"]);
    expect(await nextEscalation(house.spine)).toBeNull();
    await drain(house.spine);
    expect(await logOf("ana@x.example")).toEqual([
      'notice.sent system {"rep":"maria","kind":"hot"}',
      'notice.escalated system {"rep":"sam","kind":"hot"}',
      'notice.escalated system {"rep":"kim","kind":"hot"}',
    ]);
    const mails = await house.mails();
    expect(mails.map(({ subject }) => subject)).toEqual([
      "Hot: ana@x.example",
      "Passed on to you: Hot: ana@x.example",
      "Passed on to you: Hot: ana@x.example",
    ]);
    expect(mails[1]!.text).toContain("Maria Silva was told first and has not answered yet.");
    expect((await noticesAbout("ana@x.example"))[0]).toMatchObject({
      state: "sent",
      rep: "kim",
      escalations: 2,
    });
  });

  describe("and answer:", () => {
    async function answered(answer: "mine" | "not_a_fit" | "later", reason: string | null = null) {
      await hot("ana@x.example", { country: "PT" });
      await notifyDue(house.spine, house.links);
      const [notice] = await noticesAbout("ana@x.example");
      house.clock.jumpTo(MONDAY + HOUR);
      const outcome = await answerNotice(house.spine, { notice: notice!.id, rep: "maria", answer, reason });
      await drain(house.spine);
      return outcome!;
    }

    test("mine makes them the owner, and it goes no further", async () => {
      expect((await answered("mine")).recorded).toBe(true);
      const lead = await findLead(house.spine.db.kysely, "ana@x.example");
      expect(lead!.owner).toBe("maria");
      expect(await nextEscalation(house.spine)).toBeNull();
      expect((await logOf("ana@x.example")).at(-1)).toBe(
        'notice.answered rep {"rep":"maria","answer":"mine"}',
      );
      const { deals } = await listDeals(house.spine.db.kysely, { owner: "maria", open: true });
      expect(deals).toMatchObject([{ email: "ana@x.example", stage: "open", owner: "maria" }]);
    });

    test("not a fit loses the lead, with the reason", async () => {
      await answered("not_a_fit", " no budget ");
      expect((await findLead(house.spine.db.kysely, "ana@x.example"))!.stage).toBe("lost");
      expect((await logOf("ana@x.example")).at(-1)).toBe(
        'notice.answered rep {"rep":"maria","answer":"not_a_fit","reason":"no budget"}',
      );
    });

    test("later repeats it after seven days, to the same rep, who may answer again", async () => {
      await answered("later");
      const again = MONDAY + HOUR + 7 * DAY;
      expect(await nextNotification(house.spine)).toBe(again);
      house.clock.jumpTo(again - 1);
      expect(await notifyDue(house.spine, house.links)).toBe(0);
      house.clock.jumpTo(again);
      await notifyDue(house.spine, house.links);
      expect(house.told()).toEqual(["maria hot", "maria hot"]);
      expect((await house.mails()).map(({ key }) => key.split("/")[2])).toEqual(["1", "2"]);
      const [notice] = await noticesAbout("ana@x.example");
      expect(notice).toMatchObject({ state: "sent", answer: null, rep: "maria" });
      const { recorded } = (await answerNotice(house.spine, {
        notice: notice!.id,
        rep: "maria",
        answer: "mine",
        reason: null,
      }))!;
      expect(recorded).toBe(true);
    });

    test("the first answer stands", async () => {
      const { notice } = await answered("mine");
      const given = { notice: notice.id, rep: "sam", answer: "not_a_fit", reason: null } as const;
      expect(await answerNotice(house.spine, given)).toMatchObject({
        recorded: false,
        notice: { answer: "mine" },
      });
      await drain(house.spine);
      expect((await findLead(house.spine.db.kysely, "ana@x.example"))!.stage).toBe("opportunity");
      expect(await answerNotice(house.spine, { ...given, notice: 999_999 })).toBeNull();
    });
  });

  test("not while everybody is away: it waits, says so once, and is told when somebody is back", async () => {
    const reps = REPS.replace("rep: maria,", 'rep: maria, away: [{ from: "2026-03-02", to: "2026-03-02" }],')
      .replace("rep: sam,", 'rep: sam, away: [{ from: "2026-01-01", to: "2026-12-31" }],')
      .replace("rep: kim,", 'rep: kim, away: [{ from: "2026-01-01", to: "2026-12-31" }],');
    house = await openHouse(await open(), await programmeOf(reps));
    await hot("ana@x.example");
    await notifyDue(house.spine, house.links);
    expect(await nextNotification(house.spine)).toBe(MONDAY + HOUR);
    while (house.told().length === 0) await house.until((await nextNotification(house.spine))!);
    expect(house.told()).toEqual(["maria hot"]);
    expect(house.clock.now()).toBeGreaterThanOrEqual(instant("2026-03-03T00:00:00Z"));
    expect(house.clock.now()).toBeLessThan(instant("2026-03-03T12:00:00Z"));
    expect(house.warnings).toEqual(["a notice finds no rep who is not away, and waits"]);
  });

  test("never, where there is no rep: the notice rests and makes no noise", async () => {
    house = await openHouse(await open(), await programmeOf("notices: [{ on: { temperature: hot } }]"));
    await hot("ana@x.example");
    await notifyDue(house.spine, house.links);
    expect(await nextNotification(house.spine)).toBeNull();
    expect(await house.mails()).toEqual([]);
  });

  test("by a step that names a rep, with its note; a later step's notice is one more", async () => {
    const sequence = `
sequence: handover
title: Hand over
enter: [{ event: demo.requested }]
steps:
  - { notify: sam, note: "Asked for a demo" }
  - wait: 1d
  - { notify: owner, note: "Has anybody called?" }
`;
    const more = { "config/sequences/handover.yaml": sequence };
    house = await openHouse(await open(), await programmeOf(undefined, more));
    await house.arrive("ana@x.example", created({ country: "PT" }), act("demo.requested"));
    await house.until(MONDAY);
    await house.until(MONDAY + DAY);
    expect(house.told()).toEqual(["sam sequence", "maria sequence"]);
    const [mail] = await house.mails();
    expect(mail!.text).toContain("Asked for a demo. The sequence “Hand over” asks you to look.");
    expect(await nextEscalation(house.spine)).toBeNull();
  });

  test("once, where two workers look at the same moment", async () => {
    const { db } = house.spine;
    // A database of SQLite belongs to one process, whose passes may still meet.
    const other = await openHouse(kind === "sqlite" ? db : await open(db));
    for (let lead = 0; lead < 12; lead++) await hot(`lead-${lead}@x.example`);
    await Promise.all([house, other].map(({ spine, links }) => notifyDue(spine, links)));
    const mails = await house.mails();
    expect(new Set(mails.map(({ key }) => key)).size).toBe(12);
    expect(mails).toHaveLength(12);
    const each = Map.groupBy(mails, ({ to }) => to);
    expect([...each.values()].map((list) => list.length)).toEqual([4, 4, 4]);
    expect(house.told().length + other.told().length).toBe(12);
    expect([...house.warnings, ...other.warnings]).toEqual([]);
  });

  test("of the others where one notice can't be sent: it is put off and said aloud", async () => {
    await hot("bad@x.example");
    await hot("good@x.example");
    await house.spine.db.kysely
      .updateTable("notices")
      .set({ reason: "no JSON" })
      .where("id", "=", 1)
      .execute();
    await notifyDue(house.spine, house.links);
    expect(house.happenings.filter(({ what }) => what === "rep.notified").map(({ email }) => email)).toEqual([
      "good@x.example",
    ]);
    expect(house.warnings).toEqual(["a notice can't be sent and is put off for an hour"]);
    expect(await nextNotification(house.spine)).toBe(MONDAY + HOUR);
  });

  test.skipIf(kind === "sqlite")("as soon as the database is back, and not an hour later", async () => {
    await hot("ana@x.example");
    const mend = await breaking(house.spine.db.kysely, "messages");
    await expect(notifyDue(house.spine, house.links)).rejects.toThrow(/terminat/);
    await mend();
    expect(await nextNotification(house.spine)).toBe(MONDAY);
    expect(await notifyDue(house.spine, house.links)).toBe(1);
    expect(house.warnings).toEqual([]);
  });

  test("by the same bytes in the same order for the same history", async () => {
    const lives = [];
    for (let turn = 0; turn < 2; turn++) {
      house = await openHouse(await open());
      for (const name of ["c", "a", "b"]) await hot(`${name}@x.example`, { country: "PT" });
      await notifyDue(house.spine, house.links);
      lives.push({ told: house.happenings, mails: await house.mails() });
    }
    expect(lives[1]).toEqual(lives[0]);
  });
});
