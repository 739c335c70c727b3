import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { setHold } from "../../src/email/hold.store.ts";
import { HOUR } from "../../src/instant.ts";
import type { InFlight } from "../../src/programme/programme.ts";
import { readSequence } from "../../src/sequences/read.ts";
import type { Sequence } from "../../src/sequences/definition.ts";
import { migration } from "../../src/sequences/migrate.ts";
import { sourceOf } from "../config/read.ts";
import { forEachDatabase } from "../database.ts";
import { company, MAILS, openChanging } from "./changing-house.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});

const step = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...MAILS).map((name) => `send: ${name}`),
      fc.constantFrom("5h", "11h", "26h").map((time) => `wait: ${time}`),
    ),
    fc.option(fc.constantFrom("p", "q"), { freq: 3 }),
  )
  .map(([text, id]) => ({ text, id }));

/** Flows without branches: what is still to come is what stands below. */
const flow = fc.array(step, { minLength: 1, maxLength: 7 }).map((steps) => {
  const used = new Set<string>();
  return steps.map(({ text, id }) => {
    if (id === null || used.has(id)) return text;
    used.add(id);
    return `{ id: ${id}, ${text} }`;
  });
});

const change = fc.record({
  to: flow,
  inFlight: fc.constantFrom<InFlight>("migrate", "migrate", "keep", "exit"),
  /** Mails wait while it is applied. */
  held: fc.boolean(),
  /** The next change comes before all are through. */
  quick: fc.boolean(),
});

forEachDatabase("whatever becomes of a sequence", (openDatabase, { kind, url }) => {
  const [runs, most] = kind === "sqlite" ? [3, 6] : [1, 3];

  test("every lead gets each mail that is still to come once, and none that its step was sent", async () => {
    await fc.assert(
      fc.asyncProperty(flow, fc.array(change, { minLength: 2, maxLength: most }), async (first, changes) => {
        const database = await openDatabase();
        const house = await openChanging(company(first), url(database));
        opened.push(house.app);
        const versions = new Map([[read(first).hash, read(first)]]);
        let from = first;
        for (const [round, { to, inFlight, held, quick }] of changes.entries()) {
          // Leads everywhere on the way.
          for (let n = 0; n < 5; n++) {
            await house.arrive(`lead-${round}-${n}@x.example`, "go.now");
            await house.until(house.spine.clock.now() + 7 * HOUR);
            if (held && n === 3) await setHold(house.spine.db.kysely, true);
          }
          const expected = await stillToCome(house, versions, from, to, inFlight);
          const at = house.spine.clock.now();
          const before = house.happened.length;
          await house.apply(company(to), { inFlight });
          if (held) await setHold(house.spine.db.kysely, false);
          versions.set(read(to).hash, read(to));
          if (quick && round < changes.length - 1) {
            from = to;
            continue;
          }
          await house.until(at + 400 * HOUR);
          const sent = new Map<string, string[]>();
          for (const line of house.happened.slice(before)) {
            const email = String(line["email"]);
            if (line.what === "message.sent")
              sent.set(email, [...(sent.get(email) ?? []), String(line["template"])]);
          }
          for (const [email, templates] of expected) expect(sent.get(email) ?? [], email).toEqual(templates);
          expect([...sent.keys()].filter((email) => !expected.has(email))).toEqual([]);
          from = to;
        }
        expect((await house.enrolments()).filter(({ state }) => state === "open")).toEqual([]);
      }),
      { numRuns: runs },
    );
  }, 60_000);
});

/** What each lead on its way is to get yet, by the specification. */
async function stillToCome(
  house: Awaited<ReturnType<typeof openChanging>>,
  versions: ReadonlyMap<string, Sequence>,
  before: readonly string[],
  after: readonly string[],
  inFlight: InFlight,
): Promise<Map<string, string[]>> {
  const [from, to] = [read(before), read(after)];
  const leads = await house.spine.db.kysely.selectFrom("leads").select(["id", "email"]).execute();
  const messages = await house.messages();
  const expected = new Map<string, string[]>();
  for (const enrolment of (await house.enrolments()).filter(({ state }) => state === "open")) {
    const { email } = leads.find(({ id }) => id === enrolment.lead_id)!;
    const done = messages.filter(
      ({ enrolment_id, state }) => enrolment_id === enrolment.id && state === "sent",
    );
    const sent = done.map((message) => message.step!);
    // Whoever was promised an earlier one finishes it, unless that is the current one again.
    const runs = versions.get(enrolment.definition)!;
    const stays = runs.hash === to.hash || runs.hash !== from.hash || inFlight === "keep";
    if (stays) expected.set(email, sends(runs, enrolment.step, new Set(sent)));
    else if (inFlight === "exit") expected.set(email, []);
    else {
      const { place, renamed, repeated } = migration(from, to);
      const now = sent.map((id) => {
        if (!from.steps[id]) return to.steps[id]?.named ? id : undefined;
        return place(id).how === "gone" ? repeated.get(id) : (renamed.get(id) ?? id);
      });
      expected.set(email, sends(to, place(enrolment.step).to, new Set(now)));
    }
  }
  return expected;
}

function sends({ steps }: Sequence, from: string | null, but: ReadonlySet<string | undefined>): string[] {
  const templates: string[] = [];
  for (let id = from; id !== null; id = steps[id]!.next) {
    const one = steps[id]!;
    if (one.kind === "send" && !but.has(id)) templates.push(one.template);
  }
  return templates;
}

function read(steps: readonly string[]): Sequence {
  const file = company(steps)["config/sequences/s.yaml"]!;
  return readSequence(sourceOf("s.yaml", file)).sequence!;
}
