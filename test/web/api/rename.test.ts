import fc from "fast-check";
import { expect, test } from "vitest";
import { eventInput } from "../../../src/events/input.ts";
import { appendToInbox } from "../../../src/events/inbox.store.ts";
import { readLog } from "../../../src/events/log.store.ts";
import { DAY, formatInstant, HOUR } from "../../../src/instant.ts";
import { drain } from "../../../src/lifecycle/drain.run.ts";
import { suppressEmails } from "../../../src/lifecycle/suppress.run.ts";
import { explain } from "../../../src/scoring/explain.ts";
import { forEachDatabase } from "../../database.ts";
import { openHouse, START, type House } from "./house.ts";

const OLD = "ana@old.example";
const NEW = "ana@new.example";

function renamed({ call }: House, to = NEW, options: Parameters<House["call"]>[2] = {}) {
  return call("POST", `/api/leads/${OLD}/rename`, { ...options, body: { to } });
}

async function acts({ call }: House, email: string, ...types: string[]) {
  const body = types.map((type) => ({ email, type, properties: { path: "/pricing" } }));
  await call("POST", "/api/events", { body });
  return (await call("GET", `/api/leads/${email}`)).body;
}

forEachDatabase("rename", (open, { kind }) => {
  test("a lead with another address is the same lead: score, sequences, mails, notices and deals go along", async () => {
    const house = await openHouse(await open());
    const { call, spine, clock } = house;
    await call("PUT", `/api/leads/${OLD}`, { body: { attributes: { authority: "owner" }, owner: "maria" } });
    await acts(house, OLD, "page.viewed", "page.viewed");
    const before = await acts(house, OLD, "demo.requested");
    const answer = await renamed(house);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...before, email: NEW });
    expect((await call("GET", `/api/leads/${OLD}`)).status).toBe(404);
    expect((await call("GET", `/api/deals?email=${NEW}`)).body.deals).toHaveLength(1);
    const mails = await spine.db.kysely
      .selectFrom("messages")
      .select(["recipient", "domain", "state"])
      .execute();
    expect(mails.filter(({ state }) => state === "queued")).toEqual(
      mails
        .filter(({ state }) => state === "queued")
        .map((mail) => ({ ...mail, recipient: NEW, domain: "new.example" })),
    );
    expect((await renamed(house)).status).toBe(404);
    // The old address may be somebody's again, with a score and deals of their own.
    clock.jumpTo(START + DAY);
    const other = await acts(house, OLD, "demo.requested");
    expect(other.scores[0].parts.find((part: { name?: string }) => part.name === "demo").points).toBe(60);
    expect((await call("GET", `/api/deals?email=${OLD}`)).body.deals).toHaveLength(1);
    expect((await call("GET", `/api/deals?email=${NEW}`)).body.deals).toHaveLength(1);
    expect((await call("GET", `/api/leads/${NEW}`)).body.scores[0].raw).toBeLessThan(before.scores[0].raw);
    expect(house.warnings).toEqual([]);
  });

  test("two leads become one, scored again from both logs; where both have an attribute it is that of the new address", async () => {
    const house = await openHouse(await open());
    const { call, clock, spine } = house;
    const put = (email: string, body: unknown) => call("PUT", `/api/leads/${email}`, { body });
    await put(NEW, { attributes: { authority: "clerk", employees: 7 } });
    clock.jumpTo(START + HOUR);
    await put(OLD, {
      attributes: { authority: "owner", budget: "fits" },
      owner: "sam",
      stage: "opportunity",
      consent: { topic: "product", words: "yes", source: "fair" },
    });
    await acts(house, OLD, "page.viewed");
    await acts(house, NEW, "page.viewed");
    const { body } = await renamed(house);
    expect(body).toMatchObject({
      email: NEW,
      attributes: { authority: "clerk", employees: 7, budget: "fits" },
      owner: "sam",
      stage: "opportunity",
      created_at: formatInstant(START),
      suppressed: null,
    });
    expect(body.scores[0]).toMatchObject({ total: 40, temperature: "warm" });
    expect(body.enrolments).toMatchObject([{ sequence: "welcome", outcome: null }]);
    const { timeline } = (await call("GET", `/api/leads/${NEW}/timeline?limit=100`)).body;
    const types = timeline.flatMap(({ type }: { type?: string }) => type ?? []);
    expect(types.filter((type: string) => type === "page.viewed")).toHaveLength(2);
    expect(types.filter((type: string) => type === "lead.created")).toHaveLength(2);
    expect(types[0]).toBe("lead.updated");
    expect((await call("GET", "/api/leads")).body.leads).toHaveLength(1);
    for (const table of ["lead_state", "scores"] as const)
      expect(await spine.db.kysely.selectFrom(table).selectAll().execute()).toHaveLength(1);
  });

  test("of two enrolments in one sequence the earlier goes on and its mail is asked for once", async () => {
    const house = await openHouse(await open());
    const { call, clock, spine } = house;
    await call("POST", "/api/events", { body: { email: OLD, type: "call.made" } });
    await call("POST", "/api/events", { body: { email: NEW, type: "call.made" } });
    await acts(house, OLD, "page.viewed", "page.viewed");
    clock.jumpTo(START + HOUR);
    await acts(house, NEW, "page.viewed", "page.viewed");
    await call("POST", `/api/leads/${NEW}/enrol`, { body: { sequence: "again" } });
    const { body } = await renamed(house);
    expect(
      body.enrolments.map(({ sequence, entered_at, outcome }: Record<string, unknown>) => [
        sequence,
        entered_at,
        outcome,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ["welcome", formatInstant(START), null],
        ["welcome", formatInstant(START + HOUR), "moved"],
        ["again", formatInstant(START + HOUR), null],
      ]),
    );
    const mails = await spine.db.kysely
      .selectFrom("messages")
      .select(["recipient", "state", "message_key"])
      .orderBy("id")
      .execute();
    expect(mails.map(({ recipient, state }) => [recipient, state])).toEqual([
      [NEW, "queued"],
      [NEW, "dropped"],
    ]);
    expect(new Set(mails.map(({ message_key }) => message_key.split("/")[0])).size).toBe(1);
  });

  test("of two sequences in one track the later goes on, and the last word on a topic stands", async () => {
    const again =
      "sequence: again\ntrack: nurture\nenter: [{ event: never.happens }]\nsteps: [{ wait: 5d }]\n";
    const house = await openHouse(await open(), null, { "config/sequences/again.yaml": again });
    const { call, clock, spine } = house;
    const consent = { topic: "product", words: "yes", source: "fair" };
    await call("PUT", `/api/leads/${OLD}`, { body: { consent } });
    await call("POST", `/api/leads/${OLD}/enrol`, { body: { sequence: "welcome" } });
    clock.jumpTo(START + HOUR);
    await call("PUT", `/api/leads/${NEW}`, { body: { consent: { ...consent, topic: null } } });
    const withdrawn = { email: NEW, type: "consent.withdrawn", properties: { topic: "product" } };
    await call("POST", "/api/events", { body: withdrawn });
    await call("POST", `/api/leads/${NEW}/enrol`, { body: { sequence: "again" } });
    const { body } = await renamed(house);
    const outcomes = body.enrolments.map((one: Record<string, unknown>) => [one["sequence"], one["outcome"]]);
    expect(outcomes).toHaveLength(2);
    expect(outcomes).toEqual(
      expect.arrayContaining([
        ["welcome", "moved"],
        ["again", null],
      ]),
    );
    const { state } = await spine.db.kysely
      .selectFrom("lead_state")
      .select("state")
      .executeTakeFirstOrThrow();
    expect(JSON.parse(state).consent).toEqual({ "*": "given", product: "withdrawn" });
  });

  test("a suppression of either holds, also one of an address that no lead has", async () => {
    for (const listed of [[OLD], [NEW]]) {
      for (const both of [true, false]) {
        const house = await openHouse(await open());
        const { call, spine } = house;
        await acts(house, OLD, "page.viewed", "page.viewed");
        if (both) await acts(house, NEW, "call.made");
        await suppressEmails(
          spine,
          listed.map((email) => ({ email, reason: "unsubscribed" })),
          "test",
        );
        const { body } = await renamed(house);
        expect(body).toMatchObject({ suppressed: "unsubscribed" });
        expect(body.enrolments).toMatchObject([{ outcome: "unreachable" }]);
        for (const email of [NEW, ...listed]) {
          await call("DELETE", `/api/leads/${email}`);
          expect(await suppressEmails(spine, [{ email, reason: "x" }], "test")).toBe(0);
        }
      }
    }
  });

  test("links that name the old lead still reach the person, through any number of merges", async () => {
    const house = await openHouse(await open());
    const { call, spine } = house;
    await acts(house, OLD, "call.made");
    await acts(house, NEW, "call.made");
    await acts(house, "third@acme.example", "call.made");
    const { id } = await spine.db.kysely
      .selectFrom("leads")
      .select("id")
      .where("email", "=", OLD)
      .executeTakeFirstOrThrow();
    await renamed(house);
    await call("POST", `/api/leads/${NEW}/rename`, { body: { to: "third@acme.example" } });
    const inputs = [eventInput("demo.requested", "lead", {})];
    await spine.db.unit((trx) =>
      appendToInbox(trx, [{ to: { lead: id }, at: START, live: true, create: "no", inputs }]),
    );
    expect((await call("GET", "/api/leads/third@acme.example")).body.scores[0].total).toBe(60);
  });

  test("what came in before a rename is the old address's, what came after it the new one's", async () => {
    const house = await openHouse(await open());
    const { spine, call } = house;
    const arrive = (email: string, type: string) => ({
      to: { email },
      at: START,
      live: true,
      create: "yes" as const,
      inputs: [eventInput(type, "lead", {})],
    });
    const move = {
      ...arrive(OLD, ""),
      create: "no" as const,
      inputs: [{ kind: "rename" as const, to: NEW }],
    };
    await spine.db.unit((trx) =>
      appendToInbox(trx, [
        arrive(OLD, "demo.requested"),
        move,
        arrive(NEW, "call.made"),
        arrive(OLD, "call.made"),
      ]),
    );
    await drain(spine);
    expect((await call("GET", `/api/leads/${NEW}`)).body.scores[0].total).toBe(60);
    expect((await call("GET", `/api/leads/${OLD}`)).body.scores[0].total).toBe(0);
    expect(house.warnings).toEqual([]);
  });

  test("the same Idempotency-Key gives the stored answer; wrong addresses and others' leads are refused", async () => {
    const house = await openHouse(await open());
    const { call } = house;
    await call("PUT", `/api/leads/${OLD}`, { body: { owner: "maria" } });
    await call("PUT", "/api/leads/sams@acme.example", { body: { owner: "sam" } });
    const theirs = await renamed(house, "sams@acme.example", { as: "rep" });
    expect(theirs).toMatchObject({ status: 403, body: { type: "/api/docs#forbidden" } });
    expect((await renamed(house, "Ana@OLD.example")).body.errors).toEqual([
      { field: "to", message: "must be another address" },
    ]);
    expect((await renamed(house, "nobody")).body.errors[0].field).toBe("to");
    const headers = { "idempotency-key": "one" };
    const first = await renamed(house, NEW, { as: "rep", headers });
    expect(first).toMatchObject({ status: 200, body: { email: NEW } });
    expect(await renamed(house, NEW, { as: "rep", headers })).toMatchObject({
      status: 200,
      body: first.body,
    });
    expect((await renamed(house, "x@new.example", { as: "rep", headers })).status).toBe(422);
  });

  test("asked for two addresses at once a lead gets one of them, and the other caller is told", async () => {
    const database = await open();
    const houses = [
      await openHouse(database),
      await openHouse(kind === "postgres" ? await open(database) : database),
    ];
    await acts(houses[0]!, OLD, "demo.requested");
    const answers = await Promise.all(houses.map((house, index) => renamed(house, `new${index}@x.example`)));
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses[0]).toBe(200);
    expect([404, 409]).toContain(statuses[1]);
    expect((await houses[0]!.call("GET", "/api/leads")).body.leads).toHaveLength(1);
  });
});

