import { expect, test } from "vitest";
import { DAY, formatInstant, HOUR } from "../../../src/instant.ts";
import { forEachDatabase } from "../../database.ts";
import { openHouse, START } from "./house.ts";

const ANA = "/api/leads/ana%40acme.example";
const AT = formatInstant(START);

forEachDatabase("leads", (open, { kind }) => {
  test("a lead is made by the first PUT and changed by the next, and tells its score part by part", async () => {
    const { call } = await openHouse(await open());
    const made = await call("PUT", ANA, {
      body: { attributes: { authority: "owner", employees: 120 }, owner: "maria" },
    });
    expect(made.status).toBe(201);
    expect(made.headers.get("content-type")).toBe("application/json");
    expect(made.headers.get("cache-control")).toBe("no-store");
    expect(made.body).toEqual({
      email: "ana@acme.example",
      attributes: { authority: "owner", employees: 120 },
      owner: "maria",
      stage: "lead",
      created_at: AT,
      paused_until: null,
      suppressed: null,
      scores: [
        {
          model: "default",
          total: 10,
          raw: 10,
          temperature: "cold",
          next_crossing_at: null,
          next_temperature: null,
          parts: [
            { part: "fit", name: "Authority", points: 10, band: "is owner" },
            { part: "engagement", name: "pricing", points: 0, events: [], faded: 0 },
            { part: "engagement", name: "demo", points: 0, events: [], faded: 0 },
            { part: "clamp", points: 0 },
          ],
        },
      ],
      enrolments: [],
    });
    const changed = await call("PUT", ANA, {
      body: { attributes: { employees: null, budget: "fits" }, stage: "opportunity", owner: null },
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      attributes: { authority: "owner", budget: "fits" },
      stage: "opportunity",
      owner: null,
    });
    expect((await call("GET", ANA)).body).toEqual(changed.body);
  });

  test("POST makes and changes the lead that its body names, once for each Idempotency-Key", async () => {
    const { call } = await openHouse(await open());
    const post = (body: object, key = "k-1") =>
      call("POST", "/api/leads", { body, headers: { "idempotency-key": key } });
    const first = { email: "Ana@Acme.example", attributes: { authority: "owner" }, owner: "maria" };
    const made = await post(first);
    expect([made.status, made.body.email]).toEqual([201, "ana@acme.example"]);
    expect((await call("GET", ANA)).body).toEqual(made.body);
    const changed = await post({ email: "ana@acme.example", stage: "mql" }, "k-2");
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ stage: "mql", owner: "maria", attributes: { authority: "owner" } });
    expect(await post(first)).toEqual(made);
    expect((await call("GET", ANA)).body).toEqual(changed.body);
    expect(await post({ ...first, owner: null })).toMatchObject({
      status: 422,
      body: { type: "/api/docs#key-reused" },
    });
    const wrong = await post({ emial: "ana@acme.example", owner: "zz" }, "k-3");
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors.map(({ field }: { field: string }) => field)).toEqual(["email", "emial"]);
  });

  test("a PUT that changes nothing leaves no line behind", async () => {
    const { call } = await openHouse(await open());
    await call("PUT", ANA, { body: { attributes: { authority: "owner" } } });
    expect((await call("PUT", ANA, { body: { attributes: { authority: "owner" } } })).status).toBe(200);
    const { timeline } = (await call("GET", `${ANA}/timeline`)).body;
    expect(timeline.map((line: { type?: string }) => line.type)).toEqual(["lead.created"]);
  });

  test("parts add up to the total at the instant of the answer, faded but not rounded", async () => {
    const { call, clock } = await openHouse(await open());
    await call("POST", "/api/events", {
      body: { email: "ana@acme.example", type: "page.viewed", properties: { path: "/pricing" } },
    });
    clock.jumpTo(START + 10 * DAY);
    const [score] = (await call("GET", ANA)).body.scores;
    expect(score.total).toBe(20 * 2 ** (-10 / 30));
    expect(score.parts.reduce((sum: number, { points }: { points: number }) => sum + points, 0)).toBe(
      score.total,
    );
    const pricing = score.parts.find((part: { name?: string }) => part.name === "pricing");
    expect(pricing.events).toEqual([{ seq: expect.any(Number), type: "page.viewed", at: AT, points: 20 }]);
    expect(pricing.faded).toBeCloseTo(20 - score.total, 10);
  });

  test("consent is kept with its words, and a topic that nobody has is named", async () => {
    const { call } = await openHouse(await open());
    const consent = { topic: "product", words: "Yes, send me news", source: "trade fair" };
    expect((await call("PUT", ANA, { body: { consent } })).status).toBe(201);
    const { timeline } = (await call("GET", `${ANA}/timeline`)).body;
    expect(timeline[0]).toMatchObject({ type: "consent.given", actor: "lead", properties: consent });
    const wrong = await call("PUT", ANA, { body: { consent: { ...consent, topic: "produkt" } } });
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors).toEqual([
      { field: "consent.topic", message: 'there is no topic "produkt" (did you mean "product"?)' },
    ]);
  });

  test("under double opt-in a consent told by PUT is asked for, by one mail in seven days", async () => {
    const confirm =
      "<mj-section><mj-column><mj-button href='{{confirm_url}}'>Yes</mj-button></mj-column></mj-section>";
    const house = await openHouse(await open(), null, {
      "config/kindling.yaml":
        "company: { name: Acme, address: 1 Main Street }\nmail: { from: ada@acme.example }\nconsent: { double_opt_in: true }\n" +
        "attributes: { authority: text, employees: number, budget: [low, fits, high] }\n",
      "templates/system/confirm.mjml": `---\nsubject: Please confirm\n---\n${confirm}\n`,
    });
    const { call, clock } = house;
    const consent = { words: "Yes, send me news", source: "trade fair" };
    const asked = async () =>
      (await call("GET", "/api/messages")).body.messages.map(
        ({ template }: { template: string }) => template,
      );
    for (const _ of [1, 2]) await call("PUT", ANA, { body: { consent } });
    expect(await asked()).toEqual(["system/confirm"]);
    clock.jumpTo(START + 7 * DAY);
    await call("PUT", ANA, { body: { consent } });
    expect(await asked()).toEqual(["system/confirm", "system/confirm"]);
    const { timeline } = (await call("GET", `${ANA}/timeline`)).body;
    expect(timeline[0]).toMatchObject({ type: "consent.asked", actor: "lead", properties: consent });
  });

  test("what a PUT has wrong is said field by field, all at once, and nothing changes", async () => {
    const { call } = await openHouse(await open());
    const { status, headers, body } = await call("PUT", ANA, {
      body: { attributes: { budgt: 1, employees: 5, email: "x@y.example" }, owner: "mario" },
    });
    expect(status).toBe(422);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body).toMatchObject({ type: "/api/docs#invalid", title: "The body is wrong", status: 422 });
    expect(body.errors).toEqual([
      { field: "attributes.budgt", message: 'there is no attribute "budgt" (did you mean "budget"?)' },
      { field: "attributes.email", message: "the address is no attribute; leads have one each" },
      { field: "owner", message: 'there is no rep "mario" (did you mean "maria"?)' },
    ]);
    expect((await call("GET", ANA)).status).toBe(404);
  });

  test("many at once, in two processes where there may be two: whoever has written a lead is answered with what it became", async () => {
    const database = await open();
    const second = kind === "postgres" ? await open(database) : database;
    const houses = [await openHouse(database), await openHouse(second)];
    const names = ["authority", "first_name", "last_name", "company", "phone", "job_title"];
    const answers = await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        const attributes = { [names[index % 6]!]: `from ${index % 2}` };
        const path = `/api/leads/lead${index % 4}@acme.example`;
        return { attributes, answer: await houses[index % 2]!.call("PUT", path, { body: { attributes } }) };
      }),
    );
    for (const { attributes, answer } of answers) {
      expect([200, 201]).toContain(answer.status);
      expect(Object.keys(answer.body.attributes)).toEqual(expect.arrayContaining(Object.keys(attributes)));
    }
    const { body } = await houses[0]!.call("GET", "/api/leads");
    expect(body.leads).toHaveLength(4);
    for (const { email } of body.leads) {
      const { timeline } = (await houses[1]!.call("GET", `/api/leads/${email}/timeline`)).body;
      expect(timeline.filter((line: { type: string }) => line.type === "lead.created")).toHaveLength(1);
    }
  });

  test("sequences pause, go on, and take a lead in by hand", async () => {
    const { call, clock } = await openHouse(await open());
    await call("PUT", ANA, { body: {} });
    const until = formatInstant(START + 14 * DAY);
    const paused = await call("POST", `${ANA}/pause`, { body: { until, reason: "on holiday" } });
    expect(paused).toMatchObject({ status: 200, body: { paused_until: until } });
    expect((await call("POST", `${ANA}/resume`)).body.paused_until).toBeNull();
    const past = await call("POST", `${ANA}/pause`, { body: { until: AT } });
    expect(past.status).toBe(422);
    expect(past.body.errors).toEqual([{ field: "until", message: "must be in the future" }]);

    const enrolled = await call("POST", `${ANA}/enrol`, { body: { sequence: "again" } });
    expect(enrolled.status).toBe(200);
    expect(enrolled.body.enrolments).toEqual([
      {
        sequence: "again",
        step: "wait-1",
        next_at: formatInstant(START + 5 * DAY),
        outcome: null,
        entered_at: AT,
        ended_at: null,
        holdout: false,
      },
    ]);
    const twice = await call("POST", `${ANA}/enrol`, { body: { sequence: "again" } });
    expect(twice).toMatchObject({ status: 409, body: { type: "/api/docs#conflict" } });
    const misspelt = await call("POST", `${ANA}/enrol`, { body: { sequence: "agian" } });
    expect(misspelt.body.errors).toEqual([
      { field: "sequence", message: 'there is no sequence "agian" (did you mean "again"?)' },
    ]);
    clock.jumpTo(START + 6 * DAY);
    // No job has run: whoever asks finds the lead lived on all the same.
    expect((await call("GET", ANA)).body.enrolments[0]).toMatchObject({
      step: null,
      outcome: "finished",
      ended_at: formatInstant(START + 5 * DAY),
    });
  });

  test("the timeline has everything, newest first, page by page", async () => {
    const { call, clock } = await openHouse(await open());
    for (let hour = 0; hour < 3; hour++) {
      clock.jumpTo(START + hour * HOUR);
      await call("POST", "/api/events", {
        body: { email: "ana@acme.example", type: "page.viewed", properties: { path: "/pricing" } },
      });
      await call("GET", ANA);
    }
    const lines: unknown[] = [];
    let cursor: string | null = "";
    let pages = 0;
    while (cursor !== null) {
      const page: { body: { timeline: unknown[]; next_cursor: string | null } } = await call(
        "GET",
        `${ANA}/timeline?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      lines.push(...page.body.timeline);
      cursor = page.body.next_cursor;
      pages++;
    }
    expect(pages).toBe(4);
    const names = lines.map((line) => {
      const { type, what } = line as { type?: string; what: string };
      return type ?? what;
    });
    expect(names).toEqual([
      "score.crossed",
      "deal.opened",
      "page.viewed",
      "sequence.entered",
      "score.crossed",
      "page.viewed",
      "page.viewed",
      "lead.created",
    ]);
    expect((await call("GET", `${ANA}/timeline`)).body.timeline).toEqual(lines);
    const instants = lines.map((line) => (line as { at: string }).at);
    expect(instants).toEqual(instants.toSorted().toReversed());
  });
});
