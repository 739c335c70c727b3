import { beforeEach, expect, test } from "vitest";
import { DAY } from "../../src/instant.ts";
import { answerNotice } from "../../src/lifecycle/answer.run.ts";
import { digestDue, nextDigestDue } from "../../src/lifecycle/digest.run.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { notifyDue } from "../../src/lifecycle/notify.run.ts";
import { eventInput } from "../../src/events/input.ts";
import { forEachDatabase } from "../database.ts";
import { act, created, instant, MONDAY, openHouse, programmeOf, REPS, type House } from "../reps/house.ts";

/** Eight in the morning in Lisbon, where March begins on UTC. */
const TUESDAY = instant("2026-03-03T08:00:00Z");

forEachDatabase("the digest", (open) => {
  let house: House;

  beforeEach(async () => {
    house = await openHouse(await open());
    await digestDue(house.spine, house.links);
  });

  async function digests() {
    return (await house.mails("digest")).map(({ to, key }) => `${to} ${key}`);
  }

  test("comes at each rep's own hour, once a day, and only to those whose day brought something", async () => {
    await house.arrive(
      "ana@x.example",
      created({ employees: 500, country: "PT", first_name: "Ana" }),
      act("demo.requested"),
    );
    await house.arrive("bo@x.example", created({ first_name: "Bo" }), act("email.replied"));
    await notifyDue(house.spine, house.links);
    // New York's eight o'clock is still to come on Monday.
    expect(await nextDigestDue(house.spine)).toBe(instant("2026-03-02T13:00:00Z"));
    house.clock.jumpTo(instant("2026-03-02T13:00:00Z"));
    expect(await digestDue(house.spine, house.links)).toBe(1);
    expect(await nextDigestDue(house.spine)).toBe(instant("2026-03-03T07:00:00Z"));
    house.clock.jumpTo(TUESDAY);
    await digestDue(house.spine, house.links);
    await digestDue(house.spine, house.links);
    house.clock.jumpTo(instant("2026-03-03T13:00:00Z"));
    await digestDue(house.spine, house.links);
    expect(await digests()).toEqual([
      "sam@acme.example digest/sam/2026-03-02",
      "maria@acme.example digest/maria/2026-03-03",
    ]);
    const mail = (await house.mails("digest"))[1];
    expect(mail!.subject).toBe("Your leads, March 3, 2026: 1 new");
    expect(mail!.text).toContain("- Ana: hot (to be answered)");
  });

  test("waits over the weekend and then tells of all of it", async () => {
    house.clock.jumpTo(instant("2026-03-06T18:00:00Z"));
    await digestDue(house.spine, house.links);
    await house.arrive("ana@x.example", created({ employees: 500, country: "PT" }), act("demo.requested"));
    await notifyDue(house.spine, house.links);
    expect(await nextDigestDue(house.spine)).toBe(instant("2026-03-09T07:00:00Z"));
    house.clock.jumpTo(instant("2026-03-09T08:00:00Z"));
    await digestDue(house.spine, house.links);
    expect(await digests()).toEqual(["maria@acme.example digest/maria/2026-03-09"]);
  });

  test("tells what was answered, which of one's own leads got hotter or cooler, and of new deals", async () => {
    await house.arrive(
      "ana@x.example",
      created({ employees: 500, country: "PT", first_name: "Ana" }),
      act("demo.requested"),
    );
    await notifyDue(house.spine, house.links);
    house.clock.jumpTo(TUESDAY);
    await digestDue(house.spine, house.links);
    const notice = await house.spine.db.kysely.selectFrom("notices").select("id").executeTakeFirstOrThrow();
    await answerNotice(house.spine, { notice: notice.id, rep: "maria", answer: "mine", reason: null });
    await house.arrive("cy@x.example", created({ first_name: "Cy" }), { kind: "set", owner: "maria" });
    for (let view = 0; view < 3; view++) await house.arrive("cy@x.example", act("page.viewed"));
    await house.until(TUESDAY + DAY);
    await digestDue(house.spine, house.links);
    const mail = (await house.mails("digest")).at(-1)!;
    expect(mail.subject).toBe("Your leads, March 4, 2026: 1 answered, 1 hotter");
    expect(mail.text).toContain("- Ana: hot (mine)");
    expect(mail.text).toContain("- Cy: cold → warm (30)");
    expect(mail.text).toMatch(/Open deals\n- Ana: open/);
    // Eleven days without an act: Ana cools down.
    await house.until(TUESDAY + 13 * DAY);
    await digestDue(house.spine, house.links);
    const later = (await house.mails("digest")).at(-1)!;
    expect(later.subject).toBe("Your leads, March 16, 2026: 1 cooler");
    expect(later.text).toContain("Cooler\n- Ana: hot → warm (44)");
  });

  test("says which notices were withdrawn, and why they were sent", async () => {
    await house.arrive(
      "ana@x.example",
      created({ employees: 500, country: "PT", first_name: "Ana" }),
      act("demo.requested"),
    );
    await notifyDue(house.spine, house.links);
    house.clock.jumpTo(TUESDAY);
    await digestDue(house.spine, house.links);
    house.clock.jumpTo(TUESDAY + 1000);
    // It comes to light that she left long before: folded again, she is no longer hot.
    const rows = await house.spine.db.kysely
      .selectFrom("events")
      .selectAll()
      .where("type", "=", "demo.requested")
      .execute();
    await house.spine.db.kysely
      .updateTable("events")
      .set({ verdict: "scanner" })
      .where("seq", "=", rows[0]!.seq)
      .execute();
    await house.arrive("ana@x.example", eventInput("page.viewed", "lead", {}, { at: MONDAY - DAY }));
    await drain(house.spine);
    house.clock.jumpTo(TUESDAY + DAY);
    await digestDue(house.spine, house.links);
    const mail = (await house.mails("digest")).at(-1)!;
    expect(mail.subject).toContain("1 withdrawn");
    expect(mail.text).toContain("Withdrawn: the reason no longer holds\n- Ana: hot");
  });

  test("after a standstill is one, not one for each day missed", async () => {
    await house.arrive("ana@x.example", created({ employees: 500, country: "PT" }), act("demo.requested"));
    await notifyDue(house.spine, house.links);
    house.clock.jumpTo(instant("2026-03-05T12:30:00Z"));
    await digestDue(house.spine, house.links);
    expect(await digests()).toEqual(["maria@acme.example digest/maria/2026-03-05"]);
  });

  test("is off where the file has none", async () => {
    house = await openHouse(await open(), await programmeOf(REPS.replace(/digest:.*\n/, "")));
    expect(await nextDigestDue(house.spine)).toBeNull();
    expect(await digestDue(house.spine, house.links)).toBe(0);
  });
});
