import { afterEach, describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../src/instant.ts";
import { setHold } from "../../src/email/hold.store.ts";
import { forEachDatabase } from "../database.ts";
import { company, openChanging, START, type Files } from "./changing-house.ts";
import { mail, sequence } from "./world.ts";

const ADA = "ada@x.example";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});

async function open(files: Files, databaseUrl?: string) {
  const house = await openChanging(files, databaseUrl);
  opened.push(house.app);
  return house;
}

describe("whoever is in a sequence when it changes", () => {
  const BEFORE = ["send: a", "wait: 2d", "send: b", "wait: 2d", "send: c"];

  test("goes on at the same step; a wait that was edited began when it began", async () => {
    const house = await open(company(BEFORE));
    await house.arrive(ADA, "go.now");
    await house.until(START + DAY);
    await house.apply(company(["send: d", "send: a", "wait: 3d", "send: b", "send: e"]));
    await house.until(START + 3 * DAY - 1);
    expect(house.sent(ADA)).toEqual(["a"]);
    await house.until(START + 3 * DAY);
    expect(house.sent(ADA)).toEqual(["a", "b", "e"]);
    expect((await house.enrolments())[0]).toMatchObject({ state: "ended", outcome: "finished" });
    // What was sent stands under the ids that its steps have now.
    expect((await house.messages()).map(({ step, template }) => [step, template])).toEqual([
      ["send-2", "a"],
      ["send-3", "b"],
      ["send-4", "e"],
    ]);
  });

  test("whose step is gone goes on at the next one that is still there; where none is, that was it", async () => {
    const house = await open(company(BEFORE));
    await house.arrive(ADA, "go.now");
    await house.until(START + DAY);
    await house.apply(company(["send: a", "send: c"]));
    expect(house.sent(ADA)).toEqual(["a", "c"]);

    const other = await open(company(BEFORE));
    await other.arrive(ADA, "go.now");
    await other.until(START + DAY);
    await other.apply(company(["send: a"]));
    expect(other.sent(ADA)).toEqual(["a"]);
    expect((await other.enrolments())[0]).toMatchObject({ state: "ended", outcome: "finished" });
  });

  test("stands at a wait that is another kind of step now: what follows counts from the change", async () => {
    for (const now of [
      "set: { tier: one }",
      "branch: [ { otherwise: true, steps: [ { set: { tier: one } } ] } ]",
    ]) {
      const house = await open(company(["send: a", "{ id: x, wait: 30d }", "send: b"]));
      await house.arrive(ADA, "go.now");
      await house.until(START + 10 * DAY);
      await house.apply(company(["send: a", `{ id: x, ${now} }`, "wait: 5d", "send: b"]));
      await house.until(START + 15 * DAY - 1);
      expect(house.sent(ADA)).toEqual(["a"]);
      await house.until(START + 15 * DAY);
      expect(house.sent(ADA)).toEqual(["a", "b"]);
    }
  });

  test("gets the mail that waits as its step says it now, and not that of a step that is gone", async () => {
    const house = await open(company(BEFORE));
    await setHold(house.spine.db.kysely, true);
    await house.arrive(ADA, "go.now");
    await house.apply(company(["send: f", "wait: 1d", "send: b"]));
    await setHold(house.spine.db.kysely, false);
    await house.until(START + HOUR);
    expect(house.sent(ADA)).toEqual(["f"]);

    const other = await open(company(["{ id: first, send: a }", "wait: 2d", "send: b"]));
    await setHold(other.spine.db.kysely, true);
    await other.arrive(ADA, "go.now");
    await other.apply(company(["wait: 2d", "send: b"]));
    await setHold(other.spine.db.kysely, false);
    await other.until(START + 10 * DAY);
    expect(other.sent(ADA)).toEqual(["b"]);
    expect((await other.messages())[0]).toMatchObject({ state: "dropped", reason: "its step was removed" });
  });

  test("finishes the version that it began with keep, with mails that are no more; who comes later gets the new one", async () => {
    const house = await open(company(["send: a", "wait: 2d", "send: b"]));
    await house.arrive(ADA, "go.now");
    const { "templates/b.mjml": _, ...rest } = company(["send: c", "wait: 9d", "send: d"]);
    await house.apply(rest, { inFlight: "keep" });
    await house.arrive("bob@x.example", "go.now");
    // Whoever was promised the old version finishes it, whatever is applied next.
    await house.apply(
      { ...rest, ...sequence("s", "enter: [{ event: go.now }]\nsteps: [{ send: e }]") },
      { inFlight: "exit" },
    );
    await house.until(START + 20 * DAY);
    expect(house.sent(ADA)).toEqual(["a", "b"]);
    expect(house.sent("bob@x.example")).toEqual(["c"]);
    expect((await house.enrolments()).map(({ outcome }) => outcome)).toEqual(["finished", "exited"]);
  });

  test("finishes it after a restart too, and a condition of the old version alone is still heard", async () => {
    const asks = company([
      "send: a",
      "wait_for: { did: old.word }\n    up_to: 9d\n    then: [{ send: b }]\n    else: [{ send: c }]",
    ]);
    const house = await open(asks);
    await house.arrive(ADA, "go.now");
    await house.apply(company(["send: d"]), { inFlight: "keep" });
    await house.until(START + DAY);
    await house.arrive(ADA, "old.word");
    expect(house.sent(ADA)).toEqual(["a", "b"]);
  });

  test("exits with exit, and its waiting mail is dropped", async () => {
    const house = await open(company(BEFORE));
    await setHold(house.spine.db.kysely, true);
    await house.arrive(ADA, "go.now");
    await house.apply(company(["send: d"]), { inFlight: "exit" });
    await setHold(house.spine.db.kysely, false);
    await house.until(START + 10 * DAY);
    expect(house.sent(ADA)).toEqual([]);
    expect((await house.enrolments())[0]).toMatchObject({ outcome: "exited" });
    expect((await house.messages())[0]).toMatchObject({ state: "dropped", reason: "sequence ended: exited" });
  });

  test("exits where the sequence is gone, or finishes it with keep", async () => {
    for (const [inFlight, sent] of [
      ["migrate", ["a"]],
      ["keep", ["a", "b", "c"]],
    ] as const) {
      const house = await open(company(BEFORE));
      await house.arrive(ADA, "go.now");
      await house.apply(
        company(null, { ...sequence("other", "enter: [{ event: never.now }]\nsteps: [{ send: d }]") }),
        {
          inFlight,
        },
      );
      await house.until(START + 10 * DAY);
      expect(house.sent(ADA)).toEqual(sent);
    }
  });

  test("gets the mail of a new step, though its id is that of a step that is gone and was sent", async () => {
    const house = await open(company(["send: a", "wait: 2d", "send: b"]));
    await house.arrive(ADA, "go.now");
    await house.until(START + DAY);
    await house.apply(company(["wait: 2d", "send: c", "send: b"]));
    await house.until(START + 10 * DAY);
    expect(house.sent(ADA)).toEqual(["a", "c", "b"]);
  });

  test("is where it was after a rollback", async () => {
    const house = await open(company(BEFORE));
    await house.arrive(ADA, "go.now");
    await house.apply(company(["send: d", "send: a", "wait: 9d", "send: b", "wait: 2d", "send: c"]));
    await house.apply(company(BEFORE), { kind: "rollback" });
    await house.until(START + 10 * DAY);
    expect(house.sent(ADA)).toEqual(["a", "b", "c"]);
  });
});

