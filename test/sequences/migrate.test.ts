import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Sequence } from "../../src/sequences/definition.ts";
import { migration } from "../../src/sequences/migrate.ts";
import { readSequence } from "../../src/sequences/read.ts";
import { lines, sourceOf } from "../config/read.ts";

/** Steps in YAML's flow form: `{ send: a }`. */
function version(...steps: readonly string[]): Sequence {
  const text = `sequence: s\nenter: [{ temperature: warm }]\nsteps:\n${steps.map((step) => `  - ${step}\n`).join("")}`;
  const { sequence, problems } = readSequence(sourceOf("s.yaml", text));
  if (!sequence) throw new Error(lines(problems).join("\n"));
  return sequence;
}

function places(from: Sequence, to: Sequence): Record<string, string> {
  const { place } = migration(from, to);
  return Object.fromEntries(
    Object.keys(from.steps).map((id) => [id, `${place(id).how} ${place(id).to ?? "end"}`]),
  );
}

describe("a lead in a sequence that changes", () => {
  test("goes on at its step, though steps came before it", () => {
    const from = version("send: a", "wait: 1d", "send: b");
    const to = version("send: new", "wait: 2d", "send: a", "wait: 1d", "send: b");
    expect(places(from, to)).toEqual({
      "send-1": "moves send-2",
      "wait-1": "moves wait-2",
      "send-2": "moves send-3",
    });
    expect(Object.fromEntries(migration(from, to).renamed)).toEqual({
      "send-1": "send-2",
      "wait-1": "wait-2",
      "send-2": "send-3",
    });
  });

  test("goes on in a wait that was edited", () => {
    expect(
      places(version("send: a", "wait: 1d", "send: b"), version("send: a", "wait: 4d", "send: b")),
    ).toEqual({
      "send-1": "stays send-1",
      "wait-1": "stays wait-1",
      "send-2": "stays send-2",
    });
  });

  test("goes on at the next step that is still there where its own is gone", () => {
    const from = version("send: a", "wait: 1d", "{ id: b, send: b }", "wait: 2d", "send: c");
    const to = version("send: a", "wait: 1d", "send: c");
    expect(places(from, to)).toMatchObject({
      b: "gone send-2",
      "wait-2": "gone send-2",
      "send-3": "moves send-2",
    });
  });

  test("is past the end where nothing after its step is still there", () => {
    expect(places(version("send: a", "wait: 1d"), version("send: a"))).toMatchObject({
      "wait-1": "gone end",
    });
  });

  test("goes on below the branch or wait_for that is gone, with the steps inside it", () => {
    const from = version("wait_for: { did: x.y }\n    up_to: 1d\n    else: [{ send: a }]", "send: b");
    expect(places(from, version("send: b"))).toEqual({
      "wait_for-1": "gone send-1",
      "wait_for-1/else/send-1": "gone send-1",
      "send-1": "stays send-1",
    });
  });

  test("goes on at a step that was put inside a branch", () => {
    const from = version("send: a", "wait: 1d", "send: b");
    const to = version(
      "send: a",
      "branch: [{ when: { stage: lead }, steps: [{ wait: 1d }, { send: b }] }, { otherwise: true, steps: [] }]",
    );
    expect(places(from, to)).toMatchObject({
      "wait-1": "moves branch-1/1/wait-1",
      "send-2": "moves branch-1/1/send-1",
    });
  });

  test("goes on at a step that was only given an id, or lost it", () => {
    const plain = version("send: a", "wait: 1d");
    const named = version("{ id: hello, send: a }", "wait: 1d");
    expect(places(plain, named)).toMatchObject({ "send-1": "moves hello", "wait-1": "stays wait-1" });
    expect(places(named, plain)).toMatchObject({ hello: "moves send-1" });
  });

  test("goes on at the step of the same id, wherever that stands now", () => {
    const from = version("{ id: a, send: a }", "wait: 1d", "{ id: b, send: b }");
    const to = version("{ id: b, send: other }", "wait: 1d", "{ id: a, wait: 3d }");
    expect(places(from, to)).toEqual({ a: "stays a", "wait-1": "stays wait-1", b: "stays b" });
  });

  test("of several waits alike takes the one between the same steps", () => {
    const from = version("wait: 1d", "{ id: a, send: a }", "wait: 1d", "send: b");
    expect(places(from, version("{ id: a, send: a }", "wait: 1d", "send: b"))).toMatchObject({
      "wait-1": "gone a",
      "wait-2": "moves wait-1",
    });
  });

  test("has had the mail of a step that stands elsewhere now", () => {
    const from = version("send: a", "wait: 1d", "send: b", "wait: 2d", "send: c");
    const to = version("send: b", "wait: 2d", "send: a", "send: c");
    expect(places(from, to)).toMatchObject({ "send-1": "gone send-1" });
    expect(Object.fromEntries(migration(from, to).repeated)).toEqual({ "send-1": "send-2" });
  });

  test("never gets one of two mails twice that changed places", () => {
    const from = version("send: a", "wait: 1d", "send: b", "wait: 1d", "send: c");
    const first = migration(from, version("send: b", "wait: 1d", "send: a", "wait: 1d", "send: c"));
    expect(Object.fromEntries(first.repeated)).toEqual({ "send-1": "send-2", "send-2": "send-1" });
    const last = migration(from, version("send: a", "wait: 1d", "send: c", "wait: 1d", "send: b"));
    expect(Object.fromEntries(last.repeated)).toEqual({ "send-2": "send-3", "send-3": "send-2" });
    expect(first.place("wait-1")).toEqual({ to: "wait-1", how: "stays" });
  });

  test("never gets a mail again that took the place of another one", () => {
    const from = version("send: a", "wait: 1d", "send: b");
    const { repeated, place } = migration(from, version("send: new", "wait: 1d", "send: a"));
    expect(Object.fromEntries(repeated)).toEqual({ "send-1": "send-2" });
    expect(place("send-2")).toEqual({ to: null, how: "gone" });
  });

  test("keeps its mail ahead: a step edited by id alone never comes to stand behind one it preceded", () => {
    const from = version("send: a", "send: b", "send: c");
    expect(places(from, version("send: c", "send: x"))).toMatchObject({
      "send-2": "gone send-1",
      "send-3": "moves send-1",
    });
  });
});