const event = fc.record({
  who: fc.constantFrom(OLD, NEW),
  hour: fc.integer({ min: 0, max: 24 * 60 }),
  type: fc.constantFrom("page.viewed", "demo.requested", "lead.updated", "call.made"),
  authority: fc.constantFrom("owner", "clerk", null),
});

forEachDatabase("rename as a law", (open) => {
  test("a merged score, its history and all that follows are those of one lead with both logs", async () => {
    const database = await open();
    const house = await openHouse(database);
    const { spine, clock, call } = house;
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 2, maxLength: 14 }),
        fc.boolean(),
        async (events, late) => {
          const own = (email: string) => `${run}.${email}`;
          run++;
          const begin = clock.now();
          const told = late ? events : events.toSorted((a, b) => a.hour - b.hour);
          for (const { who, hour, type, authority } of told) {
            const at = begin + hour * HOUR;
            if (at > clock.now()) clock.jumpTo(at);
            const properties = type === "lead.updated" ? { attributes: { authority } } : { path: "/pricing" };
            const actor = type === "lead.updated" ? "system" : "lead";
            await spine.db.unit((trx) =>
              appendToInbox(trx, [
                {
                  to: { email: own(who) },
                  at: clock.now(),
                  live: true,
                  create: "yes",
                  inputs: [eventInput(type, actor, properties, { at })],
                },
              ]),
            );
            await drain(spine);
          }
          const kysely = spine.db.kysely;
          const before = await kysely
            .selectFrom("leads")
            .select(["id", "email", "attributes"])
            .where("email", "in", [own(OLD), own(NEW)])
            .orderBy("email")
            .execute();
          if (before.length < 2) return;
          const logs = await readLog(
            kysely,
            before.map(({ id }) => id),
          );
          const { body, status } = await call("POST", `/api/leads/${own(OLD)}/rename`, {
            body: { to: own(NEW) },
          });
          expect(status).toBe(200);
          const [kept] = before;
          const log = (await readLog(kysely, [kept!.id])).get(kept!.id)!;
          const both = [...logs.values()].flat().map(({ seq }) => seq);
          expect(log.map(({ seq }) => seq)).toEqual(expect.arrayContaining(both));
          // Besides both logs there is at most the line by which the attributes of the new address stay, and what that brought about.
          expect(log.filter(({ seq, actor }) => !both.includes(seq) && actor !== "system")).toEqual([]);
          expect(body.attributes).toMatchObject(JSON.parse(kept!.attributes));
          const now = clock.now();
          const [model] = spine.programme().models;
          const offline = explain(model!, { created: null, events: log }, now)!;
          expect(body.scores[0].total).toBe(offline.total);
          const [score] = await kysely
            .selectFrom("scores")
            .selectAll()
            .where("lead_id", "=", kept!.id)
            .execute();
          expect(score).toMatchObject({ total: offline.total, temperature: offline.temperature });
          expect(score!.next_at).toBe(offline.next?.at ?? null);
          const history = await kysely
            .selectFrom("score_history")
            .select(["at", "from_state", "to_state"])
            .where("lead_id", "=", kept!.id)
            .where("kind", "=", "temperature")
            .orderBy("at")
            .orderBy("place")
            .execute();
          expect(history.map(({ at, from_state, to_state }) => [at, from_state, to_state])).toEqual(
            offline.crossings.map(({ at, from, to }) => [at, from, to]),
          );
        },
      ),
      { numRuns: 15 },
    );
    expect(house.warnings).toEqual([]);
  });
});