describe("whoever is there already", () => {
  const warm = sequence("w", "enter: [{ temperature: warm }]\nsteps: [{ send: d }]");
  const segments = {
    "config/segments.yaml": "segments: [{ segment: readers, when: { did: page.viewed } }]\n",
    ...sequence("r", "enter: [{ segment: readers }]\nsteps: [{ send: e }]"),
  };

  test("enters nothing by an apply: no new sequence, no new segment, no new mark", async () => {
    const house = await open(company(["send: a"]));
    await house.arrive(ADA, "page.viewed");
    const model = company(null)["config/scoring/default.yaml"]!;
    await house.apply(
      company(["send: a"], {
        ...warm,
        ...segments,
        "config/scoring/default.yaml": `${model}marks: { some: 5 }\n`,
        ...sequence("m", "enter: [{ reached: some }]\nsteps: [{ send: f }]"),
      }),
    );
    await house.until(START + DAY);
    expect(house.sent(ADA)).toEqual([]);
    expect(await house.spine.db.kysely.selectFrom("segment_members").select("segment").execute()).toEqual([
      { segment: "readers" },
    ]);
    // Who comes now does enter.
    await house.arrive("bob@x.example", "page.viewed");
    expect(house.sent("bob@x.example").sort()).toEqual(["d", "e", "f"]);
  });

  test("enters what is new with --enrol-existing, once", async () => {
    const house = await open(company(["send: a"]));
    await house.arrive(ADA, "page.viewed");
    await house.apply(company(["send: a"], { ...warm, ...segments }), { enrolExisting: true });
    await house.until(START + DAY);
    expect(house.sent(ADA).sort()).toEqual(["d", "e"]);
  });

  test("enters what an apply opened also where another apply came before it was taken over, and only once", async () => {
    const house = await open(company(["send: a"]));
    await house.arrive(ADA, "page.viewed");
    const files = company(["send: a"], warm);
    await house.apply(files, { enrolExisting: true }, { unseen: true });
    await house.apply({ ...files, "templates/a.mjml": mail("another a") });
    await house.until(START + DAY);
    expect(house.sent(ADA)).toEqual(["d"]);
    await house.apply(files);
    await house.until(START + 2 * DAY);
    expect(house.sent(ADA)).toEqual(["d"]);
  });

  test("crosses, and is reacted to, where another model gives another temperature", async () => {
    const house = await open(company(["send: a"], warm));
    await house.arrive(ADA, "email.replied");
    const model = company(null)["config/scoring/default.yaml"]!.replace(
      "on: page.viewed",
      "on: email.replied",
    );
    await house.apply(company(["send: a"], { ...warm, "config/scoring/default.yaml": model }));
    expect(house.happened.filter(({ what }) => what === "score.crossed")).toMatchObject([
      { from: "cold", to: "warm", cause: "model" },
    ]);
    const history = await house.spine.db.kysely
      .selectFrom("score_history")
      .select(["cause", "total"])
      .execute();
    expect(history).toEqual([{ cause: "model", total: 10 }]);
    expect((await house.messages()).map(({ template }) => template)).toEqual(["d"]);
  });

  test("leaves no notice behind whose reason only a model gave that is gone", async () => {
    const reps = `reps:\n  - { rep: sam, name: Sam, email: sam@acme.example }\nnotices:\n  - on: { temperature: hot }\n`;
    const files = company(["send: a"], { "config/reps.yaml": reps });
    const path = "config/scoring/default.yaml";
    const house = await open(files);
    for (let view = 0; view < 3; view++) await house.arrive("hot@x.example", "page.viewed");
    await house.arrive(ADA, "page.viewed");
    const notices = () => house.spine.db.kysely.selectFrom("notices").select("state").orderBy("id").execute();
    await house.apply({
      ...files,
      [path]: files[path]!.replace("hot: 30", "hot: 10").replace("warm: 10", "warm: 5"),
    });
    expect(await notices()).toEqual([{ state: "sent" }, { state: "sent" }]);
    await house.apply(files);
    expect(await notices()).toEqual([{ state: "sent" }, { state: "withdrawn" }]);
    await house.arrive(ADA, "page.viewed");
    await house.arrive(ADA, "page.viewed");
    expect(await notices()).toEqual([{ state: "sent" }, { state: "withdrawn" }, { state: "sent" }]);
  });
});

forEachDatabase("a sequence that changes, over one database", (openDatabase, { url }) => {
  test("keeps each mail to its step, though two steps change places and a new one takes an id", async () => {
    const database = await openDatabase();
    const house = await open(
      company(["send: a", "wait: 1d", "send: b", "wait: 2d", "send: c"]),
      url(database),
    );
    await house.arrive(ADA, "go.now");
    await house.until(START + 2 * DAY);
    // a (send-1) and b (send-2) are sent: b is the first now, and whoever has had a does not get it again further down.
    await house.apply(company(["send: b", "send: d", "wait: 2d", "send: a", "send: c"]));
    await house.until(START + 10 * DAY);
    expect(house.sent(ADA)).toEqual(["a", "b", "c"]);
    const messages = await house.messages();
    expect(new Set(messages.map(({ message_key }) => message_key)).size).toBe(messages.length);
    expect(messages.map(({ step, template }) => [step, template])).toEqual([
      ["send-3", "a"],
      ["send-1", "b"],
      ["send-4", "c"],
    ]);
  });
});