const leaf = fc.oneof(
  fc.constantFrom("a", "b", "c").map((name) => `{ send: ${name} }`),
  fc.constantFrom("1d", "2d").map((time) => `{ wait: ${time} }`),
);
const step = fc.oneof(
  { weight: 6, arbitrary: leaf },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.array(leaf, { maxLength: 2 }), fc.array(leaf, { maxLength: 2 }))
      .map(([a, b]) => `{ wait_for: { did: x.y }, up_to: 1d, then: [${a.join()}], else: [${b.join()}] }`),
  },
);
const definition = fc
  .array(fc.tuple(step, fc.option(fc.constantFrom("p", "q", "r"), { freq: 2 })), { maxLength: 7 })
  .map((steps) => {
    const used = new Set<string>();
    const flow = steps.map(([text, id]) => {
      if (id === null || used.has(id)) return text;
      used.add(id);
      return text.replace("{", `{ id: ${id},`);
    });
    return version(...(flow.length > 0 ? flow : ["wait: 1d"]));
  });

describe("between any two versions", () => {
  test("the same definition moves nobody", () => {
    fc.assert(
      fc.property(definition, (same) => {
        const { place, renamed } = migration(same, same);
        expect(renamed.size).toBe(0);
        for (const id of Object.keys(same.steps)) expect(place(id)).toEqual({ to: id, how: "stays" });
      }),
    );
  });

  test("every lead has a place, and no two steps become one", () => {
    fc.assert(
      fc.property(definition, definition, (from, to) => {
        const { place, renamed } = migration(from, to);
        const survivors: string[] = [];
        for (const id of Object.keys(from.steps)) {
          const { to: next, how } = place(id);
          if (next !== null) expect(Object.keys(to.steps)).toContain(next);
          if (how === "gone") continue;
          survivors.push(next!);
          expect(renamed.get(id) ?? id).toBe(next);
        }
        expect(new Set(survivors).size).toBe(survivors.length);
        expect(place(null)).toEqual({ to: null, how: "stays" });
      }),
    );
  });

  test("a step with an id of its own that both have stays, whatever else changed", () => {
    fc.assert(
      fc.property(definition, definition, (from, to) => {
        for (const { id, named } of Object.values(from.steps)) {
          if (named && to.steps[id]?.named)
            expect(migration(from, to).place(id)).toEqual({ to: id, how: "stays" });
        }
      }),
    );
  });

  test("steps matched by what they say keep their order, and as many are matched as could be", () => {
    fc.assert(
      fc.property(
        fc.array(leaf, { minLength: 1, maxLength: 6 }),
        fc.array(leaf, { minLength: 1, maxLength: 6 }),
        (a, b) => {
          const from = version(...a);
          const to = version(...b);
          const [order, hashes] = [Object.keys(to.steps), Object.values(to.steps).map((other) => other.hash)];
          const same = Object.values(from.steps)
            .map((old) => ({
              old,
              at: order.indexOf(migration(from, to).place(old.id).to ?? ""),
              ...migration(from, to).place(old.id),
            }))
            .filter(({ old, at, how }) => how !== "gone" && hashes[at] === old.hash)
            .map(({ at }) => at);
          expect(same).toEqual([...same].sort((x, y) => x - y));
          expect(same.length).toBe(common(a, b));
        },
      ),
    );
  });
});

/** The length of the longest common subsequence, by its definition. */
function common(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const [, ...restA] = a;
  const [, ...restB] = b;
  if (a[0] === b[0]) return 1 + common(restA, restB);
  return Math.max(common(restA, b), common(a, restB));
}
